"""What is wrong or odd in an export, said in words: gaps, duplicates, impossible times, cut labels."""

from __future__ import annotations

import calendar
import datetime as dt
from dataclasses import dataclass, field
from typing import Any, Literal

import polars as pl

from rightcall import tables
from rightcall.calls import clocks
from rightcall.locale import N_, Message, Share

Weight = Literal["note", "warning", "serious"]

SENTENCES: dict[str, tuple[Weight, str]] = {
    "clock_corrected": ("warning", N_("The time in “{column}” was read as “{clock}”: {checks} agree with it on {share} of the rows, with the time as written on {before}.")),
    "clock_by_trough": ("warning", N_("The time in “{column}” was read as “{clock}”: as written the quietest hours would lie around {hour} o'clock, so read they lie around {after} o'clock.")),
    "clock_shifted": ("serious", N_("The clock of “{column}” looks shifted: the quietest hours of the day lie around {hour} o'clock, not in the early morning. Every figure by hour of the day is doubtful.")),
    "clock_disagrees": ("serious", N_("“{checks}” does not agree with the time in “{column}” however it is read ({share} at best).")),
    "half_day_clock": ("warning", N_("“{column}” is written by a 12-hour clock and lacks AM or PM on some rows. “{other}” tells the same time on {share} of the rows and was used instead.")),
    "date_only": ("serious", N_("Only a date was found (“{column}”), no time of day. Nothing can be said by hour.")),
    "repeated_hour": ("note", N_("Calls in the hour that clocks repeat in autumn: {n}. The earlier hour was taken.")),
    "missing_hour": ("warning", N_("Calls with a local time that did not exist (spring clock change): {n}. They were read an hour later.")),
    "passed_midnight": ("note", N_("Times of day without a date that pass midnight: {n}. They were read as the day after the call.")),
    "one_time": ("warning", N_("The export has one time per call. Waiting, travel and time on scene cannot be told.")),
    "no_clear": ("warning", N_("The export has no time at which units cleared. Time on scene cannot be told.")),
    "stamp_missing": ("note", N_("{share} of the calls have no time for “{stamp}”.")),
    "out_of_order": ("warning", N_("Calls with “{later}” before “{earlier}”: {n}. They are left out of those measures.")),
    "identical_rows": ("warning", N_("Rows that repeat another row word for word: {n}. Each call is counted once.")),
    "merged_rows": ("note", N_("Rows that repeat the incident number of another row (further units or updates): {n}. Each incident is counted once.")),
    "final_type": ("warning", N_("Only a final type was found (“{column}”). It is what a call turned out to be, not what the center heard; many crises carry another name by then.")),
    "in_two_files": ("note", N_("Calls that stand in more than one of the files: {n}. Each is counted once.")),
    "numbers_reused": ("warning", N_("Incident numbers that stand for calls more than a day apart: {n}. They were kept as different calls.")),
    "no_number": ("warning", N_("The export has no incident number. Rows that repeat an incident cannot be found.")),
    "not_read": ("warning", N_("Rows that could not be read: {n} ({reasons}). They are listed in rejected.csv.")),
    "undecodable": ("warning", N_("Rows written in another encoding than the rest of the file: {n}. They were set aside.")),
    "preamble": ("note", N_("Lines above the header that were skipped: {n}.")),
    "months_partial": ("serious", N_("The calls do not cover whole months: {months}. A month that is partly covered is compared by calls per covered day, never as a quiet month.")),
    "days_missing": ("warning", N_("Days within the period without any call: {n}, the longest gap from {first} to {last}.")),
    "days_thin": ("warning", N_("Days with less than a quarter of the usual calls: {n} ({days}).")),
    "labels_cut": ("warning", N_("Words in “{column}” seem to be cut at {length} letters, for example “{example}”. Different words may have become one.")),
    "officer_initiated": ("note", N_("Officers' own work, by {basis}: {n} calls ({share}). These are not requests from the public and stay outside the shares.")),
    "no_origin": ("warning", N_("The export does not say how a call reached the center. Officers' own work is recognized by the type of call alone.")),
    "test_calls": ("note", N_("Test calls: {n}. They stay outside the shares.")),
    "scheduled_transfers": ("warning", N_("Scheduled medical transfers, which are not requests for help: {n} ({share}). They stay outside the shares.")),
    "administrative": ("note", N_("Administrative entries: {n} ({share}). They stay outside the shares.")),
    "no_place": ("note", N_("{share} of the calls have no point on the map.")),
    "null_points": ("warning", N_("Calls at 0,0: {n}. Their place was read as unknown.")),
    "far_points": ("warning", N_("Calls more than 100 km from the others: {n}. Their place was read as unknown.")),
    "projected": ("serious", N_("“{x}” and “{y}” are not degrees but projected coordinates, and the system is not stated. Places are unknown. If you know it, put its number into the layout:  [places]  epsg = …")),
    "no_hazards": ("serious", N_("The export says nothing about weapons, violence or other hazards. What a call could have been can only be bounded: reading a sample of narratives by hand narrows it.")),
    "hazards_blank": ("warning", N_("“{fact}” is recorded on {share} of the calls; on the others it is unknown, not absent.")),
    "unticked": ("note", N_("“{column}” holds only 0 and 1: a box that nobody ticked is not a no, so 0 was read as unknown.")),
    "no_type": ("warning", N_("Calls without a type: {n} ({share}).")),
    "priority_read": ("note", N_("Priorities were read from “{column}” with 1 as the most urgent.")),
    "priority_words": ("warning", N_("“{column}” has priorities without a number ({examples}); they are unknown until the layout says their order.")),
    "street_only": ("note", N_("“{column}” names streets without a number. Repeat addresses cannot be told.")),
}  # fmt: skip


