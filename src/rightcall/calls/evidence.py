"""Which columns are times, of what, and by which clock: decided by evidence, never by a silent habit.

Evidence is, in this order: agreement with other columns, the share that parses, the order of rows and of incident
numbers, and where the daily trough of calls falls. Where nothing decides and the choice changes results,
`MustChoose` says which line of a layout decides it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import polars as pl

from rightcall.calls import clocks, guess
from rightcall.calls.layout import Layout, Stamp
from rightcall.errors import MustChoose, Problem

PROOF = 0.99
ENOUGH_ROWS = 1_000
DEEP = 0.80

STAMP_NAMES: dict[str, tuple[str, ...]] = {
    "received": (
        r"\b(call|time|date|first|phone)?.*received\b", r"^(call|incident|event|case|cfs) ?(date ?)?time ?(stamp)?$|^calltime$|^call timestamp$",
        r"\b(time|date) ?creat|\bcreat\w* ?(date|time|on|at)|\bcreated\b", r"^(date ?time|datetime|timestamp|date time of (call|incident|event))$",
        r"\breported\b|\bphone ?pick", r"\b(call|incident|event|case|cfs|start|open\w*|begin|occurred?|from)\b.*\b(date|time)\b|\bdate ?time\b|^start$",
        r"^(date|time)$", r"\bresponse (date|time)\b", r"\b(date|time)\b",
    ),
    "entered": (r"\bent(ry|ered)\b",),
    "released": (r"\bqueue[d]?\b|\bpending\b|\breleased?\b",),
    "assigned": (r"\bfirst (disp\w*|assign\w*)\b", r"\bdisp(atch(ed)?)?\b|\bassign(ed)?\b|\bdispd\b",),
    "en_route": (r"\ben ?rou?te\b|\benroute\b|\benrt\b|\bresponding\b|\brolled\b",),
    "arrived": (r"\bfirst (arriv\w*|on ?scene)\b|\bfirst .*arriv", r"\barriv\w*\b|\barrv\b|\bon ?scene\b|\bat scene\b",),
    "cleared": (r"\blast (clear\w*|close\w*)\b", r"\bclear(ed)?\b|\bclos(e|ed|ing)\b|\bcomplet\w*\b|\bavailable\b|\bend(ed)?\b|\bfinish\w*\b",),
    "canceled": (r"\bcancel\w*\b",),
}  # fmt: skip
DURATION_NAMES: dict[str, str] = {
    "assigned": r"\b(sec|min)\w* to disp", "arrived": r"\b(sec|min)\w* to (arr|on ?scene)", "cleared": r"\b(sec|min)\w* to (clos|clear)",
}  # fmt: skip


@dataclass(frozen=True)
class Timed:
    """A column that holds times: full stamps, dates or times of day; `formats` with the share each parses."""

    name: str
    kind: str
    formats: dict[str, float]
    share: float
    zoned: bool
    half_day: bool


@dataclass
class Found:
    """The stamps decided so far, and what was noticed on the way (finding code, values)."""

    stamps: dict[str, Stamp] = field(default_factory=dict)
    notes: list[tuple[str, dict[str, object]]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def timed_columns(frame: pl.DataFrame, *, taken: set[str]) -> dict[str, Timed]:
    """Every column whose values are mostly times."""
    found = {}
    for name in frame.columns:
        if name not in taken:
            timed = _timed(frame[name])
            if timed:
                found[name] = timed
    return found


def _timed(column: pl.Series) -> Timed | None:
    values = column.drop_nulls().str.strip_chars()
    values = values.filter(~values.str.to_uppercase().is_in(("", "NA", "N/A", "NULL", "NONE")))
    if values.is_empty() or not (values.head(200).str.contains(r"\d").mean() or 0) >= 0.9:  # type: ignore[operator]
        return None
    if values.len() > 20_000:
        values = values.sample(20_000, seed=1)
    shapes = values.head(500)
    name_says = bool(
        re.search(r"time|date|dispatch|arriv|clear|receiv|enroute|hour|hrs|tm|dt", guess.words(column.name))
    )
    if (shapes.str.contains(r"^\d{9,16}(\.0*)?$").mean() or 0) > 0.9:  # type: ignore[operator]
        formats = clocks.shares(values, tuple(clocks.EPOCHS), kind="stamp")
        best = {pattern: share for pattern, share in formats.items() if share > PROOF}
        return Timed(column.name, "stamp", best, 1.0, True, False) if best and (name_says or _recent(values)) else None
    if (shapes.str.contains(r"\d[:/.-]\d|^\d{1,2}[- ][A-Za-z]{3}|^[A-Za-z]{3,9} \d|^\d{8}").mean() or 0) > 0.6:  # type: ignore[operator]
        offsets = bool((shapes.map_elements(clocks.has_offset, return_dtype=pl.Boolean).mean() or 0) > 0.9)  # type: ignore[operator]
        for kind, patterns in (
            ("stamp", _zoned(offsets)),
            ("date", clocks.DATE_FORMATS),
            ("time", clocks.TIME_FORMATS[:-2]),
        ):
            formats = clocks.shares(values, patterns, kind=kind)  # type: ignore[arg-type]
            if formats and max(formats.values()) > 0.3 and sum(_families(formats).values()) > 0.6:
                return Timed(column.name, kind, formats, max(formats.values()), offsets, _half_day(values, kind))
    if name_says and (shapes.str.contains(r"^\d{1,6}(\.0)?$").mean() or 0) > 0.9 and shapes.str.len_chars().max() >= 4:  # type: ignore[operator]
        formats = clocks.shares(values, ("%H%M", "%H%M%S"), kind="time")
        if formats and max(formats.values()) > 0.95:
            return Timed(column.name, "time", formats, max(formats.values()), False, False)
    if name_says and (shapes.str.contains(r"^\d{5}(\.\d+)?$").mean() or 0) > 0.9:  # type: ignore[operator]
        return Timed(column.name, "stamp", {clocks.EXCEL_DAYS: 1.0}, 1.0, False, False)
    return None


def _recent(values: pl.Series) -> bool:
    """Whether bare numbers would be times between 2000 and 2037, as an identity number would hardly all be."""
    numbers = values.cast(pl.Float64, strict=False).drop_nulls()
    return bool((numbers.is_between(946e6, 2.13e9) | numbers.is_between(946e9, 2.13e12)).mean() == 1.0) and (
        values.str.len_chars().n_unique() == 1
    )


def _zoned(offsets: bool) -> tuple[str, ...]:
    return tuple(f"{pattern}%z" for pattern in clocks.STAMP_FORMATS) if offsets else clocks.STAMP_FORMATS


def _order(pattern: str) -> str:
    """The order of day and month in a format: `md`, `dm`, or `plain` where a name or a leading year decides."""
    if pattern.startswith("%m"):
        return "md"
    return "dm" if pattern.startswith(("%d/%m", "%d-%m", "%d.%m")) else "plain"


def _families(formats: dict[str, float]) -> dict[str, float]:
    """The best share by order of day and month."""
    best: dict[str, float] = {}
    for pattern, share in formats.items():
        best[_order(pattern)] = max(best.get(_order(pattern), 0.0), share)
    return best


def _half_day(values: pl.Series, kind: str) -> bool:
    """Whether times of day are ambiguous: written by a 12-hour clock, with AM or PM missing on some or all."""
    if kind == "date":
        return False
    times = values.str.extract(r"(\d{1,2}):\d{2}(?::\d{2}(?:\.\d+)?)?\s*(?:[AaPp]\.?[Mm]\.?)?$", 1).cast(
        pl.Int64, strict=False
    )
    marked = values.str.contains(r"[AaPp]\.?[Mm]\.?$")
    bare = times.filter(~marked).drop_nulls()
    if bare.is_empty() or bare.max() > 12 or bare.min() < 1:  # type: ignore[operator]
        return False
    return bool(marked.any()) or (bare.len() >= 200 and bare.n_unique() == 12)


def decide(
    frame: pl.DataFrame, *, layout: Layout, time_zone: str
) -> tuple[Layout, list[tuple[str, dict[str, object]]]]:
    """Complete the stamps of `layout` from the sample `frame` (all text, with `_row`).

    Returns the completed layout and what was noticed, as (finding code, values).
    Raises `MustChoose` with every open choice at once.
    """
    found = Found(stamps=dict(layout.stamps))
    timed = timed_columns(frame.drop("_row", "_line", strict=False), taken=set(layout.uses()))
    if "received" not in found.stamps:
        _find_received(frame, timed, layout, found, time_zone)
    if not found.problems:
        _find_others(frame, timed, found)
        _settle_orders(frame, layout, found)
    if not found.problems and "received" in found.stamps and "received" not in layout.stamps:
        _settle_clock(frame, timed, layout, found, time_zone)
    if found.problems:
        raise MustChoose(found.problems)
    return layout.model_copy(update={"stamps": found.stamps}), found.notes


def _rank(name: str, role: str) -> float:
    plain = guess.words(name)
    patterns = STAMP_NAMES[role]
    for rank, pattern in enumerate(patterns):
        if re.search(pattern, plain):
            return 1 - rank / (len(patterns) + 1)
    return 0.0


def _other_event(name: str) -> bool:
    """Whether a name speaks of a later event than the call."""
    return any(_rank(name, role) for role in ("assigned", "en_route", "arrived", "cleared", "canceled"))


def _find_received(frame: pl.DataFrame, timed: dict[str, Timed], layout: Layout, found: Found, time_zone: str) -> None:
    scores: list[tuple[float, int, Stamp, bool]] = []
    order = {name: -position for position, name in enumerate(timed)}
    for name, column in timed.items():
        if column.kind == "stamp" and not _other_event(name):
            score = max(_rank(name, "received"), 0.9 * _rank(name, "entered"), 0.85 * _rank(name, "released"), 0.05)
            scores.append((score * column.share, order[name], _stamp(column), column.half_day))
    dates = [c for c in timed.values() if c.kind == "date" and not _other_event(c.name)]
    times = [c for c in timed.values() if c.kind == "time" and not _other_event(c.name)]
    if dates and times:
        date = max(dates, key=lambda c: (_rank(c.name, "received"), order[c.name]))
        time = max(times, key=lambda c: (_rank(c.name, "received"), order[c.name]))
        stamp = Stamp(date=date.name, time=time.name, date_formats=tuple(date.formats), formats=tuple(time.formats))
        scores.append((max(_rank(time.name, "received"), 0.1) * 0.99, order[time.name], stamp, time.half_day))
    elif dates and not scores:
        date = max(dates, key=lambda c: (_rank(c.name, "received"), order[c.name]))
        scores.append((0.3, 0, Stamp(column=date.name, formats=tuple(date.formats)), False))
        found.notes.append(("date_only", {"column": date.name}))
    if not scores:
        found.problems.append(
            Problem(
                "no column was recognized as the time of the call.",
                layout.source,
                'Say it in a layout:  [stamps.received]  column = "…"  (or date = "…" and time = "…").',
            )
        )
        return
    _, _, best, half_day = max(scores, key=lambda item: item[:2])
    if half_day:
        best = _whole_day(frame, best, [s for _, _, s, h in scores if not h], layout, found, time_zone) or best
    found.stamps["received"] = best


def _stamp(column: Timed) -> Stamp:
    return Stamp(column=column.name, formats=tuple(column.formats))


def _whole_day(
    frame: pl.DataFrame, half: Stamp, others: list[Stamp], layout: Layout, found: Found, time_zone: str
) -> Stamp | None:
    """A 12-hour clock without AM or PM: another column that tells the same time decides."""
    mine = digits(half)
    for other in others:
        for clock in clocks.readings(zoned(other)):
            candidate = other.model_copy(update={"clock": clock})
            theirs = local(candidate, time_zone)
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


def _find_others(frame: pl.DataFrame, timed: dict[str, Timed], found: Found) -> None:
    """The later stamps: each role takes the column whose name says it best."""
    used = {name for stamp in found.stamps.values() for name in stamp.names()}
    received = found.stamps.get("received")
    for role in ("entered", "released", "assigned", "en_route", "arrived", "cleared", "canceled"):
        if role in found.stamps:
            continue
        offers = [
            (_rank(c.name, role), -i, c)
            for i, c in enumerate(timed.values())
            if c.name not in used and c.kind != "date"
        ]
        offers = [offer for offer in offers if offer[0] > 0]
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
            own = [c for c in timed.values() if c.kind == "date" and _rank(c.name, role) > 0]
            if own:
                found.stamps[role] = Stamp(
                    date=own[0].name, time=best.name, formats=tuple(best.formats), date_formats=tuple(own[0].formats)
                )
            elif received is not None:
                found.stamps[role] = Stamp(time=best.name, formats=tuple(best.formats), after="received")


def _settle_orders(frame: pl.DataFrame, layout: Layout, found: Found) -> None:
    """Month before day, or day before month: the share that parses, then the order of rows and of numbers."""
    for role, stamp in list(found.stamps.items()):
        dated = "date_formats" if stamp.date else "formats"
        patterns = getattr(stamp, dated)
        orders = {_order(pattern) for pattern in patterns}
        if role in layout.stamps or not {"md", "dm"} <= orders:
            continue
        decided = _order_of(frame, stamp, dated, layout)
        if decided is None:
            column = stamp.date or stamp.column
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
    kept = tuple(pattern for pattern in getattr(stamp, dated) if _order(pattern) in (order, "plain"))
    return stamp.model_copy(update={dated: kept})


def _one(patterns: tuple[str, ...], order: str) -> str:
    return next(pattern for pattern in patterns if _order(pattern) == order)


def _order_of(frame: pl.DataFrame, stamp: Stamp, dated: str, layout: Layout) -> str | None:
    patterns = getattr(stamp, dated)
    column = frame[stamp.date or stamp.column or ""].drop_nulls()
    shares = {
        order: float(frame.select(clocks.naive(pl.col(column.name), [p for p in patterns if _order(p) == order])).to_series().drop_nulls().len())
        / max(column.len(), 1)
        for order in ("md", "dm")
    }  # fmt: skip
    if abs(shares["md"] - shares["dm"]) > 0.001:
        return max(shares, key=lambda order: shares[order])
    tidy = {}
    for order in ("md", "dm"):
        trial = stamp.model_copy(update={dated: tuple(p for p in patterns if _order(p) == order)})
        tidy[order] = _tidiness(frame, trial, layout)
    best = max(tidy, key=lambda order: tidy[order])
    other = "dm" if best == "md" else "md"
    return best if tidy[best] >= 0.9 and tidy[best] - tidy[other] > 0.05 else None


def _tidiness(frame: pl.DataFrame, stamp: Stamp, layout: Layout) -> float:
    """How well a reading keeps rows, or incident numbers, in order of time: 1 is perfectly."""
    when = frame.select(digits(stamp)).to_series().dt.epoch("s")
    table = pl.DataFrame({"when": when, "row": range(frame.height)})
    number = layout.columns.get("incident_number")
    best = _in_order(table["when"])
    if number:
        keyed = table.with_columns(
            frame[number].str.extract(r"(\d+)\D*$", 1).cast(pl.Int64, strict=False).alias("number")
        )
        best = max(best, _in_order(keyed.drop_nulls().sort("number")["when"]))
    return best


def _in_order(when: pl.Series) -> float:
    steps = when.drop_nulls().diff().drop_nulls()
    steps = steps.filter(steps != 0)
    if steps.len() < 20:
        return 0.0
    return max(float((steps > 0).mean() or 0), float((steps < 0).mean() or 0))  # type: ignore[arg-type]


def zoned(stamp: Stamp) -> bool:
    """Whether a stamp carries its own zone: an offset or an epoch."""
    return any(pattern.endswith("%z") or pattern in clocks.EPOCHS for pattern in stamp.formats)


def digits(stamp: Stamp) -> pl.Expr:
    """The digits of a stamp as written, from one column or from a date and a time."""
    if stamp.date and stamp.time:
        return clocks.naive(pl.col(stamp.date), stamp.date_formats) + clocks.time_of_day(
            pl.col(stamp.time), stamp.formats
        )
    return clocks.naive(pl.col(stamp.column or ""), stamp.formats)


def utc(stamp: Stamp, *, time_zone: str) -> pl.Expr:
    """A stamp → UTC by its clock."""
    shift = clocks.offset(pl.col(stamp.column)) if stamp.column and stamp.formats[0].endswith("%z") else None
    return clocks.instant(digits(stamp), clock=stamp.clock, zoned=zoned(stamp), shift=shift, time_zone=time_zone)


def local(stamp: Stamp, time_zone: str) -> pl.Expr:
    """A stamp → local digits by its clock."""
    moment = utc(stamp, time_zone=time_zone)
    return moment.dt.convert_time_zone(time_zone).dt.replace_time_zone(None)


def _settle_clock(frame: pl.DataFrame, timed: dict[str, Timed], layout: Layout, found: Found, time_zone: str) -> None:
    """By which clock the call's time was written: other columns prove it, else the daily trough shows it."""
    stamp = found.stamps["received"]
    trials = {
        clock: frame.select(local(stamp.model_copy(update={"clock": clock}), time_zone).alias("local")).to_series()
        for clock in clocks.readings(zoned(stamp))
    }
    checks = _checks(frame, timed, layout, found)
    agreement = {
        clock: {name: _agrees(when, name, column) for name, column in checks.items()} for clock, when in trials.items()
    }
    chosen = stamp.clock
    if checks:
        chosen = _proved(agreement, stamp, found)
    elif not any("%H" in p or "%I" in p or p in clocks.EPOCHS or p == clocks.EXCEL_DAYS for p in stamp.formats):
        return
    else:
        chosen = _by_trough(trials, stamp, found)
    if chosen != stamp.clock:
        for role, other in found.stamps.items():
            if other.after is None and zoned(other) == zoned(stamp):
                found.stamps[role] = other.model_copy(update={"clock": chosen})


def _checks(frame: pl.DataFrame, timed: dict[str, Timed], layout: Layout, found: Found) -> dict[str, pl.Series]:
    """Columns that say again when the call came: hour, weekday, month, year, a date of its own."""
    checks = {role: frame[name] for role, name in layout.columns.items() if role.startswith("check_")}
    used = {name for stamp in found.stamps.values() for name in stamp.names()}
    for column in timed.values():
        if (
            column.kind == "date"
            and column.name not in used
            and _rank(column.name, "received") >= 0.4
            and len(_families(column.formats)) == 1
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
    better = [clock for clock, (when, deep) in troughs.items() if clocks.in_early_morning(when) and deep <= DEEP]
    if len(better) != 1:
        found.notes.append(("clock_shifted", {"column": stamp.column or stamp.time or "", "hour": middle}))
        return stamp.clock
    found.notes.append(
        ("clock_by_trough", {"column": stamp.column or stamp.time or "", "clock": better[0], "hour": middle,
                             "after": troughs[better[0]][0]})
    )  # fmt: skip
    return better[0]
