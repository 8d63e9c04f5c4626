"""Which columns are times, and of what: decided by evidence, never by a silent habit.

Evidence is, in this order: agreement with other columns, the share that parses, the order of rows and of incident
numbers, and where the daily trough of calls falls. Where nothing decides and the choice changes results,
`MustChoose` says which line of a layout decides it.
"""

from __future__ import annotations

import re

import polars as pl

from rightcall import tables
from rightcall.calls import clock_evidence, clocks, guess, stamps
from rightcall.calls.clock_evidence import PROOF
from rightcall.calls.layout import Layout, Stamp
from rightcall.calls.stamps import Found
from rightcall.calls.timed import Timed, order_of, other_event, rank, timed_columns
from rightcall.errors import MustChoose, Problem

DURATION_NAMES: dict[str, str] = {
    "assigned": r"\b(sec|min)\w* to disp", "arrived": r"\b(sec|min)\w* to (arr|on ?scene)", "cleared": r"\b(sec|min)\w* to (clos|clear)",
}  # fmt: skip


def decide(
    frame: pl.DataFrame, *, times: dict[str, Timed], layout: Layout, time_zone: str
) -> tuple[Layout, list[tuple[str, dict[str, object]]]]:
    """Complete the stamps of `layout` from the sample `frame` (all text, with `_row`) and its columns that hold `times`.

    Returns the completed layout and what was noticed, as (finding code, values).
    Raises `MustChoose` with every open choice at once.
    """
    found = Found(stamps=dict(layout.stamps))
    given = {role for role, stamp in layout.stamps.items() if stamp.unit or stamp.formats}
    _find_formats(frame, layout, found, given)
    times = {name: timed for name, timed in times.items() if name not in layout.uses()}
    if "received" not in found.stamps:
        _find_received(frame, times, layout, found, time_zone)
    if not found.problems:
        _find_others(frame, times, found)
        _settle_orders(frame, layout, found, given)
    dated = any(code == "date_only" for code, _ in found.notes)
    if not found.problems and "received" in found.stamps and "received" not in given and not dated:
        clock_evidence.settle(frame, times, layout, found, time_zone)
    if found.problems:
        raise MustChoose(found.problems)
    return layout.model_copy(update={"stamps": found.stamps}), found.notes


def _find_formats(frame: pl.DataFrame, layout: Layout, found: Found, given: set[str]) -> None:
    """A layout may name the columns of a time and leave open how it is written."""
    for role, stamp in layout.stamps.items():
        if role in given:
            continue
        seen = timed_columns(frame.select(list(dict.fromkeys(stamp.names()))), taken=set())
        unread = [name for name in stamp.names() if name not in seen]
        if unread:
            found.problems.append(
                Problem(
                    f"“{unread[0]}” holds no times in a format that we know.", layout.source,
                    f'Say it in the layout:  [stamps.{role}]  formats = ["%m/%d/%Y %H:%M"]',
                )
            )  # fmt: skip
            continue
        formats = {"formats": tuple(seen[stamp.time or stamp.column or ""].formats)}
        if stamp.date:
            formats["date_formats"] = tuple(seen[stamp.date].formats)
        found.stamps[role] = stamp.model_copy(update=formats)


def _find_received(frame: pl.DataFrame, times: dict[str, Timed], layout: Layout, found: Found, time_zone: str) -> None:
    scores: list[tuple[float, int, Stamp, bool]] = []
    order = {name: -position for position, name in enumerate(times)}
    for name, column in times.items():
        if column.kind == "stamp" and not other_event(name):
            score = max(rank(name, "received"), 0.9 * rank(name, "entered"), 0.85 * rank(name, "released"), 0.05)
            scores.append((score * column.share, order[name], _stamp(column), column.half_day))
    dates = [c for c in times.values() if c.kind == "date" and not other_event(c.name)]
    hours = [c for c in times.values() if c.kind == "time" and not other_event(c.name)]
    if dates and hours:
        date = max(dates, key=lambda c: (rank(c.name, "received"), order[c.name]))
        time = max(hours, key=lambda c: (rank(c.name, "received"), order[c.name]))
        stamp = Stamp(date=date.name, time=time.name, date_formats=tuple(date.formats), formats=tuple(time.formats))
        scores.append((max(rank(time.name, "received"), 0.1) * 0.99, order[time.name], stamp, time.half_day))
    elif dates and not scores:
        date = max(dates, key=lambda c: (rank(c.name, "received"), order[c.name]))
        scores.append((0.3, 0, Stamp(column=date.name, formats=tuple(date.formats)), False))
        found.notes.append(("date_only", {"column": date.name}))
    if not scores:
        found.problems.append(_unrecognized(times, layout))
        return
    _, _, best, half_day = max(scores, key=lambda item: item[:2])
    if half_day:
        best = _whole_day(frame, best, [s for _, _, s, h in scores if not h], layout, found, time_zone) or best
    found.stamps["received"] = best


