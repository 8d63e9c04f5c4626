"""From a program and a city's calls to a simulated year: nothing is lost, luck is shared, everything has a source."""

from __future__ import annotations

import datetime as dt

import invented_city as inv
import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rightcall.program import shifts
from rightcall.program.file import ProgramError
from rightcall.simulation import arrays as a
from rightcall.simulation import figures, inputs, kinds, scenario, years
from rightcall.simulation.arrays import Log
from rightcall.simulation.figures import Trial
from rightcall.simulation.scenario import Model
from rightcall.simulation.years import Year


def sure(*, but: str = "", **at: float) -> str:
    """Expectations and inputs without any chance: everything is offered, nothing is canceled, staged or handed over."""
    values = {"uptake": 1, "hand-over": 0, "growth": 1, "canceled": 0, "staged": 0, "found otherwise": 0, "back-up": 0, "transported": 0}  # fmt: skip
    values |= {name.replace("_", " "): value for name, value in at.items()}
    return but + "".join(f'[[assume]]\ninput = "{name}"\nvalue = {value}\n' for name, value in values.items())


def once(model: Model, *, run: int = 1) -> tuple[Year, Log]:
    return years.go(model, run=run)


@settings(max_examples=25)
@given(seed=st.integers(1, 10**6), units=st.integers(0, 4), hours=st.integers(1, 24), stamps=st.booleans())
def test_every_eligible_call_ends_in_one_fate(seed: int, units: int, hours: int, stamps: bool) -> None:
    text = inv.EXPECT + f'[[shift]]\nteam = "community"\nstarts = "20:00"\nhours = {hours}\nunits = {units}\n'
    model = inv.model(text, stamps=stamps)
    year, log = once(model, run=seed)
    fate, reason = figures.fates(model, year, log)
    assert set(np.unique(fate)) <= {a.SERVED, a.UNSERVED}
    assert (reason[fate == a.UNSERVED] != a.NO_REASON).all()
    layout = figures.layout(model, layer="area_district")
    row = figures.read(model, year, log, layout=layout, run=seed, levels=None)
    one = {name: row[part][0] if name in figures.SINGLE else row[part] for name, part in layout.parts.items()}
    assert one["eligible"] == one["served"] + one["reasons"].sum()
    assert one["served"] == one["by_phone"] + one["in_person"] + one["with_police"]
    for kind in ("hour", "area"):
        assert one[f"eligible_by_{kind}"].sum() == one["eligible"]
        assert one[f"served_by_{kind}"].sum() == one["served"]
    assert one["unit_hours"] == pytest.approx(np.nansum(one["team_busy_share"] * one["team_duty_hours"]))
    assert one["responses"] == one["team_responses"].sum()


def test_a_decided_call_is_always_asked_for_and_an_open_one_by_its_expectation() -> None:
    model = inv.model(sure(but=inv.EXPECT))
    counts = np.array([years.draw(model, run=run).at.size for run in range(1, 41)])
    frame = model.city.frame.filter(pl.col("family") != "noise")
    sure_ones, open_ones = (frame.filter(pl.col("weapon").is_not_null() == known).height for known in (True, False))
    assert counts.mean() == pytest.approx(sure_ones + 0.9 * open_ones, rel=0.02)


def test_where_nothing_is_expected_the_screening_input_says_how_many() -> None:
    none = inv.model(sure(screening=0.0))
    every = inv.model(sure(screening=1.0))
    known = none.city.frame.filter((pl.col("family") != "noise") & pl.col("weapon").is_not_null()).height
    frame = every.city.frame.filter(pl.col("family") != "noise")
    for model, expected in ((none, known), (every, frame.height)):
        counts = [years.draw(model, run=run).at.size for run in range(1, 41)]
        assert np.mean(counts) == pytest.approx(expected, rel=0.08)


def test_a_sample_read_by_hand_takes_the_place_of_what_is_expected() -> None:
    from rightcall.measures.intervals import Estimate

    read = scenario.model(inv.place(), program=inv.program(sure(but=inv.EXPECT)), screening=Estimate(0.5, 0.5, 0.5))
    frame = read.city.frame.filter(pl.col("family") != "noise")
    open_ones = frame.filter(pl.col("weapon").is_null()).height
    counts = [years.draw(read, run=run).at.size for run in range(1, 31)]
    assert np.mean(counts) == pytest.approx(frame.height - 0.5 * open_ones, rel=0.03)
    assert read.inputs.general["screening"].source == "the sample that was read by hand"


