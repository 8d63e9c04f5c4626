"""Question 2: shares of the weights against exact areas, and what follows from scores that nobody gave."""

from __future__ import annotations

import html as escapes
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parents[1] / "simulation"))
import invented_city as inv

from rightcall.locale import Words
from rightcall.planning import funding_json, home_reasons, program_home
from rightcall.planning.program_home import Choice
from rightcall.planning.report import home_section, html
from rightcall.planning.report.blocks import Report, Table
from rightcall.program import file, starter

NEAR = 0.02


def text(scores: list[list[Any]], bounds: str = "") -> str:
    names = [f"c{k}" for k in range(len(scores[0]))]
    found = "".join(f'[[home_criterion]]\nid = "{name}"\n{bounds}' for name in names)
    for o, row in enumerate(scores):
        inside = ", ".join(f"{name} = {value}" for name, value in zip(names, row, strict=True) if value is not None)
        found += f'[[home_option]]\nid = "o{o}"\nscores = {{ {inside} }}\n'
    return found


def choice(scores: list[list[Any]], more: str = "", bounds: str = "") -> Choice:
    made = program_home.choose(inv.program(inv.EXPECT + text(scores, bounds) + more))
    assert made is not None
    return made


def exact_two(scores: list[list[float]]) -> list[float]:
    """The share of [0, 1] on which each line a·w + b·(1−w) is the highest: cut at every crossing."""
    cuts = {0.0, 1.0}
    for a, b in ((one, other) for one in scores for other in scores):
        slope = (a[0] - a[1]) - (b[0] - b[1])
        if slope:
            cuts.add(min(1.0, max(0.0, (b[1] - a[1]) / slope)))
    shares = [0.0] * len(scores)
    for low, high in pairwise(sorted(cuts)):
        w = (low + high) / 2
        values = [a * w + b * (1 - w) for a, b in scores]
        best = [o for o, value in enumerate(values) if abs(value - max(values)) < 1e-9]
        for o in best:
            shares[o] += (high - low) / len(best)
    return shares


def exact_three(scores: list[list[float]], o: int) -> float:
    """The share of the triangle of weights on which option o is the highest: the triangle, clipped by every other option."""
    corners = [np.array([1.0, 0, 0]), np.array([0, 1.0, 0]), np.array([0, 0, 1.0])]
    whole = area(corners)
    for other in range(len(scores)):
        if other == o:
            continue
        ahead = np.array(scores[o]) - np.array(scores[other])
        kept: list[Any] = []
        for here, there in zip(corners, corners[1:] + corners[:1], strict=True):
            a, b = float(here @ ahead), float(there @ ahead)
            if a >= 0:
                kept.append(here)
            if (a > 0 > b) or (a < 0 < b):
                kept.append(here + (there - here) * a / (a - b))
        corners = kept
        if len(corners) < 3:
            return 0.0
    return area(corners) / whole


def area(corners: list[Any]) -> float:
    total = np.zeros(3)
    for one, other in zip(corners, corners[1:] + corners[:1], strict=True):
        total = total + np.cross(one, other)
    normal = np.ones(3) / np.sqrt(3)
    return float(abs(total @ normal) / 2)


score = st.integers(1, 5)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(score, score).map(list), min_size=2, max_size=5))
def test_two_criteria_agree_with_the_exact_lengths(scores: list[list[int]]) -> None:
    np.testing.assert_allclose(choice(scores).first, exact_two(scores), atol=NEAR)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(score, score, score).map(list), min_size=2, max_size=5, unique_by=tuple))
def test_three_criteria_agree_with_the_exact_areas(scores: list[list[int]]) -> None:
    made = choice(scores)
    for o in range(len(scores)):
        others = [row for i, row in enumerate(scores) if i != o]
        if not any(all(a == b for a, b in zip(scores[o], row, strict=True)) for row in others):
            assert made.first[o] == pytest.approx(exact_three(scores, o), abs=NEAR)


