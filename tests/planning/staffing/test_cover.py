"""Shifts and people: small cases against brute force, and what must hold of every cover."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rightcall.errors import NothingLeft
from rightcall.planning.staffing import cover, people, stretches
from rightcall.planning.staffing.cover import Cover, Terms
from rightcall.planning.staffing.need import SLOTS
from rightcall.planning.staffing.shift_types import ShiftType, types_of
from rightcall.program.people import Pattern, Weekends, WorkRule

EVER = np.ones(SLOTS, np.bool_)


def pattern(
    hours: float = 8, shifts: int = 5, starts: tuple[str, ...] = ("06:00", "14:00", "22:00"), **more: Any
) -> Pattern:
    return Pattern(id=more.pop("id", f"{shifts} × {hours:g}"), hours=hours, shifts_a_week=shifts, starts=starts, **more)


def needing(units: int = 1, *, days: range = range(7), first: int = 0, last: int = 48) -> np.ndarray:
    """Units needed from the half hour `first` to `last` of some days."""
    found = np.zeros(SLOTS, np.int64)
    for day in days:
        found[day * 48 + first : day * 48 + last] = units
    return found


def solved(need: np.ndarray, patterns: list[Pattern], crew: dict[str, int] | None = None, **more: Any) -> Cover:
    more.setdefault("open", EVER)
    return cover.solve(
        Terms(need=need, crew=crew or {"clinician": 1}, patterns=patterns, **more), simple=more.pop("simple", False)
    )


def covered(found: Cover, need: np.ndarray) -> bool:
    return bool((found.units >= need).all())


def test_a_seat_around_the_clock_takes_what_the_formula_says() -> None:
    # 8,760 hours / 1,698; the year has 365 / 7 weeks. One person may work days and nights, else six lines are needed.
    mixed = pattern(mixes_hours=True)
    one, ten = solved(needing(), [mixed], net=1698), solved(needing(10), [pattern()], net=1698)
    assert covered(one, needing())
    assert one.people["clinician"] == pytest.approx(8760 / 1698)
    assert one.gap == 0
    assert ten.people["clinician"] == pytest.approx(87600 / 1698)


def test_administrative_hours_come_off_the_hours_on_shift() -> None:
    twelves = pattern(12, 3, ("09:00", "21:00"), administrative_hours=4)
    crew = {"clinician": 1, "peer": 1, "emt": 1}
    day = solved(needing(10, first=18, last=42), [twelves], crew=crew, net=1698)
    assert day.people == pytest.approx(dict.fromkeys(crew, 43800 / 1528.2))
    assert round(sum(day.people.values()) / 10, 2) == 8.60


def test_lines_are_never_fewer_than_the_shifts_of_a_week_take() -> None:
    # Seven shifts a week in each of three bands, five a line: two lines a band, however many hours one person works.
    found = solved(needing(), [pattern()], net=2080 * 2)
    assert found.people["clinician"] == pytest.approx(6)
    assert [lines.people for lines in found.lines] == [2, 2, 2]
    mixed = solved(needing(), [pattern(mixes_hours=True)], net=2080 * 2)
    assert [lines.people for lines in mixed.lines] == [5]
    assert mixed.people["clinician"] == pytest.approx(5)


def test_a_pattern_works_only_the_shifts_that_it_allows() -> None:
    early, late = pattern(8, 5, ("08:00",), id="early"), pattern(8, 5, ("09:00",), id="late")
    found = solved(needing(days=range(5), first=16, last=34), [early, late], crew={"clinician": 1})
    for lines in found.lines:
        assert all(kind in types_of(lines.pattern) for kind in lines.wanted)
    for kind, crews in found.crews.items():
        assert crews == tuple(sum(lines.wanted.get(kind, (0,) * 7)[day] for lines in found.lines) for day in range(7))


def test_sundays_night_shift_covers_mondays_morning_and_no_earlier_one() -> None:
    night = ShiftType(44, 16)
    assert night.slots(6).tolist() == [*range(332, 336), *range(0, 12)]
    found = solved(needing(days=range(1), first=0, last=12), [pattern()])
    assert [row for kind, row in found.crews.items() if kind.start == 44] == [(0, 0, 0, 0, 0, 0, 1)]


def test_no_shift_is_placed_where_the_team_is_not_open() -> None:
    opened = needing(first=18, last=42) > 0
    found = solved(needing(first=18, last=42), [pattern(8, 5, ("06:00", "09:00", "13:00", "18:00"))], open=opened)
    assert not found.units[~opened].any()
    assert set(found.crews) == {ShiftType(18, 16), ShiftType(26, 16)}


def test_half_hours_that_no_shift_can_cover_are_named_with_what_they_need() -> None:
    opened = needing(first=18, last=46) > 0
    with pytest.raises(NothingLeft) as raised:
        solved(needing(2, first=18, last=46), [pattern(12, 3, ("09:00",))], open=opened)
    assert "Mon–Sun 21:00–23:00 needs 2 units, and no shift that is allowed covers it" in str(raised.value)
    assert "Add a [[pattern]]" in str(raised.value)


def test_weekends_that_nobody_may_work_are_named() -> None:
    off = pattern(8, 5, weekends=Weekends(work=0, of=1))
    with pytest.raises(NothingLeft, match="Sat 06:00–24:00 needs 1 unit"):
        solved(needing(), [off])


def test_a_role_that_works_otherwise_has_lines_of_its_own_and_the_crew_is_out_together() -> None:
    eights, tens = pattern(roles=("clinician",)), pattern(10, 4, ("06:00", "13:00"), roles=("emt",))
    both = pattern(10, 4, ("06:00", "13:00"), id="both", roles=("clinician",))
    found = solved(needing(days=range(5), first=12, last=32), [eights, tens, both], crew={"clinician": 1, "emt": 2})
    assert covered(found, needing(days=range(5), first=12, last=32))
    for role, seats in (("clinician", 1), ("emt", 2)):
        for kind, crews in found.crews.items():
            given_people = [sum(lines.wanted.get(kind, (0,) * 7)[day] for lines in found.lines if role in lines.roles) for day in range(7)]  # fmt: skip
            assert given_people == [seats * crew for crew in crews]


def test_roles_that_work_alike_cost_what_they_cost_apart() -> None:
    need = needing(2, first=12, last=44)
    alike = solved(need, [pattern(), pattern(10, 4)], crew={"clinician": 1, "peer": 1})
    apart = solved(need, [pattern(), pattern(10, 4)], crew={"clinician": 1, "peer": 1}, rules=(WorkRule(kind="rest between shifts", at_least=1, roles=("peer",), source="x"),))  # fmt: skip
    assert alike.cost == pytest.approx(apart.cost)
    assert len(alike.lines) < len(apart.lines)


def brute(need: np.ndarray, kinds: list[ShiftType], pattern: Pattern, *, net: float, most: int) -> float:
    """The fewest people by trying every number of crews on every day of one type of shift, and every number of lines."""
    best = math.inf
    for crews in itertools.product(range(most + 1), repeat=len(kinds) * 7):
        units = np.zeros(SLOTS, np.int64)
        for k, count in enumerate(crews):
            units[kinds[k // 7].slots(k % 7)] += count
        if (units < need).any():
            continue
        lines = 0
        for band in {kind.band for kind in kinds}:
            mine = [sum(crews[k * 7 + day] for k, kind in enumerate(kinds) if kind.band == band) for day in range(7)]
            weekend = 1.0 if pattern.weekends is None else pattern.weekends.work / pattern.weekends.of
            n = max(math.ceil(sum(mine) / pattern.shifts_a_week), *mine[:5], math.ceil(max(mine[5:]) / weekend - 1e-9))
            lines += n
        hours = sum(kinds[k // 7].hours * count for k, count in enumerate(crews)) * 365 / 7
        best = min(best, max(lines * pattern.paid_hours / 40, hours / cover.net_hours(pattern, net=net)))
    return best


@settings(max_examples=15)
@given(st.lists(st.integers(0, 1), min_size=7, max_size=7), st.sampled_from([None, (1, 2), (1, 3)]), st.sampled_from([1500.0, 2080.0]))  # fmt: skip
def test_small_cases_agree_with_brute_force(days: list[int], weekends: tuple[int, int] | None, net: float) -> None:
    need = np.zeros(SLOTS, np.int64)
    for day, units in enumerate(days):
        need[day * 48 + 20 : day * 48 + 30] = units
    if not need.any():
        return
    rest = None if weekends is None else Weekends(work=weekends[0], of=weekends[1])
    way = pattern(8, 3, ("09:00", "10:00"), weekends=rest, weeks=1 if rest is None else weekends[1])  # type: ignore[index]
    kinds = [ShiftType(18, 16)]
    found = solved(need, [way.model_copy(update={"starts": ("09:00",)})], net=net)
    assert found.people["clinician"] == pytest.approx(brute(need, kinds, way, net=net, most=1))
    wider = solved(need, [way], net=net)
    assert wider.cost <= found.cost + 1e-6


@settings(max_examples=8)
@given(st.data())
def test_more_demand_never_needs_fewer_people_and_more_choice_never_costs_more(data: st.DataObject) -> None:
    levels = np.array(data.draw(st.lists(st.integers(0, 3), min_size=42, max_size=42)))
    more = np.array(data.draw(st.lists(st.integers(0, 1), min_size=42, max_size=42)))
    eights = pattern(8, 5, ("00:00", "06:00", "08:00", "14:00", "16:00", "22:00"))
    small, large = np.repeat(levels, 8), np.repeat(levels + more, 8)
    few, many = solved(small, [eights]), solved(large, [eights])
    assert few.people["clinician"] <= many.people["clinician"] + 1e-6
    assert covered(few, small)
    wide = solved(small, [eights, pattern(12, 3, ("06:00", "12:00", "18:00"))])
    assert wide.people["clinician"] <= few.people["clinician"] + 1e-6
    assert wide.cost <= few.cost + 1e-6


def test_a_simpler_week_costs_the_same() -> None:
    need = np.repeat([1, 1, 2, 3, 3, 2] * 7, 8)
    terms = Terms(need=need, open=EVER, crew={"clinician": 1}, patterns=list(people.USUAL_PATTERNS[:1]))
    plain, simple = cover.solve(terms, simple=False), cover.solve(terms)
    assert simple.cost == pytest.approx(plain.cost, rel=1e-5)
    assert len(simple.crews) < len(plain.crews)
    assert covered(simple, need)


def test_a_dearer_hour_is_avoided_where_another_does() -> None:
    need = needing(days=range(7), first=30, last=34)
    dear = np.zeros(SLOTS)
    for day in range(7):
        dear[day * 48 + 34 : day * 48 + 48] = 0.5
    ways = [pattern(8, 5, ("09:30", "15:00"))]
    assert [kind.start for kind in solved(need, ways, premium=dear).crews] == [19]


def test_alike_days_have_the_same_shifts_and_that_costs_no_less() -> None:
    need = np.repeat([1, 1, 2, 3, 3, 2] * 7, 8)
    need[48:64] += 1
    free = solved(need, [people.USUAL_PATTERNS[0]])
    alike = solved(need, [people.USUAL_PATTERNS[0]], alike=((0, 1, 2, 3, 4), (5,), (6,)))
    assert covered(alike, need)
    assert all(len(set(counts[:5])) == 1 for counts in alike.crews.values())
    assert alike.cost >= free.cost - 1e-6
    with_closed = needing(days=range(4), first=18, last=42) > 0
    closed = solved(
        needing(days=range(4), first=18, last=42),
        [pattern(12, 3, ("09:00",))],
        open=with_closed,
        alike=(range(5), (5,), (6,)),
    )
    assert list(closed.crews.values()) == [(1, 1, 1, 1, 0, 0, 0)]


def test_demand_in_one_half_hour_takes_one_shift() -> None:
    need = np.zeros(SLOTS, np.int64)
    need[100] = 1
    found = solved(need, list(people.USUAL_PATTERNS))
    assert sum(sum(counts) for counts in found.crews.values()) == 1
    assert covered(found, need)


def test_no_demand_takes_nobody() -> None:
    found = solved(needing(0), [pattern()])
    assert found.people["clinician"] == 0
    assert not found.lines


def test_stretches_are_said_with_alike_days_together() -> None:
    marked = needing(days=range(5), first=4, last=12) > 0
    marked[6 * 48 + 40 :] = True
    values = np.where(marked, 2.0, 0.0)
    assert [str(each) for each in stretches.of(marked, values)] == ["Mon–Fri 02:00–06:00", "Sun 20:00–24:00"]
