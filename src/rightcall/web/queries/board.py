"""What the board shows: calls that wait and calls that somebody has, units, and what must be seen first."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass, field

from django.db import connection

from rightcall.dispatch import sending
from rightcall.locale import Message
from rightcall.triage import questions, reasons
from rightcall.triage.decisions import Outcome
from rightcall.triage.questions import Asked
from rightcall.web.access import By
from rightcall.web.models import Call, Decision, Duty, Report, Response, Source, Support, Unit
from rightcall.web.models.responses import GOING
from rightcall.web.queries import calls as calls_of
from rightcall.web.queries import programs, units
from rightcall.web.queries.programs import InForce
from rightcall.web.queries.units import Proposed

LATE, SOON = "late", "soon"
FIRST_CHECK, NEXT_CHECK = 10.0, 20.0


@dataclass(frozen=True)
class Row:
    """One call on the board. `clock`: waiting since; `limit`: until when somebody should have it; `alarm`: late, soon or nothing."""

    call: Call
    decision: Decision | None
    responses: tuple[Response, ...]
    clock: dt.datetime
    limit: dt.datetime | None
    alarm: str
    reason: Message | None
    going: sending.Sending | None = None
    proposed: Proposed | None = None
    withheld: bool = False

    @property
    def waits(self) -> bool:
        """Whether it is ours and no unit of ours has it."""
        return bool(
            self.decision and self.decision.outcome == "ours" and not self.decision.override and not self.responses
        )


@dataclass(frozen=True)
class UnitRow:
    """One unit on the board. `check`: until when the crew should be heard; `alarm`: late, soon or nothing.

    `unheard`: it was given a call and has not said yet that it has it; `short`: roles that it may not go out without.
    """

    unit: Unit
    duty: Duty | None
    response: Response | None
    check: dt.datetime | None
    alarm: str
    back_up: tuple[Support, ...] = ()
    unheard: bool = False
    short: tuple[str, ...] = ()


@dataclass(frozen=True)
class Board:
    """The whole board. `since`: from where screens follow what changes."""

    rows: tuple[Row, ...]
    units: tuple[UnitRow, ...]
    since: int
    now: dt.datetime
    sources: tuple[Source, ...] = ()
    counts: dict[str, int] = field(default_factory=dict)


def safe_point() -> int:
    """The oldest transaction that is still open: everything older is seen by now, whatever its order."""
    with connection.cursor() as cursor:
        cursor.execute("select pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
        return int(cursor.fetchone()[0])


def board(*, by: By, at: dt.datetime) -> Board:
    """Everything that is open. Raises `AccessError`."""
    by.must("see the board")
    since = safe_point()
    live = programs.in_force(at=at)
    duties = units.on_duty(at=at)
    calls = list(Call.objects.filter(state="open"))
    rows = sorted(_rows(calls, live=live, duties=duties, at=at), key=_order)
    told = unit_rows(by=by, at=at, duties=duties, live=live)
    counts = {
        "waiting": sum(row.waits for row in rows), "late": sum(row.alarm == LATE for row in rows), "open": len(rows),
        "undecided": sum(bool(row.decision and row.decision.outcome == "cannot be said") for row in rows),
        "overdue": sum(unit.alarm == LATE for unit in told), "free": sum(units.is_free(unit.unit) for unit in told),
    }  # fmt: skip
    return Board(
        tuple(rows), tuple(told), since, at, tuple(Source.objects.filter(active=True).order_by("name")), counts
    )


def _order(row: Row) -> tuple[bool, bool, int, dt.datetime]:
    return (not row.waits, row.alarm != LATE, row.call.priority or 99, row.clock)


def _rows(calls: list[Call], *, live: InForce, duties: list[Duty], at: dt.datetime) -> list[Row]:
    silent = cad_is_silent(live, at=at)
    decided: dict[uuid.UUID, list[Decision]] = {}
    for decision in Decision.objects.filter(call__in=calls).order_by("sequence"):
        decided.setdefault(decision.call_id, []).append(decision)
    held: dict[uuid.UUID, list[Response]] = {}
    for response in Response.objects.filter(GOING, call__in=calls).select_related("unit"):
        held.setdefault(response.call_id, []).append(response)
    return [
        _row(call, decided.get(call.pk, []), held.get(call.pk, []), live=live, duties=duties, at=at, silent=silent)
        for call in calls
    ]


def cad_is_silent(live: InForce, *, at: dt.datetime) -> bool:
    """Whether no source was heard for longer than the program allows, its own delay aside: then advice is withheld."""
    heard = [
        each.heard_at + dt.timedelta(seconds=each.delay_seconds)
        for each in Source.objects.filter(active=True, heard_at__isnull=False)
    ]
    return bool(heard) and at - max(heard) > dt.timedelta(seconds=live.program.cad.advice_older_than_seconds)


def _row(
    call: Call,
    decided: list[Decision],
    held: list[Response],
    *,
    live: InForce,
    duties: list[Duty],
    at: dt.datetime,
    silent: bool,
) -> Row:
    reason = going = proposed = None
    decision = decided[-1] if decided else None
    stale = call.in_cad and silent
    hold = sending.hold_minutes(live.program, call.priority)
    limit = decided[0].decided_at + dt.timedelta(minutes=hold) if hold is not None and decision and decision.outcome == "ours" else None  # fmt: skip
    if decision is not None:
        of = live if decision.program_id == live.program.version else programs.of_version(decision.program_id)
        outcome = calls_of.outcome_of(decision, of)
        reason = reasons.reason(outcome, program=of.program)
        team = decision.override if decision.override in live.program.team_ids else None
        if team:
            proposed = units.propose(live, call, team, at=at, duties=duties)
        elif decision.outcome == "ours" and not decision.override:
            waited = (at - decided[0].decided_at) / dt.timedelta(minutes=1)
            going, proposed = _who_goes(call, outcome, of, hold=hold or 0.0, waited=waited, at=at, duties=duties)
        if held or stale:
            proposed = None
    return Row(
        call,
        decision,
        tuple(held),
        call.received_at,
        limit,
        _alarm(limit, at) if not held else "",
        reason,
        going,
        proposed,
        stale,
    )


def _who_goes(
    call: Call, outcome: Outcome, live: InForce, *, hold: float, waited: float, at: dt.datetime, duties: list[Duty]
) -> tuple[sending.Sending, Proposed | None]:
    """Who goes now, and which unit. A team of which no free unit may go, by its roles or languages or kept back, is busy."""
    teams = units.teams(live.program, call, at=at, duties=duties)
    rule = sending.sender(outcome, live.program)
    while True:
        going = sending.who_goes(outcome, program=live.program, teams=teams, hold=hold, waited=waited)
        if going.team is None or going.holds:
            return going, None
        found = units.propose(live, call, going.team, at=at, duties=duties, rule=rule)
        if found is not None:
            return going, found
        teams[going.team] = sending.BUSY


def _alarm(limit: dt.datetime | None, at: dt.datetime) -> str:
    if limit is None:
        return ""
    return LATE if at >= limit else SOON if limit - at < dt.timedelta(minutes=5) else ""


def unit_rows(
    *, by: By, at: dt.datetime, duties: list[Duty] | None = None, live: InForce | None = None
) -> list[UnitRow]:
    """Every unit that is on duty or has a call, those that need somebody first."""
    by.must("see the board")
    live = live or programs.in_force(at=at)
    duty = {each.unit_id: each for each in (units.on_duty(at=at) if duties is None else duties)}
    held = {each.unit_id: each for each in Response.objects.filter(GOING).select_related("call")}
    asked: dict[uuid.UUID, list[Support]] = {}
    for each in Support.objects.filter(response__in=held.values(), kind__startswith="asked"):
        asked.setdefault(each.response_id, []).append(each)
    shown = Unit.objects.filter(pk__in=set(duty) | set(held))
    found = [_unit_row(unit, duty.get(unit.pk), held.get(unit.pk), asked, live=live, at=at) for unit in shown]
    return sorted(found, key=lambda row: (row.alarm != LATE, not units.is_free(row.unit), row.unit.name))


def unit_row(unit: Unit, *, at: dt.datetime, live: InForce) -> UnitRow:
    """One unit, with its turn of duty, its call and its clock."""
    duty = next(iter(units.on_duty(at=at, unit=unit)), None)
    held = Response.objects.filter(GOING, unit=unit).select_related("call").first()
    asked = list(Support.objects.filter(response=held, kind__startswith="asked")) if held else []
    return _unit_row(unit, duty, held, {held.pk: asked} if held else {}, live=live, at=at)


def _unit_row(
    unit: Unit, duty: Duty | None, held: Response | None, asked: dict[uuid.UUID, list[Support]], *, live: InForce, at: dt.datetime,
) -> UnitRow:  # fmt: skip
    check = check_in_by(held, live) if held else None
    back_up = tuple(asked.get(held.pk, [])) if held else ()
    short = units.short_of(duty, live.program) if duty else ()
    return UnitRow(unit, duty, held, check, _alarm_of_check(check, at), back_up, held is not None and _unheard(held, live), short)  # fmt: skip


def check_in_by(response: Response, live: InForce) -> dt.datetime | None:
    """Until when the crew of a response should be heard: that it has the call, then again and again; the first time is shorter."""
    within = live.program.dispatch.acknowledge_within_seconds
    if _unheard(response, live) and within is not None:
        return response.assigned_at + dt.timedelta(seconds=within)
    if response.mode == "phone" or response.checked_in_at is None:
        return None
    every = live.program.dispatch.check_in_every_minutes
    first = response.arrived_at is not None and response.checked_in_at <= response.arrived_at
    minutes = every.get("first", FIRST_CHECK) if first else every.get("then", NEXT_CHECK)
    return response.checked_in_at + dt.timedelta(minutes=minutes)


def _unheard(response: Response, live: InForce) -> bool:
    within = live.program.dispatch.acknowledge_within_seconds
    return within is not None and response.state == "assigned" and response.acknowledged_at is None


def _alarm_of_check(check: dt.datetime | None, at: dt.datetime) -> str:
    if check is None:
        return ""
    return LATE if at >= check else SOON if check - at < dt.timedelta(minutes=2) else ""


@dataclass(frozen=True)
class Detail:
    """One call in full: its row, what was decided and changed, what could be asked, who could go."""

    row: Row
    decisions: tuple[Decision, ...]
    reports: tuple[Report, ...]
    responses: tuple[Response, ...]
    asked: tuple[Asked, ...]
    known: dict[str, bool]
    candidates: tuple[Proposed, ...]


def detail(ident: uuid.UUID | str, *, by: By, at: dt.datetime) -> Detail:
    """One call that this person may see. Raises `Missing`."""
    call = calls_of.for_person(ident, by=by, at=at)
    live = programs.in_force(at=at)
    duties = units.on_duty(at=at)
    row = _rows([call], live=live, duties=duties, at=at)[0]
    asked = questions.worth_asking(calls_of.row(call), prepared=live.prepared) if call.state == "open" else ()
    follow_up = {team.id for team in live.program.team if team.kind == "follow-up"}
    free = sorted({duty.unit.team for duty in duties if units.is_free(duty.unit)} - follow_up)
    candidates = [found for team in free if (found := units.propose(live, call, team, at=at, duties=duties))]
    # One key assigns the first: it is the one that is proposed.
    candidates.sort(key=lambda each: row.proposed is None or each.unit.pk != row.proposed.unit.pk)
    return Detail(
        row, tuple(Decision.objects.filter(call=call).order_by("-sequence")), tuple(Report.objects.filter(call=call).order_by("at")),
        tuple(Response.objects.filter(call=call).select_related("unit").prefetch_related("people_met", "staff_events").order_by("assigned_at")), asked, dict(call.facts), tuple(candidates),
    )  # fmt: skip
