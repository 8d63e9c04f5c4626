"""The service as processes: prepared, started, stopped within two seconds, with its linker and its worker."""

from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import logging
import os
import secrets
import signal
import socket
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rightcall.errors import RightcallError
from rightcall.web.database import Database

STOP_SECONDS = 1.5
LINK_SECONDS = 0.3
SWITCH_SECONDS = 0.0005

log = logging.getLogger("rightcall.running")


class ServeError(RightcallError):
    """The service cannot be started."""


def point(database: Database) -> None:
    """Make Django ready for a database: the environment first, since its settings read that."""
    os.environ["DATABASE_URL"], os.environ["DATABASE_OWNER_URL"] = database.url, database.owner_url
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rightcall.web.settings")
    import django
    from django.core.management import call_command

    django.setup()
    call_command("prepare")


def free_port(host: str, port: int) -> int:
    """The port, if nobody has it; any free one for 0. Raises `ServeError`."""
    with socket.socket() as tried:
        tried.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            tried.bind((host, port))
        except OSError as error:
            raise ServeError(
                f"the address {host}:{port} is taken ({error.strerror}).", mend="Choose another with --port."
            ) from error
        return int(tried.getsockname()[1])


def program_in_force(path: Path | None, *, at: dt.datetime) -> str:
    """Hand in a program's document with what lies beside it, and put it in force if none is. Its name is returned."""
    from rightcall.calls import areas
    from rightcall.program import file
    from rightcall.web.access import SUPERVISOR, By
    from rightcall.web.actions import programs, units
    from rightcall.web.models import ProgramVersion
    from rightcall.web.queries import programs as programs_of

    by = By("rightcall serve", (SUPERVISOR,))
    if path is not None:
        document = file.locate(path)
        program = file.read_program(path)
        words = document.parent / (program.program.call_types or "call_types.csv")
        outlines = areas.outlines(
            [each for each in program.program.areas if (document.parent / each.file).exists()], document.parent
        )
        version = programs.hand_in(
            document.read_text(encoding="utf-8"), call_types=words.read_text(encoding="utf-8-sig") if words.exists() else "",
            outlines=outlines, by=by, at=at,
        )  # fmt: skip
        if not ProgramVersion.objects.filter(takes_effect_at__lte=at).exists():
            programs.put_in_force(version.version, takes_effect_at=at, by=by, at=at)
    live = programs_of.in_force(at=at)
    units.lay_out(
        live.program, first=at.date() - dt.timedelta(days=1), last=at.date() + dt.timedelta(days=14), by=by, at=at
    )
    return live.program.program.name


def first_supervisor(address: str, *, at: dt.datetime) -> str | None:
    """The one-time link by which the first supervisor chooses a password; None where there is an account already."""
    from rightcall.web.access import SUPERVISOR, By
    from rightcall.web.actions import accounts
    from rightcall.web.models import Account

    if Account.objects.exists():
        return None
    made = accounts.make(
        "supervisor", roles=[SUPERVISOR], by=By("rightcall serve", (SUPERVISOR,)), at=at, name="Supervisor"
    )
    return f"{address}{accounts.link_of(made)}"


def way_back(username: str, address: str, *, at: dt.datetime) -> str:
    """Release an account that was locked, and a one-time link for it: for whoever runs the machine. Raises `Missing`."""
    from rightcall.web.access import SUPERVISOR, By
    from rightcall.web.actions import accounts

    by = By("rightcall serve", (SUPERVISOR,))
    accounts.release(username, by=by, at=at)
    return f"{address}{accounts.new_link(username, by=by, at=at)}"


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


def serve(*, host: str, port: int, ready: Callable[[], None], until: threading.Event | None = None) -> None:
    """Serve until a signal comes or `until` is set; streams are told to end, and all is over within two seconds."""
    import uvicorn

    from rightcall.web import asgi

    # Threads that compute give way sooner than Python's usual 5 ms, so that streams are not late while many write.
    sys.setswitchinterval(SWITCH_SECONDS)
    config = uvicorn.Config(
        asgi.application, host=host, port=port, log_config=None, access_log=False, lifespan="on", timeout_graceful_shutdown=int(STOP_SECONDS + 0.5) or 1,
        server_header=False, proxy_headers=False,
    )  # fmt: skip

    class Server(uvicorn.Server):
        def handle_exit(self, sig: int, frame: Any) -> None:
            # The signal is not raised again at the end, as uvicorn would: the database is still to be stopped.
            asgi.bell.close()
            self.force_exit = self.should_exit
            self.should_exit = True

        async def startup(self, sockets: Any = None) -> None:
            await super().startup(sockets)
            ready()

    server = Server(config)
    keeper, worker = Keeper(), Worker()
    keeper.start()
    worker.start()
    if until is not None:
        threading.Thread(target=_stop_when, args=(server, until), name="until", daemon=True).start()
    try:
        server.run()
    finally:
        keeper.stopping.set()
        worker.stop()
        keeper.join(timeout=2)
        worker.join(timeout=2)


def _stop_when(server: Any, until: threading.Event) -> None:
    until.wait()
    server.handle_exit(signal.SIGTERM, None)


def password() -> str:
    """A password for the invented cast of a demonstration."""
    return "-".join(secrets.token_hex(2) for _ in range(4))
