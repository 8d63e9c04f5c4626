"""What the pages say on question 4: positions, reporting lines, duties, hiring and what lateness costs."""

from __future__ import annotations

import datetime as dt
from typing import Any

from rightcall.locale import N_, Message, Share, Words
from rightcall.planning import staffing_reasons
from rightcall.planning.hiring import Hires
from rightcall.planning.report import charts, staffing_charts
from rightcall.planning.report.blocks import Picture, Section, Table
from rightcall.planning.report.certainty import sourced
from rightcall.planning.report.employment_section import OTHERS
from rightcall.planning.team_structure import WHY, Structure


def in_plan(structure: Structure | None, words: Words) -> Section:
    """The plan's chapter on question 4."""
    title = Message(N_("Question 4: positions and reporting lines"))
    if structure is None:
        return Section("structure", title)
    blocks: list[Any] = [
        *staffing_reasons.structure(structure),
        _chart(structure, words),
        Message(
            N_("Direct reports of a leader: {least} to {most} (source: {source})."),
            {"least": structure.least, "most": structure.most, "source": sourced(structure.norm)},
        ),
        _spans(structure),
        _duties(structure),
    ]
    if structure.hires is not None:
        blocks += _hiring(structure.hires, words)
    blocks += [OTHERS, [Message(text) for text in staffing_reasons.STRUCTURES]]
    return Section("structure", title, tuple(blocks))


def organization(structure: Structure, words: Words) -> str:
    """The organization chart as a file of its own."""
    picture = _chart(structure, words)
    return charts.alone(picture.chart, title=words.value(picture.title), alternative=words.value(picture.alternative))


def _chart(structure: Structure, words: Words) -> Picture:
    keys = {post.key: post.title for post in structure.posts}
    rows = tuple(
        (post.title, "–" if post.count is None else staffing_reasons.whole(post.count), keys.get(post.above, post.above) or "–", [Message(duty) for duty in post.covers] or "–",
         Message(N_("unknown")) if post.employer == "unknown" else post.employer, Message(N_("proposed")) if post.proposed else Message(N_("from the staffing")) if post.derived else Message(N_("in the document")))
        for post in structure.posts
    )  # fmt: skip
    titles = tuple(
        Message(t)
        for t in (
            N_("position"),
            N_("posts"),
            N_("reports to"),
            N_("is there for"),
            N_("employer"),
            N_("where it comes from"),
        )
    )
    return Picture(
        staffing_charts.organization(structure, words), Message(N_("Who reports to whom")),
        Message(N_("An organization chart of {n} positions; the table lists each with its superior. Broken edges: proposals that the document does not name."), {"n": len(structure.posts)}),
        Table(titles, rows, "staffing_positions"), fit=True,
    )  # fmt: skip


def _spans(structure: Structure) -> Table:
    titles = tuple(
        Message(t) for t in (N_("who leads"), N_("posts"), N_("direct reports"), N_("of each"), N_("against the norm"))
    )
    norm = {"least": structure.least, "most": structure.most}
    rows = []
    for span in structure.spans:
        said = N_("within {least} to {most}")
        if span.each > structure.most:
            said = N_("more than {most}")
        elif span.each < structure.least:
            said = N_("fewer than {least}")
        rows.append(
            (
                span.title,
                staffing_reasons.whole(span.holders),
                staffing_reasons.whole(span.reports),
                round(span.each, 1),
                Message(said, norm),
            )
        )
    return Table(titles, tuple(rows))


def _duties(structure: Structure) -> Table:
    titles = tuple(Message(t) for t in (N_("somebody for"), N_("named"), N_("people it takes"), N_("why")))
    rows = tuple(
        (Message(duty.name), staffing_reasons.whole(duty.named), round(duty.wanted, 1), Message(WHY[duty.name]))
        for duty in structure.duties
    )
    return Table(titles, rows)


def _month(day: dt.date, words: Words) -> str:
    return f"{words.month(day.month)} {day.year}"


def _hiring(hires: Hires, words: Words) -> list[Any]:
    said = hires.hiring
    steps = Message(
        N_("Steps: {posting} weeks of posting, {selection} of selection and background checks, {training} of training (source: {source})."),
        {"posting": staffing_reasons.whole(said.posting_weeks), "selection": staffing_reasons.whole(said.selection_weeks), "training": staffing_reasons.whole(said.training_weeks),
         "source": said.source or Message(N_("training as in Durham, the other two assumed"))},
    )  # fmt: skip
    titles = tuple(
        Message(t)
        for t in (N_("month"), N_("in selection"), N_("in training"), N_("on shift"), N_("of those needed, on average"))
    )
    rows = tuple(
        (_month(m.first_day, words), m.in_selection, m.in_training, m.on_shift, Share(m.share))
        for m in hires.months[:12]
    )
    hiring = Picture(
        staffing_charts.hiring(hires, words), Message(N_("From posting to first shift, at the end of each month")),
        Message(N_("Bars by month; all {n} people are on shift on {last}."), {"n": sum(hires.people.values()), "last": hires.all_on_shift}), Table(titles, rows),
    )  # fmt: skip
    heads = (Message(N_("month")), Message(N_("as planned")), *(Message(N_("{n} months late"), {"n": each.months}) if each.months else Message(N_("{share} of the posts empty"), {"share": Share(each.empty)}) for each in hires.late))  # fmt: skip
    months = tuple(
        (
            _month(m.first_day, words),
            Share(float(hires.planned[i])),
            *(Share(float(each.coverage[i])) for each in hires.late),
        )
        for i, m in enumerate(hires.months)
    )
    late = Picture(
        staffing_charts.late(hires, words), Message(N_("What late hiring does to coverage, simulated")),
        Message(N_("Share of all calls for the program that are answered, by month. With a share of the people, the shifts with the fewest calls stay empty first; coverage was simulated at a quarter, a half, three quarters and all of the people.")),
        Table(heads, months),
    )  # fmt: skip
    return [steps, hiring, late]
