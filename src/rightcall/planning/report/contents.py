"""What the report says, once: sections of sentences, figures, pictures and the tables behind them.

Nothing here knows HTML. Sentences are messages, said in the reader's language when the page is made.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import polars as pl

from rightcall.calls import places
from rightcall.calls.columns import AREA_LAYERS, HAZARDS
from rightcall.locale import N_, Message, Share, Words
from rightcall.measures.catalogue import MEASURES
from rightcall.planning import hand_reading, lenses
from rightcall.planning.plan import Plan
from rightcall.planning.report import charts
from rightcall.triage.decisions import NO_RULE

Sentence = Message | str
MOST_ROWS = 15


@dataclass(frozen=True)
class Figure:
    """A big number with what it counts and its reason."""

    value: Any
    label: Sentence
    note: Sentence = ""
    strong: bool = False


@dataclass(frozen=True)
class Table:
    """A small table: titles and rows; `more` rows are left to the CSV of the given name."""

    titles: tuple[Sentence, ...]
    rows: tuple[tuple[Any, ...], ...]
    csv: str = ""
    more: int = 0


@dataclass(frozen=True)
class Picture:
    """A chart with its text alternative and the table behind it."""

    chart: Any
    title: Sentence
    alternative: Sentence
    table: Table


@dataclass(frozen=True)
class Section:
    """A part of the report. Blocks are sentences, figures, pictures, tables and lists, in order."""

    ident: str
    title: Sentence
    blocks: tuple[Any, ...] = ()
    lead: Sentence = ""


@dataclass(frozen=True)
class Report:
    """The whole report."""

    title: Sentence
    subtitle: Sentence
    first_page: Section
    sections: tuple[Section, ...]
    footer: tuple[Sentence, ...] = field(default_factory=tuple)


def report(plan: Plan, words: Words) -> Report:
    """The report of a plan. `words` is needed for what stands inside pictures."""
    head = plan.program.program
    sections = (volume(plan, words), when(plan, words), frequency(plan), location(plan, words), risk(plan, words), response(plan, words),
                reading(plan), demand(plan, words), quality(plan), assumptions(plan), measures(plan))  # fmt: skip
    return Report(
        title=Message(N_("{name}: a first plan"), {"name": head.name}),
        subtitle=Message(N_("{city}. Calls from {first} to {last}."), {"city": head.jurisdiction, "first": plan.period.first, "last": plan.period.last}),
        first_page=first_page(plan, words),
        sections=tuple(section for section in sections if section.blocks),
        footer=(
            Message(N_("Made {at} by Rightcall {code} from the program {version}. Every figure stands in plan.json; the tables lie in tables/."),
                    {"at": plan.made_at.date(), "code": _code(), "version": plan.program.version[:12]}),
            *(Message(N_("{name}: {rows} rows, {rejected} set aside or merged, checksum {sum}."), {"name": s.name, "rows": s.rows, "rejected": s.rejected, "sum": s.checksum[:12]}) for s in plan.sources if s.checksum),
        ),
    )  # fmt: skip


def _code() -> str:
    import rightcall

    return rightcall.__version__


def headline(plan: Plan) -> list[Sentence]:
    """The few sentences that answer the question."""
    t = plan.totals
    public = int(t["public"])
    said: list[Sentence] = [
        Message(N_("{n} calls; {public} of them from the public."), {"n": int(t["calls"]), "public": public}),
        Message(N_("By nature {n} of {public} ({share}) are calls for a team such as this."), {"n": int(t["by_nature"]), "public": public, "share": Share(plan.share("by_nature"))}),
        Message(N_("At most {most}, at least {least} could have been ours."), {"most": int(t["at_most"]), "least": int(t["at_least"])}),
    ]  # fmt: skip
    if plan.middle:
        said.append(
            Message(
                N_("About {value} ({low} to {high}) by a sample of {n} read by hand."),
                _rounded(plan) | {"n": plan.reading.read if plan.reading else 0},
            )
        )
    elif _expected(plan) is not None:
        said.append(
            Message(
                N_("About {n} are expected, by the program's own expectations."), {"n": round(_expected(plan) or 0)}
            )
        )
    if t["public"] > t["assessed"]:
        said.append(
            Message(
                N_("{n} calls have a type that is missing or not mapped; they are not assessed."),
                {"n": int(t["public"] - t["assessed"])},
            )
        )
    return said


def _rounded(plan: Plan) -> dict[str, Any]:
    assert plan.middle is not None
    return {"value": round(plan.middle.value), "low": round(plan.middle.low), "high": round(plan.middle.high)}


def _expected(plan: Plan) -> float | None:
    return plan.totals["expected"] if "expected" in plan.totals and not plan.totals["not_expected"] else None


def first_page(plan: Plan, words: Words) -> Section:
    """For a council member: how many, what kinds, when, where, what we don't know."""
    t = plan.totals
    figures = [
        Figure(int(t["public"]), Message(N_("calls from the public")), Message(N_("of {n} in all"), {"n": int(t["calls"])})),
        Figure(int(t["by_nature"]), Message(N_("ours by nature")), Message(N_("{share} of the calls from the public, hazards ignored"), {"share": Share(plan.share("by_nature"))}), strong=True),
        Figure(int(t["at_most"]), Message(N_("could have been ours, at most")), Message(N_("{share}; recorded hazards taken out"), {"share": Share(plan.share("at_most"))})),
        Figure(int(t["at_least"]), Message(N_("could have been ours, at least")), Message(N_("{share}; certain whatever is unknown"), {"share": Share(plan.share("at_least"))})),
    ]  # fmt: skip
    if plan.middle:
        r = _rounded(plan)
        figures.append(
            Figure(
                r["value"],
                Message(N_("probably ours")),
                Message(
                    N_("{low} to {high}, by {n} calls read by hand"),
                    r | {"n": plan.reading.read if plan.reading else 0},
                ),
                strong=True,
            )
        )
    elif _expected(plan) is not None:
        figures.append(
            Figure(
                round(_expected(plan) or 0),
                Message(N_("expected to be ours")),
                Message(N_("by the program's expectations, until a sample is read")),
            )
        )
    blocks: list[Any] = [tuple(figures), *_answers(plan)]
    picture = _area_picture(plan, words) or _week_picture(plan, words)
    if picture:
        blocks.append(picture)
    blocks.append(_unknowns(plan))
    return Section("first", Message(N_("Which calls could an alternative response have taken?")), tuple(blocks))


