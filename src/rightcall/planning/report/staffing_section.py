"""What the pages say on question 3: shifts, what the simulation says of them, rotations, people, employers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from rightcall.locale import N_, Message, Share, Words
from rightcall.planning import staffing_reasons
from rightcall.planning.report import staffing_charts
from rightcall.planning.report.blocks import Figure, Picture, Section, Table, minutes
from rightcall.planning.staffing import cover as covers
from rightcall.planning.staffing import employers, people, rotation
from rightcall.planning.staffing.cover import ShiftType
from rightcall.planning.staffing.one_team import Staffed
from rightcall.planning.staffing.rotation import Rotation
from rightcall.planning.staffing_model import Staffing
from rightcall.program import people as stated
from rightcall.program.people import UNKNOWN, NetHours, WorkRule

SHORT_DAYS = (N_("Mon"), N_("Tue"), N_("Wed"), N_("Thu"), N_("Fri"), N_("Sat"), N_("Sun"))
# Weeks of a rotation that a page shows; the workbook holds all.
MOST_WEEKS = 12


def cards(staffing: Staffing) -> tuple[Figure, ...]:
    """The big numbers of question 3."""
    found = [Figure(round(sum(staffing.people.values()), 1), Message(N_("people working full time")), Message(N_("on the crews of {n} teams, relief for leave included"), {"n": len(staffing.teams)}), strong=True)]  # fmt: skip
    for staffed in staffing.teams:
        if staffed.target is not None and staffed.verdict is not None:
            label = (
                N_("of its calls find a unit within {minutes} minutes")
                if staffed.target.within_minutes
                else N_("of its calls find a unit at once")
            )
            found.append(Figure(Share(staffed.verdict.overall.value), Message(label, {"minutes": staffing_reasons.whole(staffed.target.within_minutes)}), Message(N_("{team}, simulated; the target is {share} in every four hours"), {"team": staffed.team.name, "share": Share(staffed.target.share)})))  # fmt: skip
    costs = [option for option in staffing.options if option.high > 0]
    if costs:
        first = costs[0]
        found.append(Figure(Message(N_("${n} million"), {"n": round(first.middle / 1e6, 2)}), Message(N_("a year with {name}"), {"name": staffing_reasons.name_of(first)}), Message(N_("of what is known: pay and benefits, the middle of the range"))))  # fmt: skip
    return tuple(found)


def sections(staffing: Staffing, words: Words) -> tuple[Section, ...]:
    """The sections on question 3, one a matter."""
    return (
        *(_team(staffed, words) for staffed in staffing.teams), _rotations(staffing), _people(staffing), _rules(staffing), _employers(staffing),
        _assumptions(staffing),
    )  # fmt: skip


def in_plan(staffing: Staffing | None, why_not: str, words: Words) -> Section:
    """The plan's chapter on question 3: the answer, the evidence, what others did, the assumptions."""
    title = Message(N_("Question 3: shifts, people and employer"))
    if staffing is None:
        said = (Message(N_("The program could not be staffed: {why}"), {"why": why_not}),) if why_not else ()
        return Section("staffing", title, said)
    blocks: list[Any] = list(staffing_reasons.answer(staffing))
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
        *_employers(staffing).blocks,
        *_assumptions(staffing).blocks,
    ]
    blocks.append(Message(N_("Who is on when, week by week, as a workbook and as calendars:  rightcall staff")))
    return Section("staffing", title, tuple(blocks))


def _team(staffed: Staffed, words: Words) -> Section:
    blocks: list[Any] = [*staffing_reasons.team(staffed), shifts_table(staffed), _cover_picture(staffed, words)]
    if staffed.reached is not None and staffed.demand is not None:
        reached = staffed.reached
        blocks.append(Message(
            N_("A call keeps a unit for {service} minutes on average. The formula (modified offered load, Erlang C) asks for {first} unit hours a week; with exactly these, {share} of the calls found a unit in time. After {raised} rounds of adding and {lowered} of taking away it is {need}; cut into shifts {hours}."),
            {"service": minutes(staffed.demand.service), "first": round(reached.first_need.sum() / 2, 1), "share": Share(reached.first.overall.value), "raised": reached.raised,
             "lowered": reached.lowered, "need": round(float(staffed.need.sum()) / 2, 1), "hours": round(staffed.cover.crew_hours, 1)},
        ))  # fmt: skip
    if staffed.verdict is not None and staffed.target is not None:
        blocks.append(_answered_picture(staffed, words))
    blocks.append(proof(staffed))
    return Section(
        f"team-{staffed.team.id}", Message(N_("Shifts of {team}"), {"team": staffed.team.name}), tuple(blocks)
    )


