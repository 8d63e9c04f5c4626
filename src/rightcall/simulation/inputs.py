"""What a simulation has to assume where a city's own data are silent: named inputs, each with a range and a source.

In every run each input takes a value from its range, the same for all designs of that run, so that the spread of the
results holds what nobody knows. What a program document says in `[[assume]]` takes the place of what stands here.
"""

from __future__ import annotations

import math
import zlib
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from rightcall.calls.families import FAMILIES
from rightcall.dispatch import backup
from rightcall.errors import Problem, RightcallError
from rightcall.locale import N_
from rightcall.program import conditions
from rightcall.program.document import Assume, Program

STRATA = 100
SHARE, MINUTES, FACTOR = "share", "minutes", "factor"
ASSUMED = N_("assumed; nobody published a figure")
TEAMS_OF_OREGON = N_("mobile crisis teams of an Oregon county, 4,674 dispatches, 2024–2025")


class InputError(RightcallError):
    """An input that a program names cannot be used."""


@dataclass(frozen=True)
class Input:
    """A named input: what it is, its unit, the range from `low` to `high`, the likeliest `value`, and who says so.

    `ours`: it stands in the program document. `published`: the value was counted somewhere; else it is assumed.
    """

    name: str
    title: str
    unit: str
    low: float
    value: float
    high: float
    source: str
    ours: bool = False
    published: bool = False

    def at(self, level: float) -> float:
        """The value at a level from 0 to 1, by the triangular law of the range; the middle level may differ from it."""
        span, below = self.high - self.low, self.value - self.low
        if span <= 0:
            return self.value
        cut = below / span
        if level <= cut:
            return self.low + math.sqrt(level * span * below)
        return self.high - math.sqrt((1 - level) * span * (self.high - self.value))


_BACKUP = {each.program: each.share for each in backup.PUBLISHED}
# Inputs that may differ by family and month, or by family; the others hold everywhere.
BY_MONTH = ("uptake", "hand-over", "growth")
BY_FAMILY = (*BY_MONTH, "settled by phone", "talk", "patience", "on scene", "canceled", "staged", "staging", "found otherwise",
             "transported", "transport", "finishing", "back-up", "back-up, urgent")  # fmt: skip
CATALOGUE: dict[str, Input] = {
    entry.name: entry
    for entry in (
        Input("screening", N_("calls of which it cannot be said that are ours"), SHARE, 0.0, 0.5, 1.0,
              N_("nobody knows until a sample is read by hand (rightcall sample)")),
        Input("uptake", N_("eligible calls that the center offers to a team"), SHARE, 0.5, 0.75, 1.0, ASSUMED),
        Input("hand-over", N_("calls not offered that officers hand over"), SHARE, 0.0, 0.05, 0.3,
              N_("assumed; in Seattle's first half-year 88 % of 539 responses came from officers on scene")),
        Input("growth", N_("growth with trust, as a factor"), FACTOR, 1.0, 1.0, 1.2, ASSUMED),
        Input("settled by phone", N_("calls at the desk that need no visit"), SHARE, 0.3, 0.46, 0.6,
              N_("Houston's crisis call diversion: about 2,100 of 4,566 transfers in a year"), published=True),
        Input("talk", N_("minutes on the phone with a caller, mean"), MINUTES, 10, 20, 40, ASSUMED),
        Input("patience", N_("minutes that a caller waits for a clinician, mean"), MINUTES, 2, 5, 10, ASSUMED),
        Input("turnout", N_("minutes until a crew rolls, mean"), MINUTES, 1, 2, 4, ASSUMED),
        Input("travel", N_("travel times, as a factor"), FACTOR, 0.8, 1.0, 1.3, ASSUMED),
        Input("on scene", N_("minutes on scene, as a factor"), FACTOR, 0.8, 1.0, 1.5,
              N_("assumed; crews that care may stay longer than officers whose stamps are used")),
        Input("canceled", N_("responses canceled on the way"), SHARE, 0.02, 0.046, 0.08, TEAMS_OF_OREGON, published=True),
        Input("staged", N_("visits that wait until the scene is safe"), SHARE, 0.0, 0.05, 0.15, ASSUMED),
        Input("staging", N_("minutes of that wait, mean"), MINUTES, 5, 8, 20, ASSUMED),
        Input("found otherwise", N_("visits that end early, something unsafe found"), SHARE, 0.0, 0.004, 0.02, TEAMS_OF_OREGON, published=True),
        Input("transported", N_("visits that end with a ride to care"), SHARE, 0.025, 0.145, 0.2,
              N_("mobile crisis teams of an Oregon county (14.5 %); Portland 2.5 %"), published=True),
        Input("transport", N_("minutes of such a ride, mean"), MINUTES, 15, 25, 45, ASSUMED),
        Input("finishing", N_("minutes to write the record, mean"), MINUTES, 5, 10, 20, ASSUMED),
        Input("back-up", N_("visits at which the crew asks for police"), SHARE, min(_BACKUP.values()), _BACKUP["San Francisco SCRT"], max(_BACKUP.values()),
              N_("Eugene 0.6 %, San Francisco 2 %, Olympia 20 %, Denver's pilot none"), published=True),
        Input("back-up, urgent", N_("requests for back-up that are urgent"), SHARE, 0.0, 0.25, 0.5, ASSUMED),
        Input("back-up, minutes", N_("officer minutes for each back-up, mean"), MINUTES, 15, 30, 60, ASSUMED),
        Input("officer", N_("wait for an officer, as a factor on today's"), FACTOR, 0.7, 1.0, 1.5, ASSUMED),
        Input("police attended", N_("our calls to which police would have gone"), SHARE, 0.5, 0.8, 1.0,
              N_("assumed; in Eugene many calls would else have had no answer (NBER 33761)")),
    )
}  # fmt: skip

