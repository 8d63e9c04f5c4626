"""Stored rows as the tables of the house, so that a measure means live what it means in the plan.

A call that was merged is the other call: its reports, decisions and responses are told under that one's id, numbered anew,
and it has no row of its own.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import polars as pl

from rightcall import tables
from rightcall.calls.columns import Calls, UnitTimes
from rightcall.dispatch.columns import Duty as DutyTable
from rightcall.dispatch.columns import PeopleMet, Responses, StaffEvents
from rightcall.dispatch.columns import Support as SupportTable
from rightcall.dispatch.columns import Unserved as UnservedTable
from rightcall.measures.service import Service
from rightcall.triage.decisions import Decisions
from rightcall.web.models import (
    Call,
    Decision,
    Duty,
    PersonMet,
    Reading,
    Report,
    Response,
    StaffEvent,
    Support,
    UnitTime,
    Unserved,
)
from rightcall.web.queries import calls as calls_of


def service(*, start: dt.datetime, end: dt.datetime, now: dt.datetime) -> Service:
    """The tables of the calls that came in a span of time, half-open, with all that was done about them until `now`."""
    root = _roots(start, end)
    own = Call.objects.filter(pk__in=set(root.values())).select_related("merged_into")
    calls = _table(({**calls_of.values(call), "source_file": "live", "source_row": 1} for call in own), Calls, "calls")
    responses = list(Response.objects.filter(call_id__in=root).select_related("unit"))
    return Service(
        calls=calls,
        decisions=_decisions(root),
        responses=_table((_response(each, root) for each in responses), Responses, "responses"),
        unserved=_table(
            ({"call_id": str(root[each.call_id]), "reason": each.reason, "sent_instead": each.sent_instead} for each in Unserved.objects.filter(call_id__in=set(root.values()))),
            UnservedTable, "unserved",
        ),
        duty=_duty(start, end, now),
        people_met=people_met(start=start, end=end),
        staff_events=staff_events(start=start, end=end),
        readings=readings(start=start, end=end),
        support=_table((_support(each) for each in Support.objects.filter(response__in=responses)), SupportTable, "support"),
    )  # fmt: skip


def unit_times(*, start: dt.datetime, end: dt.datetime) -> pl.DataFrame:
    """What units of every service did on the calls of a span of time."""
    root = _roots(start, end)
    names = ("service", "unit", "assigned_at", "en_route_at", "arrived_at", "cleared_at", "canceled_at")
    rows = (
        {"call_id": str(root[each.call_id]), **{name: getattr(each, name) for name in names}}
        for each in UnitTime.objects.filter(call_id__in=root)
    )
    return _table(rows, UnitTimes, "unit_times")


def reports(*, start: dt.datetime, end: dt.datetime) -> pl.DataFrame:
    """The reports of the calls of a span of time: `call_id, at, channel, transferred_from, transferred_to`."""
    root = _roots(start, end)
    rows = [
        (str(root[each.call_id]), each.at, each.channel, each.transferred_from or None, each.transferred_to or None)
        for each in Report.objects.filter(call_id__in=root).order_by("at")
    ]  # fmt: skip
    schema: dict[str, Any] = {
        "call_id": pl.String,
        "at": tables.UTC,
        "channel": pl.String,
        "transferred_from": pl.String,
        "transferred_to": pl.String,
    }
    return pl.DataFrame(rows, schema=schema, orient="row")


def people_met(*, start: dt.datetime, end: dt.datetime) -> pl.DataFrame:
    """Whom crews met on those calls, without names."""
    facts = ("voluntary", "arrest", "force", "follow_up_asked", "follow_up_wanted", "felt_helped", "complained")
    words = ("age_band", "contact", "outcome", "destination", "harm")
    rows = (
        {"response_id": str(each.response_id), "supplies": ", ".join(each.supplies) or None, **{name: getattr(each, name) for name in facts}, **{name: getattr(each, name) or None for name in words}}
        for each in PersonMet.objects.filter(response__call_id__in=_roots(start, end), struck_at__isnull=True)
    )  # fmt: skip
    return _table(rows, PeopleMet, "people_met")


def staff_events(*, start: dt.datetime, end: dt.datetime) -> pl.DataFrame:
    """What happened to crews on those calls, and how they felt."""
    rows = (
        {"response_id": str(each.response_id), "kind": each.kind, "severity": each.severity or None, "felt_safe": each.felt_safe}
        for each in StaffEvent.objects.filter(response__call_id__in=_roots(start, end), struck_at__isnull=True)
    )  # fmt: skip
    return _table(rows, StaffEvents, "staff_events")


def readings(*, start: dt.datetime, end: dt.datetime) -> pl.DataFrame:
    """What readers by hand said of those calls: `call_id, verdict`."""
    held = Reading.objects.filter(call_id__in=_roots(start, end)).values_list("call_id", "verdict")
    return pl.DataFrame([(str(call), verdict) for call, verdict in held], schema={"call_id": pl.String, "verdict": pl.String}, orient="row")  # fmt: skip


def _roots(start: dt.datetime, end: dt.datetime) -> dict[uuid.UUID, uuid.UUID]:
    """Every call → the call that it is the same matter as, in the end; those whose end came in the span."""
    into = dict(Call.objects.filter(merged_into__isnull=False).values_list("pk", "merged_into"))
    came = set(
        Call.objects.filter(received_at__gte=start, received_at__lt=end, merged_into__isnull=True).values_list(
            "pk", flat=True
        )
    )
    root = {ident: ident for ident in came}
    for ident in into:
        last = ident
        while last in into:
            last = into[last]
        if last in came:
            root[ident] = last
    return root


def _table(rows: Iterable[dict[str, Any]], contract: type[tables.Table], where: str) -> pl.DataFrame:
    schema = contract.polars_schema()
    known = [{name: row.get(name) for name in schema} for row in rows]
    return tables.check(
        pl.DataFrame(known, schema=schema, orient="row") if known else pl.DataFrame(schema=schema),
        contract,
        where=where,
    )


def _decisions(root: dict[uuid.UUID, uuid.UUID]) -> pl.DataFrame:
    seen: dict[uuid.UUID, int] = defaultdict(int)
    rows = []
    for each in Decision.objects.filter(call_id__in=root).order_by("decided_at", "sequence"):
        call = root[each.call_id]
        seen[call] += 1
        rows.append({
            "decision_id": str(each.id), "call_id": str(call), "sequence": seen[call], "decided_at": each.decided_at, "program_version": each.program_id,
            "outcome": each.outcome, "possible": each.possible, "nature_eligible": each.nature_eligible, "team": each.team or None,
            "rule": each.rules[-1] if each.rules else None, "missing": ", ".join(each.missing), "override": each.override or None,
            "override_reason": each.override_reason or None, "shadow": each.shadow,
        })  # fmt: skip
    return _table(rows, Decisions, "decisions")


def _response(each: Response, root: dict[uuid.UUID, uuid.UUID]) -> dict[str, Any]:
    same = ("team", "mode", "assigned_at", "en_route_at", "staged_at", "arrived_at", "transport_at", "destination_at", "cleared_at", "available_at",
            "canceled_at", "found_weapon", "found_violence")  # fmt: skip
    told = {name: getattr(each, name) for name in same}
    texts = {"requested_by": each.requested_by, "handed_from": each.handed_from, "cancel_reason": each.cancel_reason, "outcome": each.outcome}  # fmt: skip
    told |= {name: value or None for name, value in texts.items()}
    over = each.available_at or each.cleared_at
    return {
        "response_id": str(each.id),
        "call_id": str(root[each.call_id]),
        "unit": each.unit.name,
        "crew": ", ".join(each.crew) or None,
        **told,
        "available_at": over,
    }


def _support(each: Support) -> dict[str, Any]:
    told = {"response_id": str(each.response_id), "reason": each.reason or None}
    return told | {name: getattr(each, name) for name in ("service", "kind", "asked_at", "arrived_at")}


def _duty(start: dt.datetime, end: dt.datetime, now: dt.datetime) -> pl.DataFrame:
    """Turns of duty that touch a span of time, cut at its ends and at now: what has not come is no duty yet."""
    last = min(end, now)
    rows = []
    for each in Duty.objects.filter(planned__overlap=(start, end)).select_related("unit"):
        begins = max(each.started_at or each.planned_start, start)
        ends = min(
            each.ended_at or (each.planned_end if each.started_at is None else max(each.planned_end, last)), last
        )
        if each.started_at is None and not each.unit.in_cad:
            # It was planned, and nobody signed on.
            begins = ends = min(max(each.planned_start, start), last)
        ends = max(begins, ends)
        if min(each.planned_end, last) > max(each.planned_start, start) or ends > begins:
            rows.append({
                "unit": each.unit.name, "team": each.unit.team, "planned_start": min(max(each.planned_start, start), last), "planned_end": min(max(each.planned_end, start), last), "started_at": begins,
                "ended_at": ends, "base": each.unit.base or None, "area": ", ".join(name for names in each.areas.values() for name in names) or None, "crew": ", ".join(each.crew) or None,
                "out_of_service_minutes": each.out_of_service_minutes,
            })  # fmt: skip
    return _table(rows, DutyTable, "duty")
