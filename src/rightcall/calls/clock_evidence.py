"""By which clock the time of the call was written: other columns prove it, else the daily trough shows it."""

from __future__ import annotations

import polars as pl

from rightcall.calls import clocks, stamps
from rightcall.calls.layout import Layout, Stamp
from rightcall.calls.stamps import Found
from rightcall.calls.timed import Timed, families, rank

PROOF = 0.99
ENOUGH_ROWS = 1_000
DEEP = 0.80


def settle(frame: pl.DataFrame, timed: dict[str, Timed], layout: Layout, found: Found, time_zone: str) -> None:
    """By which clock the call's time was written: other columns prove it, else the daily trough shows it."""
    stamp = found.stamps["received"]
    trials = {
        clock: frame.select(
            stamps.local(stamp.model_copy(update={"clock": clock}), time_zone).alias("local")
        ).to_series()
        for clock in clocks.readings(stamps.zoned(stamp))
    }
    checks = _checks(frame, timed, layout, found)
    agreement = {
        clock: {name: _agrees(when, name, column) for name, column in checks.items()} for clock, when in trials.items()
    }
    chosen = stamp.clock
    if checks:
        chosen = _proved(agreement, stamp, found)
    elif not stamps.tells_hours(stamp):
        return
    else:
        chosen = _by_trough(trials, stamp, found)
    if chosen != stamp.clock:
        for role, other in found.stamps.items():
            if other.after is None and stamps.zoned(other) == stamps.zoned(stamp):
                found.stamps[role] = other.model_copy(update={"clock": chosen})


def _checks(frame: pl.DataFrame, timed: dict[str, Timed], layout: Layout, found: Found) -> dict[str, pl.Series]:
    """Columns that say again when the call came: hour, weekday, month, year, a date of its own."""
    checks = {role: frame[name] for role, name in layout.columns.items() if role.startswith("check_")}
    used = {name for stamp in found.stamps.values() for name in stamp.names()}
    for column in timed.values():
        if (
            column.kind == "date"
            and column.name not in used
            and rank(column.name, "received") >= 0.4
            and len(families(column.formats)) == 1
        ):
            checks["date:" + column.name] = frame.select(
                clocks.naive(pl.col(column.name), tuple(column.formats)).dt.date()
            ).to_series()
    return checks


def _agrees(when: pl.Series, check: str, column: pl.Series) -> float:
    both = pl.DataFrame({"when": when, "said": column})
    said = pl.col("said")
    if check.startswith("date:"):
        told, read = said, pl.col("when").dt.date()
    elif check == "check_hour":
        hour = said.str.extract(r"^\s*(\d{1,2})", 1).cast(pl.Int64, strict=False)
        half = said.str.to_lowercase()
        told = (
            pl.when(half.str.contains("p"))
            .then(hour % 12 + 12)
            .when(half.str.contains("a"))
            .then(hour % 12)
            .otherwise(hour % 24)
        )
        read = pl.col("when").dt.hour().cast(pl.Int64)
    elif check == "check_year":
        told, read = said.cast(pl.Int64, strict=False), pl.col("when").dt.year().cast(pl.Int64)
    else:
        pattern = "%a" if check == "check_weekday" else "%b"
        told, read = (
            said.str.strip_chars().str.to_lowercase().str.slice(0, 3),
            pl.col("when").dt.strftime(pattern).str.to_lowercase(),
        )
    share = both.select((told == read).mean()).item()
    return float(share) if share is not None else 0.0


def _proved(agreement: dict[clocks.Clock, dict[str, float]], stamp: Stamp, found: Found) -> clocks.Clock:
    worst = {clock: min(shares.values()) for clock, shares in agreement.items()}
    best = max(worst, key=lambda clock: (worst[clock], clock == stamp.clock))
    names = ", ".join(name.removeprefix("check_").removeprefix("date:") for name in agreement[best])
    if worst[stamp.clock] >= PROOF or worst[best] < PROOF:
        if (
            worst[best] < PROOF
            and max(min(s.values()) for s in agreement.values()) < 0.9
            and "check_hour" in agreement[best]
        ):
            found.notes.append(
                ("clock_disagrees", {"column": stamp.column or "", "checks": names, "share": worst[best]})
            )
        return stamp.clock
    found.notes.append(
        ("clock_corrected", {"column": stamp.column or stamp.time or "", "clock": best, "checks": names,
                             "share": worst[best], "before": worst[stamp.clock]})
    )  # fmt: skip
    return best


def _by_trough(trials: dict[clocks.Clock, pl.Series], stamp: Stamp, found: Found) -> clocks.Clock:
    troughs = {clock: clocks.trough(when.dt.hour()) for clock, when in trials.items()}
    middle, depth = troughs[stamp.clock]
    rows = trials[stamp.clock].drop_nulls().len()
    if rows < ENOUGH_ROWS or depth > DEEP or clocks.in_early_morning(middle):
        return stamp.clock
    # Two readings that tell the same times, as of an offset of zero, are one.
    told = [clock for k, clock in enumerate(trials) if not any(trials[clock].equals(trials[c]) for c in [*trials][:k])]
    better = [clock for clock in told if clocks.in_early_morning(troughs[clock][0]) and troughs[clock][1] <= DEEP]
    if len(better) != 1:
        found.notes.append(("clock_shifted", {"column": stamp.column or stamp.time or "", "hour": middle}))
        return stamp.clock
    found.notes.append(
        ("clock_by_trough", {"column": stamp.column or stamp.time or "", "clock": better[0], "hour": middle,
                             "after": troughs[better[0]][0]})
    )  # fmt: skip
    return better[0]
