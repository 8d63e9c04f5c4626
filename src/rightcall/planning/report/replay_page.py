"""The page of a replay: what happened beside what was simulated, by hour of the day, and how far they are apart."""

from __future__ import annotations

import datetime as dt
from typing import Any

import altair as alt

import rightcall
from rightcall.locale import N_, Message, Share, Words
from rightcall.planning.replay import Replay
from rightcall.planning.report import charts
from rightcall.planning.report.blocks import Figure, Picture, Report, Section, Table, minutes
from rightcall.planning.report.charts import ACCENT, SECOND, WIDTH


def report(replay: Replay, *, name: str, at: dt.datetime, words: Words) -> Report:
    """The page. `name`: of the file whose calls were played again."""
    cards = (
        Figure(replay.calls, Message(N_("calls played again")), Message(N_("{n} scheduled transfers kept units busy and are left out; {m} calls have no unit or impossible times"), {"n": replay.left_out, "m": replay.unusable})),
        Figure(round(replay.delay_error, 2), Message(N_("minutes apart: from call to dispatch")), Message(N_("{real} in reality, {simulated} simulated, on average"), {"real": round(replay.delay_mean, 2), "simulated": round(replay.delay_simulated, 2)}), strong=True),
        Figure(Share(replay.busy_error), Message(N_("apart: unit hours busy")), Message(N_("mean distance of the two curves, as a share of the mean")), strong=True),
    )  # fmt: skip
    said = (
        Message(N_("{units} units and {hours} unit hours of duty a day were inferred from the stamps: from a unit's first call to its last, with no gap over six hours, and as long before and after as it usually waits."),
                {"units": replay.units, "hours": round(replay.duty_hours_a_day, 1)}),
        Message(N_("How long units are busy with a call is drawn by its family and part of the day, and how long the center takes from the calls that came while few units were busy. How busy units are follows from these; how long a call waits for a unit is not fitted.")),
        Message(N_("The busy curves of the hours are correlated at {alike}; without the longest and the shortest twentieth, real and simulated delays differ by {apart} minutes on average."), {"alike": round(replay.alike, 3), "apart": round(replay.apart, 2)}),
    )  # fmt: skip
    pictures = (
        _picture(
            replay, "delay", Message(N_("Minutes from call to dispatch by hour of the day")), N_("minutes"), words
        ),
        _picture(replay, "busy", Message(N_("Unit hours busy a day by hour of the day")), N_("unit hours"), words),
    )
    return Report(
        title=Message(N_("{name}: played again"), {"name": name}), subtitle=Message(N_("Calls from {first} to {last}, {runs} runs."), {"first": replay.first, "last": replay.last, "runs": replay.runs}),
        first_page=Section("first", Message(N_("Does the simulation do what this service did?")), (cards, *said, *pictures)), sections=(),
        footer=(Message(N_("Made {at} by Rightcall {code}. Every figure stands in replay.json."), {"at": at.date(), "code": rightcall.__version__}),),
    )  # fmt: skip


def _picture(replay: Replay, what: str, title: Message, unit: str, words: Words) -> Picture:
    real, simulated = words(N_("in reality")), words(N_("simulated"))
    rows: list[dict[str, Any]] = []
    for row in replay.hours.iter_rows(named=True):
        rows.append({"hour": row["hour"], "value": row[what], "low": None, "high": None, "kind": real})
        rows.append({"hour": row["hour"], "value": row[f"{what}_simulated"], "low": row[f"{what}_low"], "high": row[f"{what}_high"], "kind": simulated})  # fmt: skip
    rows = [{**row, "value": None if row["value"] != row["value"] else row["value"]} for row in rows]
    color = alt.Color("kind:N", scale=alt.Scale(domain=[real, simulated], range=[SECOND, ACCENT]), legend=alt.Legend(title=None, orient="top"))  # fmt: skip
    base = alt.Chart(charts.data(rows), width=WIDTH - 60, height=210).encode(x=alt.X("hour:O", title=words(N_("hour of the day")), axis=alt.Axis(labelAngle=0, values=list(range(0, 24, 3)))))  # fmt: skip
    band = base.mark_area(opacity=0.16, color=ACCENT).encode(y=alt.Y("low:Q", title=words(unit), scale=alt.Scale(zero=True)), y2="high:Q").transform_filter(alt.datum.kind == simulated)  # fmt: skip
    dash = alt.StrokeDash("kind:N", scale=alt.Scale(domain=[real, simulated], range=[[5, 3], [1, 0]]), legend=None)
    chart = band + base.mark_line(point=True, strokeWidth=2.5).encode(y="value:Q", color=color, strokeDash=dash)
    titles = (Message(N_("hour of the day")), Message(N_("calls")), Message(N_("in reality")), Message(N_("simulated")))
    cells = tuple(
        (row["hour"], row["calls"], minutes(row[what]), minutes(row[f"{what}_simulated"])) for row in replay.hours.iter_rows(named=True)
    )  # fmt: skip
    return Picture(chart, title, Message(N_("Two curves; the table below holds the figures.")), Table(titles, cells))
