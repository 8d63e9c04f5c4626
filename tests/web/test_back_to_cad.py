"""What goes back to CAD, and that nothing else has a way out; EIDO both ways against the official schema and sample."""

from __future__ import annotations

import datetime as dt
import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from millbrook import CAST, Mirror, at_local

from rightcall.calls import eido
from rightcall.calls.feed import FeedError
from rightcall.dispatch import outcomes, status
from rightcall.web.access import Missing
from rightcall.web.actions import deciding, dispatch, encounters, outgoing, units
from rightcall.web.connections.cad import back
from rightcall.web.connections.cad.back import Back, BackError
from rightcall.web.database import Database
from rightcall.web.models import Outgoing, Response, Unit

OFFICIAL = Path(__file__).parents[3] / "shared" / "data" / "standards" / "eido"
AT = at_local(14, 0)
AT_ISO = "2026-11-20T14:00:00-05:00"
official = pytest.mark.skipif(
    not OFFICIAL.exists(), reason="The official EIDO schema lies beside the repository, and is not here."
)


def schema() -> dict[str, Any]:
    """The official schema, its parts put together, with its known typo mended here: `minItems: '1,'` is 1."""
    text = (OFFICIAL / "eido-openapi.yaml").read_text(encoding="utf-8")

    def mended(part: Any) -> Any:
        if isinstance(part, dict):
            return {name: 1 if name == "minItems" and value == "1," else mended(value) for name, value in part.items()}
        return [mended(each) for each in part] if isinstance(part, list) else part

    held = mended(yaml.safe_load(text))
    return {**held, "$ref": "#/components/schemas/EmergencyIncidentDataObjectType"}


def faults(document: dict[str, Any]) -> list[str]:
    """What the official schema says of a document, the parts of other files taken as anything."""
    import jsonschema

    held = schema()

    def local(part: Any) -> Any:
        if isinstance(part, dict):
            # In ReferenceType `$ref` is the name of a property, not a reference.
            if isinstance(part.get("$ref"), str) and not part["$ref"].startswith("#"):
                return {}
            return {name: local(value) for name, value in part.items()}
        return [local(each) for each in part] if isinstance(part, list) else part

    return [
        f"{'/'.join(map(str, fault.absolute_path))}: {fault.message}"
        for fault in jsonschema.Draft7Validator(local(held)).iter_errors(document)
    ]


def made(**more: Any) -> Back:
    return Back(**({"number": "26-1", "unit": "Desk-1", "status": "on scene", "at": AT_ISO} | more))


@official
@pytest.mark.parametrize("state", status.UNITS.docs)
def test_what_we_send_as_eido_fits_the_official_schema(state: str) -> None:
    told = made(status=state, lat=35.7, lon=-78.9, disposition="18", disposition_words="settled by contact").as_eido(
        issuer="rightcall.example.gov"
    )
    assert faults(told) == []
    assert faults({name: value for name, value in told.items() if name != "agencyComponent"})
    assert faults(told | {"eidoVersion": "9"})


@official
def test_what_we_send_as_eido_is_read_back_as_we_meant_it() -> None:
    told = made(status="en route", disposition="", lat=35.7, lon=-78.9).as_eido(issuer="rightcall.example.gov")
    message = eido.read_eido(json.dumps(told).encode(), now=AT + dt.timedelta(minutes=1))[0]
    assert message.number == "26-1"
    assert [(unit.unit, unit.service, unit.en_route_at) for unit in message.units] == [("Desk-1", "ours", AT)]


@official
def test_the_official_sample_is_read() -> None:
    raw = (OFFICIAL / "sample-call-transfer.json").read_bytes()
    message = eido.read_eido(raw, now=dt.datetime(2021, 4, 30, 18, 44, tzinfo=dt.UTC))[0]
    assert (message.number, message.agency) == ("a56e556d871", "bcf.state.pa.us")
    assert message.received_at == dt.datetime(2021, 4, 30, 18, 40, tzinfo=dt.UTC)
    assert message.callback == "8195551212@osp.com" or message.callback == "8195551212"
    assert message.place is not None
    assert message.place.text == "42 W Cellular Street Wilmington DE"
    assert [report.channel for report in message.reports] == ["911"]


