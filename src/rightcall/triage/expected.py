"""The expected figure: what the unknown probably is, by the program's `[[expect]]` entries. Never used live.

A call that cannot be said is ours with the probability that its missing facts, drawn by their shares and
independently of each other, make it ours. Where a missing fact has no share, nothing is expected of the call.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import Any

import polars as pl

from rightcall.calls.columns import CATEGORIES, FACTS, HAZARDS
from rightcall.program import conditions
from rightcall.program.document import Expect, Program
from rightcall.triage import decisions, rules
from rightcall.triage.decisions import Outcome

MOST_MISSING = 12
CHANCE = "chance_ours"


@dataclass(frozen=True)
class Way:
    """One way that a call may go: to a team of ours, by a rule, with a probability."""

    rule: str
    team: str
    chance: float


@dataclass(frozen=True)
class Ways:
    """Every way to our teams; what is left to one is *not ours*.

    `certain`: every missing fact had a share. Else the probabilities are those given that no unknown hazard is there,
    and how often that is so is for somebody else to say.
    """

    ways: tuple[Way, ...]
    certain: bool

    @property
    def chance(self) -> float:
        """The chance to be ours."""
        return math.fsum(way.chance for way in self.ways)


@dataclass(frozen=True)
class Expected:
    """`numbers`: UInt32, one a call, in order; each stands for its `ways`."""

    numbers: pl.Series
    ways: tuple[Ways, ...]


def chances(calls: pl.LazyFrame, *, decided: decisions.Decided, program: Program) -> pl.Series:
    """The chance that each call is ours: 1, 0, between, or null where it cannot be expected. Float64, in order."""
    found = ways(calls, decided=decided, program=program)
    chance = pl.Series(CHANCE, [each.chance if each.certain else None for each in found.ways], dtype=pl.Float64)
    return chance.gather(found.numbers)


def ways(calls: pl.LazyFrame, *, decided: decisions.Decided, program: Program) -> Expected:
    """The ways that each call may go, as the program's expectations have it. `calls` must be what was decided."""
    local = decisions.local_time(program)
    seen = rules.presumptions(program)
    entries = [entry for entry in program.expect if entry.share != "unknown"]
    applies = [
        rules.value(entry.when, column=seen, local=local).fill_null(False).alias(f"_e{i}")
        for i, entry in enumerate(entries)
    ]
    clocks = [
        rules.value(leaf, column=seen, local=local).alias(f"_c{i}_{j}")
        for i, rule in enumerate(program.rule)
        for j, leaf in enumerate(conditions.leaves(rule.condition))
        if isinstance(leaf, conditions.Within)
    ]
    facts = rules.rule_facts(program)
    keys = calls.select(*[seen.get(name, pl.col(name)).alias(name) for name in facts], *clocks, *applies, "received_at")
    keyed = keys.collect(engine="streaming").with_columns(decided.outcome_ids)
    by = [name for name in keyed.columns if name != "received_at"]
    groups = keyed.group_by(by, maintain_order=True).agg(pl.col("received_at").first())
    found = _of_groups(groups, entries, decided, program)
    numbered = groups.select(by).with_row_index("_way")
    numbers = keyed.select(by).join(numbered, on=by, how="left", nulls_equal=True, maintain_order="left")["_way"]
    return Expected(numbers, tuple(found))