@dataclass(frozen=True)
class Finding:
    """One thing found in an export: a code for machines, values, and a sentence for people."""

    code: str
    values: dict[str, Any] = field(default_factory=dict)

    @property
    def weight(self) -> Weight:
        """How much it matters: note, warning or serious."""
        return SENTENCES[self.code][0]

    @property
    def message(self) -> Message:
        """The sentence, to be said in a language."""
        shown = {name: Share(v) if name in ("share", "before") else v for name, v in self.values.items()}
        return Message(SENTENCES[self.code][1], shown)

    def as_json(self) -> dict[str, Any]:
        """For findings.json."""
        values = {name: str(value) if isinstance(value, Message) else value for name, value in self.values.items()}
        return {"code": self.code, "weight": self.weight, "text": str(self.message), "values": values}


@dataclass(frozen=True)
class Coverage:
    """Which days an export covers. `months`: month, calls, days, days_in_month, covered; `thin`: days far too low."""

    first: dt.date
    last: dt.date
    days: pl.DataFrame
    months: pl.DataFrame
    missing: tuple[dt.date, ...]
    thin: tuple[dt.date, ...]


def coverage(calls: pl.LazyFrame, *, time_zone: str) -> Coverage:
    """Days with calls, from the first to the last; days that are missing or have under a quarter of the usual."""
    quarter = pl.col("received_at").dt.truncate(clocks.STEADY)
    quarters = calls.select(quarter).group_by("received_at").agg(pl.len().alias("calls")).collect(engine="streaming")
    local = clocks.to_local(pl.col("received_at"), time_zone=time_zone).dt.date().alias("day")
    counted = quarters.group_by(local).agg(pl.col("calls").sum()).sort("day")
    first, last = counted["day"][0], counted["day"][-1]
    span = pl.DataFrame({"day": pl.date_range(first, last, eager=True)})
    days = span.join(counted, on="day", how="left").with_columns(pl.col("calls").fill_null(0).cast(pl.Int64))
    usual = tables.real(days.filter(pl.col("calls") > 0)["calls"].median())
    present = days.filter(pl.col("calls") > 0)
    # A small town has quiet days; only where a day is usually busy does a thin one mean missing rows.
    thin = present.filter(pl.col("calls") < usual / 4)["day"].to_list() if usual >= 20 else []
    missing = days.filter(pl.col("calls") == 0)["day"].to_list() if usual >= 5 else []
    solid = days.with_columns((~pl.col("day").is_in(thin) & ~pl.col("day").is_in(missing)).alias("solid"))
    months = (
        solid.group_by(pl.col("day").dt.truncate("1mo").alias("month"))
        .agg(pl.col("calls").filter(pl.col("solid")).sum(), pl.col("solid").sum().cast(pl.Int64).alias("days"))
        .sort("month")
        .with_columns(pl.col("month").dt.month_end().dt.day().cast(pl.Int64).alias("days_in_month"))
        .with_columns((pl.col("days") / pl.col("days_in_month")).alias("covered"))
    )
    return Coverage(first, last, solid, months, tuple(missing), tuple(thin))


