"""The middle of the interval: a sample of calls that *cannot be said*, read by hand by two people.

They have the narratives; the text never leaves their machine. What comes back is a yes or a no for each call.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from rightcall import tables
from rightcall.errors import NothingLeft, Problem, RightcallError
from rightcall.locale import N_, Words
from rightcall.measures import intervals
from rightcall.measures.intervals import Estimate

READERS = ("Reader A", "Reader B")
AGREED = "Agreed"
VERDICT = "Ours? (yes/no)"
COLUMNS = ("call_id", "incident_number", "received", "type", "family", "missing")
YES, NO = "yes", "no"


class ReadingError(RightcallError):
    """A sample workbook cannot be used."""


@dataclass(frozen=True)
class Reading:
    """A sample that was read: the verdicts, how well the readers agree, and the share that was ours by family.

    `families`: family, read, ours. `kappa` is None where only one person read. `unresolved`: readers disagree and
    nobody settled it; those calls are left out of the share.
    """

    drawn: int
    families: pl.DataFrame
    read: int
    ours: int
    both_read: int
    agreed: int
    kappa: float | None
    unresolved: int

    def as_json(self) -> dict[str, Any]:
        """For plan.json."""
        rows = [
            {**row, **_interval(intervals.wilson(row["ours"], row["read"]))}
            for row in self.families.iter_rows(named=True)
        ]
        return {"drawn": self.drawn, "read": self.read, "ours": self.ours, "both_read": self.both_read, "agreed": self.agreed,
                "kappa": self.kappa, "unresolved": self.unresolved, "families": rows}  # fmt: skip


def _interval(estimate: Estimate) -> dict[str, float]:
    return {"share": estimate.value, "low": estimate.low, "high": estimate.high}


def draw(open_calls: pl.DataFrame, *, n: int, seed: int) -> pl.DataFrame:
    """Draw `n` calls that cannot be said, each family in proportion to its calls, but at least five of each.

    Raises `NothingLeft` where there is no such call.
    """
    if open_calls.is_empty():
        raise NothingLeft(
            "there is no call of which it cannot be said, so nothing is to be read.", mend="Plan without a sample."
        )
    total = open_calls.height
    parts = []
    for (_,), group in open_calls.group_by(["family"], maintain_order=True):
        wanted = min(group.height, max(round(n * group.height / total), min(5, n)))
        parts.append(group.sort("call_id").sample(wanted, seed=seed, shuffle=True))
    drawn = pl.concat(parts)
    if drawn.height > n:
        drawn = drawn.sample(n, seed=seed)
    return drawn.sample(fraction=1.0, shuffle=True, seed=seed)


def write_workbook(drawn: pl.DataFrame, path: Path, *, time_zone: str, program: str, words: Words) -> None:
    """Write the workbook: a page of instructions, a sheet for each reader, a sheet to settle disagreements."""
    import xlsxwriter

    rows = tables.harmless(drawn.select(
        "call_id", "incident_number",
        pl.col("received_at").dt.convert_time_zone(time_zone).dt.strftime("%Y-%m-%d %H:%M").alias("received"),
        pl.col("first_type").alias("type"), "family", pl.col("missing").str.replace_all("_", " "),
    ))  # fmt: skip
    with xlsxwriter.Workbook(
        path, {"strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    ) as book:
        _instructions(book, words, program=program, n=drawn.height)
        for name in (*READERS, AGREED):
            sheet = book.add_worksheet(name)
            bold, wrap, open_cell = (
                book.add_format(f)
                for f in (
                    {"bold": True, "bottom": 1},
                    {"text_wrap": True, "valign": "top"},
                    {"bg_color": "#FFF6DC", "border": 1},
                )
            )
            for column, title in enumerate((*COLUMNS, VERDICT)):
                sheet.write_string(0, column, title, bold)
            for line, row in enumerate(rows.iter_rows(), start=1):
                for column, value in enumerate(row):
                    sheet.write_string(line, column, value or "", wrap)
                sheet.write_blank(line, len(COLUMNS), None, open_cell)
            sheet.data_validation(1, len(COLUMNS), rows.height, len(COLUMNS), {"validate": "list", "source": [YES, NO]})
            sheet.freeze_panes(1, 1)
            for column, width in enumerate((16, 18, 17, 32, 18, 46, 15)):
                sheet.set_column(column, column, width)


def _instructions(book: Any, words: Words, *, program: str, n: int) -> None:
    sheet = book.add_worksheet(words(N_("Read me")))
    sheet.set_column(0, 0, 100, book.add_format({"text_wrap": True, "valign": "top"}))
    lines = (
        N_("{n} calls of which it cannot be said whether {program} could have taken them."),
        N_(
            "Two people read the CAD narrative of each call, without talking to each other, each on a sheet of their own."
        ),
        N_(
            "Answer one question: by the rules of the program, and by what the narrative says was known when the call came in, would this call have been ours? Choose yes or no; leave it empty if the narrative does not tell."
        ),
        N_("The column “missing” names what the record does not say: look for it in the narrative."),
        N_("Copy no narrative into this workbook. It holds no text of a call, and none is needed."),
        N_(
            "Where the two differ, talk, and write the answer on the sheet “Agreed”. Then give the workbook back:  rightcall plan … --sample FILE"
        ),
    )
    for line, message in enumerate(lines):
        sheet.write_string(line, 0, words(message, n=n, program=program))


def read_workbook(path: Path) -> Reading:
    """Read a sample that was filled in. Raises `ReadingError` with every cell that is wrong."""
    sheets = _sheets(path)
    problems: list[Problem] = []
    verdicts = {name: _verdicts(sheets[name], name, path, problems) for name in (*READERS, AGREED)}
    if problems:
        raise ReadingError(problems)
    rows = (
        verdicts[READERS[0]]
        .rename({"verdict": "a"})
        .join(verdicts[READERS[1]].rename({"verdict": "b"}).drop("family"), on="call_id", how="left")
    )
    rows = rows.join(verdicts[AGREED].rename({"verdict": "settled"}).drop("family"), on="call_id", how="left")
    same = pl.col("a").eq_missing(pl.col("b")) | pl.col("a").is_null() | pl.col("b").is_null()
    rows = rows.with_columns(pl.coalesce("settled", pl.when(same).then(pl.coalesce("a", "b"))).alias("final"))
    both = rows.filter(pl.col("a").is_not_null() & pl.col("b").is_not_null())
    read = rows.filter(pl.col("final").is_not_null())
    if read.is_empty():
        raise ReadingError(
            "nobody has answered yet.", where=str(path), mend=f"Fill the column “{VERDICT}” with yes or no."
        )
    families = (
        read.group_by("family")
        .agg(pl.len().alias("read"), (pl.col("final") == YES).sum().cast(pl.Int64).alias("ours"))
        .sort("read", "family", descending=[True, False])
    )
    return Reading(
        drawn=rows.height, families=families.with_columns(pl.col("read").cast(pl.Int64)), read=read.height,
        ours=int((read["final"] == YES).sum()), both_read=both.height, agreed=int((both["a"] == both["b"]).sum()),
        kappa=intervals.kappa(list(zip(both["a"].to_list(), both["b"].to_list(), strict=True))),
        unresolved=int(both.filter((pl.col("a") != pl.col("b")) & pl.col("settled").is_null()).height),
    )  # fmt: skip


def _sheets(path: Path) -> dict[str, pl.DataFrame]:
    import fastexcel

    try:
        book = fastexcel.read_excel(str(path))
        return {name: book.load_sheet(name, dtypes="string").to_polars() for name in (*READERS, AGREED)}
    except (fastexcel.FastExcelError, OSError) as error:
        raise ReadingError(
            f"it is not a sample workbook of ours ({str(error).splitlines()[0]}).",
            where=str(path),
            mend="Give back the file that `rightcall sample` wrote.",
        ) from error


def _verdicts(sheet: pl.DataFrame, name: str, path: Path, problems: list[Problem]) -> pl.DataFrame:
    if not {"call_id", "family", VERDICT} <= set(sheet.columns):
        problems.append(
            Problem(
                "its columns were renamed or removed.",
                f"{path}, sheet {name}",
                "Draw the sample again, or restore the header.",
            )
        )
        return pl.DataFrame(schema={"call_id": pl.String, "family": pl.String, "verdict": pl.String})
    words = {
        "y": YES,
        "yes": YES,
        "ours": YES,
        "1": YES,
        "true": YES,
        "sí": YES,
        "si": YES,
        "n": NO,
        "no": NO,
        "0": NO,
        "false": NO,
    }
    said = sheet.select("call_id", "family", pl.col(VERDICT).str.strip_chars().str.to_lowercase().alias("said"))
    wrong = said.with_row_index("line", offset=2).filter(
        pl.col("said").is_not_null() & (pl.col("said") != "") & ~pl.col("said").is_in(list(words))
    )
    problems += [
        Problem(f"“{row['said']}” is neither yes nor no.", f"{path}, sheet {name}, row {row['line']}", "Write yes, no, or leave it empty.")
        for row in wrong.iter_rows(named=True)
    ]  # fmt: skip
    return said.select(
        "call_id", "family", pl.col("said").replace_strict(words, default=None, return_dtype=pl.String).alias("verdict")
    )


def middle_figure(reading: Reading, *, certain: float, open_calls: pl.DataFrame) -> Estimate:
    """Calls that could have been ours: the certain ones plus the share of the open ones that readers called ours.

    Families are weighted by their open calls (`open_calls`: family, calls). The interval is Wilson's with Kish's
    effective sample size, (Σw)² / Σw² (Kish 1965), so that a proportional sample gives the plain Wilson interval.
    Families of which nothing was read take the share of all that was read.
    """
    known = reading.families.join(open_calls, on="family", how="inner").filter(pl.col("read") > 0)
    total = float(open_calls["calls"].sum())
    if known.is_empty() or not total:
        share = intervals.wilson(reading.ours, reading.read)
        return share.times(total).plus(certain)
    weights = [row["calls"] / row["read"] for row in known.iter_rows(named=True)]
    weight_sum = sum(w * row["read"] for w, row in zip(weights, known.iter_rows(named=True), strict=True))
    squares = sum(w * w * row["read"] for w, row in zip(weights, known.iter_rows(named=True), strict=True))
    hits = sum(w * row["ours"] for w, row in zip(weights, known.iter_rows(named=True), strict=True))
    effective = min(float(known["read"].sum()), weight_sum * weight_sum / squares)
    share = intervals.wilson(hits / weight_sum * effective, effective)
    return share.times(total).plus(certain)


def worth_reading(open_calls: int) -> tuple[int, float]:
    """How many calls one person reads in a day, and how wide the interval would then be at worst, as a share.

    Two minutes a narrative, seven hours: about two hundred; no more than there are.
    """
    n = min(open_calls, 200)
    worst = intervals.wilson(n / 2, n)
    return n, (worst.high - worst.low) / 2 if n else math.nan
