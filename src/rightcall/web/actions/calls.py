"""What the center is told of a call: received, changed, merged, closed; exactly once, in the sender's order."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.db import transaction

from rightcall.calls import feed
from rightcall.calls.columns import FACTS
from rightcall.calls.feed import CallMessage, Place
from rightcall.dispatch import outcomes, status
from rightcall.locale import Message
from rightcall.triage import rules
from rightcall.web.access import By, Conflict, Missing
from rightcall.web.actions import deciding, mirror, trail
from rightcall.web.models import Call, Change, Report, Response
from rightcall.web.models.calls import CENTER
from rightcall.web.models.responses import GOING
from rightcall.web.queries import calls as calls_of
from rightcall.web.queries import programs
from rightcall.web.queries.programs import InForce

PLAIN = (
    "entered_at",
    "released_at",
    "priority",
    "origin",
    "requested_by",
    "caller",
    "age_band",
    "language",
    "callback",
    "determinant",
    "remarks",
    "closed_reason",
)
EVENTS = {
    "close": ("state",),
    "cancel": ("state",),
    "reopen": ("state", "merge"),
    "merge": ("merge",),
    "split": ("merge",),
}
# What a message may change without a row of `Change`.
QUIET = {"said", "told", "facts", "first_type", "on_line", "in_cad", "heard_at"}


ENDED = {"close": "closed", "cancel": "canceled"}
# What an end, or the taking back of one, changes; the owner is changed by those who take over.
STATE = ("state", "closed_at", "disposition", "merged_into", "reopened", "said")


@transaction.atomic(savepoint=False)
def receive(message: CallMessage, *, by: By, at: dt.datetime, in_cad: bool) -> Call:
    """Take in one message about a call: make the call, or change what is newer; decide again where that can matter.

    The same message again, or an older one, changes nothing. `in_cad`: CAD holds the call, we follow.
    """
    live = programs.in_force(at=at)
    call, new = _locked(message, at=at, in_cad=in_cad)
    before = _decisive(call, live)
    changes = _changed(call, message, live)
    told = _reports(call, message, new=new)
    units = mirror.news(call, message)
    # Whether a call is over, and whether it is the matter of another, are told apart; to reopen it speaks of both.
    happens = {key for key in EVENTS.get(message.event, ()) if _newer(call, message, key)}
    if message.event in (*ENDED, "reopen"):
        call.said[f"end@{message.stamp}"] = message.at.isoformat() if message.event in ENDED else message.event
    call.heard_at = max(call.heard_at, at)
    call.save(update_fields=QUIET | {name for name, _, _ in changes if name not in FACTS})
    Change.objects.bulk_create(
        Change(call=call, field=name, old=old, new=value, happened_at=message.at, known_at=at, by_role=by.role) for name, old, value in changes
    )  # fmt: skip
    # What is said of the time when it was open is decided on, even where its end was heard first.
    was_open = call.state == "open" or (call.state != "merged" and call.closed_at is not None and message.at < call.closed_at)  # fmt: skip
    if was_open and (new or _decisive(call, live) != before):
        deciding.decide(
            call, live=live, at=message.at if in_cad else at, because="received" if new else "changed", by=by
        )
    mirror.units(call, units, by=by, at=at)
    if happens:
        _event(call, message, happens, by=by, at=at)
    elif call.state != "open" and (was_open or units):
        deciding.account_for(call, at=message.at, live=live, over=True)
    if message.event in (*ENDED, "reopen"):
        ended, call.reopened = _ends(call)
        call.closed_at = ended if call.state != "open" else None
        call.save(update_fields=["closed_at", "reopened"])
    if new or changes or told or message.event != "call" or message.units:
        trail.record(
            "call receive" if new else "call change",
            by=by,
            at=at,
            about=f"call {call.id}",
            fields=sorted({name for name, _, _ in changes}),
            event=message.event,
        )
        trail.tell("call", call.id, at=at)
    return call


def _locked(message: CallMessage, *, at: dt.datetime, in_cad: bool) -> tuple[Call, bool]:
    """The call of a message, locked until the end of the transaction; made if nobody spoke of it before."""
    key = {"agency": message.agency, "number": message.number}
    found = Call.objects.select_for_update(of=("self",)).filter(**key).first()
    if found is not None:
        found.in_cad = found.in_cad or in_cad
        return found, False
    made = Call(
        **key, owner=CENTER, on_line=CENTER, in_cad=in_cad, received_at=message.received_at or message.at, known_at=at, heard_at=at, areas={}, told={}, facts={}, said={},
    )  # fmt: skip
    # Two links may speak of a new call at once: the second waits here, and finds the first one's.
    Call.objects.bulk_create([made], ignore_conflicts=True)
    locked = Call.objects.select_for_update(of=("self",)).get(**key)
    return locked, locked.id == made.id


def _decisive(call: Call, live: InForce) -> dict[str, Any]:
    """The values that the program's rules speak of."""
    known = calls_of.values(call)
    return {name: known.get(name) for name in rules.rule_facts(live.program)}


