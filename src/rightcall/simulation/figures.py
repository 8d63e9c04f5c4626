"""What a run comes to, as one row of numbers, so that hundreds of runs cost no memory.

The definitions are those of `measures`; a test demands that they agree with the tables of `output`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from rightcall.simulation import arrays as a
from rightcall.simulation import inputs, years
from rightcall.simulation.arrays import Flags, Log, Real, Whole
from rightcall.simulation.scenario import Model
from rightcall.simulation.years import Year

HOURS = 168
REASONS = (
    "outside hours",
    "outside area",
    "all busy",
    "dispatcher chose police",
    "caller gave up",
    "canceled",
    "still waiting",
)
REASON_CODES = (a.OUTSIDE_HOURS, a.OUTSIDE_AREA, a.ALL_BUSY, a.DISPATCHER_CHOSE_POLICE, a.GAVE_UP, a.CANCELED, a.STILL_WAITING)  # fmt: skip
# The place of each code among the reasons; counting fails on a code that is none.
PLACE_OF = np.full(max(REASON_CODES) + 1, -1, np.int64)
PLACE_OF[list(REASON_CODES)] = np.arange(len(REASON_CODES))
SINGLE = (
    "public", "eligible", "eligible_on_duty", "offered", "served", "served_on_duty", "by_phone", "in_person", "with_police",
    "handed_over", "coverage", "coverage_on_duty", "queue_mean", "queue_p90", "response_mean", "response_median", "response_p90",
    "travel_mean", "on_scene_mean", "unit_hours", "duty_hours", "staff_hours", "overtime_hours", "responses", "busy_share", "per_unit_hour",
    "backup_routine", "backup_urgent", "transports", "canceled", "found_otherwise", "police_hours_saved", "police_hours_used",
    "police_hours_returned", "backlog",
)  # fmt: skip


@dataclass(frozen=True)
class Layout:
    """Where each figure stands in the row: single ones by name, lists as slices. Areas are those of one layer;
    `area_of`: the number of the area of each of the city's calls.
    """

    teams: tuple[str, ...]
    layer: str | None
    areas: tuple[str, ...]
    area_of: Whole

    @property
    def parts(self) -> dict[str, slice]:
        """Name → where it stands."""
        g, r = len(self.teams), len(self.areas)
        sizes = {
            "team_busy_share": g, "team_responses": g, "team_duty_hours": g, "team_asked": g, "team_all_busy": g, "reasons": len(REASONS), "reasons_by_hour": len(REASONS) * 24,
            "eligible_by_hour": HOURS, "served_by_hour": HOURS, "busy_by_hour": 24 * g, "eligible_by_area": r, "served_by_area": r, "response_by_area": r,
        }  # fmt: skip
        found = {name: slice(at, at + 1) for at, name in enumerate(SINGLE)}
        start = len(SINGLE)
        for name, size in sizes.items():
            found[name] = slice(start, start + size)
            start += size
        return found

    @property
    def size(self) -> int:
        """Numbers in a row."""
        return max(int(part.stop) for part in self.parts.values())


def layout(model: Model, *, layer: str | None) -> Layout:
    """The layout of a model's figures. `layer`: a layer of areas such as `area_district`, or None."""
    if layer is None:
        return Layout(model.teams, None, (), np.zeros(0, np.int64))
    by_zone = pl.Series(np.array(model.city.zones.areas[layer])[model.city.zone])
    named = pl.select(pl.coalesce(model.city.frame[layer].cast(pl.String), by_zone)).to_series()
    areas = tuple(named.unique().sort().to_list())
    return Layout(model.teams, layer, areas, np.searchsorted(np.array(areas), named.to_numpy().astype(str)))


@dataclass(frozen=True)
class Trial:
    """One run of a model, reduced to its figures: what threads and clusters are given to do.

    `levels`: where each input stands, instead of the run's luck.
    """

    model: Model
    layout: Layout
    levels: dict[str, float] | None = None

    def __call__(self, run: int) -> Real:
        """The figures of run number `run` [k]."""
        year, log = years.go(self.model, run=run, levels=self.levels)
        return read(self.model, year, log, layout=self.layout, run=run, levels=self.levels)