def _answers(plan: Plan) -> list[Sentence]:
    """What kinds, when, where: one sentence each."""
    said: list[Sentence] = []
    families = plan.tables["families"].filter(pl.col("by_nature") > 0)
    if families.height:
        top = [
            Message(N_("{family} ({n})"), {"family": Message(row["family"]), "n": row["by_nature"]})
            for row in families.head(4).iter_rows(named=True)
        ]
        said.append(Message(N_("What kinds: {list}."), {"list": top}))
    if plan.totals["by_nature"]:
        hours = (
            plan.tables["hours"]
            .with_columns((pl.col("hour_of_week") % 24).alias("hour"))
            .group_by("hour")
            .agg(pl.col("by_nature").sum())
        )
        inside = int(hours.filter(pl.col("hour").is_between(9, 20))["by_nature"].sum())
        night = int(hours.filter(pl.col("hour") < 6)["by_nature"].sum())
        total = max(int(hours["by_nature"].sum()), 1)
        said.append(
            Message(
                N_(
                    "When: {day} of them between 9 in the morning and 9 in the evening, {night} between midnight and 6."
                ),
                {"day": Share(inside / total), "night": Share(night / total)},
            )
        )
    if plan.area_layer:
        table = plan.tables[plan.area_layer]
        top = [
            Message(N_("{area} ({n})"), {"area": row["area"], "n": row["by_nature"]})
            for row in table.sort("by_nature", descending=True).head(3).iter_rows(named=True)
        ]
        said.append(
            Message(N_("Where ({layer}): {list}."), {"layer": Message(_layer_name(plan.area_layer)), "list": top})
        )
    return said


