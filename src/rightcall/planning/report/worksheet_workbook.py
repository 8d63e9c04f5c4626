"""The worksheet in the plan's workbook: written to be filled in, and read back without loss."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from rightcall.errors import Problem
from rightcall.locale import LANGUAGES, N_, Words
from rightcall.planning import checklist, worksheet, worksheet_questions
from rightcall.planning.worksheet import Answer, StepState, Worksheet, WorksheetError
from rightcall.planning.worksheet_evidence import Evidence

ANSWERS, STEPS = N_("Worksheet"), N_("Checklist")
# The columns that people fill in, and the one where the fingerprint of the evidence shown stands.
ANSWER, RESPONSIBLE, BY_WHEN, OPEN_POINTS = 3, 4, 5, 6
SHOWN = 8
STATE, STEP_RESPONSIBLE, STEP_BY_WHEN, NOTE = 5, 6, 7, 8
# The hidden sheet: how the cells were when the workbook was made.
WRITTEN = "as written"
STATES = (N_("open"), N_("begun"), N_("done"), N_("not needed"))
MEND = "Take the workbook as the plan wrote it, and change only the cells that are marked."


def write(book: Any, found: Worksheet, evidence: Mapping[str, Evidence], words: Words, looks: Mapping[str, Any], *, program: str) -> None:  # fmt: skip
    """Add both sheets to an open workbook; cells to fill in have the look `input`. A hidden one holds them as written, so that
    reading back knows what was changed.
    """
    sheet = book.add_worksheet(words(ANSWERS))
    titles = (N_("number"), N_("question"), N_("evidence in the plan"), N_("our answer"), N_("responsible"), N_("by when"), N_("open points"), N_("state"), N_("evidence shown"))  # fmt: skip
    widths = (7, 34, 60, 46, 18, 12, 34, 16, 14)
    _head(sheet, [words(title) for title in titles], widths, looks)
    for row, question in enumerate(worksheet_questions.QUESTIONS, start=1):
        answer, shown = found.to(question.id), evidence[question.id]
        said = "\n".join(words.value(line) for line in shown.said) or words(
            N_("The plan has none: this is for people to say.")
        )
        cells: tuple[str, ...] = (question.id, words(question.text), said)
        sheet.set_row(
            row, high(dict(enumerate((*cells, answer.answer, answer.responsible, "", answer.open_points))), widths)
        )
        for column, cell in enumerate(cells):
            sheet.write_string(row, column, cell, looks["wrap"])
        for column, text in ((ANSWER, answer.answer), (RESPONSIBLE, answer.responsible), (OPEN_POINTS, answer.open_points)):  # fmt: skip
            _text(sheet, row, column, text, looks["input"])
        _date(sheet, row, BY_WHEN, answer.by_when, looks["date"])
        sheet.write_string(row, 7, words(answer.state(shown.fingerprint)), looks["wrap"])
        sheet.write_string(row, SHOWN, shown.fingerprint, looks["pale"])
    sheet = book.add_worksheet(words(STEPS))
    titles = (N_("number"), N_("section"), N_("step"), N_("why"), N_("done when"), N_("state"), N_("responsible"), N_("by when"), N_("note"))  # fmt: skip
    widths = (17, 18, 44, 44, 44, 12, 18, 12, 34)
    _head(sheet, [words(title) for title in titles], widths, looks)
    for row, step in enumerate(checklist.STEPS, start=1):
        state = found.of(step.id)
        cells = (step.id, words(step.section), words(step.text), words(step.why), words(step.done_when))
        sheet.set_row(row, high(dict(enumerate((*cells, "", state.responsible, "", state.note))), widths))
        for column, cell in enumerate(cells):
            sheet.write_string(row, column, cell, looks["wrap"])
        sheet.write_string(row, STATE, words(state.state), looks["input"])
        _text(sheet, row, STEP_RESPONSIBLE, state.responsible, looks["input"])
        _date(sheet, row, STEP_BY_WHEN, state.by_when, looks["date"])
        _text(sheet, row, NOTE, state.note, looks["input"])
    sheet.data_validation(1, STATE, len(checklist.STEPS), STATE, {"validate": "list", "source": [words(state) for state in STATES]})  # fmt: skip
    sheet = book.add_worksheet(WRITTEN)
    sheet.very_hidden()
    sheet.write_string(0, 0, program)
    entries: list[Answer | StepState] = [*found.answer, *found.step]
    for row, each in enumerate(entries, start=1):
        sheet.write_string(row, 0, each.id)
        for column, (name, value) in enumerate(_cells_of(each).items(), start=1):
            sheet.write_string(row, 2 * column - 1, name)
            sheet.write_string(row, 2 * column, value)


def _cells_of(entry: Answer | StepState) -> dict[str, str]:
    """What people fill in of an entry, by name, as text."""
    return {name: "" if value is None else str(value) for name, value in entry if name not in ("id", "evidence")}


def high(texts: Mapping[int, str], widths: tuple[int, ...]) -> float:
    """The height of a row in points for texts by column: spreadsheets do not find it themselves in every program."""
    lines = [
        sum(1 + int(1.1 * len(line)) // widths[column] for line in text.split("\n")) for column, text in texts.items()
    ]
    return min(400.0, 15.0 * max(lines, default=1) + 2)


def _head(sheet: Any, titles: list[str], widths: tuple[int, ...], looks: Mapping[str, Any]) -> None:
    for column, (title, width) in enumerate(zip(titles, widths, strict=True)):
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, title, looks["head"])
    sheet.freeze_panes(1, 2)
    for_paper(sheet)
    sheet.repeat_rows(0)


def for_paper(sheet: Any) -> None:
    """Letter paper across, as many pages down as it takes."""
    sheet.set_paper(1)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)


def _text(sheet: Any, row: int, column: int, text: str, look: Any) -> None:
    if text:
        sheet.write_string(row, column, text, look)
    else:
        sheet.write_blank(row, column, None, look)


def _date(sheet: Any, row: int, column: int, day: dt.date | None, look: Any) -> None:
    if day is None:
        sheet.write_blank(row, column, None, look)
    else:
        sheet.write_datetime(row, column, dt.datetime.combine(day, dt.time()), look)


def read(path: Path, *, before: Worksheet, program: str) -> Worksheet:
    """Read both sheets back. Raises `WorksheetError` with every cell that is wrong; nothing is then taken over.

    What was not changed in the workbook stays as it is `before`; what was changed here and there, to different words, is a
    conflict. A new answer has seen the evidence that the sheet shows.
    """
    import openpyxl

    try:
        book = openpyxl.load_workbook(path)
    except Exception as error:
        raise WorksheetError("it is no workbook that can be read.", where=str(path), mend=MEND) from error
    problems: list[Problem] = []
    written = _written(book, path, program, problems)
    answers = tuple(_answers(_sheet(book, ANSWERS, path, problems), path, before, written, problems))
    steps = tuple(_steps(_sheet(book, STEPS, path, problems), path, before, written, problems))
    if problems:
        raise WorksheetError(problems)
    return worksheet.build(
        {
            "worksheet": before.worksheet.model_dump(),
            "answer": [each.model_dump() for each in answers],
            "step": [each.model_dump() for each in steps],
        },
        where=str(path),
    )


def _written(book: Any, path: Path, program: str, problems: list[Problem]) -> dict[str, dict[str, str]]:
    """The cells as they were written, by number; a workbook of another program is a problem."""
    sheet = next((sheet for sheet in book.worksheets if sheet.title == WRITTEN), None)
    if sheet is None:
        problems.append(Problem("it does not hold how it was written.", str(path), MEND))
        return {}
    whose = str(sheet.cell(1, 1).value or "")
    if whose != program:
        problems.append(Problem(f"it is the workbook of “{whose}”, not of “{program}”.", str(path), "Give the workbook of this program's plan."))  # fmt: skip
    found = {}
    for row in sheet.iter_rows(min_row=2, values_only=True):
        cells = ["" if cell is None else str(cell) for cell in row]
        found[cells[0]] = {name: value for name, value in zip(cells[1::2], cells[2::2], strict=False) if name}
    return found


def _sheet(book: Any, name: str, path: Path, problems: list[Problem]) -> Any:
    names = {Words(language)(name) for language in LANGUAGES}
    found = next((sheet for sheet in book.worksheets if sheet.title in names), None)
    if found is None:
        problems.append(Problem(f"the sheet “{name}” is missing.", str(path), MEND))
    return found


def _rows(sheet: Any, known: list[str], path: Path, problems: list[Problem]) -> Iterator[tuple[str, int]]:
    """Each known number with its row; what is missing, twice or unknown is a problem."""
    if sheet is None:
        return
    seen: dict[str, int] = {}
    for row in range(2, sheet.max_row + 1):
        value = sheet.cell(row, 1).value
        ident = str(value).strip() if value is not None else ""
        where = f"{path}, sheet {sheet.title}, cell A{row}"
        if ident in seen:
            problems.append(Problem(f"number {ident} stands there again.", where, "Remove the second row."))
        elif ident in known:
            seen[ident] = row
            yield ident, row
        elif ident or any(sheet.cell(row, column).value is not None for column in range(2, 10)):
            problems.append(Problem(f"“{ident}” is no number of ours.", where, MEND))
    for ident in known:
        if ident not in seen:
            problems.append(Problem(f"the row of {ident} is missing.", f"{path}, sheet {sheet.title}", MEND))


class _Cells:
    """The cells of one row, read as what they must be; what is wrong is gathered."""

    def __init__(self, sheet: Any, row: int, path: Path, problems: list[Problem]) -> None:
        self.sheet, self.row, self.path, self.problems = sheet, row, path, problems

    def _value(self, column: int) -> Any:
        cell = self.sheet.cell(self.row, column + 1)
        if cell.data_type in ("f", "e"):
            what = "a formula" if cell.data_type == "f" else "an error"
            self._problem(cell, f"holds {what} where words are expected: {cell.value}.", "Write the words, or paste them as values.")  # fmt: skip
            return None
        return cell.value

    def _problem(self, cell: Any, what: str, mend: str) -> None:
        self.problems.append(Problem(what, f"{self.path}, sheet {self.sheet.title}, cell {cell.coordinate}", mend))

    def text(self, column: int) -> str:
        value = self._value(column)
        if isinstance(value, (dt.datetime, dt.date)):
            return value.isoformat()[:10]
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        return "" if value is None else str(value)

    def day(self, column: int) -> dt.date | None:
        value = self._value(column)
        if value is None or value == "":
            return None
        if isinstance(value, dt.datetime):
            return value.date()
        try:
            return dt.date.fromisoformat(str(value).strip())
        except ValueError:
            self._problem(self.sheet.cell(self.row, column + 1), f"“{value}” is no day.", "Write it as 2027-03-31.")
            return None

    def state(self, column: int) -> Any:
        value = self.text(column).strip()
        for state in STATES:
            if value.casefold() in {Words(language)(state).casefold() for language in LANGUAGES}:
                return state
        if value:
            self._problem(self.sheet.cell(self.row, column + 1), f"“{value}” is no state.", f"Write one of: {', '.join(STATES)}.")  # fmt: skip
        return STATES[0]


def _merged(entry: Answer | StepState, before: Answer | StepState, written: Mapping[str, str], cells: _Cells, problems: list[Problem]) -> dict[str, Any]:  # fmt: skip
    """Each cell: as the workbook has it where it was changed there, else as it is now."""
    found, now, here = {}, _cells_of(before), _cells_of(entry)
    empty = _cells_of(type(entry)(id=entry.id))
    for name, value in here.items():
        was = written.get(name, empty[name])
        if value == was or value == now[name]:
            found[name] = getattr(before, name)
        elif now[name] == was:
            found[name] = getattr(entry, name)
        else:
            problems.append(Problem(
                f"{name.replace('_', ' ')} of {entry.id} was changed here (“{value}”) and in {worksheet.FILE_NAME} (“{now[name]}”).",
                f"{cells.path}, sheet {cells.sheet.title}, row {cells.row}", "Put into one of them what the other says.",
            ))  # fmt: skip
    return found


def _answers(sheet: Any, path: Path, before: Worksheet, written: dict[str, dict[str, str]], problems: list[Problem]) -> Iterator[Answer]:  # fmt: skip
    for ident, row in _rows(sheet, list(worksheet_questions.BY_ID), path, problems):
        cells, was = _Cells(sheet, row, path, problems), before.to(ident)
        here = Answer.model_construct(id=ident, answer=cells.text(ANSWER), responsible=cells.text(RESPONSIBLE), by_when=cells.day(BY_WHEN), open_points=cells.text(OPEN_POINTS), evidence="")  # fmt: skip
        merged = _merged(here, was, written.get(ident, {}), cells, problems)
        seen = was.evidence if merged.get("answer") == was.answer else cells.text(SHOWN)
        found = Answer.model_construct(**{**was.model_dump(), **merged, "evidence": seen})
        if found != Answer.model_construct(id=ident, answer="", responsible="", by_when=None, open_points="", evidence=seen):  # fmt: skip
            yield found


def _steps(sheet: Any, path: Path, before: Worksheet, written: dict[str, dict[str, str]], problems: list[Problem]) -> Iterator[StepState]:  # fmt: skip
    for ident, row in _rows(sheet, list(checklist.BY_ID), path, problems):
        cells, was = _Cells(sheet, row, path, problems), before.of(ident)
        here = StepState.model_construct(id=ident, state=cells.state(STATE), responsible=cells.text(STEP_RESPONSIBLE), by_when=cells.day(STEP_BY_WHEN), note=cells.text(NOTE))  # fmt: skip
        found = StepState.model_construct(**{**was.model_dump(), **_merged(here, was, written.get(ident, {}), cells, problems)})  # fmt: skip
        if found != StepState(id=ident):
            yield found
