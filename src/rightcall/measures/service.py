"""Measures of a program that runs, from its tables: history, simulation and live service alike.

Coverage is always given twice, for all hours and for those on duty, and every eligible call that was not served has a
reason.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, replace

import polars as pl

from rightcall import tables
from rightcall.calls import clocks
from rightcall.calls.families import is_public
from rightcall.locale import N_
from rightcall.measures import arrivals, intervals, results
from rightcall.measures.catalogue import MEASURES
from rightcall.measures.results import Result
from rightcall.program.document import Program

OURS = "ours"
NEEDED = ("decisions", "responses", "unserved", "duty")
# Hours of the day are told four at a time.
BAND = 4


@dataclass(frozen=True)
class Service:
    """The tables of a program over a time: see section 5 of the house. `support` may be empty; what nobody writes down is missing."""

    calls: pl.DataFrame
    decisions: pl.DataFrame
    responses: pl.DataFrame
    unserved: pl.DataFrame
    duty: pl.DataFrame
    support: pl.DataFrame
    people_met: pl.DataFrame | None = None
    staff_events: pl.DataFrame | None = None
    # Calls that were not ours and were read by hand: `call_id, verdict`.
    readings: pl.DataFrame | None = None

    @property
    def eligible(self) -> pl.DataFrame:
        """The calls that were decided to be ours, each once, with when they came: `call_id, received_at, rule, override`."""
        ours = _last(self).filter(pl.col("outcome") == OURS).select("call_id", "rule", "team")
        ours = ours.join(_overrides(self), on="call_id", how="left", maintain_order="left")
        told = self.calls.select(
            "call_id", "received_at", (pl.col("requested_by").cast(pl.String) == "police").alias("handed")
        )
        return ours.join(told, on="call_id", how="left", maintain_order="left")

    @property
    def answered(self) -> pl.DataFrame:
        """Responses that reached somebody: by phone, or in person with an arrival."""
        return self.responses.filter(pl.col("arrived_at").is_not_null())


def measure(service: Service, *, program: Program) -> dict[str, Result]:
    """Every measure that the tables can give, by its id."""
    eligible = service.eligible
    answered = service.answered
    served = eligible.join(answered.select("call_id").unique(), on="call_id", how="semi")
    duty_calls = on_duty(eligible, service.duty, program=program)
    found = [
        results.share("coverage", served.height, eligible.height),
        results.share("coverage_on_duty", served.join(duty_calls, on="call_id", how="semi").height, duty_calls.height),
        results.share("uptake", duty_calls.filter(pl.col("override").is_null() & ~pl.col("handed").fill_null(False)).height, duty_calls.height),
        *_screening(service), *_modes(answered), *_times(service, answered), *_work(service), _backlog(service, time_zone=program.program.time_zone),
        *arrivals.measure(service, answered),
    ]  # fmt: skip
    return {result.measure.id: result for result in found}


Counts = dict[tuple[str, ...], int]


def unserved(service: Service) -> Counts:
    """Eligible calls that no team took, by reason and by who went instead."""
    return counted(service.unserved.select("reason", pl.col("sent_instead").fill_null("")))


def overridden(service: Service, *, time_zone: str) -> Counts:
    """Calls that a person decided otherwise than the program, by the reason that was given and the hours of the day."""
    told = _overrides(service).join(service.calls.select("call_id", _band("received_at", time_zone)), on="call_id")
    return counted(told.select(pl.col("override_reason").fill_null(N_("not said")), "band"))


def not_assessed(service: Service) -> Counts:
    """Calls of the public of which nobody can say whether they are ours, by reason: no type, or a word that is not mapped."""
    if not {"origin", "family"} <= set(service.calls.columns):
        return {}
    word = pl.col("first_type") if "first_type" in service.calls.columns else pl.lit(None, pl.String)
    unknown = service.calls.filter(is_public() & pl.col("family").is_null())
    why = pl.when(word.is_null()).then(pl.lit(N_("no type was told"))).otherwise(pl.lit(N_("this type is not mapped")))
    return counted(unknown.select(why.alias("why"), word.fill_null("").alias("word")))


def _overrides(service: Service) -> pl.DataFrame:
    """The last override of each call that has one: `call_id, override, override_reason`."""
    reason = pl.col("override_reason") if "override_reason" in service.decisions.columns else pl.lit(None, pl.String)
    told = service.decisions.filter(pl.col("override").is_not_null()).sort("sequence")
    return told.unique("call_id", keep="last", maintain_order=True).select("call_id", "override", reason.alias("override_reason"))  # fmt: skip


def screened_out(service: Service) -> Counts:
    """Calls of the public that are ours by nature and that a rule excludes, by the rule."""
    if "nature_eligible" not in service.decisions.columns or not {"origin", "family"} <= set(service.calls.columns):
        return {}
    public = service.calls.filter(is_public()).select("call_id")
    nature = service.decisions.filter(pl.col("nature_eligible")).select("call_id").unique()
    out = _last(service).filter(pl.col("outcome") == "not ours")
    return counted(out.join(nature, on="call_id", how="semi").join(public, on="call_id", how="semi").select("rule"))


def coverage_by(service: Service, column: str) -> dict[str, tuple[float, float]]:
    """Of each value of a column of calls: eligible calls that one of our teams answered, and eligible calls."""
    if column not in service.calls.columns:
        return {}
    named = service.calls.select("call_id", pl.col(column).cast(pl.String).alias("of"))
    answered = service.answered.select("call_id", pl.lit(True).alias("met")).unique()
    told = service.eligible.select("call_id").join(named, on="call_id").filter(pl.col("of").is_not_null()).join(answered, on="call_id", how="left")  # fmt: skip
    told = told.group_by("of").agg(pl.col("met").count(), pl.len()).sort("len", "of", descending=[True, False])
    return {str(of): (int(met), int(n)) for of, met, n in told.iter_rows()}


def coverage_by_hours(service: Service, *, time_zone: str) -> dict[str, tuple[float, float]]:
    """The same by the hours of the day at which calls came."""
    banded = service.calls.with_columns(_band("received_at", time_zone))
    return dict(sorted(coverage_by(replace(service, calls=banded), "band").items()))


def busy_by_hours(service: Service, *, time_zone: str) -> dict[str, tuple[float, float]]:
    """Of each team, by the hours of the day: hours in which its units had a call, and hours on duty."""
    spent = _by_hours(service.responses, "assigned_at", pl.coalesce("available_at", "canceled_at"), time_zone)
    on = _by_hours(service.duty, "started_at", pl.col("ended_at"), time_zone)
    both = on.join(spent, on=["team", "band"], how="left").sort("team", "band")
    return {f"{team} {band}": (hours_spent or 0.0, hours) for team, band, hours, hours_spent in both.iter_rows()}


def _by_hours(frame: pl.DataFrame, start: str, end: pl.Expr, time_zone: str) -> pl.DataFrame:
    """The hours of spans, by team and hours of the day: `team, band, hours`."""
    spans = frame.select("team", pl.col(start).alias("from"), end.alias("to")).filter(pl.col("to") > pl.col("from"))
    hour = pl.datetime_ranges(pl.col("from").dt.truncate("1h"), pl.col("to"), "1h", closed="left").alias("hour")
    sliced = spans.with_columns(hour).explode("hour", empty_as_null=True, keep_nulls=True)
    spent = pl.min_horizontal("to", pl.col("hour").dt.offset_by("1h")) - pl.max_horizontal("from", "hour")
    hours = (spent.dt.total_microseconds() / 3600e6).alias("hours")
    return sliced.select("team", _band("hour", time_zone), hours).group_by("team", "band").agg(pl.col("hours").sum())


def _band(column: str, time_zone: str) -> pl.Expr:
    """The hours of the day of an instant by the city's clock, four at a time: *08–12*."""
    first = clocks.to_local(pl.col(column), time_zone=time_zone).dt.hour() // BAND * BAND
    return pl.format("{}–{}", *(hour.cast(pl.String).str.zfill(2) for hour in (first, first + BAND))).alias("band")


