"""Program + calls + decisions + travel → the arrays that the kernel reads, and where each figure came from.

A `Model` is one design on one city, compiled once. Each run draws a year like the city's own (`years.py`) and values
for the inputs that nobody measured, by luck that all designs share.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import polars as pl

from rightcall.dispatch import choice, travel
from rightcall.dispatch.travel import Travel
from rightcall.errors import Problem
from rightcall.locale import N_, Message
from rightcall.measures.intervals import Estimate
from rightcall.program import shifts
from rightcall.program.document import Program, Shift
from rightcall.program.shifts import Turn
from rightcall.simulation import arrays as a
from rightcall.simulation import ground, inputs, kinds
from rightcall.simulation.arrays import Flags, Real, Roads, Teams, Turns, Units, Whole
from rightcall.simulation.city import LEVELS, NOWHERE, City, Used
from rightcall.simulation.inputs import Inputs
from rightcall.simulation.kinds import FOLLOW_UP, Kind, Routes, ScenarioError
from rightcall.triage import decisions, expected

ENOUGH_TRIPS, WORTH = 200, 0.95
FARTHEST_BASE_KM = 50
EVERYTHING = np.uint64(2**64 - 1)


@dataclass(frozen=True)
class Model:
    """A design on a city, ready to run.

    `kind_of` [w, f + 1, p, l]: the kind of a call that goes a way; `kinds` what they are; `may_be_ours`
    the numbers of the calls that any unknown could make ours. `turns_of`: every turn with
    its unit's number. `staff` [u]: people on each unit. `duty` [g, minutes]: whether a team has a unit on duty.
    """

    program: Program
    city: City
    routes: Routes
    inputs: Inputs
    travel: Travel
    teams: tuple[str, ...]
    units: Units
    unit_names: tuple[str, ...]
    staff: Whole
    turns: tuple[tuple[Turn, int], ...]
    turn_arrays: Turns
    team_arrays: Teams
    roads: Roads
    kinds: tuple[Kind, ...]
    kind_arrays: a.Kinds
    kind_of: Whole
    may_be_ours: Whole
    levels: tuple[int, ...]
    language: Whole
    duty: Flags
    covered: Flags
    ties: int
    stays: bool
    used: tuple[Used, ...]


def routes(city: City, *, program: Program) -> Routes:
    """Decide every call of a city by a program's rules, and find the ways that each may go."""
    frame = city.frame.lazy()
    decided = decisions.decide(frame, program=program)
    found = expected.ways(frame, decided=decided, program=program)
    secured = frame.with_columns(pl.lit("police").cast(city.frame.schema["requested_by"]).alias("requested_by"), pl.lit(True).alias("scene_secured"))  # fmt: skip
    again = decisions.decide(secured, program=program)
    handed = expected.ways(secured, decided=again, program=program)
    both = pl.DataFrame({"a": found.numbers, "b": handed.numbers})
    pairs = both.unique(maintain_order=True).with_row_index("_group")
    group = both.join(pairs, on=["a", "b"], how="left", maintain_order="left")["_group"].to_numpy().astype(np.int64)
    number = {rule.id: i for i, rule in enumerate(program.rule)}
    ways = [found.ways[row] for row in pairs["a"]]
    by_officer = [max(handed.ways[row].ways, key=lambda way: way.chance, default=None) for row in pairs["b"]]
    count = np.array([len(each.ways) for each in ways], np.int64)
    return Routes(
        group, np.concatenate([[0], np.cumsum(count)[:-1]]).astype(np.int64), count,
        np.array([not each.certain for each in ways], np.bool_),
        np.array([-1 if way is None else number[way.rule] for way in by_officer], np.int64),
        np.array([number[way.rule] for each in ways for way in each.ways], np.int64),
        np.array([way.chance for each in ways for way in each.ways], np.float64),
    )  # fmt: skip


