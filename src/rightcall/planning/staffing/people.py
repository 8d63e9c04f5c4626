"""How many people a cover takes, every part named: hours on shift, net hours of a person, lines, relief, empty posts.

People = hours on shift a year / net hours that one person is on shift (`planning.md` section 3), and never fewer than the
lines of the rotation. The posts to budget are more, where posts stand empty between leavers and their successors.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rightcall.planning.staffing.cover import WEEKS_A_YEAR, Cover, net_hours
from rightcall.program import people_faults
from rightcall.program.document import Program
from rightcall.program.people import NetHours, Pattern, WorkRule

# Weeks that are paid in a year: 2,080 hours are 52 of 40.
WEEKS_PAID = 52
# 2,080 paid hours less 382 absent (18.4 %), whatever the absence is made of.
USUAL_HOURS = NetHours(leave={"absent": 382}, source="Local Government Performance Center: 2,080 − 382 = 1,698")
USUAL_STARTS = ("06:00", "07:00", "08:00", "09:00", "10:00", "12:00", "14:00", "15:00", "16:00", "18:00", "20:00", "21:00", "22:00")  # fmt: skip
USUAL = "usual in 24-hour services; the city's contract takes its place"
USUAL_PATTERNS = (
    Pattern(id="five eights", hours=8, shifts_a_week=5, starts=USUAL_STARTS, source=USUAL),
    Pattern(id="four tens", hours=10, shifts_a_week=4, starts=USUAL_STARTS, source=USUAL),
    Pattern.model_validate(
        {"id": "three twelves", "hours": 12, "shifts_a_week": 3, "administrative_hours": 4, "weeks": 6, "weekends": {"work": 1, "of": 3},
         "break_days": 6, "starts": USUAL_STARTS, "source": "Durham's postings of 2025"}
    ),
)  # fmt: skip
ASSUMED = "assumed until the contract's article is entered"
USUAL_RULES = (
    WorkRule(kind="rest between shifts", at_least=10, source=ASSUMED),
    WorkRule(kind="days in a row", at_most=6, source=ASSUMED),
)


def hours_of(program: Program) -> NetHours:
    """What one person works in a year: as the document says, else the usual."""
    return program.net_hours or USUAL_HOURS


def patterns_of(program: Program) -> tuple[Pattern, ...]:
    """How people may work: as the document says, else the usual."""
    return program.pattern or USUAL_PATTERNS


def rules_of(program: Program) -> tuple[WorkRule, ...]:
    """Rules of work: as the document says; where it says none of a kind, the usual."""
    stated = {rule.kind for rule in program.work_rule}
    return (*program.work_rule, *(rule for rule in USUAL_RULES if rule.kind not in stated))


def allowed(program: Program) -> tuple[Pattern, ...]:
    """The patterns as far as the rules of work allow them: without the roles for which they break one, or not at all."""
    roles = sorted({role for team in program.team for role in team.crew})
    found = []
    for pattern in patterns_of(program):
        mine = pattern.roles or tuple(roles)
        barred = {
            role for rule in rules_of(program) if people_faults.against(pattern, rule) for role in (rule.roles or roles)
        }
        left = tuple(role for role in mine if role not in barred)
        if left:
            found.append(pattern.model_copy(update={"roles": left}) if barred & set(mine) else pattern)
    return tuple(found)


@dataclass(frozen=True)
class Needed:
    """People of a role for one team. Hours are a year's.

    `on_shift`: hours that people of the role are on shift; `each`: hours that one of them is; `lines`: of the rotation, `on_lines`: working full time on them;
    `people`: working full time, with relief for leave and other duties; `posts`: to budget, None where turnover or the time to fill is unknown.
    """

    team: str
    role: str
    seats: int
    on_shift: float
    each: float
    lines: int
    on_lines: float
    people: float
    posts: float | None

    @property
    def by_hours(self) -> float:
        """People that the hours on shift take, whatever the lines are."""
        return self.on_shift / self.each if self.each else 0.0


def needed(team: str, crew: Mapping[str, int], cover: Cover, *, hours: NetHours, more: Mapping[tuple[tuple[str, ...], int, str], int]) -> tuple[Needed, ...]:  # fmt: skip
    """People of every role of a team. `more`: lines that a rotation needed beyond the cover, by roles, band and pattern."""
    found = []
    for role, seats in crew.items():
        mine = [lines for lines in cover.lines if role in lines.roles]
        shares = [(sum(k.hours * sum(c) for k, c in each.wanted.items()) * WEEKS_A_YEAR, each.pattern) for each in mine]
        on_shift = sum(part for part, _ in shares)
        drawn = [(each.people + more.get((each.roles, each.band, each.pattern.id), 0), each.pattern) for each in mine]
        lines = sum(count for count, _ in drawn)
        on_lines = sum(count * pattern.paid_hours / (hours.paid / WEEKS_PAID) for count, pattern in drawn)
        filled = sum(part / net_hours(pattern, net=hours.net) for part, pattern in shares)
        people = max(on_lines, filled)
        vacancy = hours.vacancy
        posts = None if vacancy is None else people / (1 - vacancy)
        found.append(
            Needed(team, role, seats, on_shift, on_shift / filled if filled else 0.0, lines, on_lines, people, posts)
        )
    return tuple(found)


def total(needs: Sequence[Needed]) -> dict[str, float]:
    """People by role over all teams."""
    found: dict[str, float] = {}
    for each in needs:
        found[each.role] = found.get(each.role, 0.0) + each.people
    return found
