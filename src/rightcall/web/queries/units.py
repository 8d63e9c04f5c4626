"""Units as they are now: who is on duty, who is free, and which one should go."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import numpy as np
from django.db.models import Q

from rightcall.dispatch import choice, sending, status, travel
from rightcall.program.document import Program, Rule
from rightcall.web.models import Call, Duty, Unit
from rightcall.web.queries.programs import InForce

UNKNOWN_MINUTES = 1e6


@dataclass(frozen=True)
class Proposed:
    """The unit that should go, the minutes that it needs (None where a place is unknown), and how many others were free."""

    unit: Unit
    minutes: float | None
    others: int


def _begun(at: dt.datetime) -> Q:
    """Turns that had begun at a time: as somebody said, else as planned."""
    return Q(started_at__lte=at) | Q(started_at__isnull=True, planned_start__lte=at)


def on_duty(*, at: dt.datetime, unit: Unit | None = None) -> list[Duty]:
    """The turns of duty that are going on, of all units or of one: begun as planned or earlier, and not ended."""
    held = Duty.objects.filter(unit=unit) if unit else Duty.objects.all()
    going = Q(ended_at__isnull=True) & (Q(planned_end__gt=at) | Q(started_at__isnull=False))
    turns = held.filter(_begun(at) & going, withdrawn_at__isnull=True).select_related("unit").order_by("unit__name", "planned_start")  # fmt: skip
    # A crew that took over without the one before signing off: its turn is the one that goes on.
    return list({turn.unit_id: turn for turn in turns}.values())


def is_free(unit: Unit) -> bool:
    """Whether a unit that is on duty can be given a call; one that CAD moves needs no sign-on of ours."""
    return unit.state in status.UNITS.free or (unit.in_cad and unit.state == "off duty")


@dataclass(frozen=True)
class Staffed:
    """A unit, the roles of its team with how many of each go out as a rule, who is on board (None off duty), and who is missing."""

    unit: Unit
    roles: dict[str, int]
    aboard: list[str] | None
    short: tuple[str, ...]


def staffed(program: Program, *, at: dt.datetime, units: Iterable[Unit]) -> list[Staffed]:
    """Units with their crews."""
    turns = {duty.unit_id: duty for duty in on_duty(at=at) if duty.unit.in_cad or duty.unit.state != "off duty"}
    return [
        Staffed(unit, roles_of(unit, program), turns[unit.pk].crew if unit.pk in turns else None, short_of(turns[unit.pk], program) if unit.pk in turns else ())
        for unit in units
    ]  # fmt: skip


def roles_of(unit: Unit, program: Program) -> dict[str, int]:
    """The roles of a unit's team, with how many of each it goes out with as a rule."""
    team = next((each for each in program.team if each.id == unit.team), None)
    return dict.fromkeys(team.goes_with_at_least, 0) | dict(team.crew) if team else {}


def short_of(duty: Duty, program: Program) -> tuple[str, ...]:
    """The roles without which a crew may not go out (`goes_with_at_least`) and that are not on board, once for each that is missing."""
    team = next((each for each in program.team if each.id == duty.unit.team), None)
    least = team.goes_with_at_least if team else {}
    return tuple(role for role, n in least.items() for _ in range(n - duty.crew.count(role)))


def last_turn(unit: uuid.UUID | str, *, at: dt.datetime) -> Duty | None:
    """The last turn of a unit that had begun at a time, whether it goes on or not."""
    return Duty.objects.filter(_begun(at), unit_id=unit).order_by("-planned_start").first()


def aboard(unit: Unit, *, at: dt.datetime) -> list[str]:
    """The roles on board at a time, a role once for each person: of the last turn that had begun, else as planned."""
    turn = last_turn(unit.pk, at=at)
    return turn.crew if turn else unit.roles


def serves(duty: Duty, call: Call) -> bool:
    """Whether a turn of duty serves the place of a call, as in the simulation: it lies in an area that the shift names.

    A call of which no area of those layers is known is served: nobody said that it is elsewhere.
    """
    known = {layer for layer in duty.areas if layer in call.areas}
    return not duty.areas or not known or any(call.areas[layer] in duty.areas[layer] for layer in known)