def model(city: City, *, program: Program, routed: Routes | None = None, screening: Estimate | None = None, base: Program | None = None) -> Model:  # fmt: skip
    """Compile a design. `routed`: from `routes`, where another design with the same rules has them already.

    `screening`: the share of the calls of which it cannot be said that a sample read by hand called ours; it takes the
    place of every expectation. `base`: the program that this one changes. Raises `ScenarioError`, `ShiftError`, `InputError` with all that is wrong at once.
    """
    teams = [team for team in program.team if team.kind != FOLLOW_UP]
    laid = _turns(program, city)
    units, names, staff, turns = _units(program, city, laid)
    taken = inputs.of(program)
    routed = routed or routes(city, program=program)
    if screening is not None:
        routed = _as_read(routed)
        known = inputs.CATALOGUE["screening"]
        taken = taken.replacing(inputs.Input(known.name, known.title, known.unit, screening.low, screening.value, screening.high, N_("the sample that was read by hand")))  # fmt: skip
    way = _travel(program, city, None if base is None else _speed(base))
    found, kind_of, levels, language = kinds.numbered(program, city, routed)
    arrays, used = kinds.as_arrays(program, city, found)
    number = {team.id: i for i, team in enumerate(teams)}
    return Model(
        program=program, city=city, routes=routed, inputs=taken, travel=way, teams=tuple(number), units=units,
        unit_names=names, staff=staff, turns=turns, turn_arrays=_turn_arrays(program, city, turns),
        team_arrays=Teams(
            np.array([team.kind == "phone" for team in teams], np.bool_),
            np.array([team.kind == "with police" for team in teams], np.bool_),
            np.array([team.keep_free for team in teams], np.int64),
        ),
        roads=Roads(np.ascontiguousarray(way.minutes.swapaxes(1, 2)), way.band, float(city.days[0].weekday() * 1440)),
        kinds=found, kind_arrays=arrays, kind_of=kind_of, levels=levels,
        may_be_ours=np.flatnonzero(routed.count[routed.group] > 0), language=language,
        duty=_duty(city, turns, units, len(teams)), covered=ground.covered(units, teams=len(teams)),
        ties=choice.LONGEST_IDLE if program.dispatch.ties == "longest idle" else choice.LISTED_FIRST, stays=False,
        used=(*city.used, Used(Message(N_("travel")), way.how), *used),
    )  # fmt: skip


def _as_read(routed: Routes) -> Routes:
    """Routes with every call that is open left to the share that a sample says, its ways in their proportion."""
    chance, uncertain = routed.chance.copy(), routed.uncertain.copy()
    for group in range(routed.first.size):
        mine = slice(routed.first[group], routed.first[group] + routed.count[group])
        total = chance[mine].sum()
        if total > 0 and (total < 1 or uncertain[group]):
            chance[mine] /= total
            uncertain[group] = True
    return Routes(routed.group, routed.first, routed.count, uncertain, routed.handed, routed.rule, chance)


# ------------------------------------------------------------------ who is on duty


def _turns(program: Program, city: City) -> list[Turn]:
    # The night before the first day reaches into it.
    first = city.days[0] - dt.timedelta(days=1)
    found = shifts.turns(program.model_copy(update={"shift": _kept(program, city)}), first=first, last=city.days[-1])
    return [turn for turn in found if city.minute_of(turn.ends) > 0]


def _kept(program: Program, city: City) -> tuple[Shift, ...]:
    """The shifts of teams that take calls, as they would run in the year of the export."""
    kept = [shift for shift in program.shift if _kind_of(program, shift) != FOLLOW_UP]
    return shifts.in_years(kept, first=city.days[0], last=city.days[-1])


def _kind_of(program: Program, shift: Shift) -> str:
    return next(team.kind for team in program.team if team.id == shift.team)


def _units(program: Program, city: City, laid: list[Turn]) -> tuple[Units, tuple[str, ...], Whole, tuple[tuple[Turn, int], ...]]:  # fmt: skip
    """Units of the turns. A unit whose next turn begins before its last is over is another crew."""
    kept = _kept(program, city)
    teams = {team.id: (i, team) for i, team in enumerate(t for t in program.team if t.kind != FOLLOW_UP)}
    role_bit = kinds.bits_of(role for team in program.team for role in team.crew)
    language_bit = kinds.language_bits(program)
    number: dict[tuple[str, int], int] = {}
    shift_of: list[Shift] = []
    ends: dict[tuple[str, int], dt.datetime] = {}
    turns = []
    for turn in laid:
        crew = next(k for k in range(10) if ends.get((turn.unit, k), turn.starts) < turn.starts or (turn.unit, k) not in ends)  # fmt: skip
        ends[turn.unit, crew] = turn.ends
        if (turn.unit, crew) not in number:
            number[turn.unit, crew] = len(number)
            shift_of.append(kept[turn.number - 1])
        turns.append((turn, number[turn.unit, crew]))
    _check_places(program, city, shift_of)
    serves: dict[int, Flags] = {}
    homes: dict[str, int] = {}
    rows = [_serves(serves, shift, city) for shift in shift_of]
    bases = [_home(homes, shift, inside, program, city) for shift, inside in zip(shift_of, rows, strict=True)]
    mine = [teams[shift.team] for shift in shift_of]
    languages = [team.languages or program.program.languages for _, team in mine]
    return (
        Units(
            np.array([i for i, _ in mine], np.int64),
            np.array([sum(role_bit[role] for role in team.crew) for _, team in mine], np.uint64),
            np.array([sum(language_bit[name] for name in said) for said in languages], np.uint64),
            np.array(bases, np.int64),
            np.array(rows, np.bool_).reshape(len(rows), city.zones.lat.size),
        ),
        tuple(name if crew == 0 else f"{name} ({crew + 1})" for name, crew in number),
        np.array([max(1, sum(team.crew.values())) for _, team in mine], np.int64),
        tuple(turns),
    )


