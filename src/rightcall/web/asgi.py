"""The service as one ASGI application: `/live` on the event loop, pages and API in threads, which are faster there."""

from __future__ import annotations

import asyncio
import os
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rightcall.web.settings")
django.setup()

from a2wsgi import WSGIMiddleware  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import close_old_connections  # noqa: E402

from rightcall.web import sign_in  # noqa: E402
from rightcall.web.live import Bell, Live, Receive, Scope, Send  # noqa: E402

THREADS = 8


def _may_listen(session: str) -> bool:
    try:
        account = sign_in.account_of(session)
        return account is not None and account.has_perm("see the board")
    finally:
        close_old_connections()


bell = Bell(os.environ.get("DATABASE_URL", ""))
_live = Live(bell, _may_listen)
_pages: Any = WSGIMiddleware(get_wsgi_application(), workers=THREADS)


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    """Dispatch by path."""
    if scope["type"] == "lifespan":
        await _lifespan(receive, send)
    elif scope["type"] == "http" and scope["path"] == "/live":
        await _live(scope, receive, send)
    elif scope["type"] == "http":
        await _pages(scope, receive, send)


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        if message["type"] == "lifespan.startup":
            bell.task = asyncio.create_task(bell.listen())
        else:
            bell.closing.set()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