ENTITIES = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><x>&b;</x>'
)
OUTSIDE = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>'


def document(**more: Any) -> dict[str, Any]:
    head = {
        "$id": "urn:emergency:uid:incidentid:77:psap.example.gov",
        "lastUpdateTimeStamp": AT_ISO,
        "updatedByAgencyReference": {"$ref": "psap.example.gov"},
    }
    return {
        **head,
        "eidoVersion": "1.0",
        "issuingElementIdentification": "cad.example.gov",
        "agencyComponent": [],
        **more,
    }


def part(**more: Any) -> dict[str, Any]:
    return {"$id": "x", "lastUpdateTimeStamp": AT_ISO, "updatedByAgencyReference": {"$ref": "psap.example.gov"}, **more}


def read(**more: Any) -> Any:
    return eido.read_eido(json.dumps(document(**more)).encode(), now=AT + dt.timedelta(minutes=1))


@pytest.mark.parametrize("xml", [ENTITIES, OUTSIDE, "<a><b></a>", "no xml", "<a>" * 5_000])
def test_a_place_with_entities_or_broken_xml_is_refused(xml: str) -> None:
    with pytest.raises(FeedError, match="PIDF-LO"):
        read(locationComponent=[part(locationByValue=xml)])


@pytest.mark.parametrize(
    "bad",
    [
        {"eidoVersion": "7"},
        {"callComponent": "x"},
        {"incidentComponent": part()},
        {"emergencyResourceComponent": [part()]},
        {"mergeComponent": [part()]},
        {"lastUpdateTimeStamp": 5},
        {"callComponent": [part(callStartTimestamp="soon")]},
    ],
)
def test_an_eido_that_is_not_as_the_standard_has_it_is_refused(bad: dict[str, Any]) -> None:
    with pytest.raises(FeedError):
        read(**bad)


def test_an_incident_with_type_priority_units_and_a_merge() -> None:
    incident = part(
        incidentTypeCommonRegistryText="TRESPASS",
        incidentCommonPriorityNumber=9,
        internalIncidentId="26-5",
        beatOrDispatchGroupText="3A",
        incidentStatusCommonRegistryText=["Active"],
    )
    police = part(
        emergencyResourceTypeCommonRegistryText="PatrolUnit",
        emergencyResourceName="2A14",
        primaryUnitStatusRegistryText="NotAvailable",
        secondaryUnitStatusRegistryText=["OnScene"],
        resourceAttributeRegistryText=[],
        agentReference=[],
    )
    merged = part(
        incidentMergeDirectionCode="REPLACING",
        incidentTrackingIdentifier="urn:emergency:uid:incidentid:26-6:psap.example.gov",
    )
    first, second = read(
        incidentComponent=incident,
        emergencyResourceComponent=[police],
        mergeComponent=[merged],
        notesComponent=[part(notesActionComments="<p>by the <b>door</b></p>")],
    )
    assert (first.number, first.type, first.family, first.priority, first.remarks) == (
        "26-5",
        "TRESPASS",
        "trespass",
        2,
        "by the  door",
    )
    assert first.units[0].arrived_at == AT
    assert (second.number, second.event, second.other_number) == ("26-6", "merge", "26-5")


# ------------------------------------------------------------------ nothing else has a way out

SECRETS = ("bipolar", "Alvarez", "555", "Oak", "knife", "danger", "cousin", "shelter", "methadone")


@pytest.fixture
def desk(fresh: Database) -> Mirror:
    """A CAD that holds the calls, and a desk that it does not move."""
    city = Mirror()
    for unit in Unit.objects.filter(in_cad=False):
        units.begin(unit, by=CAST["sam"], at=at_local(13, 0))
    return city