def teams(program: Program, call: Call, *, at: dt.datetime, duties: Iterable[Duty] | None = None) -> dict[str, str]:
    """What each team of the program is doing, as far as this call is concerned."""
    found = dict.fromkeys((team.id for team in program.team), sending.OFF_DUTY)
    rank = [sending.OFF_DUTY, sending.ELSEWHERE, sending.SHORT, sending.BUSY, sending.FREE]
    for duty in on_duty(at=at) if duties is None else duties:
        if duty.unit.state == "off duty" and not duty.unit.in_cad:
            # Its turn has come, and nobody signed on.
            continue
        if not serves(duty, call):
            now = sending.ELSEWHERE
        elif not is_free(duty.unit):
            now = sending.BUSY
        else:
            now = sending.SHORT if short_of(duty, program) else sending.FREE
        team = duty.unit.team
        found[team] = max(found.get(team, sending.OFF_DUTY), now, key=rank.index)
    return found


def propose(
    live: InForce,
    call: Call,
    team: str,
    *,
    at: dt.datetime,
    duties: Iterable[Duty] | None = None,
    rule: Rule | None = None,
) -> Proposed | None:
    """The unit of a team that should go, by the chooser of the simulation; None where nobody can. `rule`: what it requires."""
    program = live.program
    turns = [
        duty
        for duty in (on_duty(at=at) if duties is None else duties)
        if duty.unit.team == team and serves(duty, call) and not short_of(duty, program)
    ]
    units = [duty.unit for duty in turns]
    if not units:
        return None
    n = len(units)
    minutes = _minutes(live, call, units, at=at)
    need_roles = rule.requires if rule else ()
    spoken = {*program.program.languages, *(name for each in program.team for name in each.languages)}
    need_languages = (call.language,) if call.language in spoken else ()
    roles, languages = _bits([duty.crew for duty in turns], need_roles), _bits([unit.languages for unit in units], need_languages)  # fmt: skip
    longest = program.dispatch.ties == "longest idle"
    wanted = next((each for each in program.team if each.id == team), None)
    asked = _bits([list(need_roles)], need_roles), _bits([list(need_languages)], need_languages)
    may = choice.who_may(roles, languages, np.ones((n, 1), bool), *asked)
    found = choice.choose_unit(
        np.array([0.0 if is_free(unit) else np.inf for unit in units]), 0.0, np.arange(n)[None, :], np.array([n]),
        may, np.arange(n), np.array([(unit.idle_since or unit.state_at).timestamp() for unit in units]),
        minutes[None, None, :], 0, 0, 0, 0, wanted.keep_free if wanted and (call.priority or 99) > 1 else 0,
        choice.LONGEST_IDLE if longest else choice.LISTED_FIRST,
    )  # fmt: skip
    if found == choice.NOBODY:
        return None
    known = float(minutes[found])
    free = sum(is_free(unit) for unit in units)
    return Proposed(units[found], None if known >= UNKNOWN_MINUTES else known, free - 1)


def _bits(held: list[list[str]], asked: tuple[str, ...]) -> np.ndarray:
    return np.array(
        [sum(1 << place for place, name in enumerate(asked) if name in each) for each in held], dtype=np.uint64
    )


def _minutes(live: InForce, call: Call, units: list[Unit], *, at: dt.datetime) -> np.ndarray:
    """Minutes from each unit to the call at this hour; those of units whose place nobody knows come last."""
    said = live.program.travel
    named = _named(live, call, units)
    if call.lat is None or call.lon is None:
        return np.where(np.isfinite(named), named, UNKNOWN_MINUTES)
    speeds = np.broadcast_to(travel.SPEED_KMH if said is None else np.asarray(said.speed_kmh, float), 24)
    hour = at.astimezone(ZoneInfo(live.program.program.time_zone)).hour
    lat = np.array([np.nan if unit.lat is None else unit.lat for unit in units], float)
    lon = np.array([np.nan if unit.lon is None else unit.lon for unit in units], float)
    km = (said.detour if said else travel.DETOUR) * travel.great_circle_km(lat, lon, np.array(call.lat), np.array(call.lon))  # fmt: skip
    minutes = np.where(np.isfinite(named), named, travel.cruise_minutes(km, speed_kmh=float(speeds[hour])))
    return np.where(np.isfinite(minutes), minutes, UNKNOWN_MINUTES)


def _named(live: InForce, call: Call, units: list[Unit]) -> np.ndarray:
    """Minutes that the program names between the area of each unit and that of the call; NaN where it names none."""
    said = live.program.travel
    if said is None or said.layer is None or said.layer not in call.areas:
        return np.full(len(units), np.nan)
    places = [
        live.areas_at(unit.lat, unit.lon) if unit.lat is not None and unit.lon is not None else {} for unit in units
    ]
    return np.array([travel.between(said.minutes, area.get(f"area_{said.layer}", ""), call.areas[said.layer]) for area in places])  # fmt: skip
