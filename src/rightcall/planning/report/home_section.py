"""What the pages say on question 2: homes compared over all reasonable weights, who disagrees, what others did."""

from __future__ import annotations

from typing import Any

import numpy as np

from rightcall.locale import N_, Message, Share, Words
from rightcall.planning import home_reasons
from rightcall.planning.home_reasons import criterion_name, option_name
from rightcall.planning.program_home import Choice
from rightcall.planning.report import money_charts
from rightcall.planning.report.blocks import Picture, Section, Table
from rightcall.planning.report.certainty import UNKNOWN_SAID, sourced
from rightcall.planning.report.employment_section import OTHERS
from rightcall.program.document import Program

MOST_NAMED = 3


def in_plan(choice: Choice | None, program: Program, words: Words, *, why_not: str = "") -> Section:
    """The plan's chapter on question 2."""
    title = Message(N_("Question 2: where the program lives"))
    others = [OTHERS, _precedents(program)]
    if choice is None:
        none = (
            Message(N_("The homes could not be compared: {why}"), {"why": why_not})
            if why_not
            else home_reasons.NOT_SCORED
        )
        return Section("home", title, (*home_reasons.named(program), none, *others))
    blocks: list[Any] = [*home_reasons.answer(choice, program), _picture(choice, words), _favored(choice), _scores(choice), _said_by(choice)]  # fmt: skip
    if choice.views:
        blocks.append(_weights(choice))
    return Section("home", title, (*blocks, home_reasons.METHOD, *others))


def _picture(choice: Choice, words: Words) -> Picture:
    order = np.argsort(-choice.first, kind="stable")
    rows = tuple((option_name(choice, int(o)), *(Share(float(share)) for share in choice.ranks[o])) for o in order)
    titles = (Message(N_("home")), *(Message(N_("rank {n}"), {"n": k + 1}) for k in range(len(choice.options))))
    return Picture(
        money_charts.acceptability(choice, words), Message(N_("For which share of all reasonable weights each home comes first, second, third")),
        Message(N_("Of {n} homes, “{one}” comes first most often."), {"n": len(choice.options), "one": option_name(choice, choice.leader)}),
        Table(titles, rows),
    )  # fmt: skip


def _favored(choice: Choice) -> Table:
    """For each home, how often it is first, and the weights that favor it."""
    titles = tuple(Message(t) for t in (N_("home"), N_("comes first"), N_("favored by more weight on"), N_("how sure, at those weights")))  # fmt: skip
    rows: list[tuple[Any, ...]] = []
    even = choice.central[~np.isnan(choice.central).any(axis=1)].mean(axis=0)
    for o in np.argsort(-choice.first, kind="stable"):
        central = choice.central[o]
        if np.isnan(central).any():
            rows.append((option_name(choice, int(o)), Share(0.0), Message(N_("no weights favor it")), "–"))
            continue
        above = [int(c) for c in np.argsort(even - central) if central[c] > even[c]][:MOST_NAMED]
        named = [Message(N_("{criterion} ({share})"), {"criterion": criterion_name(choice, c), "share": Share(float(central[c]))}) for c in above]  # fmt: skip
        rows.append((option_name(choice, int(o)), Share(float(choice.first[o])), named or "–", Share(float(choice.confidence[o]))))  # fmt: skip
    return Table(titles, tuple(rows))


def _scores(choice: Choice) -> Table:
    """The scores as the document gives them, 1 to 5; and who says so."""
    titles = (Message(N_("scores, 1 to 5")), *(criterion_name(choice, c) for c in range(len(choice.criteria))))  # fmt: skip
    rows: list[tuple[Any, ...]] = []
    for o, option in enumerate(choice.options):
        cells: list[Any] = []
        for criterion in choice.criteria:
            score = option.scores.get(criterion.id, "unknown")
            cells.append(UNKNOWN_SAID if isinstance(score, str) else f"{score[0]:g}" if score[0] == score[1] else f"{score[0]:g}–{score[1]:g}")  # fmt: skip
        rows.append((option_name(choice, o), *cells))
    return Table(titles, tuple(rows))


def _said_by(choice: Choice) -> Message:
    """Where the scores come from."""
    listed = [Message(N_("{home} ({source})"), {"home": option_name(choice, o), "source": sourced(option.source)}) for o, option in enumerate(choice.options)]  # fmt: skip
    return Message(N_("Where the scores come from: {list}."), {"list": listed})


def _weights(choice: Choice) -> Table:
    """Each stakeholder's weights, and which home they put first."""
    titles = (Message(N_("stakeholder")), *(criterion_name(choice, c) for c in range(len(choice.criteria))), Message(N_("puts first")))  # fmt: skip
    rows = tuple(
        (view.name, *(Share(float(weight)) if weight else "–" for weight in view.weights), Message(N_("{home} ({share})"), {"home": option_name(choice, view.first), "share": Share(view.share)})) for view in choice.views
    )  # fmt: skip
    return Table(titles, rows)


def _precedents(program: Program) -> Table:
    """What others did, with its source, beside each home: of those that are considered, else of all."""
    asked = [option.id for option in program.home_option if option.id in home_reasons.PRECEDENTS]
    rows = tuple(
        (Message(home_reasons.HOMES[ident]), Message(text))
        for ident in asked or home_reasons.PRECEDENTS for text in home_reasons.PRECEDENTS[ident]
    )  # fmt: skip
    return Table((Message(N_("home")), Message(N_("what others did, with source"))), rows)
