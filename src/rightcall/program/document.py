"""What a city decided: the program document as frozen values, validated once when built."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from functools import cached_property
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator

from rightcall.program import conditions
from rightcall.program.conditions import Condition
from rightcall.program.home import Home, HomeCriterion, HomeOption, Stakeholder
from rightcall.program.money import Budget, Cost, Fund
from rightcall.program.people import (
    Employer,
    Hiring,
    NetHours,
    Overtime,
    Pattern,
    Position,
    Premium,
    Structure,
    Target,
    WorkRule,
)
from rightcall.program.values import Amount, Count, Crew, ShareOf, Sourced, Thing, UnknownValue

TeamKind = Literal["phone", "in person", "with police", "follow-up"]
Units = Annotated[int, Field(ge=0, le=10_000)] | UnknownValue
LAYERS = tuple(conditions.LAYERS)


class AreaFile(Thing):
    """A GeoJSON file of areas of one layer; `name` is the property that names an area."""

    layer: str
    file: str
    name: str = "name"


class Head(Sourced):
    """Who the program is, and since when."""

    name: str
    jurisdiction: str
    time_zone: str
    effective: dt.date
    until: dt.date | None = None
    languages: tuple[str, ...] = ("en",)
    population: Count = "unknown"
    population_source: str = ""
    call_types: str | None = None
    areas: tuple[AreaFile, ...] = ()


class Cad(Sourced):
    """How the program stands to the center's CAD."""

    mode: Literal["mirror", "assign"] = "mirror"
    advice_older_than_seconds: int = 90


class Promise(Sourced):
    """What a follow-up team promises."""

    contact_within_hours: Amount = "unknown"


class Team(Sourced):
    """A team that can go: its kind, its crew by role, and the least crew that may go out."""

    id: str
    name: str
    kind: TeamKind
    crew: Crew = Field(default_factory=dict)
    goes_with_at_least: Crew = Field(default_factory=dict)
    needs_from_others: Crew = Field(default_factory=dict)
    languages: tuple[str, ...] = ()
    vehicle: str = ""
    promise: Promise | None = None
    # So many of its units stay free for the most urgent calls.
    keep_free: Annotated[int, Field(ge=0)] = 0

    @field_validator("goes_with_at_least")
    @classmethod
    def _within_the_crew(cls, least: Crew, told: ValidationInfo) -> Crew:
        crew = told.data.get("crew") or {}
        for role, n in least.items():
            if crew and n > crew.get(role, 0):
                raise ValueError(
                    f"{n} {role} cannot be the least of a crew that has {crew.get(role, 0)}: correct crew, or this"
                )
        return least


class Base(Sourced):
    """A place where crews wait: `id` is what a shift's `base` names."""

    id: str
    lat: Annotated[float, Field(ge=-90, le=90)]
    lon: Annotated[float, Field(ge=-180, le=180)]


class Outside(Sourced):
    """A service that is not ours and can be sent."""

    id: str
    name: str = ""


class Shift(Sourced):
    """When a team is on duty: days of beginning, first hour, length on the wall clock, how many units, where.

    `start` and `end`: the first and the last day on which it begins (`from` and `until` in the document).
    """

    team: str
    days: str | tuple[str, ...] = "daily"
    starts: str
    hours: Annotated[float, Field(gt=0, le=24)]
    units: Units = "unknown"
    area: str | dict[str, tuple[str, ...]] = "city"
    base: str = ""
    start: dt.date | None = Field(default=None, alias="from")
    end: dt.date | None = Field(default=None, alias="until")
    holidays: Literal["work", "off", "only"] = "work"
    meal_minutes: Annotated[float, Field(ge=0)] = 0
    no_calls_in_last_minutes: Annotated[float, Field(ge=0)] = 0


def _condition(value: Any) -> Any:
    if isinstance(value, dict):
        return conditions.parse(value, key="")[0]
    if value is not None and not isinstance(value, Condition):
        raise ValueError("write a table such as { weapon = true }")
    return value


ConditionField = Annotated[Any, BeforeValidator(_condition)]


class Rule(Sourced):
    """A rule: the first true one ends the walk."""

    id: str
    when: ConditionField
    unless: ConditionField = None
    send: tuple[str, ...]
    otherwise: tuple[tuple[str, ...], ...] = ()
    keep_on_line: str | None = None
    officer_stays_until: str | None = None
    requires: tuple[str, ...] = ()
    reviewed: dt.date | None = None
    # "Not enough information" is not a finding about the call: such a rule's calls are counted as not assessed.
    not_assessed: bool = False

    @property
    def condition(self) -> Condition:
        """`when` and not `unless`."""
        if self.unless is None:
            return self.when  # type: ignore[no-any-return]
        return conditions.All((self.when, conditions.Not(self.unless)))


class Facts(Thing):
    """Which facts the center asks for, and what is presumed when nobody volunteered otherwise."""

    asked: tuple[str, ...] = ()
    presumed: dict[str, bool | str] = Field(default_factory=dict)


class Question(Sourced):
    """The signed wording of a question that asks for a fact."""

    fact: str
    ask: dict[str, str]
    signed_by: tuple[str, ...] = ()


class Undecided(Sourced):
    """What is sent while it cannot be said, and our teams from the least to the most protective."""

    send: str = "usual"
    protection: tuple[str, ...] = ()


