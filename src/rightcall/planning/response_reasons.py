"""The reasoning on question 1, in words with figures: what the simulated designs say, and what Durham chose and saw."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from rightcall.locale import N_, Message, Share
from rightcall.planning.response_model import Comparison, Simulated
from rightcall.simulation import figures

# Where a further unit brings less than this share of the calls, it brings little.
LITTLE = 0.01
# Fewer calls than this an hour on duty are few: less than one in thirty hours.
SELDOM = 1 / 30
DURHAM = (
    N_("Durham began in June 2022 with a desk in the 911 center, one community team and care navigation, on weekdays in a third of the city; co-response came in September."),
    N_("In its first nine months it answered about 4,680 of 23,000 eligible calls (20 %), about a third of them by phone."),
    N_("It went citywide, 12 hours a day on all days, in October 2023. In April 2025 it said that it answered 50 to 55 % of the eligible calls, by the desk's own list about 75 %, by co-response 12 %; nothing ran from midnight to 6."),
    N_("For the next budget its manager chose more hours of the day before the night."),
    N_("Sources: CBS17 and INDY Week 2022–2023, Community Spirit and the city's budget of 2025. Shares of other cities speak of their own calls and hours."),
)  # fmt: skip


def answer(comparison: Comparison) -> list[Message]:
    """What the designs say, the most important first."""
    base = comparison.base
    eligible = base.spread("eligible").value / base.years
    coverage, on_duty = base.spread("coverage"), base.spread("coverage_on_duty")
    said = [
        Message(N_("As written, the program would answer {share} ({low} to {high}) of about {n} calls a year that are for it; of those that come while it is on duty, {duty}."),
                {"share": Share(coverage.value), "low": Share(coverage.low), "high": Share(coverage.high), "n": round(eligible), "duty": Share(on_duty.value)}),
    ]  # fmt: skip
    return [*said, *_missed(base), *_idle(base), *_best(comparison), *_next_unit(comparison), *_unknown(comparison)]


def _missed(base: Simulated) -> list[Message]:
    """Why calls are missed: hours, load and use are three different ails."""
    reasons = dict(zip(figures.REASONS, base.mean("reasons"), strict=True))
    total = sum(reasons.values())
    if not total:
        return []
    hours, busy, chosen = (reasons[name] / total for name in ("outside hours", "all busy", "dispatcher chose police"))
    said = [Message(N_("Of the calls it would miss, {hours} come when no such team is on duty, {busy} find every unit busy, and {chosen} are not offered to it by the center; the rest are canceled or give up."),
                    {"hours": Share(hours), "busy": Share(busy), "chosen": Share(chosen)})]  # fmt: skip
    worst = max((hours, 0), (busy, 1), (chosen, 2))[1]
    advice = (
        N_("More hours on duty would help more than more units."),
        N_("More units would help more than more hours on duty."),
        N_("Nothing would help as much as the work with the telecommunicators who offer the calls."),
    )[worst]
    return [*said, Message(advice)]


def _idle(base: Simulated) -> list[Message]:
    """Teams on duty that hardly any call reaches: rules ask for what no export records, or the city is small."""
    names = {team.id: team.name for team in base.model.program.team}
    said = []
    for number, team in enumerate(base.layout.teams):
        hours = float(base.mean("team_duty_hours")[number]) / base.years
        calls = float(base.mean("team_responses")[number]) / base.years
        if hours > 0 and calls < SELDOM * hours:
            said.append(Message(
                N_("“{team}” would be on duty {hours} hours a year for about {calls} calls. Either few calls are for it here, or its rule asks for what the export does not record, such as who calls."),
                {"team": names[team], "hours": round(hours), "calls": round(calls)},
            ))  # fmt: skip
    return said


def _best(comparison: Comparison) -> list[Message]:
    """The design that adds most for what it takes more, and those that another one beats."""
    base, said = comparison.base, []
    gains = []
    for design in comparison.designs[1:]:
        gain, more = comparison.difference(design, "coverage"), comparison.effort(design) - comparison.effort(base)
        if gain.low > 0 and more > 0:
            gains.append((gain.value / more, design, gain, more))
    if gains:
        _, design, gain, more = max(gains, key=lambda each: each[0])
        values = {"name": design.title, "gain": points(gain.value), "low": points(gain.low), "high": points(gain.high), "more": int(round(more, -3))}  # fmt: skip
        if comparison.money:
            said.append(Message(N_("Most coverage for its money adds “{name}”: {gain} points ({low} to {high}) for ${more} a year more."), values))  # fmt: skip
        else:
            said.append(Message(N_("Most coverage for its staff hours adds “{name}”: {gain} points ({low} to {high}) for {more} hours a year more."), values))  # fmt: skip
    names = {design.id: design.title for design in comparison.designs}
    beaten = [Message(N_("“{name}” by “{better}”"), {"name": names[one], "better": names[other]}) for one, other in comparison.dominated.items()]  # fmt: skip
    if beaten:
        said.append(
            Message(N_("Beaten by a design that takes no more and answers no fewer calls: {list}."), {"list": beaten})
        )
    return said


def _next_unit(comparison: Comparison) -> list[Message]:
    curve = [(units, design.spread("coverage").value) for units, design in comparison.returns]
    if len(curve) < 2:
        return []
    gains = [(units, after - before) for (_, before), (units, after) in pairwise(curve)]
    enough = next((units - 1 for units, gain in gains if gain < LITTLE), None)
    first = gains[0]
    said = Message(N_("A second unit on the same shifts brings {gain} points."), {"gain": points(first[1])})
    if enough is None:
        return [said]
    return [said, Message(N_("Beyond {units} units each further one brings less than one point."), {"units": enough})]


def _unknown(comparison: Comparison) -> list[Message]:
    top = [swing for swing in comparison.swings[:2] if swing.width >= LITTLE]
    if not top:
        return []
    said = [Message(N_("{what} (at its ends, {low} or {high} of the calls on duty would be answered)"), {"what": Message(swing.entry.title), "low": Share(min(swing.low, swing.high)), "high": Share(max(swing.low, swing.high))}) for swing in top]  # fmt: skip
    return [Message(N_("What matters most and is known least: {list}."), {"list": said})]


def points(share: float) -> str:
    """A share as points of a hundred, with its sign."""
    return "–" if not np.isfinite(share) else f"{100 * share:+.1f}"
