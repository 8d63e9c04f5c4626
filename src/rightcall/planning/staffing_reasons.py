"""The reasoning on questions 3 and 4 in words with figures, and what other cities did."""

from __future__ import annotations

import math
from typing import Any

from rightcall.locale import N_, Message, Share
from rightcall.planning.staffing import pay, shift_types, stretches, week
from rightcall.planning.staffing.employers import Option
from rightcall.planning.staffing.one_team import Staffed
from rightcall.planning.staffing.stretches import Stretch
from rightcall.planning.staffing_model import Staffing
from rightcall.planning.team_structure import ON_EVERY_SHIFT, WHY, Structure
from rightcall.program import people as stated

# How many stretches of half hours are named in a sentence; all stand in the table.
MOST_NAMED = 8

EMPLOYERS = (
    N_("Durham: city employees; the City advertises the posts of clinicians and peers. Why, and who employed the first EMTs, the sources read do not say (city postings 2022 and 2025)."),
    N_("Denver: clinicians under contract (Mental Health Center of Denver, now WellPower) beside paramedics of Denver Health; the program belongs to the city's health department (NLC)."),
    N_("Portland: city employees, first in the fire bureau, then in a public safety service area (our table of peers; not confirmed)."),
    N_("Olympia: a contractor in 2019, later city employees (12 in 2024), paid by a levy of 2017 of about $2.8 million a year (The Olympian; JOLT News)."),
    N_("San Francisco: paramedics of the fire department with clinicians of HealthRIGHT360 and peers of RAMS under contract (Transform911)."),
    N_("Minneapolis: a contract with Canopy Roots, 20 full-time and 6 part-time people, $5.9 million a year (NLC; KSTP, February 2024)."),
    N_("Eugene: a nonprofit, White Bird, from 1989; the service ended there in April 2025 when the city was short of money and the nonprofit too (OPB)."),
    N_("Phoenix: city employees of the fire department; 128 to 130 of them for 19 planned units around the clock, overhead included (City of Phoenix, Legistar)."),
)  # fmt: skip
STRUCTURES = (
    N_("Durham: the clinician leads the crew. Posts seen there: director, assistant director, operations administrator, clinical managers, shift supervisors, data analysts, a community-centered designer (city postings; INDY Week)."),
    N_("Durham began with a department of 15 people approved for the budget of 2022 and has since grown to 83 employees (NewsBreak; Government Performance Lab)."),
    N_("Durham trains its responders for one month before their first shift; elsewhere training takes two to six months (City of Durham, FAQ 766; Government Performance Lab)."),
    N_("Among 554 mobile crisis programs 98 % have behavioral health clinicians, 71 % run around the clock, 52 % have at least 11 full-time people (Goldman et al. 2024)."),
)  # fmt: skip


def answer(staffing: Staffing) -> list[Message]:
    """What question 3 comes to, the most important first."""
    said = [in_all(staffing)]
    before, after = staffing.coverage
    if before is not None and any(staffed.target for staffed in staffing.teams):
        said.append(Message(N_("With these shifts the program would answer {after} ({low} to {high}) of all calls that are for it, in all hours, against {before} with the shifts as written."), {"after": Share(after.value), "low": Share(after.low), "high": Share(after.high), "before": Share(before.value)}))  # fmt: skip
    return [*said, *money(staffing)]


def by_team(staffing: Staffing) -> list[Message]:
    """What every team's shifts are for, and what the simulation says of them."""
    said = []
    for staffed in staffing.teams:
        lines = team(staffed)
        for pattern in week.with_edges(staffing.program.pattern, staffed.open):
            if not shift_types.fits(pattern, staffed.open) and (
                not pattern.roles or set(pattern.roles) & set(staffed.team.crew)
            ):
                lines.append(
                    Message(
                        N_("No shift of “{pattern}” fits into the hours in which it is open."), {"pattern": pattern.id}
                    )
                )
        names = {f"s{number}": line for number, line in enumerate(lines)}
        said.append(Message(" ".join(f"{{{name}}}" for name in names), names))
    return said


def in_all(staffing: Staffing) -> Message:
    """People by role over all teams."""
    roles = [
        Message(N_("{role} {n}"), {"n": round(count, 1), "role": named(role)})
        for role, count in staffing.people.items()
    ]
    return Message(
        N_("The shifts take {total} people working full time: {list}."),
        {"total": round(sum(staffing.people.values()), 1), "list": roles},
    )


