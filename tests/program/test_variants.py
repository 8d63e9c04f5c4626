"""Designs to compare: small named changes to a program, applied to a copy, with every mistake told at once."""

from __future__ import annotations

import copy
import tomllib
from pathlib import Path
from typing import Any

import pytest

from rightcall.program import file, variants
from rightcall.program.document import Program, Variant

ROOT = Path(__file__).parents[2]

CONTENT = tomllib.loads((ROOT / "programs" / "sample" / "program.toml").read_text(encoding="utf-8"))


def changed(*change: dict[str, Any]) -> Program:
    (design,) = variants.designs(CONTENT, [Variant(id="try", change=change)], where="p")
    return design.program


def wrongs(*change: dict[str, Any]) -> str:
    with pytest.raises(variants.VariantError) as raised:
        changed(*change)
    return str(raised.value)


def shifts(program: Program, team: str) -> list[tuple[str, float, Any]]:
    return [(shift.starts, shift.hours, shift.units) for shift in program.shift if shift.team == team]


def test_it_adds_moves_lengthens_and_drops_shifts() -> None:
    night = {"team": "community", "starts": "21:00", "hours": 12, "units": 1}
    more = changed({"add_shift": night})
    assert shifts(more, "community") == [("09:00", 12, 2), ("21:00", 12, 1)]
    moved = changed({"change_shift": {"team": "community", "set": {"starts": "11:00", "hours": 13, "units": 6}}})
    assert shifts(moved, "community") == [("11:00", 13, 6)]
    assert shifts(changed({"drop_shift": {"team": "desk"}}), "desk") == []


def test_the_base_stays_what_it_was() -> None:
    before = copy.deepcopy(CONTENT)
    changed({"drop_team": "desk"}, {"change_travel": {"speed_kmh": 40}})
    assert before == CONTENT


def test_what_was_for_the_roles_of_a_dropped_team_alone_goes_with_it() -> None:
    content = copy.deepcopy(CONTENT)
    content["pattern"] = [
        {"id": "all", "hours": 8, "shifts_a_week": 5}, {"id": "emts", "hours": 12, "shifts_a_week": 3, "roles": ["emt"]},
        {"id": "both", "hours": 10, "shifts_a_week": 4, "roles": ["emt", "clinician"]},
    ]  # fmt: skip
    (design,) = variants.designs(content, [Variant(id="x", change=({"drop_team": "community"},))], where="p")
    assert [(pattern.id, pattern.roles) for pattern in design.program.pattern] == [
        ("all", ()),
        ("both", ("clinician",)),
    ]
    assert design.program.target == ()


def test_money_for_a_dropped_team_alone_goes_with_it() -> None:
    content = copy.deepcopy(CONTENT)
    content["fund"] = [
        {"name": "all", "amount": 1}, {"name": "vans", "amount": 5, "pays_for": ["community", "emt"]}, {"name": "both", "amount": 5, "pays_for": ["community", "desk", "equipment"]},
    ]  # fmt: skip
    content["cost"] = [
        {"name": "radios", "amount": 2, "paid_by": "vans"},
        {"name": "desks", "kind": "equipment", "amount": 2, "paid_by": "both"},
    ]
    (design,) = variants.designs(content, [Variant(id="x", change=({"drop_team": "community"},))], where="p")
    assert [(fund.name, fund.pays_for) for fund in design.program.fund] == [
        ("all", ()),
        ("both", ("desk", "equipment")),
    ]
    assert [cost.paid_by for cost in design.program.cost] == ["", "both"]


def test_a_team_that_goes_takes_its_shifts_along_and_rules_send_the_next() -> None:
    without = changed({"drop_team": "community"})
    rules = {rule.id: rule for rule in without.rule}
    assert "community" not in without.team_ids
    assert shifts(without, "community") == []
    assert rules["care call"].send == ("usual",)
    assert rules["settle by phone"].otherwise == (("co-response",), ("usual",))
    assert without.undecided.protection == ("desk", "co-response")


def test_it_changes_teams_rules_limits_speed_and_what_is_assumed() -> None:
    got = changed(
        {"change_team": {"id": "community", "set": {"crew": {"clinician": 1, "peer": 1}}}},
        {"change_rule": {"id": "minor", "set": {"send": ["co-response"]}}},
        {"add_rule": {"id": "noise", "before": "care call", "when": {"family": ["noise"]}, "send": ["community"]}},
        {"drop_rule": "in traffic"}, {"change_dispatch": {"ties": "longest idle"}}, {"change_travel": {"speed_kmh": 40}},
        {"assume": {"input": "on scene", "value": 1.5}}, {"add_team": {"id": "bikes", "name": "Bikes", "kind": "in person"}},
    )  # fmt: skip
    ids = [rule.id for rule in got.rule]
    assert ids.index("noise") == ids.index("care call") - 1
    assert "in traffic" not in ids
    assert got.travel is not None
    assert got.travel.speed_kmh == 40
    assert [entry.value for entry in got.assume if entry.input == "on scene"] == [1.5]
    assert got.dispatch.ties == "longest idle"
    assert "bikes" in got.team_ids