def proof(staffed: Staffed) -> Message:
    """How sure it is that no fewer people would do."""
    cover = staffed.cover
    if cover.stopped:
        return Message(
            N_("These shifts were stopped at the best found so far; fewer people might do, by {gap} at most."),
            {"gap": Share(cover.gap)},
        )
    if staffed.reached is None:
        return Message(
            N_("No other shifts that these patterns allow cover the same half hours with fewer people: proven.")
        )
    return Message(N_("No other shifts that these patterns allow cover the same half hours with fewer people: proven. That no other half hours would do is not proven; they are the least that this search found to reach the target."))  # fmt: skip


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
        Table((Message(N_("when")), Message(N_("units needed")), Message(N_("units on duty"))), rows[:60], "staffing_need"),
    )  # fmt: skip


def _runs(staffed: Staffed) -> list[tuple[Message, int, int]]:
    """Stretches of the same need and cover, alike days together."""
    pairs = staffed.need * 1000 + staffed.cover.units
    found = [each for value in np.unique(pairs) for each in covers.stretches(pairs == value, pairs)]
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
        Message(N_("By half hour of the week, over {runs} simulated years; white where no call came or the team is not open."), {"runs": staffed.verdict.runs}),
        Table((Message(N_("day")), *names), rows),
    )  # fmt: skip


def _rotations(staffing: Staffing) -> Section:
    blocks: list[Any] = []
    for staffed in staffing.teams:
        every = {name: (each, line) for name, each, line in rotation.names(staffed.rotations)}
        for each in staffed.rotations:
            lines = [name for name, (of, _) in every.items() if of is each]
            blocks += [_rotation_said(staffed, each, lines), _rotation_table(each, lines)]
        for lines_of in staffed.undrawn:
            blocks.append(Message(N_("“{team}”: the rules of work leave no rotation for {n} lines of “{pattern}”; its shifts are covered on paper only. Loosen a rule, or allow other starts."), {"team": staffed.team.name, "n": lines_of.people, "pattern": staffing_reasons.named(lines_of.pattern.id)}))  # fmt: skip
    if blocks:
        blocks.append(Message(N_("* a shift that the cover can do without: who has it stands in for people on leave.")))
    return Section("rotations", Message(N_("Who is on, week by week")), tuple(blocks))


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
    titles = (first, *(Message(day) for day in SHORT_DAYS), Message(N_("hours")))
    return Table(titles, tuple(rows[:MOST_WEEKS]), "staffing_rotations", max(0, len(rows) - MOST_WEEKS))


def _cell(kind: ShiftType | None, spare: bool) -> str:
    return "·" if kind is None else kind.name + ("*" if spare else "")


def people_table(staffing: Staffing) -> Table:
    """People by team and role, with every part of the sum."""
    titles = tuple(Message(t) for t in (
        N_("team"), N_("role"), N_("hours on shift a year"), N_("hours one person is on shift"), N_("people by hours"), N_("lines"), N_("people"), N_("posts to budget"),
    ))  # fmt: skip
    rows = tuple(
        (staffed.team.name, staffing_reasons.named(each.role), round(each.on_shift), round(each.each), round(each.by_hours, 2), each.lines, round(each.people, 2), "–" if each.posts is None else math.ceil(each.posts - 1e-6))
        for staffed in staffing.teams for each in staffed.needed
    )  # fmt: skip
    return Table(titles, rows, "staffing_people")


def parts_of_hours(hours: NetHours) -> Message:
    """What a person's year is made of."""
    parts = [
        Message(N_("{hours} {part}"), {"hours": round(value), "part": staffing_reasons.named(name)})
        for name, value in {**hours.leave, **hours.duties}.items()
    ]
    values = {"paid": round(hours.paid), "parts": parts, "net": round(hours.net), "source": _source(hours.source)}
    return Message(N_("One person: {paid} hours paid a year, less {parts}, leave {net} (source: {source}). Administrative hours of a pattern come off these; people = hours on shift / hours that one person is on shift, never fewer than the lines."), values)  # fmt: skip


