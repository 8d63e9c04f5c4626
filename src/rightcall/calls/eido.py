"""EIDO documents (NENA-STA-021.1): an incident as another system knows it now, read as messages of ours.

An EIDO tells the present, not what happened: each part carries the time at which it was changed last, which is the time of
the status that it states. Places are PIDF-LO inside of strings, and are read without entities or anything outside.
"""

from __future__ import annotations

import datetime as dt
import html
import re
from collections.abc import Iterator
from typing import Any

from rightcall.calls import feed
from rightcall.calls.families import FAMILIES
from rightcall.calls.feed import CallMessage, FeedError

URN = re.compile(r"^urn:emergency:uid:incidentid:(?P<id>[^:]+):(?P<host>.+)$")
# Codes of the registry of 2019 that the list of families does not hold.
NEWER_CODES = {
    "MNTL": "mental health",
    "MTLV": "mental health",
    "SUSP": "suspicious",
    "VAG": "panhandling",
    "TROUBLE": "disorder",
    "DISTURB": "disorder",
}
# A unit's secondary status → what it says happened.
STATUS = {
    "Assigned": "assigned_at", "Dispatched": "assigned_at", "AcknowledgedTransmission": "assigned_at", "EnRoute": "en_route_at", "Staging": "staged_at",
    "Arrived": "arrived_at", "OnScene": "arrived_at", "PatientContact": "arrived_at", "Transporting": "transport_at", "Hospital": "destination_at",
    "Cleared": "cleared_at",
}  # fmt: skip
EVENTS = {"Closed": "close", "Cancelled": "cancel", "ReOpened": "reopen"}
CALL_TYPES = {
    "emergency": "911",
    "nonEmergency": "non-emergency",
    "silentMonitoring": "911",
    "intercept": "911",
    "legacyWireline": "911",
}
CIVIC = ("HNO", "PRD", "RD", "STS", "POD", "A3", "A1")


def read_eido(raw: bytes, *, now: dt.datetime) -> list[CallMessage]:
    """The messages of an EIDO: one of its incident, and one of each incident that it replaces. Raises `FeedError`."""
    document = feed.load(raw)
    if not isinstance(document, dict) or "eidoVersion" not in document:
        raise FeedError("this is no EIDO: it has no eidoVersion.", mend="Send one EmergencyIncidentDataObject.")
    if document["eidoVersion"] != "1.0":
        raise FeedError(
            f"EIDO version “{str(document['eidoVersion'])[:20]}” is not known.",
            where="eidoVersion",
            mend="Version 1.0 is read.",
        )
    try:
        told = _incident(document)
        return [
            feed.read_content(told, now=now),
            *(feed.read_content(each, now=now) for each in _replaced(document, told)),
        ]
    except FeedError:
        raise
    except (KeyError, TypeError, ValueError, AttributeError, IndexError, OverflowError) as error:
        raise FeedError(
            f"a part of this EIDO is not as the standard has it ({type(error).__name__}: {str(error)[:80]}).",
            mend="Check it against NENA-STA-021.1.",
        ) from error


