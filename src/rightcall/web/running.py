"""What is made ready before the service serves: its database, its program, its first account, the port."""

from __future__ import annotations

import datetime as dt
import os
import secrets
import socket
from collections.abc import Callable
from pathlib import Path

from rightcall.errors import RightcallError
from rightcall.web.database import Database


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


def program_in_force(path: Path | None, *, at: dt.datetime, say: Callable[[str], None] = print) -> str:
    """Hand in a program's document with what lies beside it, and put it in force if none is. Its name is returned.

    A service that ran before starts with what holds, even where what lies beside the document changed: `say` is told so.
    """
    from rightcall.calls import areas
    from rightcall.program import file
    from rightcall.web.access import SUPERVISOR, By, Conflict
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
        try:
            version = programs.hand_in(
                document.read_text(encoding="utf-8"), call_types=words.read_text(encoding="utf-8-sig") if words.exists() else "",
                outlines=outlines, by=by, at=at,
            )  # fmt: skip
            if not ProgramVersion.objects.filter(takes_effect_at__lte=at).exists():
                programs.put_in_force(version.version, takes_effect_at=at, by=by, at=at)
        except Conflict as error:
            say(str(error))
    live = programs_of.in_force(at=at)
    units.lay_out_ahead(live.program, by=by, at=at)
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


def password() -> str:
    """A password for the invented cast of a demonstration."""
    return "-".join(secrets.token_hex(2) for _ in range(4))
