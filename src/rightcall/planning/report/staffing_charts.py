"""The pictures of questions 3 and 4: need and cover over the week, the organization, hiring and what lateness costs."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import altair as alt
import numpy as np

from rightcall.locale import N_, Words
from rightcall.planning.hiring import Hires
from rightcall.planning.report import charts
from rightcall.planning.report.charts import ACCENT, DAYS, INK, LINE, PAPER, RAMP, SECOND, SOFT, THIRD, WIDTH
from rightcall.planning.staffing.one_team import Staffed
from rightcall.planning.team_structure import Post, Structure
from rightcall.simulation.arrays import Real

BOX, GAP, TALL, ROW = 148, 14, 46, 78


def cover(staffed: Staffed, words: Words) -> Any:
    """Units needed and units on duty in every half hour, a panel a weekday."""
    names = [words(day) for day in DAYS]
    on, needed, load = words(N_("units on duty")), words(N_("units needed")), words(N_("load offered"))
    values: dict[str, Any] = {on: staffed.cover.units, needed: staffed.need}
    if staffed.load is not None:
        values[load] = staffed.load
    rows = [
        {"day": names[slot // 48], "hour": slot % 48 / 2, "end": slot % 48 / 2 + 0.5, "units": float(row[slot]), "kind": kind}
        for kind, row in values.items() for slot in range(336)
    ]  # fmt: skip
    color = alt.Color(
        "kind:N",
        scale=alt.Scale(domain=list(values), range=[THIRD, ACCENT, SECOND][: len(values)]),
        legend=alt.Legend(title=None, orient="top"),
    )
    x = alt.X("hour:Q", title=None, scale=alt.Scale(domain=[0, 24]), axis=alt.Axis(values=[0, 6, 12, 18], grid=False))
    top = int(max(row.max() for row in values.values()))
    y = alt.Y("units:Q", title=None, axis=alt.Axis(values=list(range(0, top + 1, 1 + top // 6)), format="d"))
    base = alt.Chart(width=(WIDTH - 150) // 4, height=92).encode(x=x, y=y, color=color)
    bars = base.transform_filter(alt.datum.kind == on).mark_rect(opacity=0.55).encode(x2="end:Q", y2=alt.datum(0))
    step = base.transform_filter(alt.datum.kind == needed).mark_line(interpolate="step-after", strokeWidth=2)
    line = base.transform_filter(alt.datum.kind == load).mark_line(strokeWidth=1.5)
    return alt.layer(bars, step, line, data=charts.data(rows)).facet(
        facet=alt.Facet("day:N", sort=names, title=None, header=alt.Header(labelColor=INK, labelFontSize=12, labelAnchor="start")), columns=4
    )  # fmt: skip


def answered(staffed: Staffed, words: Words) -> Any:
    """The share of calls that find a unit in time, by half hour of the week."""
    assert staffed.verdict is not None
    names, shares = [words(day) for day in DAYS], staffed.verdict.by_slot
    rows = [{"day": names[slot // 48], "slot": slot % 48 / 2, "share": None if not np.isfinite(shares[slot]) else float(shares[slot])} for slot in range(336)]  # fmt: skip
    known = [row["share"] for row in rows if row["share"] is not None]
    low = min([0.5, *known]) if known else 0.0
    return (
        alt.Chart(charts.data(rows), width=WIDTH - 60, height=170).mark_rect()
        .encode(
            x=alt.X("slot:O", title=words(N_("hour of the day")), axis=alt.Axis(labelAngle=0, values=list(range(0, 24, 3)))),
            y=alt.Y("day:N", sort=names, title=None),
            color=alt.Color("share:Q", scale=alt.Scale(range=RAMP, domain=[low, 1]), legend=alt.Legend(title=words(N_("share that finds a unit in time")), format="%", orient="bottom", direction="horizontal", gradientLength=220, titleLimit=400)),
        )
    )  # fmt: skip


def organization(structure: Structure, words: Words) -> Any:
    """Boxes and lines: who reports to whom; proposals are pale with a broken edge."""
    boxes = _placed(structure)
    rows: list[dict[str, Any]] = []
    lines: list[dict[str, Any]] = []
    for key, (post, x, y, _) in boxes.items():
        count = "" if post is None or post.count is None else (f"{post.count:g} × " if post.count != 1 else "")
        name = words.value(post.title) if post is not None else key
        top, below = _two_lines(f"{count}{name}")
        rows.append({"x": x, "x2": x + BOX, "y": y, "y2": y + TALL, "top": top, "below": below, "middle": x + BOX / 2, "line1": y + (17 if below else 24), "line2": y + 33,
                     "kind": "above" if post is None else "proposed" if post.proposed else "written"})  # fmt: skip
    for post, x, y, rail in boxes.values():
        if post is None or post.above not in boxes:
            continue
        _, px, py, _ = boxes[post.above]
        middle, elbow = px + BOX / 2, py + TALL + (ROW - TALL) / 2
        if rail is None:
            points = [(middle, py + TALL), (middle, elbow), (x + BOX / 2, elbow), (x + BOX / 2, y)]
        elif rail < px + BOX and rail > px:
            points = [(rail, py + TALL), (rail, y + TALL / 2), (x, y + TALL / 2)]
        else:
            points = [(middle, py + TALL), (middle, elbow), (rail, elbow), (rail, y + TALL / 2), (x, y + TALL / 2)]
        lines += [{"x": one[0], "y": one[1], "x2": other[0], "y2": other[1]} for one, other in pairwise(points)]
    wide, high = max(row["x2"] for row in rows), max(row["y2"] for row in rows)
    sx: dict[str, Any] = {"axis": None, "scale": alt.Scale(domain=[0, wide], nice=False, zero=False)}
    sy: dict[str, Any] = {"axis": None, "scale": alt.Scale(domain=[high, 0], nice=False, zero=False)}
    edge = (
        alt.Chart(charts.data(lines))
        .mark_rule(color=SOFT, strokeWidth=1.2)
        .encode(x=alt.X("x:Q", **sx), x2="x2:Q", y=alt.Y("y:Q", **sy), y2="y2:Q")
    )
    base = alt.Chart(charts.data(rows))
    shape: dict[str, Any] = {"x": alt.X("x:Q", **sx), "x2": "x2:Q", "y": alt.Y("y:Q", **sy), "y2": "y2:Q"}
    written = (
        base.transform_filter(alt.datum.kind != "proposed")
        .mark_rect(fill=PAPER, stroke=ACCENT, strokeWidth=1.6, cornerRadius=4)
        .encode(**shape)
    )
    proposed = (
        base.transform_filter(alt.datum.kind == "proposed")
        .mark_rect(fill=PAPER, stroke=SECOND, strokeWidth=1.4, strokeDash=[4, 3], cornerRadius=4)
        .encode(**shape)
    )
    first = base.mark_text(fontSize=11, color=INK).encode(
        x=alt.X("middle:Q", **sx), y=alt.Y("line1:Q", **sy), text="top:N"
    )
    second = base.mark_text(fontSize=11, color=INK).encode(
        x=alt.X("middle:Q", **sx), y=alt.Y("line2:Q", **sy), text="below:N"
    )
    return alt.layer(edge, written, proposed, first, second).properties(width=wide, height=high)


def _two_lines(text: str, most: int = 22) -> tuple[str, str]:
    if len(text) <= most:
        return text, ""
    words, first = text.split(" "), ""
    while words and len(f"{first} {words[0]}".strip()) <= most:
        first = f"{first} {words.pop(0)}".strip()
    rest = " ".join(words) if first else text[most:]
    return first or text[:most], rest if len(rest) <= most else rest[: most - 1] + "…"


def _placed(structure: Structure) -> dict[str, tuple[Post | None, float, float, float | None]]:
    """Where each box stands: leaders side by side below theirs, those who lead nobody in a column on a rail, whose place is
    the last of the four.
    """
    below: dict[str, list[Post]] = {}
    keys = {post.key for post in structure.posts}
    for post in structure.posts:
        below.setdefault(post.above if post.above in keys else "", []).append(post)
    found: dict[str, tuple[Post | None, float, float, float | None]] = {}

    def lay(post: Post, left: float, depth: int) -> float:
        """Place a post and those below it; returns the width that they take."""
        mine = below.get(post.key, [])
        leaders = [each for each in mine if below.get(each.key)]
        leaves = [each for each in mine if not below.get(each.key)]
        y = depth * ROW
        if not leaders:
            found[post.key] = (post, left, y, None)
            for row, each in enumerate(leaves, start=1):
                found[each.key] = (each, left + BOX / 4, y + TALL + 10 + (row - 1) * (TALL + 10), left + BOX / 8)
            return BOX * (1.25 if leaves else 1.0) + GAP
        across, x = [], left
        for each in leaders:
            across.append(x)
            x += lay(each, x, depth + 1)
        if leaves:
            alone = len(leaves) == 1
            across.append(x)
            x += 0 if alone else GAP
            for row, each in enumerate(leaves):
                found[each.key] = (each, x, (depth + 1) * ROW + row * (TALL + 10), None if alone else x - GAP)
            x += BOX + GAP
        found[post.key] = (post, (across[0] + across[-1]) / 2, y, None)
        return x - left

    x = 0.0
    deep = 1 if structure.top else 0
    for root in below.get("", []):
        x += lay(root, x, deep)
    if structure.top:
        roots = [found[root.key][1] for root in below.get("", [])]
        found[structure.top] = (None, (min(roots) + max(roots)) / 2, 0.0, None)
    return found


def hiring(hires: Hires, words: Words) -> Any:
    """People in selection, in training and on shift at the end of each month."""
    kinds = [words(N_("on shift")), words(N_("in training")), words(N_("in selection"))]
    rows = [
        {"month": month.first_day.isoformat(), "people": count, "kind": kind, "order": order}
        for month in hires.months[:12] for order, (kind, count) in enumerate(zip(kinds, (month.on_shift, month.in_training, month.in_selection), strict=True))
    ]  # fmt: skip
    return (
        alt.Chart(charts.data(rows), width=WIDTH - 60, height=180).mark_bar()
        .encode(
            x=alt.X("yearmonth(month):O", title=None, axis=alt.Axis(format="%m/%y", labelAngle=0)),
            y=alt.Y("people:Q", title=words(N_("people"))), order=alt.Order("order:Q"),
            color=alt.Color("kind:N", scale=alt.Scale(domain=kinds, range=[ACCENT, SECOND, THIRD]), legend=alt.Legend(title=None, orient="top")),
        )
    )  # fmt: skip


def late(hires: Hires, words: Words) -> Any:
    """Coverage of all calls by month: as planned, and where hiring is late."""
    rows: list[dict[str, Any]] = []
    names: list[str] = []

    def line(name: str, coverage: Real) -> None:
        names.append(name)
        rows.extend(
            {"month": month.first_day.isoformat(), "coverage": float(coverage[i]), "kind": name}
            for i, month in enumerate(hires.months)
        )

    line(words(N_("as planned")), hires.planned)
    for each in hires.late:
        line(words(N_("{n} months late"), n=each.months) if each.months else words(N_("{share} of the posts empty"), share=words.percent(each.empty)), each.coverage)  # fmt: skip
    colors = [ACCENT, SECOND, THIRD, INK, SOFT, LINE]
    return (
        alt.Chart(charts.data(rows), width=WIDTH - 60, height=210).mark_line(strokeWidth=2.2, interpolate="step-after")
        .encode(
            x=alt.X("yearmonth(month):T", title=None, axis=alt.Axis(format="%m/%y", labelAngle=0, tickCount=9)),
            y=alt.Y("coverage:Q", axis=alt.Axis(format="%"), title=words(N_("answered, all hours"))),
            color=alt.Color("kind:N", scale=alt.Scale(domain=names, range=colors[: len(names)]), legend=alt.Legend(title=None, orient="top", columns=2)),
            strokeDash=alt.StrokeDash("kind:N", scale=alt.Scale(domain=names, range=[[1, 0], [6, 3], [2, 2], [8, 3, 2, 3], [4, 4], [1, 3]][: len(names)]), legend=None),
        )
    )  # fmt: skip
