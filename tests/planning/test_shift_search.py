"""The search for shift patterns: honest about what it tried, never beyond the budget."""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "simulation"))
import invented_city as inv

from rightcall.errors import NothingLeft
from rightcall.planning import comparing, shift_search
from rightcall.planning.shift_search import Pattern, Search
from rightcall.program import variants
from rightcall.program.document import Variant


def searched(**given: Any) -> Search:
    text = given.pop("text", inv.EXPECT)
    base, table = inv.program(text), given.pop("calls", inv.calls(days=28, a_day=60))
    place = comparing.city_of(table.lazy(), inv.unit_times(table).lazy(), program=base)
    return shift_search.search(inv.content(text), base, city=place, where="p", **({"most": 2} | given))


NEVER_HANDED = inv.EXPECT + '[[assume]]\ninput = "hand-over"\nvalue = 0\n'


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shift_search, "COARSE", 16)
    monkeypatch.setattr(shift_search, "FINE_RUNS", 20)


def test_it_stays_within_the_budget_and_says_what_it_tried() -> None:
    found = searched(budget=24_000)
    assert found.found
    assert all(each.effort <= 24_000 for each in found.found)
    assert found.screened == 36 + 36 * 37 // 2
    assert 4 <= found.coarse <= 16
    assert found.fine == len(found.found)
    assert not found.money


def test_no_pattern_on_the_frontier_is_beaten() -> None:
    front = searched(budget=40_000).frontier
    efforts, covers = [each.effort for each in front], [each.coverage.value for each in front]
    assert efforts == sorted(efforts)
    assert covers == sorted(covers)


def test_a_larger_budget_never_buys_less() -> None:
    small, large = (max(e.coverage.value for e in searched(budget=b).found) for b in (22_000, 45_000))
    assert large >= small


def test_the_cheapest_that_reaches_a_coverage_is_found() -> None:
    found = searched(target=0.4)
    assert any(each.coverage.value >= 0.4 for each in found.found)
    with pytest.raises(NothingLeft, match="no pattern of up to 2 shifts reaches 99%"):
        searched(target=0.99)


def test_a_budget_that_buys_nothing_is_told_with_what_would() -> None:
    with pytest.raises(NothingLeft, match=r"the least pattern takes [\d,]+ a year"):
        searched(budget=1)


def test_a_team_that_gets_no_calls_is_told() -> None:
    with pytest.raises(shift_search.SearchError, match="“navigation” is no team that takes calls"):
        searched(budget=40_000, team="navigation")
    with pytest.raises(NothingLeft, match="no call of this city would be for “community”"):
        searched(budget=40_000, calls=inv.calls(days=28).filter(inv.pl.col("family") == "suicide"), text=NEVER_HANDED)


def test_what_it_finds_can_be_compared() -> None:
    found = searched(budget=40_000)
    entries = [tomllib.loads(text)["variant"][0] for text in shift_search.as_toml(found)]
    made = variants.designs(inv.content(), [Variant.model_validate(entry) for entry in entries], where="p")
    assert [design.id for design in made] == [each.pattern.name for each in found.frontier]


def test_a_pattern_is_named_by_its_hours() -> None:
    assert Pattern(((9, 12), (9, 12), (20, 10))).name == "2 × 09–21, 20–06"
