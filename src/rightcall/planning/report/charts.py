"""The pictures of the report: Altair → SVG, the same on the page and in print, with colors that follow light and dark."""

from __future__ import annotations

import json
import re
from functools import cache
from html import escape
from typing import Any

import altair as alt
import polars as pl
import vl_convert

from rightcall.locale import N_, Words
from rightcall.planning.report import fonts

INK, SOFT, LINE, ACCENT, SECOND, THIRD, PAPER = (
    "#1c2b33",
    "#5b6b75",
    "#d5dde2",
    "#0b6e75",
    "#c7661b",
    "#8aa3ad",
    "#fdfdfc",
)
VARIABLES = {
    INK: "--ink",
    SOFT: "--soft",
    LINE: "--line",
    ACCENT: "--accent",
    SECOND: "--second",
    THIRD: "--third",
    PAPER: "--paper",
}
RAMP = ["#eef3f4", "#c9dfe1", "#93c3c6", "#4f9da3", "#0b6e75", "#06474c"]
WIDTH = 640
DAYS = (N_("Mon"), N_("Tue"), N_("Wed"), N_("Thu"), N_("Fri"), N_("Sat"), N_("Sun"))


def drawn(chart: Any) -> str:
    """A chart as SVG with a size and colors of its own, for print."""
    styled = chart.configure(
        font=fonts.FAMILY, background="transparent", aria=False,
        axis={"labelColor": INK, "titleColor": SOFT, "gridColor": LINE, "domainColor": LINE, "tickColor": LINE, "labelFontSize": 12, "titleFontSize": 12, "titleFontWeight": "normal", "labelLimit": 220},
        legend={"labelColor": INK, "titleColor": SOFT, "labelFontSize": 12, "titleFontSize": 12, "titleFontWeight": "normal", "labelLimit": 260},
        view={"stroke": None}, bar={"cornerRadiusEnd": 2},
    )  # fmt: skip
    _register_font()
    found = str(vl_convert.vegalite_to_svg(json.loads(styled.to_json())))
    return re.sub(r' (?:role|aria-roledescription)="graphics[^"]*"| aria-roledescription="[^"]*"', "", found)


def alone(chart: Any, *, title: str, alternative: str) -> str:
    """A chart as an SVG file of its own: on paper's color, with a title and words for those who do not see it."""
    said = f'<title>{escape(title)}</title><desc>{escape(alternative)}</desc><rect width="100%" height="100%" fill="{PAPER}"/>'
    return re.sub(r"(<svg[^>]*)>", lambda head: f'{head.group(1)} role="img">{said}', drawn(chart), count=1)


@cache
def _register_font() -> None:
    vl_convert.register_font_directory(str(fonts.folder()))


def svg(chart: Any, *, title: str, ident: str) -> str:
    """A chart as inline SVG with a title for screen readers; known colors become CSS variables."""
    found = drawn(chart)
    for color, variable in VARIABLES.items():
        found = re.sub(f'(fill|stroke)="{color}"', rf'\1="var({variable})"', found)
    found = re.sub(r'(<svg[^>]*?) width="[\d.]+" height="[\d.]+"', r"\1", found, count=1)
    found = (
        re.sub(r'\sid="[^"]*"', "", found)
        if "url(#" not in found
        else found.replace('id="clip', f'id="{ident}-clip').replace("url(#clip", f"url(#{ident}-clip")
    )
    label = title.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
    return found.replace("<svg", f'<svg role="img" aria-label="{label}"', 1)


def data(rows: list[dict[str, Any]]) -> Any:
    """Rows as a chart's data."""
    made: Any = alt.Data
    return made(values=rows)