def counted(words: pl.DataFrame) -> Counts:
    """How often each row of words is there, the most frequent first. Empty words are left out of a row."""
    told = words.select(pl.all().cast(pl.String)).drop_nulls()
    many = told.group_by(pl.all()).len().sort("len", *told.columns, descending=[True] + [False] * told.width)
    return {tuple(word for word in row[:-1] if word): int(row[-1]) for row in many.iter_rows()}


def _last(service: Service) -> pl.DataFrame:
    """The last decision of each call."""
    return service.decisions.sort("sequence").unique("call_id", keep="last", maintain_order=True)


def _screening(service: Service) -> list[Result]:
    """What the rules made of the calls: by nature at most, after screening at least and at most, and against them."""
    if not {"origin", "family"} <= set(service.calls.columns) or "nature_eligible" not in service.decisions.columns:
        return []
    public = service.calls.filter(is_public())
    known = public.filter(pl.col("family").is_not_null())
    first = service.decisions.filter(pl.col("nature_eligible").is_not_null()).sort("sequence").unique("call_id", keep="first", maintain_order=True)  # fmt: skip
    earliest = service.decisions.group_by("call_id", maintain_order=True).agg(pl.col("decided_at").min())
    last = _last(service)
    decided = known.select("call_id", "received_at").join(last.select("call_id", "outcome"), on="call_id")
    nature = first.filter(pl.col("nature_eligible")).join(known, on="call_id", how="semi").height
    decided_at = earliest.join(service.calls.select("call_id", "received_at"), on="call_id")
    return [
        results.share("eligible_by_nature", nature, public.height),
        results.share("eligible_at_most", decided.filter(pl.col("outcome") != "not ours").height, public.height),
        results.share("eligible_at_least", decided.filter(pl.col("outcome") == OURS).height, public.height),
        results.share("not_assessed", public.height - known.height, public.height),
        results.share("overrides", _overrides(service).height, last.height),
        _missed(service, last),
        _minutes("time_to_decide", decided_at, "received_at", "decided_at"),
    ]


