"""The people of a program as the document states them: what they must cover, how they may work, who employs and leads them."""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

from pydantic import Field

from rightcall.program.values import Amount, Load, ShareOf, Sourced, Thing, UnknownValue

# Hours that are paid in each unit of pay: 2,080 a year.
PAY_UNITS = {"year": 2080.0, "month": 2080 / 12, "week": 40.0, "hour": 1.0}
FULL_WEEK = 40.0

# What a program needs somebody for besides the calls; a position says in `covers` which of them it does.
CLINICAL_SUPERVISION, PEER_SUPERVISION = "clinical supervision", "peer supervision"
SHIFT_SUPERVISION, TRAINING, ANALYSIS, DIRECTION = "shift supervision", "training", "analysis", "direction"
DUTIES = (DIRECTION, SHIFT_SUPERVISION, CLINICAL_SUPERVISION, PEER_SUPERVISION, TRAINING, ANALYSIS)

# Kinds of work rule: what their number counts, and whether it is the least or the most.
REST, WEEK, IN_A_ROW, DAYS_OFF = "rest between shifts", "hours a week", "days in a row", "days off in a row"
WEEKENDS = "weekends in a row"
RULE_UNITS = {REST: ("hours", "at_least"), WEEK: ("hours", "at_most"), IN_A_ROW: ("days", "at_most"), DAYS_OFF: ("days", "at_least"), WEEKENDS: ("weekends", "at_most")}  # fmt: skip
UNKNOWN = "unknown"
HOLIDAY, NIGHT, WEEKEND, ON_CALL = "holiday", "night", "weekend", "on call"


class Target(Sourced):
    """What the staffing of a team must reach in every four hours of the week: the share of the calls that come while it is
    open for which a unit is free within so many minutes (0: at once). Open on `days` from `starts` for `hours`, with `at_least` so many units.
    `same_shifts`: on which days the shifts must be the same; "never" takes the fewest people and the most explaining.
    """

    team: str
    share: ShareOf
    within_minutes: Annotated[float, Field(ge=0)] = 0
    days: str | tuple[str, ...] = "daily"
    starts: str = "00:00"
    hours: Annotated[float, Field(gt=0, le=24)] = 24
    at_least: Annotated[int, Field(ge=0, le=100)] = 1
    same_shifts: Literal["weekdays", "daily", "never"] = "weekdays"


class Weekends(Thing):
    """So many weekends worked of every so many."""

    work: Annotated[int, Field(ge=0)]
    of: Annotated[int, Field(ge=1)]


class Pattern(Sourced):
    """A way to work: shifts of one length, so many a week, administrative hours besides, in a rotation of weeks.

    `starts`: when its shifts may begin, every hour if empty. `mixes_hours`: whether one person may work days and nights;
    else everybody keeps to starts in the same four hours of the clock. `break_days`: a run of days off once in every rotation.
    `roles`: who may work so, everybody if empty.
    """

    id: str
    hours: Annotated[float, Field(gt=0, le=24)]
    shifts_a_week: Annotated[int, Field(ge=1, le=7)]
    administrative_hours: Annotated[float, Field(ge=0, le=40)] = 0
    weeks: Annotated[int, Field(ge=1, le=52)] = 1
    weekends: Weekends | None = None
    break_days: Annotated[int, Field(ge=0, le=14)] = 0
    starts: tuple[str, ...] = ()
    mixes_hours: bool = False
    roles: tuple[str, ...] = ()

    @property
    def paid_hours(self) -> float:
        """Hours paid a week."""
        return self.hours * self.shifts_a_week + self.administrative_hours


class WorkRule(Sourced):
    """A rule of work and where it stands: the contract's article, a policy. In hours, days or weekends as its kind says."""

    kind: Literal["rest between shifts", "hours a week", "days in a row", "days off in a row", "weekends in a row"]
    at_least: Annotated[float, Field(ge=0)] | None = None
    at_most: Annotated[float, Field(ge=0)] | None = None
    roles: tuple[str, ...] = ()

    @property
    def number(self) -> float:
        """The one number that its kind is about."""
        value = getattr(self, RULE_UNITS[self.kind][1])
        return float(value)