def read(model: Model, year: Year, log: Log, *, layout: Layout, run: int, levels: dict[str, float] | None) -> Real:
    """Reduce a run to its figures [k]."""
    at_level = inputs.levels(run=run) if levels is None else levels
    out, parts = np.full(layout.size, np.nan), layout.parts
    city, fate, reason = model.city, *fates(model, year, log)
    on_duty = on_duty_of(model, year)
    served = fate == a.SERVED
    hour = ((year.at + model.roads.first_minute) // 60).astype(np.int64) % HOURS
    times, codes = log.time, log.code
    went = codes[:, a.UNIT] >= 0
    by_desk = codes[:, a.DESK_UNIT] >= 0
    arrived = ~np.isnan(times[:, a.ARRIVED])
    team_of = model.units.team
    crew = np.where(went, team_of[np.where(went, codes[:, a.UNIT], 0)] if team_of.size else 0, -1)
    police_team = np.flatnonzero(model.team_arrays.with_officer)
    with_police = arrived & np.isin(crew, police_team)
    asked_at = year.scenario.calls.at
    first = np.fmin(np.where(by_desk, times[:, a.DESK_ASSIGNED], np.nan), times[:, a.ASSIGNED])
    queue, response = first - asked_at, (times[:, a.ARRIVED] - asked_at)[arrived]
    single = {
        "public": np.diff(city.day_first)[year.chosen].sum(), "eligible": year.at.size, "eligible_on_duty": on_duty.sum(), "offered": year.asked.size,
        "served": served.sum(), "served_on_duty": (served & on_duty).sum(), "by_phone": (by_desk & ~arrived).sum(), "in_person": (arrived & ~with_police).sum(),
        "with_police": with_police.sum(), "handed_over": (served & (year.state == years.HANDED_OVER)).sum(),
        "coverage": _ratio(served.sum(), served.size), "coverage_on_duty": _ratio((served & on_duty).sum(), on_duty.sum()),
        "queue_mean": _mean(queue), "queue_p90": _quantile(queue, 0.9), "response_mean": _mean(response),
        "response_median": _quantile(response, 0.5), "response_p90": _quantile(response, 0.9),
        "travel_mean": _mean((np.fmin(times[:, a.STAGED], times[:, a.ARRIVED]) - times[:, a.ROLLED])[arrived]),
        "on_scene_mean": _mean((times[:, a.CLEARED] - times[:, a.ARRIVED])[arrived]),
        "backup_routine": (codes[:, a.SUPPORT] == a.ROUTINE).sum(), "backup_urgent": (codes[:, a.SUPPORT] == a.URGENT).sum(),
        "transports": (~np.isnan(times[:, a.TRANSPORTED])).sum(), "canceled": (~np.isnan(times[:, a.CANCELED_AT])).sum(),
        "found_otherwise": (codes[:, a.FOUND] == 1).sum(), "responses": went.sum() + by_desk.sum(), "backlog": _backlog(log, asked_at),
    }  # fmt: skip
    _asked(model, year, log, out, parts)
    single |= _work(model, year, log, out, parts)
    single["busy_share"] = _ratio(single["unit_hours"], single["duty_hours"])
    single["per_unit_hour"] = _ratio(single["responses"], single["duty_hours"])
    single |= _police(model, year, log, with_police, at_level)
    for name, value in single.items():
        out[parts[name]] = value
    lost = ~served
    place = PLACE_OF[reason[lost]]
    out[parts["reasons"]] = np.bincount(place, minlength=len(REASONS))
    out[parts["reasons_by_hour"]] = np.bincount(place * 24 + hour[lost] % 24, minlength=len(REASONS) * 24)
    out[parts["eligible_by_hour"]] = np.bincount(hour, minlength=HOURS)
    out[parts["served_by_hour"]] = np.bincount(hour[served], minlength=HOURS)
    if layout.layer is not None:
        names = np.array(layout.areas)
        area = layout.area_of[year.source]
        out[parts["eligible_by_area"]] = np.bincount(area, minlength=names.size)
        out[parts["served_by_area"]] = np.bincount(area[served], minlength=names.size)
        there = area[year.asked][arrived]
        sums, count = np.bincount(there, weights=response, minlength=names.size), np.bincount(there, minlength=names.size)  # fmt: skip
        out[parts["response_by_area"]] = np.where(count > 0, sums / np.maximum(count, 1), np.nan)
    return out


def fates(model: Model, year: Year, log: Log) -> tuple[Whole, Whole]:
    """What became of each call of a year, and why it was not served: codes of `arrays`, [n] each."""
    fate, reason = np.full(year.at.size, a.UNSERVED, np.int64), np.full(year.at.size, a.NO_REASON, np.int64)
    fate[year.asked], reason[year.asked] = log.code[:, a.FATE], np.maximum(log.code[:, a.REASON], a.NO_REASON)
    passed = year.state == years.NOT_OFFERED
    # Nobody can have chosen police over a team that was not there.
    covered = _any_step(model, year, model.covered[:, model.city.zone[year.source]])
    why = np.where(~covered, a.OUTSIDE_AREA, np.where(~on_duty_of(model, year), a.OUTSIDE_HOURS, a.DISPATCHER_CHOSE_POLICE))  # fmt: skip
    reason[passed] = why[passed]
    return fate, reason


def on_duty_of(model: Model, year: Year) -> Flags:
    """Whether a team that a call may go to had a unit on duty when it came [n]."""
    minute = np.clip(year.at.astype(np.int64), 0, model.duty.shape[1] - 1)
    return _any_step(model, year, model.duty[:, minute])


def _any_step(model: Model, year: Year, team_has: Flags) -> Flags:
    """Whether any team in the steps of each call has something; `team_has` [g, n]."""
    out = np.zeros(year.at.size, np.bool_)
    for team in range(team_has.shape[0]):
        out |= (model.kind_arrays.steps == team).any(axis=1)[year.kind] & team_has[team]
    return out


def _work(model: Model, year: Year, log: Log, out: Real, parts: dict[str, slice]) -> dict[str, float]:
    """Hours of units on calls and on duty, in all and by team, and busy share by hour of the day."""
    g, u = len(model.teams), model.units.team.size
    end = model.city.minutes
    busy, on_calls = np.zeros(u), np.zeros((g, 24))
    responses = np.zeros(u)
    for unit, start, stop in ((a.UNIT, a.ASSIGNED, a.FREED), (a.DESK_UNIT, a.DESK_ASSIGNED, a.DESK_CLEARED)):
        went = log.code[:, unit] >= 0
        who, begins, ends = log.code[went, unit], log.time[went, start], log.time[went, stop]
        busy += np.bincount(who, weights=ends - begins, minlength=u)
        responses += np.bincount(who, minlength=u)
        _spread(on_calls, model.units.team[who], begins, ends)
    duty, by_hour = np.zeros(u), np.zeros((g, 24))
    begins_at = model.turn_arrays.at[model.turn_arrays.what == a.BEGIN]
    ends_at = np.minimum(model.turn_arrays.at[model.turn_arrays.what == a.END], end)
    who_begins = model.turn_arrays.unit[model.turn_arrays.what == a.BEGIN]
    who_ends = model.turn_arrays.unit[model.turn_arrays.what == a.END]
    first, last = np.argsort(who_begins, kind="stable"), np.argsort(who_ends, kind="stable")
    starts, stops, who = begins_at[first], np.maximum(ends_at[last], begins_at[first]), who_begins[first]
    duty += np.bincount(who, weights=stops - starts, minlength=u)
    _spread(by_hour, model.units.team[who], starts, stops)
    team = model.units.team
    team_busy, team_duty = (np.bincount(team, weights=each, minlength=g) for each in (busy, duty))
    out[parts["team_busy_share"]] = np.where(team_duty > 0, team_busy / np.maximum(team_duty, 1e-9), np.nan)
    out[parts["team_responses"]] = np.bincount(team, weights=responses, minlength=g)
    out[parts["team_duty_hours"]] = team_duty / 60
    out[parts["busy_by_hour"]] = np.where(by_hour > 0, on_calls / np.maximum(by_hour, 1e-9), np.nan).reshape(-1)
    return {
        "unit_hours": busy.sum() / 60, "duty_hours": duty.sum() / 60, "staff_hours": (duty * model.staff).sum() / 60,
        "overtime_hours": log.overtime.sum() / 60,
    }  # fmt: skip


def _asked(model: Model, year: Year, log: Log, out: Real, parts: dict[str, slice]) -> None:
    """Calls that each team was the first to be asked for while it was on duty, and those of them that nobody had time for."""
    g = len(model.teams)
    first = model.kind_arrays.steps[year.scenario.calls.kind, 0]
    minute = np.clip(year.scenario.calls.at.astype(np.int64), 0, model.duty.shape[1] - 1)
    there = model.duty[np.maximum(first, 0), minute] & (first >= 0) if g else np.zeros(first.size, np.bool_)
    lost = there & (log.code[:, a.FATE] == a.UNSERVED) & (log.code[:, a.REASON] == a.ALL_BUSY)
    out[parts["team_asked"]] = np.bincount(first[there], minlength=g)
    out[parts["team_all_busy"]] = np.bincount(first[lost], minlength=g)


def _spread(grid: Real, row: Whole, begins: Real, ends: Real) -> None:
    """Add the minutes of intervals to the hours of the day [g, 24] that they cover."""
    begins, ends = begins.copy(), ends.copy()
    while begins.size:
        edge = np.minimum((np.floor(begins / 60) + 1) * 60, ends)
        np.add.at(grid, (row, (begins // 60).astype(np.int64) % 24), edge - begins)
        more = edge < ends
        row, begins, ends = row[more], edge[more], ends[more]


def _police(model: Model, year: Year, log: Log, with_police: Flags, levels: dict[str, float]) -> dict[str, float]:
    """Hours of police returned: what they gave to such calls before, less what they now give to ours.

    Saved: each call served (with an officer beside the clinician too, whose own time is then taken off again) × the share of its family that police attended × mean unit minutes a call attended
    (measures.md, "police hours returned": means, for medians understate totals). NaN where no stamp tells minutes.
    """
    city, given = model.city, model.inputs
    # A caller at the desk who needed a visit and got none is not a call that police were spared.
    unvisited = (log.code[:, a.DESK_OUTCOME] == a.VISIT) & np.isnan(log.time[:, a.ARRIVED])
    served = (log.code[:, a.FATE] == a.SERVED) & ~unvisited
    # An officer who handed a call over was there already.
    came_first = year.state[year.asked] == years.HANDED_OVER
    family = city.family[year.source[year.asked]]
    attended = np.where(np.isnan(city.attended), given.general["police attended"].at(levels["police attended"]), city.attended)  # fmt: skip
    minutes = city.police_minutes[family]
    saved = float((attended[family] * minutes)[served & ~came_first].sum()) / 60
    times = log.time
    beside = (times[:, a.CLEARED] - times[:, a.ARRIVED])[with_police].sum()
    asked = (log.code[:, a.SUPPORT] >= 0) & ~with_police
    used = float(beside + asked.sum() * given.general["back-up, minutes"].at(levels["back-up, minutes"])) / 60
    return {"police_hours_saved": saved, "police_hours_used": used, "police_hours_returned": saved - used}


def _backlog(log: Log, asked_at: Real) -> float:
    """Most calls waiting at once for a first unit; those that never get one are not counted, as in `measures`."""
    ends = np.fmin(log.time[:, a.DESK_ASSIGNED], log.time[:, a.ASSIGNED])
    waits = np.isfinite(ends) & (ends > asked_at)
    if not waits.any():
        return 0.0
    at = np.concatenate([ends[waits], asked_at[waits]])
    step = np.concatenate([np.full(waits.sum(), -1), np.full(waits.sum(), 1)])
    return float(np.cumsum(step[np.lexsort((step, at))]).max())


def _ratio(part: float, whole: float) -> float:
    return float(part / whole) if whole else np.nan


def _mean(values: Real) -> float:
    known = values[np.isfinite(values)]
    return float(known.mean()) if known.size else np.nan


def _quantile(values: Real, level: float) -> float:
    known = values[np.isfinite(values)]
    return float(np.quantile(known, level)) if known.size else np.nan