def team(staffed: Staffed) -> list[Message]:
    """One team in a sentence or three."""
    name, hours = staffed.team.name, round(staffed.cover.crew_hours)
    people = round(sum(each.people for each in staffed.needed), 1)
    values = {"team": name, "hours": hours, "people": people, "written": round(float(staffed.need.sum()) / 2)}
    if staffed.target is None:
        said = [
            Message(
                N_(
                    "“{team}”: no target is stated, so its shifts as written are staffed ({written} unit hours a week): {hours} crew hours a week, {people} people."
                ),
                values,
            )
        ]
    else:
        target = staffed.target
        values |= {"share": Share(target.share), "minutes": whole(target.within_minutes)}
        at_once = N_(
            "“{team}”, to have a unit free at once for {share} of its calls in every four hours of the week: {hours} crew hours a week, {people} people."
        )
        within = N_(
            "“{team}”, to have a unit free within {minutes} minutes for {share} of its calls in every four hours of the week: {hours} crew hours a week, {people} people."
        )
        said = [Message(within if target.within_minutes else at_once, values)]
    for lines in staffed.undrawn:
        said.append(
            Message(
                N_(
                    "No rotation was found that keeps the rules of work for {n} lines of “{pattern}”: those shifts are covered on paper only. Loosen a rule, or allow other starts."
                ),
                {"n": lines.people, "pattern": named(lines.pattern.id)},
            )
        )
    return [*said, *verdict(staffed)]


def whole(value: float) -> float:
    """A number without decimals where it has none."""
    return int(value) if value == int(value) else value


def verdict(staffed: Staffed) -> list[Message]:
    """What the simulation said of a team's shifts."""
    found, target = staffed.verdict, staffed.target
    if found is None:
        return []
    if not found.asked.any():
        return [Message(N_("No call came to it in the simulated years."))]
    overall = found.overall
    shares = {
        "value": Share(overall.value),
        "low": Share(overall.low),
        "high": Share(overall.high),
        "n": round(found.a_year),
    }
    if target is None:
        return [
            Message(
                N_(
                    "Simulated, it would be asked for about {n} calls a year while it is on duty; a unit would be free at once for {value} ({low} to {high}) of them."
                ),
                shares,
            )
        ]
    missed = missed_half_hours(staffed)
    if not missed:
        return [
            Message(
                N_(
                    "Simulated on other luck than the shifts were fitted on, {value} ({low} to {high}) of the about {n} calls a year that it is asked for find a unit in time; no half hour of the week misses the target by more than chance."
                ),
                shares,
            )
        ]
    listed = [
        Message(N_("{when} ({points} points)"), {"when": when(each), "points": round(each.value, 1)})
        for each in missed[:MOST_NAMED]
    ]
    simulated = N_(
        "Simulated on other luck than the shifts were fitted on, {value} ({low} to {high}) of the about {n} calls a year that it is asked for find a unit in time; every block of four hours reaches the target."
    )
    if found.missed_blocks:
        simulated = N_(
            "Simulated on other luck than the shifts were fitted on, {value} ({low} to {high}) of the about {n} calls a year that it is asked for find a unit in time; blocks of four hours below the target: {blocks} of 42."
        )
    return [
        Message(simulated, {**shares, "blocks": len(found.missed_blocks)}),
        Message(N_("Half hours that miss the target by more than chance, {n} in all: {list}."), {"n": int(found.missed_slots.sum()), "list": listed}),
    ]  # fmt: skip


def missed_half_hours(staffed: Staffed) -> list[Stretch]:
    """Stretches that miss the target by more than chance, and by how many points."""
    found = staffed.verdict
    if found is None or staffed.target is None:
        return []
    return stretches.of(found.missed_slots, 100 * found.shortfall)


def when(stretch: Stretch) -> Message:
    """Days and clock of a stretch in the reader's language."""
    days: Any = [Message(stretches.NAMES[day]) for day in stretch.days]
    if stretch.in_a_row:
        days = Message(N_("{first}–{last}"), {"first": days[0], "last": days[-1]})
    return Message(N_("{days} {clock}"), {"days": days, "clock": stretch.clock})


def money(staffing: Staffing) -> list[Message]:
    """What the employers would cost, as far as anybody says."""
    known = [option for option in staffing.options if option.high > 0]
    if not known:
        return [Message(N_("What that costs is not known: no position of these roles states its pay."))]
    listed = [Message(N_("{name} ${low} to ${high}"), {"name": name_of(option), "low": int(round(option.low, -3)), "high": int(round(option.high, -3))}) for option in known]  # fmt: skip
    said = [Message(N_("A year of pay and of what else is known: {list}."), {"list": listed})]
    unpaid = list(pay.unpriced(staffing.program, staffing.people))
    if unpaid:
        said.append(
            Message(
                N_(
                    "In these sums are the crews and the positions whose number and pay are stated; these are not, nor any that is proposed: {list}."
                ),
                {"list": unpaid},
            )
        )
    even = staffing.break_even
    if even is not None and any(option.missing for option in known):
        cheap, dear = (even.second, even.first) if even.room > 0 else (even.first, even.second)
        said.append(Message(N_("What is known favors “{cheap}” by ${room} a year, in the middle of the ranges: its unknown costs may exceed those of “{dear}” by that much before it is the dearer one."), {"cheap": title(cheap), "dear": title(dear), "room": int(round(abs(even.room), -3))}))  # fmt: skip
    elif even is not None:
        cheaper = even.second if even.room > 0 else even.first
        said.append(
            Message(
                N_("“{name}” is cheaper by ${room} a year."),
                {"name": title(cheaper), "room": int(round(abs(even.room), -3))},
            )
        )
    if even is not None and even.overhead is not None and even.overhead > 0:
        said.append(Message(N_("They break even where the overhead of “{second}” is {overhead} of its pay with benefits."), {"second": title(even.second), "overhead": Share(even.overhead)}))  # fmt: skip
    if even is not None and even.people is not None:
        said.append(
            Message(
                N_("By size they break even at about {n} people: fixed costs weigh more on a small program."),
                {"n": math.ceil(even.people)},
            )
        )
    return said


