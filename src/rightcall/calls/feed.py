"""One live message about a call: what it may say, and how it is read.

A message says what the sender knows now; what it leaves out is not said, and `null` is said to be unknown. Messages come
at least once, in any order: `message_id` and `sent_at` make their effect happen once and in the sender's order.
"""

from __future__ import annotations

import datetime as dt
import functools
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any, Literal

import polars as pl
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from rightcall.calls.columns import AGE_BANDS, AREA_LAYERS, CALLERS, FACTS, ORIGINS, PLACE_KINDS, REQUESTERS, Calls
from rightcall.errors import Problem, RightcallError
from rightcall.locale import Message

LARGEST_BYTES = 1_000_000
DEEPEST = 100
# A clock that is this far ahead is wrong, and would hold up everything that comes after.
MOST_AHEAD = dt.timedelta(minutes=5)
OLDEST = dt.timedelta(days=30)
OLDEST_STAMP = dt.timedelta(days=366)
LAYERS = [name.removeprefix("area_") for name in AREA_LAYERS]

Line = Annotated[str, Field(max_length=200)]
Short = Annotated[str, Field(max_length=60)]
Id = Annotated[str, Field(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f]+$")]


class FeedError(RightcallError):
    """A message that cannot be read. Nothing of it takes effect."""


def _words(words: list[Any]) -> dict[str, Any]:
    return {"enum": words}


def _names(words: Iterable[str]) -> dict[str, Any]:
    return {"propertyNames": {"enum": list(words)}}


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Place(_Part):
    """Where it is: in words, as a point in degrees, in the city's areas."""

    text: Annotated[str, Field(max_length=500)] | None = None
    kind: str | None = Field(None, json_schema_extra=_words([*PLACE_KINDS, None]))
    lat: Annotated[float, Field(ge=-90, le=90, allow_inf_nan=False)] | None = None
    lon: Annotated[float, Field(ge=-180, le=180, allow_inf_nan=False)] | None = None
    areas: dict[str, Short] = Field(
        default_factory=dict,
        json_schema_extra=_names(LAYERS),
    )


class Told(_Part):
    """Somebody told the center of it: one more report."""

    at: AwareDatetime
    channel: str = Field("911", json_schema_extra=_words(ORIGINS))
    transferred_from: Line | None = None
    transferred_to: Line | None = None


class UnitNow(_Part):
    """What one unit of any service did on the call, as far as CAD knows."""

    service: Literal["police", "ems", "fire", "ours"]
    unit: Short
    assigned_at: AwareDatetime | None = None
    en_route_at: AwareDatetime | None = None
    staged_at: AwareDatetime | None = None
    arrived_at: AwareDatetime | None = None
    transport_at: AwareDatetime | None = None
    destination_at: AwareDatetime | None = None
    cleared_at: AwareDatetime | None = None
    canceled_at: AwareDatetime | None = None
    outcome: Line | None = None


class CallMessage(_Part):
    """One message about one call."""

    message_id: Annotated[str, Field(min_length=1, max_length=200)]
    sent_at: AwareDatetime
    event: Literal["call", "close", "cancel", "reopen", "merge", "split"] = "call"
    agency: Annotated[str, Field(max_length=60)] = ""
    number: Id
    other_number: Id | None = Field(None, description="the call that this one is merged into, or was split from")
    received_at: AwareDatetime | None = None
    entered_at: AwareDatetime | None = None
    released_at: AwareDatetime | None = None
    type: Line | None = Field(None, description="the city's own word")
    determinant: Short | None = Field(
        None, description="the code of a licensed protocol (EMD, EPD), mapped like a type"
    )
    family: Short | None = Field(None, description="only where the sender knows ours; else the word decides")
    priority: Annotated[int, Field(ge=1, le=99)] | None = None
    origin: str | None = Field(None, json_schema_extra=_words([*ORIGINS, None]))
    requested_by: str | None = Field(None, json_schema_extra=_words([*REQUESTERS, None]))
    caller: str | None = Field(None, json_schema_extra=_words([*CALLERS, None]))
    age_band: str | None = Field(None, json_schema_extra=_words([*AGE_BANDS, None]))
    language: Annotated[str, Field(max_length=35)] | None = None
    callback: Annotated[str, Field(max_length=80)] | None = None
    place: Place | None = None
    facts: dict[str, bool | None] = Field(default_factory=dict, json_schema_extra=_names(FACTS))
    remarks: Annotated[str, Field(max_length=20_000)] | None = None
    reports: tuple[Told, ...] = Field((), max_length=50)
    units: tuple[UnitNow, ...] = Field((), max_length=100)
    disposition: Annotated[str, Field(max_length=80)] | None = None
    closed_reason: Line | None = None
    happened_at: AwareDatetime | None = Field(None, description="when it was so, where that is not `sent_at`")

    @property
    def at(self) -> dt.datetime:
        """When what it says was so."""
        return self.happened_at or self.sent_at

    @property
    def stamp(self) -> str:
        """By which what it says is held against what others say."""
        return stamp(self.sent_at, self.message_id)


def stamp(at: dt.datetime, ident: str = "") -> str:
    """A time as text that sorts; of two things said at once the ids decide, whichever came first, and a person's word last."""
    mark = hashlib.blake2s(ident.encode(), digest_size=4).hexdigest() if ident else "~"
    return f"{at.astimezone(dt.UTC).isoformat(timespec='microseconds')} {mark}"


def known_facts(
    *, told: Mapping[str, bool | None], said: Mapping[str, str], meant: Iterable[tuple[str, Mapping[str, bool | None]]]
) -> dict[str, bool]:
    """The facts that hold: what was said of each, else what the city's words mean. A hazard that a word tells holds against
    what was said before it. `told`: fact → what was said last, at the stamp `said["facts." + fact]`; `meant`: of each word
    its stamp and fact → what it means.
    """
    known = {name: value for name, value in told.items() if value is not None}
    for at, facts in sorted(meant, key=lambda word: word[0]):
        for name, value in facts.items():
            hazard = FACTS[name].kind == "hazard"
            if value is None or (name in told and not (value and hazard and said[f"facts.{name}"] < at)):
                continue
            known[name] = value or (hazard and known.get(name, False))
    return known


# Values that are words of a list, and the list.
LISTS = {"origin": ORIGINS, "requested_by": REQUESTERS, "caller": CALLERS, "age_band": AGE_BANDS}


def read_json(raw: bytes, *, now: dt.datetime) -> CallMessage:
    """Read a message of our JSON API. Raises `FeedError` with everything that is wrong with it."""
    return read_content(load(raw), now=now)


def load(raw: bytes) -> Any:
    """JSON that is not too large, too deep, or not JSON. Raises `FeedError`."""
    if len(raw) > LARGEST_BYTES:
        raise FeedError(
            Message("the message is {n} bytes long.", {"n": len(raw)}),
            mend=Message("At most {n} are read.", {"n": LARGEST_BYTES}),
        )
    depth = deepest = 0
    for byte in raw:
        depth += (byte in b"[{") - (byte in b"]}")
        deepest = max(deepest, depth)
    if deepest > DEEPEST:
        raise FeedError(Message("the message is nested too deeply."), mend=Message("Send one call a message."))
    try:
        return json.loads(raw.decode("utf-8"), parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise FeedError(
            Message("this is not JSON ({why}).", {"why": str(error)[:120]}),
            mend=Message("Send one JSON object, UTF-8."),
        ) from error


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no number")


def read_content(content: Any, *, now: dt.datetime) -> CallMessage:
    """The same of what was parsed already."""
    try:
        message = CallMessage.model_validate(content)
    except ValidationError as error:
        raise FeedError([_problem(fault) for fault in error.errors()[:20]]) from error
    problems = list(_faults(message, now))
    if problems:
        raise FeedError(problems)
    return message


def _problem(fault: Any) -> Problem:
    where = ".".join(str(part) for part in fault["loc"])
    given = fault["type"] == "extra_forbidden"
    return Problem(Message("nothing is known of that name.") if given else Message("{why}.", {"why": fault["msg"].lower()}), where, Message("See the schema of the message at /api/openapi.json."))  # fmt: skip


def _faults(message: CallMessage, now: dt.datetime) -> Iterator[Problem]:
    if "\x00" in message.model_dump_json().encode("utf-8", "replace").decode("utf-8").replace("\\u0000", "\x00"):
        yield Problem(Message("a text holds a NUL letter."), "message", Message("Leave control letters out."))
    for name, values in LISTS.items():
        yield from _not_in(getattr(message, name), values, name)
    for name in message.facts:
        yield from _not_in(name, FACTS, f"facts.{name}")
    for number, told in enumerate(message.reports):
        yield from _not_in(told.channel, ORIGINS, f"reports.{number}.channel")
    if message.place is not None:
        yield from _place_faults(message.place)
    if message.event in ("merge", "split") and message.other_number is None:
        yield Problem(
            Message("a {event} needs the other call.", {"event": Message(message.event)}),
            "other_number",
            Message("Send its number."),
        )
    if message.other_number == message.number:
        yield Problem(
            Message("a call is not another call than itself."), "other_number", Message("Send the number of the other.")
        )
    for name, at in _times(message):
        if at > now + MOST_AHEAD:
            yield Problem(Message("{at} has not come yet; here it is {now}.", {"at": at.isoformat(timespec="seconds"), "now": now.isoformat(timespec="seconds")}), name, Message("Set the sender's clock."))  # fmt: skip
        elif at < (now - OLDEST if name == "sent_at" else now - OLDEST_STAMP):
            yield Problem(Message("{at} is too long ago.", {"at": at.isoformat(timespec="seconds")}), name, Message("Read old calls with `rightcall read`."))  # fmt: skip


def _place_faults(place: Place) -> Iterator[Problem]:
    yield from _not_in(place.kind, PLACE_KINDS, "place.kind")
    for layer in place.areas:
        yield from _not_in(layer, LAYERS, f"place.areas.{layer}")
    if (place.lat is None) != (place.lon is None):
        yield Problem(Message("a point needs both."), "place.lat, place.lon", Message("Send both, or neither."))


def _not_in(value: str | None, words: Iterable[str], where: str) -> Iterator[Problem]:
    if value is not None and value not in words:
        yield Problem(
            Message("“{value}” is not in the list.", {"value": value[:60]}),
            where,
            Message("It is one of: {list}.", {"list": list(words)}),
        )


def _times(message: CallMessage) -> Iterator[tuple[str, dt.datetime]]:
    for name in ("sent_at", "received_at", "entered_at", "released_at", "happened_at"):
        if (at := getattr(message, name)) is not None:
            yield name, at
    for number, told in enumerate(message.reports):
        yield f"reports.{number}.at", told.at
    for number, unit in enumerate(message.units):
        for name in UnitNow.model_fields:
            if name.endswith("_at") and (at := getattr(unit, name)) is not None:
                yield f"units.{number}.{name}", at


def one_row(values: dict[str, Any]) -> pl.DataFrame:
    """A calls table with one row; what is not given is unknown. Raises `KeyError` for what is no column of calls."""
    schema = _schema()
    if stray := values.keys() - schema.keys():
        raise KeyError(f"no column of calls: {sorted(stray)}")
    known = {"source_file": "live", "source_row": 1} | values
    return pl.DataFrame([[known.get(name) for name in schema]], schema=schema, orient="row")


@functools.cache
def _schema() -> dict[str, Any]:
    # Building it costs more than deciding the call.
    return Calls.polars_schema()