def _unknowns(plan: Plan) -> list[Sentence]:
    """What we don't know, and what one day of reading would add."""
    t = plan.totals
    open_calls = int(t["at_most"] - t["at_least"])
    said: list[Sentence] = []
    if open_calls and not plan.middle:
        n, half = hand_reading.worth_reading(open_calls)
        said.append(
            Message(
                N_(
                    "What we don't know: for {open} calls it cannot be said, because hazards were not recorded. One day of reading {n} narratives by two people would narrow that to within about {half} of them either way:  rightcall sample"
                ),
                {"open": open_calls, "n": n, "half": round(half * open_calls)},
            )
        )
    said += [finding.message for finding in plan.findings if finding.weight == "serious"][:4]
    if t["public"] > t["assessed"]:
        said.append(
            Message(
                N_(
                    "{n} calls ({share}) have a type that is missing or not mapped. They are not assessed, which is not ineligible."
                ),
                {"n": int(t["public"] - t["assessed"]), "share": Share((t["public"] - t["assessed"]) / t["public"])},
            )
        )
    return said


def _layer_name(layer: str) -> str:
    return {
        "area_beat": N_("beat"), "area_sector": N_("sector"), "area_district": N_("council district"), "area_neighborhood": N_("neighborhood"), "area_zip": N_("ZIP code"),
    }[layer]  # fmt: skip


COUNT_TITLES: tuple[Sentence, ...] = (
    Message(N_("calls")), Message(N_("ours by nature")), Message(N_("at most")), Message(N_("at least")),
)  # fmt: skip


def _counts(
    table: pl.DataFrame, first: list[str], titles: tuple[Sentence, ...], csv: str, *, translate: bool = False
) -> Table:
    rows = []
    for row in table.head(MOST_ROWS).iter_rows(named=True):
        names = [Message(str(row[name])) if translate and row[name] is not None else row[name] for name in first]
        rows.append((*names, *(row[name] for name in lenses.COUNTS)))
    return Table((*titles, *COUNT_TITLES), tuple(rows), csv, max(0, table.height - MOST_ROWS))


def volume(plan: Plan, words: Words) -> Section:
    """How many, of what kind, by the city's words and by month."""
    families = plan.tables["families"]
    ours = families.filter(pl.col("by_nature") > 0)
    blocks: list[Any] = []
    if ours.height:
        table = _counts(families, ["family"], (Message(N_("family")),), "families", translate=True)
        blocks.append(
            Picture(
                charts.families(ours, words),
                Message(N_("Calls of our nature, by family")),
                Message(
                    N_("Bars: {list}."),
                    {
                        "list": [
                            f"{words(r['family'])} {words.value(r['by_nature'])}"
                            for r in ours.head(8).iter_rows(named=True)
                        ]
                    },
                ),
                table,
            )
        )
    blocks.append(Message(N_("By the city's own words:")))
    blocks.append(
        _counts(
            plan.tables["types"].filter(pl.col("calls") > 0),
            ["type", "family"],
            (Message(N_("type")), Message(N_("family"))),
            "types",
        )
    )
    by_month = _by_month(plan)
    if by_month.height > 1:
        table = Table(
            (Message(N_("month")), Message(N_("days covered")), Message(N_("calls of our nature a day"))),
            tuple(
                (str(r["month"])[:7], f"{r['days']}/{r['days_in_month']}", r["per_day"])
                for r in by_month.iter_rows(named=True)
            ),
            "days",
        )
        blocks.append(
            Picture(
                charts.months(by_month, words),
                Message(N_("Calls of our nature a covered day, by month")),
                Message(
                    N_("Bars from {low} to {high} calls a day."),
                    {"low": float(by_month["per_day"].min() or 0), "high": float(by_month["per_day"].max() or 0)},
                ),
                table,
            )
        )  # type: ignore[arg-type]
    if "screened" in plan.tables:
        screened = (
            plan.tables["screened"]
            .group_by("rule")
            .agg(pl.col("calls").sum())
            .sort("calls", "rule", descending=[True, False])
        )
        why = {rule.id: rule.why for rule in plan.program.rule}
        blocks.append(Message(N_("Calls of our nature that a rule takes out, by the rule:")))
        blocks.append(
            Table(
                (Message(N_("rule")), Message(N_("calls")), Message(N_("why"))),
                tuple(
                    (
                        Message(N_("no rule takes it")) if r["rule"] == NO_RULE else r["rule"],
                        r["calls"],
                        why.get(r["rule"], ""),
                    )
                    for r in screened.iter_rows(named=True)
                ),
                "screened",
            )
        )
    return Section("volume", Message(N_("Volume: how many, of what kind")), tuple(blocks))


