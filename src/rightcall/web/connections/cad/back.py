"""What goes back to CAD: unit, status, place and a disposition from a fixed list. There is no field for anything else.

What CAD holds is read by police and is often public record: no note, name, diagnosis or follow-up fact has a way out.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import urllib.error
import urllib.request
from dataclasses import asdict, dataclass
from typing import Any

from rightcall.dispatch import outcomes, status
from rightcall.errors import RightcallError

SECONDS = 10.0
CALL_SIGN = re.compile(r"[A-Za-z][A-Za-z]{0,11}-?\d{0,4}")
NUMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9./:-]{0,79}")
DISPOSITIONS = {*outcomes.OUTCOMES.values(), outcomes.CANCELED, outcomes.CANCELED_EN_ROUTE, outcomes.DUPLICATE}
# Our unit's state → primary and secondary status of the registry (NENA-STA-021.1).
EIDO_STATUS = {
    "off duty": ("NotAvailable", "OutofService"), "available": ("Available", "InService"), "assigned": ("NotAvailable", "Assigned"),
    "en route": ("NotAvailable", "EnRoute"), "staged": ("NotAvailable", "Staging"), "on scene": ("NotAvailable", "OnScene"),
    "transporting": ("NotAvailable", "Transporting"), "at destination": ("NotAvailable", "Hospital"), "finishing": ("ConditionallyAvailable", "Cleared"),
    "returning": ("Available", "InService"), "unavailable": ("NotAvailable", "OutofService"),
}  # fmt: skip


class BackError(RightcallError):
    """Something that must not go back to CAD, or that CAD did not take."""


@dataclass(frozen=True)
class Back:
    """One message to CAD. Raises `BackError` when it is made with anything that is not of the fixed lists."""

    number: str
    unit: str
    status: str
    at: str
    lat: float | None = None
    lon: float | None = None
    disposition: str = ""
    disposition_words: str = ""

    def __post_init__(self) -> None:
        held = (
            (NUMBER.fullmatch(self.number), "number"), (CALL_SIGN.fullmatch(self.unit), "unit"), (self.status in status.UNITS.docs, "status"),
            ((not self.disposition and not self.disposition_words) or (self.disposition, self.disposition_words) in DISPOSITIONS, "disposition"),
        )  # fmt: skip
        wrong = [name for sound, name in held if not sound]
        if wrong:
            raise BackError(
                f"the {wrong[0]} is not of the form or list that may go to CAD.",
                mend="Only unit, status, place and a listed disposition go back.",
            )
        dt.datetime.fromisoformat(self.at)

    def as_json(self) -> dict[str, Any]:
        """For a CAD that reads our JSON; what is not known is left out."""
        return {name: value for name, value in asdict(self).items() if value not in (None, "")}

    def as_eido(self, *, issuer: str) -> dict[str, Any]:
        """As an EIDO (NENA-STA-021.1). `issuer`: our element's name in the network, such as rightcall.example.gov."""
        at = dt.datetime.fromisoformat(self.at).isoformat(timespec="milliseconds")
        agency = {"$ref": issuer}

        def part(ident: str, **more: Any) -> dict[str, Any]:
            return {"$id": ident, "lastUpdateTimeStamp": at, "updatedByAgencyReference": agency, **more}

        urn = f"urn:emergency:uid:incidentid:{self.number}:{issuer}"
        primary, secondary = EIDO_STATUS[self.status]
        unit = part(
            f"{self.unit}.{issuer}", emergencyResourceTypeCommonRegistryText="CrisisInterventionUnit", emergencyResourceName=self.unit,
            primaryUnitStatusRegistryText=primary, secondaryUnitStatusRegistryText=[secondary], resourceAttributeRegistryText=["CrisisInterventionSpecialist"],
            agentReference=[{"$ref": f"{self.unit}.{issuer}"}],
        )  # fmt: skip
        told = part(
            urn, eidoVersion="1.0", issuingElementIdentification=issuer,
            agencyComponent=[part(issuer, agencyRoleDescriptionRegistryText=["Dispatched"], agencyType=["mental_health"])],
            agentComponent=[part(f"{self.unit}.{issuer}", agentRoleRegistryText=["Responder"], agencyReference=agency)], emergencyResourceComponent=[unit],
        )  # fmt: skip
        if self.lat is not None and self.lon is not None:
            unit["unitLocationReference"] = {"$ref": f"place.{self.unit}.{issuer}"}
            told["locationComponent"] = [
                part(
                    f"place.{self.unit}.{issuer}",
                    locationTypeDescriptionRegistryText="UnitLocation",
                    locationByValue=_pidf(self.lat, self.lon, self.unit),
                )
            ]
        if self.disposition:
            code = part(
                f"disposition.{self.number}.{self.unit}.{issuer}",
                dispositionCommonRegistryCode=self.disposition,
                dispositionPrimaryIndicator=True,
            )
            told["incidentComponent"] = part(
                f"incident.{urn}",
                incidentTypeCommonRegistryText="CITASST",
                internalIncidentId=self.number,
                dispositionComponent=[code],
            )
        return told


def _pidf(lat: float, lon: float, unit: str) -> str:
    return (
        '<presence xmlns="urn:ietf:params:xml:ns:pidf" xmlns:gp="urn:ietf:params:xml:ns:pidf:geopriv10" xmlns:gml="http://www.opengis.net/gml" '
        f'entity="pres:{unit}@invalid"><tuple id="u"><status><gp:geopriv><gp:location-info><gml:Point srsName="urn:ogc:def:crs:EPSG::4326">'
        f"<gml:pos>{lat:.6f} {lon:.6f}</gml:pos></gml:Point></gp:location-info><gp:usage-rules/></gp:geopriv></status></tuple></presence>"
    )


def send(body: dict[str, Any], *, url: str, key: str, ident: str) -> None:
    """POST a message; its id goes along, so that CAD can tell a repetition. Raises `BackError` where it was not taken."""
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {key}", "Idempotency-Key": ident}
    request = urllib.request.Request(url, json.dumps(body).encode(), headers, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:
            answer.read(10_000)
    except (urllib.error.URLError, OSError) as error:
        raise BackError(
            f"CAD did not take it ({getattr(error, 'code', type(error).__name__)}).", mend="It is tried again."
        ) from error
