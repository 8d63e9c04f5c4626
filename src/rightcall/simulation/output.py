"""A run as the tables of the house, so that measures speak of a simulated year as of a real one."""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl

from rightcall import tables
from rightcall.calls import clocks
from rightcall.calls.columns import REQUESTERS, UnitTimes
from rightcall.dispatch.columns import MODES, REASONS, SUPPORT_KINDS, Duty, Responses, Support, Unserved
from rightcall.simulation import arrays as a
from rightcall.simulation import figures, years
from rightcall.simulation.arrays import Log, Real
from rightcall.simulation.scenario import Model
from rightcall.simulation.years import Year
from rightcall.triage import decisions
from rightcall.triage.decisions import Decisions

SENT_BY_PHONE, SENT_IN_PERSON = "desk", "visit"


def tables_of(model: Model, year: Year, log: Log) -> dict[str, pl.DataFrame]:
    """`calls`, `decisions`, `responses`, `support`, `unit_times`, `unserved` and `duty` of a run.

    Every call from the public on the simulated days stands in `calls` and is decided; a number is its own call's with
    the day behind it.
    """
    calls, ours = _calls(model, year)
    responses = _responses(model, year, log, ours)
    return {
        "calls": calls, "decisions": _decisions(model, year, calls, ours), "responses": responses,
        "support": _support(log, responses), "unit_times": _unit_times(responses),
        "unserved": _unserved(model, year, log, ours), "duty": _duty(model),
    }  # fmt: skip


def _calls(model: Model, year: Year) -> tuple[pl.DataFrame, pl.DataFrame]:
    """All calls, and the eligible ones in the order of the year."""
    city = model.city
    ours = _rows(model, year.source, year.day, year.at)
    copies = ours.select(pl.int_range(pl.len()).over("call_id")).to_series()
    ours = ours.with_columns(
        pl.when(copies > 0).then(pl.col("call_id") + "+" + copies.cast(pl.String)).otherwise(pl.col("call_id")).alias("call_id"),
        pl.when(pl.Series(year.state == years.HANDED_OVER)).then(pl.lit("police")).otherwise(pl.col("requested_by").cast(pl.String)).cast(pl.Enum(REQUESTERS)).alias("requested_by"),
    )  # fmt: skip
    every = [np.arange(city.day_first[chosen], city.day_first[chosen + 1]) for chosen in year.chosen]
    days = np.repeat(np.arange(len(every)), [len(part) for part in every])
    source = np.concatenate(every) if every else np.zeros(0, np.int64)
    taken = set(zip(year.source.tolist(), year.day.tolist(), strict=True))
    rest = np.array([pair not in taken for pair in zip(source.tolist(), days.tolist(), strict=True)], np.bool_)
    others = _rows(model, source[rest], days[rest], days[rest] * 1440.0 + city.minute[source[rest]])
    return pl.concat([ours, others.with_columns(pl.col("requested_by").cast(pl.Enum(REQUESTERS)))]).sort("received_at"), ours  # fmt: skip


def _rows(model: Model, source: a.Whole, day: a.Whole, at: Real) -> pl.DataFrame:
    city = model.city
    dates = pl.Series([date.isoformat() for date in city.days])[day] if len(day) else pl.Series([], dtype=pl.String)
    return city.frame[source].with_columns(
        (pl.col("call_id") + "@" + dates).alias("call_id"), _utc(model, at).alias("received_at")
    )


def _utc(model: Model, at: Real) -> pl.Series:
    """Moments of minutes on the wall clock from the first midnight."""
    midnight = dt.datetime.combine(model.city.days[0], dt.time())
    since = pl.Series("w", np.round(at * 60e6).astype(np.int64)).cast(pl.Duration("us"))
    frame = since.to_frame().select(clocks.local_to_utc(pl.lit(midnight) + pl.col("w"), time_zone=model.city.time_zone))
    return frame.to_series()


def _after(start: pl.Series, minutes: Real) -> pl.Series:
    """Moments so many minutes later; none where there are none."""
    known = np.isfinite(minutes)
    later = pl.Series(np.round(np.where(known, minutes, 0) * 60e6).astype(np.int64)).cast(pl.Duration("us"))
    return pl.select(pl.when(pl.Series(known)).then(start + later)).to_series()


