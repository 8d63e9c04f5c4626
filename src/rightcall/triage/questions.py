"""Which unanswered question could still change the decision. At most three, the most telling first.

Only facts that the program declares as asked, and only in a wording that was signed. No call waits for an answer.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from rightcall.calls.columns import CATEGORIES, FACTS
from rightcall.program.document import Question
from rightcall.triage import decisions
from rightcall.triage.decisions import Outcome, Prepared

MOST_QUESTIONS = 3


@dataclass(frozen=True)
class Asked:
    """A fact that is worth asking for, its wording where one is signed, and what each answer would leave."""

    fact: str
    question: Question | None
    answers: dict[bool | str, Outcome]


def worth_asking(call: pl.DataFrame, *, prepared: Prepared) -> tuple[Asked, ...]:
    """The facts whose answer can still change the decision on one call (a table with one row).

    A fact is worth asking for when some answer leaves other answers possible than there are now. The order is by
    how few answers remain on average; a fact that can settle the call comes before one that cannot.
    """
    program = prepared.program
    now = decisions.decide_one(call, prepared=prepared)
    if len(now.possible) == 1:
        return ()
    found = []
    for place, fact in enumerate(now.missing):
        if fact not in program.facts.asked:
            continue
        answers = {value: _answered(call, fact, value, prepared) for value in _values(fact)}
        if any(set(outcome.possible) != set(now.possible) for outcome in answers.values()):
            settled = sum(outcome.outcome != "cannot be said" for outcome in answers.values()) / len(answers)
            left = sum(len(outcome.possible) for outcome in answers.values()) / len(answers)
            found.append((-settled, left, place, fact, answers))
    wording = {question.fact: question for question in program.question if question.signed_by}
    return tuple(
        Asked(fact, wording.get(fact), answers)
        for _, _, _, fact, answers in sorted(found, key=lambda f: f[:3])[:MOST_QUESTIONS]
    )


def _values(fact: str) -> list[bool | str]:
    return [True, False] if fact in FACTS else list(CATEGORIES.get(fact, []))


def _answered(call: pl.DataFrame, fact: str, value: bool | str, prepared: Prepared) -> Outcome:
    answered = call.with_columns(pl.lit(value).cast(call.schema[fact]).alias(fact))
    return decisions.decide_one(answered, prepared=prepared)