def test_only_listed_fields_and_words_go_out_whatever_is_typed(desk: Mirror) -> None:
    call = desk.say(
        "26-1",
        AT,
        type="SUICIDE THREAT: bipolar, knife",
        remarks="Ms. Alvarez, bipolar, on methadone",
        callback="919 555 0100",
        place={"text": "12 Oak St, the shelter", "lat": 35.7, "lon": -78.9},
        closed_reason="danger",
        caller="first party",
    )
    unit = Unit.objects.get(name="Desk-1")
    response = dispatch.assign(call.id, unit=unit.id, by=CAST["cleo"], at=AT, officer_unit="cousin")
    with pytest.raises(Missing, match="not in the list"):
        encounters.met(response.id, encounters.Met("met her cousin", outcome="methadone"), by=CAST["cleo"], at=AT)
    known = encounters.Met("met", age_band="25 to 64", outcome="moved to a place", destination="sobering or detox", supplies=("naloxone",), follow_up_wanted=True)  # fmt: skip
    encounters.met(response.id, known, by=CAST["cleo"], at=AT)
    deciding.override(call.id, send="police", reason="known history of the place", by=CAST["dana"], at=AT)
    encounters.ask_back_up(response.id, service="police", kind="urgent", by=CAST["cleo"], at=AT)
    dispatch.move(response.id, event="answer", by=CAST["cleo"], at=AT + dt.timedelta(minutes=1))
    dispatch.move(response.id, event="settle", by=CAST["cleo"], at=AT + dt.timedelta(minutes=9))
    sent = [each.body for each in Outgoing.objects.order_by("made_at")]
    assert [each["status"] for each in sent] == ["assigned", "on scene", "finishing"]
    assert sent[-1]["disposition"] == "05"
    assert {name for each in sent for name in each} <= {
        "number",
        "unit",
        "status",
        "at",
        "lat",
        "lon",
        "disposition",
        "disposition_words",
    }
    words = json.dumps([[each, Back(**each).as_eido(issuer="rightcall.example.gov")] for each in sent])
    assert not [secret for secret in SECRETS if secret in words]


@pytest.mark.parametrize("field", ["number", "unit", "status", "disposition", "disposition_words"])
@pytest.mark.parametrize(
    "text",
    [
        "she is bipolar",
        "Maria Alvarez",
        "follow up with the shelter",
        "settled by contact; bipolar",
        "Desk-1 bipolar",
        "x" * 500,
    ],
)
def test_free_text_is_refused_in_every_field(field: str, text: str) -> None:
    with pytest.raises((BackError, ValueError)):
        made(**({"disposition": "18", "disposition_words": "settled by contact"} | {field: text}))


def test_there_is_no_field_for_anything_else() -> None:
    with pytest.raises(TypeError):
        made(note="she is bipolar")
    assert all(words in {w for _, w in back.DISPOSITIONS} for _, words in outcomes.OUTCOMES.values())


def test_a_unit_that_cad_moves_sends_nothing_back(desk: Mirror) -> None:
    desk.say("1", AT, type="TRESPASS", units=[{"service": "ours", "unit": "CR-1", "assigned_at": AT, "arrived_at": AT}])
    assert Response.objects.count() == 1
    assert Outgoing.objects.count() == 0


class Taker(http.server.BaseHTTPRequestHandler):
    took: list[dict[str, Any]] = []  # noqa: RUF012
    refuse = 0

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if Taker.refuse:
            Taker.refuse -= 1
            self.send_response(503)
        else:
            Taker.took.append(body | {"key": self.headers["Idempotency-Key"]})
            self.send_response(200)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def taker() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Taker)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    Taker.took, Taker.refuse = [], 0
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()


def test_what_waits_is_sent_in_order_tried_again_and_sent_once(
    desk: Mirror, taker: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    call = desk.say("26-1", AT, type="SUICIDE THREAT")
    response = dispatch.assign(call.id, unit=Unit.objects.get(name="Desk-1").id, by=CAST["cleo"], at=AT)
    dispatch.move(response.id, event="answer", by=CAST["cleo"], at=AT + dt.timedelta(minutes=1))
    assert outgoing.deliver(at=AT) == 0, "nobody said where to"
    monkeypatch.setenv("RIGHTCALL_CAD_URL", taker)
    Taker.refuse = 1
    assert outgoing.deliver(at=AT) == 0
    assert Outgoing.objects.order_by("made_at")[0].why_not.startswith("CAD did not take it (503)")
    assert outgoing.deliver(at=AT) == 2
    assert outgoing.deliver(at=AT) == 0
    assert [each["status"] for each in Taker.took] == ["assigned", "on scene"]
    assert len({each["key"] for each in Taker.took}) == 2
