"""What the pages say on question 3: shifts, what the simulation says of them, rotations, people, employers."""

from __future__ import annotations

from typing import Any

import numpy as np

from rightcall.locale import N_, Message, Share, Words
from rightcall.planning import staffing_reasons
from rightcall.planning.report import certainty, employment_section, staffing_charts
from rightcall.planning.report.blocks import Figure, Picture, Section, Table, minutes
from rightcall.planning.staffing import rotation, stretches
from rightcall.planning.staffing.one_team import Staffed
from rightcall.planning.staffing.rotation import Rotation
from rightcall.planning.staffing.shift_types import ShiftType
from rightcall.planning.staffing_model import Staffing
from rightcall.program.people import NetHours

SHORT_DAYS = (N_("Mon"), N_("Tue"), N_("Wed"), N_("Thu"), N_("Fri"), N_("Sat"), N_("Sun"))
# Weeks of a rotation that a page shows; the workbook holds all.
MOST_WEEKS = 12
MOST_STRETCHES = 60


def cards(staffing: Staffing) -> tuple[Figure, ...]:
    """The big numbers of question 3."""
    found = [Figure(round(sum(staffing.people.values()), 1), Message(N_("people working full time")), Message(N_("on the crews of {n} teams, relief for leave included"), {"n": len(staffing.teams)}), strong=True)]  # fmt: skip
    for staffed in staffing.teams:
        if staffed.target is not None and staffed.verdict is not None:
            label = (
                N_("of the calls it is asked for find a free unit within {minutes} minutes")
                if staffed.target.within_minutes
                else N_("of the calls it is asked for find a free unit at once")
            )
            found.append(Figure(Share(staffed.verdict.overall.value), Message(label, {"minutes": staffing_reasons.whole(staffed.target.within_minutes)}), Message(N_("{team}, simulated; the target is {share} in every four hours"), {"team": staffed.team.name, "share": Share(staffed.target.share)})))  # fmt: skip
    costs = [option for option in staffing.options if option.high > 0]
    if costs:
        first = costs[0]
        found.append(Figure(Message(N_("${n} million"), {"n": round(first.middle / 1e6, 2)}), Message(N_("a year with {name}"), {"name": staffing_reasons.name_of(first)}), Message(N_("of what is known, for the crews and the positions whose number and pay are stated; the middle of the range"))))  # fmt: skip
    return tuple(found)


def sections(staffing: Staffing, words: Words) -> tuple[Section, ...]:
    """The sections on question 3, one a matter."""
    return (
        *(_team(staffed, words) for staffed in staffing.teams), _rotations(staffing), _people(staffing), employment_section.rules(staffing), employment_section.employment(staffing),
        employment_section.assumptions(staffing),
    )  # fmt: skip


STOPPED = Message(N_("This staffing was stopped before its end: the best found is in it, and it may not be the least."))  # fmt: skip
PRICES = Message(N_("Question 1 prices the hours on duty alone. Here people are paid whole years, with leave, administration and shifts that the cover can spare: the sums differ."))  # fmt: skip


def in_plan(staffing: Staffing | None, why_not: str, words: Words) -> Section:
    """The plan's chapter on question 3: the answer, the evidence, what others did, the assumptions."""
    title = Message(N_("Question 3: shifts, people and employer"))
    if staffing is None:
        said = (Message(N_("The program could not be staffed: {why}"), {"why": why_not}),) if why_not else ()
        return Section("staffing", title, said)
    blocks: list[Any] = [*staffing_reasons.answer(staffing), PRICES, staffing_reasons.by_team(staffing)]
    if not staffing.complete:
        blocks.insert(0, STOPPED)
    for staffed in staffing.teams:
        blocks += [
            Message(N_("Shifts of “{team}”: units that begin them on each day."), {"team": staffed.team.name}),
            shifts_table(staffed),
        ]
        if staffed.target is not None:
            blocks.append(_cover_picture(staffed, words))
    blocks += [
        people_table(staffing),
        parts_of_hours(staffing.hours),
        employment_section.options_table(staffing),
        employment_section.criteria(staffing),
        employment_section.OTHERS,
        [Message(text) for text in staffing_reasons.EMPLOYERS],
        *employment_section.assumptions(staffing).blocks,
    ]
    blocks.append(Message(N_("Who is on when, week by week, as a workbook and as calendars:  rightcall staff")))
    return Section("staffing", title, tuple(blocks))


