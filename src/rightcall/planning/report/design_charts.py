"""The pictures of a comparison: the frontier, coverage by hour and by area, what each unit brings, what matters."""

from __future__ import annotations

from typing import Any

import altair as alt
import numpy as np

from rightcall.locale import N_, Words
from rightcall.planning.report import charts
from rightcall.planning.report.charts import ACCENT, DAYS, INK, LINE, PAPER, RAMP, SECOND, SOFT, THIRD, WIDTH
from rightcall.planning.response_model import Comparison, Simulated
from rightcall.simulation import figures

SHARES = alt.Scale(range=RAMP, domain=[0, 1])


def frontier(comparison: Comparison, words: Words) -> Any:
    """Cost against coverage; designs that another one beats are pale."""
    kept, beaten = words(N_("on the frontier")), words(N_("beaten by another design"))
    money = comparison.money
    rows: list[dict[str, Any]] = []
    for design in comparison.designs:
        cover = design.spread("coverage")
        rows.append({"name": words.value(design.title), "effort": comparison.effort(design) / (1e6 if money else 1e3), "coverage": cover.value,
                     "low": cover.low, "high": cover.high, "kind": beaten if design.id in comparison.dominated else kept})  # fmt: skip
    widest, highest = 1.3 * max(row["effort"] for row in rows), min(1.0, 1.1 * max(row["high"] for row in rows))
    _place_labels(rows, across=(WIDTH - 60) / max(widest, 1e-9), up=300 / max(highest, 1e-9))
    title = words(N_("million dollars a year")) if money else words(N_("thousand staff hours a year"))
    base = alt.Chart(charts.data(rows), width=WIDTH - 60, height=300).encode(x=alt.X("effort:Q", title=title, scale=alt.Scale(domain=[0, widest])))  # fmt: skip
    kinds = alt.Color("kind:N", scale=alt.Scale(domain=[kept, beaten], range=[ACCENT, THIRD]), legend=alt.Legend(title=None, orient="top"))  # fmt: skip
    upright = alt.Y("low:Q", axis=alt.Axis(format="%"), title=words(N_("answered, all hours")), scale=alt.Scale(domain=[0, highest]))  # fmt: skip
    bars = base.mark_rule(strokeWidth=1.5, opacity=0.55).encode(y=upright, y2="high:Q", color=kinds)
    line = base.transform_filter(alt.datum.kind == kept).mark_line(color=ACCENT, strokeWidth=1, strokeDash=[3, 3]).encode(y="coverage:Q")  # fmt: skip
    dots = base.mark_point(size=90, filled=True, opacity=1).encode(y="coverage:Q", color=kinds)
    names = base.mark_text(align="left", dx=9, fontSize=11, color=INK).encode(y="label:Q", text="name:N")
    return alt.layer(bars, line, dots, names)


def _place_labels(rows: list[dict[str, Any]], *, across: float, up: float) -> None:
    """Give each label a height at which it covers no other; `across` and `up`: pixels a unit."""
    placed: list[tuple[float, float, float]] = []
    for row in sorted(rows, key=lambda each: each["coverage"]):
        left, y = row["effort"] * across, row["coverage"] * up
        right = left + 6.3 * len(row["name"]) + 9
        while any(left < end and start < right and abs(y - other) < 13 for start, end, other in placed):
            y += 2
        placed.append((left, right, y))
        row["label"] = y / up


