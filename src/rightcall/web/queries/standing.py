"""How things stand for the supervisor: measures, duty, sources, accounts, the trail."""

from __future__ import annotations

import datetime as dt
import os
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Count, Q

from rightcall import audit
from rightcall.calls.columns import AREA_LAYERS
from rightcall.locale import N_, Message
from rightcall.measures import arrivals
from rightcall.measures import service as measures
from rightcall.measures.results import Result
from rightcall.measures.service import Counts
from rightcall.web.access import By, Missing
from rightcall.web.models import (
    Account,
    AuditLink,
    AuditRow,
    Call,
    Decision,
    Disagreement,
    Duty,
    Notice,
    ProgramVersion,
    Response,
    Source,
    Unit,
)
from rightcall.web.models import (
    Message as Raw,
)
from rightcall.web.models.responses import GOING
from rightcall.web.queries import programs, tables, units
from rightcall.web.queries.units import Staffed

SPANS = ("today", "this week", "this month")
PAGE = 100
# The first two questions of a manager.
QUESTIONS = (N_("How is our program performing?"), N_("What happens when our teams arrive?"))


@dataclass(frozen=True)
class Standing:
    """The measures of a span of time: of each question its measures by their ids, and by heading what was counted by kind."""

    start: dt.datetime
    end: dt.datetime
    results: dict[str, dict[str, Result]]
    counted: dict[str, Counts]
    shares: dict[str, dict[str, tuple[float, float]]]
    calls: int
    not_assessed: int

    @property
    def last(self) -> dt.datetime:
        """A moment of its last day."""
        return self.end - dt.timedelta(hours=1)


def span(name: str, *, at: dt.datetime, zone: str) -> tuple[dt.datetime, dt.datetime]:
    """Begin and end of today, this week (from Monday) or this month, by the program's clock."""
    local = at.astimezone(ZoneInfo(zone))
    day = local.replace(hour=0, minute=0, second=0, microsecond=0)
    if name == "this week":
        begin, end = day - dt.timedelta(days=day.weekday()), day + dt.timedelta(days=7 - day.weekday())
    elif name == "this month":
        begin = day.replace(day=1)
        end = (begin + dt.timedelta(days=32)).replace(day=1)
    else:
        begin, end = day, day + dt.timedelta(days=1)
    return begin.astimezone(dt.UTC), end.astimezone(dt.UTC)


def begin_of(day: str, *, zone: str) -> dt.datetime:
    """The first moment of a day as a form sends it. Raises `Missing`."""
    try:
        return dt.datetime.combine(dt.date.fromisoformat(day), dt.time(), tzinfo=ZoneInfo(zone)).astimezone(dt.UTC)
    except ValueError:
        raise Missing(
            Message("“{day}” is no day.", {"day": day[:20]}), mend=Message("Write it as 2027-01-31.")
        ) from None


def url() -> str:
    """The address of the database, for a reader of its own."""
    return os.environ["DATABASE_URL"]


def standing(name: str, *, by: By, at: dt.datetime) -> Standing:
    """What it adds up to in a span, by the same measures as in the plan."""
    by.must("see measures")
    program = programs.in_force(at=at).program
    start, end = span(name if name in SPANS else SPANS[0], at=at, zone=program.program.time_zone)
    held = tables.service(start=start, end=end, now=at)
    blank = Call.objects.filter(
        received_at__gte=start, received_at__lt=end, family="", merged_into__isnull=True
    ).count()
    told = measures.measure(held, program=program)
    performing, arriving = QUESTIONS
    by_question = {
        performing: {name: result for name, result in told.items() if name not in arrivals.IDS},
        arriving: {name: result for name, result in told.items() if name in arrivals.IDS},
    }
    zone = program.program.time_zone
    counted: dict[str, Counts] = {
        N_("Ours, and not taken by a team of ours; who went instead"): measures.unserved(held),
        N_("Ours by nature, and screened out by a rule"): measures.screened_out(held),
        N_("Not assessed, and why"): measures.not_assessed(held),
        N_("Decided otherwise by a person, why and when"): measures.overridden(held, time_zone=zone),
        N_("Most calls waiting for us at once, by the week that begins on"): {
            (day.isoformat(),): most for day, most in measures.backlog_by_week(held, time_zone=zone).items()
        },
        N_("How responses ended"): measures.counted(arrivals.outcomes_of(held.answered)),
        N_("Where neighbors were taken"): measures.counted(arrivals.destinations_of(held)),
        N_("What neighbors were given"): measures.counted(arrivals.supplies_of(held)),
        N_("What befell our crews"): measures.counted(arrivals.crew_events_of(held)),
    }
    layers = {layer: measures.coverage_by(held, layer) for layer in AREA_LAYERS}
    shares = {
        N_("Coverage by kind of call"): measures.coverage_by(held, "family"),
        N_("Coverage by area"): next((found for found in layers.values() if found), {}),
        N_("Coverage by hours of the day"): measures.coverage_by_hours(held, time_zone=zone),
        N_("Hours with a call, of hours on duty"): measures.busy_by_hours(held, time_zone=zone),
    }
    return Standing(start, end, by_question, counted, shares, held.calls.height, blank)


