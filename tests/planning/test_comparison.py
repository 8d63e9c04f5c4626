"""Question 1 of the five: designs side by side on a city's own calls."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "simulation"))
import invented_city as inv

from rightcall.errors import NothingLeft
from rightcall.locale import Words
from rightcall.planning import comparing, costs, response_model, response_reasons
from rightcall.planning.report import comparison as contents
from rightcall.planning.report import comparison_folder, html
from rightcall.planning.response_model import Comparison
from rightcall.program import variants
from rightcall.program.document import Variant
from rightcall.simulation import figures, replications

PAID = inv.EXPECT + "".join(f'[[position]]\ntitle = "{role}"\nrole = "{role}"\npay = {{ low = 50_000, high = 60_000 }}\n' for role in ("clinician", "peer"))  # fmt: skip
NOW = dt.datetime(2026, 5, 1, tzinfo=dt.UTC)


def compared(*named: Variant, text: str = PAID, **given: Any) -> Comparison:
    base, table = inv.program(text), inv.calls(days=35, a_day=40)
    place = comparing.city_of(table.lazy(), inv.unit_times(table).lazy(), program=base, content=inv.content(text), chosen=list(named))  # fmt: skip
    options = {"runs": 20, "deep": False, "at": NOW, "where": "p"} | given
    return response_model.compare(inv.content(text), base, city=place, chosen=named, **options)


NIGHT = Variant(id="night", change=({"add_shift": {"team": "community", "starts": "21:00", "hours": 12, "units": 1}},))
ALONE = Variant(id="desk only", change=({"drop_shift": {"team": "community"}}, {"drop_shift": {"team": "co-response"}}))


@pytest.fixture(scope="module")
def whole() -> Comparison:
    return compared(NIGHT, ALONE, *response_model.usual(inv.program(PAID)), deep=True)


def test_every_design_meets_the_same_calls(whole: Comparison) -> None:
    eligible = [design.of("eligible") for design in whole.designs]
    assert all(np.array_equal(eligible[0], each) for each in eligible)


def test_more_hours_answer_more_calls_in_every_run(whole: Comparison) -> None:
    night = next(design for design in whole.designs if design.id == "night")
    gain = whole.difference(night, "coverage")
    assert gain.low > 0
    assert gain.value == pytest.approx(night.spread("coverage").value - whole.base.spread("coverage").value)
    paired = replications.differences(night.of("coverage")[:, None], whole.base.of("coverage")[:, None])[0]
    assert paired.value == pytest.approx(gain.value)


def test_the_usual_designs_are_what_every_city_asks_about() -> None:
    named = [variant.id for variant in response_model.usual(inv.program())]
    assert named == ["Cleo at the desk alone", "Rosa's crew alone", "Clinician with an officer alone", "around the clock", "a unit more"]  # fmt: skip
    assert len(variants.designs(inv.content(), response_model.usual(inv.program()), where="p")) == 5


def test_a_design_that_another_one_beats_is_marked(whole: Comparison) -> None:
    for beaten, better in whole.dominated.items():
        one, other = (next(d for d in whole.designs if d.id == name) for name in (beaten, better))
        assert whole.effort(other) <= whole.effort(one)
        assert other.spread("coverage").value >= one.spread("coverage").value
    frontier = [d for d in whole.designs if d.id not in whole.dominated]
    for one, other in itertools.permutations(frontier, 2):
        if whole.effort(one) < whole.effort(other):
            assert one.spread("coverage").value < other.spread("coverage").value


def test_each_next_unit_brings_no_less_than_nothing(whole: Comparison) -> None:
    curve = [design.spread("coverage").value for _, design in whole.returns]
    assert len(curve) == response_model.MOST_UNITS
    assert all(after >= before - 0.003 for before, after in itertools.pairwise(curve))


def test_the_tornado_shows_what_matters(whole: Comparison) -> None:
    widths = [swing.width for swing in whole.swings]
    assert widths == sorted(widths, reverse=True)
    assert whole.swings[0].entry.name == "uptake"
    assert whole.swings[0].low < whole.swings[0].usual < whole.swings[0].high
    assert "screening" not in [swing.entry.name for swing in whole.swings]


def test_the_formula_stands_beside_the_simulation(whole: Comparison) -> None:
    lost, travel = whole.checks
    assert (lost.what, lost.team, lost.units) == ("lost", "community", 2)
    assert lost.formula == pytest.approx(lost.simulated.value, abs=0.08)
    assert travel.what == "travel"
    assert travel.formula == pytest.approx(travel.simulated.value, rel=0.35)


def test_the_words_name_the_figures(whole: Comparison) -> None:
    told = [str(line) for line in response_reasons.answer(whole)]
    assert told[0].startswith("As written, the program would answer")
    assert any("come when no such team is on duty" in line for line in told)
    assert any("What matters most" in line for line in told)


def test_a_stopped_comparison_keeps_what_is_done(monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter(range(100))
    real = replications.replicate

    def stopping(*given: Any, **named: Any) -> Any:
        if next(times) == 3:
            raise KeyboardInterrupt
        return real(*given, **named)

    monkeypatch.setattr(response_model, "BATCH", 5)
    monkeypatch.setattr(replications, "replicate", stopping)
    made = compared(NIGHT, runs=50)
    assert not made.complete
    assert len(made.base.runs) == 5
    page = html.render(contents.report(made, Words("en")), Words("en"))
    assert "stopped before its end" in page


def test_a_comparison_that_was_stopped_before_anything_is_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def stopped(*_: Any, **__: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(replications, "replicate", stopped)
    with pytest.raises(KeyboardInterrupt):
        compared(NIGHT)


def test_a_city_without_any_call_of_ours_has_nothing_to_compare() -> None:
    base = inv.program(PAID)
    noise = inv.calls().filter(inv.pl.col("family") == "noise")
    place = comparing.city_of(noise.lazy(), None, program=base)
    with pytest.raises(NothingLeft, match="could be ours"):
        response_model.compare(inv.content(PAID), base, city=place, chosen=[], at=NOW, where="p", runs=5)


def test_the_folder_holds_the_page_the_json_and_the_tables(whole: Comparison, tmp_path: Path) -> None:
    comparison_folder.write(whole, tmp_path)
    told = json.loads((tmp_path / "compare.json").read_text())
    assert [design["id"] for design in told["designs"]] == [design.id for design in whole.designs]
    assert told["complete"] is True
    for design, simulated in zip(told["designs"], whole.designs, strict=True):
        assert design["measures"]["coverage"]["value"] == pytest.approx(simulated.spread("coverage").value, abs=1e-5)
        assert sum(design["unserved"].values()) + design["measures"]["served"]["value"] == pytest.approx(design["measures"]["eligible"]["value"], rel=1e-6)  # fmt: skip
    runs = inv.pl.read_csv(tmp_path / "tables" / "runs.csv")
    assert runs.height == len(whole.designs) * len(whole.base.runs)
    assert set(figures.SINGLE) <= set(runs.columns)
    page = (tmp_path / "report.html").read_text()
    assert page.count("<svg") == 6
    assert "nan" not in page.replace("finance", "")


def test_the_page_is_spanish_throughout(whole: Comparison) -> None:
    english, spanish = (html.render(contents.report(whole, Words(lang)), Words(lang)) for lang in ("en", "es"))
    assert "¿Qué equipos de respuesta" in spanish
    for sentence in ("As written", "What each design costs", "outside hours", "while on duty", "assumed;"):
        assert sentence in english
        assert sentence not in spanish


def test_without_pay_the_effort_is_staff_hours() -> None:
    made = compared(NIGHT, text=inv.EXPECT, runs=5)
    assert made.base.cost.middle is None
    assert made.base.cost.missing == ("clinician", "peer")
    assert made.effort(made.base) == made.base.cost.staff_hours
    page = html.render(contents.report(made, Words("en")), Words("en"))
    assert "Dollars are not known" in page
    assert "staff hours" in page


def test_the_cost_of_a_seat_around_the_clock_is_pay_with_benefits() -> None:
    one = inv.program(PAID)
    seat = one.shift[0].model_copy(update={"hours": 24.0})
    cost = costs.of(one.model_copy(update={"shift": (seat,)}), first=dt.date(2026, 1, 1), last=dt.date(2026, 12, 31))
    # 8,760 hours at $50,000 to $60,000 for 2,080 paid hours and 62.7 % benefits (BLS, June 2025).
    assert cost.staff_hours == pytest.approx(8760)
    assert cost.low == pytest.approx(8760 * 50_000 / 2080 * (1 + 24.63 / 39.31))
    assert cost.high == pytest.approx(8760 * 60_000 / 2080 * (1 + 24.63 / 39.31))


def test_costs_of_the_document_are_added_by_their_unit() -> None:
    text = PAID + '[[cost]]\nname = "van"\namount = 1000\nunit = "month"\n[[cost]]\nname = "unknown"\n'
    with_van, without = (
        costs.of(inv.program(t), first=dt.date(2026, 1, 1), last=dt.date(2026, 12, 31), besides=("follow-up",))
        for t in (text, PAID)
    )
    assert with_van.low is not None
    assert without.low is not None
    assert with_van.low - without.low == pytest.approx(12_000)


def test_denvers_pilot_cost_278_dollars_a_call() -> None:
    # measures.md: $208,141 for 748 calls; the printed $151 is per offense avoided.
    pilot = SimpleNamespace(cost=costs.Cost(208_141, 208_141, 0, ()), of=lambda name: np.full(5, 748.0), years=1.0)
    cost = response_model.Simulated.per_response.fget(pilot)  # type: ignore[attr-defined]
    assert round(cost.value) == 278
    assert round(208_141 / 1376) == 151


def test_a_design_without_any_shift_is_refused_by_its_name() -> None:
    teams = ("desk", "community", "co-response", "navigation")
    nothing = Variant(id="nothing", change=tuple({"drop_shift": {"team": team}} for team in teams))
    with pytest.raises(variants.VariantError, match=r"p, “nothing”, shift: the program has no shifts"):
        compared(nothing, runs=5)


def test_areas_that_overlap_or_leave_holes_are_told() -> None:
    def square(name: str, west: float, east: float) -> dict[str, Any]:
        ring = [[west, 35.7], [west, 35.78], [east, 35.78], [east, 35.7], [west, 35.7]]
        return {"type": "Feature", "properties": {"area": name}, "geometry": {"type": "Polygon", "coordinates": [ring]}}

    outlines = {"area_district": {"type": "FeatureCollection", "features": [square("East", -78.9, -78.86), square("West", -78.87, -78.83)]}}  # fmt: skip
    table = inv.calls().with_columns(inv.pl.lit(None, inv.pl.String).alias("area_district"))
    from rightcall.calls import areas

    named = areas.named(table.lazy(), outlines=outlines)
    place = comparing.city_of(named, None, program=inv.program(), outlines=outlines)
    told = [str(used.source) for used in place.used]
    assert any("“East” and “West” overlap" in line for line in told)
    assert any("lie in no area" in line for line in told)


def test_dollars_are_never_compared_with_hours() -> None:
    clinician = inv.EXPECT + '[[position]]\ntitle = "c"\nrole = "clinician"\npay = { low = 50_000, high = 60_000 }\n'
    made = compared(ALONE, text=clinician, runs=5)
    assert made.designs[1].cost.middle is not None
    assert not made.money
    assert [made.effort(design) for design in made.designs] == [design.cost.staff_hours for design in made.designs]


def test_around_the_clock_keeps_the_area_and_a_unit_more_is_one_more_of_each() -> None:
    text = (
        PAID + '[[shift]]\nteam = "community"\nstarts = "21:00"\nhours = 8\nunits = 1\narea = { district = ["East"] }\n'
    )
    made = {
        d.id: d.program for d in variants.designs(inv.content(text), response_model.usual(inv.program(text)), where="p")
    }
    always = [shift for shift in made["around the clock"].shift if shift.team == "community"]
    assert [(shift.hours, shift.units, shift.area) for shift in always] == [
        (24, 2, "city"),
        (24, 1, {"district": ("East",)}),
    ]
    more = [shift.units for shift in made["a unit more"].shift if shift.team == "community"]
    assert more == [3, 2]


def test_nothing_that_is_no_number_reaches_the_json(tmp_path: Path) -> None:
    made = compared(NIGHT, runs=1)
    comparison_folder.write(made, tmp_path)
    text = (tmp_path / "compare.json").read_text()
    assert "NaN" not in text
    assert "Infinity" not in text


def test_calls_without_a_known_type_are_counted_aside() -> None:
    table = inv.calls().with_columns(inv.pl.when(inv.pl.col("source_row") % 4 == 0).then(None).otherwise(inv.pl.col("family")).alias("family"))  # fmt: skip
    place = comparing.city_of(table.lazy(), None, program=inv.program())
    assert any("105 calls whose type is missing" in str(used.source) for used in place.used)
