"""What reading an export showed: the findings of its rows, times, words and places."""

from __future__ import annotations

import itertools
import re

import polars as pl

from rightcall.calls import columns_of, guess, quality
from rightcall.calls import layout as layouts
from rightcall.calls.columns import HAZARDS
from rightcall.calls.layout import UNIT_STAMPS
from rightcall.calls.quality import Finding
from rightcall.calls.reading import Reading

# Names of columns that hold what a call was closed as.
FINAL = r"\b(final|clos(e|ed|ing)|clear(ed|ance)?)\b"


def findings(reading: Reading) -> list[Finding]:
    """Everything that people must know before they believe a figure."""
    found: list[Finding] = []
    for code, key in (("identical_rows", "identical"), ("merged_rows", "merged"), ("numbers_reused", "reused")):
        if reading.facts.get(key):
            found.append(Finding(code, {"n": reading.facts[key]}))
    if "incident_number" not in reading.layout.columns:
        found.append(Finding("no_number"))
    found += _of_file(reading) + _of_times(reading) + quality.of_calls(reading.calls)
    found += quality.of_coverage(quality.coverage(reading.calls, time_zone=reading.time_zone))
    return found + _of_words(reading) + _of_places(reading)


def _of_file(reading: Reading) -> list[Finding]:
    found = [Finding(code, {"n": n}) for code, n in reading.file.notes.items()]
    damaged = reading.rejected.filter(~pl.col("reason").str.contains("^(merged|the same as)"))
    if damaged.height:
        kinds = damaged["reason"].str.replace(r":.*$", "").value_counts(sort=True, name="n").head(4)
        reasons = "; ".join(f"{reason}: {n}" for reason, n in kinds.iter_rows())
        found.append(Finding("not_read", {"n": damaged.height, "reasons": reasons}))
    return found


def _of_times(reading: Reading) -> list[Finding]:
    layout, found = reading.layout, []
    unit_stamps = [role for role in UNIT_STAMPS if role in layout.stamps]
    if not unit_stamps:
        found.append(Finding("one_time"))
    elif "cleared" not in unit_stamps:
        found.append(Finding("no_clear"))
    order = [role for role in layouts.STAMPS if role in layout.stamps]
    pairs = [(a, b) for a, b in itertools.pairwise(order)]
    counted = reading.good.select(
        *[(pl.col(f"{b}_at") < pl.col(f"{a}_at")).sum().alias(f"{a}>{b}") for a, b in pairs],
        *[pl.col(f"{role}_at").is_null().mean().alias(role) for role in unit_stamps],
        pl.len().alias("n"),
    ).collect(engine="streaming").row(0, named=True)  # fmt: skip
    found += [
        Finding("out_of_order", {"n": counted[f"{a}>{b}"], "earlier": a, "later": b})
        for a, b in pairs
        if counted[f"{a}>{b}"]
    ]
    found += [
        Finding("stamp_missing", {"share": counted[role], "stamp": role})
        for role in unit_stamps
        if counted[role] > 0.01
    ]
    if any(stamp.time and not stamp.date for stamp in layout.stamps.values()):
        n = reading.file.frame.select(columns_of.passed_midnight(layout, time_zone=reading.time_zone)).collect().item()
        found += [Finding("passed_midnight", {"n": int(n)})] if n else []
    changes = ("repeated_hour", "missing_hour")
    return found + [Finding(code, {"n": reading.facts[code]}) for code in changes if reading.facts[code]]


def _of_words(reading: Reading) -> list[Finding]:
    found = []
    typed_by = reading.layout.columns.get("first_type", "")
    if re.search(FINAL, guess.words(typed_by)):
        found.append(Finding("final_type", {"column": typed_by}))
    for role in ("first_type", "last_type", "disposition", "closed_reason"):
        if role in reading.layout.columns:
            labels = (
                reading.mapping.filter(pl.col("calls") > 0)["type"]
                if role == "first_type"
                else reading.calls.select(pl.col(role).unique()).collect(engine="streaming")[role]
            )
            cut = quality.labels_cut(reading.layout.columns[role], labels)
            found += [cut] if cut else []
    hazards = [name for name in HAZARDS if name in reading.layout.flags]
    if not hazards:
        found.append(Finding("no_hazards"))
    else:
        known = (
            reading.calls.select(pl.col(name).is_not_null().mean() for name in hazards)
            .collect(engine="streaming")
            .row(0, named=True)
        )
        found += [
            Finding("hazards_blank", {"fact": name, "share": share}) for name, share in known.items() if share < 0.99
        ]
    found += [Finding("unticked", {"column": flag.column}) for flag in reading.layout.flags.values() if flag.why]
    if "priority" in reading.layout.columns:
        found.append(_of_priorities(reading))
    return found


def _of_priorities(reading: Reading) -> Finding:
    column = reading.layout.columns["priority"]
    if not reading.good.select(pl.col("initial_priority").is_null().any()).collect(engine="streaming").item():
        return Finding("priority_read", {"column": column})
    values = (
        reading.file.frame.select(columns_of.text(column).unique())
        .collect(engine="streaming")
        .to_series()
        .drop_nulls()
        .sort()
        .to_list()
    )
    wordy = [value for value in values if value not in reading.layout.priorities]
    if wordy:
        return Finding("priority_words", {"column": column, "examples": ", ".join(wordy[:5])})
    return Finding("priority_read", {"column": column})


def _of_places(reading: Reading) -> list[Finding]:
    found, spots = [], reading.layout.places
    if spots.x and spots.y and spots.epsg is None:
        found.append(Finding("projected", {"x": spots.x, "y": spots.y}))
        zero = pl.col(spots.x).cast(pl.Float64, strict=False) == 0
        n = reading.file.frame.select(zero.sum()).collect(engine="streaming").item()
        found += [Finding("null_points", {"n": int(n)})] if n else []
    elif spots.names():
        n = (
            reading.good.select(pl.col("_null_point").sum(), pl.col("_far_point").sum())
            .collect(engine="streaming")
            .row(0)
        )
        found += [Finding("null_points", {"n": int(n[0])})] if n[0] else []
        found += [Finding("far_points", {"n": int(n[1])})] if n[1] else []
    if "place_text" in reading.layout.columns:
        told = reading.good.select(pl.col("_tells_a_place").mean()).collect(engine="streaming").item()
        if told is not None and told < 0.2:
            found.append(Finding("street_only", {"column": reading.layout.columns["place_text"]}))
    return found
