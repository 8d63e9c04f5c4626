"""Question 4 of the five: which positions and reporting lines a program needs, and which it forgets.

Spans of control are checked against the document's norm (by default three to seven direct reports: the National Incident
Management System). Where the document names too few leaders or leaves a duty to nobody, posts are proposed; they are
marked as proposals and cost nothing until somebody writes them down.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from rightcall.locale import N_, Message
from rightcall.planning.hiring import Hires
from rightcall.planning.staffing.cover import WEEKS_A_YEAR
from rightcall.planning.staffing.need import SLOTS
from rightcall.planning.staffing.one_team import Staffed
from rightcall.planning.staffing_model import Staffing
from rightcall.program import people as stated
from rightcall.program.document import Program
from rightcall.program.people import Position
from rightcall.simulation.arrays import Flags

NIMS = "National Incident Management System: 3 to 7, best 5 (FEMA)"
# Duties that somebody must be there for on every shift, by being on duty or on call.
ON_EVERY_SHIFT = (stated.SHIFT_SUPERVISION, stated.CLINICAL_SUPERVISION)
PROPOSED = {
    stated.DIRECTION: N_("Director"), stated.SHIFT_SUPERVISION: N_("Shift supervisor"), stated.CLINICAL_SUPERVISION: N_("Clinical supervisor"),
    stated.PEER_SUPERVISION: N_("Peer supervisor"), stated.TRAINING: N_("Training coordinator"), stated.ANALYSIS: N_("Data analyst"),
}  # fmt: skip
WHY = {
    stated.DIRECTION: N_("somebody who answers to the city for all of it"),
    stated.SHIFT_SUPERVISION: N_("somebody on every shift who decides when a crew is unsure or in danger"),
    stated.CLINICAL_SUPERVISION: N_("licensed staff work under clinical supervision, on every shift"),
    stated.PEER_SUPERVISION: N_("peer specialists are supervised by peers"),
    stated.TRAINING: N_("every hire is trained for a month or more, and everybody again each year"),
    stated.ANALYSIS: N_("somebody who can tell the council how it goes"),
}


@dataclass(frozen=True)
class Post:
    """Posts of one title. `count`: None where nobody says and nothing derives it; `derived`: the count is of the staffing.

    `proposed`: not in the document. `above`: the title that it reports to, or somebody above the program.
    """

    title: Message | str
    key: str
    role: str
    count: float | None
    derived: bool
    above: str
    covers: tuple[str, ...]
    employer: str
    proposed: bool


@dataclass(frozen=True)
class Span:
    """Direct reports of each holder of a title: how many, and whether that is fewer or more than the norm."""

    title: Message | str
    holders: float
    reports: float

    @property
    def each(self) -> float:
        """Direct reports of one holder."""
        return self.reports / self.holders if self.holders else math.nan


@dataclass(frozen=True)
class Duty:
    """What a program needs somebody for: how many people are named for it, how many it takes, and of what.

    `share`: of the hours on duty during which one of them can be there, for duties of every shift.
    """

    name: str
    named: float
    wanted: float
    share: float | None

    @property
    def forgotten(self) -> bool:
        """Nobody is named for it."""
        return self.named == 0


@dataclass(frozen=True)
class Structure:
    """Positions with reporting lines, checked. `open_hours`: a week with anybody on duty; `telecommunicators`: minutes a
    call and people that these take, None where the document says no minutes; `assessed`: calls a year that they assess;
    `outside`: posts and those above them who are neither positions nor the one to whom the program reports.
    """

    posts: tuple[Post, ...]
    top: str
    spans: tuple[Span, ...]
    duties: tuple[Duty, ...]
    least: int
    most: int
    norm: str
    open_hours: float
    assessed: float
    telecommunicators: tuple[float, float] | None
    a_minute: float
    outside: tuple[tuple[str, str], ...]
    hires: Hires | None = None

    def wrong(self, span: Span) -> bool:
        """Whether a span lies outside the norm, on either side."""
        return not self.least <= span.each <= self.most

    @property
    def people(self) -> float:
        """All posts whose number is known."""
        return sum(post.count or 0.0 for post in self.posts)


def of(staffing: Staffing, *, assessed: float, hires: Hires | None = None) -> Structure:
    """The structure of a staffed program. `assessed`: calls a year that telecommunicators assess for it."""
    program, norm = staffing.program, staffing.program.structure
    opened = _open(staffing.teams)
    hours = float(opened.sum()) / 2
    written = _written(program, staffing)
    written = _counted(written, program, staffing, hours)
    duties = tuple(_duties(program, written, staffing, hours))
    posts = _complete(written, duties, program)
    net = staffing.hours.net
    minutes = norm.telecommunicator_minutes
    asked = None if minutes == "unknown" else (minutes, minutes * assessed / 60 / net)
    return Structure(
        posts=posts, top=_top(program), spans=tuple(_spans(posts)), duties=duties, least=norm.span_least, most=norm.span_most,
        norm=norm.source or NIMS, open_hours=hours, assessed=assessed, telecommunicators=asked, a_minute=assessed / 60 / net,
        outside=_outside(program), hires=hires,
    )  # fmt: skip


def _open(teams: Sequence[Staffed]) -> Flags:
    found = np.zeros(SLOTS, np.bool_)
    for staffed in teams:
        found |= staffed.cover.units > 0
    return found


def _outside(program: Program) -> tuple[tuple[str, str], ...]:
    titles, top = {position.title for position in program.position}, _top(program)
    return tuple(
        (p.title, p.reports_to)
        for p in program.position
        if p.reports_to and p.reports_to not in titles and p.reports_to != top
    )


def _top(program: Program) -> str:
    """Who stands above the program."""
    titles = {position.title for position in program.position}
    outside = [p.reports_to for p in program.position if p.reports_to and p.reports_to not in titles]
    return next(iter(outside), program.home.reports_to if program.home else "")


def _written(program: Program, staffing: Staffing) -> list[Post]:
    """The document's positions; those of crews without a number get the people of the staffing."""
    need = staffing.people
    open_roles: dict[str, list[Position]] = {}
    for position in program.position:
        if position.role in need:
            open_roles.setdefault(position.role, []).append(position)
    found = []
    for position in program.position:
        count: float | None = None if position.count == "unknown" else float(position.count)
        derived = False
        if count is None and position.role in need:
            alike = open_roles[position.role]
            rest = need[position.role] - sum(float(p.count) for p in alike if p.count != "unknown")
            count, derived = max(0.0, rest) / sum(p.count == "unknown" for p in alike), True
            count = float(math.ceil(count - 1e-6))
        found.append(Post(position.title, position.title, position.role, count, derived, position.reports_to, position.covers, position.employer, False))  # fmt: skip
    for role, people in need.items():
        if role not in open_roles:
            title = Message(N_("{role} (no position in the document)"), {"role": role})
            found.append(Post(title, role, role, float(math.ceil(people - 1e-6)), True, "", (), "unknown", True))
    return found