def _changed(call: Call, message: CallMessage, live: InForce) -> list[tuple[str, Any, Any]]:
    """Set what the message says and nobody said later: (field, old, new) of what is different now."""
    said: list[tuple[str, Any]] = [(name, getattr(message, name)) for name in PLAIN if name in message.model_fields_set]
    found: list[tuple[str, Any, Any]] = []
    if message.received_at is not None:
        said.append(("received_at", message.received_at))
    elif "received_at" not in call.said and message.at < call.received_at:
        # Nobody said when it came in: when it was heard of first.
        found.append(("received_at", _plain(call.received_at), _plain(message.at)))
        call.received_at = message.at
    if message.place is not None:
        for name in ("text", "kind", "lat", "lon"):
            if name in message.place.model_fields_set:
                said.append(
                    ({"text": "place_text", "kind": "place_kind"}.get(name, name), getattr(message.place, name))
                )
        _areas(call, message, message.place, live, found)
    if message.disposition is not None:
        said.append(("disposition", message.disposition))
    for name, value in said:
        _set(call, message, name, "" if value is None and not _nullable(name) else value, found)
    if message.type is not None:
        _type(call, message, live, found)
    if message.determinant:
        call.said[f"determinant@{message.stamp}"] = message.determinant
    if message.family is not None:
        _set(call, message, "family", message.family, found)
    for name, value in message.facts.items():
        if _newer(call, message, f"facts.{name}"):
            call.told[name] = value
    known = calls_of.facts(call, live)
    found += [
        (name, call.facts.get(name), known.get(name)) for name in FACTS if call.facts.get(name) != known.get(name)
    ]
    call.facts = known
    return found


def _areas(call: Call, message: CallMessage, place: Place, live: InForce, found: list[tuple[str, Any, Any]]) -> None:
    """The areas of a place, layer by layer: as they are said, else as the point lies; a point elsewhere is in none of before."""
    areas: dict[str, str] = {}
    if "lat" in place.model_fields_set:
        located = live.areas_at(place.lat, place.lon) if place.lat is not None and place.lon is not None else {}
        areas = {layer.removeprefix("area_"): located.get(layer, "") for layer in live.outlines}
    now = dict(call.areas)
    for layer, name in (areas | place.areas).items():
        if _newer(call, message, f"areas.{layer}"):
            now.pop(layer, None)
            now |= {layer: name} if name else {}
    if now != call.areas:
        found.append(("areas", call.areas, now))
        call.areas = now


def _nullable(name: str) -> bool:
    return bool(Call._meta.get_field(name).null)


def _newer(call: Call, message: CallMessage, name: str) -> bool:
    """Whether nobody said something of this field later; if so it is noted that this message did."""
    if call.said.get(name, "") > message.stamp:
        return False
    call.said[name] = message.stamp
    return True


def _set(call: Call, message: CallMessage, name: str, value: Any, found: list[tuple[str, Any, Any]]) -> None:
    old = getattr(call, name)
    if _newer(call, message, name) and old != value:
        setattr(call, name, value)
        found.append((name, _plain(old), _plain(value)))


def _type(call: Call, message: CallMessage, live: InForce, found: list[tuple[str, Any, Any]]) -> None:
    """The city's word, and the family that it means, where nobody named another one later."""
    word = str(message.type)
    if not call.first_type or message.stamp < call.said.get("first_type", ""):
        call.first_type = word
        call.said["first_type"] = message.stamp
    call.said[f"last_type@{message.stamp}"] = word
    if call.said.get("last_type", "") > message.stamp:
        return
    _set(call, message, "last_type", word, found)
    meant = live.word(word)
    for name in ("family", "family_basis", "common_type"):
        _set(call, message, name, meant[name] or "", found)


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.datetime) else value


