"""The Crisis Now calculator: an estimate of need by population that owes nothing to the city's own calls.

Flows as printed in a deck of Virginia's DBHDS, after Arizona in 2014 (planning.md section 1): of 230 crisis episodes a month
per 100,000 people, 32 % need a mobile crisis team, 54 % a crisis receiving facility, 14 % an emergency department; 30 % of
those whom a mobile team meets go on to a receiving facility, 35 % of whom go on to a short-term bed, 25 % of whom to an
inpatient bed, as all do from the emergency department. That the 230 are by the month is inferred, not printed.
"""

from __future__ import annotations

from dataclasses import dataclass

from rightcall.locale import N_

EPISODES = 230 / 100_000
MOBILE, FACILITY, EMERGENCY = 0.32, 0.54, 0.14
MOBILE_TO_FACILITY, FACILITY_TO_BED, BED_TO_INPATIENT = 0.30, 0.35, 0.25
SOURCE = N_("Virginia DBHDS, “Right Help, Right Now”, after Arizona 2014")


@dataclass(frozen=True)
class Need:
    """People a month at each step of crisis care."""

    population: int
    episodes: float
    mobile: float
    emergency: float
    facility: float
    short_term: float
    inpatient: float


def need(population: int) -> Need:
    """The need of a population by the calculator's flows."""
    episodes = EPISODES * population
    mobile, emergency = MOBILE * episodes, EMERGENCY * episodes
    facility = FACILITY * episodes + MOBILE_TO_FACILITY * mobile
    short_term = FACILITY_TO_BED * facility
    return Need(
        population, episodes, mobile, emergency, facility, short_term, BED_TO_INPATIENT * short_term + emergency
    )
