"""Read + decide + profile, as ratios in one run: against straightforward pandas, against the floor, against the twin.

    python benchmarks/speed.py                 # 10 million calls, about 1 GB
    python benchmarks/speed.py --rows 1000000  # smaller

Each side runs in a process of its own, so that its peak memory is its own. The floor is Polars collecting the needed
columns as text, streaming. The pandas side is vectorized: it reads the needed columns, parses the time, maps the types
through the same lexicon, evaluates the same rules as Boolean masks (true and possible), drops repeated incidents and
counts the same tables; it checks nothing else.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl

from rightcall.calls import call_types
from rightcall.calls import sample as city
from rightcall.calls.columns import Calls
from rightcall.program import starter
from rightcall.program.document import Program

TIMES_FASTER, MEMORY_SHARE, TIMES_FLOOR, MOST_GB, TWIN_TIMES, LIVE_MS = 6, 0.5, 5, 2.5, 50, 2.0
NEEDED = (
    "Incident Number", "Call Received", "Dispatched", "Arrived", "Nature", "Priority", "Call Source", "Beat", "Latitude",
    "Longitude", "Weapon", "Address",
)  # fmt: skip


def generate(path: Path, rows: int) -> None:
    """Write `rows` invented calls, a day of 30,000, in the order of time; one row in a thousand repeats an incident."""
    luck = np.random.default_rng(1)
    words = [kind.word for kind in city.KINDS]
    chunk = 500_000
    start = dt.datetime(2020, 1, 1)
    with path.open("wb") as out:
        for first in range(0, rows, chunk):
            n = min(chunk, rows - first)
            number = np.arange(first, first + n)
            repeated = luck.random(n) < 0.001
            number = np.where(repeated, np.maximum(number - 1, 0), number)
            seconds = number * 2.88 + 3600 * 3 * np.sin(number / 30_000 * 2 * np.pi)
            frame = pl.DataFrame(
                {
                    "Incident Number": pl.Series(number).cast(pl.String),
                    "at": pl.Series(seconds * 1e6).cast(pl.Int64),
                    "wait": luck.gamma(2, 200, n).astype(int),
                    "travel": luck.gamma(2, 240, n).astype(int),
                    "Nature": np.array(words)[luck.integers(0, len(words), n)],
                    "Priority": luck.integers(1, 5, n).astype(str),
                    "Call Source": np.array(["E911", "Phone", "Officer"])[luck.choice(3, n, p=[0.45, 0.25, 0.3])],
                    "Beat": luck.integers(1, 40, n).astype(str),
                    "Address": [f"{a} Oak St" for a in luck.integers(1, 20_000, n)],
                    "Latitude": np.round(35.7 + luck.random(n) / 10, 5),
                    "Longitude": np.round(-78.9 + luck.random(n) / 10, 5),
                    "Weapon": np.array(["Y", "N", ""])[luck.choice(3, n, p=[0.05, 0.35, 0.6])],
                }
            )
            at = pl.lit(start) + pl.duration(microseconds=pl.col("at"))
            shown = "%m/%d/%Y %H:%M:%S"
            frame.select(
                "Incident Number",
                at.dt.strftime(shown).alias("Call Received"),
                (at + pl.duration(seconds=pl.col("wait"))).dt.strftime(shown).alias("Dispatched"),
                (at + pl.duration(seconds=pl.col("wait") + pl.col("travel"))).dt.strftime(shown).alias("Arrived"),
                "Nature", "Priority", "Call Source", "Beat", "Address", "Latitude", "Longitude", "Weapon",
            ).write_csv(out, include_header=first == 0)  # fmt: skip


def program() -> Program:
    """The starter program, 14 rules."""
    return starter.program(time_zone="America/New_York")


def ours(path: Path) -> dict[str, float]:
    """Read with every check, decide, look through the lenses."""
    from rightcall.calls import export
    from rightcall.planning import lenses
    from rightcall.triage import decisions

    marks = {}
    with tempfile.TemporaryDirectory(dir=path.parent) as work:
        began = time.perf_counter()
        got = export.read_export(path, work=Path(work), time_zone="America/New_York", key=b"bench")
        marks["read"] = time.perf_counter() - began
        began = time.perf_counter()
        decided = decisions.decide(got.calls, program=program())
        marks["decide"] = time.perf_counter() - began
        began = time.perf_counter()
        seen = lenses.look(got.calls, decided, program=program(), unit_times=got.unit_times)
        marks["profile"] = time.perf_counter() - began
        marks["by_nature"] = seen.totals["by_nature"]
    return marks


def floor(path: Path) -> dict[str, float]:
    """Polars only reading the needed columns as text."""
    frame = pl.scan_csv(path, infer_schema=False).select(NEEDED).collect(engine="streaming")
    return {"rows": frame.height}


def pandas_side(path: Path) -> dict[str, float]:
    """The same work in straightforward, vectorized pandas."""
    import pandas as pd

    frame = pd.read_csv(path, usecols=list(NEEDED), dtype=str, keep_default_na=False)
    frame = frame.drop_duplicates("Incident Number")
    for column in ("Call Received", "Dispatched", "Arrived"):
        frame[column] = (
            pd.to_datetime(frame[column], format="%m/%d/%Y %H:%M:%S", errors="coerce")
            .dt.tz_localize("America/New_York", ambiguous=True, nonexistent="shift_forward")
        )  # fmt: skip
    words = {word: call_types.propose(word) for word in frame["Nature"].unique()}
    frame["family"] = frame["Nature"].map({word: p.family for word, p in words.items()})
    attempt = frame["Nature"].map({word: p.facts.get("attempt_in_progress") for word, p in words.items()})
    crime = frame["Nature"].map({word: p.facts.get("crime_in_progress") for word, p in words.items()})
    weapon = frame["Weapon"].map({"Y": True, "N": False})
    care = frame["family"].isin(
        ["mental health", "suicide", "welfare", "trespass", "intoxication", "panhandling", "homelessness", "indecency",
         "verbal disturbance"]
    )  # fmt: skip
    out = (attempt == True) | (crime == True) | ((weapon == True) & (frame["family"] != "suicide"))  # noqa: E712
    public = (frame["Call Source"] != "Officer") & ~frame["family"].isin(
        ["officer-initiated", "administrative", "medical transfer"]
    )
    frame["by_nature"] = care & public
    frame["at_most"] = care & ~out & public
    local = frame["Call Received"]
    frame["hour_of_week"] = local.dt.dayofweek * 24 + local.dt.hour
    frame["day"] = local.dt.date
    frame["wait"] = (frame["Dispatched"] - local).dt.total_seconds() / 60
    frame["response"] = (frame["Arrived"] - local).dt.total_seconds() / 60
    kept = frame[public]
    for keys in (["family"], ["Nature", "family"], ["hour_of_week"], ["family", "hour_of_week"], ["day"], ["Beat"]):
        kept.groupby(keys, dropna=False)[["by_nature", "at_most"]].sum()
    ours_only = kept[kept["by_nature"]]
    ours_only.groupby("Address").size().value_counts()
    ours_only.groupby("family")[["wait", "response"]].quantile([0.5, 0.9])
    ours_only.groupby("hour_of_week")[["wait", "response"]].quantile([0.5, 0.9])
    return {"by_nature": float(kept["by_nature"].sum())}


SIDES = {"ours": ours, "floor": floor, "pandas": pandas_side}


def run_side(name: str, path: Path) -> dict[str, float]:
    """One side in a process of its own: seconds, peak GB, and what it says of itself."""
    done = subprocess.run(
        [sys.executable, __file__, "--side", name, "--path", str(path)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(f"{name} failed: {done.stderr[-2000:]}")
    return dict(json.loads(done.stdout.splitlines()[-1]))


def side(name: str, path: Path) -> None:
    """Inside the process: work, then print seconds and peak memory."""
    began = time.perf_counter()
    told = SIDES[name](path)
    seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(json.dumps({"seconds": seconds, "gb": peak, **told}))


def live() -> float:
    """One live call, its row built and 30 rules decided: milliseconds, median of 500."""
    from rightcall.triage import decisions

    base = program()
    extra = tuple(
        rule.model_copy(update={"id": f"{rule.id} {copy}"}) for copy in (1, 2) for rule in base.rule
    )[: 30 - len(base.rule)]  # fmt: skip
    prepared = decisions.prepare(base.model_copy(update={"rule": (*base.rule, *extra)}))
    schema = Calls.polars_schema()
    facts = {
        "call_id": "1",
        "received_at": dt.datetime(2026, 3, 1, 15, tzinfo=dt.UTC),
        "family": "welfare",
        "source_file": "live",
        "source_row": 1,
    }
    took = []
    for _ in range(500):
        began = time.perf_counter()
        call = pl.DataFrame({name: [facts.get(name)] for name in schema}, schema=schema)
        decisions.decide_one(call, prepared=prepared)
        took.append((time.perf_counter() - began) * 1e3)
    return statistics.median(took)


def twin(rows: int = 20_000) -> tuple[float, float]:
    """Calls a second of decide() on a million calls, and of the slow evaluation of one call after the other."""
    from rightcall.program import conditions
    from rightcall.triage import decisions

    luck = np.random.default_rng(2)
    families = ["welfare", "noise", "suicide", "trespass", None]
    schema = Calls.polars_schema()
    n = 1_000_000
    frame = pl.DataFrame(
        {
            "call_id": pl.Series(np.arange(n)).cast(pl.String),
            "received_at": pl.Series(np.full(n, dt.datetime(2025, 1, 1).timestamp() * 1e6, dtype=np.int64)).cast(pl.Datetime("us", "UTC")),
            "family": [families[i] for i in luck.integers(0, 5, n)],
            "weapon": [(True, False, None)[i] for i in luck.integers(0, 3, n)],
            "violence": [(True, False, None)[i] for i in luck.integers(0, 3, n)],
            "source_file": ["x"] * n, "source_row": np.arange(n),
        }
    ).with_columns(pl.lit(None, dtype=dtype).alias(name) for name, dtype in schema.items() if name not in (
        "call_id", "received_at", "family", "weapon", "violence", "source_file", "source_row"))  # fmt: skip
    chosen = program()
    decisions.decide(frame.head(1000).lazy(), program=chosen)
    began = time.perf_counter()
    decisions.decide(frame.lazy(), program=chosen)
    fast = n / (time.perf_counter() - began)
    calls = [
        {**row, "local_time": row["received_at"].replace(tzinfo=None)} for row in frame.head(rows).iter_rows(named=True)
    ]
    began = time.perf_counter()
    for call in calls:
        for name, value in chosen.facts.presumed.items():
            if call[name] is None:
                call[name] = value
        for rule in chosen.rule:
            if conditions.truth(rule.condition, call) is True:
                break
    return fast, rows / (time.perf_counter() - began)


def main() -> None:
    """Run every side and print the ratios against their targets."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--repeat", type=int, default=1)
    parser.add_argument("--side", choices=SIDES)
    parser.add_argument("--path", type=Path)
    options = parser.parse_args()
    if options.side:
        side(options.side, options.path)
        return
    import pandas as pd

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "calls.csv"
        generate(path, options.rows)
        print(
            f"{options.rows:,} calls, {path.stat().st_size / 1e9:.2f} GB; polars {pl.__version__}, pandas {pd.__version__}"
        )
        # The first to read a fresh file waits for the disk, which would flatter whoever is held against it.
        run_side("floor", path)
        runs = {name: [run_side(name, path) for _ in range(options.repeat)] for name in ("floor", "ours", "pandas")}
    best = {name: min(told, key=lambda t: t["seconds"]) for name, told in runs.items()}
    for name, told in best.items():
        parts = ", ".join(f"{key} {told[key]:.1f} s" for key in ("read", "decide", "profile") if key in told)
        print(f"{name:7} {told['seconds']:7.1f} s  {told['gb']:5.2f} GB  {parts}")
    mine, floor_, theirs = best["ours"], best["floor"], best["pandas"]
    report("faster than pandas", theirs["seconds"] / mine["seconds"], TIMES_FASTER, more=True)
    report("memory of pandas", mine["gb"] / theirs["gb"], MEMORY_SHARE, more=False)
    report("times the floor", mine["seconds"] / floor_["seconds"], TIMES_FLOOR, more=False)
    report("peak GB", mine["gb"], MOST_GB, more=False)
    report("decide / read", mine["decide"] / mine["read"], 1.0, more=False)
    fast, slow = twin()
    report("decide over its slow twin", fast / slow, TWIN_TIMES, more=True)
    report("one live call, 30 rules, ms", live(), LIVE_MS, more=False)


def report(name: str, value: float, target: float, *, more: bool) -> None:
    """One line: the figure, its target, reached or missed."""
    reached = value >= target if more else value <= target
    print(f"{name:28} {value:8.2f}   target {'≥' if more else '≤'} {target:g}   {'reached' if reached else 'MISSED'}")


if __name__ == "__main__":
    main()
