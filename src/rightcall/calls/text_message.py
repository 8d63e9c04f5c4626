"""Rip-and-run: what many CADs print, e-mail or text when they dispatch, lines of "LABEL: value", by a stated layout.

A layout is TOML: `time_zone`, `time` (the format of times) and under `[labels]` which label stands before which value. A
label's value ends where the next label begins. What is not named is not read.
"""

from __future__ import annotations

import datetime as dt
import email
import email.policy
import email.utils
import hashlib
import itertools
import re
import tomllib
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from rightcall.calls import feed
from rightcall.calls.feed import CallMessage, FeedError

VALUES = (
    "number",
    "type",
    "place",
    "lat",
    "lon",
    "beat",
    "district",
    "priority",
    "received_at",
    "remarks",
    "callback",
    "agency",
    "units",
    "status",
)
NEEDED = ("number",)


@dataclass(frozen=True)
class TextLayout:
    """Where values stand in a text: label → value, the format of times, and their zone."""

    labels: dict[str, str]
    time: str
    time_zone: str


def read_layout(text: str) -> TextLayout:
    """Read a layout. Raises `FeedError` with what is wrong and an example."""
    example = 'time_zone = "America/New_York"\ntime = "%m/%d/%Y %H:%M:%S"\n[labels]\nnumber = "INC"\ntype = "NATURE"\nplace = "LOC"'
    try:
        content = tomllib.loads(text)
        labels = {str(name): str(label) for name, label in dict(content["labels"]).items()}
        ZoneInfo(str(content["time_zone"]))
    except (tomllib.TOMLDecodeError, KeyError, TypeError, ValueError, ZoneInfoNotFoundError) as error:
        raise FeedError(
            f"the layout cannot be read ({str(error)[:80]}).", where="layout", mend=f"Write it like this:\n{example}"
        ) from error
    stray = [name for name in labels if name not in VALUES]
    missing = [name for name in NEEDED if name not in labels]
    if stray or missing:
        what = (
            f"{', '.join(stray)} is no value that is read" if stray else f"no label is named for {', '.join(missing)}"
        )
        raise FeedError(f"{what}.", where="layout, [labels]", mend=f"The values are: {', '.join(VALUES)}.")
    return TextLayout(labels, str(content.get("time", "%m/%d/%Y %H:%M:%S")), str(content["time_zone"]))


def read_text(raw: bytes, *, layout: TextLayout, now: dt.datetime) -> CallMessage:
    """Read an e-mail or a plain text. Raises `FeedError`."""
    if len(raw) > feed.LARGEST_BYTES:
        raise FeedError(f"the message is {len(raw):,} bytes long.", mend=f"At most {feed.LARGEST_BYTES:,} are read.")
    text, sent = _text_of(raw, now)
    found = _values(text, layout)
    if not found.get("number"):
        raise FeedError(
            f"no number stands after “{layout.labels['number']}”.", mend="Check the layout against the text."
        )
    told: dict[str, Any] = {
        "message_id": f"sha256:{hashlib.sha256(raw).hexdigest()}", "sent_at": sent, **{name: found[name] for name in ("number", "agency", "type", "remarks", "callback") if found.get(name)},
    }  # fmt: skip
    place: dict[str, Any] = {"text": found["place"]} if found.get("place") else {}
    place |= {name: found[name] for name in ("lat", "lon") if found.get("lat") and found.get("lon")}
    areas = {name: found[name] for name in ("beat", "district") if found.get(name)}
    told |= {"place": place | {"areas": areas}} if place or areas else {}
    if found.get("priority"):
        digits = re.search(r"\d+", found["priority"])
        told |= {"priority": int(digits[0])} if digits else {}
    if found.get("received_at"):
        told["received_at"] = _time(found["received_at"], layout)
    word = found.get("status", "").lower()
    told |= {"event": "close"} if word.startswith("clos") else {"event": "cancel"} if word.startswith("cancel") else {}
    return feed.read_content(told, now=now)


def _text_of(raw: bytes, now: dt.datetime) -> tuple[str, dt.datetime]:
    """The text of an e-mail with the time at which it was sent; anything else is taken as text that was sent now."""
    if re.match(
        rb"(?i)(from|return-path|received|date|subject|message-id|mime-version|to|delivered-to|x-[\w-]+)[ :]",
        raw.lstrip()[:200],
    ):
        message = email.message_from_bytes(raw, policy=email.policy.default)
        body = message.get_body(preferencelist=("plain", "html"))
        text = str(body.get_content()) if body is not None else ""
        sent = email.utils.parsedate_to_datetime(str(message["date"])) if message["date"] else now
        sent = sent if sent.tzinfo else sent.replace(tzinfo=dt.UTC)
        if body is not None and body.get_content_type() == "text/html":
            text = re.sub(r"(?i)<br\s*/?>|</p>|</tr>|</div>", "\n", text)
            text = re.sub(r"<[^>]*>", " ", text)
        return text, sent
    return raw.decode("utf-8", errors="replace"), now


def _values(text: str, layout: TextLayout) -> dict[str, str]:
    """Value by name: what stands between its label and the next one."""
    by_label = {label.lower(): name for name, label in layout.labels.items()}
    labels = "|".join(re.escape(label) for label in sorted(layout.labels.values(), key=len, reverse=True))
    marks = list(re.finditer(rf"(?im)(?:^|(?<=[\s,;|]))({labels})\s*[:=#]\s*", text))
    found: dict[str, str] = {}
    for mark, after in itertools.pairwise([*marks, None]):
        assert mark is not None
        value = text[mark.end() : after.start() if after else len(text)].strip(" \t\r\n,;|")
        name = by_label[mark[1].lower()]
        found.setdefault(name, value if name == "remarks" else " ".join(value.split("\n")[0].split()))
    return found


def _time(text: str, layout: TextLayout) -> dt.datetime:
    try:
        local = dt.datetime.strptime(text, layout.time)
    except ValueError as error:
        raise FeedError(
            f"“{text[:40]}” is no time of the form {layout.time}.",
            where="received_at",
            mend="Correct `time` of the layout.",
        ) from error
    return local.replace(tzinfo=ZoneInfo(layout.time_zone))
