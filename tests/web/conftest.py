"""A real PostgreSQL for the tests of the service: one server a run, one database a test that needs its own."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

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

from rightcall.web import database, settings  # noqa: E402
from rightcall.web.database import Database  # noqa: E402

NUMBERS = itertools.count()


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