def _unrecognized(times: dict[str, Timed], layout: Layout) -> Problem:
    """No time of the call: the columns that hold times are named, and on a terminal one can be picked."""
    by_kind = {kind: [c.name for c in times.values() if c.kind == kind] for kind in ("stamp", "date", "time")}
    picks: list[dict[str, str]] = [{"column": name} for name in by_kind["stamp"]]
    picks += [{"date": date, "time": time} for date in by_kind["date"] for time in by_kind["time"]]
    held = f" Columns that hold times: {', '.join(times)}." if times else ""
    return Problem(
        f"no column was recognized as the time of the call.{held}",
        layout.source,
        'Say it in a layout:  [stamps.received]  column = "…"  (or date = "…" and time = "…").',
        options=tuple((" + ".join(pick.values()), {"stamps": {"received": pick}}) for pick in picks),
    )


def _stamp(column: Timed) -> Stamp:
    return Stamp(column=column.name, formats=tuple(column.formats))


def _whole_day(
    frame: pl.DataFrame, half: Stamp, others: list[Stamp], layout: Layout, found: Found, time_zone: str
) -> Stamp | None:
    """A 12-hour clock without AM or PM: another column that tells the same time decides."""
    mine = stamps.digits(half)
    for other in others:
        for clock in clocks.readings(stamps.zoned(other)):
            candidate = other.model_copy(update={"clock": clock})
            theirs = stamps.local(candidate, time_zone)
            apart = ((mine - theirs).dt.total_seconds() % 43_200).alias("apart")
            agree = frame.select((apart <= 60) | (apart >= 43_140)).to_series().drop_nulls()
            if agree.len() and agree.mean() >= PROOF:  # type: ignore[operator]
                found.notes.append(
                    ("half_day_clock", {"column": " + ".join(half.names()), "other": " + ".join(other.names()),
                                        "share": float(agree.mean())})  # type: ignore[arg-type]
                )  # fmt: skip
                why = f"{' + '.join(half.names())} lacks AM or PM on some rows; this column tells the same time"
                return candidate.model_copy(update={"why": why})
    names = " + ".join(half.names())
    found.problems.append(
        Problem(
            f"“{names}” is written by a 12-hour clock, and AM or PM is missing; no other column tells the time.",
            layout.source,
            f"If it is a 24-hour clock after all, say so in a layout:  [stamps.received]  {_toml(half)}",
            options=(("it is a 24-hour clock", {"stamps": {"received": half.model_dump(exclude_defaults=True)}}),),
        )
    )
    return None


def _toml(stamp: Stamp) -> str:
    parts = {"column": stamp.column, "date": stamp.date, "time": stamp.time}
    return "  ".join(f'{key} = "{value}"' for key, value in parts.items() if value) + '  formats = ["%H:%M:%S"]'


def _find_others(frame: pl.DataFrame, times: dict[str, Timed], found: Found) -> None:
    """The later stamps: each role takes the column whose name says it best."""
    used = {name for stamp in found.stamps.values() for name in stamp.names()}
    received = found.stamps.get("received")
    for role in ("entered", "released", "assigned", "en_route", "arrived", "cleared", "canceled"):
        if role in found.stamps:
            continue
        offers = [
            (rank(c.name, role), -i, c) for i, c in enumerate(times.values())
            if c.name not in used and c.kind != "date" and rank(c.name, role) > 0 and _follows(frame, c, received)
        ]  # fmt: skip
        duration = next(
            (n for n in frame.columns if role in DURATION_NAMES and re.search(DURATION_NAMES[role], guess.words(n))),
            None,
        )
        if duration and not offers:
            unit = "seconds" if "sec" in guess.words(duration) else "minutes"
            found.stamps[role] = Stamp(column=duration, after="received", unit=unit)
            used.add(duration)
        if not offers:
            continue
        best = max(offers, key=lambda offer: offer[:2])[2]
        used.add(best.name)
        if best.kind == "stamp":
            found.stamps[role] = _stamp(best)
        else:
            own = [c for c in times.values() if c.kind == "date" and rank(c.name, role) > 0]
            if own:
                found.stamps[role] = Stamp(
                    date=own[0].name, time=best.name, formats=tuple(best.formats), date_formats=tuple(own[0].formats)
                )
            elif received is not None:
                found.stamps[role] = Stamp(time=best.name, formats=tuple(best.formats), after="received")