def _reports(call: Call, message: CallMessage, *, new: bool) -> int:
    """The reports that a message tells of; the first message of a call, by its sender's clock, is one in itself if it tells of none."""
    told = [
        Report(
            call=call,
            at=each.at,
            channel=each.channel,
            transferred_from=each.transferred_from or "",
            transferred_to=each.transferred_to or "",
        )
        for each in message.reports
    ]
    for each in told:
        at = feed.stamp(each.at)
        if each.transferred_from and call.said.get("on_line", "") <= at:
            call.on_line, call.said["on_line"] = each.transferred_from, at
    added = len(Report.objects.bulk_create(told, ignore_conflicts=True)) if told else 0
    for each in told:
        Report.objects.filter(call=call, at=each.at, channel=each.channel, unsaid=True).delete()
    if message.stamp < call.said.get("first", "~"):
        call.said["first"] = message.stamp
        if not new:
            Report.objects.filter(call=call, unsaid=True).delete()
        itself = {"call": call, "at": message.received_at or message.at, "channel": message.origin or "911"}
        if not told and not Report.objects.filter(**itself).exists():
            Report.objects.create(**itself, unsaid=True)
    return added


def _event(call: Call, message: CallMessage, happens: set[str], *, by: By, at: dt.datetime) -> None:
    """Close, cancel, reopen, merge, split, unless it is so already. `happens`: of what nobody said something later.

    A duplicate that is closed stays the same matter; its end is kept for when it turns out to be a matter of its own.
    """
    event, merged = message.event, call.state == "merged"
    if event == "merge":
        other, _ = _other(call, message, at=at)
        if merged and call.merged_into == other:
            return
        if merged:
            call.state, call.merged_into = "open", None
        merge(call, into=other, by=by, at=at, happened_at=message.at)
    elif event == "split" or (event == "reopen" and "state" not in happens):
        if merged:
            split(call, by=by, at=at)
    elif event == "reopen":
        if merged and "merge" not in happens:
            call.said["end"], call.closed_at = event, None
            call.save(update_fields=STATE)
            return
        if call.state != "open":
            call.state, call.merged_into = "closed", None
            reopen(call, by=by, at=at)
    else:
        disposition = message.disposition or call.disposition or outcomes.NOT_STATED
        if merged:
            call.said["end"], call.closed_at, call.disposition = event, message.at, disposition
            call.save(update_fields=STATE)
        elif call.state != ENDED[event]:
            call.state = "open"
            end(call, event=event, disposition=disposition, by=by, at=at, happened_at=message.at)


def _ends(call: Call) -> tuple[dt.datetime | None, int]:
    """When a call ended, and how often it was reopened: the first end that was said after the last reopening, whenever it was heard."""
    ended, reopened = "", 0
    for _, said in sorted((key, said) for key, said in call.said.items() if key.startswith("end@")):
        if said == "reopen":
            reopened += bool(ended)
            ended = ""
        else:
            ended = ended or said
    return dt.datetime.fromisoformat(ended) if ended else None, reopened


def _other(call: Call, message: CallMessage, *, at: dt.datetime) -> tuple[Call, bool]:
    known = message.model_copy(update={"number": message.other_number, "event": "call"})
    return _locked(known, at=at, in_cad=call.in_cad)


def _owner(call: Call) -> str:
    """Who has a call that goes on: the unit of ours that is with it, else the center."""
    going = Response.objects.filter(GOING, call=call).select_related("unit").first()
    return going.unit.name if going else CENTER


def merge(call: Call, *, into: Call, by: By, at: dt.datetime, happened_at: dt.datetime) -> None:
    """The same matter as another call, which goes on: units of ours that had not arrived are taken off."""
    while into.merged_into is not None and into.merged_into.id != call.id:
        into = into.merged_into
    if into.merged_into is not None:
        # They were merged the other way round; what is said now is what is so.
        split(into, by=by, at=at)
    call.state = status.move(status.CALLS, state=call.state, event="merge")
    call.merged_into = into
    call.save(update_fields=STATE)
    deciding.nobody_needed(call, reason="the same matter as another call", at=happened_at, known_at=at, by=by)
    trail.record("call merge", by=by, at=at, about=f"call {call.id}", into=str(into.id))
    trail.tell("call", into.id, at=at)
    trail.tell("call", call.id, at=at)