def families(table: pl.DataFrame, words: Words) -> Any:
    """Bars of calls by family: by nature, and what remains at most."""
    names = {
        "by_nature": words(N_("excluded by a recorded hazard")),
        "at_most": words(N_("could have been ours, at most")),
    }
    rows = [
        {"family": words(row["family"]), "kind": names[kind], "calls": row["at_most"] if kind == "at_most" else row["by_nature"] - row["at_most"], "order": i}
        for i, row in enumerate(table.iter_rows(named=True)) for kind in ("at_most", "by_nature")
    ]  # fmt: skip
    order = [words(name) for name in table["family"]]
    return (
        alt.Chart(data(rows), width=WIDTH - 180, height=alt.Step(26)).mark_bar()
        .encode(
            y=alt.Y("family:N", sort=order, title=None), x=alt.X("calls:Q", title=words(N_("calls")), stack="zero"),
            color=alt.Color("kind:N", scale=alt.Scale(domain=list(names.values())[::-1], range=[ACCENT, SECOND]), legend=alt.Legend(title=None, orient="top")),
            order=alt.Order("kind:N", sort="ascending" if names["at_most"] < names["by_nature"] else "descending"),
        )
    )  # fmt: skip


def week(table: pl.DataFrame, value: str, words: Words, *, title: str) -> Any:
    """A heat map of the hours of the week."""
    names = [words(day) for day in DAYS]
    rows = [
        {"day": names[row["hour_of_week"] // 24], "hour": row["hour_of_week"] % 24, "value": row[value]}
        for row in table.iter_rows(named=True) if row[value] is not None
    ]  # fmt: skip
    return (
        alt.Chart(data(rows), width=WIDTH - 60, height=190).mark_rect(stroke=PAPER, strokeWidth=1)
        .encode(
            x=alt.X("hour:O", title=words(N_("hour of the day")), axis=alt.Axis(labelAngle=0, values=list(range(0, 24, 3)))),
            y=alt.Y("day:N", sort=names, title=None),
            color=alt.Color("value:Q", scale=alt.Scale(range=RAMP), legend=alt.Legend(title=title, orient="bottom", direction="horizontal", gradientLength=220, titleLimit=400)),
        )
    )  # fmt: skip


def months(table: pl.DataFrame, words: Words) -> Any:
    """Calls a covered day by month; months that are partly covered are pale."""
    whole, part = words(N_("month covered")), words(N_("partly covered"))
    rows = [
        {"month": row["month"].isoformat(), "per_day": row["per_day"], "kind": whole if row["covered"] >= 0.9 else part}
        for row in table.iter_rows(named=True) if row["days"]
    ]  # fmt: skip
    return (
        alt.Chart(data(rows), width=WIDTH - 60, height=180).mark_bar()
        .encode(
            x=alt.X("yearmonth(month):O", title=None, axis=alt.Axis(format="%m/%y", labelAngle=-45 if len(rows) > 14 else 0)),
            y=alt.Y("per_day:Q", title=words(N_("calls a day"))),
            color=alt.Color("kind:N", scale=alt.Scale(domain=[whole, part], range=[ACCENT, THIRD]), legend=alt.Legend(title=None, orient="top") if any(r["kind"] == part for r in rows) else None),
        )
    )  # fmt: skip


def areas(outlines: dict[str, Any], counts: dict[str, int], words: Words, *, labels: bool) -> Any:
    """A map of areas shaded by calls; `outlines` is GeoJSON with the property `area`."""
    features = [
        {
            **feature,
            "properties": {
                "area": feature["properties"]["area"],
                "calls": counts.get(feature["properties"]["area"], 0),
            },
        }
        for feature in outlines["features"]
    ]
    shapes = data(features)
    base = (
        alt.Chart(shapes, width=WIDTH - 120, height=380)
        .mark_geoshape(stroke=PAPER, strokeWidth=1.2)
        .encode(
            color=alt.Color(
                "properties.calls:Q",
                scale=alt.Scale(range=RAMP, domainMin=0),
                legend=alt.Legend(title=words(N_("calls"))),
            )
        )
    )
    if not labels:
        return base.project("mercator")
    spots = [{"area": f["properties"]["area"], **_middle(f["geometry"])} for f in features]
    # The label is drawn twice: a halo in the color of the paper keeps it readable on dark areas.
    halo = (
        alt.Chart(data(spots))
        .mark_text(fontSize=12, fontWeight="bold", stroke=PAPER, strokeWidth=3, strokeJoin="round")
        .encode(longitude="lon:Q", latitude="lat:Q", text="area:N")
    )
    names = (
        alt.Chart(data(spots))
        .mark_text(fontSize=12, fontWeight="bold", color=INK)
        .encode(longitude="lon:Q", latitude="lat:Q", text="area:N")
    )
    return alt.layer(base, halo, names).project("mercator")


def _middle(geometry: dict[str, Any]) -> dict[str, float]:
    from shapely.geometry import shape

    point = shape(geometry).representative_point()
    return {"lon": point.x, "lat": point.y}


def hazards(table: pl.DataFrame, words: Words) -> Any:
    """For each hazard: how often it is recorded as present, as absent, or not at all, on calls of our nature."""
    kinds = [words(N_("recorded as present")), words(N_("recorded as absent")), words(N_("nobody recorded it"))]
    rows = [
        {"hazard": words(row["hazard"].replace("_", " ")), "kind": kind, "share": row[key], "order": i}
        for row in table.iter_rows(named=True) for i, (kind, key) in enumerate(zip(kinds, ("yes", "no", "unknown"), strict=True))
    ]  # fmt: skip
    order = [words(name.replace("_", " ")) for name in table["hazard"]]
    return (
        alt.Chart(data(rows), width=WIDTH - 200, height=alt.Step(24)).mark_bar()
        .encode(
            y=alt.Y("hazard:N", sort=order, title=None),
            x=alt.X("share:Q", title=words(N_("share of the calls of our nature")), axis=alt.Axis(format="%"), scale=alt.Scale(domain=[0, 1])),
            color=alt.Color("kind:N", scale=alt.Scale(domain=kinds, range=[SECOND, ACCENT, LINE]), sort=kinds, legend=alt.Legend(title=None, orient="top")),
            order=alt.Order("order:O"),
        )
    )  # fmt: skip


def waits(table: pl.DataFrame, measure: str, words: Words) -> Any:
    """Median and 90th percentile by hour of the day."""
    median, p90 = words(N_("half of the calls waited less")), words(N_("nine of ten waited less"))
    rows = [
        {"hour": row["hour"], "minutes": row[f"{measure}.{key}"], "kind": kind}
        for row in table.iter_rows(named=True) for kind, key in ((median, "median"), (p90, "p90")) if row[f"{measure}.{key}"] is not None
    ]  # fmt: skip
    return (
        alt.Chart(data(rows), width=WIDTH - 60, height=200).mark_line(point=True, strokeWidth=2.5)
        .encode(
            x=alt.X("hour:O", title=words(N_("hour of the day")), axis=alt.Axis(labelAngle=0, values=list(range(0, 24, 3)))),
            y=alt.Y("minutes:Q", title=words(N_("minutes")), scale=alt.Scale(zero=True)),
            color=alt.Color("kind:N", scale=alt.Scale(domain=[median, p90], range=[ACCENT, SECOND]), legend=alt.Legend(title=None, orient="top")),
            strokeDash=alt.StrokeDash("kind:N", scale=alt.Scale(domain=[median, p90], range=[[1, 0], [5, 3]]), legend=None),
        )
    )  # fmt: skip


def demand(table: pl.DataFrame, words: Words) -> Any:
    """Expected calls an hour over the week, with the interval of a single hour."""
    rows = [
        {"hour": row["hour_of_week"], "expected": row["expected"], "low": row["low"], "high": row["high"]}
        for row in table.iter_rows(named=True)
    ]
    names = [words(day) for day in DAYS]
    ticks = "[" + ",".join(f"'{name}'" for name in names) + "][datum.value / 24]"
    axis = alt.Axis(values=list(range(0, 168, 24)), labelExpr=ticks, labelAngle=0, grid=True, labelAlign="left")
    base = alt.Chart(data(rows), width=WIDTH - 60, height=200).encode(
        x=alt.X("hour:Q", title=None, axis=axis, scale=alt.Scale(domain=[0, 167]))
    )
    band = base.mark_area(color=ACCENT, opacity=0.18).encode(
        y=alt.Y("low:Q", title=words(N_("calls an hour"))), y2="high:Q"
    )
    return band + base.mark_line(color=ACCENT, strokeWidth=2).encode(y="expected:Q")