def _team(staffed: Staffed, words: Words) -> Section:
    blocks: list[Any] = [*staffing_reasons.team(staffed), shifts_table(staffed), _cover_picture(staffed, words)]
    if staffed.reached is not None and staffed.demand is not None:
        reached = staffed.reached
        blocks.append(Message(
            N_("A call keeps a unit for {service} minutes on average. The formula (modified offered load, Erlang C) asks for {first} unit hours a week; with exactly these, {share} of the calls found a unit in time. After {raised} rounds of adding and {lowered} tries of taking away it is {need}; cut into shifts {hours}."),
            {"service": minutes(staffed.demand.service), "first": round(reached.first_need.sum() / 2, 1), "share": Share(reached.first.overall.value), "raised": reached.raised,
             "lowered": reached.lowered, "need": round(float(staffed.need.sum()) / 2, 1), "hours": round(staffed.cover.crew_hours, 1)},
        ))  # fmt: skip
    if staffed.target is not None and staffed.target.same_shifts != "never":
        same = N_(
            'The shifts are the same on all days; different ones (same_shifts = "never" in the target) may take fewer people.'
        )
        if staffed.target.same_shifts == "weekdays":
            same = N_(
                'The shifts are the same from Monday to Friday; different ones (same_shifts = "never" in the target) may take fewer people.'
            )
        blocks.append(Message(same))
    if staffed.verdict is not None and staffed.target is not None:
        blocks.append(_answered_picture(staffed, words))
    blocks.append(proof(staffed))
    return Section(
        f"team-{staffed.team.id}", Message(N_("Shifts of {team}"), {"team": staffed.team.name}), tuple(blocks)
    )


def proof(staffed: Staffed) -> Message:
    """How sure it is that no fewer people would do."""
    cover, more = staffed.cover, sum(each.more for each in staffed.rotations)
    if cover.stopped:
        return Message(N_("These shifts were stopped at the best found so far; fewer people might do, by {gap} at most."), {"gap": Share(min(cover.gap, 1.0))})  # fmt: skip
    if more or staffed.undrawn:
        return Message(N_("Before every rule of work was laid over them, no other shifts that these patterns allow cover these half hours with less: proven. The rules then took {more} lines more, or left some without a rotation; other shifts might take fewer."), {"more": more})  # fmt: skip
    if staffed.reached is None:
        return Message(
            N_(
                "No other shifts that these patterns allow cover the same half hours with less: people counted by their pay where it is known, with what nights and weekends cost on top. That is proven."
            )
        )
    return Message(N_("No other shifts that these patterns allow cover the same half hours with less: people counted by their pay where it is known, with what nights and weekends cost on top. That is proven; that no other half hours would do is not. They are the least that this search found to reach the target."))  # fmt: skip


def shifts_table(staffed: Staffed) -> Table:
    """Units that begin each shift on each weekday."""
    titles = (Message(N_("shift")), *(Message(day) for day in SHORT_DAYS), Message(N_("hours a week")))
    rows = tuple(
        (kind.name, *counts, round(kind.hours * sum(counts), 1)) for kind, counts in sorted(staffed.crews.items())
    )
    return Table(titles, rows, "staffing_shifts")


def _cover_picture(staffed: Staffed, words: Words) -> Picture:
    spare = staffed.cover.units - staffed.need
    rows = tuple(_runs(staffed))
    return Picture(
        staffing_charts.cover(staffed, words), Message(N_("{team}: units needed and on duty, half hour by half hour"), {"team": staffed.team.name}),
        Message(N_("At most {need} units are needed and {on} on duty; {hours} unit hours a week are on duty beyond the need, because shifts are longer than the need."), {"need": int(staffed.need.max()), "on": int(staffed.cover.units.max()), "hours": round(float(np.maximum(spare, 0).sum()) / 2, 1)}),
        Table((Message(N_("when")), Message(N_("units needed")), Message(N_("units on duty"))), rows[:MOST_STRETCHES], "staffing_need", max(0, len(rows) - MOST_STRETCHES)),
    )  # fmt: skip


