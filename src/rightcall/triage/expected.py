"""The expected figure: what the unknown probably is, by the program's `[[expect]]` entries. Never used live.

A call that cannot be said is ours with the probability that its missing facts, drawn by their shares and
independently of each other, make it ours. Where a missing fact has no share, nothing is expected of the call.
"""

from __future__ import annotations

import itertools
import math

import polars as pl

from rightcall.calls.columns import CATEGORIES, FACTS
from rightcall.program import conditions
from rightcall.program.document import Expect, Program
from rightcall.triage import decisions, rules

MOST_MISSING = 12
CHANCE = "chance_ours"


def chances(calls: pl.LazyFrame, *, decided: decisions.Decided, program: Program) -> pl.Series:
    """The chance that each call is ours: 1, 0, between, or null where it cannot be expected. Float64, in order."""
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
    groups = groups.join(decided.outcomes.select(decisions.OUTCOME_ID, "outcome", "missing"), on=decisions.OUTCOME_ID)
    chance = [_chance(row, entries, program) for row in groups.iter_rows(named=True)]
    groups = groups.with_columns(pl.Series(CHANCE, chance, dtype=pl.Float64))
    return keyed.join(groups.select(*by, CHANCE), on=by, how="left", nulls_equal=True, maintain_order="left")[CHANCE]


def _chance(group: dict[str, object], entries: list[Expect], program: Program) -> float | None:
    if group["outcome"] != "cannot be said":
        return 1.0 if group["outcome"] == "ours" else 0.0
    missing = str(group["missing"]).split(", ")
    shares = {fact: _shares(fact, group, entries) for fact in missing}
    if len(missing) > MOST_MISSING or any(not options for options in shares.values()):
        return None
    combos = list(itertools.product(*(shares[fact] for fact in missing)))
    weights = [math.prod(weight for _, weight in combo) for combo in combos]
    table = pl.DataFrame(
        {"received_at": [group["received_at"]] * len(combos)}, schema={"received_at": pl.Datetime("us", "UTC")}
    )
    columns = [
        pl.Series(
            name,
            [combo[missing.index(name)][0] if name in missing else group.get(name) for combo in combos],
            dtype=_dtype(name),
        )
        for name in dict.fromkeys([*rules.rule_facts(program), "family"])
    ]
    decided = decisions.decide(table.with_columns(columns).lazy(), program=program)
    ours = decided.outcome_ids.to_frame().join(decided.outcomes, on=decisions.OUTCOME_ID, maintain_order="left")[
        "outcome"
    ]
    return float(sum(weight for weight, outcome in zip(weights, ours, strict=True) if outcome == "ours"))


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
