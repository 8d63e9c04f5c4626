"""Pictures by hour of the week: the same heat map for every lens."""

from __future__ import annotations

import polars as pl

from rightcall.locale import N_, Message, Words
from rightcall.planning import lenses
from rightcall.planning.plan import Plan
from rightcall.planning.report import charts
from rightcall.planning.report.blocks import COUNT_TITLES, Picture, Table

FEW = 20


def of_calls(plan: Plan, words: Words) -> Picture | None:
    """The hours of the week as a heat map."""
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


def of(
    table: pl.DataFrame, value: str, *, title: Message, csv: str, words: Words, unit: str = N_("calls in the period")
) -> list[Picture]:
    """A heat map of `value` by `hour_of_week`, with its sums (or medians) by day behind it; none where there is little."""
    if table.height < FEW:
        return []
    best = table.sort(value, descending=True, nulls_last=True).row(0, named=True)
    alternative = Message(
        N_("Heat map; the highest is {day} at {hour}:00 with {n}."),
        {"day": Message(charts.DAYS[best["hour_of_week"] // 24]), "hour": best["hour_of_week"] % 24, "n": best[value]},
    )
    part = (pl.col("hour_of_week") % 24 // 6).alias("part")
    whole = pl.col(value).sum() if table[value].dtype.is_integer() else pl.col(value).mean().round(1)
    by_part = table.group_by((pl.col("hour_of_week") // 24).alias("d"), part).agg(whole).sort("d", "part")
    cells = {(r["d"], r["part"]): r[value] for r in by_part.iter_rows(named=True)}
    rows = tuple((Message(charts.DAYS[d]), *(cells.get((d, p), 0) for p in range(4))) for d in range(7))
    titles = (Message(N_("day")), *("0–6", "6–12", "12–18", "18–24"))
    picture = charts.week(table, value, words, title=words(unit))
    return [Picture(picture, title, alternative, Table(titles, rows, csv))]