def _decisions(model: Model, year: Year, calls: pl.DataFrame, ours: pl.DataFrame) -> pl.DataFrame:
    program = model.program
    rules = [program.rule[kind.rule] for kind in model.kinds]
    names = np.array([rule.id for rule in rules] or [""])
    teams = np.array([next(s for s in rule.send if s in program.team_ids) for rule in rules] or [""])
    passed = pl.Series(year.state == years.NOT_OFFERED)
    mine = ours.select(
        "call_id", pl.Series(names[year.kind]).alias("rule"), pl.Series(teams[year.kind]).alias("team"),
        pl.when(passed).then(pl.lit(program.undecided.send)).alias("override"),
        pl.when(passed).then(pl.lit("dispatcher chose police")).alias("override_reason"),
        pl.lit(decisions.OUTCOMES[0]).alias("outcome"),
    )  # fmt: skip
    whole = calls.select("call_id", "received_at").join(mine, on="call_id", how="left", maintain_order="left")
    table = whole.select(
        (pl.col("call_id") + "/1").alias("decision_id"), "call_id", pl.lit(1, pl.Int64).alias("sequence"), pl.col("received_at").alias("decided_at"),
        pl.lit(program.version).alias("program_version"), pl.col("outcome").fill_null(decisions.OUTCOMES[1]), pl.col("team").fill_null(decisions.NO_RULE).alias("possible"),
        pl.lit(None, pl.Boolean).alias("nature_eligible"), "team", pl.col("rule").fill_null(decisions.NO_RULE), pl.lit("").alias("missing"), "override", "override_reason", pl.lit(True).alias("shadow"),
    )  # fmt: skip
    return tables.check(table, Decisions, where="simulated decisions")


def _responses(model: Model, year: Year, log: Log, ours: pl.DataFrame) -> pl.DataFrame:
    """By the desk and by units that go, each a row; a call may have both."""
    asked = ours[year.asked]
    parts = []
    crews = {team.id: ", ".join(f"{role} × {count}" for role, count in team.crew.items()) for team in model.program.team}  # fmt: skip
    for mode, unit_column in ((SENT_BY_PHONE, a.DESK_UNIT), (SENT_IN_PERSON, a.UNIT)):
        went = np.flatnonzero(log.code[:, unit_column] >= 0)
        unit = log.code[went, unit_column]
        team = model.units.team[unit] if unit.size else np.zeros(0, np.int64)
        rows, time, start = asked[went], log.time[went] - year.scenario.calls.at[went][:, None], asked["received_at"][went]  # fmt: skip
        nothing = np.full(went.size, np.nan)
        phone = mode == SENT_BY_PHONE
        if phone:
            stamps = {"assigned": time[:, a.DESK_ASSIGNED], "arrived": time[:, a.DESK_ASSIGNED], "cleared": time[:, a.DESK_CLEARED], "available": time[:, a.DESK_CLEARED]}  # fmt: skip
        else:
            rode = np.isfinite(time[:, a.TRANSPORTED])
            stamps = {
                "assigned": time[:, a.ASSIGNED], "en_route": time[:, a.ROLLED], "staged": time[:, a.STAGED], "arrived": time[:, a.ARRIVED],
                "transport": time[:, a.TRANSPORTED], "destination": np.where(rode, time[:, a.CLEARED], np.nan), "cleared": time[:, a.CLEARED],
                "available": time[:, a.FREED], "canceled": time[:, a.CANCELED_AT],
            }  # fmt: skip
        modes = np.where(model.team_arrays.with_officer[team], MODES[2], MODES[0] if phone else MODES[1])
        ids = np.array(model.teams)[team] if team.size else np.array([], str)
        parts.append(rows.select(
            (pl.col("call_id") + f"/{mode}").alias("response_id"), "call_id", pl.Series(ids, dtype=pl.String).alias("team"),
            pl.Series([model.unit_names[k] for k in unit], dtype=pl.String).alias("unit"), pl.Series([crews[name] for name in ids], dtype=pl.String).alias("crew"),
            pl.Series(modes.tolist(), dtype=pl.String).alias("mode"), "requested_by",
            pl.when(pl.col("requested_by").cast(pl.String) == "police").then(pl.lit("police")).alias("handed_from"),
            *(_after(start, stamps.get(name, nothing)).alias(f"{name}_at") for name in ("assigned", "en_route", "staged", "arrived", "transport", "destination", "cleared", "available", "canceled")),
        ))  # fmt: skip
    return tables.check(pl.concat(parts), Responses, where="simulated responses")


