"""Facts that hold on a live call: what was said of each, else what the city's words mean."""

from __future__ import annotations

import datetime as dt
from itertools import permutations

import pytest

from rightcall.calls.feed import known_facts, stamp

AT = dt.datetime(2026, 11, 20, 14, 0, tzinfo=dt.UTC)
EARLY, LATE = stamp(AT, "a"), stamp(AT + dt.timedelta(minutes=1), "a")


@pytest.mark.parametrize(
    ("told", "said", "meant", "known"),
    [
        ({}, {}, [], {}),
        ({}, {}, [(EARLY, {"weapon": True, "fire": None})], {"weapon": True}),
        ({"weapon": False}, {"facts.weapon": LATE}, [(EARLY, {"weapon": True})], {"weapon": False}),
        ({"weapon": False}, {"facts.weapon": EARLY}, [(LATE, {"weapon": True})], {"weapon": True}),
        ({"weapon": False}, {"facts.weapon": EARLY}, [(EARLY, {"weapon": True})], {"weapon": False}),
        ({"weapon": None}, {"facts.weapon": LATE}, [(EARLY, {"weapon": True})], {}),
        ({"needs_report": False}, {"facts.needs_report": EARLY}, [(LATE, {"needs_report": True})], {"needs_report": False}),
        ({}, {}, [(EARLY, {"weapon": True}), (LATE, {"weapon": False})], {"weapon": True}),
        ({}, {}, [(LATE, {"needs_report": False}), (EARLY, {"needs_report": True})], {"needs_report": False}),
    ],
)  # fmt: skip
def test_what_was_said_holds_but_a_hazard_that_a_later_word_tells(
    told: dict[str, bool | None], said: dict[str, str], meant: list[tuple[str, dict[str, bool | None]]], known: dict[str, bool]
) -> None:  # fmt: skip
    for order in permutations(meant):
        assert known_facts(told=told, said=said, meant=order) == known


def test_stamps_sort_by_time_then_by_id_and_a_person_comes_last() -> None:
    second = dt.timedelta(seconds=1)
    whole, parted = stamp(AT, "b"), stamp(AT + dt.timedelta(microseconds=1), "a")
    assert whole < parted < stamp(AT + second, "a")
    assert stamp(AT.astimezone(dt.timezone(dt.timedelta(hours=-5))), "b") == whole
    assert max(stamp(AT, "a"), stamp(AT, "b")) < stamp(AT)
    assert stamp(AT, "a") != whole
