"""What the pages say of the worksheet: the group's answers beside the questions, and how far the checklist is."""

from __future__ import annotations

from typing import Any

from rightcall.locale import N_, Message
from rightcall.planning import checklist, worksheet, worksheet_evidence, worksheet_questions
from rightcall.planning.plan import Plan
from rightcall.planning.report.blocks import Section, Table
from rightcall.planning.report.worksheet_workbook import STATES
from rightcall.planning.worksheet import Answer

HOW = Message(N_("The workbook plan.xlsx has a sheet to fill in, with the evidence beside each question; so has  rightcall worksheet  at the terminal. Answers stay when the plan is made anew, and those whose evidence has changed since are marked."))  # fmt: skip


def in_plan(plan: Plan) -> Section:
    """The chapter on what the working group has decided."""
    title, found = Message(N_("What the working group has decided")), plan.worksheet
    now = {ident: each.fingerprint for ident, each in worksheet_evidence.evidence(plan).items()}
    states = worksheet.states(found, now)
    answered = sum(state != worksheet.OPEN for state in states.values())
    changed = [question.id for question in worksheet_questions.QUESTIONS if states[question.id] == worksheet.CHANGED]
    blocks: list[Any] = [Message(N_("{n} of {all} questions have an answer."), {"n": answered, "all": len(states)})]
    if changed:
        blocks.append(Message(N_("Look again at {list}: the evidence has changed since they were answered."), {"list": changed}))  # fmt: skip
    titles = tuple(Message(t) for t in (N_("question"), N_("our answer"), N_("responsible"), N_("by when"), N_("open points"), N_("state")))  # fmt: skip
    rows, still = [], []
    for question in worksheet_questions.QUESTIONS:
        answer = found.to(question.id)
        name = Message(N_("{number} {question}"), {"number": question.id, "question": Message(question.text)})
        if answer == Answer(id=question.id):
            still.append(name)
            continue
        rows.append((name, answer.answer or "–", answer.responsible or "–", answer.by_when or "–", answer.open_points or "–", Message(states[question.id])))  # fmt: skip
    if rows:
        blocks.append(Table(titles, tuple(rows)))
    if still:
        blocks += [Message(N_("Still open:")), still]
    blocks += [_checklist(plan), HOW]
    return Section("worksheet", title, tuple(blocks))


def _checklist(plan: Plan) -> Table:
    """Steps of each section by how far they are."""
    rows = []
    for section in checklist.SECTIONS:
        states = [plan.worksheet.of(step.id).state for step in checklist.STEPS if step.section == section]
        rows.append((Message(section), *(states.count(state) for state in STATES)))  # type: ignore[arg-type]
    return Table((Message(N_("checklist, steps")), *(Message(state) for state in STATES)), tuple(rows))