def test_the_weights_that_favor_an_option_are_the_middle_of_theirs() -> None:
    made = choice([[5, 1], [1, 4], [3, 3]])
    np.testing.assert_allclose(made.first, [1 / 2, 1 / 3, 1 / 6], atol=NEAR)
    np.testing.assert_allclose(made.central[:, 0], [3 / 4, 1 / 6, 5 / 12], atol=NEAR)
    np.testing.assert_allclose(made.ranks.sum(axis=1), 1)
    np.testing.assert_allclose(made.ranks.sum(axis=0), 1)
    assert made.confidence.tolist() == [1, 1, 1]


def test_options_that_are_alike_share_their_ranks() -> None:
    made = choice([[3, 3], [3, 3], [1, 1]])
    np.testing.assert_allclose(made.ranks, [[0.5, 0.5, 0], [0.5, 0.5, 0], [0, 0, 1]])


def test_a_range_loses_what_its_luck_loses() -> None:
    # Against a sure 3 everywhere, an even score from 1 to 5 wins half of the time.
    made = choice([[[1, 5], [1, 5]], [3, 3]])
    assert made.first[0] == pytest.approx(0.5, abs=NEAR)
    assert made.confidence[0] == pytest.approx(0.5, abs=0.1)


def test_what_nobody_scored_ranges_over_the_whole_scale_and_is_said() -> None:
    made = choice([[None, 4], [3, 3]])
    wide = choice([[[1, 5], 4], [3, 3]])
    np.testing.assert_allclose(made.first, wide.first, atol=0)
    assert (made.unscored, wide.unscored) == (0.25, 0)
    said = [str(line) for line in home_reasons.answer(made, inv.program(inv.EXPECT))]
    assert any("25% of the scores are unknown" in line for line in said)


def test_bounds_keep_weights_reasonable() -> None:
    made = choice([[5, 1], [1, 5]], bounds="at_least = 0.3\n")
    luck = np.random.default_rng(0)
    weights = program_home._weights(made.criteria, 5_000, luck)
    assert weights.min() >= 0.3 - 1e-12
    assert weights[:, 0].mean() == pytest.approx(0.5, abs=NEAR)
    capped = program_home._weights(choice([[5, 1, 1], [1, 5, 2]], bounds="at_most = 0.5\n").criteria, 5_000, luck)
    assert capped.max() <= 0.5


def test_narrow_bounds_are_walked_through_evenly() -> None:
    # Three weights of at most 0.4: of the triangle, a small one is left around the middle, 0.2 on a side.
    narrow = choice([[5, 1, 1], [1, 5, 1], [1, 1, 5]], bounds="at_most = 0.4\n").criteria
    luck = np.random.default_rng(1)
    walked = program_home._walked(np.zeros(3), np.full(3, 0.4), 20_000, luck)
    hit = program_home._weights(narrow, 5_000, luck)
    for found in (walked, hit):
        np.testing.assert_allclose(found.sum(axis=1), 1)
        assert found.max() <= 0.4 + 1e-9
        np.testing.assert_allclose(found.mean(axis=0), 1 / 3, atol=0.004)
    np.testing.assert_allclose(walked.std(axis=0), hit.std(axis=0), rtol=0.04)
    # Nine at most 0.15 each leave a grain of the simplex; nine at least a ninth leave one point.
    tight = choice([[5] * 9, [1] * 9], bounds="at_most = 0.15\n")
    assert tight.first.tolist() == [1, 0]
    point = choice([[5] * 9, [1] * 9], bounds=f"at_least = {1 / 9}\n")
    assert point.first.tolist() == [1, 0]


def test_what_does_not_matter_is_not_told_as_if_it_did() -> None:
    dominant = choice([[5, 5], [1, 1]])
    said = [str(line) for line in home_reasons.answer(dominant, inv.program(inv.EXPECT))]
    assert "No single criterion decides: without any one of them the shares stay about the same." in said
    alike = choice([[3, 3], [3, 3]], '[[stakeholder]]\nname = "Sam"\nweights = { c0 = 1 }\n')
    said = [str(line) for line in home_reasons.answer(alike, inv.program(inv.EXPECT))]
    assert not any("is for those who give more weight" in line for line in said)
    assert "By their own weights no stakeholder clearly puts one home first." in said