def test_a_van_more_changes_no_calls_luck() -> None:
    two, three = (inv.model(inv.EXPECT + f'[[shift]]\nteam = "community"\nstarts = "06:00"\nhours = 3\nunits = {n}\n') for n in (1, 2))  # fmt: skip
    first, second = once(two, run=5), once(three, run=5)
    assert np.array_equal(first[0].at, second[0].at)
    assert np.array_equal(first[0].scenario.calls.key, second[0].scenario.calls.key)
    both = (first[1].code[:, a.UNIT] >= 0) & (second[1].code[:, a.UNIT] >= 0)
    scene = [log.time[:, a.CLEARED] - log.time[:, a.ARRIVED] for _, log in (first, second)]
    assert both.sum() > 50
    assert np.allclose(scene[0][both], scene[1][both], equal_nan=True)


def test_a_rule_more_changes_no_other_calls_luck() -> None:
    noise = '[[rule]]\nid = "noise"\nwhen = { family = "noise" }\nsend = ["community"]\n'
    few, more = inv.model(), inv.model(inv.EXPECT + noise)
    few_keys, more_keys = (set(years.draw(m, run=2).scenario.calls.key.tolist()) for m in (few, more))
    assert few_keys < more_keys


def test_a_simulated_day_is_a_day_of_the_export() -> None:
    model = inv.model(sure(but='[[expect]]\nfact = "weapon"\nshare = 0\n'))
    year = years.draw(model, run=4)
    city = model.city
    minute = year.at - 1440 * year.day
    assert np.allclose(minute, city.minute[year.source])
    source_day = np.searchsorted(city.day_first, year.source, side="right") - 1
    for day, source in {*zip(year.day.tolist(), source_day.tolist(), strict=True)}:
        assert city.source_days[source].weekday() == city.days[day].weekday()


def test_days_that_are_missing_are_filled_from_like_ones() -> None:
    table = inv.calls(days=60, a_day=30)
    gap = table.filter(~pl.col("received_at").dt.date().is_between(dt.date(2026, 2, 20), dt.date(2026, 3, 5)))
    city = inv.place(gap)
    assert len(city.days) == 56
    whole = scenario.model(city, program=inv.program(sure(but=inv.EXPECT)))
    per_day = np.bincount(years.draw(whole, run=1).day, minlength=56)
    assert per_day[14:27].min() > 0


def test_growth_brings_more_calls_and_uptake_fewer() -> None:
    usual, grown, shy = (inv.model(sure(but=inv.EXPECT, **more)) for more in ({}, {"growth": 1.5}, {"uptake": 0.5}))
    base = years.draw(usual, run=1)
    assert years.draw(grown, run=1).at.size == pytest.approx(1.5 * base.at.size, rel=0.1)
    offered = years.draw(shy, run=1)
    assert offered.at.size == base.at.size
    assert offered.asked.size == pytest.approx(0.5 * base.at.size, rel=0.15)


def test_officers_hand_over_what_was_not_offered_and_the_call_comes_later() -> None:
    model = inv.model(sure(but=inv.EXPECT, uptake=0.0, **{"hand-over": 1.0}), stamps=True)
    year, log = once(model)
    handed = year.state == years.HANDED_OVER
    assert handed.all()
    rules = {model.program.rule[model.kinds[kind].rule].id for kind in year.kind[handed]}
    assert rules == {"hand-over"}
    late = (year.at - (1440 * year.day + model.city.minute[year.source]))[handed]
    assert late.mean() == pytest.approx(15.0, rel=0.2)
    assert (log.code[:, a.FATE] == a.SERVED).any()


def test_an_input_may_hold_for_a_family_or_a_month_only() -> None:
    text = sure(but=inv.EXPECT) + '[[assume]]\ninput = "uptake"\nvalue = 0\nfamily = ["suicide"]\n'
    text += '[[assume]]\ninput = "uptake"\nvalue = 0\nmonths = [2]\n'
    model = inv.model(text)
    year = years.draw(model, run=1)
    family = model.city.family[year.source]
    months = np.array([day.month for day in model.city.days])[year.day]
    off = (family == model.city.families.index("suicide")) | (months == 2)
    assert (year.state[off] == years.NOT_OFFERED).all()
    assert (year.state[~off] == years.OFFERED).all()
    assert off.any()
    assert (~off).any()


def test_an_input_that_does_not_exist_is_refused() -> None:
    text = '[[assume]]\ninput = "uptak"\nvalue = 0.5\n[[assume]]\ninput = "uptake"\nvalue = 5\n[[assume]]\ninput = "talk"\nvalue = 3\nfamily = ["welfar"]\n'  # fmt: skip
    with pytest.raises(inputs.InputError) as raised:
        inv.model(text)
    told = str(raised.value)
    assert "“uptak” is no input" in told
    assert "uptake" in told
    assert "a share lies between 0 and 1" in told
    assert "“welfar” is no family" in told