def _missed(service: Service, last: pl.DataFrame) -> Result:
    """What a sample that was read by hand says of the calls that were left to others."""
    if service.readings is None:
        return results.absent("missed_at_triage")
    went = service.responses.filter(pl.col("canceled_at").is_null())
    others = last.filter(pl.col("outcome") != OURS).join(went, on="call_id", how="anti")
    said = service.readings.join(others, on="call_id", how="semi")["verdict"].cast(pl.String)
    hits, misses = int((said == OURS).sum()), int((said == "not ours").sum())
    found, silent = results.share("missed_at_triage", hits, hits + misses), said.len() - hits - misses
    return replace(found, left_out={"cannot be said": silent} if silent else {})


def on_duty(eligible: pl.DataFrame, duty: pl.DataFrame, *, program: Program) -> pl.DataFrame:
    """The eligible calls that came while a team that their rule sends (or sends otherwise) had a unit on duty."""
    teams = {rule.id: [s for answer in _ours(program, (rule.send, *rule.otherwise)) for s in answer] for rule in program.rule}  # fmt: skip
    rules = pl.DataFrame({"rule": list(teams), "may_go": list(teams.values())}, schema={"rule": pl.String, "may_go": pl.List(pl.String)})  # fmt: skip
    asked = eligible.join(rules, on="rule", how="left").explode("may_go", empty_as_null=True, keep_nulls=True).select("call_id", "received_at", pl.col("may_go").alias("team"))  # fmt: skip
    turns = duty.select("team", pl.coalesce("started_at", "planned_start").alias("from"), pl.coalesce("ended_at", "planned_end").alias("to"))  # fmt: skip
    hits = asked.join_where(
        turns, pl.col("team") == pl.col("team_right"), pl.col("received_at") >= pl.col("from"), pl.col("received_at") < pl.col("to")
    )  # fmt: skip
    return eligible.join(hits.select("call_id").unique(), on="call_id", how="semi")


def _ours(program: Program, answers: tuple[tuple[str, ...], ...]) -> list[tuple[str, ...]]:
    """The answers up to the first that holds no team of ours, one team each."""
    found = []
    for answer in answers:
        mine = tuple(service for service in answer if service in program.team_ids)[:1]
        if not mine:
            break
        found.append(mine)
    return found


def _modes(answered: pl.DataFrame) -> list[Result]:
    """Calls by how they were answered; one that was answered by phone and in person is counted in person."""
    of = answered.height
    visited = answered.filter(pl.col("mode") != "phone")
    counts = {
        "answered_by_phone": answered.filter(pl.col("mode") == "phone").join(visited.select("call_id"), on="call_id", how="anti").height,
        "answered_in_person": visited.filter(pl.col("mode") == "in person").height,
        "answered_with_police": visited.filter(pl.col("mode") == "with police").height,
    }  # fmt: skip
    return [results.count(name, n, of) for name, n in counts.items()]


