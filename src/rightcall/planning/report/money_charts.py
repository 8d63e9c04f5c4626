"""The pictures of questions 2 and 5: who comes first over all weights, who pays by year, what moves the gap."""

from __future__ import annotations

from typing import Any

import altair as alt

from rightcall.locale import N_, Money, Words
from rightcall.planning import home_reasons
from rightcall.planning.funding import Funding
from rightcall.planning.program_home import Choice
from rightcall.planning.report import charts
from rightcall.planning.report.charts import ACCENT, INK, LINE, PAPER, SECOND, THIRD, WIDTH

# Sources side by side need to be told apart, on light paper and on dark.
SHADES = (ACCENT, THIRD, "#b9a37e", "#7d6b9e", "#5b8c5a", "#c9b458", "#4f9da3", "#9a6a5b", "#93c3c6")
MOST_SWINGS = 8


def acceptability(choice: Choice, words: Words) -> Any:
    """For each home, the share of the weights for which it takes each rank."""
    ranks = [words(N_("first")), words(N_("second")), words(N_("third")), words(N_("later"))]
    rows: list[dict[str, Any]] = []
    for o in range(len(choice.options)):
        shares = [*choice.ranks[o, :3], choice.ranks[o, 3:].sum()]
        rows += [{"home": words.value(home_reasons.option_name(choice, o)), "rank": ranks[k], "place": k, "share": float(share)} for k, share in enumerate(shares)]  # fmt: skip
    order = [words.value(home_reasons.option_name(choice, int(o))) for o in (-choice.first).argsort(kind="stable")]
    return (
        alt.Chart(charts.data(rows), width=WIDTH - 200, height=alt.Step(26)).mark_bar(stroke=LINE, strokeWidth=0.8)
        .encode(
            y=alt.Y("home:N", sort=order, title=None, axis=alt.Axis(labelLimit=260)), x=alt.X("share:Q", title=words(N_("share of reasonable weights")), axis=alt.Axis(format="%"), scale=alt.Scale(domain=[0, 1])),
            color=alt.Color("rank:N", scale=alt.Scale(domain=ranks, range=[ACCENT, THIRD, LINE, PAPER]), legend=alt.Legend(title=None, orient="top")), order="place:Q",
        )
    )  # fmt: skip


def who_pays(funding: Funding, words: Words) -> Any:
    """Dollars by fiscal year, stacked by source, and what nobody pays on top."""
    nobody = words(N_("nobody yet"))
    rows: list[dict[str, Any]] = []
    names: list[str] = []
    spent = funding.allocation.by_source
    for number, source in sorted(enumerate(funding.sources), key=lambda each: not each[1].local):
        if spent[number].any():
            names.append(source.fund.name)
            rows += [{"year": year.name, "source": source.fund.name, "place": len(names), "dollars": int(spent[number, k]) / 100e6} for k, year in enumerate(funding.course.years)]  # fmt: skip
    if any(funding.gap):
        names.append(nobody)
        rows += [{"year": year.name, "source": nobody, "place": 99, "dollars": funding.gap[k] / 100e6} for k, year in enumerate(funding.course.years)]  # fmt: skip
    cliff = funding.cliff
    marks = []
    if cliff is not None:
        k = funding.course.years.index(cliff.year)
        marks = [
            {
                "year": cliff.year.name,
                "top": funding.cost[k] / 100e6,
                "said": words(N_("cliff: {fall} less"), fall=Money(cliff.fall)),
            }
        ]
    shades = [SECOND if name == nobody else SHADES[i % len(SHADES)] for i, name in enumerate(names)]
    bars = (
        alt.Chart(charts.data(rows), width=WIDTH - 60, height=280).mark_bar(stroke=PAPER, strokeWidth=0.6)
        .encode(
            x=alt.X("year:N", sort=None, title=words(N_("fiscal year")), axis=alt.Axis(labelAngle=0)), y=alt.Y("dollars:Q", title=words(N_("million dollars"))),
            color=alt.Color("source:N", scale=alt.Scale(domain=names, range=shades), legend=alt.Legend(title=None, orient="top", columns=4)), order="place:Q",
        )
    )  # fmt: skip
    label = alt.Chart(charts.data(marks)).mark_text(dy=-8, fontSize=11, fontWeight="bold", color=INK).encode(x=alt.X("year:N", sort=None), y="top:Q", text="said:N")  # fmt: skip
    return alt.layer(bars, label) if marks else bars


def tornado(funding: Funding, words: Words) -> Any:
    """What each input does to the gap of all years, the widest first; each end says which value it is."""
    base = sum(funding.gap) / 100e6
    rows: list[dict[str, Any]] = []
    for swing in funding.swings[:MOST_SWINGS]:
        for end, cents, other in ((swing.low, swing.at_low, swing.at_high), (swing.high, swing.at_high, swing.at_low)):
            at = cents / 100e6
            outer = at > base or (at == base and other < cents)
            rows.append({"input": words.value(swing.name), "end": words.value(end), "from": base, "to": at, "side": "right" if outer else "left"})  # fmt: skip
    order = list(dict.fromkeys(str(row["input"]) for row in rows))
    ends = [row["to"] for row in rows]
    room = 0.45 * (max(ends) - min(ends) or 1.0)
    across = alt.X("to:Q", title=words(N_("gap of all years, million dollars")), scale=alt.Scale(domain=[min(ends) - room, max(ends) + room], nice=False))  # fmt: skip
    chart = alt.Chart(charts.data(rows), width=WIDTH - 300, height=alt.Step(30)).encode(
        y=alt.Y("input:N", sort=order, title=None, axis=alt.Axis(labelLimit=290))
    )
    bars = chart.mark_bar(height=14).encode(
        x=across, x2="from:Q", color=alt.Color("side:N", scale=alt.Scale(domain=["left", "right"], range=[THIRD, ACCENT]), legend=None)
    )  # fmt: skip
    places: tuple[tuple[str, Any, int], ...] = (("left", "right", -5), ("right", "left", 5))
    labels = [
        chart.transform_filter(alt.datum.side == side).mark_text(align=align, dx=dx, fontSize=10.5, color=INK).encode(x=across, text="end:N")
        for side, align, dx in places
    ]  # fmt: skip
    line = alt.Chart(charts.data([{"at": base}])).mark_rule(color=INK, strokeWidth=1.2).encode(x="at:Q")
    return alt.layer(bars, *labels, line)