def test_an_unknown_input_keeps_the_range_of_the_catalogue() -> None:
    model = inv.model('[[assume]]\ninput = "uptake"\nvalue = "unknown"\n')
    assert model.inputs.general["uptake"] == inputs.CATALOGUE["uptake"]


@given(level=st.floats(0, 1), name=st.sampled_from(list(inputs.CATALOGUE)))
def test_an_input_stays_in_its_range_and_grows_with_its_level(level: float, name: str) -> None:
    entry = inputs.CATALOGUE[name]
    assert entry.low - 1e-12 <= entry.at(level) <= entry.high + 1e-12
    assert entry.at(level) <= entry.at(min(1.0, level + 0.01)) + 1e-9
    assert entry.at(0.0) == pytest.approx(entry.low)
    assert entry.at(1.0) == pytest.approx(entry.high)


def test_a_hundred_runs_meet_every_part_of_a_range_once() -> None:
    for name in ("uptake", "talk"):
        assert sorted(inputs.level(name, run=run) for run in range(1, 101)) == pytest.approx([(k + 0.5) / 100 for k in range(100)])  # fmt: skip


def test_the_triangular_law_has_its_mean() -> None:
    entry = inputs.CATALOGUE["settled by phone"]
    got = np.mean([entry.at((k + 0.5) / 1000) for k in range(1000)])
    assert got == pytest.approx((entry.low + entry.value + entry.high) / 3, rel=1e-3)


def test_times_come_from_the_citys_stamps_first_and_it_is_said() -> None:
    with_stamps, without = inv.model(stamps=True), inv.model()
    told = [str(used.source) for used in with_stamps.used]
    assert any("the city's own stamps" in line for line in told)
    assert not any("the city's own stamps" in str(used.source) for used in without.used)
    assert any("Oregon" in str(used.source) for used in without.used)
    levels = {name: 0.5 for name in inputs.CATALOGUE} | {"on scene": 0.0}
    laws = years.kinds_at(with_stamps, levels)
    row = with_stamps.city.times.of["on scene", "welfare"]
    assert laws.quantiles[row].max() == pytest.approx(0.8 * 20.0)


def test_crisis_teams_on_scene_have_their_mean() -> None:
    assert np.trapezoid(inputs.ON_SCENE_MINUTES, inputs.ON_SCENE_LEVELS) == pytest.approx(29.2, abs=0.05)


def test_without_places_every_journey_takes_the_same_time() -> None:
    model = inv.model(table=inv.calls(points=False))
    assert not model.city.zones.placed
    assert np.unique(model.travel.minutes) == pytest.approx(
        [inputs.JOURNEY_MINUTES - inputs.CATALOGUE["turnout"].value]
    )
    _, log = once(model)
    assert (log.code[:, a.FATE] == a.SERVED).any()


def test_calls_without_a_place_get_that_of_their_area() -> None:
    table = inv.calls().with_columns(pl.when(pl.col("source_row") % 3 > 0).then(pl.col("lat")).alias("lat"))
    city = inv.place(table)
    assert (city.zone >= 0).all()
    at = city.zones.areas["area_district"]
    lost = city.frame["lat"].is_null().to_numpy()
    same = [at[zone] == area for zone, area in zip(city.zone[lost], city.frame["area_district"].to_numpy()[lost], strict=True)]  # fmt: skip
    # A hexagon that two districts share is counted as the larger one's.
    assert np.mean(same) > 0.4


def test_a_pilot_zone_is_served_and_the_rest_is_outside() -> None:
    text = inv.EXPECT.replace("0.1", "0") + sure()
    zoned = inv.program(text)
    shift = zoned.shift[1].model_copy(update={"area": {"district": ("East",)}})
    pilot = zoned.model_copy(update={"shift": (shift,)})
    model = scenario.model(inv.place(layers=("area_district",)), program=pilot)
    year, log = once(model)
    fate, reason = figures.fates(model, year, log)
    district = model.city.frame["area_district"].to_numpy()[year.source]
    served = fate == a.SERVED
    assert set(district[served]) == {"East"}
    care = np.array([model.program.rule[model.kinds[k].rule].id == "care" for k in year.kind])
    assert set(reason[care & (district == "West")]) == {a.OUTSIDE_AREA}


def test_a_day_and_night_shift_never_leaves_the_team_alone() -> None:
    whole = inv.program().model_copy(update={"shift": (inv.program().shift[1].model_copy(update={"starts": "09:00", "hours": 24.0}),)})  # fmt: skip
    model = scenario.model(inv.place(), program=whole)
    community = model.teams.index("community")
    assert model.duty[community].all()
    year, log = once(model)
    _, reason = figures.fates(model, year, log)
    care = np.array([model.program.rule[model.kinds[k].rule].id == "care" for k in year.kind])
    assert a.OUTSIDE_HOURS not in set(reason[care])


