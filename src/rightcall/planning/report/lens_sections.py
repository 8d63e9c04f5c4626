"""The sections of the five lenses: volume, frequency, location, risk, response time; and the hours of the week."""

from __future__ import annotations

from typing import Any

import polars as pl

from rightcall import tables
from rightcall.calls import places
from rightcall.calls.columns import AREA_LAYERS, HAZARDS
from rightcall.locale import N_, Message, Share, Words
from rightcall.planning.plan import Plan
from rightcall.planning.report import charts, week_pictures
from rightcall.planning.report.blocks import (
    MOST_ROWS,
    Picture,
    Section,
    Table,
    counts_table,
    layer_name,
)
from rightcall.triage.decisions import NO_RULE


def volume(plan: Plan, words: Words) -> Section:
    """How many, of what kind, by the city's words and by month."""
    families = plan.tables["families"]
    ours = families.filter(pl.col("by_nature") > 0)
    blocks: list[Any] = []
    if ours.height:
        table = counts_table(families, ["family"], (Message(N_("family")),), "families")
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
        counts_table(
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
                    {"low": tables.real(by_month["per_day"].min()), "high": tables.real(by_month["per_day"].max())},
                ),
                table,
            )
        )
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
    picture = week_pictures.of_calls(plan, words)
    return Section("when", Message(N_("When: the hours of the week")), (picture,) if picture else ())


def frequency(plan: Plan, words: Words) -> Section:
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
    if "familiar_hours" in plan.tables:
        hours = plan.tables["familiar_hours"].filter(pl.col("familiar") > 0)
        title = Message(N_("Calls of our nature from familiar addresses, by hour of the week"))
        blocks += week_pictures.of(hours, "familiar", title=title, csv="familiar_hours", words=words)
        blocks.append(_familiar_families(plan))
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


def _familiar_families(plan: Plan) -> Table:
    table = plan.tables["familiar_families"].sort("calls", "family", descending=[True, False])
    rows = tuple(
        (Message(r["family"]), r["calls"], r["familiar"], Share(r["familiar"] / r["calls"]))
        for r in table.iter_rows(named=True)
    )
    titles = (N_("family"), N_("calls"), N_("from familiar addresses"), N_("share of the calls"))
    return Table(tuple(Message(title) for title in titles), rows, "familiar_families")


def location(plan: Plan, words: Words) -> Section:
    """Areas on a map, hexagons where a city gives no areas."""
    blocks: list[Any] = []
    picture = area_picture(plan, words)
    if picture:
        blocks.append(picture)
    if "hexagons" in plan.tables and not (plan.area_layer in plan.outlines if plan.area_layer else False):
        blocks.append(_hexagon_picture(plan, words))
    if plan.area_layer and f"{plan.area_layer}_hours" in plan.tables:
        blocks += _busiest_area(plan, words)
    for layer in AREA_LAYERS:
        if layer in plan.tables and not (picture and layer == plan.area_layer):
            blocks.append(Message(N_("By {layer}:"), {"layer": Message(layer_name(layer))}))
            blocks.append(
                counts_table(
                    plan.tables[layer].sort("by_nature", "area", descending=[True, False]),
                    ["area"],
                    (Message(layer_name(layer)),),
                    layer,
                )
            )
    if not blocks:
        blocks.append(Message(N_("The export gives neither areas nor points on the map.")))
    return Section("location", Message(N_("Location: where")), tuple(blocks))


def _busiest_area(plan: Plan, words: Words) -> list[Any]:
    """When the busiest area of the leading layer calls, and about what."""
    layer = str(plan.area_layer)
    top = plan.tables[layer].sort("by_nature", "area", descending=[True, False])["area"][0]
    hours = plan.tables[f"{layer}_hours"].filter(pl.col("area") == top)
    title = Message(
        N_("{area}, the busiest {layer}: calls of our nature by hour of the week"),
        {"area": top, "layer": Message(layer_name(layer))},
    )
    kinds = (
        plan.tables[f"{layer}_families"]
        .filter(pl.col("area") == top)
        .sort("by_nature", "family", descending=[True, False])
    )
    said = [
        Message(N_("{family} ({n})"), {"family": Message(r["family"]), "n": r["by_nature"]})
        for r in kinds.head(5).iter_rows(named=True)
    ]
    return [
        *week_pictures.of(hours, "by_nature", title=title, csv=f"{layer}_hours", words=words),
        Message(N_("What kinds there: {list}."), {"list": said}),
    ]


def area_picture(plan: Plan, words: Words) -> Picture | None:
    """The areas of the leading layer on a map, where their outlines are known."""
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
        Message(N_("Calls of our nature by {layer}"), {"layer": Message(layer_name(layer))}),
        alternative,
        counts_table(table, ["area"], (Message(layer_name(layer)),), layer),
        fit=True,
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
        {"n": cells.height, "km": plan.hexagon_km, "calls": int(tables.real(cells["by_nature"].max())), "few": few},
    )
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
        fit=True,
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
        title = Message(N_("Calls of our nature with any recorded hazard, by hour of the week"))
        hours = plan.tables["hazards_hours"].filter(pl.col("any.yes") > 0)
        blocks += week_pictures.of(hours, "any.yes", title=title, csv="hazards_hours", words=words)
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
                Message(
                    N_("{yes} / {no} / {unknown}"),
                    {
                        "yes": row[f"{n}.yes"],
                        "no": row[f"{n}.no"],
                        "unknown": row["calls"] - row[f"{n}.yes"] - row[f"{n}.no"],
                    },
                )
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
