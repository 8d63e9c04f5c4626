"""What came of the calls: incident reports, arrests, force, injuries and back-up, joined by incident number.

That was Durham's lens on risk. A join that fails quietly has fooled published studies, so the share that could be
joined comes first.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from rightcall.calls import export_file, guess
from rightcall.errors import RightcallError
from rightcall.measures import intervals

KINDS: dict[str, str] = {
    "report": r"\breport(ed|s)?\b|\boffense\b|\bcase number\b",
    "arrest": r"\barrest",
    "force": r"\bforce\b|\bresistance\b",
    "officer_injury": r"\bofficer\b.*\binjur|\binjur\w*\b.*\bofficer",
    "backup": r"\bback ?up\b|\bassist(ed)? officer\b|\bcode ?3\b",
    "injury": r"\binjur",
}


class OutcomesError(RightcallError):
    """A file of outcomes cannot be joined."""


@dataclass(frozen=True)
class Outcomes:
    """Outcomes joined to calls.

    `rows` in the file, `joined` rows that met a call, `calls` that met a row, `of` calls in all.
    `table`: family, calls (of our nature, in the file or not), and one count a kind.
    """

    name: str
    rows: int
    joined: int
    calls: int
    of: int
    kinds: tuple[str, ...]
    table: pl.DataFrame

    def as_json(self) -> dict[str, Any]:
        """For plan.json."""
        rows = []
        for row in self.table.iter_rows(named=True):
            rates = {kind: _rate(row[kind], row["calls"]) for kind in self.kinds}
            rows.append({"family": row["family"], "calls": row["calls"], **rates})
        return {"file": self.name, "rows": self.rows, "joined_rows": self.joined, "joined_calls": self.calls, "calls": self.of,
                "share_joined": self.joined / self.rows if self.rows else None, "families": rows}  # fmt: skip


def _rate(hits: int, n: int) -> dict[str, float]:
    estimate = intervals.wilson(hits, n)
    return {"n": hits, "share": estimate.value, "low": estimate.low, "high": estimate.high}


def join(path: Path, judged: pl.LazyFrame, *, work: Path) -> Outcomes:
    """Join a file of outcomes to the calls from the public. `judged` is the frame of `lenses.judged`.

    The file needs a column with the incident number and at least one of: report, arrest, use of force, officer
    injury, back-up, injury. A row without a yes or a number counts as no; a file of arrests alone (one row an
    arrest) counts every row.
    """
    file = export_file.open_export(path, work=work)
    frame = file.frame.drop("_row", "_line").collect(engine="streaming")
    number = guess.roles(frame, taken=set())[0].get("incident_number") or _number_by_overlap(frame, judged)
    if number is None:
        raise OutcomesError(
            "no column of it holds incident numbers of these calls.",
            where=str(path),
            mend="Name the column incident_number.",
        )
    kinds = _kinds(frame, number, path)
    flags = [_yes(pl.col(column)).alias(kind) for kind, column in kinds.items()]
    rows = frame.select(_key(pl.col(number)).alias("key"), *flags).filter(pl.col("key").is_not_null())
    calls = (
        judged.filter(pl.col("public") & pl.col("incident_number").is_not_null())
        .select(_key(pl.col("incident_number")).alias("key"), "family", "by_nature").collect(engine="streaming")
    )  # fmt: skip
    merged = rows.group_by("key").agg(pl.col(list(kinds)).max())
    matched = calls.join(merged, on="key", how="left").with_columns(pl.col(list(kinds)).fill_null(False))
    table = (
        matched.filter(pl.col("by_nature")).group_by("family")
        .agg(pl.len().cast(pl.Int64).alias("calls"), *(pl.col(kind).sum().cast(pl.Int64) for kind in kinds))
        .sort("calls", "family", descending=[True, False])
    )  # fmt: skip
    joined = rows.join(calls.select("key").unique(), on="key", how="semi").height
    met = calls.join(rows.select("key").unique(), on="key", how="semi").height
    return Outcomes(path.name, frame.height, joined, met, calls.height, tuple(kinds), table)


def _key(text: pl.Expr) -> pl.Expr:
    return text.str.to_uppercase().str.replace_all(r"[^A-Z0-9]", "")


def _number_by_overlap(frame: pl.DataFrame, judged: pl.LazyFrame) -> str | None:
    known = (
        judged.select(_key(pl.col("incident_number")).alias("key"))
        .collect(engine="streaming")["key"]
        .drop_nulls()
        .unique()
    )
    shares = {
        name: frame.select(_key(pl.col(name)).is_in(known.implode()).mean()).item() or 0 for name in frame.columns
    }
    best = max(shares, key=lambda name: shares[name], default=None)
    return best if best and shares[best] > 0.2 else None


def _kinds(frame: pl.DataFrame, number: str, path: Path) -> dict[str, str]:
    found: dict[str, str] = {}
    for name in frame.columns:
        kind = next((kind for kind, pattern in KINDS.items() if re.search(pattern, guess.words(name))), None)
        if name != number and kind and kind not in found:
            found[kind] = name
    if not found:
        raise OutcomesError(
            "no column of it tells an outcome.", where=str(path),
            mend="Name columns report, arrest, use_of_force, officer_injury or backup, with yes and no.",
        )  # fmt: skip
    return found


def _yes(value: pl.Expr) -> pl.Expr:
    """Yes in a word, a number above zero, or any other text that is not a no."""
    text = value.str.strip_chars().str.to_uppercase()
    number = text.cast(pl.Float64, strict=False)
    no = text.is_in([*guess.NO, *guess.UNKNOWN_WORDS]).fill_null(True)
    return pl.when(number.is_not_null()).then(number > 0).otherwise(~no & text.is_not_null())
