"""The invented city, live: accounts for the cast, and a CAD that plays calls in by the same door as a real one."""

from __future__ import annotations

import datetime as dt
import heapq
import http.client
import itertools
import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from rightcall.calls import sample
from rightcall.web import running, serving
from rightcall.web.access import By
from rightcall.web.actions import accounts, messages, units
from rightcall.web.models import Account, Unit

# Who is who, and the roles.
CAST = {
    "dana": ("Dana dispatches", "telecommunicator"), "cleo": ("Cleo is the clinician at the desk", "clinician"), "rosa": ("Rosa responds", "responder"),
    "nico": ("Nico navigates", "navigator"), "sam": ("Sam supervises", "supervisor"), "priya": ("Priya plans", "planner"), "ada": ("Ada audits", "auditor"),
}  # fmt: skip
SUPERVISOR = By("rightcall demo", ("supervisor",))
CARE = {"WELFARE CHECK - NON URGENT", "WELFARE CHECK - URGENT", "MENTAL HEALTH CRISIS", "TRESPASS OR UNWANTED PERSON", "INTOXICATED PERSON", "PANHANDLING",
        "INDECENT EXPOSURE", "VERBAL DISTURBANCE", "SUICIDE THREAT"}  # fmt: skip


def cast(*, password: str, at: dt.datetime) -> list[str]:
    """Make the accounts of the cast with one password; their names."""
    for name, (title, role) in CAST.items():
        if not Account.objects.filter(username=name).exists():
            made = accounts.make(name, roles=[role], by=SUPERVISOR, at=at, name=title)
            made.unit = Unit.objects.filter(team="community").order_by("name").first() if role == "responder" else None
            made.save()
    for account in Account.objects.filter(username__in=CAST):
        account.set_password(password)
        account.save()
    return list(CAST)


def crews(*, at: dt.datetime) -> list[str]:
    """Put units of every team on duty now, whatever the hour; those that CAD moves are returned."""
    for unit in Unit.objects.order_by("name"):
        if unit.state == "off duty":
            units.begin(unit, by=SUPERVISOR, at=at, until=at + dt.timedelta(hours=10))
    return list(Unit.objects.filter(in_cad=True).order_by("name").values_list("name", flat=True))


def source(*, at: dt.datetime) -> str:
    """The key of the invented CAD."""
    return messages.make_source("Millbrook CAD", format="json", by=SUPERVISOR, at=at, delay_seconds=1)[1]


def begin(place: Path, *, host: str, port: int, calls: int | None, say: Callable[[str], None]) -> str:
    """Run the program of a folder live, with invented calls, until a signal comes or so many calls were played."""
    at = dt.datetime.now(dt.UTC)
    name = running.program_in_force(place, at=at)
    word = running.password()
    names = cast(password=word, at=at)
    address, until = f"http://{host}:{port}", threading.Event()
    player = Player(
        host=host,
        port=port,
        key=source(at=at),
        crews=crews(at=at),
        every_seconds=5.0 if calls is None else 0.2,
        most=calls,
        over=until,
    )

    def ready() -> None:
        say(f"{name} runs live at {address} with invented calls. Ctrl-C stops it.")
        say(f"Sign in as {', '.join(names)}; the password of all is  {word}")
        player.start()

    serving.serve(host=host, port=port, ready=ready, until=until)
    player.stopping.set()
    player.join(timeout=3)
    if not player.healthy or player.refused:
        raise running.ServeError(f"the service was not healthy, or refused {player.refused} messages.", mend="Look at what it printed above.")  # fmt: skip
    return f"Stopped. {player.played} calls were played in, and the service was healthy."


