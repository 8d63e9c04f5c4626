"""Kinds of call: what a design cannot tell apart, and what the kernel must know of each.

By rule, family, priority and language: the teams to try in order, how long to hold, which roles and languages are
asked for, and the laws of every duration with where they come from.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import polars as pl

from rightcall.dispatch import sending
from rightcall.errors import Problem, RightcallError
from rightcall.locale import N_, Message
from rightcall.program.document import Program
from rightcall.simulation import arrays as a
from rightcall.simulation import inputs, luck
from rightcall.simulation.arrays import Flags, Real, Whole
from rightcall.simulation.city import FEWEST, LEVELS, City, Used

FOLLOW_UP = "follow-up"
WAITS_BY_DEFAULT = 0.0
MOST_STEPS = 4


class ScenarioError(RightcallError):
    """A program that cannot be simulated on these calls."""


@dataclass(frozen=True)
class Routes:
    """Where each of a city's n calls may go. `way` [n]: its row in `first` and `count`, the ways of a group among all.

    Of each of w ways: `rule`, `chance`, and, of each group, `uncertain` (what is unknown has no share) and `handed`,
    the rule by which an officer would hand it over (-1: none). Rules are numbers in the program.
    """

    group: Whole
    first: Whole
    count: Whole
    uncertain: Flags
    handed: Whole
    rule: Whole
    chance: Real


@dataclass(frozen=True)
class Kind:
    """Calls that a design cannot tell apart: by rule, family, priority and language."""

    rule: int
    family: int
    priority: int
    language: int


def numbered(program: Program, city: City, routed: Routes) -> tuple[tuple[Kind, ...], Whole, tuple[int, ...], Whole]:
    """Every kind that can come, and the number of each: [rules, families + 1, priorities, languages], -1 for none."""
    levels = tuple(sorted({int(p) for p in np.unique(city.priority)}))
    bits = language_bits(program)
    names = [None, *bits]
    spoken = city.frame["language"]
    language = spoken.replace_strict({name: i for i, name in enumerate(names) if name}, default=0, return_dtype=pl.Int64).fill_null(0).to_numpy()  # fmt: skip
    mine = routed.count[routed.group] > 0
    ways = pl.DataFrame({"group": routed.group, "family": city.family, "priority": city.priority, "language": language}).filter(mine).unique()  # fmt: skip
    kinds: dict[Kind, int] = {}
    kind_of = np.full((len(program.rule), len(city.families) + 1, len(levels), len(names)), -1, np.int64)
    for group, family, priority, tongue in ways.sort("group", "family", "priority", "language").iter_rows():
        found = [*routed.rule[routed.first[group] : routed.first[group] + routed.count[group]], routed.handed[group]]
        for rule in {int(rule) for rule in found if rule >= 0}:
            kind = Kind(rule, family, priority, tongue)
            kind_of[rule, family, levels.index(priority), tongue] = kinds.setdefault(kind, len(kinds))
    return tuple(kinds), kind_of, levels, language


def as_arrays(program: Program, city: City, kinds: tuple[Kind, ...]) -> tuple[a.Kinds, list[Used]]:
    """The kinds at the middle of every input; what a run changes is laid over them by `years.kinds_at`."""
    k = len(kinds)
    number = {team.id: i for i, team in enumerate(t for t in program.team if t.kind != FOLLOW_UP)}
    steps, need_roles, used = np.full((max(k, 1), MOST_STEPS), -1, np.int64), np.zeros(max(k, 1), np.uint64), []
    keeps = np.full(max(k, 1), -1, np.int64)
    role_bit = bits_of(role for team in program.team for role in team.crew)
    problems = []
    for at, kind in enumerate(kinds):
        rule = program.rule[kind.rule]
        chain = _chain(program, kind.rule, number)
        steps[at, : len(chain)] = chain
        keeps[at] = number.get(rule.keep_on_line or "", -1)
        for role in rule.requires:
            if role not in role_bit:
                problems.append(Problem(f"asks for a {role}, and no team has one.", f"rule[{kind.rule + 1}].requires", "Name a role of a crew."))  # fmt: skip
        need_roles[at] = sum(role_bit.get(role, 0) for role in rule.requires)
    if problems:
        raise ScenarioError(list(dict.fromkeys(problems)))
    tongues = list(language_bits(program).values())
    need_languages = np.array([0 if kind.language == 0 else tongues[kind.language - 1] for kind in kinds] or [0], np.uint64)  # fmt: skip
    hold, told = _hold(program, kinds)
    used.append(told)
    law, mean, table = (np.zeros((max(k, 1), 8), dtype) for dtype in (np.int64, float, np.int64))
    named = [city.families[kind.family] if kind.family < len(city.families) else "" for kind in kinds]
    rows = scene_rows(city, named)
    published = np.interp(LEVELS, inputs.ON_SCENE_LEVELS, inputs.ON_SCENE_MINUTES)
    quantiles = np.vstack([city.times.quantiles, *[published] * max(1, len(rows))])
    law[:, [a.PATIENCE, a.TALK, a.STAGING, a.TRANSPORT, a.FINISHING]] = luck.EXPONENTIAL
    of = city.times.of
    if ("turnout", "") in of:
        law[:, a.TURNOUT], table[:, a.TURNOUT] = luck.QUANTILES, of["turnout", ""]
    else:
        law[:, a.TURNOUT] = luck.EXPONENTIAL
    if ("response", "") in of:
        law[:, a.OFFICER], table[:, a.OFFICER] = luck.QUANTILES, of["response", ""]
    else:
        law[:, a.OFFICER] = luck.EXPONENTIAL
    law[:, a.ON_SCENE] = luck.QUANTILES
    for at, family in enumerate(named):
        table[at, a.ON_SCENE] = rows[family]
    used += [*city.times.used("response", "", Message(N_("police response today"))), *city.times.used("turnout", "", Message(N_("turnout")))]  # fmt: skip
    for family in sorted(set(named)):
        used += city.times.used("on scene", family, Message(N_("minutes on scene, {family}"), {"family": Message(family)}))  # fmt: skip
    if any(("on scene", family) not in of for family in named):
        used.append(Used(Message(N_("minutes on scene, where the city has fewer than {n} stamps"), {"n": FEWEST}), Message(N_("{source}; 29.2 minutes on average"), {"source": Message(inputs.TEAMS_OF_OREGON)})))  # fmt: skip
    priority = np.array([_urgency(kind.priority) for kind in kinds] or [0], np.int64)
    order = {value: i for i, value in enumerate(sorted(set(priority.tolist())))}
    chance = np.zeros((max(k, 1), 9))
    chance[:, [a.OURS, a.TAKEN_UP]] = 1.0
    return a.Kinds(
        np.array([order[p] for p in priority.tolist()], np.int64), steps, hold, need_roles, need_languages, keeps, chance, law,
        mean, np.zeros((max(k, 1), 8)), table, quantiles,
    ), used  # fmt: skip


def _urgency(priority: int) -> int:
    """Priorities in order; a call of which nobody knows it stands behind the others."""
    return priority if priority > 0 else 1 << 30


def _chain(program: Program, rule: int, number: dict[str, int]) -> list[int]:
    """The teams that a rule sends in order, until something else than a team of ours comes."""
    said = program.rule[rule]
    chain: list[int] = []
    for answer in (said.send, *said.otherwise):
        ours = [number[service] for service in answer if service in number]
        if not ours:
            break
        chain += [team for team in ours[:1] if team not in chain]
    return chain[:MOST_STEPS]


def _hold(program: Program, kinds: tuple[Kind, ...]) -> tuple[Real, Used]:
    if sending.hold_minutes(program, None) is None:
        return np.full(max(len(kinds), 1), WAITS_BY_DEFAULT), Used(
            Message(N_("how long a call waits for a team")),
            Message(N_("the program does not say (dispatch.hold_at_most_minutes): it does not wait")),
        )
    source = Message(N_("the program's limit by priority"))
    if any(kind.priority <= 0 for kind in kinds):
        source = Message(N_("the program's limit by priority; where the export has none, {n} minutes"), {"n": sending.hold_minutes(program, None)})  # fmt: skip
    return np.array([sending.hold_minutes(program, kind.priority) for kind in kinds] or [WAITS_BY_DEFAULT]), Used(Message(N_("how long a call waits for a team")), source)  # fmt: skip


def scene_rows(city: City, families: Iterable[str]) -> dict[str, int]:
    """Family → its row of minutes on scene: the city's own, or one of its own behind them for the published ones."""
    rows: dict[str, int] = {}
    behind = city.times.quantiles.shape[0]
    for family in sorted(set(families)):
        own = city.times.of.get(("on scene", family))
        rows[family] = behind if own is None else own
        behind += own is None
    return rows


def bits_of(words: Iterable[str]) -> dict[str, int]:
    """A bit for each word, in the order in which they first come."""
    return {word: 1 << place for place, word in enumerate(dict.fromkeys(words))}


def language_bits(program: Program) -> dict[str, int]:
    """A bit for each language that the program or a team of it speaks."""
    spoken = [name for team in program.team for name in team.languages]
    return bits_of([*program.program.languages, *spoken])
