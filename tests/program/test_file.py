"""Program documents: every mistake at once, with its line; comments and order are kept."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rightcall.program import file, starter
from rightcall.program.file import ProgramError

TEXT = starter.text(name="CARE", jurisdiction="Millbrook, NC", time_zone="America/New_York")


def problems(text: str) -> list[str]:
    with pytest.raises(ProgramError) as caught:
        file.parse(text, where="program.toml")
    return [str(problem) for problem in caught.value.problems]


def line_of(text: str, part: str) -> int:
    return next(number for number, line in enumerate(text.splitlines(), 1) if part in line)


def test_it_reports_every_mistake_at_once_with_its_line() -> None:
    text = TEXT.replace("when = { weapon = true }", "when = { wepon = true }")
    text = text.replace('vehicle = "van"', 'vehical = "van"').replace('send = ["fire"]', 'send = ["fier"]')

    told = problems(text)

    assert len(told) == 3
    assert f"line {line_of(text, 'vehical')}" in told[0]
    assert "Did you mean “vehicle”?" in told[0]
    assert f"line {line_of(text, 'fier')}" in told[1]
    assert "Did you mean “fire”?" in told[1]
    assert f"line {line_of(text, 'wepon')}" in told[2]
    assert "Did you mean “weapon”?" in told[2]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('time_zone = "America/New_York"', 'time_zone = "America/Durham"', "does not exist"),
        ('name = "Co-response"', 'name = "Care navigation"', "is used twice"),
        ('id = "co-response"\nname', 'id = "desk"\nname', "is used twice"),
        ("scene_secured = false,", "scene_secured = false, weapon = false,", "presumes a hazard"),
        ("when = { fire = true }", "when = { }", "of which nothing is known"),
        ("when = { fire = true }", 'when = { unknown = ["fire"] }', "of which nothing is known"),
        ("when = { fire = true }", "when = { not = { fire = true }, any = [] }", "must be a list"),
        ("when = { fire = true }", 'when = { hours = { from = "25:00" } }', "cannot be read"),
        ("when = { fire = true }", 'when = { area = { wards = ["1"] } }', "no layer"),
        ("when = { fire = true }", 'when = { family = ["welfar"] }', "Did you mean “welfare”?"),
        ("when = { fire = true }", 'when = { fire = "yes" }', "must be true or false"),
        ("when = { fire = true }", 'when = { priority = "high" }', "must be whole numbers"),
        ('starts = "06:00"\nhours = 18', 'starts = "6 am"\nhours = 18', "is no time"),
        ("hours = 18", "hours = 30", "less than or equal to 24"),
        ("hours = 18", "hours = 18\nfrom = 2026-07-01\nuntil = 2026-06-01", "ends before it begins"),
        ('days = "weekdays"', 'days = "workdays"', "is no day"),
        ('team = "desk"\ndays', 'team = "phone"\ndays', "no team of this program"),
        ("crew = { clinician = 1 }\nneeds_from_others = { police = 1 }", "needs_from_others = { polcie = 1 }", "Did you mean “police”?"),
        ('effective = 2026-01-01', 'effective = "soon"', "is wrong"),
        ('send = ["fire"]', "", "is missing"),
    ],
)  # fmt: skip
def test_it_says_what_is_wrong_and_how_to_mend_it(old: str, new: str, told: str) -> None:
    assert old in TEXT
    assert told in "\n".join(problems(TEXT.replace(old, new, 1)))


def test_a_program_without_teams_is_refused() -> None:
    head = '[program]\nname = "x"\njurisdiction = "y"\ntime_zone = "America/Chicago"\neffective = 2026-01-01\n'
    assert "the program has no teams" in problems(head)[0]


def test_what_is_not_toml_is_refused_with_its_line() -> None:
    assert "line 2" in problems("[program]\nname =\n")[0]


def test_comments_and_order_survive_a_round_trip(tmp_path: Path) -> None:
    path = tmp_path / "program.toml"
    path.write_text(TEXT)
    document = file.read_document(tmp_path)
    document["team"][0]["name"] = "Clinician's desk"

    file.write_program(document, tmp_path)

    assert path.read_text() == TEXT.replace('name = "Crisis call diversion"', 'name = "Clinician\'s desk"')
    assert file.read_program(tmp_path).team[0].name == "Clinician's desk"


def test_a_wrong_edit_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "program.toml"
    path.write_text(TEXT)
    document = file.read_document(path)
    document["rule"][0]["send"] = ["nobody"]

    with pytest.raises(ProgramError, match="nobody"):
        file.write_program(document, path)

    assert path.read_text() == TEXT


def test_the_version_depends_on_decisions_and_not_on_comments() -> None:
    one = file.parse(TEXT, where="x")
    assert file.parse(TEXT + "\n# a remark\n", where="x").version == one.version
    assert file.parse(TEXT.replace("hours = 18", "hours = 17"), where="x").version != one.version
    assert file.parse(TEXT.replace("{ weapon = true }\n", "{ weapon = false }\n", 1), where="x").version != one.version


def test_what_is_unknown_is_listed() -> None:
    told = file.parse(TEXT, where="x").unknowns()
    assert "position[Crisis clinician].count" in told
    assert "fund[General fund].amount" in told
    assert "program.population" in told


@given(st.text(max_size=300))
def test_any_text_is_a_program_or_a_sentence(text: str) -> None:
    try:
        file.parse(text, where="x")
    except ProgramError as error:
        assert str(error)


@given(
    st.integers(0, len(TEXT.splitlines()) - 1),
    st.sampled_from(["", "x = 1", "[[rule]]", "when = 3", "= =", "team = 4"]),
)
def test_a_damaged_line_never_breaks_the_reader(number: int, line: str) -> None:
    lines = TEXT.splitlines()
    lines[number] = line
    try:
        file.parse("\n".join(lines), where="x")
    except ProgramError as error:
        assert str(error)


def test_the_version_is_that_of_the_decisions_and_not_of_what_could_also_be_written() -> None:
    plain = file.parse(TEXT, where="program.toml").version
    said = TEXT.replace("hours = 18", 'hours = 18\nholidays = "work"\nmeal_minutes = 0\narea = "city"', 1)
    other = TEXT.replace("hours = 18", 'hours = 18\nholidays = "off"', 1)
    assert file.parse(said, where="program.toml").version == plain
    assert file.parse(other, where="program.toml").version != plain
