"""The kernel and its slow twin tell the same story, event for event, and neither breaks a law of conservation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from slow_kernel import Twin

from rightcall.dispatch import choice
from rightcall.simulation import arrays as a
from rightcall.simulation import kernel, luck
from rightcall.simulation.arrays import Calls, Kinds, Log, Roads, Scenario, Teams, Turns, Units

TIMES = {
    "desk assigned": a.DESK_ASSIGNED, "desk cleared": a.DESK_CLEARED, "assigned": a.ASSIGNED, "rolled": a.ROLLED,
    "staged": a.STAGED, "arrived": a.ARRIVED, "transported": a.TRANSPORTED, "cleared": a.CLEARED, "freed": a.FREED,
    "canceled": a.CANCELED_AT, "given up": a.GIVEN_UP_AT,
}  # fmt: skip
ZONES, BANDS, TEAMS = 3, 2, 3


@st.composite
def scenarios(draw: st.DrawFn) -> Scenario:
    """Small and awkward: whole minutes, so that many things happen at once; three teams, the first by phone. In calm ones
    most units are of one team and are home between their calls.
    """
    luck_of = np.random.default_rng(draw(st.integers(0, 2**32)))
    n, k, u = draw(st.integers(0, 60)), draw(st.integers(1, 4)), draw(st.integers(1, 8))
    calm = draw(st.booleans())
    calls = Calls(
        np.sort(luck_of.integers(0, 1200 if calm else 300, n)).astype(float), luck_of.integers(0, k, n), luck_of.integers(0, ZONES, n),
        np.arange(n, dtype=np.uint64),
    )  # fmt: skip
    steps = np.full((k, 3), -1)
    for row in steps:
        chosen = luck_of.permutation(TEAMS)[: luck_of.integers(1, 4)]
        row[: len(chosen)] = chosen
    law = luck_of.integers(0, 4, (k, 8))
    mean = luck_of.choice([0.0, 1.0, 5.0, 20.0], (k, 8))
    law[mean == 0] = luck.CONSTANT
    kinds = Kinds(
        luck_of.integers(0, 3, k), steps, luck_of.choice([0.0, 3.0, 30.0, math.inf], k),
        luck_of.integers(0, 2, k).astype(np.uint64), luck_of.integers(0, 2, k).astype(np.uint64), luck_of.integers(-1, 1, k),
        luck_of.choice([0.0, 0.3, 1.0], (k, 9), p=[0.2, 0.3, 0.5]), law, mean, np.full((k, 8), 0.5),
        luck_of.integers(0, 2, (k, 8)), np.sort(luck_of.integers(0, 30, (2, 5)), axis=1).astype(float),
    )  # fmt: skip
    kinds.chance[:, [a.OURS, a.TAKEN_UP]] = luck_of.choice([0.8, 1.0], (k, 2))
    kinds.chance[:, a.CANCELS] = luck_of.choice([0.0, 0.2], k)
    units = Units(
        luck_of.choice(TEAMS, u, p=[0.1, 0.8, 0.1] if calm else None), luck_of.integers(0, 4, u).astype(np.uint64), luck_of.integers(0, 4, u).astype(np.uint64),
        luck_of.integers(0, ZONES, u), luck_of.random((u, ZONES)) < 0.95,
    )  # fmt: skip
    rows = []
    for unit in range(u):
        start = 0
        for _ in range(luck_of.integers(1, 4)):
            start += luck_of.integers(0, 60)
            end = start + luck_of.integers(20, 150) * (4 if calm else 1)
            last = luck_of.integers(0, 15)
            rows += [(start, a.BEGIN, unit, 0), (end - last, a.LAST_CALL, unit, last), (end, a.END, unit, 0)]
            if luck_of.random() < 0.6:
                rows.append((luck_of.integers(start, end), a.MEAL, unit, luck_of.integers(1, 30)))
            start = end + luck_of.integers(0, 40)
    rows.sort()
    at, what, unit, minutes = (np.array(column) for column in zip(*rows, strict=True))
    roads = Roads(
        luck_of.integers(0, 12, (BANDS, ZONES, ZONES)).astype(float), luck_of.integers(0, BANDS, 168), float(luck_of.integers(0, 9000))
    )  # fmt: skip
    teams = Teams(np.array([True, False, False]), np.array([False, False, True]), luck_of.integers(0, 2, TEAMS))
    ties = draw(st.sampled_from([choice.LISTED_FIRST, choice.LONGEST_IDLE]))
    turns = Turns(at.astype(float), unit, what, minutes.astype(float))
    return Scenario(calls, kinds, units, teams, turns, roads, ties, draw(st.booleans()))


def story(log: Log, call: int) -> dict[str, object]:
    times = {name: float(log.time[call, column]) for name, column in TIMES.items()}
    code = log.code[call]
    desk, unit = int(code[a.DESK_UNIT]), int(code[a.UNIT])
    told: dict[str, object] = {
        "fate": int(code[a.FATE]), "desk": None if desk < 0 else desk, "unit": None if unit < 0 else unit,
        "support": None if code[a.SUPPORT] < 0 else int(code[a.SUPPORT]),
        "found": None if code[a.FOUND] < 0 else bool(code[a.FOUND]),
        "times": {name: when for name, when in times.items() if not math.isnan(when)},
    }  # fmt: skip
    if code[a.REASON] >= 0:
        told["reason"] = int(code[a.REASON])
    if desk >= 0:
        told["settled"] = code[a.DESK_OUTCOME] == a.SETTLED
    return told


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(scenarios(), st.integers(0, 2**32))
def test_the_kernel_and_its_twin_tell_the_same_story(scenario: Scenario, seed: int) -> None:
    log, twin = kernel.run(scenario, seed=seed), Twin(scenario, seed).run()
    for call in range(len(scenario.calls.at)):
        assert story(log, call) == twin.told[call]
    assert log.overtime.tolist() == pytest.approx(list(twin.overtime.values()))


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(scenarios(), st.integers(0, 2**32))
def test_nothing_is_lost_and_nobody_is_in_two_places(scenario: Scenario, seed: int) -> None:
    log = kernel.run(scenario, seed=seed)
    fate, reason = log.code[:, a.FATE], log.code[:, a.REASON]
    assert set(fate) <= {a.NOT_OURS, a.SERVED, a.UNSERVED}
    assert (reason[fate == a.UNSERVED] > a.NO_REASON).all()
    assert (log.code[fate == a.UNSERVED, a.DESK_UNIT] == -1).all()
    assert (reason[fate == a.NOT_OURS] == -1).all()
    for unit in range(len(scenario.units.team)):
        visits, talks = log.code[:, a.UNIT] == unit, log.code[:, a.DESK_UNIT] == unit
        starts = np.concatenate([log.time[visits, a.ASSIGNED], log.time[talks, a.DESK_ASSIGNED]])
        ends = np.concatenate([log.time[visits, a.FREED], log.time[talks, a.DESK_CLEARED]])
        order = np.lexsort((ends, starts))
        assert (starts[order][1:] >= ends[order][:-1]).all()
        assert a.busy(log, units=len(scenario.units.team))[unit] == pytest.approx((ends - starts).sum())
        turns = scenario.turns
        begins = turns.at[(turns.unit == unit) & (turns.what == a.BEGIN)]
        stops = turns.at[(turns.unit == unit) & (turns.what == a.LAST_CALL)]
        for start in starts:
            assert any(first <= start <= last for first, last in zip(begins, stops, strict=True))


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(scenarios(), st.integers(0, 2**32))
def test_a_call_more_changes_no_other_calls_luck(scenario: Scenario, seed: int) -> None:
    """Without queues and crews in common, a call goes the same way whoever else calls."""
    n = len(scenario.calls.at)
    alone = scenario._replace(calls=Calls(*(column[::2] for column in scenario.calls)))
    both, half = kernel.run(scenario, seed=seed), kernel.run(alone, seed=seed)
    for call in range(0, n, 2):
        mine, same = both.code[call], half.code[call // 2]
        assert (mine[a.FATE] == a.NOT_OURS) == (same[a.FATE] == a.NOT_OURS)
        if mine[a.UNIT] >= 0 and same[a.UNIT] >= 0 and mine[a.FOUND] >= 0 and same[a.FOUND] >= 0:
            there, alike = both.time[call], half.time[call // 2]
            assert mine[a.FOUND] == same[a.FOUND]
            assert there[a.CLEARED] - there[a.ARRIVED] == pytest.approx(alike[a.CLEARED] - alike[a.ARRIVED])


def test_the_same_seed_gives_the_same_run_and_another_seed_another() -> None:
    n = 500
    calls = Calls(np.arange(n) * 3.0, np.zeros(n, np.int64), np.zeros(n, np.int64), np.arange(n, dtype=np.uint64))
    import queueing

    scenario = queueing.scenario(calls, queueing.kinds(mean=10.0), queueing.units([0, 0, 0]))
    first, again, other = (kernel.run(scenario, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(first.time, again.time, equal_nan=True)
    assert not np.array_equal(first.time, other.time, equal_nan=True)
