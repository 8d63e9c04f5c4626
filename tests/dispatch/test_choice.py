"""Who goes: the same choice live and compiled, and the one that its sentence describes."""

from __future__ import annotations

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numba import njit

from rightcall.dispatch import choice
from rightcall.dispatch.choice import LISTED_FIRST, LONGEST_IDLE, NOBODY


@njit  # type: ignore[untyped-decorator]
def compiled(free, now, among, count, may, place, idle, minutes, band, wanted, need, zone, keep, ties):  # type: ignore[no-untyped-def]
    return choice.choose_unit(
        free, now, among, count, may, place, idle, minutes, band, wanted, need, zone, keep, ties
    )  # fmt: skip


def taken_apart(now: dict[str, Any]) -> list[Any]:
    """A situation as `choose_unit` takes it, its one need first turned into who may go."""
    who = {"roles", "languages", "serves", "need", "speak"}
    rest = {name: value for name, value in now.items() if name not in who}
    asked = np.array([now["need"]], np.uint64), np.array([now["speak"]], np.uint64)
    rest["may"] = choice.who_may(now["roles"], now["languages"], now["serves"].T, *asked)
    order = [
        "free",
        "now",
        "among",
        "count",
        "may",
        "place",
        "idle",
        "minutes",
        "band",
        "wanted",
        "need",
        "zone",
        "keep",
        "ties",
    ]
    return [(rest | {"need": 0})[name] for name in order]


def crews(u: int = 3, **changed: Any) -> dict[str, Any]:
    """Some crews of one team, all free, all alike, at one place; what differs is named."""
    usual: dict[str, Any] = {
        "free": np.zeros(u), "now": 0.0, "among": np.array([range(u), [0] * u], np.int64), "count": np.array([u, 0]), "roles": np.full(u, 3, np.uint64),
        "languages": np.full(u, 1, np.uint64), "serves": np.ones((2, u), np.bool_), "place": np.zeros(u, np.int64),
        "idle": np.zeros(u), "minutes": np.zeros((1, 2, 2)), "band": 0, "wanted": 0, "need": np.uint64(0),
        "speak": np.uint64(0), "zone": 0, "keep": 0, "ties": LISTED_FIRST,
    }  # fmt: skip
    return usual | {
        name: np.array(value, usual[name].dtype) if isinstance(value, list) else value
        for name, value in changed.items()
    }


def chosen(**changed: Any) -> int:
    return choice.choose_unit(*taken_apart(crews(**changed)))


def test_the_nearest_free_crew_goes() -> None:
    minutes = np.array([[[9.0, 4.0], [0.0, 0.0]]])
    assert chosen(place=[0, 1, 1], minutes=minutes) == 1
    assert chosen(place=[0, 1, 1], minutes=minutes, free=[0, 9, 0]) == 2
    assert chosen(place=[0, 1, 1], minutes=minutes, free=[0, 9, 9]) == 0


def test_nobody_goes_when_nobody_may() -> None:
    assert chosen(free=[np.inf] * 3) == NOBODY
    assert chosen(wanted=1) == NOBODY
    assert chosen(need=np.uint64(4)) == NOBODY
    assert chosen(speak=np.uint64(2)) == NOBODY
    assert chosen(serves=[[False] * 3, [True] * 3]) == NOBODY
    assert chosen(u=0) == NOBODY


def test_a_crew_that_speaks_the_callers_language_is_sent_before_a_nearer_one() -> None:
    minutes = np.array([[[1.0, 30.0], [0.0, 0.0]]])
    assert chosen(place=[0, 0, 1], minutes=minutes, languages=[1, 1, 3], speak=np.uint64(2)) == 2


def test_of_equally_near_crews_the_first_listed_or_the_longest_idle_goes() -> None:
    assert chosen(idle=[5.0, 1.0, 3.0], ties=LISTED_FIRST) == 0
    assert chosen(idle=[5.0, 1.0, 3.0], ties=LONGEST_IDLE) == 1


def test_a_reserve_stays_for_the_most_urgent() -> None:
    assert chosen(keep=2) == 0
    assert chosen(keep=3) == NOBODY
    assert chosen(keep=2, free=[0, 0, 1]) == NOBODY


def test_another_hour_has_other_roads() -> None:
    minutes = np.array([[[9.0, 4.0], [0.0, 0.0]], [[2.0, 4.0], [0.0, 0.0]]])
    assert chosen(place=[0, 1, 1], minutes=minutes, band=1) == 0


@st.composite
def situations(draw: st.DrawFn) -> dict[str, Any]:
    luck = np.random.default_rng(draw(st.integers(0, 2**32)))
    u, z, p, b = luck.integers(0, 9), luck.integers(1, 4), luck.integers(1, 4), luck.integers(1, 3)
    team, on_duty = luck.integers(0, 2, u), luck.random(u) < 0.8
    listed = [np.flatnonzero((team == each) & on_duty) for each in (0, 1)]
    among = np.zeros((2, u), np.int64)
    for each, units in enumerate(listed):
        among[each, : len(units)] = units
    return {
        "free": luck.choice([0.0, 5.0, np.inf], u), "now": float(luck.integers(4, 6)), "among": among, "count": np.array([len(units) for units in listed]), "roles": luck.integers(0, 4, u).astype(np.uint64),
        "languages": luck.integers(0, 4, u).astype(np.uint64), "serves": luck.random((z, u)) < 0.8,
        "place": luck.integers(0, p, u), "idle": luck.integers(0, 4, u).astype(float),
        "minutes": luck.integers(0, 4, (b, z, p)).astype(float), "band": int(luck.integers(0, b)),
        "wanted": int(luck.integers(0, 2)), "need": np.uint64(luck.integers(0, 3)), "speak": np.uint64(luck.integers(0, 3)),
        "zone": int(luck.integers(0, z)), "keep": int(luck.integers(0, 3)), "ties": int(luck.integers(0, 2)),
    }  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(situations())
def test_live_compiled_and_described_choice_are_one(now: dict[str, Any]) -> None:
    listed = now["among"][now["wanted"], : now["count"][now["wanted"]]]
    free = [unit for unit in listed if now["free"][unit] <= now["now"]]
    able = [
        unit for unit in free
        if now["serves"][now["zone"], unit] and now["need"] & ~now["roles"][unit] == 0 and now["speak"] & ~now["languages"][unit] == 0
    ]  # fmt: skip

    def rank(unit: int) -> tuple[float, float, int]:
        travel = now["minutes"][now["band"], now["zone"], now["place"][unit]]
        return travel, now["idle"][unit] if now["ties"] == LONGEST_IDLE else 0.0, unit

    described = min(able, key=rank) if able and len(free) > now["keep"] else NOBODY
    assert choice.choose_unit(*taken_apart(now)) == described
    assert compiled(*taken_apart(now)) == described