def _support(log: Log, responses: pl.DataFrame) -> pl.DataFrame:
    """Back-up that a crew asked for, and the officer of a co-response."""
    kind = log.code[log.code[:, a.UNIT] >= 0, a.SUPPORT]
    words = {a.ROUTINE: SUPPORT_KINDS[1], a.URGENT: SUPPORT_KINDS[2]}
    visits = responses.filter(pl.col("response_id").str.ends_with(SENT_IN_PERSON))
    told = visits.with_columns(pl.Series([words.get(code) for code in kind.tolist()], dtype=pl.String).alias("kind"))
    asked = told.filter(pl.col("kind").is_not_null()).select("response_id", pl.lit("police").alias("service"), "kind", pl.col("arrived_at").alias("asked_at"))  # fmt: skip
    along = visits.filter((pl.col("mode") == MODES[2]) & pl.col("arrived_at").is_not_null()).select(
        "response_id", pl.lit("police").alias("service"), pl.lit(SUPPORT_KINDS[0]).alias("kind"), pl.col("assigned_at").alias("asked_at"), "arrived_at",
    )  # fmt: skip
    return tables.check(pl.concat([asked, along], how="diagonal"), Support, where="simulated support")


def _unit_times(responses: pl.DataFrame) -> pl.DataFrame:
    stamps = ("assigned_at", "en_route_at", "arrived_at", "canceled_at")
    table = responses.select("call_id", pl.lit("ours").alias("service"), "unit", *stamps, pl.col("available_at").alias("cleared_at"))  # fmt: skip
    return tables.check(table, UnitTimes, where="simulated unit times")


def _unserved(model: Model, year: Year, log: Log, ours: pl.DataFrame) -> pl.DataFrame:
    fate, reason = figures.fates(model, year, log)
    words = dict(zip(figures.REASON_CODES, figures.REASONS, strict=True))
    lost = np.flatnonzero(fate == a.UNSERVED)
    told = [words.get(code, REASONS[-1]) for code in reason[lost].tolist()]
    table = ours[lost].select("call_id", pl.Series(told, dtype=pl.String).alias("reason"), pl.lit(model.program.undecided.send).alias("sent_instead"))  # fmt: skip
    return tables.check(table, Unserved, where="simulated calls that nobody took")


def _duty(model: Model) -> pl.DataFrame:
    end = dt.datetime.combine(model.city.days[-1] + dt.timedelta(days=1), dt.time())
    rows = []
    for turn, unit in model.turns:
        first, last = model.city.minute_of(turn.starts), model.city.minute_of(turn.ends)
        if first >= model.city.minutes or last <= 0:
            continue
        rows.append({"unit": model.unit_names[unit], "team": turn.team, "planned_start": turn.starts, "planned_end": turn.ends})  # fmt: skip
    schema: dict[str, pl.DataType | type[pl.DataType]] = {
        "unit": pl.String,
        "team": pl.String,
        "planned_start": tables.UTC,
        "planned_end": tables.UTC,
    }
    frame = pl.DataFrame(rows, schema=schema, orient="row")
    # The run begins and ends at midnight; a turn that reaches over an edge counts as far as it lies inside.
    zone = model.city.time_zone
    edges = pl.Series([dt.datetime.combine(model.city.days[0], dt.time()), end], dtype=pl.Datetime("us"))
    low, high = edges.to_frame("w").select(clocks.local_to_utc(pl.col("w"), time_zone=zone)).to_series()
    frame = frame.with_columns(
        pl.max_horizontal("planned_start", pl.lit(low)).alias("started_at"), pl.min_horizontal("planned_end", pl.lit(high)).alias("ended_at")
    )  # fmt: skip
    return tables.check(frame, Duty, where="simulated duty")
