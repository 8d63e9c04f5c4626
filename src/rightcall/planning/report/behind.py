"""The sections behind the lenses: the sample read by hand, demand, data quality, assumptions, every measure defined."""

from __future__ import annotations

from typing import Any

import polars as pl

from rightcall import tables
from rightcall.locale import N_, Message, Share, Words
from rightcall.planning.plan import Plan
from rightcall.planning.report import charts
from rightcall.planning.report.blocks import Picture, Section, Table
from rightcall.planning.report.values import worded


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
        Picture(charts.demand(f.hours, words), Message(N_("Expected calls of our nature by hour of the week")), Message(N_("Line with band, from {low} to {high} calls an hour."), {"low": round(tables.real(f.hours["expected"].min()), 2), "high": round(tables.real(f.hours["expected"].max()), 2)}), table),
    ]  # fmt: skip
    if f.months.height:
        high, low = f.months.sort("factor").row(-1, named=True), f.months.sort("factor").row(0, named=True)
        blocks.append(
            Message(
                N_("Over the year: most in {high} (× {x}), least in {low} (× {y})."),
                {
                    "high": words.month(high["month"]),
                    "x": f"{high['factor']:.2f}",
                    "low": words.month(low["month"]),
                    "y": f"{low['factor']:.2f}",
                },
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


def method(plan: Plan) -> Section:
    """How the figures were made, for a reader who wants to know without the code."""
    said = [
        Message(N_("Every call of the export is decided by the program's rules, which know true, false and unknown: at least, at most and by nature are the ends that unknown facts leave.")),
        Message(N_("Designs are simulated on the city's own calls, hour by hour, with what nobody measured drawn from its range; all designs meet the same luck, so that their differences are due to the design.")),
        Message(N_("Shifts are the least people whose cover reaches the target: half hours found by formula and simulation, shifts by a mixed-integer program, and the simulation asked again.")),
        Message(N_("Homes are compared over all reasonable weights, not by one sum; money is divided among its sources by a linear program that spends restricted money first.")),
    ]  # fmt: skip
    return Section("method", Message(N_("How this plan was made")), (said,))


def quality(plan: Plan) -> Section:
    """Data quality in words, the serious first."""
    order = {"serious": 0, "warning": 1, "note": 2}
    said = [finding for finding in sorted(plan.findings, key=lambda f: order[f.weight])]
    blocks = ([(f.weight, worded(f.message)) for f in said],) if said else ()
    return Section("quality", Message(N_("Data quality, in words")), blocks)


def assumptions(plan: Plan) -> Section:
    """What was assumed, and what the program leaves unknown."""
    blocks: list[Any] = [[worded(message) for message in plan.assumptions]]
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
            value = Message(N_("{n}"), {"n": round(result.numerator)}) if result.numerator is not None else "–"
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


def limits(plan: Plan) -> Section:
    """What a plan like this cannot say, so that nobody reads more into it."""
    said = [
        Message(N_("Calls of the past, by the words of a call-taker: who calls once help comes without police may be others, and more.")),
        Message(N_("What was not recorded is unknown here. A call counted as ours by nature may still have held a danger that nobody wrote down.")),
        Message(N_("A simulated year is what the rules and the shifts would do with such calls, not a promise; each figure has its range.")),
        Message(N_("Calls that an unarmed team answers are not all taken from police: some would have gone unanswered (Eugene, NBER w33761).")),
    ]  # fmt: skip
    if plan.home is not None:
        said.append(Message(N_("Scores of a home are judgments; the arithmetic shows what follows from them, not that they are right.")))  # fmt: skip
    if plan.funding is not None:
        said.append(Message(N_("The budget holds what is known, at the growth that was stated; the money of others is a plan until it is granted.")))  # fmt: skip
    return Section("limits", Message(N_("What this plan cannot say")), (said,))