def _source(text: str) -> Message | str:
    return Message(N_("none stated")) if not text else Message(text) if text in OURS else text


def _people(staffing: Staffing) -> Section:
    blocks: list[Any] = [people_table(staffing), parts_of_hours(staffing.hours)]
    vacancy = staffing.hours.vacancy
    if vacancy is None:
        blocks.append(Message(N_("How many posts to budget beyond these people depends on turnover and on the months that it takes to fill a post; the document says neither, so no posts for that are counted.")))  # fmt: skip
    else:
        blocks.append(Message(N_("With a turnover of {turnover} a year and {months} months to fill a post, {vacancy} of the posts stand empty: that many more are to be budgeted."), {"turnover": Share(float(staffing.hours.turnover)), "months": staffing.hours.months_to_fill, "vacancy": Share(vacancy)}))  # fmt: skip
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


def _rules(staffing: Staffing) -> Section:
    rows = tuple(
        (Message(rule.kind), _limit(rule), ", ".join(rule.roles) or Message(N_("everybody")), _source(rule.source))
        for rule in staffing.rules
    )
    patterns = tuple(
        (staffing_reasons.named(p.id), staffing_reasons.whole(p.hours), p.shifts_a_week, staffing_reasons.whole(p.administrative_hours), p.weeks, "–" if p.weekends is None else Message(N_("{work} of {of}"), {"work": p.weekends.work, "of": p.weekends.of}), _source(p.source))
        for p in staffing.patterns
    )  # fmt: skip
    overtime = staffing.program.overtime
    titles = tuple(Message(t) for t in (N_("pattern"), N_("hours of a shift"), N_("shifts a week"), N_("administrative hours a week"), N_("weeks of rotation"), N_("weekends worked"), N_("source")))  # fmt: skip
    return Section(
        "rules", Message(N_("How people may work")),
        (
            Table(titles, patterns), Table(tuple(Message(t) for t in (N_("rule"), N_("limit"), N_("for"), N_("source"))), rows),
            Message(N_("Every rotation was drawn inside these rules. Hours beyond {hours} a week are overtime at {rate} times the pay; work periods of police and firefighters do not hold for these roles."), {"hours": staffing_reasons.whole(overtime.after_hours), "rate": overtime.rate}),
        ),
    )  # fmt: skip


def _limit(rule: WorkRule) -> Message:
    unit, side = stated.RULE_UNITS[rule.kind]
    said = {("hours", "at_least"): N_("at least {n} hours"), ("hours", "at_most"): N_("at most {n} hours"), ("days", "at_most"): N_("at most {n} days"), ("days", "at_least"): N_("at least {n} days")}  # fmt: skip
    return Message(said[unit, side], {"n": staffing_reasons.whole(rule.number)})


def _employers(staffing: Staffing) -> Section:
    names = {e.id: staffing_reasons.title(e.name or e.id) for e in employers.of(staffing.program)}
    titles = tuple(Message(t) for t in (N_("who employs"), N_("known, dollars a year"), N_("not known yet"), N_("start-up, once"), N_("first year served")))  # fmt: skip
    rows = tuple(
        (staffing_reasons.name_of(o), Message(N_("{low} to {high}"), {"low": int(round(o.low, -3)), "high": int(round(o.high, -3))}), _missing(o.missing, names), UNKNOWN_SAID if o.once is None else int(o.once), UNKNOWN_SAID if o.first_year is None else Share(o.first_year))
        for o in staffing.options
    )  # fmt: skip
    found = employers.of(staffing.program)
    hand = tuple(
        (staffing_reasons.title(e.name or e.id), _said(e.benefits), _said(e.overhead), _amount(e.oversight), _amount(e.liability), _text(e.data_access), _text(e.dispatch_control), _source(e.source))
        for e in found
    )  # fmt: skip
    heads = tuple(Message(t) for t in (N_("employer"), N_("benefits on pay"), N_("overhead"), N_("oversight, a year"), N_("liability, a year"), N_("access to data"), N_("control over dispatch"), N_("source")))  # fmt: skip
    others = [Message(text) for text in staffing_reasons.EMPLOYERS]
    return Section(
        "employers", Message(N_("City employees or a contractor")),
        (*staffing_reasons.money(staffing), Table(titles, rows), Table(heads, hand), Message(N_("What others did:")), others),
    )  # fmt: skip