def split(call: Call, *, by: By, at: dt.datetime) -> None:
    """A matter of its own after all; one that had ended is over."""
    call.state = status.move(status.CALLS, state=call.state, event="split")
    call.merged_into = None
    call.owner = _owner(call)
    call.save(update_fields=[*STATE, "owner"])
    trail.record("call split", by=by, at=at, about=f"call {call.id}")
    trail.tell("call", call.id, at=at)
    if (ended := call.said.get("end")) in ENDED:
        end(call, event=ended, disposition=call.disposition or outcomes.NOT_STATED, by=by, at=at, happened_at=call.closed_at or at)  # fmt: skip


def reopen(call: Call, *, by: By, at: dt.datetime) -> None:
    """It was not over. It stays open until somebody closes it again."""
    call.state = status.move(status.CALLS, state=call.state, event="reopen")
    call.closed_at, call.reopened, call.owner, call.said["end"] = None, call.reopened + 1, _owner(call), "reopen"
    call.save(update_fields=[*STATE, "owner"])
    deciding.decide(call, live=programs.in_force(at=at), at=at, because="reopened", by=by)
    trail.record("call reopen", by=by, at=at, about=f"call {call.id}")
    trail.tell("call", call.id, at=at)


def end(call: Call, *, event: str, disposition: str, by: By, at: dt.datetime, happened_at: dt.datetime) -> None:
    """Close or cancel a call: with a disposition, and with a reason if it was ours and nobody of ours took it."""
    call.state = status.move(status.CALLS, state=call.state, event=event)
    call.closed_at, call.disposition, call.said["end"] = happened_at, disposition, event
    call.save(update_fields=STATE)
    reason = "the caller called it off" if event == "cancel" else "the center needs it elsewhere"
    deciding.nobody_needed(call, reason=reason, at=happened_at, known_at=at, by=by)
    deciding.account_for(call, at=happened_at, live=programs.in_force(at=at), over=True)
    trail.record(f"call {event}", by=by, at=at, about=f"call {call.id}")
    trail.tell("call", call.id, at=at)


@transaction.atomic
def conclude(
    ident: uuid.UUID | str, *, event: str, by: By, at: dt.datetime, disposition: str = "", other: str = ""
) -> Call:
    """A person closes, cancels, merges, splits or reopens a call that no CAD holds. `other`: the number it is merged into.

    Raises `Conflict` where a CAD holds it or a crew is still there, and `MoveError`.
    """
    by.must("close a call")
    seen = calls_of.for_person(ident, by=by)
    call = Call.objects.select_for_update(of=("self",)).get(pk=seen.pk)
    if call.in_cad:
        raise Conflict(Message("the center's CAD holds this call."), mend=Message("Say it there; it appears here by itself."))  # fmt: skip
    there = Response.objects.filter(GOING, call=call, arrived_at__isnull=False).select_related("unit").first()
    if there is not None and event in ("close", "cancel", "merge"):
        raise Conflict(Message("{unit} is still there.", {"unit": there.unit.name}), mend=Message("Clear its visit first."))  # fmt: skip
    if event in ("close", "cancel"):
        if disposition not in outcomes.OUTCOMES:
            raise Missing(Message("it is not said how it ended."), mend=Message("Choose one of: {list}.", {"list": [Message(each) for each in outcomes.OUTCOMES]}))  # fmt: skip
        end(call, event=event, disposition=disposition, by=by, at=at, happened_at=at)
    elif event == "merge":
        into = Call.objects.select_for_update(of=("self",)).filter(number=other).exclude(pk=call.pk).first()
        if into is None:
            raise Missing(Message("there is no other call {number}.", {"number": other}), mend=Message("Look at the board."))  # fmt: skip
        merge(call, into=into, by=by, at=at, happened_at=at)
    elif event in ("split", "reopen"):
        (split if event == "split" else reopen)(call, by=by, at=at)
    else:
        raise Missing(Message("“{event}” does not happen to a call.", {"event": event}), mend=Message("Choose one from the list."))  # fmt: skip
    return call