def _runs(staffed: Staffed) -> list[tuple[Message, int, int]]:
    """Stretches of the same need and cover, alike days together."""
    pairs = staffed.need * 1000 + staffed.cover.units
    found = [each for value in np.unique(pairs) for each in stretches.of(pairs == value, pairs)]
    found.sort(key=lambda each: (each.days, each.clock))
    return [(staffing_reasons.when(each), int(each.value) // 1000, int(each.value) % 1000) for each in found]


def _answered_picture(staffed: Staffed, words: Words) -> Picture:
    assert staffed.verdict is not None
    blocks = staffed.verdict.by_block.reshape(7, 6)
    names = [f"{4 * k:02d}–{4 * k + 4:02d}" for k in range(6)]
    rows = tuple(
        (Message(SHORT_DAYS[day]), *(Share(float(v)) if np.isfinite(v) else "–" for v in blocks[day]))
        for day in range(7)
    )
    return Picture(
        staffing_charts.answered(staffed, words), Message(N_("{team}: calls that find a unit in time, simulated"), {"team": staffed.team.name}),
        Message(N_("By half hour of the week, over {runs} runs; white where no call came or the team is not open."), {"runs": staffed.verdict.runs}),
        Table((Message(N_("day")), *names), rows),
    )  # fmt: skip


def _rotations(staffing: Staffing) -> Section:
    blocks: list[Any] = []
    for staffed in staffing.teams:
        every = {name: (each, line) for name, each, line in rotation.names(staffed.rotations)}
        for each in staffed.rotations:
            lines = [name for name, (of, _) in every.items() if of is each]
            blocks += [_rotation_said(staffed, each, lines), _rotation_table(each, lines)]
        blocks += relief(staffed)
    if blocks:
        blocks.append(Message(N_("* a shift that the cover can do without: who has it stands in for people on leave.")))
    return Section("rotations", Message(N_("Who is on, week by week")), tuple(blocks))


def relief(staffed: Staffed) -> list[Message]:
    """People beside the lines, weekdays without a shift to spare, lines without a free weekend."""
    said, team = [], staffed.team.name
    beside = [Message(N_("{role} {n}"), {"role": staffing_reasons.named(each.role), "n": round(each.people - each.on_lines, 1)}) for each in staffed.needed if each.people - each.on_lines > 0.05]  # fmt: skip
    if beside:
        said.append(
            Message(
                N_("{team}: beside the lines, people without a line of their own stand in for those on leave: {list}."),
                {"team": team, "list": beside},
            )
        )
    bare = [Message(SHORT_DAYS[day]) for day in range(7) if staffed.cover.units.reshape(7, 48)[day].any() and not any(group.spare[w][day] for each in staffed.rotations for group in each.groups for w in range(group.people))]  # fmt: skip
    if bare and staffed.rotations:
        said.append(
            Message(
                N_(
                    "{team}: no line has a shift to spare on {days}; somebody on leave is then replaced by people beside the lines or by overtime."
                ),
                {"team": team, "days": bare},
            )
        )
    always = sum(
        week[5] is not None and week[6] is not None
        for each in staffed.rotations
        if each.pattern.weeks == 1
        for group in each.groups
        for week in group.weeks
    )
    if always:
        said.append(
            Message(
                N_(
                    "{team}: {n} lines work every Saturday and Sunday. A pattern with weeks and weekends would share them."
                ),
                {"team": team, "n": always},
            )
        )
    return said


def _rotation_said(staffed: Staffed, each: Rotation, lines: list[str]) -> Message:
    roles = [staffing_reasons.named(role) for role in each.roles]
    values = {"team": staffed.team.name, "lines": f"{lines[0]}–{lines[-1]}" if len(lines) > 1 else lines[0], "pattern": staffing_reasons.named(each.pattern.id), "roles": roles, "n": each.people, "more": each.more}  # fmt: skip
    if each.more:
        return Message(
            N_(
                "{team}, lines {lines} ({pattern}; one person of each: {roles}). {more} lines more than the shifts need, for the rules of work."
            ),
            values,
        )
    return Message(N_("{team}, lines {lines} ({pattern}; one person of each: {roles})."), values)


def _rotation_table(each: Rotation, lines: list[str]) -> Table:
    """Weeks of a rotation; the line that begins with each week stands before it."""
    rows = []
    at = 0
    for group in each.groups:
        for week, spare in zip(group.weeks, group.spare, strict=True):
            cells = tuple(_cell(kind, extra) for kind, extra in zip(week, spare, strict=True))
            hours = sum(kind.hours for kind in week if kind) + each.pattern.administrative_hours
            rows.append((lines[at], *cells, hours))
            at += 1
    first = Message(N_("line, first week")) if each.pattern.weeks > 1 else Message(N_("line, every week"))
    titles = (first, *(Message(day) for day in SHORT_DAYS), Message(N_("hours paid")))
    return Table(titles, tuple(rows[:MOST_WEEKS]), "staffing_rotations", max(0, len(rows) - MOST_WEEKS))


def _cell(kind: ShiftType | None, spare: bool) -> str:
    return "·" if kind is None else kind.name.replace("–", "\u2060–\u2060") + ("*" if spare else "")


def people_table(staffing: Staffing) -> Table:
    """People by team and role, with every part of the sum."""
    titles = tuple(Message(t) for t in (
        N_("team"), N_("role"), N_("hours on shift a year"), N_("hours one person is on shift"), N_("people by hours"), N_("lines"), N_("people"), N_("posts to budget"),
    ))  # fmt: skip
    rows = tuple(
        (staffed.team.name, staffing_reasons.named(each.role), round(each.on_shift), round(each.each), round(each.by_hours, 2), each.lines, round(each.people, 2), "–" if each.posts is None else round(each.posts, 1))
        for staffed in staffing.teams for each in staffed.needed
    )  # fmt: skip
    return Table(titles, rows, "staffing_people")


def parts_of_hours(hours: NetHours) -> Message:
    """What a person's year is made of."""
    parts = [
        Message(N_("{hours} {part}"), {"hours": round(value), "part": staffing_reasons.named(name)})
        for name, value in {**hours.leave, **hours.duties}.items()
    ]
    values = {
        "paid": round(hours.paid),
        "parts": parts,
        "net": round(hours.net),
        "source": certainty.sourced(hours.source),
    }
    return Message(N_("One person: {paid} hours paid a year, less {parts}, makes {net} (source: {source}). Administrative hours of a pattern come off these; people = hours on shift / hours that one person is on shift, never fewer than the lines."), values)  # fmt: skip


def _people(staffing: Staffing) -> Section:
    blocks: list[Any] = [people_table(staffing), parts_of_hours(staffing.hours)]
    vacancy = staffing.hours.vacancy
    if vacancy is None:
        blocks.append(Message(N_("How many posts to budget beyond these people depends on turnover and on the months that it takes to fill a post; the document does not say both, so no posts for that are counted.")))  # fmt: skip
    else:
        blocks.append(Message(N_("With a turnover of {turnover} a year and {months} months to fill a post, {vacancy} of the posts stand empty: {more} more posts than people are to be budgeted."), {"turnover": Share(float(staffing.hours.turnover)), "months": staffing.hours.months_to_fill, "vacancy": Share(vacancy), "more": Share(vacancy / (1 - vacancy))}))  # fmt: skip
    late = {team: hours for team, hours in staffing.late_hours.items() if hours >= 1}
    names = {staffed.team.id: staffed.team.name for staffed in staffing.teams}
    if late:
        listed = [
            Message(N_("{team}: {hours} crew hours"), {"team": names.get(team, team), "hours": round(hours)})
            for team, hours in late.items()
        ]
        blocks.append(
            Message(
                N_(
                    "A call in progress is finished after the end of a shift; that makes, in a year, {list}, paid as overtime."
                ),
                {"list": listed},
            )
        )
    if staffing.left_out:
        listed = [
            Message(N_("“{team}”: {why}"), {"team": team, "why": Message(why)})
            for team, why in staffing.left_out.items()
        ]
        blocks.append(Message(N_("Not staffed: {list}."), {"list": listed}))
    return Section("people", Message(N_("How many people that takes, and why")), tuple(blocks))
