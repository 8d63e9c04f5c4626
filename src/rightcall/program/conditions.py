"""The condition language of rules: a small tree, parsed once and checked against the columns of calls.

A condition is a table. Its entries must all hold; `any` and `and_any` hold lists of which one must hold.

    { family = ["suicide"], weapon = true }                a fact, or one of several words
    { any = [{ weapon = true }, { violence = true }] }     one of
    { not = { place_kind = "private residence" } }         the opposite
    { unknown = ["weapon"] }                               nobody knows
    { type = ["121D*", "*WPN*"] }                          the city's own words, * for any letters
    { priority = { at_least = 3 } }                        less urgent than 2
    { area = { beat = ["1", "2"] } }                       a place, by layer
    { hours = { from = "22:00", to = "06:00" } }           local time, may pass midnight
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from rapidfuzz import process

from rightcall.calls.columns import AREA_LAYERS, CATEGORIES, FACTS
from rightcall.calls.families import FAMILIES

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
DAYS = {
    "daily": WEEKDAYS, "weekdays": WEEKDAYS[:5], "weekends": WEEKDAYS[5:], **{day: (day,) for day in WEEKDAYS},
}  # fmt: skip
WORDS: dict[str, tuple[str, ...]] = {"family": tuple(FAMILIES), **{k: tuple(v) for k, v in CATEGORIES.items()}}
LAYERS = {name.removeprefix("area_"): name for name in AREA_LAYERS}
JOINTS = ("any", "and_any", "all", "not", "unknown", "type", "priority", "area", "hours")


@dataclass(frozen=True)
class Is:
    """A column has one of the values; unknown where the column is null."""

    column: str
    values: tuple[bool | str | int, ...]


@dataclass(frozen=True)
class Between:
    """A number lies between two bounds, both included; unknown where the column is null."""

    column: str
    low: int
    high: int


@dataclass(frozen=True)
class Matches:
    """The city's own words match a pattern with `*`; unknown where there are none."""

    column: str
    patterns: tuple[str, ...]


@dataclass(frozen=True)
class Unknown:
    """Nobody knows the fact. Never unknown itself."""

    column: str


@dataclass(frozen=True)
class Within:
    """Local time lies in the half-open interval, on one of the days (of its beginning). The clock is always known."""

    start: dt.time
    end: dt.time
    days: tuple[str, ...]