def _check_places(program: Program, city: City, shift_of: list[Shift]) -> None:
    """Refuse areas in which no call lies, and bases far from every call."""
    problems = []
    for shift in {id(shift): shift for shift in shift_of}.values():
        for layer, wanted in shift.area.items() if isinstance(shift.area, dict) else ():
            known = sorted(set(city.zones.areas.get(f"area_{layer}", ())) - {NOWHERE})
            for name in wanted:
                if name not in known:
                    mend = f"The calls know: {', '.join(known[:12])}." if known else f"The calls name no {layer}: give the program area files, or another layer."  # fmt: skip
                    problems.append(Problem(f"no call lies in the {layer} “{name}” that a shift of “{shift.team}” serves.", "shift.area", mend))  # fmt: skip
    for base in program.base if city.zones.placed else ():
        away = travel.great_circle_km(city.zones.lat, city.zones.lon, np.array(base.lat), np.array(base.lon)).min()
        if away > FARTHEST_BASE_KM:
            problems.append(Problem(f"“{base.id}” lies {away:,.0f} km from the nearest call.", "base", "Look at lat and lon; are they the wrong way round?"))  # fmt: skip
    if problems:
        raise ScenarioError(list(dict.fromkeys(problems)))


def _serves(seen: dict[int, Flags], shift: Shift, city: City) -> Flags:
    if id(shift) not in seen:
        inside = np.ones(city.zones.lat.size, np.bool_)
        if isinstance(shift.area, dict):
            inside[:] = False
            for layer, wanted in shift.area.items():
                inside |= np.isin(np.array(city.zones.areas.get(f"area_{layer}", ("",) * inside.size)), list(wanted))
        seen[id(shift)] = inside
    return seen[id(shift)]


def _home(seen: dict[str, int], shift: Shift, inside: Flags, program: Program, city: City) -> int:
    """The zone of a shift's base; where nobody says where it lies, the one from which the calls it serves are nearest."""
    name = f"{shift.base}, {shift.area!r}"
    if name not in seen:
        zones = city.zones
        if not zones.placed:
            return seen.setdefault(name, 0)
        base = next((base for base in program.base if base.id == shift.base), None)
        if base is not None:
            away = travel.great_circle_km(zones.lat, zones.lon, np.array(base.lat), np.array(base.lon))
        else:
            weight = np.bincount(city.zone, minlength=zones.lat.size) * (inside if inside.any() else 1)
            away = travel.great_circle_km(zones.lat[:, None], zones.lon[:, None], zones.lat, zones.lon) @ weight
        seen[name] = int(np.argmin(away))
    return seen[name]


def _turn_arrays(program: Program, city: City, turns: tuple[tuple[Turn, int], ...]) -> Turns:
    kept = _kept(program, city)
    rows = []
    for turn, unit in turns:
        shift = kept[turn.number - 1]
        start, end = city.minute_of(turn.starts), city.minute_of(turn.ends)
        rows.append((max(0.0, start), 0, unit, a.BEGIN, 0.0))
        if shift.meal_minutes and start >= 0:
            rows.append(((start + end) / 2, 1, unit, a.MEAL, shift.meal_minutes))
        if shift.no_calls_in_last_minutes:
            rows.append((max(0.0, end - shift.no_calls_in_last_minutes), 2, unit, a.LAST_CALL, 0.0))
        rows.append((end, 3, unit, a.END, 0.0))
    rows.sort()
    columns = list(zip(*rows, strict=True)) if rows else [(), (), (), (), ()]
    return Turns(np.array(columns[0], float), np.array(columns[2], np.int64), np.array(columns[3], np.int64), np.array(columns[4], float))  # fmt: skip


