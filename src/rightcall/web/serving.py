"""The processes of the service: some that serve, side by side on one socket, and one that keeps them, links and works.

A serving process that dies is started anew; one whose keeper died ends by itself. All is over within two seconds of a signal.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import multiprocessing
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from multiprocessing import connection
from multiprocessing.synchronize import Semaphore
from typing import Any

from rightcall.web import clock
from rightcall.web.running import ServeError

PROCESSES = max(1, min(4, os.cpu_count() or 1))
STOP_SECONDS = 1
BEGIN_SECONDS = 60.0
LINK_SECONDS = 0.3
SWITCH_SECONDS = 0.0005
AGAIN_SECONDS = 1.0

log = logging.getLogger("rightcall.serving")
# A process that was forked from one with threads may stand still for ever.
_spawn = multiprocessing.get_context("spawn")


class Keeper(threading.Thread):
    """Links audit rows, as long as the process lives."""

    def __init__(self) -> None:
        super().__init__(name="keeper", daemon=True)
        self.stopping = threading.Event()

    def run(self) -> None:
        """Until `stopping` is set."""
        from django.db import Error, close_old_connections

        from rightcall.web.actions import linking

        while not self.stopping.wait(LINK_SECONDS):
            try:
                while linking.link() >= linking.AT_ONCE:
                    pass
            except Error:
                log.warning("the keeper lost the database")
                close_old_connections()
            except Exception:
                log.exception("rows of the trail could not be linked")
        close_old_connections()


class Worker(threading.Thread):
    """Does the jobs of Procrastinate, as long as the process lives."""

    def __init__(self) -> None:
        super().__init__(name="worker", daemon=True)
        self.loop = asyncio.new_event_loop()
        self.task: asyncio.Task[None] | None = None

    def run(self) -> None:
        """Until `stop`; a database that is lost is waited for."""
        asyncio.set_event_loop(self.loop)
        self.task = self.loop.create_task(self._work())
        with contextlib.suppress(asyncio.CancelledError):
            self.loop.run_until_complete(self.task)
        self.loop.close()

    async def _work(self) -> None:
        from procrastinate.contrib import django as queue

        app: Any = queue.app

        while True:
            try:
                with app.replace_connector(app.connector.get_worker_connector()) as working:
                    async with working.open_async():
                        await working.run_worker_async(
                            install_signal_handlers=False, concurrency=2, shutdown_graceful_timeout=1.0
                        )
                        return
            except Exception:
                log.warning("the worker lost the database")
                await asyncio.sleep(1)

    def stop(self) -> None:
        """End it; a job that does not end within a second is taken up again by the next worker."""
        if self.task is not None and not self.loop.is_closed():
            self.loop.call_soon_threadsafe(self.task.cancel)


def serve(
    *, host: str, port: int, ready: Callable[[], None], until: threading.Event | None = None, processes: int = PROCESSES
) -> None:
    """Serve until a signal comes or `until` is set; then streams are told to end, and all is over within two seconds.

    `ready` is called once every process serves. Raises `ServeError` where they do not begin.
    """
    stop = threading.Event() if until is None else until
    os.environ[clock.BEGAN] = repr(clock.began())
    told: list[int] = []
    # A handler that set the event while this thread waits on it would wait for itself for ever.
    before = {each: signal.signal(each, lambda number, _: told.append(number)) for each in (signal.SIGINT, signal.SIGTERM)} if threading.current_thread() is threading.main_thread() else {}  # fmt: skip
    keeper, worker = Keeper(), Worker()
    with socket.create_server((host, port), backlog=512) as door:
        serving = Serving(door, processes)
        try:
            keeper.start()
            worker.start()
            if serving.begin(lambda: bool(told) or stop.is_set()):
                ready()
            while not told and not stop.wait(0.1):
                serving.mend()
        finally:
            keeper.stopping.set()
            worker.stop()
            serving.end()
            keeper.join(timeout=2)
            worker.join(timeout=2)
            for each, handler in before.items():
                signal.signal(each, handler)


class Serving:
    """The serving processes, which share one listening socket."""

    def __init__(self, door: socket.socket, processes: int) -> None:
        self.door, self.begun, self.mended = door, _spawn.Semaphore(0), 0.0
        self.processes = [self._new() for _ in range(processes)]

    def _new(self) -> Any:
        made = _spawn.Process(target=_serving, args=(self.door, self.begun), name="serving", daemon=True)
        made.start()
        return made

    def begin(self, stopped: Callable[[], bool]) -> bool:
        """Wait until all of them serve; whether they do, or were told to stop before. Raises `ServeError`."""
        late = time.monotonic() + BEGIN_SECONDS
        for _ in self.processes:
            while not self.begun.acquire(timeout=0.1) and not stopped():
                if time.monotonic() > late or not all(each.is_alive() for each in self.processes):
                    raise ServeError("the service did not begin.", mend="Look at what it printed above.")
        return not stopped()

    def mend(self) -> None:
        """Start anew what died, at most one a second."""
        for place, each in enumerate(self.processes):
            if not each.is_alive() and time.monotonic() > self.mended + AGAIN_SECONDS:
                log.error("a serving process died", extra={"told": {"code": each.exitcode}})
                self.mended = time.monotonic()
                self.processes[place] = self._new()

    def end(self) -> None:
        """Tell all to stop; what does not within its time is killed."""
        for each in self.processes:
            each.terminate()
        late = time.monotonic() + STOP_SECONDS + 1
        for each in self.processes:
            each.join(timeout=max(0.0, late - time.monotonic()))
            if each.is_alive():
                each.kill()
                each.join()


def _serving(door: socket.socket, begun: Semaphore) -> None:
    """Inside a serving process."""
    # A terminal's Ctrl-C reaches all processes: until this one serves, its keeper alone says when it stops.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    import uvicorn

    from rightcall.web import asgi

    # Threads that compute give way sooner than Python's usual 5 ms, so that streams are not late while many write.
    sys.setswitchinterval(SWITCH_SECONDS)
    threading.Thread(target=_end_with_keeper, name="end with keeper", daemon=True).start()

    class Server(uvicorn.Server):
        def handle_exit(self, sig: int, frame: Any) -> None:
            asgi.bell.close()
            self.should_exit = True

        async def startup(self, sockets: Any = None) -> None:
            await super().startup(sockets)
            begun.release()

    config = uvicorn.Config(
        asgi.application, log_config=None, access_log=False, lifespan="on", timeout_graceful_shutdown=STOP_SECONDS,
        server_header=False, proxy_headers=False,
    )  # fmt: skip
    Server(config).run(sockets=[door])


def _end_with_keeper() -> None:
    keeper = multiprocessing.parent_process()
    if keeper is not None:
        connection.wait([keeper.sentinel])
        os._exit(1)