def test_duty_over_a_clock_change_is_that_of_the_clock_on_the_wall() -> None:
    # Clocks go forward on 8 March 2026: the night from 22:00 has one hour less than others.
    night = inv.program().shift[1].model_copy(update={"starts": "22:00", "hours": 10.0, "units": 1})
    changed = inv.program().model_copy(update={"shift": (night,)})
    laid = shifts.turns(changed, first=dt.date(2026, 3, 6), last=dt.date(2026, 3, 8))
    assert [turn.hours for turn in laid] == [10.0, 9.0, 10.0]
    model = scenario.model(inv.place(inv.calls(days=40)), program=changed)
    duty = model.duty[model.teams.index("community")]
    for day in range(2, 38):
        on = duty[day * 1440 : (day + 1) * 1440]
        assert on[: 8 * 60].all()
        assert not on[8 * 60 : 22 * 60].any()
        assert on[22 * 60 :].all()


def test_a_program_without_units_serves_nobody_and_says_why() -> None:
    nobody = inv.program().model_copy(update={"shift": tuple(s.model_copy(update={"units": 0}) for s in inv.program().shift)})  # fmt: skip
    model = scenario.model(inv.place(), program=nobody)
    row = Trial(model, figures.layout(model, layer=None))(1)
    parts = figures.layout(model, layer=None).parts
    assert row[parts["served"]][0] == 0
    assert row[parts["eligible"]][0] > 0
    assert row[parts["reasons"]][figures.REASONS.index("outside hours")] == row[parts["eligible"]][0]


def test_a_program_without_shifts_is_refused() -> None:
    with pytest.raises(shifts.ShiftError, match="no shifts"):
        scenario.model(inv.place(), program=inv.program().model_copy(update={"shift": ()}))


def test_ten_thousand_units_are_no_trouble() -> None:
    many = inv.program().model_copy(update={"shift": (inv.program().shift[1].model_copy(update={"units": 10_000}),)})
    model = scenario.model(inv.place(inv.calls(days=28, a_day=4)), program=many)
    assert model.units.team.size == 10_000
    row = Trial(model, figures.layout(model, layer=None))(1)
    assert row[figures.layout(model, layer=None).parts["served"]][0] > 0


def test_a_role_that_no_team_has_is_refused() -> None:
    text = (
        inv.EXPECT + '[[rule]]\nid = "odd"\nwhen = { family = "noise" }\nsend = ["community"]\nrequires = ["wizard"]\n'
    )
    with pytest.raises(kinds.ScenarioError, match="asks for a wizard"):
        inv.model(text)


def test_a_team_that_no_rule_sends_and_a_rule_that_sends_an_absent_team() -> None:
    base = inv.program()
    kept = tuple(shift for shift in base.shift if shift.team == "co-response")
    idle = base.model_copy(update={"shift": kept, "rule": tuple(rule for rule in base.rule if rule.id != "talk")})
    model = scenario.model(inv.place(), program=idle)
    row, parts = Trial(model, figures.layout(model, layer=None))(1), figures.layout(model, layer=None).parts
    assert row[parts["team_responses"]].sum() == 0
    assert row[parts["served"]][0] == 0
    assert row[parts["eligible"]][0] > 0


def test_the_figures_of_a_run_are_the_same_in_every_process_and_thread() -> None:
    import pickle

    model = inv.model(stamps=True)
    trial = Trial(model, figures.layout(model, layer="area_district"))
    again = pickle.loads(pickle.dumps(trial))
    assert trial(3).tobytes() == again(3).tobytes() == trial(3).tobytes()


# ------------------------------------------------------------------ bad input


@pytest.mark.parametrize("value", ["nan", "inf", "-1"])
def test_a_time_that_cannot_be_is_refused_with_its_line(value: str) -> None:
    from rightcall.program.file import ProgramError

    with pytest.raises(ProgramError, match=r"line \d+: assume\[1\].value is wrong"):
        inv.program(f'[[assume]]\ninput = "talk"\nvalue = {value}\n')


@pytest.mark.parametrize("hours", [0, 30, -2])
def test_a_shift_of_no_hours_or_of_thirty_is_refused(hours: int) -> None:
    from rightcall.program.file import ProgramError

    with pytest.raises(ProgramError, match=r"shift\[5\].hours is wrong"):
        inv.program(f'[[shift]]\nteam = "desk"\nstarts = "09:00"\nhours = {hours}\nunits = 1\n')


