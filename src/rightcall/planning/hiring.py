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
from rightcall.planning.staffing.one_team import Staffed
from rightcall.planning.staffing.shift_types import Crews, ShiftType, units_of
from rightcall.program.document import Program
from rightcall.program.people import Hiring
from rightcall.progress import Progress, silent
from rightcall.simulation import figures, replications
from rightcall.simulation.arrays import Real
from rightcall.simulation.figures import Trial
from rightcall.simulation.scenario import Model

WEEKS_A_MONTH = 365 / 12 / 7
YEAR = 12
RUNS = 10
# Shares of the people at which coverage is simulated; between them it is read off the line.
SHARES = (0.25, 0.5, 0.75, 1.0)
EMPTY = 0.25


@dataclass(frozen=True)
class Month:
    """The people of a hiring plan at the end of a month; of those who are needed, on average over it: the `share` on shift,
    the share `employed`, in training or on shift.
    """

    first_day: dt.date
    in_selection: int
    in_training: int
    on_shift: int
    share: float
    employed: float


@dataclass(frozen=True)
class Late:
    """A hiring that does not go by the plan: months late, or a share of the posts that stays empty.

    `coverage` in each month; `missed`: eligible calls of the first year after the planned first shift that it
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
    program: Program, teams: tuple[Staffed, ...], people: Mapping[str, int], *, at: dt.date, model_of: Callable[[Program], Model],
    workers: int | None = None, progress: Progress = silent,
) -> Hires:  # fmt: skip
    """The hiring plan of `people` by role from the document's steps, and what being late costs.

    `at`: the day of planning; without a day in the document, posts are advertised on the first of the next month.
    `program`: with the shifts of the staffing; `model_of` compiles it with fewer of them.
    """
    said = program.hiring
    posted = said.posted or (at.replace(day=1) + dt.timedelta(days=32)).replace(day=1)
    begins = _begins(sum(people.values()), said)
    lead = dt.timedelta(weeks=said.posting_weeks + said.selection_weeks + said.training_weeks)
    # As far as a first year with the latest of the late ones reaches.
    before = math.ceil((lead.days + 7 * max(begins, default=0.0)) / 30) + 1
    months = tuple(
        _month(posted, number, begins, said) for number in range(before + YEAR + max(said.late_months, default=0))
    )
    curve = _curve(program, teams, model_of, workers, progress)
    shares = [month.share for month in months]
    planned, eligible = _coverage(curve, shares), curve[-1][2]
    first = next(i for i, share in enumerate(shares) if share > 0)
    year = slice(first, first + YEAR)

    def late(months_late: int, empty: float) -> Late:
        coverage = _coverage(curve, [share * (1 - empty) for share in _shifted(shares, months_late)])
        return Late(months_late, empty, coverage, float((planned[year] - coverage[year]).sum()) / YEAR * eligible)

    told = (*(late(k, 0.0) for k in said.late_months), late(0, EMPTY))
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
    day = first_of(posted, number)
    end = (first_of(posted, number + 1) - posted).days / 7
    training = [said.posting_weeks + said.selection_weeks + begin for begin in begins]
    on_shift = sum(start + said.training_weeks <= end for start in training)
    in_training = sum(start <= end < start + said.training_weeks for start in training)
    chosen = len(begins) - on_shift - in_training if end >= said.posting_weeks else 0
    # Who begins on the tenth is there for two thirds of the month.
    began = (day - posted).days / 7

    def there(after: float) -> float:
        parts = [min(1.0, max(0.0, (end - start - after) / (end - began))) for start in training]
        return sum(parts) / len(parts) if parts else 0.0

    return Month(day, chosen, in_training, on_shift, there(said.training_weeks), there(0.0))


def first_of(day: dt.date, months: int) -> dt.date:
    """The first of the month so many months later."""
    number = day.year * 12 + day.month - 1 + months
    return dt.date(number // 12, number % 12 + 1, 1)


def _shifted(shares: list[float], months: int) -> list[float]:
    return [0.0] * months + shares[: len(shares) - months]


def _curve(
    program: Program, teams: tuple[Staffed, ...], model_of: Callable[[Program], Model], workers: int | None,
    progress: Progress,
) -> list[tuple[float, Estimate, float]]:  # fmt: skip
    """Share of the people there → coverage, and eligible calls a year."""
    found = []
    for number, share in enumerate(SHARES):
        progress("Coverage while people are hired", number / len(SHARES))
        part = with_share(program, teams, share)
        if not part.shift:
            found.append((share, Estimate(0.0, 0.0, 0.0), 0.0))
            continue
        model = model_of(part)
        layout = figures.layout(model, layer=None)
        rows = replications.replicate(Trial(model, layout), first=1, count=RUNS, workers=workers)
        eligible = float(rows[:, layout.parts["eligible"]].mean()) * 365 / len(model.city.days)
        found.append((share, intervals.of_runs(rows[:, layout.parts["coverage"]][:, 0]), eligible))
    return found


def with_share(program: Program, teams: tuple[Staffed, ...], share: float) -> Program:
    """The program with the shifts that a share of the people can fill: of teams with a target those with most calls, of the
    others a share of the units of all.
    """
    chosen = {each.team.id: fewer(each, share) for each in teams if each.target is not None}
    part = week.with_crews(program, chosen)
    kept, carry = [], 0.0
    for shift in part.shift:
        if shift.team in chosen or share == 1:
            kept.append(shift)
            continue
        wanted = int(shift.units) * share + carry
        carry = wanted - int(wanted)
        if int(wanted):
            kept.append(shift.model_copy(update={"units": int(wanted)}))
    return week.with_shifts(part, kept)


def fewer(staffed: Staffed, share: float) -> Crews:
    """The crews that a share of the people can fill: shifts with the fewest calls are left out first."""
    kept: dict[ShiftType, list[int]] = {kind: list(counts) for kind, counts in staffed.crews.items()}
    room = math.floor(share * sum(sum(counts) for counts in kept.values()) + 1e-9)
    asked = staffed.verdict.asked if staffed.verdict is not None else np.zeros(0)
    while sum(sum(counts) for counts in kept.values()) > room:
        on = np.maximum(units_of({kind: tuple(counts) for kind, counts in kept.items()}), 1)
        worth = {(kind, day): float((asked / on)[kind.slots(day)].sum()) for kind, counts in kept.items() for day in range(7) if counts[day]}  # fmt: skip
        kind, day = min(worth, key=lambda each: (worth[each], each))
        kept[kind][day] -= 1
    return {kind: tuple(counts) for kind, counts in kept.items() if any(counts)}


def _coverage(curve: list[tuple[float, Estimate, float]], shares: list[float]) -> Real:
    return np.interp(shares, [0.0, *(share for share, _, _ in curve)], [0.0, *(cover.value for _, cover, _ in curve)])