def _counted(posts: list[Post], program: Program, staffing: Staffing, hours: float) -> list[Post]:
    """As many supervisors as shifts and spans take, where the document does not say how many."""
    every_shift, line = hours * WEEKS_A_YEAR / staffing.hours.net, sum(post.count or 0.0 for post in posts if post.role)
    wanted = float(math.ceil(max(every_shift, line / program.structure.span_most) - 1e-6))
    return [
        replace(post, count=wanted, derived=True) if post.count is None and not post.role and stated.SHIFT_SUPERVISION in post.covers else post
        for post in posts
    ]  # fmt: skip


def _duties(program: Program, posts: list[Post], staffing: Staffing, hours: float) -> list[Duty]:
    every_shift = hours * WEEKS_A_YEAR / staffing.hours.net
    line = sum(post.count or 0.0 for post in posts if post.role)
    peers = any(role == "peer" for role in staffing.people)
    found = []
    for name in stated.DUTIES:
        if name == stated.PEER_SUPERVISION and not peers:
            continue
        named = sum(1.0 if post.count is None else post.count for post in posts if name in post.covers)
        wanted = 1.0
        if name in ON_EVERY_SHIFT:
            wanted = every_shift
        if name == stated.SHIFT_SUPERVISION:
            wanted = max(every_shift, line / program.structure.span_most)
        share = min(1.0, named / every_shift) if name in ON_EVERY_SHIFT and every_shift else None
        found.append(Duty(name, named, wanted, share))
    return found


def _complete(posts: list[Post], duties: Sequence[Duty], program: Program) -> tuple[Post, ...]:
    """The posts with proposals for the duties that nobody has, and a place for everybody."""
    top = _top(program)
    found = list(posts)
    for duty in duties:
        if duty.forgotten:
            count = float(math.ceil(duty.wanted - 1e-6)) if duty.name == stated.SHIFT_SUPERVISION else 1.0
            found.append(Post(Message(PROPOSED[duty.name]), PROPOSED[duty.name], "", count, False, "", (duty.name,), "unknown", True))  # fmt: skip
    director = _first(found, stated.DIRECTION)
    shift = _first(found, stated.SHIFT_SUPERVISION)
    clinical = _first(found, stated.CLINICAL_SUPERVISION) or director
    above = {post.key: post.above for post in found}
    for post in found:
        if above[post.key]:
            continue
        if post.key == director:
            wanted = top
        elif post.key == shift:
            wanted = director
        elif post.role:
            wanted = shift
        elif {stated.PEER_SUPERVISION, stated.TRAINING} & set(post.covers):
            wanted = clinical if clinical != post.key else director
        else:
            wanted = director
        above[post.key] = wanted if not _below(wanted, post.key, above) else top
    return tuple(replace(post, above=above[post.key]) for post in found)


def _below(key: str, other: str, above: dict[str, str]) -> bool:
    """Whether a post stands under another, or is it."""
    seen: set[str] = set()
    while key in above and key not in seen:
        if key == other:
            return True
        seen.add(key)
        key = above[key]
    return False


def _first(posts: Sequence[Post], duty: str) -> str:
    """The title that has a duty: one of the document first."""
    return next((post.key for post in sorted(posts, key=lambda each: each.proposed) if duty in post.covers), "")


def _spans(posts: Sequence[Post]) -> list[Span]:
    found = []
    for post in posts:
        reports = sum(1.0 if below.count is None else below.count for below in posts if below.above == post.key)
        if reports and post.count != 0:
            found.append(Span(post.title, 1.0 if post.count is None else post.count, reports))
    return found
