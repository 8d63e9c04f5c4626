"""From posting to first shift, month by month, and what late hiring does to coverage: simulated."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from rightcall.measures import intervals
from rightcall.measures.intervals import Estimate
from rightcall.planning.staffing import week
from rightcall.planning.staffing.cover import ShiftType
from rightcall.planning.staffing.one_team import Staffed
from rightcall.planning.staffing.week import Crews
from rightcall.program.document import Program
from rightcall.program.people import Hiring
from rightcall.simulation import figures, replications
from rightcall.simulation.arrays import Real
from rightcall.simulation.figures import Trial
from rightcall.simulation.scenario import Model

WEEKS_A_MONTH = 365 / 12 / 7
MONTHS = 18
RUNS = 10
# Shares of the people at which coverage is simulated; between them it is read off the line.
SHARES = (0.25, 0.5, 0.75, 1.0)
EMPTY = 0.25


@dataclass(frozen=True)
class Month:
    """The people of a hiring plan at the end of a month, and the share of those who are needed that are on shift."""

    first_day: dt.date
    in_selection: int
    in_training: int
    on_shift: int
    share: float


@dataclass(frozen=True)
class Late:
    """A hiring that does not go by the plan: months late, or a share of the posts that stays empty.

    `coverage` at the end of each month; `missed`: eligible calls of the first year after the planned first shift that it
    leaves unanswered beyond those of the plan.
    """

    months: int
    empty: float
    coverage: Real
    missed: float


@dataclass(frozen=True)
class Hires:
    """A hiring plan: months from posting; coverage of all calls by the share of the people who are there (`curve`).

    `people` to be hired by role; `first_shift`: the planned day; `eligible`: calls a year for the program.
    """

    hiring: Hiring
    people: Mapping[str, int]
    posted: dt.date
    first_shift: dt.date
    all_on_shift: dt.date
    months: tuple[Month, ...]
    curve: tuple[tuple[float, Estimate], ...]
    eligible: float
    planned: Real
    late: tuple[Late, ...]


def plan(
    program: Program, teams: tuple[Staffed, ...], people: Mapping[str, int], *, at: dt.date, model_of: Callable[[Mapping[str, Crews]], Model],
    workers: int | None = None, progress: Callable[[str, float], None] = lambda step, share: None,
) -> Hires:  # fmt: skip
    """The hiring plan of `people` by role from the document's steps, and what being late costs.

    `at`: the day of planning; without a day in the document, posts are advertised on the first of the next month.
    `model_of`: compiles the program with other crews of its teams, by their ids.
    """
    said = program.hiring
    posted = said.posted or (at.replace(day=1) + dt.timedelta(days=32)).replace(day=1)
    begins = _begins(sum(people.values()), said)
    lead = dt.timedelta(weeks=said.posting_weeks + said.selection_weeks + said.training_weeks)
    months = tuple(_month(posted, number, begins, said) for number in range(MONTHS))
    curve = _curve(teams, model_of, workers, progress)
    planned = _coverage(curve, [month.share for month in months])
    eligible = curve[0][2]
    shares = [month.share for month in months]
    first = next((i for i, share in enumerate(shares) if share > 0), MONTHS)
    late = [Late(k, 0.0, _coverage(curve, _shifted(shares, k)), 0.0) for k in said.late_months]
    late.append(Late(0, EMPTY, _coverage(curve, [share * (1 - EMPTY) for share in shares]), 0.0))
    year = slice(first, first + 12)
    told = tuple(
        Late(each.months, each.empty, each.coverage, float((planned[year] - each.coverage[year]).sum()) / 12 * eligible) for each in late
    )  # fmt: skip
    last = max(begins, default=0.0)
    return Hires(
        said, dict(people), posted, posted + lead, posted + lead + dt.timedelta(weeks=last), months,
        tuple((share, estimate) for share, estimate, _ in curve), eligible, planned, told,
    )  # fmt: skip


def _begins(people: int, said: Hiring) -> list[float]:
    """When each person's training begins, in weeks after the first could."""
    if said.most_a_month == "unknown":
        return [0.0] * people
    return [(k // said.most_a_month) * WEEKS_A_MONTH for k in range(people)]


def _month(posted: dt.date, number: int, begins: list[float], said: Hiring) -> Month:
    day = _first_of(posted, number)
    end = (_first_of(posted, number + 1) - posted).days / 7
    training = [said.posting_weeks + said.selection_weeks + begin for begin in begins]
    on_shift = sum(start + said.training_weeks <= end for start in training)
    in_training = sum(start <= end < start + said.training_weeks for start in training)
    chosen = len(begins) - on_shift - in_training if end >= said.posting_weeks else 0
    return Month(day, chosen, in_training, on_shift, on_shift / len(begins) if begins else 0.0)


def _first_of(day: dt.date, months: int) -> dt.date:
    number = day.year * 12 + day.month - 1 + months
    return dt.date(number // 12, number % 12 + 1, 1)


def _shifted(shares: list[float], months: int) -> list[float]:
    return [0.0] * months + shares[: len(shares) - months]


def _curve(
    teams: tuple[Staffed, ...], model_of: Callable[[Mapping[str, Crews]], Model], workers: int | None,
    progress: Callable[[str, float], None],
) -> list[tuple[float, Estimate, float]]:  # fmt: skip
    """Share of the people there → coverage, and eligible calls a year."""
    found = []
    taking = [each for each in teams if each.verdict is not None]
    for number, share in enumerate(SHARES):
        progress("Coverage while people are hired", number / len(SHARES))
        model = model_of({each.team.id: fewer(each, share) for each in taking})
        layout = figures.layout(model, layer=None)
        rows = replications.replicate(Trial(model, layout), first=1, count=RUNS, workers=workers)
        eligible = float(rows[:, layout.parts["eligible"]].mean()) * 365 / len(model.city.days)
        found.append((share, intervals.of_runs(rows[:, layout.parts["coverage"]][:, 0]), eligible))
    return found


def fewer(staffed: Staffed, share: float) -> Crews:
    """The crews that a share of the people can fill: shifts with the fewest calls are left out first."""
    kept: dict[ShiftType, list[int]] = {kind: list(counts) for kind, counts in staffed.crews.items()}
    room = math.floor(share * sum(sum(counts) for counts in kept.values()) + 1e-9)
    asked = staffed.verdict.asked if staffed.verdict is not None else np.zeros(0)
    while sum(sum(counts) for counts in kept.values()) > room:
        on = np.maximum(week.units_of({kind: tuple(counts) for kind, counts in kept.items()}), 1)
        worth = {(kind, day): float((asked / on)[kind.slots(day)].sum()) for kind, counts in kept.items() for day in range(7) if counts[day]}  # fmt: skip
        kind, day = min(worth, key=lambda each: (worth[each], each))
        kept[kind][day] -= 1
    return {kind: tuple(counts) for kind, counts in kept.items() if any(counts)}


def _coverage(curve: list[tuple[float, Estimate, float]], shares: list[float]) -> Real:
    return np.interp(shares, [0.0, *(share for share, _, _ in curve)], [0.0, *(cover.value for _, cover, _ in curve)])
