"""Units that the simulation agrees with: layers, verdicts, adding and taking away."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rightcall.planning.staffing import reach, week
from rightcall.planning.staffing.need import SLOTS
from rightcall.planning.staffing.reach import Verdict
from rightcall.planning.staffing.shift_types import Crews, ShiftType, units_of
from rightcall.program.people import Target


@given(st.lists(st.integers(0, 4), min_size=42, max_size=42), st.integers(0, 7))
def test_layers_put_exactly_so_many_units_on_duty(levels: list[int], shift: int) -> None:
    units = np.roll(np.repeat(levels, 8), shift)
    crews = week.layers(units)
    assert units_of(crews).tolist() == units.tolist()
    assert all(kind.length <= 48 for kind in crews)


def test_a_unit_that_is_always_there_is_a_shift_a_day() -> None:
    assert week.layers(np.ones(SLOTS, np.int64)) == {ShiftType(0, 48): (1,) * 7}


def test_crews_become_shifts_of_the_document() -> None:
    crews = {ShiftType(18, 24): (1, 1, 1, 1, 1, 2, 2), ShiftType(43, 16): (1,) * 7}
    assert week.shifts_of(crews) == [
        {
            "days": ["monday", "tuesday", "wednesday", "thursday", "friday"],
            "starts": "09:00",
            "hours": 12.0,
            "units": 1,
        },
        {"days": ["saturday", "sunday"], "starts": "09:00", "hours": 12.0, "units": 2},
        {"days": "daily", "starts": "21:30", "hours": 8.0, "units": 1},
    ]


def test_a_target_over_midnight_is_open_on_the_next_day() -> None:
    target = Target(team="x", share=0.8, days=("friday",), starts="22:00", hours=8)
    assert np.flatnonzero(week.open_slots(target)).tolist() == [*range(4 * 48 + 44, 5 * 48 + 12)]


def verdict(share: float, by_block: float | np.ndarray, calls: float = 100) -> Verdict:
    asked = np.full(SLOTS, calls)
    answered = np.repeat(np.broadcast_to(by_block, 42), 8) * asked
    return Verdict(asked, answered, share, 1, np.array([0.88, 0.9]))


def test_a_block_misses_by_its_share_and_a_half_hour_by_more_than_chance() -> None:
    shares = np.full(42, 0.9)
    shares[5], shares[6] = 0.79, 0.5
    found = verdict(0.8, shares)
    assert found.missed_blocks == [5, 6]
    assert np.flatnonzero(found.missed_slots).tolist() == list(range(48, 56))
    assert found.shortfall[48] == pytest.approx(0.3)
    assert found.overall.value == pytest.approx(shares.mean())
    # Simulated years repeat the same year's calls: ten of them are no more evidence than one.
    ten = Verdict(found.asked, found.answered, 0.8, 10, found.by_run)
    assert ten.missed_slots.sum() <= found.missed_slots.sum()


def test_what_is_fitted_wants_a_standard_error_of_room() -> None:
    assert verdict(0.8, 0.81).below == list(range(42))
    assert verdict(0.8, 0.83).below == []
    assert verdict(0.8, 0.80).missed_blocks == []


def test_half_hours_without_a_call_miss_nothing() -> None:
    found = Verdict(np.zeros(SLOTS), np.zeros(SLOTS), 0.9, 3, np.full(3, np.nan))
    assert (found.below, found.missed_blocks, found.missed_slots.any()) == ([], [], False)


def test_the_worst_hour_of_a_block_that_misses_gets_a_unit_more() -> None:
    found = verdict(0.8, 0.9)
    answered = found.answered.copy()
    answered[8:16] = 60
    answered[12:14] = 10
    short = Verdict(found.asked, answered, 0.8, 10, found.by_run)
    on = np.full(SLOTS, 2)
    trying = Believed(on)
    out = reach.more(np.ones(SLOTS, np.int64), short, on, trying)  # type: ignore[arg-type]
    assert np.flatnonzero(out != 1).tolist() == [12, 13]
    assert out[12] == 3
    trying.open[12:14] = False
    closed = reach.more(np.ones(SLOTS, np.int64), short, on, trying)  # type: ignore[arg-type]
    assert closed.tolist() == [0 if slot in (12, 13) else 1 for slot in range(SLOTS)]
    alike = reach.more(np.ones(SLOTS, np.int64), short, on, Believed(on, same_shifts="weekdays"))  # type: ignore[arg-type]
    assert np.flatnonzero(alike != 1).tolist() == [slot for day in range(5) for slot in (day * 48 + 12, day * 48 + 13)]


class Believed:
    """Says that a call is answered where there are as many units as the truth asks for."""

    def __init__(self, truth: np.ndarray, *, at_least: int = 0, same_shifts: str = "never") -> None:
        self.truth, self.tried = truth, 0
        self.target = Target(team="x", share=0.8, at_least=at_least, same_shifts=same_shifts)
        self.alike = week.alike_of(self.target)
        self.open = np.ones(SLOTS, np.bool_)

    def verdict(self, crews: Crews, *, first: int = 1) -> Verdict:
        self.tried += 1
        enough = units_of(crews) >= self.truth
        return Verdict(np.full(SLOTS, 1000.0), np.where(enough, 1000.0, 500.0), 0.8, 1, np.ones(1))


@given(st.lists(st.integers(0, 3), min_size=42, max_size=42), st.integers(0, 4))
def test_it_adds_what_is_needed_and_takes_away_what_is_not(levels: list[int], start: int) -> None:
    truth = np.repeat(levels, 8)
    believed = Believed(truth)
    found = reach.reach(np.full(SLOTS, start), believed)  # type: ignore[arg-type]
    assert not found.verdict.below
    # Enough in most of each block, and no block with a whole unit too many.
    for block in range(42):
        part = found.need[block * 8 : block * 8 + 8]
        assert part.max() <= max(levels[block], 0) + (1 if start < levels[block] else 0)
    assert found.first_need.tolist() == [start] * SLOTS


@given(st.lists(st.integers(0, 3), min_size=42, max_size=42), st.sampled_from(["weekdays", "daily"]))
def test_days_that_are_alike_stay_alike_and_are_enough(levels: list[int], same: str) -> None:
    believed = Believed(np.repeat(levels, 8), same_shifts=same)
    found = reach.reach(np.full(SLOTS, 3), believed)  # type: ignore[arg-type]
    assert not found.verdict.below
    days = found.need.reshape(7, 48)
    for group in believed.alike:
        assert all((days[day] == days[group[0]]).all() for day in group)
        highest = np.array(levels).reshape(7, 6)[list(group)].max(axis=0)
        assert (days[group[0]].reshape(6, 8).max(axis=1) <= np.maximum(highest, 0)).all()


def test_units_that_must_be_there_are_never_taken_away() -> None:
    found = reach.reach(np.full(SLOTS, 2), Believed(np.zeros(SLOTS), at_least=1))  # type: ignore[arg-type]
    assert (found.need == 1).all()


def test_a_target_that_is_never_reached_ends_with_what_misses_least() -> None:
    class Never(Believed):
        def verdict(self, crews: Crews, *, first: int = 1) -> Verdict:
            return Verdict(np.full(SLOTS, 100.0), np.full(SLOTS, 50.0), 0.8, 1, np.ones(1))

    found = reach.reach(np.ones(SLOTS, np.int64), Never(np.zeros(SLOTS)))  # type: ignore[arg-type]
    assert found.raised == reach.MOST_ROUNDS
    assert len(found.verdict.below) == 42
    assert found.lowered == 0


def test_ctrl_c_keeps_the_best() -> None:
    class Stopped(Believed):
        def verdict(self, crews: Crews, *, first: int = 1) -> Verdict:
            if self.tried == 3:
                raise KeyboardInterrupt
            return super().verdict(crews)

    found = reach.reach(np.full(SLOTS, 4), Stopped(np.full(SLOTS, 1)))  # type: ignore[arg-type]
    assert found.interrupted
    assert not found.verdict.below
