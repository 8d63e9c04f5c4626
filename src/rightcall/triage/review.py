"""Looking over the rules of a program: rules that nobody can reach, rules that overlap.

A rule that is true on an entirely unknown call is refused already when the document is read.
The check is by trial: every combination of the values that the rule itself speaks of, everything else unknown, since
an unknown fact can only keep earlier rules from being true. Where there are more than `MOST_TRIALS` combinations an
even part of them is tried: overlaps are still found in it, that a rule can *never* fire is then not said.
"""

from __future__ import annotations

import datetime as dt
import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from rightcall.calls.columns import FACTS
from rightcall.locale import N_, Message
from rightcall.program import conditions
from rightcall.program.conditions import Between, Is, Matches, Unknown, Within
from rightcall.program.document import Program
from rightcall.triage import rules

MOST_TRIALS = 100_000


@dataclass(frozen=True)
class Remark:
    """One remark about a rule: `never true`, `never reached` or `overlaps`, with the rules that are concerned."""

    kind: str
    rule: str
    others: tuple[str, ...]

    @property
    def message(self) -> Message:
        """The remark as a sentence."""
        values = {"rule": self.rule, "others": ", ".join(f"“{name}”" for name in self.others)}
        return Message(_SENTENCES[self.kind], values)


_SENTENCES = {
    "never true": N_("The rule “{rule}” can never fire: its conditions exclude each other."),
    "never reached": N_("The rule “{rule}” can never fire: {others} is true before it in every case."),
    "overlaps": N_("The rule “{rule}” and {others} are true of the same calls and send differently; the earlier wins."),
}


def review(program: Program) -> tuple[Remark, ...]:
    """Every remark about the rules of a program, in the document's order."""
    remarks: list[Remark] = []
    for place, rule in enumerate(program.rule):
        true, every = _trials(program, place)
        own = true.filter(_bit(rules.TRUE, place))
        if own.is_empty():
            remarks += [Remark("never true", rule.id, ())] * every
            continue
        first = own.filter((pl.col(rules.TRUE) & pl.lit((1 << place) - 1, dtype=pl.UInt64)) == 0)
        earlier = [other for j, other in enumerate(program.rule[:place]) if own.filter(_bit(rules.TRUE, j)).height]
        if every and first.is_empty():
            remarks.append(Remark("never reached", rule.id, tuple(other.id for other in earlier)))
            continue
        differing = tuple(other.id for other in earlier if other.send != rule.send)
        if differing:
            remarks.append(Remark("overlaps", rule.id, differing))
    return tuple(remarks)


def _bit(mask: str, place: int) -> pl.Expr:
    return (pl.col(mask) & pl.lit(1 << place, dtype=pl.UInt64)) > 0


def _trials(program: Program, place: int) -> tuple[pl.DataFrame, bool]:
    """The masks of the combinations of values that rule `place` speaks of (and that earlier rules test as unknown).

    Returns them with whether they are every combination.
    """
    options: dict[str, list[object]] = {}
    clocks = [dt.datetime(2024, 1, 1, tzinfo=dt.UTC)]
    for j, rule in enumerate(program.rule[: place + 1]):
        for leaf in conditions.leaves(rule.condition):
            if isinstance(leaf, Within):
                clocks += [
                    dt.datetime.combine(dt.date(2024, 1, day), edge, tzinfo=dt.UTC)
                    for edge in (leaf.start, leaf.end) for day in range(1, 8)
                ]  # fmt: skip
            elif j == place or isinstance(leaf, Unknown):
                known = options.setdefault(leaf.column, [None])
                known += [value for value in _values(leaf) if value not in known]
    names = list(options)
    combos, every = _combinations(list(options.values()))
    table = pl.DataFrame(
        combos, schema={name: _dtype(name) for name in names}, orient="row"
    ) if names else pl.DataFrame({"_one": [1]})  # fmt: skip
    spoken_of = {name for rule in program.rule for name in conditions.columns(rule.condition)}
    table = table.with_columns(pl.lit(None, dtype=_dtype(name)).alias(name) for name in spoken_of - set(names))
    moments = pl.DataFrame({"_local": [moment.replace(tzinfo=None) for moment in dict.fromkeys(clocks)]})
    masks = rules.masks(program, column=rules.presumptions(program), local=pl.col("_local"))
    return table.join(moments, how="cross").select(masks), every


def _combinations(options: list[list[object]]) -> tuple[list[tuple[object, ...]], bool]:
    """Every combination of one value of each, or an even part of at most `MOST_TRIALS`; whether it is every one."""
    total = math.prod(len(values) for values in options)
    if total <= MOST_TRIALS:
        return list(itertools.product(*options)), True
    step = math.ceil(total / MOST_TRIALS)
    # A step that shared a factor with a list would meet only some of its values.
    while math.gcd(step, total) > 1:
        step += 1
    return [_combination(number, options) for number in range(0, total, step)], False


def _combination(number: int, options: list[list[object]]) -> tuple[object, ...]:
    """The combination of that number, in the order of `itertools.product`."""
    row = []
    for values in reversed(options):
        number, place = divmod(number, len(values))
        row.append(values[place])
    return tuple(reversed(row))


def _values(leaf: Is | Between | Matches | Unknown) -> Sequence[object]:
    match leaf:
        case Is(column, values):
            return [*values, *_others(column, values)]
        case Between(_, low, high):
            return [level for level in (low - 1, low, high, high + 1) if conditions.LEAST <= level <= conditions.MOST]
        case Matches(_, patterns):
            return [pattern.replace("*", "") or "x" for pattern in patterns] + ["\x00"]
    return _others(leaf.column, ())


def _others(column: str, values: tuple[object, ...]) -> Sequence[object]:
    """Values of a column beside those that a rule names: the other truth, or one other word, number or name."""
    if column in FACTS:
        return [True, False]
    if column == "initial_priority":
        return [max((value for value in values if isinstance(value, int)), default=0) + 1]
    return [word for word in conditions.WORDS.get(column, ("\x00",)) if word not in values][:1]


def _dtype(name: str) -> type[pl.DataType]:
    if name in FACTS:
        return pl.Boolean
    return pl.Int64 if name == "initial_priority" else pl.String