def by_hour(comparison: Comparison, words: Words) -> Any:
    """Coverage by hour of the week, one small heat map a design."""
    names = [words(day) for day in DAYS]
    rows = []
    for design in comparison.designs:
        eligible, served = design.mean("eligible_by_hour"), design.mean("served_by_hour")
        rows += [
            {"design": words.value(design.title), "day": names[hour // 24], "hour": hour % 24, "share": float(served[hour] / eligible[hour]) if eligible[hour] else None}
            for hour in range(168)
        ]  # fmt: skip
    order = [words.value(design.title) for design in comparison.designs]
    return (
        alt.Chart(charts.data(rows), width=(WIDTH - 110) // 2, height=96).mark_rect()
        .encode(
            x=alt.X("hour:O", title=None, axis=alt.Axis(labelAngle=0, values=[0, 6, 12, 18])),
            y=alt.Y("day:N", sort=names, title=None, axis=alt.Axis(labelFontSize=9)),
            color=alt.Color("share:Q", scale=SHARES, legend=alt.Legend(title=words(N_("share of the calls answered")), format="%", orient="bottom", direction="horizontal", gradientLength=220, titleLimit=300)),
            facet=alt.Facet("design:N", sort=order, columns=2, title=None, header=alt.Header(labelColor=INK, labelFontSize=12, labelFontWeight="bold", labelAnchor="start", labelLimit=260)),
        )
    )  # fmt: skip


def by_area(comparison: Comparison, words: Words) -> Any:
    """Coverage by area: a small map a design where outlines are known, else a table of colors."""
    base = comparison.base
    outlines = comparison.outlines.get(base.layout.layer or "")
    if outlines:
        return alt.concat(*(_map(design, outlines, words) for design in comparison.designs), columns=3)
    rows = [
        {"design": words.value(design.title), "area": area, "share": share}
        for design in comparison.designs for area, share in design.area_coverage.items()
    ]  # fmt: skip
    order = [words.value(design.title) for design in comparison.designs]
    return (
        alt.Chart(charts.data(rows), width=WIDTH - 200, height=alt.Step(24)).mark_rect(stroke=PAPER)
        .encode(
            x=alt.X("area:N", title=None, axis=alt.Axis(labelAngle=-45)), y=alt.Y("design:N", sort=order, title=None),
            color=alt.Color("share:Q", scale=SHARES, legend=alt.Legend(title=words(N_("share of the calls answered")), format="%", orient="bottom", direction="horizontal", titleLimit=300)),
        )
    )  # fmt: skip


def _map(design: Simulated, outlines: dict[str, Any], words: Words) -> Any:
    shares = design.area_coverage
    features = [
        {**feature, "properties": {"area": feature["properties"]["area"], "share": shares.get(feature["properties"]["area"])}}
        for feature in outlines["features"]
    ]  # fmt: skip
    title = alt.TitleParams(words.value(design.title), color=INK, fontSize=12, anchor="start", limit=190)
    return (
        alt.Chart(charts.data(features), width=180, height=120, title=title).mark_geoshape(stroke=PAPER, strokeWidth=1)
        .encode(color=alt.Color("properties.share:Q", scale=SHARES, legend=alt.Legend(title=words(N_("share of the calls answered")), format="%", orient="bottom", direction="horizontal", titleLimit=300)))
        .project("mercator")
    )  # fmt: skip


def returns(comparison: Comparison, words: Words) -> Any:
    """Coverage with one, two, … units on the same shifts, in all hours and while on duty."""
    every, duty = words(N_("all hours")), words(N_("while on duty"))
    rows = [
        {"units": units, "share": design.spread(name).value, "low": design.spread(name).low, "high": design.spread(name).high, "kind": kind}
        for units, design in comparison.returns for name, kind in (("coverage", every), ("coverage_on_duty", duty))
    ]  # fmt: skip
    color = alt.Color("kind:N", scale=alt.Scale(domain=[every, duty], range=[ACCENT, SECOND]), legend=alt.Legend(title=None, orient="top"))  # fmt: skip
    base = alt.Chart(charts.data(rows), width=WIDTH - 60, height=210).encode(x=alt.X("units:O", title=words(N_("units on the same shifts")), axis=alt.Axis(labelAngle=0)))  # fmt: skip
    band = base.mark_area(opacity=0.14).encode(y=alt.Y("low:Q", axis=alt.Axis(format="%"), title=words(N_("share of the calls answered"))), y2="high:Q", color=color)  # fmt: skip
    return band + base.mark_line(point=True, strokeWidth=2.5).encode(y="share:Q", color=color)


def unserved(design: Simulated, words: Words) -> Any:
    """Calls that are missed in a week, by hour of the day and reason."""
    table = design.mean("reasons_by_hour").reshape(len(figures.REASONS), 24) / len(design.model.city.days) * 7
    shown = [reason for reason, row in zip(figures.REASONS, table, strict=True) if row.sum() > 0.02 * table.sum()]
    rows = [
        {"hour": hour, "calls": float(table[figures.REASONS.index(reason), hour]), "reason": words(reason)}
        for reason in shown for hour in range(24)
    ]  # fmt: skip
    names = [words(reason) for reason in shown]
    return (
        alt.Chart(charts.data(rows), width=WIDTH - 60, height=210).mark_bar()
        .encode(
            x=alt.X("hour:O", title=words(N_("hour of the day")), axis=alt.Axis(labelAngle=0, values=list(range(0, 24, 3)))),
            y=alt.Y("calls:Q", title=words(N_("calls a week")), stack="zero"),
            color=alt.Color("reason:N", sort=names, scale=alt.Scale(domain=names, range=[THIRD, SECOND, ACCENT, SOFT, INK, LINE][: len(names)]), legend=alt.Legend(title=None, orient="top", columns=3)),
        )
    )  # fmt: skip


def tornado(comparison: Comparison, words: Words, *, most: int = 12) -> Any:
    """What each input does to coverage while on duty, from the lowest to the highest of its range."""
    least, highest = words(N_("at its lowest")), words(N_("at its highest"))
    swings = [swing for swing in comparison.swings[:most] if np.isfinite(swing.width)]
    rows = [
        {"input": words(swing.entry.title), "from": swing.usual, "to": to, "kind": kind}
        for swing in swings for to, kind in ((swing.low, least), (swing.high, highest))
    ]  # fmt: skip
    order = [words(swing.entry.title) for swing in swings]
    return (
        alt.Chart(charts.data(rows), width=WIDTH - 330, height=alt.Step(24)).mark_bar(height=13)
        .encode(
            y=alt.Y("input:N", sort=order, title=None, axis=alt.Axis(labelLimit=330)),
            x=alt.X("from:Q", axis=alt.Axis(format="%"), scale=alt.Scale(zero=False), title=words(N_("coverage while on duty"))), x2="to:Q",
            color=alt.Color("kind:N", scale=alt.Scale(domain=[least, highest], range=[SECOND, ACCENT]), legend=alt.Legend(title=None, orient="top")),
        )
    )  # fmt: skip