def test_a_caller_without_patience_waits_for_nobody() -> None:
    text = sure(but=inv.EXPECT, patience=0.0, growth=9.0, talk=60.0)
    model = inv.model(text)
    year, log = once(model)
    desk = log.code[:, a.DESK_UNIT] >= 0
    assert desk.any()
    assert np.allclose(log.time[desk, a.DESK_ASSIGNED], year.scenario.calls.at[desk])


def test_stamps_that_run_backward_teach_nothing() -> None:
    table = inv.calls()
    backward = inv.unit_times(table).with_columns(pl.col("arrived_at") - pl.duration(hours=5))
    period = inv.quality.coverage(table.lazy(), time_zone=inv.ZONE)
    city = inv.city.read(table.lazy(), backward.lazy(), period=period, time_zone=inv.ZONE)
    assert ("response", "") not in city.times.of
    assert ("travel", "") not in city.times.of


def test_a_table_of_quantiles_keeps_the_mean_and_the_order() -> None:
    from rightcall.simulation import luck

    draw = np.random.default_rng(1)
    for values in (draw.lognormal(2, 1.4, 4000), draw.exponential(20, 300), np.full(40, 7.0), np.append(np.ones(500), 900.0)):  # fmt: skip
        table = luck.table_of(values)
        assert np.trapezoid(table) / (table.size - 1) == pytest.approx(values.mean())
        assert (np.diff(table) >= -1e-9).all()


# ------------------------------------------------------------------ travel


def chained(table: pl.DataFrame, *, minutes_per_km: float) -> pl.DataFrame:
    """One unit that drives from each call to the next, which is given to it as soon as the last is over."""
    from rightcall.dispatch.travel import great_circle_km

    lat, lon = table["lat"].to_numpy(), table["lon"].to_numpy()
    km = great_circle_km(np.roll(lat, 1), np.roll(lon, 1), lat, lon)
    trip = pl.Series("trip", np.round((1.0 + minutes_per_km * km) * 60e6).astype(np.int64)).cast(pl.Duration("us"))
    at = table["received_at"]
    times = inv.unit_times(table).with_columns(
        at.alias("assigned_at"), at.alias("en_route_at"), (at + trip).alias("arrived_at"), at.shift(-1).alias("cleared_at")
    )  # fmt: skip
    return times.with_columns(pl.col("cleared_at").fill_null(pl.col("arrived_at")))


def test_travel_is_learned_from_where_units_were_before() -> None:
    table = inv.calls(days=35, a_day=40).sort("received_at")
    period = inv.quality.coverage(table.lazy(), time_zone=inv.ZONE)
    city = inv.city.read(table.lazy(), chained(table, minutes_per_km=3.0).lazy(), period=period, time_zone=inv.ZONE)
    assert city.trips.km.size > 1000
    model = scenario.model(city, program=inv.program())
    assert "trips of the city show" in str(model.travel.how)
    assert model.travel.fit is not None
    assert model.travel.fit.error < 1.0
    far = float(model.travel.minutes[0].max())
    assert far == pytest.approx(1 + 3 * 10.8, rel=0.25)


def test_a_design_that_doubles_the_speed_halves_what_the_citys_trips_show() -> None:
    table = inv.calls(days=35, a_day=40).sort("received_at")
    period = inv.quality.coverage(table.lazy(), time_zone=inv.ZONE)
    city = inv.city.read(table.lazy(), chained(table, minutes_per_km=3.0).lazy(), period=period, time_zone=inv.ZONE)
    slow, fast = (inv.program(inv.EXPECT + f"[travel]\nspeed_kmh = {speed}\n") for speed in (30, 60))
    usual = scenario.model(city, program=slow, base=slow).travel.minutes
    assert np.allclose(scenario.model(city, program=fast, base=slow).travel.minutes, usual / 2)


def test_trips_that_foretell_nothing_are_not_used() -> None:
    model = inv.model(inv.EXPECT + "[travel]\nspeed_kmh = 50\nsource = 'fleet'\n", stamps=True)
    assert "50 km/h" in str(model.travel.how)
    assert "fleet" in str(model.travel.how)


# ------------------------------------------------------------------ languages, roles, reserves


def test_a_caller_is_met_in_her_language_or_waits() -> None:
    spanish = pl.when(pl.col("source_row") % 4 == 0).then(pl.lit("es")).alias("language")
    table = inv.calls(a_day=30).with_columns(spanish)
    both = inv.program(sure(but=inv.EXPECT))
    head = both.program.model_copy(update={"languages": ("en", "es")})
    teams = tuple(t.model_copy(update={"languages": ("en",) if t.id == "community" else ()}) for t in both.team)
    changed = both.model_copy(update={"program": head, "team": teams})
    model = scenario.model(inv.place(table), program=changed)
    year, log = once(model)
    fate, _ = figures.fates(model, year, log)
    said = model.city.frame["language"].to_numpy()[year.source] == "es"
    care = np.array([model.program.rule[model.kinds[k].rule].id == "care" for k in year.kind])
    assert (fate[care & said] == a.UNSERVED).all()
    assert (fate[care & ~said] == a.SERVED).any()


