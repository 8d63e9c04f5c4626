"""The embedded PostgreSQL: found again, stopped cleanly, safe against two starters, back after its death."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from rightcall.web import database
from rightcall.web.database import DatabaseError, Embedded

USE = "import pathlib, sys\nfrom rightcall.web import database\nwith database.opened(pathlib.Path(sys.argv[1]), durable=False) as found:\n    print(found.url, flush=True)\n    sys.stdin.read()\n"


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL"):
        monkeypatch.delenv(name, raising=False)
    made = Path(tempfile.mkdtemp(prefix="rightcall-db-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made, ignore_errors=True)


def ask(url: str, what: str = "select current_user") -> str:
    with psycopg.connect(url, connect_timeout=5) as connection:
        row = connection.execute(what).fetchone()
        assert row is not None
        return str(row[0])


def another(home: Path) -> tuple[subprocess.Popen[str], str]:
    process = subprocess.Popen(
        [sys.executable, "-c", USE, str(home)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    return process, process.stdout.readline().strip()


def leave(process: subprocess.Popen[str]) -> None:
    process.communicate("", timeout=60)


def running(home: Path) -> bool:
    return (home / "postgres" / "18" / "postmaster.pid").exists()


def test_it_is_made_answers_to_two_roles_and_is_stopped(home: Path) -> None:
    with database.opened(home, durable=False) as found:
        assert ask(found.url) == "rightcall_app"
        assert ask(found.owner_url) == "rightcall_owner"
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            ask(found.url, "create table mine (x int)")
        assert (home / "postgres" / "passwords.json").stat().st_mode & 0o077 == 0
    assert not running(home)
    with pytest.raises(psycopg.OperationalError):
        ask(found.url)


def test_a_second_process_finds_it_and_the_last_one_stops_it(home: Path) -> None:
    with database.opened(home, durable=False) as found:
        process, url = another(home)
        assert url == found.url
        pid = (home / "postgres" / "18" / "postmaster.pid").read_text().split()[0]
    assert running(home), "the other process still uses it"
    assert (home / "postgres" / "18" / "postmaster.pid").read_text().split()[0] == pid
    assert ask(url) == "rightcall_app"
    leave(process)
    assert not running(home)


def test_two_starters_at_once_start_one(home: Path) -> None:
    started: list[tuple[subprocess.Popen[str], str]] = []
    threads = [threading.Thread(target=lambda: started.append(another(home))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert len({url for _, url in started}) == 1
    assert ask(started[0][1]) == "rightcall_app"
    for process, _ in started:
        leave(process)
    assert not running(home)


def test_it_is_back_after_its_postmaster_was_killed(home: Path) -> None:
    with database.opened(home, durable=False) as found:
        with psycopg.connect(found.owner_url) as connection:
            connection.execute("create table kept (x int)")
            connection.execute("insert into kept values (7)")
        os.kill(int((home / "postgres" / "18" / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
        until = time.monotonic() + 30
        while True:
            try:
                assert ask(found.owner_url, "select x from kept") == "7"
                break
            except psycopg.OperationalError:
                assert time.monotonic() < until
                time.sleep(0.1)


def test_what_a_killed_user_left_running_is_found_and_stopped(home: Path) -> None:
    process, _ = another(home)
    process.kill()
    process.communicate()
    assert running(home)
    with database.opened(home, durable=False) as found:
        assert ask(found.url) == "rightcall_app"
    assert not running(home)


@pytest.mark.parametrize("where", ["17", "18"])
def test_data_of_another_major_version_are_refused_with_the_command_that_moves_them(home: Path, where: str) -> None:
    with database.opened(home, durable=False):
        pass
    root = home / "postgres"
    if where == "17":
        (root / "18").rename(root / "17")
    (root / where / "PG_VERSION").write_text("17\n")
    with pytest.raises(DatabaseError, match="17") as refused, database.opened(home, durable=False):
        pass
    assert "pg_upgrade" in str(refused.value)
    assert str(root / where) in str(refused.value)


def test_a_folder_of_somebody_else_for_the_socket_is_refused(home: Path) -> None:
    embedded = Embedded(home, durable=False)
    embedded.sockets.mkdir(mode=0o777)
    try:
        embedded.sockets.chmod(0o777)
        with pytest.raises(DatabaseError, match="socket"), database.opened(home, durable=False):
            pass
        assert embedded.sockets.stat().st_mode & 0o777 == 0o777, "the permission of what was there is not changed"
    finally:
        embedded.sockets.rmdir()


def test_a_server_of_ones_own_needs_both_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DATABASE_OWNER_URL", raising=False)
    monkeypatch.setenv("DATABASE_URL", "postgresql://somebody@localhost:1/x")
    with pytest.raises(DatabaseError, match="DATABASE_OWNER_URL is not set"):
        database.named_by_environment()
    monkeypatch.setenv("DATABASE_OWNER_URL", "postgresql://somebody@127.0.0.1:1/x?connect_timeout=1")
    with pytest.raises(DatabaseError, match="does not answer"):
        database.named_by_environment()
