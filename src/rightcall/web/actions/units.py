"""Units and their turns of duty, as the program's shifts lay them out and as the supervisor changes them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from django.db import transaction

from rightcall.dispatch import status
from rightcall.locale import Message
from rightcall.program import shifts
from rightcall.program.document import Program, Team
from rightcall.web.access import By, Conflict, Missing
from rightcall.web.actions import trail
from rightcall.web.models import Duty, StatusEvent, Unit
from rightcall.web.queries import programs
from rightcall.web.queries import units as units_of

# A turn that nobody planned lasts so long, or until the next planned one begins.
UNPLANNED = dt.timedelta(hours=8)
AHEAD = dt.timedelta(days=14)
CALL_SIGNS = {"phone": "Desk", "in person": "CR", "with police": "CO", "follow-up": "NAV"}


@transaction.atomic
def lay_out(program: Program, *, first: dt.date, last: dt.date, by: By, at: dt.datetime) -> int:
    """Make the units that the shifts of a program need, and their turns of duty from a day to a day that are not there yet."""
    by.must("manage duty")
    made = 0
    teams = {team.id: team for team in program.team}
    bases = {base.id: base for base in program.base}
    names: dict[str, str] = {}
    for turn in shifts.turns(program, first=first, last=last):
        team, shift = teams[turn.team], program.shift[turn.number - 1]
        name = names.setdefault(turn.unit, _name(team, names, program))
        base = bases.get(shift.base)
        roles = [role for role, n in (team.crew or team.goes_with_at_least).items() for _ in range(n)]
        unit, _ = Unit.objects.get_or_create(name=name, defaults={
            "team": team.id, "in_cad": program.cad.mode == "mirror" and team.kind in ("in person", "with police"), "state_at": at, "known_at": at,
            "roles": roles, "languages": list(team.languages or program.program.languages),
            "lat": base.lat if base else None, "lon": base.lon if base else None, "placed_at": at if base else None, "base": shift.base,
        })  # fmt: skip
        if unit.roles != roles:
            # The program says another crew now: so do the turns that nobody began.
            Duty.objects.filter(unit=unit, started_at__isnull=True, planned_start__gt=at, crew=unit.roles).update(crew=roles)  # fmt: skip
            unit.roles = roles
            unit.save(update_fields=["roles"])
        if Duty.objects.filter(unit=unit, planned__overlap=(turn.starts, turn.ends)).exists():
            continue
        Duty.objects.create(
            unit=unit,
            planned_start=turn.starts,
            planned_end=turn.ends,
            crew=unit.roles,
            areas={layer: list(names) for layer, names in shift.area.items()} if isinstance(shift.area, dict) else {},
        )
        made += 1
    if made:
        trail.record("duty lay out", by=by, at=at, turns=made)
    return made


def lay_out_ahead(program: Program, *, by: By, at: dt.datetime) -> int:
    """The same from yesterday, whose last turn may go on, for two weeks ahead."""
    return lay_out(program, first=at.date() - dt.timedelta(days=1), last=at.date() + AHEAD, by=by, at=at)


def _name(team: Team, names: dict[str, str], program: Program) -> str:
    """The unit's name on the air: by the kind of its team, numbered."""
    kind = {each.id: each.kind for each in program.team}
    used = sum(name.startswith(CALL_SIGNS[team.kind]) for name in names.values())
    assert kind[team.id] == team.kind
    return f"{CALL_SIGNS[team.kind]}-{used + 1}"


@transaction.atomic
def staff(unit: Unit, crew: Iterable[str], *, by: By, at: dt.datetime) -> Duty:
    """Say who is on board this turn, a role once for each person. Raises `Missing` for a role that its team does not have, `Conflict` off duty."""
    by.must("move own unit" if by.unit == str(unit.id) else "manage duty")
    roles, known = list(crew), units_of.roles_of(unit, programs.in_force(at=at).program)
    if stray := sorted(set(roles) - set(known)):
        raise Missing(
            Message("“{list}” is no role of this team.", {"list": stray}),
            mend=Message("It is one of: {list}.", {"list": list(known)}),
        )
    duty = next(iter(units_of.on_duty(at=at, unit=unit)), None)
    if duty is None:
        raise Conflict(Message("{unit} is not on duty.", {"unit": unit.name}), mend=Message("Sign it on first."))
    duty.crew = roles
    duty.save(update_fields=["crew"])
    trail.record("duty crew", by=by, at=at, about=f"unit {unit.id}", unit=unit.name, crew=roles)
    trail.tell("unit", unit.id, at=at)
    return duty


@transaction.atomic
def begin(unit: Unit, *, by: By, at: dt.datetime, until: dt.datetime | None = None) -> Duty:
    """A crew signs on: its planned turn begins, or one that nobody planned, for eight hours at most unless `until` says so."""
    by.must("move own unit" if by.unit == str(unit.id) else "manage duty")
    unit = Unit.objects.select_for_update().get(pk=unit.pk)
    near = (at - dt.timedelta(hours=1), at + dt.timedelta(hours=1))
    duty = (
        Duty.objects.filter(unit=unit, planned__overlap=near, ended_at__isnull=True, planned_end__gt=at)
        .order_by("planned_start")
        .first()
    )
    if duty is None:
        # Signed off before the end and on again: the same turn goes on.
        duty = Duty.objects.filter(unit=unit, planned_start__lte=at, planned_end__gt=at).first()
        if duty is not None:
            duty.ended_at = None
    if duty is None:
        later = (
            Duty.objects.filter(unit=unit, planned_start__gt=at)
            .order_by("planned_start")
            .values_list("planned_start", flat=True)
            .first()
        )
        end = until or at + UNPLANNED
        duty = Duty.objects.create(
            unit=unit, planned_start=at, planned_end=min(end, later) if later else end, crew=unit.roles
        )
    duty.started_at = duty.started_at or at
    duty.save()
    Duty.objects.filter(unit=unit, started_at__isnull=False, ended_at__isnull=True).exclude(pk=duty.pk).update(ended_at=at)  # fmt: skip
    if unit.state == "off duty":
        unit.state = status.move(status.UNITS, state=unit.state, event="begin shift")
        unit.state_at, unit.known_at, unit.idle_since = at, at, at
        unit.save()
        StatusEvent.objects.create(
            unit=unit, event="begin shift", state=unit.state, happened_at=at, known_at=at, by=by.name
        )
    trail.record("duty begin", by=by, at=at, about=f"unit {unit.id}", unit=unit.name)
    trail.tell("unit", unit.id, at=at)
    return duty


@transaction.atomic
def finish(unit: Unit, *, by: By, at: dt.datetime) -> None:
    """A crew signs off; a call in progress is finished first. Raises `MoveError` where it has one."""
    by.must("move own unit" if by.unit == str(unit.id) else "manage duty")
    unit = Unit.objects.select_for_update().get(pk=unit.pk)
    unit.state = status.move(status.UNITS, state=unit.state, event="end shift")
    unit.state_at, unit.known_at = at, at
    unit.save()
    Duty.objects.filter(unit=unit, started_at__isnull=False, ended_at__isnull=True).update(ended_at=at)
    StatusEvent.objects.create(unit=unit, event="end shift", state=unit.state, happened_at=at, known_at=at, by=by.name)
    trail.record("duty end", by=by, at=at, about=f"unit {unit.id}", unit=unit.name)
    trail.tell("unit", unit.id, at=at)