def _of_groups(groups: pl.DataFrame, entries: list[Expect], decided: decisions.Decided, program: Program) -> list[Ways]:
    """Every combination of what the missing facts of a group may be, decided all at once."""
    found: list[Ways | None] = []
    rows: list[dict[str, Any]] = []
    whose: list[tuple[int, float]] = []
    certain = []
    for number, group in enumerate(groups.iter_rows(named=True)):
        outcome = decided.folded[group[decisions.OUTCOME_ID]]
        certain.append(True)
        if outcome.outcome != "cannot be said":
            found.append(Ways(_ways_of(outcome, 1.0, program), True))
            continue
        found.append(None)
        shares = {fact: _shares(fact, group, entries) for fact in outcome.missing}
        if not 0 < len(outcome.missing) <= MOST_MISSING or not all(shares.values()):
            certain[-1] = False
            shares = {fact: _without(fact, options) for fact, options in shares.items()}
            if len(outcome.missing) > MOST_MISSING:
                shares = {fact: options[:1] for fact, options in shares.items()}
        for combo in itertools.product(*shares.values()):
            values = dict(zip(shares, (value for value, _ in combo), strict=True))
            rows.append({**group, **values})
            whose.append((number, math.prod(weight for _, weight in combo)))
    parts: dict[int, dict[tuple[str, str], float]] = {}
    for (number, weight), outcome in zip(whose, _decided(rows, program), strict=True):
        for way in _ways_of(outcome, weight, program, open_too=not certain[number]):
            mine = parts.setdefault(number, {})
            mine[way.rule, way.team] = mine.get((way.rule, way.team), 0.0) + way.chance
    return [
        each if each is not None else Ways(tuple(Way(*key, chance) for key, chance in parts.get(number, {}).items()), certain[number])
        for number, each in enumerate(found)
    ]  # fmt: skip


def _decided(rows: list[dict[str, Any]], program: Program) -> list[Outcome]:
    if not rows:
        return []
    names = list(dict.fromkeys([*rules.rule_facts(program), "family"]))
    columns = [pl.Series(name, [row.get(name) for row in rows], dtype=_dtype(name)) for name in names]
    at = pl.Series("received_at", [row["received_at"] for row in rows], dtype=pl.Datetime("us", "UTC"))
    got = decisions.decide(pl.DataFrame([at, *columns]).lazy(), program=program)
    return [got.folded[number] for number in got.outcome_ids]


def _ways_of(outcome: Outcome, weight: float, program: Program, *, open_too: bool = False) -> tuple[Way, ...]:
    """The way of an outcome. `open_too`: also of one that cannot be said, if it turns out to be ours."""
    team = outcome.team
    if outcome.outcome == "cannot be said" and open_too:
        ours = tuple(answer for answer in outcome.possible if decisions.is_ours(program, answer))
        team = decisions.settle(program, answers=list(ours), rules_left=outcome.rules, missing=()).team
    if team is None or weight <= 0:
        return ()
    sends = {rule.id: rule.send for rule in program.rule}
    # The last one: the rules before it are only possible.
    rule = next(name for name in reversed(outcome.rules) if team in sends.get(name, ()))
    return (Way(rule, team, weight),)


def _without(fact: str, options: list[tuple[object, float]]) -> list[tuple[object, float]]:
    """What a fact is taken to be where some fact has no share: no hazard is there, anything else stays unknown."""
    return [(False, 1.0)] if fact in HAZARDS else options or [(None, 1.0)]


def _shares(fact: str, group: dict[str, object], entries: list[Expect]) -> list[tuple[object, float]]:
    """The values that a missing fact may take, with their probability; the first entry for a value that applies."""
    found: dict[object, float] = {}
    for i, entry in enumerate(entries):
        if entry.fact == fact and group[f"_e{i}"] and entry.value not in found:
            found[entry.value] = float(entry.share)
    if not found:
        return []
    # Entries for different values may each apply and come to more than one; a chance never does.
    total = max(1.0, sum(found.values()))
    found = {value: share / total for value, share in found.items()}
    rest = max(0.0, 1.0 - sum(found.values()))
    others = [False, True] if fact in FACTS else CATEGORIES.get(fact, [])
    other = next((value for value in others if value not in found), None)
    return [*found.items(), *([(other, rest)] if other is not None and rest > 0 else [])]


def _dtype(name: str) -> pl.DataType | type[pl.DataType]:
    if name in FACTS:
        return pl.Boolean
    return pl.Int64 if name == "initial_priority" else pl.String
