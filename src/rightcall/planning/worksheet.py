"""The planning worksheet: what a working group answered, who does what by when, beside the evidence of the plan.

It lies as `worksheet.toml` beside the program. Answers stay when the evidence is computed anew; each holds the fingerprint of
the evidence that was seen, so that an answer whose evidence has changed since is marked.
"""

from __future__ import annotations

import datetime as dt
import os
import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal

import tomlkit
from pydantic import Field, ValidationError
from tomlkit.exceptions import TOMLKitError

from rightcall.errors import Problem, RightcallError
from rightcall.locale import N_
from rightcall.planning import checklist, worksheet_questions
from rightcall.program import conditions
from rightcall.program.values import Thing

FILE_NAME = "worksheet.toml"
FORMAT = "rightcall worksheet 1"
# What a cell of a spreadsheet holds, and a little less.
MOST_LETTERS = 30_000
Text = Annotated[str, Field(max_length=MOST_LETTERS)]
OPEN, ANSWERED, CHANGED = N_("open"), N_("answered"), N_("evidence changed")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff\ud800-\udfff]")


class WorksheetError(RightcallError):
    """A worksheet is wrong; all its problems at once."""


class Answer(Thing):
    """What the group answered to a question. `evidence`: the fingerprint of what it had seen."""

    id: str
    answer: Text = ""
    responsible: Text = ""
    by_when: dt.date | None = None
    open_points: Text = ""
    evidence: str = ""

    def state(self, fingerprint: str | None) -> str:
        """Open, answered, or answered on evidence that has changed since; `fingerprint`: of the evidence now, if there is any.
        Who answered without having seen any has not seen another.
        """
        if not self.answer.strip():
            return OPEN
        return CHANGED if fingerprint and self.evidence and fingerprint != self.evidence else ANSWERED


class StepState(Thing):
    """How far a step of the checklist is."""

    id: str
    state: Literal["open", "begun", "done", "not needed"] = "open"
    responsible: Text = ""
    by_when: dt.date | None = None
    note: Text = ""


class Head(Thing):
    """What the file is."""

    format: Literal["rightcall worksheet 1"] = FORMAT  # type: ignore[assignment]
    program: str = ""


class Worksheet(Thing):
    """All answers and steps; what is not in it is open."""

    worksheet: Head = Head()
    answer: tuple[Answer, ...] = ()
    step: tuple[StepState, ...] = ()

    def to(self, question: str) -> Answer:
        """The answer to a question; an empty one where there is none."""
        return next((each for each in self.answer if each.id == question), Answer(id=question))

    def of(self, step: str) -> StepState:
        """How far a step is; open where nobody said."""
        return next((each for each in self.step if each.id == step), StepState(id=step))

    def with_answer(self, answer: Answer) -> Worksheet:
        """The same with one answer more, or another one."""
        kept = {each.id: each for each in self.answer} | {answer.id: answer}
        order = [question.id for question in worksheet_questions.QUESTIONS]
        return self.model_copy(update={"answer": tuple(sorted(kept.values(), key=lambda each: order.index(each.id)))})

    def with_step(self, state: StepState) -> Worksheet:
        """The same with a step further on."""
        kept = {each.id: each for each in self.step} | {state.id: state}
        order = [step.id for step in checklist.STEPS]
        return self.model_copy(update={"step": tuple(sorted(kept.values(), key=lambda each: order.index(each.id)))})


def locate(program: Path) -> Path:
    """The worksheet that lies beside a program: a file, or the folder that holds it."""
    return (program if program.is_dir() else program.parent) / FILE_NAME


def read(path: Path) -> Worksheet:
    """Read a worksheet; an empty one where there is no file. Raises `WorksheetError` with every problem found."""
    if not path.exists():
        return Worksheet()
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise WorksheetError(f"it is not TOML: {error}.", where=str(path), mend="Mend that line; nothing else was changed.") from error  # fmt: skip
    except (OSError, UnicodeDecodeError) as error:
        raise WorksheetError(f"it cannot be read ({error}).", where=str(path)) from error
    return build(content, where=str(path))