def test_a_rule_that_requires_a_role_is_met_by_a_crew_that_has_it() -> None:
    base = inv.program(sure(but=inv.EXPECT))
    rules = tuple(r.model_copy(update={"requires": ("peer",)}) if r.id == "care" else r for r in base.rule)
    alone = tuple(t.model_copy(update={"crew": {"clinician": 1}}) if t.id == "community" else t for t in base.team)
    peers = base.team[1].model_copy(update={"id": "peers", "name": "Peers", "crew": {"peer": 1}})
    without = base.model_copy(update={"rule": rules, "team": (*alone, peers)})
    for program, served in ((base.model_copy(update={"rule": rules}), True), (without, False)):
        model = scenario.model(inv.place(), program=program)
        year, log = once(model)
        fate, _ = figures.fates(model, year, log)
        care = np.array([model.program.rule[model.kinds[k].rule].id == "care" for k in year.kind])
        assert (fate[care] == a.SERVED).any() == served


# ------------------------------------------------------------------ what a second reader found


def one_run(model: Model, run: int = 1) -> dict[str, float]:
    layout = figures.layout(model, layer=None)
    row = Trial(model, layout)(run)
    return {name: float(row[layout.parts[name]][0]) for name in figures.SINGLE}


def test_a_rare_family_does_not_hide_the_police_hours_of_the_others() -> None:
    rare = (
        pl.when(pl.col("source_row") <= 8)
        .then(pl.lit("trespass"))
        .otherwise(pl.col("family").cast(pl.String))
        .alias("family")
    )
    text = inv.EXPECT + '[[rule]]\nid = "rare"\nwhen = { family = "trespass" }\nsend = ["community"]\n'
    model = scenario.model(inv.place(inv.calls().with_columns(rare), stamps=True), program=inv.program(text))
    assert all(np.isfinite(one_run(model, run)["police_hours_saved"]) for run in range(1, 6))


def test_fire_engines_are_no_police() -> None:
    table = inv.calls()
    fire = inv.unit_times(table).with_columns(pl.lit("fire").alias("service"), pl.lit("E1").alias("unit"))
    period = inv.quality.coverage(table.lazy(), time_zone=inv.ZONE)
    both = inv.city.read(
        table.lazy(), pl.concat([inv.unit_times(table), fire]).lazy(), period=period, time_zone=inv.ZONE
    )
    assert np.nanmax(both.police_minutes) == pytest.approx(30.0)
    only = inv.city.read(table.lazy(), fire.lazy(), period=period, time_zone=inv.ZONE)
    assert np.isnan(only.police_minutes).all()


def test_a_missing_word_leaves_a_call_open_to_the_screening() -> None:
    text = inv.TEXT.replace('when = { family = ["welfare", "mental health"] }', 'when = { family = ["welfare", "mental health"], place_kind = "outside" }')  # fmt: skip
    assert text != inv.TEXT
    for level, some in ((1.0, True), (0.0, False)):
        written = inv.file.parse(text + sure(screening=level), where="p")
        year = years.draw(scenario.model(inv.place(), program=written), run=1)
        assert ("care" in {written.rule[scenario.model(inv.place(), program=written).kinds[k].rule].id for k in year.kind}) == some  # fmt: skip


def test_an_input_that_cannot_differ_by_family_or_month_is_refused_there() -> None:
    for line in ('input = "turnout"\nvalue = 3\nfamily = ["welfare"]', 'input = "canceled"\nvalue = 0.1\nmonths = [2]'):
        with pytest.raises(inputs.InputError, match="is the same"):
            inv.model(f"[[assume]]\n{line}\n")


@pytest.mark.parametrize("stamps", [True, False])
def test_minutes_on_scene_may_differ_by_family(stamps: bool) -> None:
    text = (
        sure(but=inv.EXPECT, **{"on scene": 1.0}) + '[[assume]]\ninput = "on scene"\nvalue = 3\nfamily = ["welfare"]\n'
    )
    plain, longer = (inv.model(t, stamps=stamps) for t in (sure(but=inv.EXPECT, **{"on scene": 1.0}), text))
    welfare = plain.city.families.index("welfare")
    for family in (welfare, plain.city.families.index("mental health")):
        means = []
        for model in (plain, longer):
            year, log = once(model)
            mine = model.city.family[year.source[year.asked]] == family
            means.append(np.nanmean((log.time[:, a.CLEARED] - log.time[:, a.ARRIVED])[mine]))
        assert means[1] / means[0] == pytest.approx(3.0 if family == welfare else 1.0, rel=0.25)


