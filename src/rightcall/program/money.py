"""What the program costs and who pays: the budget's years, costs beside people, sources of money with their terms."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from rightcall.program.values import Amount, ShareOf, Sourced, Thing, UnknownValue

# What a cost can be for; what a source may pay for names one of these, a cost, a position, a role or a team.
PEOPLE = "people"
KINDS = (PEOPLE, "vehicles", "equipment", "training", "software", "space", "evaluation", "contract", "other")
ONCE = "once"
# How often an amount falls due in a year.
YEARLY = {"year": 1.0, "month": 12.0, "week": 365 / 7, "day": 365.0}
UNITS = (*YEARLY, ONCE)
MEDICAID, NINE_ONE_ONE = "medicaid", "911 fees"
# The city's own money; with its county's it may stand as the match of somebody else's.
OWN = ("city", "levy")
LOCAL = (*OWN, "county")
FUND_KINDS = (*LOCAL, "state", "federal", "grant", MEDICAID, "opioid settlement", NINE_ONE_ONE, "philanthropy", "other")
SECURED, LIKELY, HOPED = "secured", "likely", "hoped"


class Days(Thing):
    """From the first day to the last, both in it."""

    start: dt.date = Field(alias="from")
    end: dt.date = Field(alias="until")


class Budget(Sourced):
    """How costs go through the years: `first_year` is a fiscal year of twelve months.

    `step`: what a person's pay rises a year until the end of its range; `pay_growth`: what the ranges themselves rise;
    `price_growth`: all else. `hired_at`: where in its range pay begins. `option`: which way to employ the people is
    budgeted, by the name of an employer or "hybrid"; the first if empty.
    """

    first_year: Days | None = None
    years: Annotated[int, Field(ge=5, le=15)] = 5
    hired_at: Literal["low", "middle", "high"] = "middle"
    step: ShareOf | UnknownValue = "unknown"
    pay_growth: ShareOf | UnknownValue = "unknown"
    price_growth: ShareOf | UnknownValue = "unknown"
    option: str = ""


class Cost(Sourced):
    """A cost beside the people. `unit`: how often the amount falls due; once: on the day `from`, or with the first year.

    `for_each`: the amount is for each person employed, each person hired, or each unit on duty at once. `every_years`: a
    thing that is bought once is bought again after so many years. `grows`: a year, else as prices do. `paid_by`: the source
    that is promised for it.
    """

    name: str
    amount: Amount = "unknown"
    unit: str = "year"
    kind: str = ""
    for_each: Literal["person", "hire", "unit"] | None = None
    every_years: Annotated[int, Field(ge=1, le=30)] | None = None
    grows: ShareOf | None = None
    start: dt.date | None = Field(default=None, alias="from")
    end: dt.date | None = Field(default=None, alias="until")
    paid_by: str = ""


class FederalShare(Thing):
    """The share that the federal government pays of what is billed, until a day."""

    share: ShareOf
    end: dt.date | None = Field(default=None, alias="until")


class Medicaid(Sourced):
    """What an encounter brings: encounters × payer mix × billable × units × rate × collection (planning.md section 8).

    `encounters` a year: a number, or as many as the simulation answers in person. `federal_share`: in order of their ends;
    where `city_pays_rest`, only the federal part is new money.
    """

    encounters: Annotated[float, Field(ge=0)] | Literal["simulated", "unknown"] = "simulated"
    payer_mix: ShareOf | UnknownValue = "unknown"
    billable: ShareOf | UnknownValue = "unknown"
    units: Amount = "unknown"
    rate: Amount = "unknown"
    collection: ShareOf | UnknownValue = "unknown"
    federal_share: tuple[FederalShare, ...] = ()
    city_pays_rest: bool | UnknownValue = "unknown"


class Fund(Sourced):
    """A source of money: `amount` at most in the first fiscal year, which `grows` by a share a year, `total` at most in all, from
    its first day to its last.

    `match`: the share of what it helps to pay that local money must bear. `pays_for`: kinds of cost, costs, positions, roles
    or teams; everything if empty. `risk`: the chance that it does not come.
    """

    name: str
    kind: str = ""
    amount: Amount | None = "unknown"
    grows: ShareOf | None = None
    total: Amount | None = None
    start: dt.date | None = Field(default=None, alias="from")
    end: dt.date | None = Field(default=None, alias="until")
    pays_for: tuple[str, ...] = ()
    match: ShareOf = 0.0
    certainty: Literal["secured", "likely", "hoped", "unknown"] = "unknown"
    risk: ShareOf | None = None
    medicaid: Medicaid | None = None

    @model_validator(mode="before")
    @classmethod
    def _by_formula(cls, content: Any) -> Any:
        """What Medicaid brings is computed: no amount is missing there."""
        return {"amount": None, **content} if isinstance(content, dict) and "medicaid" in content else content
