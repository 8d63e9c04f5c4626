"""The worksheet: answers that stay, marks where the evidence changed, and two ways to fill it in without loss."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import xlsxwriter
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rightcall.cli import app
from rightcall.cli import worksheet as command
from rightcall.locale import LANGUAGES, Message, Words
from rightcall.planning import checklist, worksheet, worksheet_questions
from rightcall.planning.report import worksheet_workbook, xlsx
from rightcall.planning.worksheet import ANSWERED, CHANGED, OPEN, Answer, StepState, Worksheet, WorksheetError
from rightcall.planning.worksheet_evidence import Evidence
from rightcall.program import starter

EVIDENCE = {
    ident: Evidence((Message("It is so."),), f"{number:012x}") for number, ident in enumerate(worksheet_questions.BY_ID)
}
IDS = list(worksheet_questions.BY_ID)
STEP_IDS = list(checklist.BY_ID)


def write_book(found: Worksheet, path: Path, language: str = "en") -> None:
    with xlsxwriter.Workbook(str(path), xlsx.OPTIONS) as book:
        worksheet_workbook.write(book, found, EVIDENCE, Words(language), xlsx._looks(book), program="CARE")


# Words as people and their keyboards write them; what no cell can hold is refused when it is read.
words = st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn")) | st.sampled_from("\n\t ={}[]#\"'\\@+-"), max_size=40)  # fmt: skip
days = st.none() | st.dates(dt.date(2000, 1, 1), dt.date(2100, 1, 1))


@st.composite
def sheets(draw: st.DrawFn) -> Worksheet:
    answers = [
        Answer(id=ident, answer=draw(words), responsible=draw(words), by_when=draw(days), open_points=draw(words), evidence=draw(st.sampled_from(["", EVIDENCE[ident].fingerprint, "0123456789ab"])))
        for ident in draw(st.lists(st.sampled_from(IDS), unique=True, max_size=4))
    ]  # fmt: skip
    steps = [
        StepState(id=ident, state=draw(st.sampled_from(worksheet_workbook.STATES)), responsible=draw(words), by_when=draw(days), note=draw(words))  # type: ignore[arg-type]
        for ident in draw(st.lists(st.sampled_from(STEP_IDS), unique=True, max_size=4))
    ]  # fmt: skip
    found = Worksheet()
    for answer in answers:
        if answer != Answer(id=answer.id, evidence=answer.evidence):
            found = found.with_answer(answer)
    for step in steps:
        if step != StepState(id=step.id):
            found = found.with_step(step)
    return found


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sheets())
def test_what_is_written_is_read_again(tmp_path: Path, found: Worksheet) -> None:
    path = tmp_path / "worksheet.toml"
    path.unlink(missing_ok=True)
    worksheet.write(found, path, program="CARE")
    again = worksheet.read(path)
    assert (again.answer, again.step) == (found.answer, found.step)
    worksheet.write(again, path, program="CARE")
    assert worksheet.read(path) == again


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(sheets(), st.sampled_from(LANGUAGES))
def test_the_workbook_gives_back_what_was_put_into_it(tmp_path: Path, found: Worksheet, language: str) -> None:
    path = tmp_path / "book.xlsx"
    write_book(found, path, language)
    again = worksheet_workbook.read(path, before=found, program="CARE")
    assert (again.answer, again.step) == (found.answer, found.step)


@pytest.mark.parametrize(
    "text", ["_x0041_", "a\nb\n", "  two  ", "\n", "1.5", "2027-01-01", "TRUE", "'quoted", "<b>&amp;", "é 😀"]
)
def test_words_that_spreadsheets_like_to_change_come_back_as_they_were(tmp_path: Path, text: str) -> None:
    found = Worksheet().with_answer(Answer(id="1.1", answer=text, open_points=text))
    write_book(found, tmp_path / "b.xlsx")
    assert worksheet_workbook.read(tmp_path / "b.xlsx", before=found, program="CARE").answer == found.answer
    worksheet.write(found, tmp_path / "worksheet.toml", program="CARE")
    assert worksheet.read(tmp_path / "worksheet.toml").answer == found.answer


def test_comments_in_the_file_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "worksheet.toml"
    path.write_text('# Sam keeps this.\n[[answer]]\nid = "1.1"  # the first\nanswer = "All of them"\n')
    found = worksheet.read(path).with_answer(Answer(id="2.1", answer="Fire"))
    worksheet.write(found, path, program="CARE")
    text = path.read_text()
    assert "# Sam keeps this." in text
    assert "# the first" in text
    assert worksheet.read(path).to("2.1").answer == "Fire"


def test_an_answer_is_marked_when_its_evidence_changes() -> None:
    answer = Answer(id="1.1", answer="All", evidence="aaaaaaaaaaaa")
    assert answer.state("aaaaaaaaaaaa") == ANSWERED
    assert answer.state("bbbbbbbbbbbb") == CHANGED
    assert answer.state(None) == ANSWERED
    assert Answer(id="1.1", answer="  ", evidence="aaaaaaaaaaaa").state("bbbbbbbbbbbb") == OPEN
    # Who has seen no evidence has not seen another, and where there is none it cannot change.
    assert Answer(id="1.1", answer="All").state("bbbbbbbbbbbb") == ANSWERED
    assert Answer(id="1.1", answer="All", evidence="aaaaaaaaaaaa").state("") == ANSWERED


def test_a_workbook_does_not_make_old_answers_fresh(tmp_path: Path) -> None:
    before = Worksheet().with_answer(Answer(id="1.1", answer="All", evidence="old")).with_answer(Answer(id="1.2", answer="Vans", evidence="old"))  # fmt: skip
    write_book(before, tmp_path / "b.xlsx")
    book = openpyxl.load_workbook(tmp_path / "b.xlsx")
    book["Worksheet"]["D3"] = "Vans and a desk"
    book.save(tmp_path / "b.xlsx")
    again = worksheet_workbook.read(tmp_path / "b.xlsx", before=before, program="CARE")
    assert again.to("1.1").evidence == "old"
    assert (again.to("1.2").answer, again.to("1.2").evidence) == ("Vans and a desk", EVIDENCE["1.2"].fingerprint)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[[answer]]\nid = "9.9"\n', "answer[1].id “9.9” is no question of the worksheet."),
        ('[[answer]]\nid = "1.1"\n[[answer]]\nid = "1.1"\n', "answer[2].id “1.1” is used twice."),
        ('[[answer]]\nid = "1.1"\nby_when = "soon"\n', "answer[1].by_when is wrong"),
        ('[[answer]]\nid = "1.1"\nanser = "x"\n', "answer[1].anser is wrong: is not a key here"),
        ('[[step]]\nid = "strategy-1"\nstate = "nearly"\n', "step[1].state is wrong"),
        ('[[step]]\nid = "strategy-99"\n', "step[1].id “strategy-99” is no step of the worksheet. Did you mean"),
        ('[[answer]]\nid = "1.1"\nanswer = "a\\u0007b"\n', "answer[1].answer holds a letter that no spreadsheet can."),
        ('[[answer]]\nid = "1.1"\nanswer = "' + "x" * 30_001 + '"\n', "answer[1].answer is wrong"),
        ('[worksheet]\nformat = "other"\n', "worksheet.format is wrong"),
        ("answer = 3\n", "answer is wrong"),
        ("[[answer]\n", "it is not TOML"),
    ],
)  # fmt: skip
def test_a_worksheet_edited_into_nonsense_is_refused_whole(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "worksheet.toml"
    path.write_text(text)
    with pytest.raises(WorksheetError) as raised:
        worksheet.read(path)
    assert told in str(raised.value)
    assert path.read_text() == text


def damaged(tmp_path: Path, change: Any) -> str:
    before = Worksheet().with_answer(Answer(id="1.1", answer="All"))
    path = tmp_path / "b.xlsx"
    write_book(before, path)
    book = openpyxl.load_workbook(path)
    change(book)
    book.save(path)
    with pytest.raises(WorksheetError) as raised:
        worksheet_workbook.read(path, before=before, program="CARE")
    return str(raised.value)


def test_damaged_workbooks_are_refused_whole_with_every_cell_named(tmp_path: Path) -> None:
    def several(book: Any) -> None:
        book["Worksheet"]["D2"] = "=HYPERLINK(1)"
        book["Worksheet"]["F3"] = "next spring"
        book["Worksheet"]["A5"] = "1.1"
        book["Checklist"]["F2"] = "nearly"

    said = damaged(tmp_path, several)
    assert "sheet Worksheet, cell D2: holds a formula where words are expected: =HYPERLINK(1)" in said
    assert "sheet Worksheet, cell F3: “next spring” is no day." in said
    assert "cell A5: number 1.1 stands there again." in said
    assert "the row of 1.4 is missing." in said
    assert "sheet Checklist, cell F2: “nearly” is no state." in said


def test_deleted_rows_and_sheets_are_named(tmp_path: Path) -> None:
    assert "the row of 1.2 is missing." in damaged(tmp_path, lambda book: book["Worksheet"].delete_rows(3))
    assert "the sheet “Checklist” is missing." in damaged(tmp_path, lambda book: book.remove(book["Checklist"]))
    said = damaged(tmp_path, lambda book: book["Worksheet"].append(["7.7", "x"]))
    assert "“7.7” is no number of ours." in said
    (tmp_path / "no.xlsx").write_bytes(b"PK\x03\x04 nothing")
    with pytest.raises(WorksheetError, match="no workbook that can be read"):
        worksheet_workbook.read(tmp_path / "no.xlsx", before=Worksheet(), program="CARE")


def test_words_that_look_like_formulas_stay_words(tmp_path: Path) -> None:
    evil = Worksheet().with_answer(
        Answer(id="1.1", answer="=cmd|' /C calc'!A0", responsible="@SUM(1)", open_points="+1")
    )
    write_book(evil, tmp_path / "b.xlsx")
    cell = openpyxl.load_workbook(tmp_path / "b.xlsx")["Worksheet"]["D2"]
    assert cell.data_type == "s"
    assert worksheet_workbook.read(tmp_path / "b.xlsx", before=evil, program="CARE").answer == evil.answer


def fill(path: Path, **cells: Any) -> None:
    """As if typed into the sheet of the worksheet."""
    book = openpyxl.load_workbook(path)
    for cell, value in cells.items():
        book["Worksheet"][cell] = value
    book.save(path)


def test_an_older_workbook_takes_no_newer_answer_away(tmp_path: Path) -> None:
    write_book(Worksheet(), tmp_path / "b.xlsx")
    now = Worksheet().with_answer(Answer(id="2.3", answer="The manager", evidence="seen"))
    fill(tmp_path / "b.xlsx", D2="All calls")
    again = worksheet_workbook.read(tmp_path / "b.xlsx", before=now, program="CARE")
    assert again.to("2.3") == now.to("2.3")
    assert again.to("1.1").answer == "All calls"


def test_what_was_changed_here_and_there_is_a_conflict(tmp_path: Path) -> None:
    write_book(Worksheet(), tmp_path / "b.xlsx")
    fill(tmp_path / "b.xlsx", D2="Vans", E2="Sam")
    now = Worksheet().with_answer(Answer(id="1.1", answer="A desk", responsible="Sam"))
    with pytest.raises(WorksheetError) as raised:
        worksheet_workbook.read(tmp_path / "b.xlsx", before=now, program="CARE")
    assert "answer of 1.1 was changed here (“Vans”) and in worksheet.toml (“A desk”)." in str(raised.value)
    assert len(raised.value.problems) == 1


def test_what_was_cleared_in_the_workbook_is_cleared(tmp_path: Path) -> None:
    now = Worksheet().with_answer(Answer(id="1.1", answer="All", open_points="Which?")).with_step(StepState(id="strategy-1", state="begun"))  # fmt: skip
    write_book(now, tmp_path / "b.xlsx")
    fill(tmp_path / "b.xlsx", D2=None, G2=None)
    again = worksheet_workbook.read(tmp_path / "b.xlsx", before=now, program="CARE")
    assert again.answer == ()
    assert again.step == now.step


def test_the_workbook_of_another_program_is_refused(tmp_path: Path) -> None:
    write_book(Worksheet(), tmp_path / "b.xlsx")
    with pytest.raises(WorksheetError, match="it is the workbook of “CARE”, not of “HEART”"):
        worksheet_workbook.read(tmp_path / "b.xlsx", before=Worksheet(), program="HEART")


def test_every_section_has_steps_and_every_question_a_number() -> None:
    assert {step.section for step in checklist.STEPS} == set(checklist.SECTIONS)
    assert len(checklist.SECTIONS) == 8
    assert len(checklist.BY_ID) == len(checklist.STEPS)
    assert {question.of for question in worksheet_questions.QUESTIONS} == {1, 2, 3, 4, 5}


# ------------------------------------------------------------------ at the terminal


@pytest.fixture
def place(tmp_path: Path) -> Path:
    starter.write_sample(tmp_path / "program.toml")
    (tmp_path / "areas.geojson").write_text('{"type": "FeatureCollection", "features": []}')
    return tmp_path


class Typed:
    """Somebody at the keyboard: each prompt is given the next line; then they leave."""

    def __init__(self, *lines: str) -> None:
        self.lines, self.asked = list(lines), []  # type: ignore[var-annotated]

    def __call__(self, what: str, default: str = "", show_default: bool = True) -> str:
        self.asked.append((what.strip(), default))
        if not self.lines:
            raise KeyboardInterrupt
        return self.lines.pop(0) or default


def test_priya_answers_at_the_terminal_and_leaves_when_she_must(place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    plan = place / "plan.json"
    told = [{"id": "1.1", "question": "q", "evidence": ["6,059 calls by nature."], "fingerprint": "f" * 12}]
    plan.write_text(json.dumps({"worksheet": told}))
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    typed = Typed("Welfare and mental health", "Sam", "someday", "2027-03-31", "Weapons?", "Vans")
    monkeypatch.setattr(command.typer, "prompt", typed)
    assert app.run(["worksheet", str(place), "--plan", str(plan)]) == 0
    found = worksheet.read(place / "worksheet.toml")
    assert found.to("1.1") == Answer(id="1.1", answer="Welfare and mental health", responsible="Sam", by_when=dt.date(2027, 3, 31), open_points="Weapons?", evidence="f" * 12)  # fmt: skip
    # The second question was left in the middle: what was finished is kept, the rest is not there.
    assert found.to("1.2") == Answer(id="1.2")
    said = capsys.readouterr().out
    assert "6,059 calls by nature." in said
    assert "“someday” is no day" in said
    assert "answered" in said

    plan.write_text(json.dumps({"worksheet": [told[0] | {"fingerprint": "e" * 12}]}))
    monkeypatch.setattr(command.typer, "prompt", Typed("", "", "", "-"))
    assert app.run(["worksheet", str(place), "--plan", str(plan), "--only", "1.1"]) == 0
    again = worksheet.read(place / "worksheet.toml").to("1.1")
    assert "The evidence has changed since this was answered." in capsys.readouterr().out
    assert (again.answer, again.open_points, again.evidence) == ("Welfare and mental health", "", "e" * 12)


def test_without_a_terminal_it_shows_how_far_it_is(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert app.run(["worksheet", str(place)]) == 0
    said = capsys.readouterr().out
    assert said.count("open") >= len(IDS)
    assert f"0 of {len(checklist.STEPS)} steps" in said
    assert not (place / "worksheet.toml").exists()


def test_answers_come_back_from_the_workbook_and_the_old_ones_stay_beside(place: Path, capsys: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    old = Worksheet().with_answer(Answer(id="1.1", answer="Old"))
    worksheet.write(old, place / "worksheet.toml", program="CARE")
    write_book(old, place / "b.xlsx")
    fill(place / "b.xlsx", D2="New")
    assert app.run(["worksheet", str(place), "--workbook", str(place / "b.xlsx")]) == 0
    assert worksheet.read(place / "worksheet.toml").to("1.1").answer == "New"
    said = capsys.readouterr().out
    assert "Changed: 1 of the questions, 0 of the steps." in said
    assert "belongs into program.toml" in said
    assert 'answer = "Old"' in (place / "worksheet.toml.before").read_text()
    # Taken over once more nothing changes, and the way back is still there.
    assert app.run(["worksheet", str(place), "--workbook", str(place / "b.xlsx")]) == 0
    assert 'answer = "Old"' in (place / "worksheet.toml.before").read_text()
    worksheet.write(old, place / "worksheet.toml", program="CARE")
    assert app.run(["worksheet", str(place), "--workbook", str(place / "b.xlsx")]) == 0
    assert 'answer = "Old"' in (place / "worksheet.toml.before1").read_text()
    book = openpyxl.load_workbook(place / "b.xlsx")
    book["Worksheet"]["D2"] = "=1+1"
    book.save(place / "b.xlsx")
    assert app.run(["worksheet", str(place), "--workbook", str(place / "b.xlsx")]) == 3
    assert worksheet.read(place / "worksheet.toml").to("1.1").answer == "New"


def test_wrong_plans_and_questions_are_refused(place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    assert app.run(["worksheet", str(place), "--plan", str(place / "nowhere")]) == 3
    assert "no plan with a worksheet" in capsys.readouterr().err
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    assert app.run(["worksheet", str(place), "--only", "8"]) == 2


def test_the_checklist_is_gone_through_at_the_terminal(place: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    monkeypatch.setattr(command.typer, "prompt", Typed("nearly", "done", "Sam", "2027-01-31", "", "begun"))
    assert app.run(["worksheet", str(place), "--checklist"]) == 0
    found = worksheet.read(place / "worksheet.toml")
    assert found.step == (StepState(id="strategy-1", state="done", responsible="Sam", by_when=dt.date(2027, 1, 31)),)
    said = capsys.readouterr().out
    assert "“nearly” is no state." in said
    assert "done when: the council has heard and adopted it" in said
    again = Typed()
    monkeypatch.setattr(command.typer, "prompt", again)
    assert app.run(["worksheet", str(place), "--checklist"]) == 0
    assert "strategy-2" in capsys.readouterr().out.split("Ctrl-C")[1].splitlines()[2]
