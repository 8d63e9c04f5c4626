"""What a design costs a year, as far as the program document says: people on duty, and what stands in `[[cost]]`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from rightcall.program import shifts
from rightcall.program.document import Program
from rightcall.program.money import YEARLY
from rightcall.program.people import PAY_UNITS, Position

# Benefits on wages of state and local government, paid leave included (BLS ECEC June 2025: 24.63 / 39.31, see
# planning.md section 6). Because they hold paid leave, hours are those worked: nothing is counted twice.
LOAD = 24.63 / 39.31


@dataclass(frozen=True)
class Cost:
    """Dollars a year, `low` to `high`; `missing`: roles on duty whose pay nobody says. None where any is missing."""

    low: float | None
    high: float | None
    staff_hours: float
    missing: tuple[str, ...]

    @property
    def middle(self) -> float | None:
        """The middle of the range."""
        return None if self.low is None or self.high is None else (self.low + self.high) / 2


def of(program: Program, *, first: dt.date, last: dt.date, besides: tuple[str, ...] = ()) -> Cost:
    """The cost of a year of the shifts that begin from `first` to `last`; teams of the kinds `besides` are left out."""
    left_out = {team.id for team in program.team if team.kind in besides}
    kept = shifts.in_years((shift for shift in program.shift if shift.team not in left_out), first=first, last=last)
    crews = {team.id: team.crew for team in program.team}
    hours: dict[str, float] = {}
    staff = 0.0
    laid = shifts.turns(program.model_copy(update={"shift": kept}), first=first, last=last) if kept else []
    year = 365 / ((last - first).days + 1)
    for turn in laid:
        for role, count in (crews[turn.team] or {"": 1}).items():
            hours[role] = hours.get(role, 0.0) + turn.hours * count * year
            staff += turn.hours * count * year
    low = high = 0.0
    missing = []
    for role, worked in hours.items():
        pay = hourly(program.position, role)
        if pay is None:
            missing.append(role)
            continue
        low, high = low + worked * pay[0] * (1 + LOAD), high + worked * pay[1] * (1 + LOAD)
    for cost in program.cost:
        plain = cost.for_each is None and (cost.end is None or cost.end >= program.program.effective)
        if cost.amount != "unknown" and cost.unit in YEARLY and plain:
            low, high = low + cost.amount * YEARLY[cost.unit], high + cost.amount * YEARLY[cost.unit]
    if missing:
        return Cost(None, None, staff, tuple(missing))
    return Cost(low, high, staff, ())


def hourly(positions: Iterable[Position], role: str, *, year: float = PAY_UNITS["year"]) -> tuple[float, float] | None:
    """The lowest and the highest pay an hour of the positions of a role; None where nobody says. `year`: hours paid in it."""
    found = [
        pay for position in positions if position.role == role and (pay := pay_of(position, year=year)) is not None
    ]
    return (min(low for low, _ in found), max(high for _, high in found)) if found else None


def pay_of(position: Position, *, year: float = PAY_UNITS["year"]) -> tuple[float, float] | None:
    """Pay an hour, low and high; None where the position does not say."""
    low, high = position.pay.get("low"), position.pay.get("high", position.pay.get("low"))
    if not isinstance(low, (int, float)) or not isinstance(high, (int, float)):
        return None
    unit = str(position.pay.get("unit", "year"))
    hours = PAY_UNITS.get(unit)
    if hours is None:
        return None
    hours *= 1 if unit == "hour" else year / PAY_UNITS["year"]
    return low / hours, high / hours
