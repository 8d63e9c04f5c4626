"""One run: a year like the city's own, drawn call by call, and what the inputs are in it.

Each simulated day is one of the covered days that are like it. Whether a call is ours, is offered, or is handed over by
an officer is drawn from the call's own luck, so that every design meets the same calls.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit

from rightcall.simulation import arrays as a
from rightcall.simulation import inputs, kernel, kinds, luck
from rightcall.simulation.arrays import Bits, Calls, Codes, Kinds, Log, Real, Scenario, Whole
from rightcall.simulation.city import LEVELS
from rightcall.simulation.scenario import Model

OFFERED, NOT_OFFERED, HANDED_OVER = range(3)
MEANS = {"talk": a.TALK, "patience": a.PATIENCE, "staging": a.STAGING, "transport": a.TRANSPORT, "finishing": a.FINISHING}  # fmt: skip
CHANCES = {
    "settled by phone": a.SETTLES, "canceled": a.CANCELS, "staged": a.STAGES, "found otherwise": a.FINDS_OTHER,
    "transported": a.TRANSPORTS, "back-up": a.ASKS_BACKUP, "back-up, urgent": a.ASKS_URGENTLY,
}  # fmt: skip
SALT = np.uint64(0xA0761D6478BD642F)


@dataclass(frozen=True)
class Year:
    """A run's n eligible calls, day by day: when, which of the city's calls each repeats, on which day, what became of it
    before a team was asked (`state` [n]), its kind; and the run's `scenario`, whose calls are those that a team was
    asked for, in order of time, at `asked` [m] among all. `chosen` [d]: the covered day that stands for each.
    """

    at: Real
    source: Whole
    day: Whole
    state: Codes
    kind: Whole
    asked: Whole
    chosen: Whole
    scenario: Scenario


def draw(model: Model, *, run: int, levels: dict[str, float] | None = None) -> Year:
    """Run number `run`. `levels`: where in its range each input stands (0 to 1), by default by the run's luck."""
    at_level = inputs.levels(run=run) if levels is None else levels
    city, seed = model.city, np.uint64(luck.mixed(np.uint64(run)))
    months = np.array([day.month for day in city.days], np.int64)
    names = [*city.families, None]

    def by_family_and_month(name: str) -> Real:
        if not any(holding.entry.name == name for holding in model.inputs.special):
            return np.full((len(names), 13), model.inputs.general[name].at(at_level[name]))
        return np.array([[model.inputs.of(name, family=family, month=month or None).at(at_level[name]) for month in range(13)] for family in names])  # fmt: skip

    growth = by_family_and_month("growth")
    # Calls that no unknown could make ours need no luck.
    may = model.may_be_ours
    day_first = np.searchsorted(may, city.day_first)
    most = np.where(np.arange(city.like.shape[1]) < city.like_count[:, None], np.diff(day_first)[city.like], 0)
    room = int(np.ceil(growth.max()) * most.max(axis=1).sum()) + 1
    officer_row = city.times.of.get(("response", ""), -1)
    officer = model.inputs.general["officer"].at(at_level["officer"])
    quantiles = city.times.quantiles if officer_row >= 0 else np.full((1, LEVELS.size), inputs.OFFICER_MINUTES)
    at, source, day, state, kind, key, chosen = _draw(
        seed, city.like, city.like_count, day_first, months, city.minute[may], city.key[may],
        model.routes.group[may], city.family[may], _levels_of(model)[may], model.language[may], model.routes.first, model.routes.count,
        model.routes.uncertain, model.routes.handed, model.routes.rule, model.routes.chance, model.kind_of,
        model.inputs.general["screening"].at(at_level["screening"]), by_family_and_month("uptake"),
        by_family_and_month("hand-over"), growth, quantiles[max(officer_row, 0)] * officer, room,
    )  # fmt: skip
    source = may[source]
    asked = np.flatnonzero((state == OFFERED) | (state == HANDED_OVER))
    asked = asked[np.argsort(at[asked], kind="stable")]
    calls = Calls(at[asked], kind[asked], city.zone[source[asked]], key[asked])
    laws = kinds_at(model, at_level)
    roads = model.roads._replace(minutes=model.roads.minutes * model.inputs.general["travel"].at(at_level["travel"]))
    scenario = Scenario(calls, laws, model.units, model.team_arrays, model.turn_arrays, roads, model.ties, model.stays)
    return Year(at, source, day, state, kind, asked, chosen, scenario)


def go(model: Model, *, run: int, levels: dict[str, float] | None = None, into: Log | None = None) -> tuple[Year, Log]:
    """Draw a run and play it."""
    year = draw(model, run=run, levels=levels)
    fits = into is not None and into.time.shape[0] >= year.asked.size
    log = None
    if fits and into is not None:
        log = Log(into.time[: year.asked.size], into.code[: year.asked.size], into.overtime)
    return year, kernel.run(year.scenario, seed=run, into=log)


