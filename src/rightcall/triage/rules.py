"""Conditions over whole tables: each rule a pair of bits, *true* and *unknown*, in two UInt64 masks.

Polars' own `&`, `|` and `~` on nullable Booleans are Kleene's three-valued logic, so a rule is one expression that is
true, false or null.
"""

from __future__ import annotations

import datetime as dt
from functools import reduce
from operator import and_, or_

import polars as pl

from rightcall.calls.columns import HAZARDS
from rightcall.program import conditions
from rightcall.program.conditions import WEEKDAYS, All, Any_, Between, Condition, Is, Not, Unknown, Within
from rightcall.program.document import Program

MOST_RULES = 64
TRUE, UNKNOWN, BLANK = "_true", "_unknown", "_blank"


def value(condition: Condition, *, column: dict[str, pl.Expr], local: pl.Expr) -> pl.Expr:
    """A condition as one nullable Boolean expression; null is unknown.

    `column` maps a column to the expression to use for it (a presumption, a hazard ignored); others are read as
    they are. `local` is the local time of the decision.
    """
    match condition:
        case All(parts):
            return reduce(and_, (value(p, column=column, local=local) for p in parts)) if parts else pl.lit(True)
        case Any_(parts):
            return reduce(or_, (value(p, column=column, local=local) for p in parts)) if parts else pl.lit(False)
        case Not(part):
            return ~value(part, column=column, local=local)
        case Within(start, end, days):
            return _within(local, start, end, days)
        case Unknown(name):
            return column.get(name, pl.col(name)).is_null()
    known = column.get(condition.column, pl.col(condition.column))
    match condition:
        case Is(_, (bool() as wanted,)):
            return known if wanted else ~known
        case Is(_, (single,)):
            return known == single
        case Is(_, options):
            return known.is_in(list(options))
        case Between(_, low, high):
            return known.is_between(low, high)
    regex = "|".join(conditions.glob_as_regex(pattern) for pattern in condition.patterns)
    return known.str.contains(rf"(?is)^(?:{regex})$")


def _within(local: pl.Expr, start: dt.time, end: dt.time, days: tuple[str, ...]) -> pl.Expr:
    moment = local.dt.time()
    weekday = local.dt.weekday().cast(pl.Int8) - 1
    today = [WEEKDAYS.index(day) for day in days]
    if start < end:
        return weekday.is_in(today) & (moment >= start) & (moment < end)
    after = [(day + 1) % 7 for day in today]
    return (weekday.is_in(today) & (moment >= start)) | (weekday.is_in(after) & (moment < end))


def presumptions(program: Program) -> dict[str, pl.Expr]:
    """Columns with their declared presumption in place of null."""
    presumed: dict[str, pl.Expr] = {}
    for name, value in program.facts.presumed.items():
        presumed[name] = pl.col(name).cast(pl.String if isinstance(value, str) else pl.Boolean).fill_null(value)
    return presumed


def without_hazards(program: Program) -> dict[str, pl.Expr]:
    """Columns as they are when every hazard is ignored: the nature of the call alone."""
    return {**presumptions(program), **{name: pl.lit(False) for name in HAZARDS}}


def rule_facts(program: Program) -> list[str]:
    """Every column that some rule speaks of; its place in the list is its bit in the mask of blanks."""
    names = [name for rule in program.rule for name in conditions.columns(rule.condition)]
    return list(dict.fromkeys(names))


def truths(program: Program, *, column: dict[str, pl.Expr], local: pl.Expr) -> list[pl.Expr]:
    """Every rule as a nullable Boolean expression, in the order of the document."""
    return [value(rule.condition, column=column, local=local) for rule in program.rule]


def blanks(program: Program, *, column: dict[str, pl.Expr]) -> list[pl.Expr]:
    """Whether nobody knows each of `rule_facts`."""
    return [column.get(name, pl.col(name)).is_null() for name in rule_facts(program)]


def masks(program: Program, *, column: dict[str, pl.Expr], local: pl.Expr) -> list[pl.Expr]:
    """The two masks: bit i of `_true` and `_unknown` says that rule i is true, or unknown."""
    told = truths(program, column=column, local=local)
    return [bits(told).alias(TRUE), bits([rule.is_null() for rule in told]).alias(UNKNOWN)]


def bits(flags: list[pl.Expr]) -> pl.Expr:
    """Flags as one UInt64, the first in the lowest bit; null counts as not set."""
    total: pl.Expr = pl.lit(0, dtype=pl.UInt64)
    for place, flag in enumerate(flags):
        total = total | pl.when(flag).then(pl.lit(1 << place, dtype=pl.UInt64)).otherwise(pl.lit(0, dtype=pl.UInt64))
    return total