UNKNOWN_SAID = Message(N_("unknown"))


def _missing(missing: tuple[tuple[str, str], ...], names: dict[str, Any]) -> Any:
    """Amounts by who would say them; what is no amount is a role without pay."""
    found = []
    for who, amount in missing:
        said = (
            Message(amount)
            if amount in employers.AMOUNTS
            else Message(N_("pay of {role}"), {"role": staffing_reasons.named(amount)})
        )
        found.append(Message(N_("{amount} ({who})"), {"amount": said, "who": names[who]}))
    return found or "–"


def _said(value: float | str) -> Any:
    return UNKNOWN_SAID if isinstance(value, str) else Share(value)


def _amount(value: float | str) -> Any:
    return UNKNOWN_SAID if isinstance(value, str) else int(value)


def _text(value: str) -> Any:
    return UNKNOWN_SAID if value == UNKNOWN else value


def _assumptions(staffing: Staffing) -> Section:
    rows: list[tuple[Any, ...]] = []
    for staffed in staffing.teams:
        if staffed.target is not None:
            rows.append((Message(N_("target of “{team}”"), {"team": staffed.team.name}), Message(N_("{share} within {minutes} minutes"), {"share": Share(staffed.target.share), "minutes": staffing_reasons.whole(staffed.target.within_minutes)}), _source(staffed.target.source), STATED if staffed.target.source else UNSOURCED))  # fmt: skip
    rows.append(
        (
            Message(N_("net hours of a person")),
            round(staffing.hours.net),
            _source(staffing.hours.source),
            STATED if staffing.program.net_hours else PUBLISHED,
        )
    )
    rows += [(Message(N_("pattern “{name}”"), {"name": staffing_reasons.named(p.id)}), Message(N_("{n} × {hours} hours a week"), {"n": p.shifts_a_week, "hours": staffing_reasons.whole(p.hours)}), _source(p.source), STATED if staffing.program.pattern else USUAL_SAID) for p in staffing.patterns]  # fmt: skip
    rows += [(Message(rule.kind), _limit(rule), _source(rule.source), STATED if rule in staffing.program.work_rule else ASSUMED_SAID) for rule in staffing.rules]  # fmt: skip
    rows += [(Message(N_("benefits, {name}"), {"name": staffing_reasons.title(e.name or e.id)}), _said(e.benefits), _source(e.source), STATED if staffing.program.employer else PUBLISHED) for e in employers.of(staffing.program)]  # fmt: skip
    titles = tuple(Message(t) for t in (N_("assumption"), N_("value"), N_("source"), N_("certainty")))
    return Section(
        "staffing-assumptions", Message(N_("Assumptions, with source and certainty")), (Table(titles, tuple(rows)),)
    )


STATED, PUBLISHED = Message(N_("stated in the program")), Message(N_("published, of another place"))
UNSOURCED = Message(N_("stated in the program without a source"))
USUAL_SAID, ASSUMED_SAID = Message(N_("usual elsewhere; not yet this city's")), Message(N_("assumed; no source"))
OURS = (
    N_("usual in 24-hour services; the city's contract takes its place"), N_("assumed until the contract's article is entered"),
    N_("Durham's postings of 2025"), N_("Local Government Performance Center: 2,080 − 382 = 1,698"),
    N_("BLS ECEC June 2025, state and local government"), N_("BLS ECEC June 2025, private industry"),
    N_("National Incident Management System: 3 to 7, best 5 (FEMA)"),
)  # fmt: skip
assert people.USUAL in OURS
# Names of ours that come out of tables and documents.
NAMES = (
    N_("rest between shifts"), N_("hours a week"), N_("days in a row"), N_("days off in a row"), N_("benefits"), N_("overhead"),
    N_("oversight"), N_("liability"), N_("it has no target and no shifts"),
    N_("it has no target, and nobody says how many units its shifts have"), N_("a crew nobody can form: it has no roles"),
    N_("follow-up is not simulated, so that no target can be checked"), N_("stopped before"),
)  # fmt: skip