def build(content: Mapping[str, Any], *, where: str) -> Worksheet:
    """A worksheet from its content. Raises `WorksheetError` with every problem found."""
    try:
        found = Worksheet.model_validate(content)
    except ValidationError as error:
        raise WorksheetError([Problem(_shape(fault), where, "Mend it; nothing was changed.") for fault in error.errors()]) from error  # fmt: skip
    problems = [Problem(f"{key} {what}", where, mend) for key, what, mend in _faults(found)]
    if problems:
        raise WorksheetError(problems)
    return found


def _shape(fault: Any) -> str:
    key = "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in fault["loc"]).lstrip(".")
    what = "is not a key here" if fault["type"] == "extra_forbidden" else str(fault["msg"])
    shown = repr(fault["input"])
    return f"{key} is wrong: {what[0].lower()}{what[1:]} (it is {shown if len(shown) <= 80 else shown[:77] + '…'})."


def _faults(found: Worksheet) -> list[conditions.Fault]:
    faults: list[conditions.Fault] = []
    for kind, entries, known in (("answer", found.answer, worksheet_questions.BY_ID), ("step", found.step, checklist.BY_ID)):  # fmt: skip
        idents = [each.id for each in entries]
        faults += conditions.twice(kind, idents, "id")
        faults += [
            (f"{kind}[{i}].id", f"“{ident}” is no {'question' if kind == 'answer' else 'step'} of the worksheet.", conditions.nearest(ident, list(known)))
            for i, ident in enumerate(idents, 1) if ident not in known
        ]  # fmt: skip
        for i, each in enumerate(entries, 1):
            faults += [
                (f"{kind}[{i}].{name}", "holds a letter that no spreadsheet can.", "Remove control characters.")
                for name, value in each if isinstance(value, str) and _CONTROL.search(value)
            ]  # fmt: skip
    return faults


def write(found: Worksheet, path: Path, *, program: str) -> None:
    """Write a worksheet whole; comments of the file that is there are kept."""
    document = _document(path)
    document["worksheet"] = {"format": FORMAT, "program": program}
    for kind, entries in (("answer", found.answer), ("step", found.step)):
        before = {str(each.get("id")): each for each in document.get(kind, [])}
        listed = tomlkit.aot()
        for each in entries:
            table = before.get(each.id) or tomlkit.table()
            content = each.model_dump(exclude_defaults=True) | {"id": each.id}
            for name in [name for name in table if name not in content]:
                del table[name]
            for name in type(each).model_fields:
                if name in content and table.get(name) != content[name]:
                    table[name] = _text(content[name])
            listed.append(table)
        if kind in document:
            del document[kind]
        if entries:
            document[kind] = listed
    text = tomlkit.dumps(document)
    build(tomllib.loads(text), where=str(path))
    draft = path.with_name(path.name + ".tmp")
    draft.write_text(text, encoding="utf-8")
    os.replace(draft, path)


def _document(path: Path) -> tomlkit.TOMLDocument:
    if not path.exists():
        document = tomlkit.document()
        document.add(tomlkit.comment("The planning worksheet. Fill it in here, with `rightcall worksheet`, or in the plan's workbook."))  # fmt: skip
        return document
    try:
        return tomlkit.parse(path.read_text(encoding="utf-8"))
    except (TOMLKitError, OSError) as error:
        raise WorksheetError(f"it cannot be read ({error}).", where=str(path)) from error


def _text(value: Any) -> Any:
    """Several lines stand as several lines; TOML would take a first line break away."""
    lines = isinstance(value, str) and "\n" in value and not value.startswith("\n") and "\r" not in value
    return tomlkit.string(value, multiline=True) if lines else value


def states(found: Worksheet, fingerprints: Mapping[str, str]) -> dict[str, str]:
    """The state of every question. `fingerprints`: of the evidence now, by question; empty where there is no plan."""
    return {question.id: found.to(question.id).state(fingerprints.get(question.id)) for question in worksheet_questions.QUESTIONS}  # fmt: skip


def fingerprints_of(told: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """The fingerprints in the worksheet part of a plan.json."""
    return {str(each["id"]): str(each["fingerprint"]) for each in told}