class Player(threading.Thread):
    """Plays calls in: a call every few seconds, questions that get answered, units that go, arrive and clear."""

    def __init__(
        self,
        *,
        host: str,
        port: int,
        key: str,
        crews: list[str],
        seed: int = 1,
        every_seconds: float = 5.0,
        pace: float = 1.0,
        most: int | None = None,
        over: threading.Event | None = None,
    ) -> None:
        super().__init__(name="player", daemon=True)
        self.host, self.port, self.key = host, port, key
        self.luck = np.random.default_rng(seed)
        self.every, self.pace, self.most, self.over = every_seconds, pace, most, over or threading.Event()
        self.free, self.officers = list(crews), [f"{letter}{number}" for letter in "ABC" for number in range(11, 17)]
        self.stopping, self.played, self.refused, self.healthy = threading.Event(), 0, 0, False
        self.events: list[tuple[float, int, Callable[[], None]]] = []
        self.order, self.numbers = itertools.count(), itertools.count(1)
        self.kinds = [kind for kind in sample.KINDS if kind.source == "public" and not kind.word.startswith("ZZ")]

    def run(self) -> None:
        """Until `stopping` is set."""
        self.healthy = self.ask("GET", "/ready") == 200
        upcoming = time.monotonic()
        while not self.stopping.wait(0.05):
            now = time.monotonic()
            if now >= upcoming and (self.most is None or self.played < self.most):
                self.call()
                upcoming = now + self.every
            if self.most is not None and self.played >= self.most:
                self.over.set()
            while self.events and self.events[0][0] <= now:
                heapq.heappop(self.events)[2]()

    def call(self) -> None:
        """One call begins."""
        weight = np.array([kind.weight * (3 if kind.word in CARE else 1) for kind in self.kinds])
        kind = self.kinds[int(self.luck.choice(len(self.kinds), p=weight / weight.sum()))]
        now = dt.datetime.now(dt.UTC)
        number = f"{now:%y%m%d%H%M}-{next(self.numbers):03d}"
        south, north, west, east = sample.cell(int(self.luck.integers(6)))
        place = {
            "text": f"{int(self.luck.integers(1, 900)) * 4} {self.luck.choice(sample.STREETS)} St",
            "lat": round(float(self.luck.uniform(south, north)), 5),
            "lon": round(float(self.luck.uniform(west, east)), 5),
        }
        self.say(
            number,
            type=kind.word,
            received_at=_now(),
            priority=kind.priority,
            place=place,
            facts={"weapon": True} if self.luck.random() < kind.weapon else {},
        )
        self.played += 1
        care = kind.word in CARE and self.luck.random() < 0.8
        self.later(
            4,
            lambda: (
                self.say(
                    number,
                    facts=dict.fromkeys(sample.ASKED, False),
                    caller=str(self.luck.choice(["first party", "third party"])),
                )
                if care
                else None
            ),
        )
        self.later(9, lambda: self.go(number, care))

    def go(self, number: str, care: bool) -> None:
        """Somebody is sent: a crew of ours if it is a call of care and one is free, else police; or it waits."""
        if care and not self.free and self.luck.random() < 0.6:
            self.later(15, lambda: self.go(number, care))
            return
        ours = care and bool(self.free)
        if not ours and not self.officers:
            self.later(10, lambda: self.go(number, care))
            return
        name = self.free.pop(0) if ours else self.officers.pop(0)
        unit: dict[str, Any] = {"service": "ours" if ours else "police", "unit": name}

        def stamp(what: str, **more: Any) -> None:
            unit[what] = _now()
            self.say(number, units=[unit | more])

        def over() -> None:
            stamp("cleared_at", **({"outcome": "settled on scene"} if ours else {}))
            self.say(number, event="close", disposition="settled on scene" if ours else "police report")
            (self.free if ours else self.officers).append(name)

        stamp("assigned_at")
        travel, stay = float(self.luck.uniform(8, 25)), float(self.luck.lognormal(np.log(50 if ours else 25), 0.5))
        self.later(3, lambda: stamp("en_route_at"))
        self.later(3 + travel, lambda: stamp("arrived_at"))
        self.later(3 + travel + stay, over)

    def later(self, seconds: float, do: Callable[[], Any]) -> None:
        """Do something later."""
        heapq.heappush(self.events, (time.monotonic() + seconds * self.pace, next(self.order), do))

    def say(self, number: str, **said: Any) -> None:
        """Send one message by the public door; what is refused is counted."""
        body = json.dumps({"message_id": f"{number}/{next(self.order)}", "sent_at": _now(), "number": number, **said})
        self.refused += self.ask("POST", "/api/cad/messages", body) != 200

    def ask(self, method: str, path: str, body: str = "") -> int:
        """The status of an answer; 0 where there was none."""
        connection = http.client.HTTPConnection(self.host, self.port, timeout=10)
        try:
            connection.request(method, path, body or None, {"Authorization": f"Bearer {self.key}", "Content-Type": "application/json"})  # fmt: skip
            answer = connection.getresponse()
            answer.read()
            return answer.status
        except OSError:
            return 0
        finally:
            connection.close()


def _now() -> str:
    return dt.datetime.now(dt.UTC).isoformat()