def _duty(city: City, turns: tuple[tuple[Turn, int], ...], units: Units, teams: int) -> Flags:
    last = int(city.minutes)
    steps = np.zeros((teams, last + 1), np.int32)
    for turn, unit in turns:
        start, end = int(city.minute_of(turn.starts)), int(city.minute_of(turn.ends))
        steps[units.team[unit], min(max(start, 0), last)] += 1
        steps[units.team[unit], min(max(end, 0), last)] -= 1
    return np.asarray(np.cumsum(steps, axis=1)[:, :last] > 0)


# ------------------------------------------------------------------ how crews get around


def _speed(program: Program) -> float:
    return travel.SPEED_KMH if program.travel is None else float(np.mean(program.travel.speed_kmh))


def _from_trips(city: City) -> Travel | None:
    """Travel as the city's own trips show it; None where they are few, or foretell others no better than their mean."""
    trips = city.trips
    if trips.km.size < ENOUGH_TRIPS or not (trips.km > 0).any():
        return None
    way = travel.from_trips(city.zones.lat, city.zones.lon, km=trips.km, minutes=trips.minutes, hour=trips.hour)
    return way if way.fit is not None and way.fit.error < WORTH * way.fit.error_of_mean else None


def _travel(program: Program, city: City, base_speed: float | None) -> Travel:
    said = program.travel
    if said is None or said.layer is None:
        return _by_place(program, city, base_speed)
    areas = city.zones.areas.get(f"area_{said.layer}", ())
    if not set(areas) - {NOWHERE}:
        raise ScenarioError(
            f"the program says minutes between areas of the layer {said.layer}, and the calls name none.",
            where="travel.layer", mend="Give the program area files of that layer, or say a speed alone.",
        )  # fmt: skip
    if not set(areas) & {*said.minutes, *(to for row in said.minutes.values() for to in row)}:
        raise ScenarioError(
            f"no call lies in a {said.layer} between which the program says minutes.", where="travel.minutes",
            mend=f"The calls know: {', '.join(sorted(set(areas) - {NOWHERE})[:12])}.",
        )  # fmt: skip
    faster = _speed(program) / base_speed if base_speed else 1.0
    minutes = {start: {to: value / faster for to, value in row.items()} for start, row in said.minutes.items()}
    way = travel.by_areas(minutes, areas, otherwise=_by_place(program, city, base_speed), layer=said.layer)
    # Where pairs go by the speed, the sentence of the speed ends with the source.
    how = way.how if "otherwise" in way.how.values else Message(N_("{how} {source}"), {"how": way.how, "source": said.source})  # fmt: skip
    return Travel(way.minutes, way.band, how)


def _by_place(program: Program, city: City, base_speed: float | None) -> Travel:
    zones, said = city.zones, program.travel
    if zones.placed:
        fitted = _from_trips(city)
        if fitted is not None:
            # A design that changes the speed is as much faster than the city's stamps as it is than the base.
            faster = _speed(program) / base_speed if base_speed else 1.0
            return Travel(_within(fitted.minutes / faster), fitted.band, fitted.how, fitted.fit)
        speed = travel.SPEED_KMH if said is None else said.speed_kmh
        way = travel.by_speed(
            zones.lat, zones.lon, speed_kmh=speed, detour=travel.DETOUR if said is None else said.detour
        )
        source = Message(N_("No source: the program does not say.")) if said is None else said.source
        return Travel(_within(way.minutes), way.band, Message(N_("{how} {source}"), {"how": way.how, "source": source}))
    row = city.times.of.get(("travel", ""))
    minutes = inputs.JOURNEY_MINUTES if row is None else float(np.trapezoid(city.times.quantiles[row], LEVELS))
    if ("turnout", "") not in city.times.of:
        # Such minutes begin with the dispatch; the turnout is simulated by itself.
        minutes = max(0.0, minutes - inputs.CATALOGUE["turnout"].value)
    source = N_("Travel: the same everywhere, since no call has a place: {n} minutes, of the city's own stamps.")
    if row is None:
        source = N_("Travel: the same everywhere, since no call has a place: {n} minutes, of crisis teams of an Oregon county.")  # fmt: skip
    table = np.full((zones.lat.size, zones.lat.size), minutes)
    return Travel(travel.by_table(table).minutes, travel.by_table(table).band, Message(source, {"n": minutes}))


def _within(minutes: Real) -> Real:
    out = minutes.copy()
    if out.shape[1] > 1:
        for band in out:
            other = band + np.diag(np.full(band.shape[0], np.inf))
            np.fill_diagonal(band, other.min(axis=1) / 2)
    return out
