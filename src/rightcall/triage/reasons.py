"""A decision as a sentence, and what would have changed it."""

from __future__ import annotations

import polars as pl

from rightcall.calls.columns import FACTS
from rightcall.locale import N_, Message, Words
from rightcall.program import conditions
from rightcall.program.document import Program
from rightcall.triage import decisions
from rightcall.triage.decisions import NO_RULE, Outcome, Prepared


def reason(outcome: Outcome, *, program: Program) -> Message:
    """Why a call was decided as it was, in one sentence."""
    by_id = {rule.id: rule for rule in program.rule}
    why = by_id[outcome.rule].why if outcome.rule in by_id else ""
    if outcome.outcome == "cannot be said":
        return Message(
            N_("It cannot be said: {missing} unknown. The usual response goes at once."),
            {"missing": fact_list(outcome.missing)},
        )
    if outcome.rule == NO_RULE:
        return Message(N_("Not ours: no rule of the program takes this call."))
    values = {"rule": outcome.rule, "why": why, "services": service_names(outcome.send, program)}
    if outcome.outcome == "ours":
        if len(outcome.possible) > 1:
            return Message(N_("Ours in every case; the most protective team is proposed: {services}."), values)
        return Message(N_("Ours: the rule “{rule}” sends {services}. {why}"), values)
    if len(outcome.possible) > 1:
        return Message(
            N_("Not ours, whatever the unknown turns out to be: at the latest by the rule “{rule}”. {why}"), values
        )
    return Message(N_("Not ours: the rule “{rule}” sends {services}. {why}"), values)


def fact_list(names: tuple[str, ...]) -> list[Message]:
    """Facts in words."""
    return [Message(name.replace("_", " ")) for name in names]


def service_names(services: tuple[str, ...], program: Program) -> str:
    """Services by the names that the program gives them."""
    names = {team.id: team.name for team in program.team} | {s.id: s.name or s.id for s in program.outside}
    return " + ".join(names.get(service, service) for service in services)


def what_would_change(call: pl.DataFrame, *, prepared: Prepared) -> tuple[tuple[str, object, Outcome], ...]:
    """Single facts whose other value would change the outcome of one decided call: (fact, value, outcome then)."""
    now = decisions.decide_one(call, prepared=prepared)
    rule = next((rule for rule in prepared.program.rule if rule.id == now.rule), None)
    known = call.row(0, named=True)
    names = conditions.columns(rule.condition) if rule else tuple(n for n in FACTS if known.get(n) is not None)
    found = []
    for name in names:
        if name not in FACTS or known.get(name) is None:
            continue
        other = call.with_columns(pl.lit(not known[name]).alias(name))
        then = decisions.decide_one(other, prepared=prepared)
        if then.outcome != now.outcome:
            found.append((name, not known[name], then))
    return tuple(found)


def sentence(outcome: Outcome, *, program: Program, words: Words) -> str:
    """The reason, said in a language."""
    return str(words.value(reason(outcome, program=program))).strip()
