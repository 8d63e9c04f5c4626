"""Decisions on calls: by the program, by what a person answered, by a person against the program; and what they lead to."""

from __future__ import annotations

import datetime as dt
import uuid

from django.db import transaction

from rightcall.calls import feed
from rightcall.calls.columns import CATEGORIES, FACTS
from rightcall.dispatch import outcomes, sending
from rightcall.locale import N_, Message
from rightcall.triage import decisions
from rightcall.triage.decisions import Outcome
from rightcall.web import access
from rightcall.web.access import By, Conflict, Missing
from rightcall.web.actions import dispatch, trail
from rightcall.web.models import Call, Change, Decision, Response, Support, Unserved
from rightcall.web.models.calls import CENTER
from rightcall.web.queries import calls as calls_of
from rightcall.web.queries import programs, units
from rightcall.web.queries.programs import InForce

OURS = "ours"
OVERRIDE = ("override", "override_reason", "overridden_at", "overridden_by")


def decide(call: Call, *, live: InForce, at: dt.datetime, because: str, by: By) -> Decision:
    """Decide an open call by the program in force, and keep it."""
    outcome, nature = decisions.decide_with_nature(calls_of.row(call), prepared=live.prepared)
    before = list(Decision.objects.filter(call=call).order_by("sequence"))
    last = before[-1] if before else None
    # What a person decided holds as long as the program's answer is the same.
    kept = {name: getattr(last, name) for name in OVERRIDE} if last and last.override and last.send == list(outcome.send) else {}  # fmt: skip
    made = Decision.objects.create(
        call=call, sequence=before[-1].sequence + 1 if before else 1, decided_at=at, program_id=live.program.version, outcome=outcome.outcome,
        possible=" | ".join(" + ".join(answer) or decisions.NO_RULE for answer in outcome.possible), nature_eligible=nature,
        team=outcome.team or "", send=list(outcome.send), rules=list(outcome.rules), missing=list(outcome.missing), because=because, **kept,
    )  # fmt: skip
    _keep_on_line(call, outcome, live, at=at)
    responses = list(Response.objects.filter(call=call))
    _support(call, responses, outcome, at=at)
    _account(call, [*before, made], responses, at=at, live=live)
    return made


def _keep_on_line(call: Call, outcome: Outcome, live: InForce, *, at: dt.datetime) -> None:
    """Who stays with the caller: whoever transferred the call, else the team that the rule names, if it is on duty."""
    rule = next((rule for rule in live.program.rule if rule.id == outcome.rule), None)
    if rule is None or not rule.keep_on_line or call.on_line != CENTER:
        return
    if units.teams(live.program, call, at=at).get(rule.keep_on_line) == sending.FREE:
        call.on_line = rule.keep_on_line
        call.save(update_fields=["on_line"])


def _support(call: Call, responses: list[Response], outcome: Outcome, *, at: dt.datetime) -> None:
    """Who comes along from now on, and who asked for us, at the responses in person that go on."""
    for response in responses:
        if response.over or response.mode == "phone":
            continue
        kind = "asked us" if call.requested_by == "police" else "sent along" if "police" in outcome.send and response.arrived_at is None else ""  # fmt: skip
        if kind:
            Support.objects.get_or_create(response=response, service="police", kind=kind, defaults={"asked_at": at})


def account_for(call: Call, *, at: dt.datetime, live: InForce, over: bool = False) -> None:
    """Say why a call that is ours was not taken, and who went instead; take that back once a team of ours has it.

    While the call is open only what waiting cannot mend is said: nobody on duty, nobody who serves the place, no whole crew.
    """
    decided = list(Decision.objects.filter(call=call).order_by("sequence"))
    _account(call, decided, list(Response.objects.filter(call=call)), at=at, live=live, over=over)