def _by_month(plan: Plan) -> pl.DataFrame:
    solid = plan.period.days.filter(pl.col("solid")).select("day")
    counted = (
        plan.tables["days"]
        .join(solid, on="day")
        .group_by(pl.col("day").dt.truncate("1mo").alias("month"))
        .agg(pl.col("by_nature").sum())
    )
    return (
        plan.period.months.join(counted, on="month", how="left")
        .with_columns(pl.col("by_nature").fill_null(0))
        .filter(pl.col("days") > 0)
        .with_columns((pl.col("by_nature") / pl.col("days")).round(2).alias("per_day"))
        .sort("month")
    )


def when(plan: Plan, words: Words) -> Section:
    """The hours of the week."""
    picture = _week_picture(plan, words)
    return Section("when", Message(N_("When: the hours of the week")), (picture,) if picture else ())


def _week_picture(plan: Plan, words: Words) -> Picture | None:
    hours = plan.tables["hours"]
    if not hours["by_nature"].sum():
        return None
    by_day = hours.group_by((pl.col("hour_of_week") // 24).alias("d")).agg(pl.col(list(lenses.COUNTS)).sum()).sort("d")
    table = Table(
        (Message(N_("day")), *COUNT_TITLES),
        tuple((Message(charts.DAYS[r["d"]]), *(r[c] for c in lenses.COUNTS)) for r in by_day.iter_rows(named=True)),
        "hours",
    )
    best = hours.sort("by_nature", descending=True).row(0, named=True)
    alternative = Message(
        N_("Heat map; the busiest hour is {day} at {hour}:00 with {n} calls."),
        {
            "day": Message(charts.DAYS[best["hour_of_week"] // 24]),
            "hour": best["hour_of_week"] % 24,
            "n": best["by_nature"],
        },
    )
    return Picture(
        charts.week(hours, "by_nature", words, title=words(N_("calls of our nature in the period"))),
        Message(N_("Calls of our nature by hour of the week")),
        alternative,
        table,
    )


def frequency(plan: Plan) -> Section:
    """Places and people that call again and again, without naming any."""
    blocks: list[Any] = []
    for name, heading, one in (
        ("familiar_places", N_("Familiar addresses"), N_("addresses")),
        ("familiar_people", N_("Familiar neighbors"), N_("neighbors")),
    ):
        if name not in plan.tables:
            continue
        table = plan.tables[name]
        blocks.append(Message(heading))
        blocks.append(Table((Message(N_("calls of our nature in 365 days")), Message(one), Message(N_("share of them")), Message(N_("their calls")), Message(N_("share of the calls"))),
                            tuple((Message(N_("{n} or more"), {"n": r["at_least"]}), r["places"], Share(r["share_of_places"]), r["calls"], Share(r["share_of_calls"])) for r in table.iter_rows(named=True)), name))  # fmt: skip
    if blocks:
        lead = Message(
            N_(
                "Few places often make much of the demand. Addresses are pseudonyms here and in every table; a hundred block counts as one address where the export blurs them."
            )
        )
        return Section("frequency", Message(N_("Frequency: who calls again and again")), tuple(blocks), lead)
    return Section(
        "frequency",
        Message(N_("Frequency: who calls again and again")),
        (Message(N_("The export names no addresses or people that could be told apart.")),),
    )


def location(plan: Plan, words: Words) -> Section:
    """Areas on a map, hexagons where a city gives no areas."""
    blocks: list[Any] = []
    picture = _area_picture(plan, words)
    if picture:
        blocks.append(picture)
    if "hexagons" in plan.tables and not (plan.area_layer in plan.outlines if plan.area_layer else False):
        blocks.append(_hexagon_picture(plan, words))
    for layer in AREA_LAYERS:
        if layer in plan.tables and not (picture and layer == plan.area_layer):
            blocks.append(Message(N_("By {layer}:"), {"layer": Message(_layer_name(layer))}))
            blocks.append(
                _counts(
                    plan.tables[layer].sort("by_nature", "area", descending=[True, False]),
                    ["area"],
                    (Message(_layer_name(layer)),),
                    layer,
                )
            )
    if not blocks:
        blocks.append(Message(N_("The export gives neither areas nor points on the map.")))
    return Section("location", Message(N_("Location: where")), tuple(blocks))


def _area_picture(plan: Plan, words: Words) -> Picture | None:
    layer = plan.area_layer
    if not layer or layer not in plan.outlines:
        return None
    table = plan.tables[layer].sort("by_nature", "area", descending=[True, False])
    counts = dict(table.select("area", "by_nature").iter_rows())
    top = table.row(0, named=True)
    alternative = Message(
        N_("Map of {n} areas; most calls in {area}: {calls}."),
        {"n": table.height, "area": top["area"], "calls": top["by_nature"]},
    )
    chart = charts.areas(plan.outlines[layer], counts, words, labels=len(counts) <= 25)
    return Picture(
        chart,
        Message(N_("Calls of our nature by {layer}"), {"layer": Message(_layer_name(layer))}),
        alternative,
        _counts(table, ["area"], (Message(_layer_name(layer)),), layer),
    )


def _hexagon_picture(plan: Plan, words: Words) -> Picture:
    cells = plan.tables["hexagons"].filter(pl.col("by_nature") >= 2)
    features = [
        {"type": "Feature", "properties": {"area": str(i)}, "geometry": {"type": "Polygon", "coordinates": [places.hexagon_outline(row["hex_lat"], row["hex_lon"], across_km=plan.hexagon_km)[::-1]]}}
        for i, row in enumerate(cells.iter_rows(named=True))
    ]  # fmt: skip
    counts = {str(i): n for i, n in enumerate(cells["by_nature"])}
    few = plan.tables["hexagons"].height - cells.height
    alternative = Message(
        N_("Map of {n} hexagons of {km} km; the busiest holds {calls} calls. {few} with a single call are left out."),
        {"n": cells.height, "km": plan.hexagon_km, "calls": int(cells["by_nature"].max() or 0), "few": few},
    )  # type: ignore[call-overload]
    table = Table(
        (Message(N_("latitude")), Message(N_("longitude")), Message(N_("ours by nature")), Message(N_("at most"))),
        tuple(
            (f"{r['hex_lat']:.3f}", f"{r['hex_lon']:.3f}", r["by_nature"], r["at_most"])
            for r in cells.head(MOST_ROWS).iter_rows(named=True)
        ),
        "hexagons",
        max(0, cells.height - MOST_ROWS),
    )
    return Picture(
        charts.areas({"features": features}, counts, words, labels=False),
        Message(N_("Calls of our nature by hexagon")),
        alternative,
        table,
    )


def risk(plan: Plan, words: Words) -> Section:
    """Hazards known and unknown; what came of the calls where outcomes were joined."""
    blocks: list[Any] = []
    table = hazard_shares(plan)
    if table.height:
        rows = tuple(
            (Message(r["hazard"].replace("_", " ")), Share(r["yes"]), Share(r["no"]), Share(r["unknown"]))
            for r in table.iter_rows(named=True)
        )
        titles = (
            Message(N_("hazard")),
            Message(N_("recorded as present")),
            Message(N_("recorded as absent")),
            Message(N_("nobody recorded it")),
        )
        unknown = table.sort("unknown", descending=True).row(0, named=True)
        alternative = Message(
            N_("Bars; “{hazard}” is unknown on {share} of the calls."),
            {"hazard": Message(unknown["hazard"].replace("_", " ")), "share": Share(unknown["unknown"])},
        )
        blocks.append(
            Picture(
                charts.hazards(table, words),
                Message(N_("What was recorded of hazards on calls of our nature")),
                alternative,
                Table(titles, rows, "hazards"),
            )
        )
        blocks.append(_hazards_by_family(plan))
    if plan.outcomes:
        blocks += _outcomes(plan)
    lead = Message(N_("What nobody recorded is unknown, never absent. An unknown never makes a call ours."))
    return Section("risk", Message(N_("Risk: hazards, known and unknown")), tuple(blocks), lead)


def hazard_shares(plan: Plan) -> pl.DataFrame:
    """Hazard, and the shares of the calls of our nature on which it is recorded as present, absent, not at all."""
    if "hazards" not in plan.tables:
        return pl.DataFrame()
    table = plan.tables["hazards"]
    total = int(table["calls"].sum())
    rows = []
    for name in HAZARDS:
        yes, no = int(table[f"{name}.yes"].sum()), int(table[f"{name}.no"].sum())
        rows.append({"hazard": name, "yes": yes / total, "no": no / total, "unknown": (total - yes - no) / total})
    return pl.DataFrame(rows).sort("unknown", "hazard")


def _hazards_by_family(plan: Plan) -> Table:
    table = plan.tables["hazards"]
    shown = [name for name in HAZARDS if (table[f"{name}.yes"] + table[f"{name}.no"]).sum()]
    titles = (
        Message(N_("family")),
        Message(N_("calls")),
        *(Message(N_("{hazard}: yes / no / unknown"), {"hazard": Message(name.replace("_", " "))}) for name in shown),
    )
    rows = tuple(
        (
            Message(row["family"]),
            row["calls"],
            *(
                f"{row[f'{n}.yes']} / {row[f'{n}.no']} / {row['calls'] - row[f'{n}.yes'] - row[f'{n}.no']}"
                for n in shown
            ),
        )
        for row in table.head(MOST_ROWS).iter_rows(named=True)
    )
    return Table(titles, rows, "hazards", max(0, table.height - MOST_ROWS))


def _outcomes(plan: Plan) -> list[Any]:
    o = plan.outcomes
    assert o is not None
    share = o.joined / o.rows if o.rows else 0.0
    said = Message(
        N_(
            "Outcomes from {file}: {joined} of {rows} rows ({share}) could be joined to a call from the public by incident number. What could not be joined is missing below."
        ),
        {"file": o.name, "joined": o.joined, "rows": o.rows, "share": Share(share)},
    )
    titles = (Message(N_("family")), Message(N_("calls")), *(Message(kind.replace("_", " ")) for kind in o.kinds))
    rows = []
    for row in o.as_json()["families"]:
        cells = [
            Message(
                N_("{n} ({low} to {high})"),
                {"n": row[kind]["n"], "low": Share(row[kind]["low"]), "high": Share(row[kind]["high"])},
            )
            for kind in o.kinds
        ]
        rows.append((Message(row["family"]), row["calls"], *cells))
    return [said, Table(titles, tuple(rows), "outcomes")]


def response(plan: Plan, words: Words) -> Section:
    """How long these calls wait today, as far as the stamps allow."""
    blocks: list[Any] = []
    shown = [r for r in plan.results if r.median is not None]
    if not shown:
        return Section(
            "response",
            Message(N_("Response time today")),
            (
                Message(
                    N_(
                        "The export has one time per call, so nothing can be said about waiting, travel or time on scene. Ask for the times at which units were dispatched, arrived and cleared."
                    )
                ),
            ),
        )
    titles = (
        Message(N_("measure")),
        Message(N_("from → to")),
        Message(N_("calls")),
        Message(N_("median")),
        Message(N_("nine of ten within")),
        Message(N_("mean")),
        Message(N_("left out")),
    )
    rows = tuple(
        (
            Message(r.measure.title),
            Message(r.measure.numerator),
            r.n,
            _minutes(r.median),
            _minutes(r.p90),
            _minutes(r.mean),
            _left_out(r.left_out, words),
        )
        for r in shown
    )
    blocks.append(Message(N_("Calls of our nature, in minutes, first unit to be sent and to arrive:")))
    blocks.append(Table(titles, rows))
    measure = next(
        (
            name
            for name in ("response_time", "time_in_queue")
            if "waits_by_hour" in plan.tables and plan.tables["waits_by_hour"][f"{name}.n"].sum()
        ),
        None,
    )
    if measure:
        table = plan.tables["waits_by_hour"]
        worst = table.sort(f"{measure}.p90", descending=True, nulls_last=True).row(0, named=True)
        behind = Table(
            (Message(N_("hour")), Message(N_("calls")), Message(N_("median")), Message(N_("nine of ten within"))),
            tuple(
                (
                    f"{r['hour']:02d}:00",
                    r[f"{measure}.n"],
                    _minutes(r[f"{measure}.median"]),
                    _minutes(r[f"{measure}.p90"]),
                )
                for r in table.iter_rows(named=True)
            ),
            "waits_by_hour",
        )
        blocks.append(
            Picture(
                charts.waits(table, measure, words),
                Message(
                    N_("{measure}, calls of our nature, by hour of the day"),
                    {"measure": Message(MEASURES[measure].title)},
                ),
                Message(
                    N_("Lines by hour; the longest at {hour}:00, where nine of ten are within {p90} minutes."),
                    {"hour": worst["hour"], "p90": _minutes(worst[f"{measure}.p90"])},
                ),
                behind,
            )
        )
        blocks.append(_waits_by_family(plan, measure))
    return Section("response", Message(N_("Response time today")), tuple(blocks))


def _waits_by_family(plan: Plan, measure: str) -> Table:
    table = plan.tables["waits_by_family"].filter(pl.col("by_nature"))
    rows = tuple(
        (Message(r["family"]), r[f"{measure}.n"], _minutes(r[f"{measure}.median"]), _minutes(r[f"{measure}.p90"]))
        for r in table.iter_rows(named=True)
    )
    return Table(
        (Message(N_("family")), Message(N_("calls")), Message(N_("median")), Message(N_("nine of ten within"))),
        rows,
        "waits_by_family",
    )


def _minutes(value: float | None) -> float | str:
    return "–" if value is None else round(value, 1)


def _left_out(reasons: dict[str, int], words: Words) -> str:
    return ", ".join(f"{words(reason)}: {words.value(n)}" for reason, n in reasons.items())


def reading(plan: Plan) -> Section:
    """What two readers found."""
    r = plan.reading
    if r is None:
        return Section("reading", "")
    blocks: list[Any] = [
        Message(N_("{read} of {drawn} drawn calls were read; {ours} would have been ours. {unresolved} on which the readers differ and nobody settled are left out."), {"read": r.read, "drawn": r.drawn, "ours": r.ours, "unresolved": r.unresolved}),
    ]  # fmt: skip
    if r.kappa is not None:
        blocks.append(
            Message(
                N_("Both readers answered {both}; they agree on {agreed} (kappa {kappa})."),
                {"both": r.both_read, "agreed": r.agreed, "kappa": f"{r.kappa:.2f}"},
            )
        )
    elif r.both_read == 0:
        blocks.append(
            Message(
                N_("Only one person read. A second, independent reader would show how far the answers can be trusted.")
            )
        )
    rows = tuple(
        (
            Message(row["family"]),
            row["read"],
            row["ours"],
            Share(row["share"]),
            Message(N_("{low} to {high}"), {"low": Share(row["low"]), "high": Share(row["high"])}),
        )
        for row in r.as_json()["families"]
    )
    blocks.append(
        Table(
            (
                Message(N_("family")),
                Message(N_("read")),
                Message(N_("ours")),
                Message(N_("share")),
                Message(N_("95 % interval")),
            ),
            rows,
        )
    )
    return Section("reading", Message(N_("The sample that was read by hand")), tuple(blocks))


def demand(plan: Plan, words: Words) -> Section:
    """What to expect in a coming week."""
    f = plan.forecast
    if f is None:
        return Section(
            "demand",
            Message(N_("Demand to expect")),
            (Message(N_("Fewer than three weeks are well covered; no forecast is made.")),),
        )
    by_day = f.hours.group_by((pl.col("hour_of_week") // 24).alias("d")).agg(pl.col("expected").sum()).sort("d")
    table = Table(
        (Message(N_("day")), Message(N_("expected calls"))),
        tuple((Message(charts.DAYS[r["d"]]), round(r["expected"], 1)) for r in by_day.iter_rows(named=True)),
        "demand",
    )
    blocks: list[Any] = [
        Message(N_("About {n} calls of our nature a week, from {days} covered days. The band is where a single hour of a coming week falls in 95 of 100 cases."), {"n": round(f.per_week), "days": f.days}),
        Picture(charts.demand(f.hours, words), Message(N_("Expected calls of our nature by hour of the week")), Message(N_("Line with band, from {low} to {high} calls an hour."), {"low": round(float(f.hours["expected"].min() or 0), 2), "high": round(float(f.hours["expected"].max() or 0), 2)}), table),  # type: ignore[arg-type]
    ]  # fmt: skip
    if f.months.height:
        high, low = f.months.sort("factor").row(-1, named=True), f.months.sort("factor").row(0, named=True)
        blocks.append(
            Message(
                N_("Over the year: most in month {high} (× {x}), least in month {low} (× {y})."),
                {"high": high["month"], "x": f"{high['factor']:.2f}", "low": low["month"], "y": f"{low['factor']:.2f}"},
            )
        )
    else:
        blocks.append(Message(N_("The data do not reach over a whole year; no season is assumed.")))
    if f.holiday_factor is not None:
        blocks.append(
            Message(
                N_("On {n} public holidays there were × {x} as many."),
                {"n": f.holiday_days, "x": f"{f.holiday_factor:.2f}"},
            )
        )
    return Section("demand", Message(N_("Demand to expect")), tuple(blocks))


def quality(plan: Plan) -> Section:
    """Data quality in words, the serious first."""
    order = {"serious": 0, "warning": 1, "note": 2}
    said = [finding for finding in sorted(plan.findings, key=lambda f: order[f.weight])]
    blocks = ([(f.weight, f.message) for f in said],) if said else ()
    return Section("quality", Message(N_("Data quality, in words")), blocks)


def assumptions(plan: Plan) -> Section:
    """What was assumed, and what the program leaves unknown."""
    blocks: list[Any] = [list(plan.assumptions)]
    if plan.remarks:
        blocks.append(list(plan.remarks))
    unknown = plan.program.unknowns()
    if unknown:
        blocks.append(
            Message(N_("The program leaves {n} values unknown: {list}."), {"n": len(unknown), "list": unknown[:12]})
        )
    return Section("assumptions", Message(N_("What was assumed")), tuple(blocks))


def measures(plan: Plan) -> Section:
    """Every measure with its definition; those that the data cannot give, with what they need."""
    rows = []
    for result in plan.results:
        m = result.measure
        if result.absent:
            value: Any = Message(N_("not computed: needs {columns}"), {"columns": ", ".join(result.absent)})
        elif result.estimate and result.denominator:
            value = Message(
                N_("{n} of {of}: {share} ({low} to {high})"),
                {
                    "n": round(result.numerator or 0),
                    "of": round(result.denominator),
                    "share": Share(result.estimate.value),
                    "low": Share(result.estimate.low),
                    "high": Share(result.estimate.high),
                },
            )
        elif result.median is not None:
            value = Message(
                N_("median {median}, nine of ten within {p90}, mean {mean} minutes; {n} calls"),
                {
                    "median": round(result.median, 1),
                    "p90": round(result.p90 or 0, 1),
                    "mean": round(result.mean or 0, 1),
                    "n": result.n,
                },
            )
        else:
            value = round(result.numerator) if result.numerator is not None else "–"
        of = (
            Message(
                N_("{numerator} / {denominator}"),
                {"numerator": Message(m.numerator), "denominator": Message(m.denominator)},
            )
            if m.denominator
            else Message(m.numerator)
        )
        rows.append((Message(m.title), value, of, Message(m.why)))
    titles = (
        Message(N_("measure")),
        Message(N_("result")),
        Message(N_("what is counted")),
        Message(N_("why it matters")),
    )
    return Section(
        "measures",
        Message(N_("Every measure, defined")),
        (
            Message(N_("All hours and the whole area of the export.")),
            Table(titles, tuple(rows)),
        ),
    )