def _parts(document: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """The parts of a kind; one may stand alone or in a list."""
    held = document.get(name)
    found = held if isinstance(held, list) else [] if held is None else [held]
    if not all(isinstance(each, dict) for each in found):
        raise FeedError("this is no part of an EIDO.", where=name)
    return found


def _incident(document: dict[str, Any]) -> dict[str, Any]:
    ident, incident = str(document["$id"]), next(iter(_parts(document, "incidentComponent")), {})
    known = URN.match(ident)
    number = incident.get("internalIncidentId") or (known["id"] if known else ident)
    told: dict[str, Any] = {
        "message_id": f"{document['issuingElementIdentification']}/{ident}/{document['lastUpdateTimeStamp']}"[:200], "sent_at": document["lastUpdateTimeStamp"],
        "number": number, "agency": "" if incident.get("internalIncidentId") or not known else known["host"][:60], **_of_incident(incident),
    }  # fmt: skip
    told |= _merged(document)
    calls = _parts(document, "callComponent")
    told["reports"] = [
        {"at": each["callStartTimestamp"], "channel": _channel(each)}
        for each in calls
        if each.get("callStartTimestamp")
    ]
    if told["reports"]:
        told["received_at"] = min((each["at"] for each in told["reports"]), key=_time)
        told["origin"] = told["reports"][0]["channel"]
    back = next(
        (
            uri
            for each in _parts(document, "callbackComponent")
            for uri in each.get("callBackInformationUri", [])
            if uri.startswith("tel:")
        ),
        None,
    )
    if back:
        told["callback"] = back.removeprefix("tel:")[:80]
    place = _place(document)
    if place:
        told["place"] = place
    notes = [
        _plain(each["notesActionComments"])
        for each in _parts(document, "notesComponent")
        if each.get("notesActionComments")
    ]
    if notes:
        told["remarks"] = "\n".join(notes)[:20_000]
    told["units"] = list(_units(document))
    return told


def _of_incident(incident: dict[str, Any]) -> dict[str, Any]:
    if not incident:
        return {}
    common = str(incident["incidentTypeCommonRegistryText"])
    own = incident.get("incidentTypeInternalText") or incident.get("incidentTypeInternalCode")
    told: dict[str, Any] = {"type": str(own or common)[:200]}
    if not own:
        family = NEWER_CODES.get(common) or next(
            (name for name, each in FAMILIES.items() if common in each.common_types), None
        )
        told |= {"family": family} if family else {}
    if incident.get("incidentCommonPriorityNumber") is not None:
        # Theirs runs from 0 to 10, the most urgent; ours begins with 1, the most urgent.
        told["priority"] = max(1, 11 - int(incident["incidentCommonPriorityNumber"]))
    if incident.get("beatOrDispatchGroupText"):
        told["place"] = {"areas": {"beat": str(incident["beatOrDispatchGroupText"])[:60]}}
    status = [EVENTS[word] for word in incident.get("incidentStatusCommonRegistryText", []) if word in EVENTS]
    if status:
        told["event"] = status[-1]
    codes = [str(each["dispositionCommonRegistryCode"]) for each in incident.get("dispositionComponent", [])]
    if codes:
        told["disposition"] = codes[0][:80]
    return told


def _merged(document: dict[str, Any]) -> dict[str, Any]:
    """What this incident became: replaced by another, or split from one."""
    for each in _parts(document, "mergeComponent"):
        if each["incidentMergeDirectionCode"] in ("REPLACED", "SPLIT"):
            event = {"REPLACED": "merge", "SPLIT": "split"}[each["incidentMergeDirectionCode"]]
            return {"event": event, "other_number": _number(each["incidentTrackingIdentifier"])}
    return {}


def _replaced(document: dict[str, Any], told: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A message for each incident that this one replaces."""
    for each in _parts(document, "mergeComponent"):
        if each["incidentMergeDirectionCode"] == "REPLACING":
            number = _number(each["incidentTrackingIdentifier"])
            yield {
                "message_id": f"{told['message_id'][:120]}/{number}", "sent_at": told["sent_at"], "agency": told["agency"], "number": number,
                "event": "merge", "other_number": told["number"],
            }  # fmt: skip


def _number(ident: str) -> str:
    known = URN.match(str(ident))
    return known["id"] if known else str(ident)


def _channel(call: dict[str, Any]) -> str:
    return CALL_TYPES.get(str(call.get("standardPrimaryCallType")), "911")


def _time(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


def _plain(text: str) -> str:
    """A note, which is HTML, as plain text."""
    return html.unescape(re.sub(r"<[^>]*>", " ", str(text))).strip()


def _units(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for each in _parts(document, "emergencyResourceComponent"):
        told: dict[str, Any] = {
            "service": _service(str(each["emergencyResourceTypeCommonRegistryText"])),
            "unit": str(each.get("emergencyResourceName") or each["$id"])[:60],
        }
        for word in each.get("secondaryUnitStatusRegistryText", []):
            if word in STATUS:
                told[STATUS[word]] = each["lastUpdateTimeStamp"]
        yield told


def _service(kind: str) -> str:
    """Whose a unit is, by the registry's word for its type."""
    if kind in ("CrisisInterventionUnit", "VictimAdvocate", "DetoxTransport"):
        return "ours"
    if re.search(r"ambulance|medic|als|bls|ems", kind, re.IGNORECASE):
        return "ems"
    return "fire" if re.search(r"fire|engine|ladder|truck|rescue|hazmat|pump", kind, re.IGNORECASE) else "police"


def _place(document: dict[str, Any]) -> dict[str, Any]:
    """The place of the incident: of the parts that state one, the best kind; a reference to be fetched is not."""
    order = ("CurrentIncident", "InitialIncident", "Caller", "RoutingLocation", "Other")
    held = [each for each in _parts(document, "locationComponent") if each.get("locationByValue")]
    held.sort(
        key=lambda each: (
            order.index(kind) if (kind := each.get("locationTypeDescriptionRegistryText")) in order else len(order)
        )
    )
    incident = next(iter(_parts(document, "incidentComponent")), {})
    told = (
        {"areas": {"beat": str(incident["beatOrDispatchGroupText"])[:60]}}
        if incident.get("beatOrDispatchGroupText")
        else {}
    )
    for each in held:
        found = read_pidf(each["locationByValue"])
        if found:
            return told | found
    return told


def read_pidf(text: str) -> dict[str, Any]:
    """Point and address of a PIDF-LO. Raises `FeedError` for XML with entities, and for what is no XML."""
    from defusedxml import ElementTree
    from defusedxml.common import DefusedXmlException

    try:
        root = ElementTree.fromstring(text, forbid_dtd=True)
    except (ElementTree.ParseError, DefusedXmlException, ValueError) as error:
        raise FeedError(
            f"a place is no PIDF-LO ({type(error).__name__}).",
            where="locationByValue",
            mend="Send plain XML without a DTD.",
        ) from error
    told: dict[str, Any] = {}
    position = next((each for each in root.iter() if _name(each.tag) == "pos"), None)
    if position is not None and position.text:
        numbers = [float(part) for part in position.text.split()]
        if len(numbers) >= 2:
            told |= {"lat": numbers[0], "lon": numbers[1]}
    civic = next((each for each in root.iter() if _name(each.tag) == "civicAddress"), None)
    if civic is not None:
        parts = {_name(each.tag): (each.text or "").strip() for each in civic}
        words = " ".join(parts[name] for name in CIVIC if parts.get(name))
        told |= {"text": words[:500]} if words else {}
    return told


def _name(tag: str) -> str:
    return tag.rpartition("}")[2]