# Quantiles of minutes on scene of the mobile crisis teams, at 0, .1, .25, .5, .75, .9, .95 and 1; the last is set so that
# the mean is theirs, 29.2 minutes.
ON_SCENE_LEVELS = (0.0, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 1.0)
ON_SCENE_MINUTES = (1.0, 4.0, 9.0, 21.0, 39.0, 61.0, 79.0, 150.0)
# Their minutes from dispatch to arrival: the only journey time where a city has no places.
JOURNEY_MINUTES = 16.3
# Minutes until an officer arrives, where the city's stamps do not say.
OFFICER_MINUTES = 10.0


@dataclass(frozen=True)
class Holding:
    """An input with where it holds: families and months (1 to 12), everywhere if empty."""

    entry: Input
    family: tuple[str, ...] = ()
    months: tuple[int, ...] = ()


@dataclass(frozen=True)
class Inputs:
    """All inputs of a program. `special`: entries that hold for some families or months only, the first that fits wins."""

    general: dict[str, Input]
    special: tuple[Holding, ...] = ()

    def all(self) -> list[Holding]:
        """Every input, the special ones after the general one of their name."""
        return [
            holding
            for name, entry in self.general.items()
            for holding in (Holding(entry), *(h for h in self.special if h.entry.name == name))
        ]

    def of(self, name: str, *, family: str | None = None, month: int | None = None) -> Input:
        """The input that holds for a family in a month."""
        for holding in self.special:
            if holding.entry.name == name and _fits(holding, family, month):
                return holding.entry
        return self.general[name]

    def replacing(self, entry: Input) -> Inputs:
        """The same with another range for a general input."""
        return Inputs({**self.general, entry.name: entry}, self.special)


def _fits(holding: Holding, family: str | None, month: int | None) -> bool:
    return (not holding.family or family in holding.family) and (not holding.months or month in holding.months)


def of(program: Program) -> Inputs:
    """The inputs of a program: the catalogue, with its own `[[assume]]` entries in place. Raises `InputError`."""
    general, special, problems = dict(CATALOGUE), [], []
    for number, said in enumerate(program.assume, start=1):
        problems += _faults(number, said)
        if said.input not in CATALOGUE or said.value == "unknown":
            continue
        known = CATALOGUE[said.input]
        low, high = (said.value if edge is None else edge for edge in (said.low, said.high))
        entry = replace(known, low=low, value=said.value, high=high, source=said.source or N_("the program, without a source"), ours=True)  # fmt: skip
        if said.family or said.months:
            special.append(Holding(entry, said.family, said.months))
        else:
            general[said.input] = entry
    if problems:
        raise InputError(problems)
    return Inputs(general, tuple(special))


def _faults(number: int, said: Assume) -> list[Problem]:
    found, key = [], f"assume[{number}]"
    known = CATALOGUE.get(said.input)
    if known is None:
        found.append(Problem(f"“{said.input}” is no input of a simulation.", f"{key}.input", conditions.nearest(said.input, list(CATALOGUE))))  # fmt: skip
    elif known.unit == SHARE and said.value != "unknown" and max(said.value, said.high or 0.0) > 1:
        found.append(Problem("a share lies between 0 and 1.", f"{key}.value", "Write 0.3 for 30 %."))
    if said.family and known is not None and said.input not in BY_FAMILY:
        found.append(Problem(f"“{said.input}” is the same for all families.", f"{key}.family", "Remove the line."))
    if said.months and known is not None and said.input not in BY_MONTH:
        found.append(Problem(f"“{said.input}” is the same in all months.", f"{key}.months", "Remove the line."))
    for family in said.family:
        if family not in FAMILIES:
            found.append(Problem(f"“{family}” is no family.", f"{key}.family", conditions.nearest(family, list(FAMILIES))))  # fmt: skip
    return found


@cache
def _strata(name: str) -> tuple[int, ...]:
    """The order in which an input goes through the parts of its range: its own, whatever other inputs there are."""
    return tuple(np.random.default_rng(zlib.crc32(name.encode())).permutation(STRATA).tolist())


def level(name: str, *, run: int) -> float:
    """Where in its range an input stands in a run, from 0 to 1: the same for every design.

    A Latin hypercube (McKay, Beckman & Conover 1979): a hundred runs meet each hundredth of every range once.
    """
    return (_strata(name)[run % STRATA] + 0.5) / STRATA


def levels(*, run: int) -> dict[str, float]:
    """The level of every input in a run."""
    return {name: level(name, run=run) for name in CATALOGUE}


def number(scalar: object) -> float:
    """A scalar of Polars as a number; none is NaN."""
    return float(scalar) if isinstance(scalar, (int, float)) else math.nan
