"""City employees or a contractor: what each would cost a year, what is unknown, and where they break even.

Pay is for hours paid: people × hours paid × pay an hour × (1 + benefits), benefits without paid leave, which is in the hours
paid; leave is so counted once (`planning.md` section 6). Overtime and differentials are paid without benefits. The shifts of
posts that stand empty are worked by the others as overtime; their own pay and benefits are saved.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rightcall.planning import costs
from rightcall.program.document import Program
from rightcall.program.people import Employer, NetHours

CITY, CONTRACTOR = "city", "contractor"
# Paid leave is 7.4 % of what private employers pay in all (BLS ECEC, fact sheet on leave, September 2022); the same share is taken
# out of the benefits of both: (38.5 − 7.4) / (61.5 + 7.4) and (29.8 − 7.4) / (70.2 + 7.4), ECEC June 2025.
CITY_BENEFITS, PRIVATE_BENEFITS = 0.451, 0.289
USUAL = (
    Employer(id=CITY, name="the city", kind="city", benefits=CITY_BENEFITS, source="BLS ECEC June 2025, state and local government, less paid leave"),
    Employer(id=CONTRACTOR, name="a contractor", kind="contractor", benefits=PRIVATE_BENEFITS, source="BLS ECEC June 2025, private industry, less paid leave"),
)  # fmt: skip
# Amounts that a city must know of an employer before it can say what it costs.
AMOUNTS = ("benefits", "overhead", "vacancy", "oversight", "liability")
# Clinicians from a contractor and the rest from the city: Denver, San Francisco.
BY_CONTRACTOR = ("clinician",)


@dataclass(frozen=True)
class Work:
    """What is to be paid, by role: people, and hours a year on top of theirs at a share of pay (`extra`: overtime and
    differentials, in hours of pay). `dollars` a year on top, such as on call. `others`: posts beside the crews whose pay is
    stated, each with its number, its pay an hour and who employs it (empty: whoever employs the crews).
    """

    people: Mapping[str, float]
    extra: Mapping[str, float]
    dollars: float = 0.0
    others: tuple[tuple[float, tuple[float, float], str], ...] = ()


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
    employed = of(program)
    roles = [role for role, count in work.people.items() if count > 0]
    found = [
        (each.name or each.id, dict.fromkeys(roles, each.id)) for each in employed if not each.roles or set(roles) <= set(each.roles)
    ]  # fmt: skip
    idents = {each.id: each for each in employed}
    written = _written(program, roles, idents)
    if written is not None:
        found.append(("hybrid", written))
    elif any(each.kind == CITY for each in employed) and any(each.kind == CONTRACTOR for each in employed):
        city, other = (next(each for each in employed if each.kind == kind) for kind in (CITY, CONTRACTOR))
        theirs = [role for role in roles if role in (other.roles or BY_CONTRACTOR)]
        ours = [role for role in roles if role not in theirs]
        if theirs and ours and (not city.roles or set(ours) <= set(city.roles)):
            found.append(("hybrid", {role: other.id if role in theirs else city.id for role in roles}))
    if not found:
        # Nobody may employ all of them: each role by the first who may.
        found = [("hybrid", {role: next(each.id for each in employed if not each.roles or role in each.roles) for role in roles})]  # fmt: skip
    return tuple(_option(program, name, who, work, hours) for name, who in found)


def _written(program: Program, roles: list[str], employed: Mapping[str, Employer]) -> dict[str, str] | None:
    """Who employs each role by the positions, where they name one known employer for each and not all the same."""
    by_role = {
        role: {p.employer for p in program.position if p.role == role and p.employer != "unknown"} for role in roles
    }
    if any(len(named) != 1 or not named <= set(employed) for named in by_role.values()):
        return None
    written = {role: next(iter(named)) for role, named in by_role.items()}
    return written if len(set(written.values())) > 1 else None


def _option(program: Program, name: str, who: Mapping[str, str], work: Work, hours: NetHours) -> Option:
    employers = {each.id: each for each in of(program)}
    low = high = work.dollars
    missing: list[tuple[str, str]] = []
    wages: dict[str, float] = {}
    for role, ident in who.items():
        employer = employers[ident]
        pay = hourly(program, role, employer, year=hours.paid)
        if pay is None:
            missing.append((ident, role))
            continue
        added = _dollars(hours_of_pay(program, role, work, employer, hours=hours), pay, employer)
        low, high = low + added[0], high + added[1]
        wages[ident] = wages.get(ident, 0.0) + sum(added) / 2 / (1 + known(employer.overhead))
    for count, pay, ident in work.others:
        employer = employers.get(ident) or employers[next(iter(who.values()))]
        added = _dollars(Hours(count * hours.paid, 0.0), pay, employer)
        low, high = low + added[0], high + added[1]
        wages[employer.id] = wages.get(employer.id, 0.0) + sum(added) / 2 / (1 + known(employer.overhead))
    used = [employers[ident] for ident in dict.fromkeys(who.values())]
    for employer in used:
        fixed = known(employer.oversight) + known(employer.liability)
        low, high = low + fixed, high + fixed
        missing += [(employer.id, amount) for amount in AMOUNTS if getattr(employer, amount) == "unknown"]
    starts = [employer.start_up for employer in used]
    ramps = [employer.ramp_up_months for employer in used]
    once = None if "unknown" in starts else sum(known(each) for each in starts)
    first = None if "unknown" in ramps else max(0.0, 1 - max(known(each) for each in ramps) / 12)
    return Option(name, who, low, high, tuple(missing), once, first, wages)


@dataclass(frozen=True)
class Hours:
    """Hours of pay a year: `paid`, which carry benefits, and `on_top`, which do not (overtime, differentials)."""

    paid: float
    on_top: float

    def load(self, benefits: float) -> float:
        """All of them as hours of plain pay."""
        return self.paid * (1 + benefits) + self.on_top


def hours_of_pay(program: Program, role: str, work: Work, employer: Employer, *, hours: NetHours) -> Hours:
    """Hours of pay for a role: of its people, what comes on top, and the shifts of empty posts, which others work."""
    people = work.people[role]
    empty = people * known(employer.vacancy)
    rate = 1.0 if role in program.overtime.exempt else program.overtime.rate
    return Hours((people - empty) * hours.paid, work.extra.get(role, 0.0) + empty * hours.net * rate)


def _dollars(hours: Hours, pay: tuple[float, float], employer: Employer) -> tuple[float, float]:
    """Dollars, low and high, of hours of pay, with overhead."""
    load = hours.load(known(employer.benefits)) * (1 + known(employer.overhead))
    return load * pay[0], load * pay[1]


def hourly(program: Program, role: str, employer: Employer, *, year: float) -> tuple[float, float] | None:
    """Pay an hour, low and high: of the employer's own positions, else of anybody's times its share of that pay."""
    own = costs.hourly((p for p in program.position if p.employer == employer.id), role, year=year)
    if own is not None:
        return own
    anybody = costs.hourly(program.position, role, year=year)
    share = 1.0 if employer.pay is None else employer.pay
    return None if anybody is None else (anybody[0] * share, anybody[1] * share)


def known(value: float | str) -> float:
    """An amount, 0 where nobody says it."""
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
    fixed = [sum(known(getattr(employers[ident], amount)) for ident in dict.fromkeys(option.employers.values()) for amount in ("oversight", "liability")) for option in (one, two)]  # fmt: skip
    each = [(option.middle - fixed[i]) / people for i, option in enumerate((one, two))]
    crossing = (fixed[1] - fixed[0]) / (each[0] - each[1]) if abs(each[0] - each[1]) > 1e-9 else -1.0
    (other,) = set(two.employers.values())
    overhead = known(employers[other].overhead) + room / theirs if theirs else None
    return BreakEven(one.name, two.name, room, overhead, crossing if crossing > 0 else None)
