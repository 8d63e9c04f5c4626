"""The tests of the service once more on the PostgreSQL of Debian, since a city's own server is rarely our embedded one.

Installs the server if it is missing and we are root; else says what to install. Leaves with pytest's code.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from rightcall.web import database

TESTS = [
    "tests/web/test_two_calls.py",
    "tests/web/test_dispatching.py",
    "tests/web/test_trail.py",
    "tests/web/test_hard_cases.py",
    "tests/web/test_stored_fields.py",
]
ROLES = "create role rightcall_owner login createdb password 'o' in role pg_signal_backend; create role rightcall_app login password 'a'"


def programs() -> Path | None:
    """The folder of the newest server that is installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[4]))
    return found[-1].parent if found else None


def main() -> int:
    if programs() is None and os.geteuid() == 0 and shutil.which("apt-get"):
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "check": False}
        subprocess.run(["apt-get", "update"], timeout=300, **quiet)
        subprocess.run(
            ["apt-get", "install", "-y", "--no-install-recommends", "postgresql"],
            timeout=600,
            **quiet,
            env=os.environ | {"DEBIAN_FRONTEND": "noninteractive"},
        )
    server = programs()
    if server is None:
        print("No PostgreSQL of Debian was found: install the package postgresql to run the service's tests on it too.")
        return 0
    account = database._account()
    as_whom = {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []} if account else {}
    work = Path(tempfile.mkdtemp(prefix="rightcall-debian-"))
    if account:
        os.chown(work, account.pw_uid, account.pw_gid)
    run = {"cwd": work, "check": True, "stdout": subprocess.DEVNULL, **as_whom}
    try:
        subprocess.run(
            [
                server / "initdb",
                "-D",
                work / "data",
                "-U",
                "postgres",
                "-A",
                "trust",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
            ],
            **run,
        )
        subprocess.run(
            [
                server / "pg_ctl",
                "start",
                "-w",
                "-D",
                work / "data",
                "-l",
                work / "log",
                "-o",
                f"-k {work} -c listen_addresses='' -c fsync=off -c max_connections=100",
            ],
            **run,
        )
        try:
            import psycopg

            with psycopg.connect(f"postgresql://postgres@/postgres?host={work}", autocommit=True) as connection:
                print(f"PostgreSQL {connection.info.server_version // 10_000}, {server}")
                for statement in ROLES.split("; "):
                    connection.execute(statement)
                connection.execute("create database rightcall owner rightcall_owner")
            url = "postgresql://{role}:x@/rightcall?host=" + str(work)
            environment = os.environ | {
                "DATABASE_URL": url.format(role="rightcall_app"),
                "DATABASE_OWNER_URL": url.format(role="rightcall_owner"),
            }
            return subprocess.run(
                [sys.executable, "-m", "pytest", "-q", *TESTS], env=environment, check=False
            ).returncode
        finally:
            subprocess.run([server / "pg_ctl", "stop", "-D", work / "data", "-m", "immediate"], **run)
    finally:
        shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main())