def of_coverage(cover: Coverage) -> list[Finding]:
    """Findings about months and days that are missing or thin."""
    found = []
    partial = cover.months.filter(pl.col("covered") < 0.9)
    if partial.height:
        shown = [
            f"{calendar.month_abbr[row['month'].month]} {row['month'].year} ({row['days']}/{row['days_in_month']})"
            for row in partial.head(6).iter_rows(named=True)
        ]
        more = ["…"] if partial.height > 6 else []
        found.append(Finding("months_partial", {"months": ", ".join(shown + more), "n": partial.height}))
    if cover.missing:
        first, last = _longest_run(cover.missing)
        found.append(Finding("days_missing", {"n": len(cover.missing), "first": str(first), "last": str(last)}))
    if cover.thin:
        shown = [str(day) for day in cover.thin[:5]] + (["…"] if len(cover.thin) > 5 else [])
        found.append(Finding("days_thin", {"n": len(cover.thin), "days": ", ".join(shown)}))
    return found


def _longest_run(days: tuple[dt.date, ...]) -> tuple[dt.date, dt.date]:
    best = run = (days[0], days[0])
    for day in days[1:]:
        run = (run[0], day) if (day - run[1]).days == 1 else (day, day)
        best = run if (run[1] - run[0]) > (best[1] - best[0]) else best
    return best


def labels_cut(column: str, labels: pl.Series) -> Finding | None:
    """Whether the words of a column end at one length, as a field of fixed width cuts them."""
    distinct = labels.drop_nulls().str.strip_chars().unique()
    if distinct.len() < 10:
        return None
    lengths = distinct.str.len_chars()
    longest = int(tables.real(lengths.max()))
    at_end = distinct.filter(lengths == longest).sort()
    near = distinct.filter((lengths < longest) & (lengths >= longest - 2)).len()
    if not 10 <= longest <= 40 or at_end.len() < 2 or at_end.len() < max(2, near / 2, 0.01 * distinct.len()):
        return None
    middle = [label for label in at_end.to_list() if label[-1:].isalpha()]
    return Finding("labels_cut", {"column": column, "length": longest, "example": (middle or at_end.to_list())[0]})


def of_calls(calls: pl.LazyFrame) -> list[Finding]:
    """Findings about whose work the calls are and what their words tell."""
    by_word = calls.group_by("first_type", "family").agg(
        pl.len().alias("n"),
        (pl.col("origin") == "officer").fill_null(False).sum().alias("by_origin"),
        pl.col("origin").is_not_null().sum().alias("told"),
        pl.col("lat").is_null().sum().alias("placeless"),
    ).collect(engine="streaming")  # fmt: skip
    total = tables.real(by_word["n"].sum()) or 1.0

    def count(which: pl.Expr, column: str = "n") -> int:
        return int(by_word.filter(which.fill_null(False))[column].sum())

    family, word = pl.col("family"), pl.col("first_type")
    by_origin, tests = count(pl.lit(True), "by_origin"), count(word.str.contains(r"(?i)\btest(ing)?\b"))
    by_type = count(family == "officer-initiated") - count(family == "officer-initiated", "by_origin")
    shared: tuple[tuple[str, int, dict[str, Any]], ...] = (
        ("officer_initiated", by_origin, {"basis": Message(N_("the way the call came in"))}),
        ("officer_initiated", by_type, {"basis": Message(N_("the type of call"))}),
        ("scheduled_transfers", count(family == "medical transfer"), {}),
        ("administrative", count(family == "administrative"), {}),
        ("no_type", count(word.is_null()), {}),
    )
    found = [Finding(code, {"n": n, "share": n / total, **values}) for code, n, values in shared if n]
    if not count(pl.lit(True), "told"):
        found.append(Finding("no_origin"))
    if tests:
        found.append(Finding("test_calls", {"n": tests}))
    placeless = count(pl.lit(True), "placeless") / total
    return found + ([Finding("no_place", {"share": placeless})] if placeless > 0.005 else [])