class Overtime(Sourced):
    """When hours are overtime, and at which rate. `exempt` roles have none; both exemptions need `counsel`: who said so."""

    after_hours: Annotated[float, Field(gt=0)] = FULL_WEEK
    period_days: Annotated[int, Field(ge=1)] = 7
    rate: Annotated[float, Field(ge=1)] = 1.5
    exempt: tuple[str, ...] = ()
    counsel: str = ""


class Premium(Sourced):
    """What is paid on top of an hour: a share of pay (`rate`) or dollars. `starts` and `hours`: when, for nights and weekends.

    On call: dollars for each of `hours_a_week`, for one person of each of `roles` (one person if none is named).
    """

    kind: Literal["holiday", "night", "weekend", "on call"]
    rate: Load = 0
    dollars: Annotated[float, Field(ge=0)] = 0
    starts: str = "00:00"
    hours: Annotated[float, Field(gt=0, le=24)] = 24
    hours_a_week: Annotated[float, Field(ge=0, le=168)] = 0
    roles: tuple[str, ...] = ()


class NetHours(Sourced):
    """What one person works in a year: hours paid less `leave` (paid and not worked) and `duties` (worked, not on shift).

    `turnover`: the share of people who leave in a year; a post then stands empty for `months_to_fill`.
    """

    paid: Annotated[float, Field(gt=0, le=8784)] = 2080
    leave: dict[str, Annotated[float, Field(ge=0)]] = Field(default_factory=dict)
    duties: dict[str, Annotated[float, Field(ge=0)]] = Field(default_factory=dict)
    turnover: ShareOf | UnknownValue = "unknown"
    months_to_fill: Amount = "unknown"

    @property
    def worked(self) -> float:
        """Hours at work a year."""
        return self.paid - sum(self.leave.values())

    @property
    def net(self) -> float:
        """Hours at work a year that are not taken by other duties."""
        return self.worked - sum(self.duties.values())

    @property
    def vacancy(self) -> float | None:
        """The share of posts that stand empty: leavers a year × the part of a year that a post stays empty."""
        if self.turnover == "unknown" or self.months_to_fill == "unknown":
            return None
        empty = self.turnover * self.months_to_fill / 12
        return empty / (1 + empty)


class Employer(Sourced):
    """Who may employ the people: what that costs besides pay, and what the city keeps in hand.

    `benefits` on pay, paid leave not among them; `overhead` on pay with benefits; `pay` a share of the pay
    of the positions where it has none of its own; `vacancy`: the share of its posts that stand empty. Dollars a year: `oversight`
    that the city needs, `liability`; `start_up` once; `ramp_up_months` until it serves. `roles` that it would employ, all if empty.
    """

    id: str
    name: str = ""
    kind: Literal["city", "contractor"] = "city"
    roles: tuple[str, ...] = ()
    pay: Annotated[float, Field(gt=0)] | None = None
    benefits: Load | UnknownValue = "unknown"
    overhead: Load | UnknownValue = "unknown"
    vacancy: ShareOf | UnknownValue = "unknown"
    oversight: Amount = "unknown"
    liability: Amount = "unknown"
    start_up: Amount = "unknown"
    ramp_up_months: Amount = "unknown"
    data_access: str = "unknown"
    dispatch_control: str = "unknown"


class Position(Sourced):
    """A post. `role`: on which crews it works; `covers`: what else it is there for; `reports_to`: a title of the document or
    somebody above the program.
    """

    title: str
    role: str = ""
    employer: str = "unknown"
    count: Amount = "unknown"
    pay: dict[str, Any] = Field(default_factory=dict)
    reports_to: str = ""
    covers: tuple[str, ...] = ()


class Hiring(Sourced):
    """From posting to first shift: weeks of each step. `most_a_month`: how many can be trained and begin in a month."""

    posted: dt.date | None = None
    posting_weeks: Annotated[float, Field(ge=0)] = 4
    selection_weeks: Annotated[float, Field(ge=0)] = 8
    training_weeks: Annotated[float, Field(ge=0)] = 4
    most_a_month: Annotated[int, Field(ge=1)] | UnknownValue = "unknown"
    late_months: tuple[Annotated[int, Field(ge=1, le=24)], ...] = (3, 6)


class Structure(Sourced):
    """Norms of structure: direct reports of a leader, extra minutes of a telecommunicator for each call that is assessed."""

    span_least: Annotated[int, Field(ge=1)] = 3
    span_most: Annotated[int, Field(ge=1)] = 7
    telecommunicator_minutes: Amount = "unknown"
