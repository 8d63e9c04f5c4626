"""The section on response time today, as far as the stamps allow."""

from __future__ import annotations

from typing import Any

import polars as pl

from rightcall.locale import N_, Message, Words
from rightcall.measures.catalogue import MEASURES
from rightcall.planning.plan import Plan
from rightcall.planning.report import charts, week_pictures
from rightcall.planning.report.blocks import Picture, Section, Table, minutes


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
            minutes(r.median),
            minutes(r.p90),
            minutes(r.mean),
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
                    minutes(r[f"{measure}.median"]),
                    minutes(r[f"{measure}.p90"]),
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
                    {"hour": worst["hour"], "p90": minutes(worst[f"{measure}.p90"])},
                ),
                behind,
            )
        )
        blocks.append(_waits_by_family(plan, measure))
        title = Message(
            N_("{measure}: half of the calls waited less, by hour of the week"),
            {"measure": Message(MEASURES[measure].title)},
        )
        blocks += week_pictures.of(
            plan.tables["waits_by_hour_of_week"].filter(pl.col(f"{measure}.n") > 0), f"{measure}.median", title=title,
            csv="waits_by_hour_of_week", words=words, unit=N_("minutes"),
        )  # fmt: skip
    return Section("response", Message(N_("Response time today")), tuple(blocks))


def _waits_by_family(plan: Plan, measure: str) -> Table:
    table = plan.tables["waits_by_family"].filter(pl.col("by_nature"))
    rows = tuple(
        (Message(r["family"]), r[f"{measure}.n"], minutes(r[f"{measure}.median"]), minutes(r[f"{measure}.p90"]))
        for r in table.iter_rows(named=True)
    )
    return Table(
        (Message(N_("family")), Message(N_("calls")), Message(N_("median")), Message(N_("nine of ten within"))),
        rows,
        "waits_by_family",
    )


def _left_out(reasons: dict[str, int], words: Words) -> str:
    return ", ".join(f"{words(reason)}: {words.value(n)}" for reason, n in reasons.items())
