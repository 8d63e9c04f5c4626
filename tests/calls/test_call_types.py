"""Words of call types: what is proposed, what a person keeps, what goes into the calls."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rightcall.calls import call_types, type_file
from rightcall.calls.call_types import WORD_FACTS, normalize, propose
from rightcall.calls.columns import FACTS
from rightcall.calls.families import CRIMES, FAMILIES, NOT_PUBLIC
from rightcall.calls.type_file import MappingError, read_mapping, write_mapping

REPOSITORY = Path(__file__).parents[2]


def counts(**calls: int) -> pl.DataFrame:
    return pl.DataFrame({"type": list(calls), "calls": list(calls.values())})


def reviewed_row(label: str, family: str | None = "welfare", by: str | None = "A. Planner") -> pl.DataFrame:
    mapping = call_types.propose_mapping(counts=pl.DataFrame({"type": [label], "calls": [7]}))
    return mapping.with_columns(family=pl.lit(family, pl.String), reviewed_by=pl.lit(by, pl.String))


@pytest.mark.parametrize(
    ("label", "family"),
    [
        ("121D_Mental Disorder Violent", "mental health"),
        ("--CRISIS COMPLAINT - GENERAL", "mental health"),
        ("EDP", "mental health"),
        ("25A1", "mental health"),
        ("5150", "mental health"),
        ("SUICIDE - IP/JO SUICIDAL PERSON AND ATTEMPTS", "suicide"),
        ("WELL BEING CHECK", "welfare"),
        ("125B_Pub Svc Well Ck N-Urgent", "welfare"),
        ("CHECK WELFARE", "welfare"),
        ("ONE DOWN OR OVER THE WHEEL", "welfare"),
        ("UNWANTED PERSON", "trespass"),
        ("TRESPASS OR UNWANTED", "trespass"),
        ("--DISTURBANCE - OTHER", "disorder"),
        ("113D_Disturbance Verbal Small", "verbal disturbance"),
        ("6X - MAJOR DIST (VIOLENCE)", "violence"),
        ("647F", "intoxication"),
        ("DRUNK DRIVER", "traffic"),
        ("131C_Traf Acc/H&R/Unk nj/BkTfc", "traffic"),
        ("UNKNOWN PROBLEM", "unknown trouble"),
        ("911 HANGUP", "unknown trouble"),
        ("33A1 PT TRANSFER", "medical transfer"),
        ("26A1 ", "medical"),
        ("PD REQUESTED BY FIRE", "agency assistance"),
        ("CRT Follow Up", "follow up"),
        ("FOLLOW UP", "administrative"),
        ("ODJ - OFF DUTY JOB", "administrative"),
        ("TRAFFIC STOP - OFFICER INITIATED ONVIEW", "officer-initiated"),
        ("THEFT (DOES NOT INCLUDE SHOPLIFT OR SVCS)", "property"),
        ("ASSIST PUBLIC - NO WELFARE CHK OR DV ORDER SERVICE", "public assistance"),
    ],
)
def test_it_knows_the_words_of_many_cities(label: str, family: str) -> None:
    assert propose(label).family == family


@pytest.mark.parametrize(
    ("label", "common_type"),
    [
        ("ALARM MALFUNCTIO", "ALRU"),
        ("BURGLAR ALARM, SILEN", "ALRBS"),
        ("AUTO ACCIDENT WITH I", "MVA"),
        ("COLL HIT AND RU", "MVAHR"),
    ],
)
def test_it_reads_labels_that_an_export_cut(label: str, common_type: str) -> None:
    assert propose(label).common_type == common_type


@pytest.mark.parametrize("label", ["OTHER", "MISCELLANEOUS", "", "10-54", "XYZZY", "122B_Misc Non-Urgent"])
def test_what_says_nothing_stays_unmapped(label: str) -> None:
    found = propose(label)
    assert (found.family, found.common_type, found.confidence) == (None, None, 0.0)


@pytest.mark.parametrize(
    "label", ["MENTAL NOT VIOLENT", "121C_Mental Disordr NonViolent", "MENTAL - NON VIOL", "MENTAL, NO VIOLENCE"]
)
def test_it_knows_that_non_violent_is_not_violent(label: str) -> None:
    assert propose(label).facts["violence"] is False


@pytest.mark.parametrize("label", ["MENTAL VIOLENT", "MENTAL VIOL", "121D1V", "DISTURBANCE PHYSICAL", "DV"])
def test_it_hears_violence(label: str) -> None:
    assert propose(label).facts["violence"] is True


@pytest.mark.parametrize(
    "label",
    ["UNWANTED PERSON - WITH WEAPON", "PERSON WITH A WEAPON (NOT GUN)", "127D1W", "113D_Disturbance Verbal Sm Wpn",
     "SHOTS HEARD", "Disturbance (Knife Involved)", "FIGHT - IP/JO - WITH WEAPONS"],
)  # fmt: skip
def test_it_hears_a_weapon(label: str) -> None:
    assert propose(label).facts["weapon"] is True


def test_with_or_without_a_weapon_tells_neither() -> None:
    assert "weapon" not in propose("ASLT - WITH OR W/O WEAPONS (NO SHOOTINGS)").facts


def test_an_unknown_injury_tells_neither() -> None:
    assert "injury" not in propose("131C_Traffic Acc/Unknwn Injury").facts


def test_denying_one_kind_of_violence_does_not_deny_violence() -> None:
    assert "violence" not in propose("DISTURBANCE - NO ASLT").facts


def test_a_no_reaches_both_words_of_a_list() -> None:
    facts = propose("MENTAL, NO VIOLENCE OR WEAPONS").facts
    assert (facts["violence"], facts["weapon"]) == (False, False)


def test_a_violation_is_no_violence() -> None:
    assert "violence" not in propose("132B_Tfc Viol/Parkng Complaint").facts


def test_an_attempt_counts_as_under_way_and_a_threat_does_not() -> None:
    assert propose("SUICIDE ATTEMPT").facts["attempt_in_progress"] is True
    assert propose("SUICIDE I/P").facts["attempt_in_progress"] is True
    assert "attempt_in_progress" not in propose("SUICIDE THREAT").facts
    assert "violence" not in propose("SUICIDE THREAT").facts


def test_it_tells_urgent_from_not_urgent() -> None:
    assert propose("WELFARE CHECK URGENT").facts["urgent"] is True
    assert propose("WELFARE CHECK - PRIORITY").facts["urgent"] is True
    assert propose("125B_Pub Svc Well Ck N-Urgent").facts["urgent"] is False


def test_it_tells_past_from_under_way() -> None:
    assert propose("THEFT - COLD").facts["past_event"] is True
    assert propose("09V-01 UUMV JUST OCRD").facts["past_event"] is True
    assert propose("BURGLARY IP").facts["crime_in_progress"] is True
    assert "crime_in_progress" not in propose("DISTURBANCE IN PROGRESS").facts
    assert "past_event" not in propose("PURSE SNATCH - IP/JO").facts


def test_a_fire_department_is_not_a_fire() -> None:
    assert "fire" not in propose("ASST CITIZEN (FIRE DEPT)").facts


def test_confidence_falls_from_the_whole_label_to_a_typo() -> None:
    labels = ["WELFARE CHECK", "WELFARE CHECK AT SCHOOL", "WELF CK", "HARRASMENT"]
    found = [propose(label).confidence for label in labels]
    assert found == sorted(found, reverse=True)
    assert found[0] == 0.95
    assert 0.5 <= found[-1] <= 0.6


def test_a_vague_word_yields_to_the_protocol_number() -> None:
    assert propose("121O_Information").family == "mental health"
    assert propose("INFORMATION").confidence == 0.5


def test_normalizing_drops_codes_and_writes_short_forms_out() -> None:
    assert normalize("131B_Traffic Acc/NoInj") == "traffic accident no injury"
    assert normalize("PSE/09 - THEFT") == "theft"
    assert normalize("SUICIDE - IP/JO") == "suicide in progress just occurred"


def test_every_row_of_the_lexicon_names_known_families_codes_and_facts() -> None:
    for row in call_types.ROWS:
        assert row.family in FAMILIES
        assert row.common_type is None or row.common_type in FAMILIES[row.family].common_types, row
        assert row.facts.keys() <= set(WORD_FACTS)
    for facts in call_types.FACT_ROWS.values():
        assert facts.keys() <= set(WORD_FACTS)
    assert set(WORD_FACTS) <= FACTS.keys()
    assert {*NOT_PUBLIC, *CRIMES} <= FAMILIES.keys()


def test_the_families_carry_all_197_codes_of_the_niem_list() -> None:
    assert len({code for family in FAMILIES.values() for code in family.common_types}) == 197


@given(st.text())
def test_any_text_gets_a_known_family_or_none(label: str) -> None:
    found = propose(label)
    assert found.family is None or found.family in FAMILIES
    assert 0 <= found.confidence <= 0.95
    assert found.facts.keys() <= set(WORD_FACTS)
    assert (found.family is None) == (found.confidence == 0)


@given(st.text(alphabet=st.sampled_from("'=+-@\t\r\n,\" ab＝")))
def test_every_label_comes_back_from_a_spreadsheet_and_none_is_a_formula(label: str) -> None:
    path = Path(__file__).with_name("unused")
    cell = type_file._cell(label)
    assert not cell or cell[0] not in "=+-@\t\r\n＝"
    assert type_file._read_cell("type", cell, str(path)) == label


def test_a_mapping_comes_back_as_written(tmp_path: Path) -> None:
    labels = [
        "=HYPERLINK(1)",
        "+1",
        "--CRISIS",
        "@x",
        "\tx",
        "'=x",
        "'tis",
        ' "a, b" ',
        "two\nlines",
        "MENTAL NOT VIOLENT",
    ]
    mapping = call_types.propose_mapping(counts=pl.DataFrame({"type": labels, "calls": range(len(labels))}))
    write_mapping(mapping=mapping, path=tmp_path / "m.csv")
    assert read_mapping(tmp_path / "m.csv").equals(mapping)
    assert "\n=HYPERLINK" not in (tmp_path / "m.csv").read_text(encoding="utf-8-sig")


def test_reviewed_rows_are_never_overwritten() -> None:
    reviewed = reviewed_row("THEFT")
    found = call_types.propose_mapping(counts=counts(THEFT=9, NOISE=20), reviewed=reviewed)
    assert found["type"].to_list() == ["NOISE", "THEFT"]
    kept = found.filter(pl.col("type") == "THEFT")
    assert kept["calls"].item() == 9
    assert kept.drop("calls").equals(reviewed.drop("calls"))


def test_a_row_that_nobody_reviewed_is_proposed_anew() -> None:
    found = call_types.propose_mapping(counts=counts(THEFT=9), reviewed=reviewed_row("THEFT", by=" "))
    assert found["family"].item() == "property"


def test_rows_of_types_that_are_gone_stay_with_no_calls() -> None:
    found = call_types.propose_mapping(counts=counts(NOISE=20), reviewed=reviewed_row("THEFT"))
    assert dict(found.select("type", "calls").iter_rows()) == {"NOISE": 20, "THEFT": 0}


def test_everything_wrong_in_a_mapping_is_reported_at_once_with_the_nearest_name(tmp_path: Path) -> None:
    path = tmp_path / "m.csv"
    path.write_text(
        "type,family,common_type,weapon,wepon,calls\nA,wellfare,EDPP,maybe,,-1\nB,welfare,EDP,yes,,1\nB,welfare,,,,1\n"
    )
    with pytest.raises(MappingError) as caught:
        read_mapping(path)
    told = [str(problem) for problem in caught.value.problems]
    assert len(told) == 6
    assert told[0].startswith(f"{path}, line 1, column wepon")
    assert '"weapon"' in told[0]
    assert any(f"{path}, line 2, column family" in line and '"welfare"' in line for line in told)
    assert any("column common_type" in line and '"EDP"' in line for line in told)
    assert any("line 4, column type" in line and "twice" in line for line in told)


def test_a_mapping_without_types_is_refused(tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_text("family\nwelfare\n")
    with pytest.raises(MappingError, match="column type is missing"):
        read_mapping(tmp_path / "m.csv")


def applied(first_type: str | None, mapping: pl.DataFrame, **recorded: bool | None) -> dict[str, object]:
    calls = pl.LazyFrame(
        {"first_type": [first_type], **{name: [value] for name, value in recorded.items()}},
        schema_overrides={"first_type": pl.String, **dict.fromkeys(recorded, pl.Boolean)},
    )
    return call_types.apply(calls=calls, mapping=mapping).collect(engine="streaming").row(0, named=True)


def test_applying_says_whether_a_person_reviewed_the_word() -> None:
    mapping = pl.concat([reviewed_row("A"), reviewed_row("THEFT", "property", None), reviewed_row("C", None)])
    assert applied("A", mapping)["family_basis"] == "reviewed"
    assert applied("THEFT", mapping)["family_basis"] == "proposed"
    for label in ("C", "never seen", None):
        assert (applied(label, mapping)["family"], applied(label, mapping)["family_basis"]) == (None, None)


@pytest.mark.parametrize(
    ("recorded", "word", "result"),
    [(None, True, True), (None, False, False), (False, True, True), (True, False, True), (False, None, False)],
)
def test_for_a_hazard_a_yes_beats_a_no(recorded: bool | None, word: bool | None, result: bool) -> None:
    mapping = reviewed_row("A").with_columns(weapon=pl.lit(word, pl.Boolean))
    assert applied("A", mapping, weapon=recorded)["weapon"] is result


def test_for_other_facts_the_recorded_value_wins() -> None:
    mapping = reviewed_row("A").with_columns(urgent=pl.lit(True))
    assert applied("A", mapping, urgent=False)["urgent"] is False
    assert applied("A", mapping, urgent=None)["urgent"] is True


def benchmark() -> ModuleType:
    spec = importlib.util.spec_from_file_location("call_types_benchmark", REPOSITORY / "benchmarks" / "call_types.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_the_families_agree_with_the_vera_institute_in_nine_of_ten_calls() -> None:
    bench = benchmark()
    if not bench.LABELS.exists():
        pytest.skip("The call types of the Vera Institute are not here; set RIGHTCALL_DATA to the folder of data.")
    for name, labels in bench.columns(bench.read_labels()):
        assert bench.score(labels).undisputed >= bench.TARGET, name