def name_of(option: Option) -> Message | str:
    """What an option is called."""
    return title(option.name)


def title(name: str) -> Message | str:
    """Our own names in the reader's language, the city's as they are."""
    return Message(name) if name in (N_("the city"), N_("a contractor"), N_("hybrid")) else name


def named(name: str) -> Message | str:
    """Roles, patterns and reasons for absence: ours in the reader's language, the city's as they are."""
    return Message(name) if name in OURS else name


OURS = (N_("five eights"), N_("four tens"), N_("three twelves"), N_("clinician"), N_("peer"), N_("emt"), N_("paramedic"), N_("nurse"), N_("navigator"), N_("absent"), N_("vacation"), N_("sick leave"), N_("holidays"), N_("training"))  # fmt: skip


def structure(found: Structure) -> list[Message]:
    """What question 4 comes to."""
    proposed = [post for post in found.posts if post.proposed]
    said = [Message(N_("The program needs about {n} posts; {new} of them are proposals that the document does not name."), {"n": round(found.people), "new": round(sum(post.count or 0 for post in proposed))})]  # fmt: skip
    for duty in found.duties:
        values = {"duty": Message(duty.name), "why": Message(WHY[duty.name]), "n": round(duty.wanted, 1)}
        if duty.forgotten and duty.name in ON_EVERY_SHIFT:
            said.append(
                Message(
                    N_("Nobody is named for {duty}: {why}. Every shift takes {n} people, or somebody on call."), values
                )
            )
        elif duty.forgotten:
            said.append(Message(N_("Nobody is named for {duty}: {why}."), values))
        elif duty.name in ON_EVERY_SHIFT and duty.share is not None and duty.share < 1:
            said.append(Message(N_("Those who are named for {duty} can be there for {share} of the hours on duty; every shift takes {n} people, or somebody on call."), {"duty": Message(duty.name), "share": Share(duty.share), "n": round(duty.wanted, 1)}))  # fmt: skip
    if found.outside:
        listed = [
            Message(N_("{title} to {above}"), {"title": title_, "above": above}) for title_, above in found.outside
        ]
        said.append(Message(N_("These report to somebody who is no position here: {list}."), {"list": listed}))
    wide = [span for span in found.spans if span.each > found.most]
    if wide:
        listed = [Message(N_("{title} ({n} each)"), {"title": span.title, "n": round(span.each, 1)}) for span in wide]
        said.append(Message(N_("More direct reports than {most}: {list}."), {"most": found.most, "list": listed}))
    said += telecommunicators(found)
    return [*said, *hiring(found)]


def telecommunicators(found: Structure) -> list[Message]:
    """The call-takers' own extra minutes."""
    values = {"calls": round(found.assessed), "one": round(found.a_minute, 2)}
    if found.telecommunicators is None:
        return [Message(N_("The 911 center pays too: for about {calls} calls a year that are assessed for the program, each minute more takes {one} telecommunicators. How many minutes it takes nobody has said yet."), values)]  # fmt: skip
    minutes, people = found.telecommunicators
    return [Message(N_("The 911 center pays too: {minutes} minutes more for each of about {calls} calls a year take {n} telecommunicators."), {**values, "minutes": whole(minutes), "n": round(people, 1)})]  # fmt: skip


def hiring(found: Structure) -> list[Message]:
    """The hiring plan, and what being late costs."""
    hires = found.hires
    if hires is None:
        return []
    said = [Message(N_("Posted on {posted}, the {n} people of the crews could be on shift on {first}."), {"posted": hires.posted, "n": sum(hires.people.values()), "first": hires.first_shift})]  # fmt: skip
    if hires.all_on_shift > hires.first_shift:
        said = [Message(N_("Posted on {posted}, the first people of the crews could be on shift on {first} and all {n} on {last}."), {"posted": hires.posted, "n": sum(hires.people.values()), "first": hires.first_shift, "last": hires.all_on_shift})]  # fmt: skip
    listed = []
    for late in hires.late:
        calls = int(round(late.missed, -1))
        if late.months:
            listed.append(Message(N_("{n} months late: {calls} calls"), {"n": late.months, "calls": calls}))
        else:
            listed.append(
                Message(
                    N_("{share} of the posts empty all year: {calls} calls"),
                    {"share": Share(late.empty), "calls": calls},
                )
            )
    said.append(
        Message(
            N_("Calls of the first year that late hiring would leave unanswered, simulated: {list}."), {"list": listed}
        )
    )
    return said


DUTY_WORDS = (
    N_("direction"), N_("shift supervision"), N_("clinical supervision"), N_("peer supervision"), N_("training"), N_("analysis"),
)  # fmt: skip
assert set(DUTY_WORDS) == set(stated.DUTIES)
