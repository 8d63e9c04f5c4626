"""Where the program may live: criteria, options with their scores, and what each stakeholder weighs."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from rightcall.program.values import ShareOf, Sourced, UnknownValue

LOWEST, HIGHEST = 1.0, 5.0
# What a city weighs, where the document names nothing of its own.
CRITERIA = (
    "dispatch integration", "independence", "clinical oversight", "data access", "cost", "speed", "public trust", "labor", "continuity",
)  # fmt: skip


def _score(value: Any) -> Any:
    if value == "unknown":
        return value
    ends = value if isinstance(value, (list, tuple)) else (value, value)
    numbers = all(isinstance(end, (int, float)) and not isinstance(end, bool) for end in ends)
    if numbers and len(ends) == 2 and ends[0] > ends[1]:
        raise ValueError(f"the low end of a range comes first: write [{ends[1]:g}, {ends[0]:g}]")
    if len(ends) != 2 or not numbers or not LOWEST <= ends[0] <= ends[1] <= HIGHEST:
        raise ValueError('a score is a number from 1 to 5, a range such as [2, 4], or "unknown"')
    return tuple(float(end) for end in ends)


Score = Annotated[tuple[float, float] | UnknownValue, BeforeValidator(_score)]


class Home(Sourced):
    """Where the program lives."""

    department: str
    reports_to: str = ""


class HomeCriterion(Sourced):
    """What a home is judged by. `at_least`, `at_most`: the share of all weight that it may have, for any reasonable person."""

    id: str
    name: str = ""
    at_least: ShareOf = 0.0
    at_most: ShareOf = 1.0


class HomeOption(Sourced):
    """A home that is considered. `scores` from 1 to 5, higher is better, as ranges (low, high); what is missing is unknown."""

    id: str
    name: str = ""
    scores: dict[str, Score] = Field(default_factory=dict)


class Stakeholder(Sourced):
    """Somebody who has a say, and what they weigh: any numbers, only their proportion counts."""

    name: str
    weights: dict[str, Annotated[float, Field(ge=0, le=1e6)]] = Field(default_factory=dict)
