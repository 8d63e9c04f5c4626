"""Situations: calls that no rule of a program can tell apart, so that ten million calls are decided as a few thousand.

A call's situation is a number. Each hazard and each column of few values that some rule speaks of is one digit of it,
and so is each test of any other column: true, false or unknown.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from rightcall.calls.columns import HAZARDS
from rightcall.program import conditions
from rightcall.program.document import Program
from rightcall.triage import rules

BATCH_ROWS = 500_000
NUMBER = "_situation"
LARGEST = 2**64


@dataclass(frozen=True)
class Digit:
    """One digit of a number: an expression of whole numbers from 0 up to, but not including, `base`."""

    value: pl.Expr
    base: int


def numbered(calls: pl.LazyFrame, *, program: Program, local: pl.Expr) -> tuple[pl.Series, pl.DataFrame]:
    """Number the situations of calls: (UInt32, one a call, in order; the first call of each situation, by number).

    The calls of the second table carry the columns that rules speak of, hazards, `family` and `received_at`. Memory:
    four bytes a call.
    """
    schema = calls.collect_schema()
    facts = list(dict.fromkeys([*rules.rule_facts(program), *(name for name in HAZARDS if name in schema)]))
    needed = list(dict.fromkeys([*facts, "family", "received_at"]))
    words = _words(_digits(program, facts, schema=schema, local=local))
    keys = [f"_word{place}" for place in range(len(words))]
    coded = pl.DataFrame(schema={NUMBER: pl.UInt32, **dict.fromkeys(keys, pl.UInt64)})
    first = calls.select(needed).head(0).collect()
    parts = [pl.Series(NUMBER, [], dtype=pl.UInt32)]
    for batch in calls.select(needed).collect_batches(chunk_size=BATCH_ROWS, engine="streaming"):
        told = batch.select(word.alias(key) for word, key in zip(words, keys, strict=True))
        fresh = told.with_row_index("_at").unique(keys, keep="first").join(coded, on=keys, how="anti").sort("_at")
        coded = pl.concat([coded, fresh.drop("_at").with_row_index(NUMBER, offset=coded.height)])
        first = pl.concat([first, batch[fresh["_at"]]])
        parts.append(told.join(coded, on=keys, how="left", maintain_order="left")[NUMBER])
    return pl.concat(parts), first


def _digits(program: Program, facts: list[str], *, schema: pl.Schema, local: pl.Expr) -> list[Digit]:
    seen = rules.presumptions(program)
    digits = [Digit(pl.col("family").cast(pl.Categorical).to_physical().cast(pl.UInt64) + 1, 2**32)]
    coded = {"family"}
    for name in facts:
        kind = schema[name]
        if isinstance(kind, pl.Boolean):
            digits.append(Digit(pl.col(name).cast(pl.UInt64) + 1, 3))
        elif isinstance(kind, pl.Enum):
            digits.append(Digit(pl.col(name).to_physical().cast(pl.UInt64) + 1, len(kind.categories) + 1))
        else:
            continue
        coded.add(name)
    leaves = [leaf for rule in program.rule for leaf in conditions.leaves(rule.condition)]
    for leaf in dict.fromkeys(leaves):
        if isinstance(leaf, conditions.Within) or leaf.column not in coded:
            digits.append(Digit(rules.value(leaf, column=seen, local=local).cast(pl.UInt64) + 1, 3))
    return digits


def _words(digits: list[Digit]) -> list[pl.Expr]:
    """The digits put together, as many as fit into each UInt64; unknown is the digit 0."""
    words, word, size = [], pl.lit(0, dtype=pl.UInt64), 1
    for digit in digits:
        if size * digit.base > LARGEST:
            words.append(word)
            word, size = pl.lit(0, dtype=pl.UInt64), 1
        word, size = word * digit.base + digit.value.fill_null(0), size * digit.base
    return [*words, word]