def kinds_at(model: Model, levels: dict[str, float]) -> Kinds:
    """The kinds of a model with every input at a level of its range."""
    base, city, given = model.kind_arrays, model.city, model.inputs
    mean, chance, quantiles = base.mean.copy(), base.chance.copy(), base.quantiles.copy()
    for name, column in MEANS.items():
        mean[:, column] = _each(model, name, levels)
    for name, column in CHANCES.items():
        chance[:, column] = _each(model, name, levels)
    names = [*city.families, ""]
    for family, row in kinds.scene_rows(city, (names[kind.family] for kind in model.kinds)).items():
        quantiles[row] *= given.of("on scene", family=family).at(levels["on scene"])
    officer = given.general["officer"].at(levels["officer"])
    if ("response", "") in city.times.of:
        quantiles[city.times.of["response", ""]] *= officer
    mean[:, a.OFFICER] = inputs.OFFICER_MINUTES * officer
    mean[:, a.TURNOUT] = given.general["turnout"].at(levels["turnout"])
    return base._replace(mean=mean, chance=chance, quantiles=quantiles)


def _each(model: Model, name: str, levels: dict[str, float]) -> Real | float:
    """The value of an input for every kind."""
    general = model.inputs.general[name].at(levels[name])
    if not any(holding.entry.name == name for holding in model.inputs.special):
        return general
    names = [*model.city.families, None]
    return np.array([model.inputs.of(name, family=names[kind.family]).at(levels[name]) for kind in model.kinds])


def _levels_of(model: Model) -> Whole:
    """The place of each call's priority among those that occur."""
    return np.searchsorted(np.array(model.levels), model.city.priority)


@njit(cache=True, nogil=True)
def _draw(
    seed: np.uint64, like: Whole, like_count: Whole, day_first: Whole, months: Whole,
    minute: Real, key: Bits, group: Whole, family: Whole, level: Whole, language: Whole, first: Whole, count: Whole,
    uncertain: a.Flags, handed: Whole, rule: Whole, chance: Real, kind_of: Whole, screening: float, uptake: Real,
    hand_over: Real, growth: Real, officer: Real, room: int,
) -> tuple[Real, Whole, Whole, Codes, Whole, Bits, Whole]:  # fmt: skip
    """When the eligible calls come, which calls they repeat, their days, states, kinds and keys; the day chosen for each."""
    at, source, day = np.empty(room), np.empty(room, np.int64), np.empty(room, np.int64)
    state, kind, named = np.empty(room, np.int32), np.empty(room, np.int64), np.empty(room, np.uint64)
    chosen = np.empty(like.shape[0], np.int64)
    n = 0
    for d in range(like.shape[0]):
        month, chosen[d] = months[d], like[d, int(luck.uniform(seed, np.uint64(d), luck.DAY) * like_count[d])]
        for call in range(day_first[chosen[d]], day_first[chosen[d] + 1]):
            f, g = family[call], group[call]
            own = luck.mixed(key[call] + np.uint64(d) * SALT)
            copies = 1
            if growth[f, month] != 1.0:
                more = growth[f, month]
                copies = int(more) + (luck.uniform(seed, own, luck.EXTRA) < more - int(more))
            for copy in range(copies):
                name = own if copy == 0 else luck.mixed(own + np.uint64(copy))
                # Which way it goes, or none: the ways share what is ours.
                share = screening if uncertain[g] else 1.0
                u, below, way = luck.uniform(seed, name, luck.SCREENING), 0.0, -1
                for w in range(first[g], first[g] + count[g]):
                    below += chance[w] * share
                    if u < below or below >= 1.0 - 1e-12:
                        way = w
                        break
                if way < 0:
                    continue
                at[n] = d * 1440.0 + minute[call]
                source[n], day[n], named[n], state[n] = call, d, name, OFFERED
                kind[n] = kind_of[rule[way], f, level[call], language[call]]
                if luck.uniform(seed, name, luck.UPTAKE) >= uptake[f, month]:
                    state[n] = NOT_OFFERED
                    if handed[g] >= 0 and luck.uniform(seed, name, luck.HANDED) < hand_over[f, month]:
                        state[n] = HANDED_OVER
                        kind[n] = kind_of[handed[g], f, level[call], language[call]]
                        place = luck.uniform(seed, name, luck.HANDED_AFTER) * (officer.shape[0] - 1)
                        low = int(place)
                        at[n] += officer[low] + (place - low) * (officer[low + 1] - officer[low])
                n += 1
    return at[:n], source[:n], day[:n], state[:n], kind[:n], named[:n], chosen
