"""`/live`: what changed, told to screens as it happens (server-sent events over PostgreSQL's LISTEN and NOTIFY).

One listener a process hears the bell, reads the notices and hands them to every stream. The id of an event is not a number of
a notice, since those are not in the order of commits, but the oldest transaction that was open when it was read: whoever comes
back with it is told everything that may have been missed, some of it twice, nothing never.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from typing import Any
from urllib.parse import parse_qs

import psycopg

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

BEAT_SECONDS = 2.0
AGAIN_SECONDS = 60.0
GATHER_SECONDS = 0.04
MOST_WAITING = 500
READ = """
select pg_snapshot_xmin(pg_current_snapshot())::text::bigint, n.id, n.transaction, n.kind, n.key
from (select 1) as always left join web_notice n on n.transaction >= %s order by n.id
"""
OLDEST = "select coalesce(min(transaction), 0) from web_notice"

log = logging.getLogger("rightcall.live")


@dataclass(eq=False)
class Batch:
    """What changed, by kind, and from where to follow on."""

    since: int
    keys: dict[str, list[str]]

    def event(self) -> bytes:
        """As a server-sent event."""
        return f"id: {self.since}\nevent: changed\ndata: {json.dumps(self.keys)}\n\n".encode()


@dataclass(eq=False)
class Bell:
    """The one listener of a process."""

    url: str
    streams: set[asyncio.Queue[Batch | None]] = field(default_factory=set)
    closing: asyncio.Event = field(default_factory=asyncio.Event)
    since: int = 0
    heard: float = 0.0
    seen: dict[int, int] = field(default_factory=dict)
    task: asyncio.Task[None] | None = None
    loop: asyncio.AbstractEventLoop | None = None

    def close(self) -> None:
        """End all streams and the listener; may be called from any thread, and from a signal's handler."""
        if self.loop is not None:
            self.loop.call_soon_threadsafe(self.closing.set)

    async def listen(self) -> None:
        """Listen until the process ends; a connection that breaks is made anew, and what was missed is read."""
        self.loop = asyncio.get_running_loop()
        while not self.closing.is_set():
            try:
                async with await psycopg.AsyncConnection.connect(self.url, autocommit=True) as connection:
                    await connection.execute("listen rightcall")
                    await self._tell(connection)
                    while not self.closing.is_set():
                        async for _ in connection.notifies(timeout=BEAT_SECONDS / 4, stop_after=1):
                            pass
                        # Whatever rings meanwhile is read at once: a hundred changes are one batch, and never a backlog.
                        async for _ in connection.notifies(timeout=GATHER_SECONDS):
                            pass
                        await self._tell(connection)
            except (psycopg.Error, OSError):
                log.warning("the listener lost the database")
                await asyncio.sleep(0.3)

    async def _tell(self, connection: psycopg.AsyncConnection[Any]) -> None:
        rows = await (await connection.execute(READ, [self.since])).fetchall()
        safe = int(rows[0][0])
        self.heard = asyncio.get_running_loop().time()
        fresh = [row for row in rows if row[1] is not None and row[1] not in self.seen]
        begun = self.since > 0
        self.seen = {row[1]: row[2] for row in rows if row[1] is not None and row[2] >= safe}
        self.since = safe
        if fresh and begun:
            batch = Batch(safe, _keys(fresh))
            for queue in list(self.streams):
                _offer(queue, batch)

    async def missed(self, since: int) -> Batch | None:
        """Everything that may have been missed since a point; None where it is not kept any more."""
        async with await psycopg.AsyncConnection.connect(self.url, autocommit=True) as connection:
            oldest = (await (await connection.execute(OLDEST)).fetchone() or (0,))[0]
            if since < (oldest or self.since):
                return None
            rows = await (await connection.execute(READ, [since])).fetchall()
        return Batch(int(rows[0][0]), _keys([row for row in rows if row[1] is not None]))


def _keys(rows: list[Any]) -> dict[str, list[str]]:
    found: dict[str, dict[str, None]] = {}
    for row in rows:
        found.setdefault(row[3], {})[row[4]] = None
    return {kind: list(keys) for kind, keys in found.items()}


def _offer(queue: asyncio.Queue[Batch | None], batch: Batch | None) -> None:
    """Hand over a batch; a reader that is too far behind starts anew, instead of holding up the others."""
    if queue.full():
        while not queue.empty():
            queue.get_nowait()
        batch = None
    queue.put_nowait(batch)


class Live:
    """The ASGI application of `/live`."""

    def __init__(self, bell: Bell, may_listen: Callable[[str], bool]) -> None:
        self.bell = bell
        self.may_listen = may_listen

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One stream, until its reader or the server goes."""
        headers = {name.decode().lower(): value.decode("latin-1") for name, value in scope["headers"]}
        cookie = SimpleCookie(headers.get("cookie", "")).get("sessionid")
        session = cookie.value if cookie else ""
        if not session or not await asyncio.to_thread(self.may_listen, session):
            await _plain(send, 403, b"sign in first")
            return
        query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
        told = headers.get("last-event-id") or (query.get("since") or ["0"])[0]
        since = int(told) if told.isdigit() and len(told) < 19 else 0
        queue: asyncio.Queue[Batch | None] = asyncio.Queue(MOST_WAITING)
        self.bell.streams.add(queue)
        gone = asyncio.ensure_future(_gone(receive))
        try:
            await send({"type": "http.response.start", "status": 200, "headers": [
                (b"content-type", b"text/event-stream"), (b"cache-control", b"no-store"), (b"x-accel-buffering", b"no"),
            ]})  # fmt: skip
            await _body(send, b"retry: 1000\n\n")
            if since:
                first = await self.bell.missed(since)
                await _body(send, first.event() if first else b"event: anew\ndata: {}\n\n")
            await self._stream(send, queue, gone, session)
        finally:
            gone.cancel()
            self.bell.streams.discard(queue)
        with contextlib.suppress(Exception):
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _stream(
        self, send: Send, queue: asyncio.Queue[Batch | None], gone: asyncio.Future[None], session: str
    ) -> None:
        closing = asyncio.ensure_future(self.bell.closing.wait())
        checked = asyncio.get_running_loop().time()
        try:
            while not gone.done() and not self.bell.closing.is_set():
                getting = asyncio.ensure_future(queue.get())
                pending: set[asyncio.Future[Any]] = {getting, gone, closing}
                await asyncio.wait(pending, timeout=BEAT_SECONDS, return_when=asyncio.FIRST_COMPLETED)
                if asyncio.get_running_loop().time() > checked + AGAIN_SECONDS:
                    checked = asyncio.get_running_loop().time()
                    if not await asyncio.to_thread(self.may_listen, session):
                        getting.cancel()
                        return
                if getting.done():
                    batch = getting.result()
                    await _body(send, batch.event() if batch else b"event: anew\ndata: {}\n\n")
                    continue
                getting.cancel()
                # A beat says that nothing was missed: while the listener hears nothing of the database there is none.
                if asyncio.get_running_loop().time() - self.bell.heard > 2 * BEAT_SECONDS:
                    continue
                await _body(send, f"id: {self.bell.since}\nevent: beat\ndata: {{}}\n\n".encode())
        finally:
            closing.cancel()


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


async def _body(send: Send, body: bytes) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": True})


async def _plain(send: Send, status: int, body: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": body})
