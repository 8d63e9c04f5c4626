"""Many clients at the front door while processes are killed in mid-run: what was acknowledged is there, nothing is done twice.

Short in `make test`; `RIGHTCALL_SOAK=20 pytest tests/web/test_killed_in_mid_run.py` plays so many examples.
"""

from __future__ import annotations

import collections
import contextlib
import datetime as dt
import http.client
import http.server
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.errors import Flaky
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from served import Service, service
from test_dispatching import ASSIGN

from rightcall import audit
from rightcall.dispatch import outcomes, status

EXAMPLES = int(os.environ.get("RIGHTCALL_SOAK", "1"))
CLIENTS, DEEDS = 4, 12
MESSAGES = ("type", "facts", "police", "close", "reopen", "again")
DESK = ("assign", "move", "answer", "override")
VICTIMS = ("nobody", "serving", "keeper", "database", "worker")
# What the trail calls a deed of the desk.
ROWS = {"assign": "unit assign", "answer": "call answer", "override": "call override"}


class Taker(http.server.ThreadingHTTPServer):
    """The center's CAD, as far as it takes what we tell it: how often it was sent each message."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Taking)
        self.taken: collections.Counter[str] = collections.Counter()
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Taking(http.server.BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        assert isinstance(self.server, Taker)
        self.server.taken[self.headers["Idempotency-Key"]] += 1
        self.send_response(200)
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        pass


class Client(threading.Thread):
    """A CAD link and a dispatcher in one: what each did and was told, and what it must say again."""

    def __init__(self, played: Played, place: int, seed: int) -> None:
        super().__init__(daemon=True)
        self.played, self.place, self.luck = played, place, random.Random(seed)
        self.failures: list[str] = []

    def run(self) -> None:
        for _ in range(DEEDS):
            kind = self.luck.choice(MESSAGES + DESK)
            with contextlib.suppress(OSError, http.client.HTTPException, psycopg.Error):
                if kind in MESSAGES:
                    self.message(kind)
                else:
                    self.desk(kind)

    def message(self, kind: str) -> None:
        """A message that is kept by its sender until it is acknowledged."""
        held, now = self.played, dt.datetime.now(dt.UTC)
        if kind == "again" and held.said:
            ident = self.luck.choice(sorted(held.said))
            self.send(ident, held.said[ident])
            return
        number = f"k{self.luck.randrange(6)}"
        told: dict[str, Any] = {"type": "TRESPASS"} | {
            "facts": {"facts": {self.luck.choice(["weapon", "violence", "fire"]): self.luck.choice([True, False, None])}},
            "police": {"units": [{"service": "police", "unit": f"P{self.place}", "assigned_at": now.isoformat()}]},
            "close": {"event": "close", "disposition": "done"}, "reopen": {"event": "reopen"},
        }.get(kind, {})  # fmt: skip
        ident = f"{self.place}/{time.monotonic_ns()}"
        body = {"message_id": ident, "sent_at": now.isoformat(), "number": number, "reports": [{"at": now.isoformat()}], **told}  # fmt: skip
        with held.lock:
            held.said[ident] = body
        self.send(ident, body)

    def send(self, ident: str, body: dict[str, Any]) -> None:
        code = self.played.running.say(body)
        if code == 200:
            with self.played.lock:
                self.played.acknowledged.add(ident)
        elif code < 500:
            self.failures.append(f"{code} for {body}")

    def desk(self, kind: str) -> None:
        """Somebody at the desk does something to what is there."""
        held = self.played
        calls, units, responses = held.seen()
        if not calls:
            return
        call = str(self.luck.choice(calls))
        path, form = {
            "assign": lambda: (f"call/{call}/assign/", {"unit": str(self.luck.choice(units))}),
            "move": lambda: (f"response/{self.luck.choice(responses or [call])}/move/", {"event": self.luck.choice(["roll", "arrive", "clear", "cancel", "check in"]), "outcome": "settled on scene", "reason": outcomes.CANCEL_REASONS[0]}),
            "answer": lambda: (f"call/{call}/answer/", {"fact": "injury", "value": self.luck.choice(["yes", "no", "unknown"])}),
            "override": lambda: (f"call/{call}/override/", {"send": "police", "reason": outcomes.OVERRIDE_REASONS[0]}),
        }[kind]()  # fmt: skip
        with held.lock:
            held.tried[kind, call] += 1
        code, told, _ = held.running.ask(
            "POST", f"/board/{path}", urllib.parse.urlencode(form),
            headers={"Cookie": held.cookie, "X-CSRFToken": held.token, "Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json"},
        )  # fmt: skip
        if code == 200:
            with held.lock:
                held.done[kind, call] += 1
        elif code not in (404, 409, 422) and code < 500:
            self.failures.append(f"{code} for {kind}: {told[:200]!r}")


class Played:
    """A running service with a worker of its own beside it, and everything that clients said and were told."""

    def __init__(self, running: Service) -> None:
        self.running, self.lock = running, threading.Lock()
        self.said: dict[str, dict[str, Any]] = {}
        self.acknowledged: set[str] = set()
        self.tried: collections.Counter[tuple[str, str]] = collections.Counter()
        self.done: collections.Counter[tuple[str, str]] = collections.Counter()
        self.cookie = running.sign_in("dana")
        self.token = self.cookie.split("csrftoken=")[1].split(";")[0]
        self.worker = self.work()
        self.killed: collections.Counter[str] = collections.Counter()

    def work(self) -> subprocess.Popen[bytes]:
        """A worker as production starts it."""
        environment = os.environ | {
            "DATABASE_URL": self.running.url, "DATABASE_OWNER_URL": self.running.owner_url, "DJANGO_SETTINGS_MODULE": "rightcall.web.settings",
            "RIGHTCALL_HOME": str(self.running.home), "RIGHTCALL_SECRET_KEY": "for tests alone",
        }  # fmt: skip
        with (self.running.home / "worker.log").open("a") as log:
            return subprocess.Popen([sys.executable, "-m", "django", "procrastinate", "worker"], env=environment, stdout=log, stderr=log)  # fmt: skip

    def seen(self) -> tuple[list[Any], list[Any], list[Any]]:
        with psycopg.connect(self.running.url) as connection:
            calls = connection.execute("select id from web_call order by number").fetchall()
            units = connection.execute("select id from web_unit order by name").fetchall()
            going = connection.execute("select id from web_response where cleared_at is null and canceled_at is null order by id").fetchall()  # fmt: skip
        return [row[0] for row in calls], [row[0] for row in units], [row[0] for row in going]

    def kill(self, victim: str) -> None:
        """Kill without a word."""
        made = self.running
        self.killed[victim] += 1
        if victim == "serving":
            # Those that serve are the ones that hold most: the keeper's other child only counts semaphores.
            children = psutil.Process(made.process.pid).children()
            serving = [each for each in children if "spawn_main" in " ".join(each.cmdline())]
            serving[self.killed[victim] % len(serving)].kill()
        elif victim == "keeper":
            made.stop(signal.SIGKILL)
            made.start()
        elif victim == "database":
            os.kill(int((made.folder / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
        elif victim == "worker":
            self.worker.kill()
            self.worker.wait()
            self.worker = self.work()

    def settle(self) -> None:
        """Wait until the service is ready, and say again what nobody acknowledged, as a CAD link does."""
        late = time.monotonic() + 60
        while True:
            with contextlib.suppress(OSError, http.client.HTTPException):
                if self.running.ask("GET", "/ready", timeout=5)[0] == 200:
                    break
            assert time.monotonic() < late, (self.running.home / "service.log").read_text()[-3000:]
            time.sleep(0.2)
        for ident in sorted(set(self.said) - self.acknowledged):
            while ident not in self.acknowledged:
                with contextlib.suppress(OSError, http.client.HTTPException):
                    if self.running.say(self.said[ident]) == 200:
                        self.acknowledged.add(ident)
                assert time.monotonic() < late


class Killed(RuleBasedStateMachine):
    """Bursts of deeds by clients at once, with a death in the middle of each. `played`: the service behind it."""

    played: Played
    # What went wrong first: threads and deaths do not come again in the same order, so a second run shows another thing.
    wrong: Exception | None = None

    @rule(seed=st.integers(0, 2**31), victim=st.sampled_from(VICTIMS), after=st.floats(0.05, 0.8))
    def burst(self, seed: int, victim: str, after: float) -> None:
        if self.wrong is None:
            try:
                self.play(seed, victim, after)
            except Exception as error:
                Killed.wrong = error
                raise

    def play(self, seed: int, victim: str, after: float) -> None:
        clients = [Client(self.played, place, seed + place) for place in range(CLIENTS)]
        for each in clients:
            each.start()
        time.sleep(after)
        if victim != "nobody":
            self.played.kill(victim)
        for each in clients:
            each.join(timeout=60)
            assert not each.is_alive()
            assert each.failures == []
        self.played.settle()

    @invariant()
    def nothing_is_lost_and_nothing_done_twice(self) -> None:
        if self.wrong is not None:
            raise self.wrong
        try:
            self.look()
        except AssertionError as error:
            Killed.wrong = error
            raise

    def look(self) -> None:
        held = self.played
        with psycopg.connect(held.running.url) as connection:

            def rows(sql: str) -> list[Any]:
                return connection.execute(sql).fetchall()

            messages = rows("select sender_id, state from web_message")
            assert {name for name, state in messages if state == "read"} == held.acknowledged == set(held.said)
            assert len(messages) == len(held.said)
            # Every message told of one report; a call that came into being by something else has none of its own.
            assert rows("select count(*) from web_report") == [(len(held.said),)]
            numbers = collections.defaultdict(list)
            for call, sequence in rows("select call_id, sequence from web_decision order by call_id, sequence"):
                numbers[call].append(sequence)
            assert all(each == list(range(1, len(each) + 1)) for each in numbers.values())
            assert len(numbers) == rows("select count(*) from web_call")[0][0]
            going = rows("select unit_id from web_response where cleared_at is null and canceled_at is null")
            assert len(going) == len(set(going))
            assert set(going) == set(rows(f"select id from web_unit where state in ({', '.join(repr(each) for each in sorted(status.ON_A_CALL))})"))  # fmt: skip
            assert rows("select count(*) from web_call where owner = ''") == [(0,)]
            assert rows("select count(*) from web_unserved u join web_response r on r.call_id = u.call_id where r.state <> 'canceled'") == [(0,)]  # fmt: skip
            noted = collections.Counter(dict(((action, about.removeprefix("call ")), n) for action, about, n in rows("select action, about, count(*) from web_auditrow where outcome = 'done' group by 1, 2")))  # fmt: skip
        for kind, action in ROWS.items():
            for (each, call), tried in held.tried.items():
                if each == kind:
                    assert held.done[kind, call] <= noted[action, call] <= tried, (kind, call)

    def teardown(self) -> None:
        """What goes back to CAD arrives, each at least once; the trail is whole."""
        late = time.monotonic() + 90
        with psycopg.connect(self.played.running.url, autocommit=True) as connection:
            while (connection.execute("select count(*) from web_outgoing where sent_at is null").fetchone() or (1,))[0]:
                assert time.monotonic() < late, "what goes back to CAD stays behind"
                time.sleep(0.3)
            while (connection.execute("select count(*) from web_auditrow r left join web_auditlink l on l.row_id = r.id where l is null").fetchone() or (1,))[0]:  # fmt: skip
                assert time.monotonic() < late, "rows of the trail stay unlinked"
                time.sleep(0.1)
            told = {str(row[0]) for row in connection.execute("select id from web_outgoing")}
        assert told == set(taker.taken)
        assert audit.verify(audit.read_database(self.played.running.url)) == []


taker: Taker


@pytest.fixture
def played(monkeypatch: pytest.MonkeyPatch) -> Iterator[Played]:
    global taker
    taker = Taker()
    monkeypatch.setenv("RIGHTCALL_CAD_URL", f"http://127.0.0.1:{taker.server_port}/")
    folder = Path(tempfile.mkdtemp(prefix="rightcall-killed-"))
    folder.chmod(0o755)
    (folder / "program.toml").write_text(ASSIGN)
    with service(program=folder, durable=True, processes=2) as running:
        made = Played(running)
        yield made
        made.worker.terminate()
        made.worker.wait(timeout=20)
    taker.shutdown()
    taker.server_close()
    shutil.rmtree(folder)


def test_whatever_dies_in_mid_run_nothing_acknowledged_is_lost_or_done_twice(played: Played) -> None:
    Killed.played = played
    with psycopg.connect(played.running.url, autocommit=True) as connection:
        connection.execute("update web_unit set state = 'available'")
    chosen = settings(max_examples=EXAMPLES, stateful_step_count=8, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate], derandomize=EXAMPLES == 1)  # fmt: skip
    try:
        run_state_machine_as_test(Killed, settings=chosen)
    except Flaky:
        assert Killed.wrong is not None
        raise Killed.wrong from None
    # Whatever was drawn, each of them dies at least once.
    machine = Killed()
    for victim in VICTIMS[1:]:
        if not played.killed[victim]:
            machine.play(7, victim, 0.3)
            machine.look()
    machine.teardown()
    assert len(played.acknowledged) > 50
