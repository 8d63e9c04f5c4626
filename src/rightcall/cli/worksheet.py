"""`rightcall worksheet`: the group's answers to the five questions, at the terminal or from the plan's workbook."""

from __future__ import annotations

import datetime as dt
import json
import sys
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rightcall.cli.steps import out

if TYPE_CHECKING:
    from rightcall.planning.worksheet import Answer, Worksheet
    from rightcall.planning.worksheet_questions import Question

EXAMPLE = "Example:  rightcall worksheet our-program --plan plan-2025"
KEEP, CLEAR = "", "-"


def command(
    program: Annotated[Path, typer.Argument(help="Folder that holds program.toml, or the file.", show_default=False)],
    plan: Annotated[
        Path | None, typer.Option(help="A folder that `rightcall plan` wrote: the evidence.", show_default=False)
    ] = None,
    workbook: Annotated[
        Path | None, typer.Option(help="Take the answers from a plan.xlsx that was filled in.", show_default=False)
    ] = None,
    only: Annotated[
        str, typer.Option(help="Ask only these questions: 2 for the home, 2.1 for one.", show_default=False)
    ] = "",
    steps: Annotated[bool, typer.Option("--checklist", help="Go through the steps of the checklist instead.")] = False,
    show: Annotated[bool, typer.Option("--show", help="Only show how far it is.")] = False,
) -> None:
    """Answer the planning worksheet; it lies as worksheet.toml beside the program, and plans show it."""
    from rightcall.planning import worksheet
    from rightcall.program import file

    document = file.read_program(program)
    path = worksheet.locate(file.locate(program))
    found, told = worksheet.read(path), _evidence(plan)
    if workbook is not None:
        _take(workbook, found, path, document.program.name)
        found = worksheet.read(path)
    elif not show and sys.stdin.isatty():
        name = document.program.name
        found = _ask_steps(found, path, name) if steps else _ask(found, told, path, name, only)
    _show(found, told, path)


def _evidence(plan: Path | None) -> dict[str, dict[str, Any]]:
    """What a plan says to each question; empty without one."""
    from rightcall.planning.worksheet import WorksheetError

    if plan is None:
        return {}
    where = plan / "plan.json" if plan.is_dir() else plan
    try:
        return {each["id"]: each for each in json.loads(where.read_text(encoding="utf-8"))["worksheet"]}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise WorksheetError("it is no plan with a worksheet.", where=str(where), mend="Give the folder that `rightcall plan` wrote.") from error  # fmt: skip


def _take(workbook: Path, found: Worksheet, path: Path, program: str) -> None:
    from rightcall.planning import checklist, worksheet, worksheet_questions
    from rightcall.planning.report import worksheet_workbook

    read = worksheet_workbook.read(workbook, before=found, program=program)
    questions = sum(read.to(ident) != found.to(ident) for ident in worksheet_questions.BY_ID)
    steps = sum(read.of(ident) != found.of(ident) for ident in checklist.BY_ID)
    kept = ""
    if path.exists() and (questions or steps):
        # A way back: every earlier state stays beside the new one.
        names = (path.with_name(f"{path.name}.before{number or ''}") for number in count())
        old = next(name for name in names if not name.exists())
        old.write_bytes(path.read_bytes())
        kept = f"  (before: {old.name})"
    worksheet.write(read, path, program=program)
    out.print(f"Changed: {questions} of the questions, {steps} of the steps.  → {path}{kept}")
    out.print("Only the worksheet and the checklist are taken from the workbook; what was changed in its budget belongs into program.toml.")  # fmt: skip


def _ask(found: Worksheet, told: dict[str, dict[str, Any]], path: Path, program: str, only: str) -> Worksheet:
    """Ask each question; every answer is written at once, so that nothing is lost when somebody leaves."""
    from rightcall.planning import worksheet, worksheet_questions

    asked = [each for each in worksheet_questions.QUESTIONS if not only or each.id == only or str(each.of) == only]
    if not asked:
        raise typer.BadParameter(f"there is no question {only}: write 1 to 5, or a number such as 2.1.")
    typer.echo("Enter keeps what stands, - clears it, Ctrl-C leaves; what was answered is kept.\n")
    try:
        for question in asked:
            answer = _one(question, found.to(question.id), told.get(question.id))
            if answer != found.to(question.id):
                found = found.with_answer(answer)
                worksheet.write(found, path, program=program)
    except (typer.Abort, KeyboardInterrupt):
        typer.echo("")
    return found