@dataclass(frozen=True)
class All:
    """Every part holds. With no parts: true."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True)
class Any_:
    """At least one part holds. With no parts: false."""

    parts: tuple[Condition, ...]


@dataclass(frozen=True)
class Not:
    """The part does not hold; unknown stays unknown."""

    part: Condition


# A priority without an upper or a lower bound.
LEAST, MOST = -(2**31), 2**31 - 1
Condition = Is | Between | Matches | Unknown | Within | All | Any_ | Not
Fault = tuple[str, str, str]
# Stands where a part could not be understood: unknown of every call, so that no second fault follows from it.
FAULTY = Is("", ())


def parse(document: Any, *, key: str) -> tuple[Condition, list[Fault]]:
    """A condition from its document. Returns it with every fault found: (key, what is wrong, how to mend it)."""
    faults: list[Fault] = []
    return _table(document, key, faults), faults


def _table(document: Any, key: str, faults: list[Fault]) -> Condition:
    if not isinstance(document, dict):
        faults.append((key, "is not a condition.", "Write a table such as { weapon = true }."))
        return FAULTY
    parts = [_entry(name, value, f"{key}.{name}", faults) for name, value in document.items()]
    return parts[0] if len(parts) == 1 else All(tuple(parts))


def _entry(name: str, value: Any, key: str, faults: list[Fault]) -> Condition:
    if name in ("any", "and_any", "all"):
        if not isinstance(value, list) or not value:
            faults.append((key, "must be a list of conditions.", f"Write {name} = [{{ … }}, {{ … }}]."))
            return FAULTY
        parts = tuple(_table(part, f"{key}[{i}]", faults) for i, part in enumerate(value, start=1))
        return All(parts) if name == "all" else Any_(parts)
    if name == "not":
        return Not(_table(value, key, faults))
    if value == []:
        faults.append((key, "names nothing.", "Write at least one word, or remove it."))
        return FAULTY
    if name == "unknown":
        columns = [_column(fact, key, faults) for fact in _listed(value)]
        return _one([Unknown(column) for column in columns if column])
    if name == "type":
        return Matches("first_type", tuple(str(pattern) for pattern in _listed(value)))
    if name == "priority":
        return _priority(value, key, faults)
    if name == "area":
        return _area(value, key, faults)
    if name == "hours":
        return _hours(value, key, faults)
    return _fact(name, value, key, faults)


def _one(parts: list[Condition] | list[Unknown]) -> Condition:
    return parts[0] if len(parts) == 1 else All(tuple(parts))


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def nearest(word: str, known: Iterator[str] | tuple[str, ...] | list[str]) -> str:
    """A hint with the nearest known word, or the list of them."""
    words = list(known)
    best = process.extractOne(word, words, score_cutoff=60)
    return f"Did you mean “{best[0]}”?" if best else f"Known: {', '.join(words)}."


def named(key: str, names: Iterable[str], known: list[str], what: str) -> Iterator[Fault]:
    """A fault for every name that nothing of the program stands behind."""
    for name in names:
        if name not in known:
            yield key, f"names “{name}”, which is no {what} of this program.", nearest(name, known) if known else ""


def twice(kind: str, names: list[str], key: str) -> Iterator[Fault]:
    """A fault for every name that is used again."""
    for i, name in enumerate(names, start=1):
        if name in names[: i - 1]:
            yield f"{kind}[{i}].{key}", f"“{name}” is used twice.", "Give each its own."


def _column(name: Any, key: str, faults: list[Fault]) -> str | None:
    if name in FACTS or name in WORDS:
        return str(name)
    faults.append((key, f"speaks of “{name}”, which is no fact of a call.", nearest(str(name), [*FACTS, *WORDS])))
    return None


def _fact(name: str, value: Any, key: str, faults: list[Fault]) -> Condition:
    if name in FACTS:
        if not isinstance(value, bool):
            faults.append((key, f"must be true or false, not {value!r}.", 'For "nobody knows" write unknown = [...].'))
            return FAULTY
        return Is(name, (value,))
    if name in WORDS:
        wrong = [word for word in _listed(value) if word not in WORDS[name]]
        faults.extend(
            (key, f"“{word}” is no {name.replace('_', ' ')}.", nearest(str(word), WORDS[name])) for word in wrong
        )
        return Is(name, tuple(word for word in _listed(value) if word not in wrong))
    faults.append((key, f"“{name}” is no fact of a call.", nearest(name, [*FACTS, *WORDS, *JOINTS])))
    return FAULTY


def _priority(value: Any, key: str, faults: list[Fault]) -> Condition:
    bounds = value if isinstance(value, dict) and value and set(value) <= {"at_least", "at_most"} else None
    levels = _listed(value) if bounds is None else list(bounds.values())
    if not all(isinstance(level, int) and not isinstance(level, bool) for level in levels):
        faults.append((key, "must be whole numbers, 1 the most urgent.", "Write [1, 2] or { at_least = 3 }."))
        return FAULTY
    if bounds is not None:
        return Between("initial_priority", bounds.get("at_least", LEAST), bounds.get("at_most", MOST))
    return Is("initial_priority", tuple(levels))


def _area(value: Any, key: str, faults: list[Fault]) -> Condition:
    if not isinstance(value, dict) or not value:
        faults.append((key, "must name a layer.", f'Write {{ beat = ["1"] }}. Layers: {", ".join(LAYERS)}.'))
        return FAULTY
    parts: list[Condition] = []
    for layer, names in value.items():
        if layer not in LAYERS:
            faults.append((key, f"“{layer}” is no layer of areas.", nearest(layer, list(LAYERS))))
            continue
        if names == []:
            faults.append((key, f"names no {layer}.", "Write at least one name, or remove it."))
        parts.append(Is(LAYERS[layer], tuple(str(name) for name in _listed(names))))
    return _one(parts)


def clock(text: Any) -> dt.time | None:
    """`"09:00"` → a time of day; `"24:00"` is midnight. None where it is not one."""
    try:
        time = dt.time(0) if text == "24:00" else dt.time.fromisoformat(text)
    except (ValueError, TypeError):
        return None
    return time if time.tzinfo is None else None


def _hours(value: Any, key: str, faults: list[Fault]) -> Condition:
    if not isinstance(value, dict) or not set(value) <= {"from", "to", "days"}:
        faults.append((key, "must be a table.", 'Write { from = "22:00", to = "06:00", days = "weekdays" }.'))
        return FAULTY
    start, end = clock(value.get("from", "00:00")), clock(value.get("to", "24:00"))
    if start is None or end is None:
        faults.append((key, "has a time that cannot be read.", 'Write times as "09:00".'))
        return FAULTY
    days = days_of(value.get("days", "daily"), key, faults)
    return Within(start, end, days)


def days_of(value: Any, key: str, faults: list[Fault]) -> tuple[str, ...]:
    """Day words → weekday names; what is no day word becomes a fault."""
    found: list[str] = []
    if not _listed(value):
        faults.append((key, "names no day.", 'Write a day, "weekdays", "weekends" or "daily".'))
    for word in _listed(value):
        if word in DAYS:
            found += [day for day in DAYS[word] if day not in found]
        else:
            faults.append((key, f"“{word}” is no day.", nearest(str(word), list(DAYS))))
    return tuple(found)


def leaves(condition: Condition) -> Iterator[Is | Between | Matches | Unknown | Within]:
    """Every leaf of a condition, in order."""
    if isinstance(condition, (All, Any_)):
        for part in condition.parts:
            yield from leaves(part)
    elif isinstance(condition, Not):
        yield from leaves(condition.part)
    else:
        yield condition


def columns(condition: Condition) -> tuple[str, ...]:
    """The columns of calls that a condition speaks of."""
    return tuple(dict.fromkeys(leaf.column for leaf in leaves(condition) if not isinstance(leaf, Within)))


def truth(condition: Condition, call: dict[str, Any]) -> bool | None:
    """True, false or unknown (None) for one call, a plain mapping; `local_time` is its local datetime.

    Kleene's strong three-valued logic (Kleene 1952, section 64). The columnar form is in `triage.rules`.
    """
    match condition:
        case All(parts):
            values = [truth(part, call) for part in parts]
            return False if False in values else (None if None in values else True)
        case Any_(parts):
            values = [truth(part, call) for part in parts]
            return True if True in values else (None if None in values else False)
        case Not(part):
            value = truth(part, call)
            return None if value is None else not value
        case Unknown(column):
            return call.get(column) is None
        case Within(start, end, days):
            return within(call["local_time"], start, end, days)
    known = call.get(condition.column)
    if known is None:
        return None
    match condition:
        case Is(_, options):
            return known in options
        case Between(_, low, high):
            return bool(low <= known <= high)
        case Matches(_, patterns):
            return any(glob_matches(pattern, known) for pattern in patterns)


def glob_matches(pattern: str, word: str) -> bool:
    """Whether a word matches a pattern in which `*` stands for any letters; case does not matter."""
    return re.fullmatch(glob_as_regex(pattern), word, re.IGNORECASE | re.DOTALL) is not None


def glob_as_regex(pattern: str) -> str:
    """A pattern with `*` as a regular expression that Python and Polars both read."""
    return ".*".join(re.escape(piece) for piece in pattern.split("*"))


def within(local: dt.datetime, start: dt.time, end: dt.time, days: tuple[str, ...]) -> bool:
    """Whether a local time lies in a daily interval that may pass midnight; after midnight the day before counts."""
    moment, day = local.time(), WEEKDAYS[local.weekday()]
    yesterday = WEEKDAYS[(local.weekday() - 1) % 7]
    if start < end:
        return day in days and start <= moment < end
    return (day in days and moment >= start) or (yesterday in days and moment < end)