def test_a_caller_who_needed_a_visit_and_got_none_spares_police_nothing() -> None:
    talk = inv.program(sure(but=inv.EXPECT, settled_by_phone=0.0))
    desk = tuple(shift for shift in talk.shift if shift.team == "desk")
    only = scenario.model(inv.place(stamps=True), program=talk.model_copy(update={"shift": desk}))
    got = one_run(only)
    assert got["served"] > 0
    assert got["police_hours_saved"] == 0


def test_a_shift_that_begins_next_year_is_simulated_on_last_years_calls() -> None:
    shift = inv.program().shift[1].model_copy(update={"start": dt.date(2027, 7, 1)})
    season = shift.model_copy(update={"start": dt.date(2027, 2, 10), "end": dt.date(2027, 2, 20)})
    days = [scenario.model(inv.place(), program=inv.program().model_copy(update={"shift": (each,)})).duty.any(axis=0).reshape(-1, 1440).any(axis=1).sum() for each in (shift, season)]  # fmt: skip
    assert days == [35, 11]


def test_a_team_without_shifts_is_off_duty_not_out_of_its_area() -> None:
    desk = tuple(shift for shift in inv.program().shift if shift.team == "desk")
    model = scenario.model(inv.place(), program=inv.program().model_copy(update={"shift": desk}))
    year, log = once(model)
    _, reason = figures.fates(model, year, log)
    assert a.OUTSIDE_AREA not in set(reason.tolist())
    assert a.OUTSIDE_HOURS in set(reason.tolist())


def test_dates_without_times_are_refused() -> None:
    from rightcall.errors import NothingLeft

    midnight = pl.col("received_at").dt.convert_time_zone(inv.ZONE).dt.truncate("1d").dt.convert_time_zone("UTC")
    with pytest.raises(NothingLeft, match="dates without times of day"):
        inv.place(inv.calls().with_columns(midnight))


def test_a_call_counts_in_its_own_area() -> None:
    model = inv.model()
    layout = figures.layout(model, layer="area_district")
    named = np.array(layout.areas)[layout.area_of]
    assert (named == model.city.frame["area_district"].to_numpy()).all()


def test_an_area_in_which_no_call_lies_is_refused_with_those_that_there_are() -> None:
    from rightcall.simulation.kinds import ScenarioError

    base = inv.program()
    nowhere = base.shift[1].model_copy(update={"area": {"district": ("Estt",)}})
    with pytest.raises(ScenarioError, match=r"no call lies in the district “Estt”.*East, West"):
        scenario.model(inv.place(layers=("area_district",)), program=base.model_copy(update={"shift": (nowhere,)}))


def test_a_base_on_the_other_side_of_the_world_is_refused() -> None:
    from rightcall.simulation.kinds import ScenarioError

    with pytest.raises(ScenarioError, match=r"km from the nearest call\. Look at lat and lon"):
        inv.model(inv.EXPECT + '[[base]]\nid = "hall"\nlat = -78.9\nlon = 35.7\n')
    near = inv.model(inv.EXPECT + '[[base]]\nid = "hall"\nlat = 35.7\nlon = -78.9\n')
    assert near.units.home.size


def test_an_officer_who_handed_a_call_over_was_spared_nothing() -> None:
    model = inv.model(sure(but=inv.EXPECT, uptake=0.0, **{"hand-over": 1.0}), stamps=True)
    got = one_run(model)
    assert got["handed_over"] == got["served"] > 0
    assert got["police_hours_saved"] == 0


def test_a_base_that_nobody_placed_lies_among_the_calls_of_its_area() -> None:
    east = pl.when(pl.col("lon") > -78.86).then(pl.lit("East")).otherwise(pl.lit("West")).alias("area_district")
    city = inv.place(inv.calls().with_columns(east), layers=("area_district",))
    for name in ("East", "West"):
        shift = inv.program().shift[1].model_copy(update={"area": {"district": (name,)}})
        model = scenario.model(city, program=inv.program().model_copy(update={"shift": (shift,)}))
        assert {city.zones.areas["area_district"][home] for home in model.units.home} == {name}