def _ask_steps(found: Worksheet, path: Path, program: str) -> Worksheet:
    """Ask how far each step of the checklist is that is neither done nor not needed."""
    from rightcall.planning import checklist, worksheet
    from rightcall.planning.report.worksheet_workbook import STATES

    typer.echo("Enter keeps what stands, - clears it, Ctrl-C leaves; what was answered is kept.\n")
    try:
        for step in checklist.STEPS:
            before = found.of(step.id)
            if before.state in ("done", "not needed"):
                continue
            typer.echo(typer.style(f"{step.id}  {step.section}: {step.text}", bold=True))
            typer.echo(f"   why: {step.why}\n   done when: {step.done_when}")
            while (state := _prompt(f"   {', '.join(STATES)}", before.state).casefold()) not in STATES:
                typer.echo(f"   “{state}” is no state.")
            changed = {"state": state, "responsible": _prompt("   responsible", before.responsible), "by_when": _day(before.by_when), "note": _prompt("   note", before.note)}  # fmt: skip
            typer.echo("")
            if before.model_copy(update=changed) != before:
                found = found.with_step(before.model_copy(update=changed))
                worksheet.write(found, path, program=program)
    except (typer.Abort, KeyboardInterrupt):
        typer.echo("")
    return found


def _day(before: dt.date | None) -> dt.date | None:
    """A day, asked until it is one."""
    while True:
        written = _prompt("   by when (2027-03-31)", before.isoformat() if before else "")
        try:
            return dt.date.fromisoformat(written) if written else None
        except ValueError:
            typer.echo(f"   “{written}” is no day; write it as 2027-03-31.")


def _one(question: Question, before: Answer, evidence: dict[str, Any] | None) -> Answer:
    from rightcall.planning import worksheet_questions

    typer.echo(typer.style(f"{question.id}  {worksheet_questions.FIVE[question.of - 1]}: {question.text}", bold=True))
    for line in (evidence or {}).get("evidence", []):
        typer.echo(f"   {line}")
    fingerprint = (evidence or {}).get("fingerprint")
    if before.answer and before.state(fingerprint) == "evidence changed":
        typer.echo(typer.style("   The evidence has changed since this was answered.", fg="yellow"))
    answer = _prompt("   answer", before.answer)
    responsible = _prompt("   responsible", before.responsible)
    day = _day(before.by_when)
    points = _prompt("   open points", before.open_points)
    typer.echo("")
    # Whoever looked at the evidence and let the answer stand has answered on it.
    seen = fingerprint if fingerprint is not None and answer else before.evidence
    return before.model_copy(update={"answer": answer, "responsible": responsible, "by_when": day, "open_points": points, "evidence": seen})  # fmt: skip


def _prompt(what: str, before: str) -> str:
    written = str(typer.prompt(what, default=before or KEEP, show_default=bool(before)))
    return "" if written == CLEAR else written


def _show(found: Worksheet, told: dict[str, dict[str, Any]], path: Path) -> None:
    from rich.markup import escape

    from rightcall.planning import checklist, worksheet, worksheet_questions

    states = worksheet.states(found, worksheet.fingerprints_of(list(told.values())))
    for number, name in enumerate(worksheet_questions.FIVE, start=1):
        out.print(f"\n[bold]{number}  {name}[/bold]")
        for question in worksheet_questions.QUESTIONS:
            if question.of == number:
                answer = found.to(question.id)
                who = f"  ({', '.join(filter(None, (answer.responsible, str(answer.by_when or ''))))})" if answer.responsible or answer.by_when else ""  # fmt: skip
                out.print(f"  {question.id}  {states[question.id]:<17} {escape(answer.answer or question.text)}{escape(who)}")  # fmt: skip
    done = sum(found.of(step.id).state in ("done", "not needed") for step in checklist.STEPS)
    out.print(f"\nChecklist: {done} of {len(checklist.STEPS)} steps done or not needed.  → {path}")
