"""City employees or a contractor: what each would cost a year, what is unknown, and where they break even.

Pay is for hours worked: people × hours at work × pay an hour × (1 + benefits), benefits being those of the Bureau of Labor
Statistics for each hour worked, which hold paid leave; leave is so counted once (`planning.md` section 6).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rightcall.planning import costs
from rightcall.program.document import Program
from rightcall.program.people import Employer, NetHours

CITY, CONTRACTOR = "city", "contractor"
# Benefits on wages in private industry (BLS ECEC June 2025: 29.8 / 70.2, see planning.md section 6).
PRIVATE_LOAD = 0.423
USUAL = (
    Employer(id=CITY, name="the city", kind="city", benefits=round(costs.LOAD, 3), source="BLS ECEC June 2025, state and local government"),
    Employer(id=CONTRACTOR, name="a contractor", kind="contractor", benefits=PRIVATE_LOAD, source="BLS ECEC June 2025, private industry"),
)  # fmt: skip
# Amounts that a city must know of an employer before it can say what it costs.
AMOUNTS = ("benefits", "overhead", "oversight", "liability")
# Clinicians from a contractor and the rest from the city: Denver, San Francisco.
BY_CONTRACTOR = ("clinician",)


@dataclass(frozen=True)
class Work:
    """What is to be paid, by role: people, and hours a year on top of theirs at a share of pay (`extra`: overtime and
    differentials, in hours of pay). `dollars` a year on top, such as on call.
    """

    people: Mapping[str, float]
    extra: Mapping[str, float]
    dollars: float = 0.0


@dataclass(frozen=True)
class Option:
    """A way to employ the people: who employs each role, and dollars a year.

    `low`, `high`: of what is known; `missing`: what nobody says, each as (employer, amount or role). `once`: start-up;
    `first_year`: the share of the first year that it serves. `wages`: pay with benefits, at the middle, by employer.
    """

    name: str
    employers: Mapping[str, str]
    low: float
    high: float
    missing: tuple[tuple[str, str], ...]
    once: float | None
    first_year: float | None
    wages: Mapping[str, float]

    @property
    def middle(self) -> float:
        """The middle of what is known."""
        return (self.low + self.high) / 2


def of(program: Program) -> tuple[Employer, ...]:
    """The employers of the document; else the usual two, with the benefits that are published and all else unknown."""
    return program.employer or USUAL


def options(program: Program, work: Work, *, hours: NetHours) -> tuple[Option, ...]:
    """All by each employer that may, the positions as written where they name several, and clinicians by the contractor."""
    known = of(program)
    roles = [role for role, count in work.people.items() if count > 0]
    found = [
        (each.name or each.id, dict.fromkeys(roles, each.id)) for each in known if not each.roles or set(roles) <= set(each.roles)
    ]  # fmt: skip
    written = {position.role: position.employer for position in program.position if position.employer != "unknown"}
    if len(set(written.values())) > 1 and set(roles) <= set(written):
        found.append(("hybrid", {role: written[role] for role in roles}))
    else:
        city = next((each.id for each in known if each.kind == CITY), None)
        other = next((each.id for each in known if each.kind == CONTRACTOR), None)
        theirs = [role for role in roles if role in BY_CONTRACTOR]
        if city and other and theirs and len(theirs) < len(roles):
            found.append(("hybrid", {role: other if role in theirs else city for role in roles}))
    return tuple(_option(program, name, who, work, hours) for name, who in found)


def _option(program: Program, name: str, who: Mapping[str, str], work: Work, hours: NetHours) -> Option:
    employers = {each.id: each for each in of(program)}
    low = high = work.dollars
    missing: list[tuple[str, str]] = []
    wages: dict[str, float] = {}
    for role, ident in who.items():
        employer = employers[ident]
        pay = hourly(program, role, employer)
        if pay is None:
            missing.append((ident, role))
            continue
        paid = work.people[role] * hours.worked + work.extra.get(role, 0.0)
        load = (1 + _known(employer.benefits)) * (1 + _known(employer.overhead))
        low, high = low + paid * pay[0] * load, high + paid * pay[1] * load
        wages[ident] = wages.get(ident, 0.0) + paid * (pay[0] + pay[1]) / 2 * (1 + _known(employer.benefits))
    used = [employers[ident] for ident in dict.fromkeys(who.values())]
    for employer in used:
        fixed = _known(employer.oversight) + _known(employer.liability)
        low, high = low + fixed, high + fixed
        missing += [(employer.id, amount) for amount in AMOUNTS if getattr(employer, amount) == "unknown"]
    starts = [employer.start_up for employer in used]
    ramps = [employer.ramp_up_months for employer in used]
    once = None if "unknown" in starts else sum(_known(each) for each in starts)
    first = None if "unknown" in ramps else max(0.0, 1 - max(_known(each) for each in ramps) / 12)
    return Option(name, who, low, high, tuple(missing), once, first, wages)


def hourly(program: Program, role: str, employer: Employer) -> tuple[float, float] | None:
    """Pay an hour, low and high: of the employer's own positions, else of anybody's times its share of that pay."""
    own = costs.hourly((p for p in program.position if p.employer == employer.id), role)
    if own is not None:
        return own
    anybody = costs.hourly(program.position, role)
    share = 1.0 if employer.pay is None else employer.pay
    return None if anybody is None else (anybody[0] * share, anybody[1] * share)


def _known(value: float | str) -> float:
    return 0.0 if isinstance(value, str) else float(value)


@dataclass(frozen=True)
class BreakEven:
    """Where a second option costs as much as the first: `room`, dollars a year that its unknown or further costs may add;
    `overhead` as a share of its pay with benefits; `people`, the size at which the two lines cross, None where they do not.
    """

    first: str
    second: str
    room: float
    overhead: float | None
    people: float | None


def break_even(program: Program, all_options: Sequence[Option], *, people: float) -> BreakEven | None:
    """The first option of one employer against the second."""
    alone = [option for option in all_options if len(set(option.employers.values())) == 1]
    if len(alone) < 2 or not people or any(not option.wages for option in alone[:2]):
        return None
    employers = {each.id: each for each in of(program)}
    one, two = alone[0], alone[1]
    room = one.middle - two.middle
    theirs = sum(two.wages.values())
    fixed = [sum(_known(getattr(employers[ident], amount)) for ident in dict.fromkeys(option.employers.values()) for amount in ("oversight", "liability")) for option in (one, two)]  # fmt: skip
    each = [(option.middle - fixed[i]) / people for i, option in enumerate((one, two))]
    crossing = (fixed[1] - fixed[0]) / (each[0] - each[1]) if abs(each[0] - each[1]) > 1e-9 else -1.0
    (other,) = set(two.employers.values())
    overhead = _known(employers[other].overhead) + room / theirs if theirs else None
    return BreakEven(one.name, two.name, room, overhead, crossing if crossing > 0 else None)