def _account(
    call: Call, decided: list[Decision], responses: list[Response], *, at: dt.datetime, live: InForce, over: bool = False
) -> None:  # fmt: skip
    if any(each.state != "canceled" for each in responses):
        Unserved.objects.filter(call=call).delete()
        return
    eligible = next((each for each in reversed(decided) if each.outcome == OURS), None)
    if eligible is None or call.state == "merged":
        return
    live = live if eligible.program_id == live.program.version else programs.of_version(eligible.program_id)
    go = sending.who_goes(
        calls_of.outcome_of(eligible, live), program=live.program, teams=units.teams(live.program, call, at=at)
    )
    last = decided[-1]
    reason = go.reason if go.reason in sending.LASTING and last.outcome == OURS else ""
    instead = go.services if go.team is None and last.outcome == OURS else tuple(last.send)
    if last.override:
        reason = "caller asked for police" if "caller" in last.override_reason else "dispatcher chose police"
        instead = (last.override,)
    elif over and not reason:
        reason = (
            "upgraded"
            if last.outcome != OURS
            else "canceled"
            if call.state == "canceled"
            else "unit withdrawn"
            if responses
            else go.reason or "unknown"
        )
        instead = instead if last.outcome != OURS else (live.program.undecided.send,)
    if reason:
        # What was said first stays: at that moment the call was ours, and nobody of ours was there.
        told = Unserved(call=call, reason=reason, sent_instead=" + ".join(instead), at=at)
        Unserved.objects.bulk_create([told], ignore_conflicts=True)


def nobody_needed(call: Call, *, reason: str, at: dt.datetime, known_at: dt.datetime, by: By) -> None:
    """Take off the units of ours that have the call and did not arrive; those that a CAD moves it takes off itself."""
    waiting = Response.objects.filter(
        call=call, state__in=("assigned", "en route", "staged"), unit__in_cad=False
    ).select_related("unit")
    for response in waiting:
        dispatch.apply(
            response,
            event="lose" if response.mode == "phone" else "cancel",
            at=max(at, dispatch.latest_of(response)),
            known_at=known_at,
            by=by,
            cancel_reason=reason,
        )


def _open(ident: uuid.UUID | str, by: By) -> Call:
    """An open call that this person may see, locked."""
    call = calls_of.for_person(ident, by=by)
    call = Call.objects.select_for_update(of=("self",)).get(pk=call.pk)
    if call.state != "open":
        raise Conflict(
            Message("the call is {state} by now.", {"state": Message(call.state)}),
            mend=Message("Reopen it first, if it was not over."),
        )
    return call


@transaction.atomic
def answer(ident: uuid.UUID | str, *, fact: str, value: bool | str | None, by: By, at: dt.datetime) -> Decision:
    """Note what was answered to a question about a call, and decide again. `None`: nobody knows after all."""
    by.must("answer a question")
    call = _open(ident, by)
    live, stamp = programs.in_force(at=at), feed.stamp(at)
    if fact in FACTS and (value is None or isinstance(value, bool)):
        old = call.facts.get(fact)
        call.told[fact], call.said[f"facts.{fact}"] = value, stamp
        call.facts = calls_of.facts(call, live)
    elif fact in CATEGORIES and (value is None or value in CATEGORIES[fact]):
        old = getattr(call, fact)
        setattr(call, fact, value or "")
        call.said[fact] = stamp
    else:
        raise Missing(
            Message("“{value}” is no answer to “{fact}”.", {"value": value, "fact": fact}),
            mend=Message("Answer yes, no or unknown, or one of the words of the list."),
        )
    call.save()
    Change.objects.create(call=call, field=fact, old=old, new=value, happened_at=at, known_at=at, by_role=by.role)
    made = decide(call, live=live, at=at, because="answered", by=by)
    trail.record("call answer", by=by, at=at, about=f"call {call.id}", field=fact)
    trail.tell("call", call.id, at=at)
    return made


@transaction.atomic
def override(ident: uuid.UUID | str, *, send: str, reason: str, by: By, at: dt.datetime) -> Decision:
    """Decide otherwise than the program, with a reason from the list. A person decides who is sent."""
    by.must("override")
    call = _open(ident, by)
    live = programs.in_force(at=at)
    access.listed(reason, outcomes.OVERRIDE_REASONS, what=N_("reasons"))
    if send not in live.program.team_ids | {service.id for service in live.program.outside}:
        raise Missing(
            Message("“{send}” is no service of the program.", {"send": send}),
            mend=Message("Choose a team of ours, or an outside service."),
        )
    last = Decision.objects.select_for_update().filter(call=call).order_by("sequence").last()
    if last is None:
        last = decide(call, live=live, at=at, because="changed", by=by)
    last.override, last.override_reason, last.overridden_at, last.overridden_by = send, reason, at, by.name
    last.save()
    account_for(call, at=at, live=live)
    trail.record("call override", by=by, at=at, about=f"call {call.id}", send=send, reason=reason)
    trail.tell("call", call.id, at=at)
    return last