def _times(service: Service, answered: pl.DataFrame) -> list[Result]:
    received = service.calls.select("call_id", "received_at")
    first = service.responses.group_by("call_id").agg(pl.col("assigned_at").min()).join(received, on="call_id")
    visits = answered.filter(pl.col("mode") != "phone").join(received, on="call_id")
    return [
        _minutes("queue", first, "received_at", "assigned_at"),
        _minutes("crew_turnout", visits, "assigned_at", "en_route_at"),
        _minutes("crew_travel", visits, "en_route_at", pl.coalesce("staged_at", "arrived_at")),
        _minutes("crew_response", visits, "received_at", "arrived_at"),
        _minutes("visit", visits, "arrived_at", "cleared_at"),
    ]


def _minutes(measure: str, frame: pl.DataFrame, start: str, end: str | pl.Expr) -> Result:
    last = pl.col(end) if isinstance(end, str) else end
    value = ((last - pl.col(start)).dt.total_microseconds() / 60e6).alias("m")
    minutes = frame.select(value)["m"]
    known = minutes.filter(minutes >= 0)
    if not known.len():
        return results.absent(measure)
    left_out = {"missing stamp": minutes.null_count(), "out of order": minutes.len() - minutes.null_count() - known.len()}  # fmt: skip
    left_out = {why: n for why, n in left_out.items() if n}
    return Result(
        MEASURES[measure], n=known.len(), mean=_number(known.mean()), median=_number(known.median()),
        p90=_number(known.quantile(0.9, "linear")), left_out=left_out,
    )  # fmt: skip


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, (int, float)) else None


def _work(service: Service) -> list[Result]:
    spent = tables.real(service.responses.select(_hours("assigned_at", pl.coalesce("available_at", "canceled_at"))).to_series().sum())  # fmt: skip
    on = tables.real(service.duty.select(_hours(pl.coalesce("started_at", "planned_start"), pl.coalesce("ended_at", "planned_end"))).to_series().sum())  # fmt: skip
    n = service.responses.height
    planned = tables.real(service.duty.select(_hours("planned_start", "planned_end")).to_series().sum())
    kept = Result(MEASURES["hours_kept"], on, planned, mean=on / planned, n=service.duty.height) if planned else results.absent("hours_kept")  # fmt: skip
    found = [Result(MEASURES["unit_hours"], spent, n=n), Result(MEASURES["hours_on_duty"], on, n=service.duty.height), kept]  # fmt: skip
    if not on:
        return [*found, results.absent("busy_share"), results.absent("per_unit_hour")]
    per_hour = intervals.poisson(n, on)
    return [*found, Result(MEASURES["busy_share"], spent, on, None, mean=spent / on, n=n), Result(MEASURES["per_unit_hour"], float(n), on, per_hour, n=n)]  # fmt: skip


def _hours(start: str | pl.Expr, end: str | pl.Expr) -> pl.Expr:
    first, last = (pl.col(e) if isinstance(e, str) else e for e in (start, end))
    return (last - first).dt.total_microseconds() / 3600e6


def backlog_by_week(service: Service, *, time_zone: str) -> dict[dt.date, int]:
    """Most calls waiting at once for a first unit of ours, by the Monday of the week."""
    weeks, _ = results.backlog(_queued(service), time_zone=time_zone)
    return {monday: int(most) for monday, most in weeks.iter_rows()}


def _queued(service: Service) -> pl.LazyFrame:
    """When calls came, and the minutes until a first unit of ours had them: `received_at, time_in_queue`."""
    first = service.responses.group_by("call_id").agg(pl.col("assigned_at").min())
    came = first.join(service.calls.select("call_id", "received_at"), on="call_id").lazy()
    waited = (pl.col("assigned_at") - pl.col("received_at")).dt.total_microseconds() / 60e6
    return came.select("received_at", waited.alias("time_in_queue"))


def _backlog(service: Service, *, time_zone: str) -> Result:
    """Most calls waiting at once for a first unit of ours."""
    _, most = results.backlog(_queued(service), time_zone=time_zone)
    return Result(MEASURES["crew_backlog"], most.numerator or 0.0, n=service.responses["call_id"].n_unique())
