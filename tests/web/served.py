"""The real service as a process of its own, for tests that go through its front door."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PROGRAM = Path(__file__).parents[2] / "programs" / "sample"
START = """
import datetime as dt, json, sys
from pathlib import Path
from rightcall.web import database, running, serving
host, port, folder, word = "127.0.0.1", int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
with database.opened(durable=sys.argv[4] == "durable") as found:
    running.point(found)
    at = dt.datetime.now(dt.UTC)
    from rightcall.web import demonstration
    from rightcall.web.models import Account, Source
    running.program_in_force(folder, at=at)
    if not Account.objects.exists():
        demonstration.cast(password=word, at=at)
        demonstration.crews(at=at)
        key = demonstration.source(at=at)
    else:
        key = ""
    def ready():
        print(json.dumps({"key": key, "url": found.url, "owner_url": found.owner_url, "folder": str(found.folder)}), flush=True)
    serving.serve(host=host, port=port, ready=ready, processes=int(sys.argv[5]))
"""
WORD = "lantern-harbor-maple"


def free_port() -> int:
    with socket.socket() as tried:
        tried.bind(("127.0.0.1", 0))
        return int(tried.getsockname()[1])


class Service:
    """One running service. `key`: of its CAD; `url`: of its database."""

    def __init__(self, home: Path, *, program: Path = PROGRAM, durable: bool = False, processes: int = 1) -> None:
        self.home, self.program, self.port = home, program, free_port()
        self.durable, self.processes = "durable" if durable else "fast", processes
        self.key = self.url = self.owner_url = ""
        self.start()

    def start(self) -> None:
        environment = {
            name: value
            for name, value in os.environ.items()
            if name not in ("DATABASE_URL", "DATABASE_OWNER_URL", "DJANGO_SETTINGS_MODULE")
        }
        environment |= {
            "RIGHTCALL_HOME": str(self.home),
            "RIGHTCALL_SECRET_KEY": "for tests alone",
            "RIGHTCALL_HOSTS": "127.0.0.1,localhost",
        }
        self.log = (self.home / "service.log").open("a")
        self.process = subprocess.Popen(
            [
                sys.executable,
                "-W",
                "error",
                "-c",
                START,
                str(self.port),
                str(self.program),
                WORD,
                self.durable,
                str(self.processes),
            ],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=self.log,
            text=True,
        )
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, (self.home / "service.log").read_text()[-3000:]
        told = json.loads(line)
        self.key = told["key"] or self.key
        self.url, self.owner_url, self.folder = told["url"], told["owner_url"], Path(told["folder"])

    def stop(self, how: int = signal.SIGTERM) -> float:
        """Seconds that it took."""
        begun = time.monotonic()
        self.process.send_signal(how)
        self.process.wait(timeout=30)
        self.log.close()
        assert self.process.stdout is not None
        self.process.stdout.close()
        return time.monotonic() - begun

    def ask(
        self, method: str, path: str, body: Any = None, *, headers: dict[str, str] | None = None, timeout: float = 20
    ) -> tuple[int, bytes, dict[str, str]]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            raw = json.dumps(body) if body is not None and not isinstance(body, (str, bytes)) else body
            connection.request(method, path, raw, headers or {})
            answer = connection.getresponse()
            told = {name.lower(): value for name, value in answer.getheaders()}
            return (
                answer.status,
                answer.read(),
                told | {"set-cookie": "; ".join(answer.headers.get_all("Set-Cookie") or [])},
            )
        finally:
            connection.close()

    def say(self, body: dict[str, Any]) -> int:
        return self.ask(
            "POST",
            "/api/cad/messages",
            body,
            headers={"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"},
        )[0]

    def sign_in(self, name: str) -> str:
        """The cookies of a session, by the form, as a browser does it."""
        _, page, told = self.ask("GET", "/accounts/login/")
        token = re.search(r'csrfmiddlewaretoken" value="([^"]+)"', page.decode())
        cookie = re.search(r"csrftoken=[^;]+", told["set-cookie"])
        assert token
        assert cookie
        from urllib.parse import urlencode

        form = urlencode({"login": name, "password": WORD, "csrfmiddlewaretoken": token[1]})
        status, _, told = self.ask(
            "POST",
            "/accounts/login/",
            form,
            headers={
                "Cookie": cookie[0],
                "Content-Type": "application/x-www-form-urlencoded",
                "Referer": f"http://127.0.0.1:{self.port}/accounts/login/",
            },
        )
        assert status == 302, status
        session = re.search(r"sessionid=[^;]+", told["set-cookie"])
        assert session
        return f"{cookie[0]}; {session[0]}"

    @contextlib.contextmanager
    def stream(self, cookie: str, *, since: str = "", last: str = "") -> Iterator[Stream]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=15)
        connection.request(
            "GET",
            f"/live{'?since=' + since if since else ''}",
            headers={"Cookie": cookie, **({"Last-Event-ID": last} if last else {})},
        )
        answer = connection.getresponse()
        try:
            yield Stream(answer)
        finally:
            connection.close()


class Stream:
    """Server-sent events, read one by one."""

    def __init__(self, answer: http.client.HTTPResponse) -> None:
        self.answer, self.status = answer, answer.status

    def event(self) -> dict[str, str]:
        """The next event; raises at the end of the stream."""
        told: dict[str, str] = {}
        while True:
            line = self.answer.readline()
            if not line:
                raise EOFError
            text = line.decode().rstrip("\n")
            if not text:
                if "event" in told:
                    return told
                continue
            name, _, value = text.partition(": ")
            told[name] = value

    def until(self, name: str) -> dict[str, str]:
        while True:
            told = self.event()
            if told["event"] == name:
                return told


@contextlib.contextmanager
def service(*, program: Path = PROGRAM, durable: bool = False, processes: int = 1) -> Iterator[Service]:
    home = Path(tempfile.mkdtemp(prefix="rightcall-served-"))
    home.chmod(0o755)
    made = Service(home, program=program, durable=durable, processes=processes)
    try:
        yield made
    finally:
        if made.process.poll() is None:
            made.stop()
        # A keeper that was killed leaves its database behind.
        if (held := made.folder / "postmaster.pid").exists():
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(held.read_text().split()[0]), signal.SIGINT)
            while held.exists():
                time.sleep(0.05)
        import shutil

        shutil.rmtree(home, ignore_errors=True)