def test_a_pilot_zone_is_a_shift_with_an_area() -> None:
    got = changed({"change_shift": {"team": "community", "set": {"area": {"district": ["Downtown"]}}}})
    assert next(shift.area for shift in got.shift if shift.team == "community") == {"district": ("Downtown",)}


def test_all_mistakes_are_told_at_once() -> None:
    told = wrongs(
        {"drop_shift": {"team": "nobody"}}, {"drop_shift": {"colour": "red"}}, {"change_team": {"id": "dusk", "set": {}}},
        {"drop_rule": "no such rule"}, {"add_van": 3}, {"add_shift": {"team": "desk"}}, {"drop_team": 7},
    )  # fmt: skip
    for part in ("no shift has team = 'nobody'", "not by colour", "no team “dusk”", "no rule “no such rule”", "“add_van” is no change", "add_shift needs", "drop_team needs a name"):  # fmt: skip
        assert part in told


def test_changes_that_contradict_each_other_are_refused() -> None:
    units = [{"change_shift": {"team": "community", "set": {"units": n}}} for n in (3, 4)]
    assert "units is set twice, to 3 and to 4" in wrongs(*units)
    assert "no shift has" in wrongs({"drop_shift": {"team": "desk"}}, {"change_shift": {"team": "desk", "set": {"units": 2}}})  # fmt: skip
    assert "changes nothing" in wrongs()


def test_a_document_that_no_longer_holds_together_is_refused() -> None:
    told = wrongs({"add_shift": {"team": "desk", "starts": "09:00", "hours": 30, "units": 1}})
    assert "variant “try”" in told
    assert "hours is wrong" in told
    told = wrongs({"add_shift": {"team": "ghosts", "starts": "9 o'clock", "hours": 3, "units": 1}})
    assert "names “ghosts”" in told
    assert "is no time" in told


def test_two_variants_of_one_name_are_refused() -> None:
    twice = [Variant(id="a", change=({"drop_team": "desk"},))] * 2
    with pytest.raises(variants.VariantError, match="two variants are called “a”"):
        variants.designs(CONTENT, twice, where="p")


def test_variants_stand_in_a_file_of_their_own(tmp_path: Path) -> None:
    path = tmp_path / "night.toml"
    path.write_text('id = "night"\nchange = [{ drop_team = "desk" }]\n')
    assert [variant.id for variant in variants.read_variants(path)] == ["night"]
    path.write_text('[[variant]]\nid = "a"\n[[variant]]\nid = "b"\n')
    assert [variant.id for variant in variants.read_variants(path)] == ["a", "b"]
    path.write_text('[[variant]]\nname = "a"\n')
    with pytest.raises(variants.VariantError, match=r"variant\[1\].id: field required"):
        variants.read_variants(path)
    path.write_text("[[variant")
    with pytest.raises(variants.VariantError, match="not TOML"):
        variants.read_variants(path)
    with pytest.raises(variants.VariantError, match="cannot be opened"):
        variants.read_variants(tmp_path / "none.toml")


def test_the_content_of_an_unsound_program_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "program.toml").write_text("[program]\nname = 3\n")
    with pytest.raises(file.ProgramError):
        file.read_content(tmp_path)


def test_no_variant_is_called_as_the_program_itself() -> None:
    with pytest.raises(variants.VariantError, match="what the program itself is called"):
        variants.designs(CONTENT, [Variant(id="as written", change=({"drop_team": "desk"},))], where="p")


@pytest.mark.parametrize(("pay", "told"), [("{ low = 9, high = 3 }", "begins above where it ends"), ('{ low = 9, unit = "yr" }', "is by “yr”")])  # fmt: skip
def test_pay_that_cannot_be_is_refused(pay: str, told: str) -> None:
    content = copy.deepcopy(CONTENT)
    content["position"] = [{"title": "x", "pay": tomllib.loads(f"pay = {pay}")["pay"]}]
    with pytest.raises(file.ProgramError, match=told):
        file.build(content, where="p")


def test_a_million_units_are_refused() -> None:
    assert "units" in wrongs({"change_shift": {"team": "desk", "set": {"units": 1_000_000}}})