def test_the_criterion_that_decides_is_the_one_without_which_the_leader_falls() -> None:
    made = choice([[5, 2, 2], [1, 3, 3]])
    assert made.leader == 0
    assert made.criteria[made.deciding].id == "c0"
    assert made.without[0].tolist() == [0, 1]
    said = [str(line) for line in home_reasons.answer(made, inv.program(inv.EXPECT))]
    assert "The criterion that decides is “c0”: without it “o1” comes first, for 100%, and “o0” for 0%." in said


def test_stakeholders_who_disagree_are_named_with_what_they_differ_on() -> None:
    more = '[[stakeholder]]\nname = "Sam"\nweights = { c0 = 4, c1 = 1 }\n[[stakeholder]]\nname = "Rosa"\nweights = { c1 = 2 }\n'
    made = choice([[5, 1], [1, 4]], more)
    assert [made.options[view.first].id for view in made.views] == ["o0", "o1"]
    ((one, other, criterion),) = made.apart
    assert (one.name, other.name, made.criteria[criterion].id) == ("Sam", "Rosa", "c0")
    said = [str(line) for line in home_reasons.answer(made, inv.program(inv.EXPECT))]
    assert "By their own weights the stakeholders put first: “o0” (Sam), “o1” (Rosa)." in said
    assert "They differ most on “c0”: Sam gives it 80% of all weight, Rosa 0%." in said


def test_without_scores_nothing_is_compared_and_the_page_says_how() -> None:
    assert program_home.choose(inv.program(inv.EXPECT)) is None
    assert (
        program_home.choose(inv.program(inv.EXPECT + '[[home_option]]\nid = "fire"\n[[home_option]]\nid = "police"\n'))
        is None
    )
    section = home_section.in_plan(None, inv.program(inv.EXPECT), Words("en"))
    assert "does not score two homes" in " ".join(str(block) for block in section.blocks)
    precedents = next(block for block in section.blocks if isinstance(block, Table))
    assert any("Durham" in str(cell) for row in precedents.rows for cell in row)


@pytest.mark.parametrize("home", ["Public Health", "to be decided"])
def test_a_home_that_is_chosen_is_named_without_a_comparison_too(home: str) -> None:
    program = inv.program(inv.EXPECT + f'[home]\ndepartment = "{home}"\n')
    said = [str(block) for block in home_section.in_plan(None, program, Words("en")).blocks]
    assert ("The program names as its home: Public Health." in said) == (home == "Public Health")


def test_the_same_document_gives_the_same_shares() -> None:
    one, other = (choice([[5, 1], [1, 4], [[2, 4], 3]]) for _ in range(2))
    np.testing.assert_array_equal(one.ranks, other.ranks)


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_chapter_of_the_sample_city_is_drawn_in_both_languages(language: str) -> None:
    program, words = file.parse(starter.sample_text(), where="sample"), Words(language)
    made = program_home.choose(program)
    assert made is not None
    section = home_section.in_plan(made, program, words)
    page = html.render(Report("t", "s", section, ()), words)
    assert {"en": "a department of its own", "es": "un departamento propio"}[language] in escapes.unescape(page)
    told = funding_json.of_home(made, program)
    assert sum(option["ranks"][0] for option in told["options"]) == pytest.approx(1, abs=1e-3)
    assert told["deciding"] == made.criteria[made.deciding].id


def test_a_citys_own_words_with_braces_are_kept() -> None:
    more = '[[stakeholder]]\nname = "{nobody}"\nweights = { "{x}" = 1 }\n'
    own = '[[home_criterion]]\nid = "{x}"\n[[home_option]]\nid = "{o}"\nscores = { "{x}" = 1 }\n[[home_option]]\nid = "p"\nscores = { "{x}" = 2 }\n'
    program = inv.program(inv.EXPECT + own + more)
    made = program_home.choose(program)
    assert made is not None
    page = html.render(Report("t", "s", home_section.in_plan(made, program, Words("es")), ()), Words("es"))
    assert "{nobody}" in page
    assert "{o}" in page