def _follows(frame: pl.DataFrame, column: Timed, received: Stamp | None) -> bool:
    """Whether times of day lie after the call on nearly all rows; those of a duration (0:07:12) lie anywhere."""
    if column.kind != "time" or received is None or not stamps.tells_hours(received):
        return True
    told = clocks.time_of_day(pl.col(column.name), tuple(column.formats))
    start = stamps.digits(received)
    wait = (told - (start - start.dt.truncate("1d"))).dt.total_minutes() % 1440
    share = frame.select((wait < 720).mean()).item()
    return share is None or share >= 0.9


def _settle_orders(frame: pl.DataFrame, layout: Layout, found: Found, given: set[str]) -> None:
    """Month before day, or day before month: the share that parses, then the order of rows and of numbers."""
    of_file: str | None = None
    by_number = _by_number(frame, layout)
    for role, stamp in list(found.stamps.items()):
        dated = "date_formats" if stamp.date else "formats"
        patterns = getattr(stamp, dated)
        orders = {order_of(pattern) for pattern in patterns}
        if role in given or not {"md", "dm"} <= orders:
            continue
        # One export writes all its dates in one order.
        of_file = decided = _order_of(frame, stamp, dated, by_number) or of_file
        if decided is None:
            column = stamp.date or stamp.column or ""
            example = frame[column].drop_nulls().head(1).to_list()
            found.problems.append(
                Problem(
                    f"“{column}” ({example[0] if example else ''}) can be month/day or day/month, and nothing decides.",
                    layout.source,
                    f'Say it in a layout:  [stamps.{role}]  column = "{column}"  formats = ["{_one(patterns, "md")}"]'
                    f'  (or "{_one(patterns, "dm")}").',
                    options=tuple(
                        (told, {"stamps": {role: _kept(stamp, dated, order).model_dump(exclude_defaults=True)}})
                        for told, order in (("month/day", "md"), ("day/month", "dm"))
                    ),
                )
            )
            continue
        found.stamps[role] = _kept(stamp, dated, decided)


def _kept(stamp: Stamp, dated: str, order: str) -> Stamp:
    """The stamp with only the formats of one order of day and month."""
    kept = tuple(pattern for pattern in getattr(stamp, dated) if order_of(pattern) in (order, "plain"))
    return stamp.model_copy(update={dated: kept})


def _one(patterns: tuple[str, ...], order: str) -> str:
    return next(pattern for pattern in patterns if order_of(pattern) == order)


def _order_of(frame: pl.DataFrame, stamp: Stamp, dated: str, by_number: pl.Series | None) -> str | None:
    patterns = getattr(stamp, dated)
    column = frame[stamp.date or stamp.column or ""].drop_nulls()
    shares = {
        order: float(frame.select(clocks.naive(pl.col(column.name), [p for p in patterns if order_of(p) == order])).to_series().drop_nulls().len())
        / max(column.len(), 1)
        for order in ("md", "dm")
    }  # fmt: skip
    if abs(shares["md"] - shares["dm"]) > 0.001:
        return max(shares, key=lambda order: shares[order])
    tidy = {}
    for order in ("md", "dm"):
        trial = stamp.model_copy(update={dated: tuple(p for p in patterns if order_of(p) == order)})
        tidy[order] = _tidiness(frame, trial, by_number)
    best, other = sorted(tidy, key=lambda order: (tidy[order][0], -tidy[order][1]), reverse=True)
    # Rows in order of time pass from day to day; in the wrong reading they leap from month to month.
    clearly = tidy[best][0] - tidy[other][0] > 0.05
    closely = tidy[best][1] * 5 <= tidy[other][1]
    return best if tidy[best][0] >= 0.9 and (clearly or closely) else None


def _by_number(frame: pl.DataFrame, layout: Layout) -> pl.Series | None:
    """The places of the rows in the order of incident numbers; None where there are none."""
    column = layout.columns.get("incident_number")
    if column is None:
        return None
    serial = frame[column].str.extract(r"(\d+)\D*$", 1).cast(pl.Int64, strict=False)
    return serial.arg_sort(nulls_last=True).head(serial.count())


def _tidiness(frame: pl.DataFrame, stamp: Stamp, by_number: pl.Series | None) -> tuple[float, float]:
    """How well a reading keeps rows, or incident numbers, in order of time (1 is perfectly); the usual step in days."""
    when = frame.select(stamps.digits(stamp).dt.date().alias("day"))["day"]
    return _in_order(when) if by_number is None else max(_in_order(when), _in_order(when.gather(by_number)))


def _in_order(days: pl.Series) -> tuple[float, float]:
    steps = days.drop_nulls().diff().dt.total_days().drop_nulls()
    steps = steps.filter(steps != 0)
    if steps.len() < 3:
        return 0.0, 0.0
    forward = tables.real((steps > 0).mean())
    return max(forward, 1 - forward), tables.real(steps.abs().median())
