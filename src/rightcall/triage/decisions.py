"""Which calls are ours: one evaluator for one live call and for ten million of the past.

A decision is a set of possible answers. Down the list of rules a true one ends the walk, an unknown one stays
possible and the walk goes on: the possible set is every unknown rule before the first true one, plus that one, or
*no rule*. `missing` is the facts that are unknown in the unknown rules of that set.

One answer left: decided. Several, all ours: ours, and the most protective team is proposed. Several, none ours:
their union. Mixed: cannot be said, and the usual response goes at once.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from rightcall import tables
from rightcall.calls import clocks
from rightcall.program import conditions
from rightcall.program.document import Program
from rightcall.triage import rules, situations

OUTCOMES = ["ours", "not ours", "cannot be said"]
NO_RULE = "no rule"
OUTCOME_ID = "_outcome"


class Decisions(tables.Table):
    """One row each time a call is decided."""

    decision_id = tables.text("our own id", nullable=False)
    call_id = tables.text("the call", nullable=False)
    sequence = tables.whole("1 for the first decision on the call", nullable=False)
    decided_at = tables.when("when it was decided", nullable=False)
    program_version = tables.text("SHA-256 of the canonical program", nullable=False)
    outcome = tables.choice(OUTCOMES, "ours, not ours, cannot be said", nullable=False)
    possible = tables.text("the answers left, services joined by +, answers by |", nullable=False)
    nature_eligible = tables.fact("ours by nature, hazards ignored; null while the type is unmapped")
    team = tables.text("the team that is proposed, where it is ours")
    rule = tables.text("the rule that ended the walk, or `no rule`")
    missing = tables.text("the facts that are missing, joined by commas", nullable=False)
    override = tables.text("what a person decided instead")
    override_reason = tables.text("why")
    shadow = tables.fact("decided for comparison only, nothing was sent")


@dataclass(frozen=True)
class Outcome:
    """What a possible set comes to.

    `possible`: answers, each a tuple of services. `rules`: the possible rules in order, `no rule` last where it is.
    """

    outcome: str
    possible: tuple[tuple[str, ...], ...]
    rules: tuple[str, ...]
    team: str | None
    send: tuple[str, ...]
    missing: tuple[str, ...]

    @property
    def rule(self) -> str:
        """The rule that ended the walk, whatever the unknown turns out to be; `no rule` where none did."""
        return self.rules[-1]


@dataclass(frozen=True)
class Decided:
    """The decisions on a table of calls: for every row, in order, its situation, and what becomes of each.

    `situation_ids`: UInt32, one a call. `situations`: `_situation, _outcome`, its family, hazards and what else rules
    speak of, as its first call has them. `outcomes`: `_outcome, outcome, possible, team, rule, missing,
    nature_eligible`, one row a distinct outcome (a few hundred at most).
    """

    situation_ids: pl.Series
    situations: pl.DataFrame
    outcomes: pl.DataFrame
    folded: tuple[Outcome, ...]

    @property
    def outcome_ids(self) -> pl.Series:
        """UInt32, one a call."""
        return self.situations[OUTCOME_ID].gather(self.situation_ids)

    def onto(self, calls: pl.LazyFrame, *told: pl.Expr) -> pl.LazyFrame:
        """The calls with their outcome's columns (words as categories) and `_situation`; `calls` must be what was decided,
        in its order.

        `told`: what else an outcome tells, as expressions over `outcomes`.
        """
        words = self.outcomes.with_columns(pl.col("possible", "team", "rule", "missing").cast(pl.Categorical), *told)
        by_situation = words[self.situations[OUTCOME_ID]]
        found = [tables.at(column, pl.col(situations.NUMBER)) for column in by_situation]
        return pl.concat([calls, self.situation_ids.to_frame().lazy()], how="horizontal").with_columns(found)


def decide(calls: pl.LazyFrame, *, program: Program) -> Decided:
    """Decide every call of a table by the rules of a program.

    The clock of a call of the past is the time at which it was received. Memory: four bytes a call.
    """
    local = local_time(program)
    seen = rules.presumptions(program)
    by_nature = rules.without_hazards(program)
    situation, first = situations.numbered(calls, program=program, local=local)
    masks = first.select(
        *rules.masks(program, column=seen, local=local),
        rules.bits(rules.blanks(program, column=seen)).alias(rules.BLANK),
        *(mask.name.suffix("_nature") for mask in rules.masks(program, column=by_nature, local=local)),
        pl.col("family").is_null().alias("_unmapped"),
    )
    distinct = masks.unique(maintain_order=True).with_row_index(OUTCOME_ID)
    ids = masks.join(distinct, on=masks.columns, how="left", maintain_order="left")[OUTCOME_ID]
    walk = _walk(program)
    folded = [
        walk(row[0], row[1], row[2]) for row in distinct.select(rules.TRUE, rules.UNKNOWN, rules.BLANK).iter_rows()
    ]
    nature = [
        None if unmapped else walk(true, unknown, 0).outcome != "not ours"
        for true, unknown, unmapped in distinct.select(
            f"{rules.TRUE}_nature", f"{rules.UNKNOWN}_nature", "_unmapped"
        ).iter_rows()
    ]
    outcomes = pl.DataFrame({**_columns(folded), "nature_eligible": pl.Series(nature, dtype=pl.Boolean)})
    known = first.with_row_index(situations.NUMBER).with_columns(ids)
    return Decided(situation, known, outcomes.with_row_index(OUTCOME_ID), tuple(folded))


@dataclass(frozen=True)
class Prepared:
    """A program made ready for live calls: its expressions and its fold, built once."""

    program: Program
    truths: tuple[pl.Expr, ...]
    by_nature: tuple[pl.Expr, ...]
    walk: Callable[[int, int, int], Outcome]


def prepare(program: Program) -> Prepared:
    """Build what live decisions need once, when a program takes effect."""
    seen = rules.presumptions(program)
    told = rules.truths(program, column=seen, local=local_time(program))
    named = [rule.alias(f"r{i}") for i, rule in enumerate(told)]
    named += [blank.alias(f"b{i}") for i, blank in enumerate(rules.blanks(program, column=seen))]
    quiet = rules.truths(program, column=rules.without_hazards(program), local=local_time(program))
    nature = [rule.alias(f"n{i}") for i, rule in enumerate(quiet)]
    return Prepared(program, tuple(named), tuple(nature), _walk(program))


def decide_one(call: pl.DataFrame, *, prepared: Prepared) -> Outcome:
    """Decide one live call, a table with one row. The clock is `received_at`."""
    row = call.select(prepared.truths).row(0) if prepared.truths else ()
    return _walked(row, prepared)


def decide_with_nature(call: pl.DataFrame, *, prepared: Prepared) -> tuple[Outcome, bool | None]:
    """The same, and whether the call is ours by nature, hazards ignored; None while its type is unmapped."""
    row = call.select(*prepared.truths, *prepared.by_nature, "family").row(0)
    truths = len(prepared.truths)
    nature = None if row[-1] is None else _walked(row[truths:-1], prepared).outcome != "not ours"
    return _walked(row[:truths], prepared), nature


def _walked(row: tuple[bool | None, ...], prepared: Prepared) -> Outcome:
    rule_count = len(prepared.program.rule)
    true = unknown = blank = 0
    for place, told in enumerate(row[:rule_count]):
        true |= (told is True) << place
        unknown |= (told is None) << place
    for place, told in enumerate(row[rule_count:]):
        blank |= bool(told) << place
    return prepared.walk(true, unknown, blank)


def local_time(program: Program) -> pl.Expr:
    """The local digits of the time at which a call was received."""
    return clocks.to_local(pl.col("received_at"), time_zone=program.program.time_zone)


def table(calls: pl.LazyFrame, decided: Decided, *, program: Program) -> pl.LazyFrame:
    """The decisions table of calls of the past: one decision a call, at the time it was received."""
    return decided.onto(calls.select("call_id", "received_at")).select(
        (pl.col("call_id") + "/1").alias("decision_id"),
        "call_id",
        pl.lit(1, dtype=pl.Int64).alias("sequence"),
        pl.col("received_at").alias("decided_at"),
        pl.lit(program.version).alias("program_version"),
        pl.col("outcome").cast(pl.Enum(OUTCOMES)),
        pl.col("possible").cast(pl.String), "nature_eligible",
        *(pl.col(name).cast(pl.String) for name in ("team", "rule", "missing")),
        pl.lit(None, pl.String).alias("override"),
        pl.lit(None, pl.String).alias("override_reason"),
        pl.lit(True).alias("shadow"),
    )  # fmt: skip


def _columns(folded: list[Outcome]) -> dict[str, pl.Series]:
    text = pl.String
    return {
        "outcome": pl.Series([o.outcome for o in folded], dtype=pl.Enum(OUTCOMES)),
        "possible": pl.Series(
            [" | ".join(" + ".join(answer) or NO_RULE for answer in o.possible) for o in folded], dtype=text
        ),
        "team": pl.Series([o.team for o in folded], dtype=text),
        "rule": pl.Series([o.rule for o in folded], dtype=text),
        "missing": pl.Series([", ".join(o.missing) for o in folded], dtype=text),
    }


def _walk(program: Program) -> Callable[[int, int, int], Outcome]:
    """The fold from masks (rules true, rules unknown, facts blank) to an outcome, for one program."""
    facts = rules.rule_facts(program)
    places = [sum(1 << facts.index(name) for name in conditions.columns(rule.condition)) for rule in program.rule]
    tested = [
        {leaf.column for leaf in conditions.leaves(rule.condition) if isinstance(leaf, conditions.Unknown)}
        for rule in program.rule
    ]
    asked_away = [sum(1 << facts.index(name) for name in names) for names in tested]

    def walk(true: int, unknown: int, blank: int) -> Outcome:
        first = (true & -true).bit_length() - 1
        before = (true & -true) - 1 if true else -1
        open_rules = [i for i in range(len(program.rule)) if (unknown & before) >> i & 1]
        missing_bits = 0
        for i in open_rules:
            missing_bits |= places[i] & ~asked_away[i] & blank
        missing = tuple(name for place, name in enumerate(facts) if missing_bits >> place & 1)
        possible = [program.rule[i] for i in open_rules] + ([program.rule[first]] if true else [])
        answers = [rule.send for rule in possible] + ([] if true else [()])
        names = tuple(rule.id for rule in possible) + (() if true else (NO_RULE,))
        return settle(program, answers=answers, rules_left=names, missing=missing)

    return walk


def settle(
    program: Program, *, answers: list[tuple[str, ...]], rules_left: tuple[str, ...], missing: tuple[str, ...]
) -> Outcome:
    """What a set of possible answers comes to. The empty answer is *no rule*: not ours, the usual response."""
    distinct = tuple(dict.fromkeys(answers))
    ours = [answer for answer in distinct if is_ours(program, answer)]
    if len(ours) == len(distinct):
        if len(ours) == 1:
            team = next(service for service in ours[0] if service in program.team_ids)
            return Outcome("ours", distinct, rules_left, team, ours[0], missing)
        teams = [service for answer in ours for service in answer if service in program.team_ids]
        team = max(teams, key=lambda service: _protection(program, service))
        best = next(answer for answer in ours if team in answer)
        return Outcome("ours", distinct, rules_left, team, best, missing)
    if not ours:
        usual = (program.undecided.send,)
        union = tuple(dict.fromkeys(service for answer in distinct for service in answer or usual))
        return Outcome("not ours", distinct, rules_left, None, union, missing)
    return Outcome("cannot be said", distinct, rules_left, None, (program.undecided.send,), missing)


def is_ours(program: Program, answer: tuple[str, ...]) -> bool:
    """Whether an answer sends one of our teams."""
    return any(service in program.team_ids for service in answer)


def _protection(program: Program, team: str) -> int:
    order = program.undecided.protection
    return order.index(team) if team in order else -1