class Expect(Sourced):
    """What an unknown fact probably is. For history and simulation only, never live."""

    fact: str
    value: bool | str = True
    when: ConditionField = Field(default_factory=lambda: conditions.All(()))
    share: ShareOf | UnknownValue = "unknown"


class Dispatch(Sourced):
    """Limits while it runs."""

    hold_at_most_minutes: dict[str, Annotated[float, Field(ge=0)]] = Field(default_factory=dict)
    acknowledge_within_seconds: int | None = None
    check_in_every_minutes: dict[str, float] = Field(default_factory=dict)
    ties: Literal["listed first", "longest idle"] = "listed first"


Speed = Annotated[float, Field(gt=0, le=200)]


class Travel(Sourced):
    """How crews get around: one speed, or one for each hour of the day, along a way that is longer than a straight line.

    Where the city has measured minutes between the areas of a `layer`, `minutes` says them, from an area to areas:
    `minutes = { North = { North = 4, South = 11 } }`. A pair that is named one way only takes as long the other way; one that is
    not named goes by the speed.
    """

    speed_kmh: Speed | tuple[Speed, ...]
    detour: Annotated[float, Field(ge=1)] = 1.3
    layer: str | None = None
    minutes: dict[str, dict[str, Annotated[float, Field(ge=0, le=600)]]] = Field(default_factory=dict)

    @field_validator("speed_kmh")
    @classmethod
    def _each_hour(cls, value: Any) -> Any:
        if isinstance(value, tuple) and len(value) != 24:
            raise ValueError("give one speed, or 24, one for each hour of the day")
        return value


class Assume(Sourced):
    """What nobody measured here: one of the named inputs of a simulation, with its range. Never used live.

    `family`, `months` (1 to 12): where it holds, everywhere if empty. Without `low` and `high` it is taken as certain.
    """

    input: str
    value: Annotated[float, Field(ge=0)] | UnknownValue
    low: Annotated[float, Field(ge=0)] | None = None
    high: Annotated[float, Field(ge=0)] | None = None
    family: tuple[str, ...] = ()
    months: tuple[Annotated[int, Field(ge=1, le=12)], ...] = ()


class Variant(Sourced):
    """A small named change to compare."""

    id: str
    change: tuple[dict[str, Any], ...] = ()


class Program(Thing):
    """A whole program document. Lists keep the document's order; rules are walked in it."""

    program: Head
    cad: Cad = Cad()
    team: tuple[Team, ...] = ()
    base: tuple[Base, ...] = ()
    outside: tuple[Outside, ...] = ()
    shift: tuple[Shift, ...] = ()
    undecided: Undecided = Undecided()
    facts: Facts = Facts()
    rule: tuple[Rule, ...] = ()
    question: tuple[Question, ...] = ()
    expect: tuple[Expect, ...] = ()
    dispatch: Dispatch = Dispatch()
    travel: Travel | None = None
    assume: tuple[Assume, ...] = ()
    home: Home | None = None
    home_criterion: tuple[HomeCriterion, ...] = ()
    home_option: tuple[HomeOption, ...] = ()
    stakeholder: tuple[Stakeholder, ...] = ()
    target: tuple[Target, ...] = ()
    pattern: tuple[Pattern, ...] = ()
    work_rule: tuple[WorkRule, ...] = ()
    overtime: Overtime = Overtime()
    premium: tuple[Premium, ...] = ()
    net_hours: NetHours | None = None
    employer: tuple[Employer, ...] = ()
    position: tuple[Position, ...] = ()
    hiring: Hiring = Hiring()
    structure: Structure = Structure()
    budget: Budget = Budget()
    cost: tuple[Cost, ...] = ()
    fund: tuple[Fund, ...] = ()
    variant: tuple[Variant, ...] = ()

    @cached_property
    def team_ids(self) -> frozenset[str]:
        """The ids of our own teams."""
        return frozenset(team.id for team in self.team)

    @cached_property
    def version(self) -> str:
        """SHA-256 of the canonical document: the same for the same decisions, whatever the comments and the layout.

        What is written as the default says is left out, so that a key that comes later changes no older document.
        """
        content = self.model_dump(mode="json", by_alias=True, exclude_defaults=True, exclude={"rule", "expect"})
        content["rule"] = [
            {**r.model_dump(mode="json", exclude_defaults=True, exclude={"when", "unless"}), "when": repr(r.condition)}
            for r in self.rule
        ]
        content["expect"] = [
            {**e.model_dump(mode="json", exclude_defaults=True, exclude={"when"}), "when": repr(e.when)}
            for e in self.expect
        ]
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

    def unknowns(self) -> list[str]:
        """Every value that the document leaves unknown, by its key; entries of a list by their id, name or title."""
        return _unknowns(
            self.model_dump(mode="json", by_alias=True, exclude={"rule": {"__all__": {"when", "unless"}}}), ""
        )


def _unknowns(value: Any, key: str) -> list[str]:
    if isinstance(value, dict):
        return [found for name, inner in value.items() for found in _unknowns(inner, f"{key}.{name}" if key else name)]
    if isinstance(value, list):
        return [
            found for i, inner in enumerate(value, start=1) for found in _unknowns(inner, f"{key}[{_label(inner, i)}]")
        ]
    return [key] if value == "unknown" else []


def _label(entry: Any, number: int) -> str:
    names = [entry.get(name) for name in ("id", "name", "title")] if isinstance(entry, dict) else []
    return str(next((name for name in names if name), number))
