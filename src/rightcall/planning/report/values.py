"""Values inside sentences, in the reader's language: facts, stamps, dates, months, reasons.

Findings are also read back from findings.json, so their values are plain text; here they become what words can say.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

from rightcall.locale import N_, Message

# Values that are names of ours and are translated by name; all others are the city's own words.
NAMES = ("basis", "clock", "earlier", "fact", "later", "stamp")
CHECKS = ("hour", "weekday", "month", "year")
MONTHS = (
    N_("Jan"), N_("Feb"), N_("Mar"), N_("Apr"), N_("May"), N_("Jun"),
    N_("Jul"), N_("Aug"), N_("Sep"), N_("Oct"), N_("Nov"), N_("Dec"),
)  # fmt: skip
FIELDS = re.compile(r"(\d+) fields where the header has (\d+)")


def worded(message: Message) -> Message:
    """The sentence with values that can be said in every language."""
    return Message(message.message, {name: _value(name, value) for name, value in message.values.items()})


def _value(name: str, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    if name in NAMES:
        return _named(value)
    if name in ("first", "last", "days", "months"):
        return [_date(part) for part in value.split(", ")]
    if name == "checks":
        return [_named(part) if part in CHECKS else part for part in value.split(", ")]
    if name == "reasons":
        return [_reason(part) for part in value.split("; ")]
    return value


def _date(text: str) -> Any:
    """`2025-02-14` or `Feb 2025 (26/28)`; anything else stays."""
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return dt.date.fromisoformat(text)
    month, _, rest = text.partition(" ")
    if month not in MONTHS:
        return text
    return Message(N_("{month} {rest}"), {"month": Message(month), "rest": rest})


def _reason(text: str) -> Any:
    """`an open quote: 3`, `5 fields where the header has 4: 12`."""
    reason, _, n = text.rpartition(": ")
    if not reason:
        return text
    fields = FIELDS.fullmatch(reason)
    said = _named(reason)
    if fields:
        said = Message(N_("{n} fields where the header has {width}"), {"n": int(fields[1]), "width": int(fields[2])})
    return Message(N_("{reason}: {n}"), {"reason": said, "n": int(n) if n.isdigit() else n})


def _named(text: str) -> Message | str:
    """A name that is in the catalog; what holds braces is none of ours."""
    return Message(text.replace("_", " ")) if text and "{" not in text else text
