"""Measures of a running program on figures that cities published (measures.md, worked identities)."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import polars as pl
import pytest

from rightcall import tables
from rightcall.dispatch.columns import Duty, PeopleMet, Responses, StaffEvents, Support, Unserved
from rightcall.measures import arrivals, service
from rightcall.measures.results import Result
from rightcall.measures.service import Service
from rightcall.program import file
from rightcall.program.document import Program

NOON = dt.datetime(2025, 3, 3, 17, tzinfo=dt.UTC)
TEXT = """
[program]
name = "B"
jurisdiction = "X, NY"
time_zone = "America/New_York"
effective = 2025-01-01
[[team]]
id = "crew"
name = "Rosa's crew"
kind = "in person"
[[rule]]
id = "care"
when = { family = "mental health" }
send = ["crew"]
[undecided]
send = "usual"
[[outside]]
id = "usual"
"""


def program() -> Program:
    return file.parse(TEXT, where="p")


def year(*, calls: int, eligible: int, answered: int) -> Service:
    """So many calls, of which some are ours and some of these answered, on one long turn of duty."""
    ids = pl.Series("call_id", [f"c{n}" for n in range(calls)])
    number = pl.int_range(pl.len())
    moment = pl.lit(NOON).dt.cast_time_unit("us")
    table = ids.to_frame().with_columns(moment.alias("received_at"), pl.lit("caller").alias("requested_by"))
    ours = number < eligible
    decisions = ids.to_frame().select(
        "call_id", pl.lit(1).alias("sequence"), pl.when(ours).then(pl.lit("ours")).otherwise(pl.lit("not ours")).alias("outcome"),
        pl.lit("care").alias("rule"), pl.lit("crew").alias("team"), pl.lit(None, pl.String).alias("override"),
    )  # fmt: skip
    went = ids.head(answered).to_frame().select(
        (pl.col("call_id") + "/r").alias("response_id"), "call_id", pl.lit("crew").alias("team"), pl.lit("in person").alias("mode"),
        *(moment.dt.offset_by(f"{minutes}m").alias(f"{name}_at") for name, minutes in (("assigned", 2), ("en_route", 3), ("arrived", 12), ("cleared", 40), ("available", 50))),
    )  # fmt: skip
    lost = ids.slice(answered, eligible - answered).to_frame().with_columns(pl.lit("all busy").alias("reason"))
    turn = pl.DataFrame({"unit": ["1"], "team": ["crew"], "planned_start": [NOON - dt.timedelta(hours=1)], "planned_end": [NOON + dt.timedelta(hours=1)]})  # fmt: skip
    return Service(
        table, decisions, tables.check(went, Responses, where="r"), tables.check(lost, Unserved, where="u"),
        tables.check(turn, Duty, where="d"), tables.check(pl.DataFrame(schema=Support.polars_schema()), Support, where="s"),
    )  # fmt: skip


@pytest.mark.parametrize(
    ("calls", "eligible", "answered", "coverage", "of_all"),
    [(59_178 + 37_113, 37_113, 37_113 - 13_042, 0.649, 0.250), (23_000, 23_000, 4_680, 0.203, 0.203)],
    ids=["New York, three fiscal years", "Durham, first nine months"],
)
def test_coverage_is_what_cities_published(
    calls: int, eligible: int, answered: int, coverage: float, of_all: float
) -> None:
    told = year(calls=calls, eligible=eligible, answered=answered)
    got = service.measure(told, program=program())
    for measure in ("coverage", "coverage_on_duty"):
        assert got[measure].estimate is not None
        assert round(got[measure].estimate.value, 3) == coverage
        assert (got[measure].numerator, got[measure].denominator) == (answered, eligible)
    assert round(answered / told.calls.height, 3) == of_all
    assert service.unserved(told) == {("all busy",): eligible - answered}


def test_times_and_busy_share_are_those_of_the_stamps() -> None:
    got = service.measure(year(calls=10, eligible=6, answered=4), program=program())
    means = {name: got[name].mean for name in ("queue", "crew_turnout", "crew_travel", "crew_response", "visit")}
    assert means == {"queue": 2, "crew_turnout": 1, "crew_travel": 9, "crew_response": 12, "visit": 28}
    assert got["unit_hours"].numerator == pytest.approx(4 * 48 / 60)
    assert got["busy_share"].mean == pytest.approx(4 * 48 / 60 / 2)
    assert got["per_unit_hour"].estimate is not None
    assert got["per_unit_hour"].estimate.value == pytest.approx(2.0)
    assert got["crew_backlog"].numerator == 4


def test_off_duty_is_not_in_the_denominator_of_duty() -> None:
    told = year(calls=10, eligible=6, answered=4)
    later = told.calls.with_columns(pl.when(pl.int_range(pl.len()) == 5).then(pl.col("received_at") + pl.duration(hours=5)).otherwise(pl.col("received_at")).alias("received_at"))  # fmt: skip
    got = service.measure(Service(later, told.decisions, told.responses, told.unserved, told.duty, told.support), program=program())  # fmt: skip
    assert got["coverage"].denominator == 6
    assert got["coverage_on_duty"].denominator == 5


ENDS = ["settled on scene", "handed to EMS", "gone on arrival", "not stated", "settled on scene", None]


def ended() -> Service:
    """Six visits that ended in different ways: police came to the first, the crew of the second found a weapon that was denied."""
    told = year(calls=8, eligible=6, answered=6)
    calls = told.calls.with_columns(
        pl.lit("911").alias("origin"), pl.Series("family", ["mental health"] * 7 + [None]), pl.Series("weapon", [None, False, None, None, True, None, None, None], dtype=pl.Boolean), pl.lit(None, pl.Boolean).alias("violence"),
    )  # fmt: skip
    later = pl.col("call_id").str.tail(1).cast(pl.Int64)
    decisions = told.decisions.with_columns(
        (pl.col("outcome") == "ours").alias("nature_eligible"), (pl.lit(NOON).dt.cast_time_unit("us") + pl.duration(seconds=30)).alias("decided_at"),
        pl.when(later == 6).then(pl.lit("police")).alias("override"), pl.when(later == 6).then(pl.lit("the caller asked for it")).alias("override_reason"),
    )  # fmt: skip
    responses = told.responses.with_columns(
        pl.Series("outcome", ENDS), pl.Series("found_weapon", [None, True, None, None, True, None], dtype=pl.Boolean),
        pl.when(later < 3).then(pl.col("cleared_at")).alias("transport_at"),
    )  # fmt: skip
    came = pl.DataFrame({"response_id": ["c0/r"], "service": ["police"], "kind": ["sent along"], "asked_at": [NOON], "arrived_at": [NOON]})  # fmt: skip
    met = tables.check(
        pl.DataFrame({"response_id": ["c0/r", "c1/r", "c2/r", "c4/r"], "contact": ["met"] * 4, "voluntary": [True, False, None, False]}), PeopleMet, where="m",
    )  # fmt: skip
    return Service(calls, decisions, responses, told.unserved, told.duty, tables.check(came, Support, where="s"), met)


def fractions(got: dict[str, Result]) -> dict[str, tuple[float | None, float | None]]:
    return {name: (result.numerator, result.denominator) for name, result in got.items()}


def test_what_came_of_visits_is_counted_with_what_is_not_known_aside() -> None:
    told = fractions(service.measure(ended(), program=program()))
    assert told["contact_made"] == (3, 4), "two whose end nobody stated are left out"
    assert told["settled_alone"] == (1, 3), "police came to one, an ambulance took one over"
    assert told["surprises"] == (1, 6), "a weapon that was told of is no surprise"
    assert told["involuntary"] == (1, 2), "of those who were taken somewhere and of whom it is known"
    assert service.measure(ended(), program=program())["involuntary"].left_out == {"not said": 1}
    got = service.measure(ended(), program=program())
    assert got["contact_made"].left_out == {"not stated": 2}
    assert got["staff_injuries"].absent == ("staff_events",)
    assert service.counted(arrivals.outcomes_of(ended().answered)) == {("settled on scene",): 2, ("gone on arrival",): 1, ("handed to EMS",): 1, ("not stated",): 1}  # fmt: skip


def test_what_the_rules_made_of_the_calls_is_counted_of_all_calls_of_the_public() -> None:
    got = service.measure(ended(), program=program())
    told = fractions(got)
    assert told["eligible_by_nature"] == told["eligible_at_least"] == told["eligible_at_most"] == (6, 8)
    assert told["not_assessed"] == (1, 8)
    assert told["overrides"] == (1, 8)
    assert service.overridden(ended(), time_zone="America/New_York") == {("the caller asked for it", "12–16"): 1}
    assert got["time_to_decide"].mean == pytest.approx(0.5)
    assert got["hours_kept"].mean == pytest.approx(1.0)


def test_without_a_record_of_whom_a_crew_met_nothing_is_said_of_their_will() -> None:
    got = service.measure(year(calls=10, eligible=6, answered=4), program=program())
    assert got["involuntary"].absent == ("people_met",)
    assert "eligible_by_nature" not in got, "these tables do not say what the calls were"


def test_coverage_and_what_a_rule_cost_are_told_apart_by_kind() -> None:
    told = ended()
    calls = told.calls.with_columns(pl.Series("family", ["mental health", "welfare"] * 4))
    decisions = told.decisions.with_columns(pl.when(pl.col("call_id") == "c6").then(True).otherwise(pl.col("nature_eligible")).alias("nature_eligible"))  # fmt: skip
    split = replace(told, calls=calls, decisions=decisions, responses=told.responses.filter(pl.col("call_id") != "c1"))
    assert service.coverage_by(split, "family") == {"mental health": (3, 3), "welfare": (2, 3)}
    assert service.coverage_by(split, "area_beat") == {}
    assert service.screened_out(split) == {("care",): 1}
    assert service.screened_out(year(calls=3, eligible=1, answered=1)) == {}


def written(told: Service, people: list[dict[str, object]], events: list[dict[str, object]]) -> Service:
    """The same with what crews wrote down."""
    met = tables.check(pl.DataFrame([{"contact": "met", **row} for row in people], schema=PeopleMet.polars_schema()), PeopleMet, where="m")  # fmt: skip
    befell = tables.check(pl.DataFrame(events, schema=StaffEvents.polars_schema()), StaffEvents, where="e")
    return replace(told, people_met=met, staff_events=befell)


def test_what_befell_neighbors_and_crews_is_told_of_what_was_written_down_alone() -> None:
    people = [
        {"response_id": "c0/r", "arrest": True, "force": True, "felt_helped": False, "harm": "injured", "supplies": "naloxone, water", "destination": "shelter"},
        {"response_id": "c0/r", "arrest": False, "felt_helped": True, "complained": True},
        {"response_id": "c1/r", "arrest": False, "harm": "no harm", "felt_helped": True, "supplies": "water"},
    ]  # fmt: skip
    events = [
        {"response_id": "c1/r", "kind": "felt safe", "felt_safe": True}, {"response_id": "c2/r", "kind": "felt safe", "felt_safe": False},
        {"response_id": "c2/r", "kind": "injury", "severity": "first aid"}, {"response_id": "c2/r", "kind": "threat"},
    ]  # fmt: skip
    told = written(year(calls=10, eligible=6, answered=4), people, events)
    got = service.measure(told, program=program())
    pairs = fractions(got)
    assert pairs["arrests"] == pairs["harm"] == (1, 2), "one of c0, and the crew of c1 said that there was none"
    assert pairs["force_used"] == pairs["complaints"] == (1, 1), "nobody said anything of it elsewhere"
    assert got["arrests"].left_out == {"nothing written down": 2}
    assert pairs["staff_injuries"] == (1, 3)
    assert got["staff_injuries"].left_out == {"nothing written down": 1}
    assert pairs["felt_safe"] == (1, 2)
    assert pairs["felt_helped"] == (2, 3)
    assert service.counted(arrivals.destinations_of(told)) == {("shelter",): 1}
    assert service.counted(arrivals.supplies_of(told)) == {("water",): 2, ("naloxone",): 1}
    assert service.counted(arrivals.crew_events_of(told)) == {("injury", "first aid"): 1, ("threat",): 1}
    estimate = got["arrests"].estimate
    assert estimate is not None
    assert (estimate.value, round(estimate.low, 1), round(estimate.high, 1)) == (500.0, 12.7, 2785.8), "Garwood, 1 in 2"


def test_whoever_took_a_neighbor_it_counts_and_an_injury_on_the_way_too() -> None:
    people = [
        {"response_id": "c0/r", "destination": "emergency department", "voluntary": False}, {"response_id": "c0/r", "destination": "home or family", "voluntary": True},
        {"response_id": "c1/r", "voluntary": True},
    ]  # fmt: skip
    base = year(calls=10, eligible=6, answered=4)
    turned = base.responses.with_columns(pl.when(pl.col("response_id") == "c3/r").then(None).otherwise(pl.col("arrived_at")).alias("arrived_at"))  # fmt: skip
    told = written(replace(base, responses=turned), people, [{"response_id": "c3/r", "kind": "injury", "severity": "days away"}])  # fmt: skip
    pairs = fractions(service.measure(told, program=program()))
    assert pairs["involuntary"] == (1, 1), "an ambulance took one; nobody was taken by the others"
    assert pairs["staff_injuries"] == (1, 3), "the crash before arrival is in it"


def test_no_injury_in_twenty_thousand_visits_is_said_with_what_it_may_be() -> None:
    """Minneapolis: 0 injuries in about 20,000 responses are at most 0.15 per 1,000 (measures.md)."""
    many = year(calls=20_000, eligible=20_000, answered=20_000)
    met = many.responses.select("response_id", pl.lit("met").alias("contact"))
    told = replace(many, people_met=tables.check(met, PeopleMet, where="m"), staff_events=pl.DataFrame(schema=StaffEvents.polars_schema()))  # fmt: skip
    estimate = service.measure(told, program=program())["staff_injuries"].estimate
    assert estimate is not None
    assert (estimate.value, estimate.low) == (0, 0)
    assert estimate.high == pytest.approx(0.15)


def test_a_sample_that_was_read_by_hand_says_what_triage_missed() -> None:
    told = year(calls=10, eligible=6, answered=4)
    read = pl.DataFrame({"call_id": ["c0", "c6", "c7", "c8", "c9"], "verdict": ["ours", "ours", "not ours", "not ours", "cannot be said"]})  # fmt: skip
    got = service.measure(replace(told, calls=told.calls.with_columns(pl.lit("911").alias("origin"), pl.lit("welfare").alias("family")), decisions=told.decisions.with_columns(pl.lit(True).alias("nature_eligible"), pl.lit(NOON).dt.cast_time_unit("us").alias("decided_at")), readings=read), program=program())  # fmt: skip
    assert fractions(got)["missed_at_triage"] == (1, 3), "the first was ours, and is no miss"
    assert got["missed_at_triage"].left_out == {"cannot be said": 1}


def test_hours_of_the_day_are_those_of_the_city_and_a_span_is_cut_at_each() -> None:
    told = year(calls=10, eligible=6, answered=4)
    zone = "America/New_York"
    assert service.coverage_by_hours(told, time_zone=zone) == {"12–16": (4, 6)}
    turn = told.duty.with_columns(pl.col("planned_start").alias("started_at"), (pl.col("planned_end") + pl.duration(hours=4)).alias("ended_at"))  # fmt: skip
    busy = service.busy_by_hours(replace(told, duty=turn), time_zone=zone)
    assert busy == {"crew 08–12": (0, 1), "crew 12–16": (pytest.approx(4 * 48 / 60), 4), "crew 16–20": (0, 1)}


def test_not_assessed_has_a_reason() -> None:
    told = year(calls=4, eligible=1, answered=1)
    calls = told.calls.with_columns(
        pl.lit("911").alias("origin"), pl.Series("family", ["welfare", None, None, None]), pl.Series("first_type", ["WELFARE", "ODD", "ODD", None]),
    )  # fmt: skip
    assert service.not_assessed(replace(told, calls=calls)) == {("this type is not mapped", "ODD"): 2, ("no type was told",): 1}  # fmt: skip
    assert service.not_assessed(told) == {}, "these tables do not say what the calls were"


def test_the_backlog_is_told_by_week() -> None:
    told = year(calls=10, eligible=6, answered=4)
    late = pl.col("call_id") == "c3"
    moved = replace(
        told, calls=told.calls.with_columns(pl.when(late).then(pl.col("received_at") + pl.duration(days=7)).otherwise(pl.col("received_at")).alias("received_at")),
        responses=told.responses.with_columns(pl.when(late).then(pl.col("assigned_at") + pl.duration(days=7)).otherwise(pl.col("assigned_at")).alias("assigned_at")),
    )  # fmt: skip
    assert service.backlog_by_week(moved, time_zone="America/New_York") == {dt.date(2025, 3, 3): 3, dt.date(2025, 3, 10): 1}  # fmt: skip
    assert service.backlog_by_week(year(calls=3, eligible=2, answered=0), time_zone="America/New_York") == {}
