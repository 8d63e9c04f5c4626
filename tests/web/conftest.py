"""A real PostgreSQL for the tests of the service: one server a run, one database a test that needs its own."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import django
import psycopg
import pytest
from psycopg import sql

os.environ["DJANGO_SETTINGS_MODULE"] = "rightcall.web.settings"
os.environ["RIGHTCALL_SECRET_KEY"] = "for tests alone"
os.environ["RIGHTCALL_HOSTS"] = "testserver,localhost,127.0.0.1"
django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connections  # noqa: E402

from rightcall.program import starter  # noqa: E402
from rightcall.web import database, settings  # noqa: E402
from rightcall.web.access import By  # noqa: E402
from rightcall.web.database import Database  # noqa: E402

NUMBERS = itertools.count()
AT = dt.datetime(2026, 11, 20, 19, 0, tzinfo=dt.UTC)  # a Friday, 14:00 in Millbrook


@pytest.fixture(scope="session")
def server() -> Iterator[Database]:
    """The embedded PostgreSQL, or the one of DATABASE_URL; with the tables of the service in it."""
    home = Path(tempfile.mkdtemp(prefix="rightcall-tests-"))
    home.chmod(0o755)
    try:
        with database.opened(home, durable=False) as found:
            before = {name: os.environ.pop(name, None) for name in ("DATABASE_URL", "DATABASE_OWNER_URL")}
            point(found.url, found.owner_url)
            call_command("prepare")
            connections.close_all()
            yield found
            for name, value in before.items():
                os.environ.pop(name, None)
                if value is not None:
                    os.environ[name] = value
    finally:
        shutil.rmtree(home, ignore_errors=True)


def point(url: str, owner_url: str) -> None:
    """Point Django at a database."""
    os.environ["DATABASE_URL"], os.environ["DATABASE_OWNER_URL"] = url, owner_url
    connections.close_all()
    for alias, each in (("default", url), ("owner", owner_url)):
        entry = settings.database(each)
        connections.databases[alias].update(
            {name: entry[name] for name in ("NAME", "USER", "PASSWORD", "HOST", "PORT")}
        )
        if hasattr(connections._connections, alias):
            del connections[alias]


@pytest.fixture
def fresh(server: Database) -> Iterator[Database]:
    """A database of its own for a test, made from the prepared one."""
    name = f"rightcall_{os.getpid()}_{next(NUMBERS)}"
    connections.close_all()
    with psycopg.connect(_superuser(server), autocommit=True) as connection:
        connection.execute(
            sql.SQL("create database {} template rightcall owner rightcall_owner").format(sql.Identifier(name))
        )
    made = Database(
        server.url.replace("/rightcall?", f"/{name}?"),
        server.owner_url.replace("/rightcall?", f"/{name}?"),
        server.folder,
    )
    point(made.url, made.owner_url)
    yield made
    point(server.url, server.owner_url)
    with psycopg.connect(_superuser(server), autocommit=True) as connection:
        connection.execute(sql.SQL("drop database {} with (force)").format(sql.Identifier(name)))


def _superuser(server: Database) -> str:
    """The address by which databases are made: the owner's, where the server is not the embedded one."""
    if server.folder is None:
        return server.owner_url.replace("/rightcall?", "/postgres?")
    told = json.loads((server.folder.parent / "passwords.json").read_text())
    password = server.url.split(":")[2].split("@")[0]
    return server.url.replace("rightcall_app:", "postgres:").replace(password, told["superuser"]).replace("/rightcall?", "/postgres?")  # fmt: skip


CAST = {
    "dana": By("dana", ("telecommunicator",)), "cleo": By("cleo", ("clinician",)), "rosa": By("rosa", ("responder",)), "nico": By("nico", ("navigator",)),
    "sam": By("sam", ("supervisor",)), "priya": By("priya", ("planner",)), "ada": By("ada", ("auditor",)), "nobody": By("nobody"), "cad": By("source:CAD", ("cad",)),
}  # fmt: skip


@pytest.fixture
def sample() -> str:
    """The sample program, without CAD: the board itself moves units."""
    return starter.sample_text()


ZONE = ZoneInfo("America/New_York")


def at_local(hour: int, minute: int, second: int = 0) -> dt.datetime:
    """A time on the Friday of the tests, by the clock of Millbrook."""
    return dt.datetime(2026, 11, 20, hour, minute, second, tzinfo=ZONE).astimezone(dt.UTC)


class Mirror:
    """A CAD that speaks of calls, and the sample program in force."""

    def __init__(self, text: str | None = None) -> None:
        from rightcall.web.actions import programs, units
        from rightcall.web.queries import programs as programs_of

        early = at_local(0, 0) - dt.timedelta(days=1)
        version = programs.hand_in(text or starter.sample_text(), by=CAST["sam"], at=early)
        programs.put_in_force(version.version, takes_effect_at=early, by=CAST["sam"], at=early)
        self.program = programs_of.in_force(at=early).program
        units.lay_out(
            self.program, first=early.date(), last=early.date() + dt.timedelta(days=2), by=CAST["sam"], at=early
        )
        self.sent = itertools.count()

    def say(self, number: str, at: dt.datetime, **said: Any) -> Any:
        """Send one message about a call, as read; what comes back is the call."""
        from rightcall.calls import feed
        from rightcall.web.actions import calls

        content = {"message_id": f"m{next(self.sent)}", "sent_at": at, "number": number, **said}
        return calls.receive(
            feed.read_content(content, now=at), by=CAST["cad"], at=at + dt.timedelta(seconds=1), in_cad=True
        )