@dataclass(frozen=True)
class Week:
    """Turns of duty: the days from yesterday on, and of each unit its turns by the day on which they begin."""

    days: tuple[dt.date, ...]
    turns: dict[str, dict[dt.date, list[Duty]]]


def week(*, by: By, at: dt.datetime) -> Week:
    """Turns of duty from yesterday on, a week ahead, by the program's clock."""
    by.must("manage duty")
    zone = ZoneInfo(programs.in_force(at=at).program.program.time_zone)
    first = at.astimezone(zone).date() - dt.timedelta(days=1)
    days = tuple(first + dt.timedelta(days=n) for n in range(8))
    begins = [dt.datetime.combine(day, dt.time(), tzinfo=zone) for day in (days[0], days[-1] + dt.timedelta(days=1))]
    turns: dict[str, dict[dt.date, list[Duty]]] = {}
    for turn in Duty.objects.filter(planned_start__gte=begins[0], planned_start__lt=begins[1]).select_related("unit").order_by("unit__name", "planned_start"):  # fmt: skip
        day = turn.planned_start.astimezone(zone).date()
        turns.setdefault(turn.unit.name, {}).setdefault(day, []).append(turn)
    return Week(days, turns)


def crews(*, by: By, at: dt.datetime) -> list[Staffed]:
    """Every unit, with who is on board."""
    by.must("manage duty")
    return units.staffed(programs.in_force(at=at).program, at=at, units=Unit.objects.order_by("name"))


def all_units(*, by: By) -> list[Unit]:
    """Every unit, for a list to choose from."""
    by.must("manage accounts")
    return list(Unit.objects.order_by("name"))


@dataclass(frozen=True)
class Heard:
    """A source, what came of its messages, and where it and we differed."""

    source: Source
    read: int
    refused: int
    kept: int


def sources(*, by: By) -> tuple[list[Heard], list[Raw], list[Disagreement]]:
    """Every source with its counts, the newest refused messages, the differences that nobody looked at yet."""
    by.must("manage sources")
    counted = Source.objects.annotate(
        read=Count("messages", filter=Q(messages__state="read")), refused=Count("messages", filter=Q(messages__state="refused")), kept=Count("messages", filter=Q(messages__state="kept")),
    ).order_by("name")  # fmt: skip
    refused = Raw.objects.filter(state="refused").select_related("source").defer("raw").order_by("-came_at")[:20]
    differ = Disagreement.objects.filter(seen_at__isnull=True).select_related("call", "unit").order_by("-at")[:50]
    return [Heard(each, each.read, each.refused, each.kept) for each in counted], list(refused), list(differ)


def accounts(*, by: By) -> list[Account]:
    """Every account."""
    by.must("manage accounts")
    return list(Account.objects.select_related("unit").order_by("username"))


def versions(*, by: By) -> list[ProgramVersion]:
    """Every version of the program, the newest first."""
    by.must("see the program")
    return list(ProgramVersion.objects.order_by("-handed_in_at"))


def trail(*, by: By, page: int = 1, about: str = "", actor: str = "") -> tuple[list[AuditRow], int, int]:
    """A page of the audit trail, the newest first; how many links there are, and how many rows wait for theirs."""
    by.must("read the audit trail")
    rows = AuditRow.objects.select_related("link").order_by("-id")
    rows = rows.filter(about=about) if about else rows
    rows = rows.filter(actor=actor) if actor else rows
    shown = list(rows[(page - 1) * PAGE : page * PAGE])
    return shown, AuditLink.objects.count(), AuditRow.objects.filter(link__isnull=True).count()


def head(*, by: By, at: dt.datetime, key: bytes) -> dict[str, Any]:
    """The signed head of the chain, to be kept elsewhere."""
    by.must("read the audit trail")
    last = AuditLink.objects.order_by("-number").first()
    return audit.sign(
        number=last.number if last else 0, hash=last.hash if last else audit.FIRST, at=at.isoformat(), key=key
    )


def metrics() -> dict[str, float]:
    """Figures for Prometheus, without people: counts and ages only."""
    return {
        "rightcall_calls_open": Call.objects.filter(state="open").count(), "rightcall_decisions": Decision.objects.count(),
        "rightcall_responses_active": Response.objects.filter(GOING).count(),
        "rightcall_messages_kept": Raw.objects.filter(state="kept").count(), "rightcall_messages_refused": Raw.objects.filter(state="refused").count(),
        "rightcall_audit_unlinked": AuditRow.objects.filter(link__isnull=True).count(), "rightcall_notices": Notice.objects.count(),
    }  # fmt: skip