def test_who_stays_on_the_line_is_busy_until_the_crew_is_there() -> None:
    """The last rule of the invented program sends a crew; with `keep_on_line` a clinician stays with the caller."""
    alone, kept = (inv.model(line + sure(but=inv.EXPECT)) for line in ("", 'keep_on_line = "desk"\n'))
    (first, without), (second, log) = once(alone), once(kept)
    assert np.array_equal(first.at, second.at)
    care = [number for number, kind in enumerate(kept.kinds) if kept.program.rule[kind.rule].id == "care"]
    visits = np.isin(second.scenario.calls.kind, care) & (log.code[:, a.UNIT] >= 0)
    stayed = visits & (log.code[:, a.DESK_UNIT] >= 0)
    assert not (np.isin(first.scenario.calls.kind, care) & (without.code[:, a.DESK_UNIT] >= 0)).any()
    assert 0.5 < stayed.sum() / visits.sum() <= 1
    assert (log.time[stayed, a.DESK_ASSIGNED] == log.time[stayed, a.ASSIGNED]).all()
    until = np.fmin(log.time[:, a.ARRIVED], log.time[:, a.CANCELED_AT])
    assert (log.time[stayed, a.DESK_CLEARED] == until[stayed]).all()
    hours = a.busy(log, units=kept.units.team.size) - a.busy(without, units=kept.units.team.size)
    assert hours[kept.units.team == kept.teams.index("desk")].sum() > 60


def test_a_city_may_say_minutes_between_its_areas() -> None:
    city = inv.place()
    names = sorted(set(city.zones.areas["area_district"]))
    rows = ", ".join(
        f"{start} = {{ {', '.join(f'{to} = {5 if to == start else 21}' for to in names)} }}" for start in names
    )
    said = f'[travel]\nspeed_kmh = 30\nlayer = "district"\nminutes = {{ {rows} }}\nsource = "measured in May"\n'
    model = scenario.model(city, program=inv.program(inv.EXPECT + said))
    district = np.array(city.zones.areas["area_district"])
    same = district[:, None] == district[None, :]
    assert (model.travel.minutes[0][same] == 5).all()
    assert (model.travel.minutes[0][~same] == 21).all()
    assert "measured in May" in str(model.travel.how)
    faster = said.replace("speed_kmh = 30", "speed_kmh = 60")
    design = scenario.model(city, program=inv.program(inv.EXPECT + faster), base=inv.program(inv.EXPECT + said))
    assert np.allclose(design.travel.minutes, model.travel.minutes / 2)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ('layer = "distrit"\nminutes = { A = { A = 1 } }', "district"),
        ('layer = "district"', "a layer needs minutes"),
        ("minutes = { A = { A = 1 } }", "need a layer"),
        ('layer = "district"\nminutes = { A = { A = -1 } }', "travel.minutes"),
    ],
)
def test_travel_that_cannot_be_is_refused(said: str, told: str) -> None:
    assert told in inv.wrong(f"[travel]\nspeed_kmh = 30\n{said}\n")


def test_only_a_team_by_phone_can_be_kept_on_the_line() -> None:
    with pytest.raises(ProgramError, match="does not work by phone"):
        inv.program('keep_on_line = "community"\n' + inv.EXPECT)


def test_the_source_of_travel_is_said_once() -> None:
    district = sorted(set(inv.place().zones.areas["area_district"]))[0]
    said = f'[travel]\nspeed_kmh = 30\nlayer = "district"\nminutes = {{ {district} = {{ {district} = 5 }} }}\nsource = "a stopwatch"\n'
    told = str(scenario.model(inv.place(), program=inv.program(inv.EXPECT + said)).travel.how)
    assert told.count("a stopwatch") == 1
    with pytest.raises(kinds.ScenarioError, match="no call lies in a district"):
        scenario.model(inv.place(), program=inv.program(inv.EXPECT + said.replace(district, "Nowhere")))


def test_minutes_between_areas_that_no_call_names_are_refused() -> None:
    said = '[travel]\nspeed_kmh = 30\nlayer = "zip"\nminutes = { a = { b = 3 } }\n'
    with pytest.raises(kinds.ScenarioError, match="the calls name none"):
        scenario.model(inv.place(), program=inv.program(inv.EXPECT + said))


def test_a_run_needs_no_warm_up_even_of_the_shortest_export() -> None:
    """It begins at midnight with nobody busy. What that changes in four crowded weeks is less than any result is known to."""
    city = inv.place(inv.calls(days=28, a_day=60))
    model = scenario.model(city, program=inv.program(inv.EXPECT + '[[assume]]\ninput = "growth"\nvalue = 3\n'))
    asked, served = np.zeros(28), np.zeros(28)
    for run in range(1, 31):
        year, log = once(model, run=run)
        fate, _ = figures.fates(model, year, log)
        asked += np.bincount(year.day, minlength=28)
        served += np.bincount(year.day[fate == a.SERVED], minlength=28)
    whole, rest = served.sum() / asked.sum(), served[1:].sum() / asked[1:].sum()
    assert 0.2 < whole < 0.8
    assert abs(whole - rest) < 0.002
