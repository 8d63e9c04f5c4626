"""Every deed and every look refuses the roles that the table of access.py leaves out, and no other."""

from __future__ import annotations

import inspect
import uuid
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest
from millbrook import Mirror, at_local

from rightcall.errors import RightcallError
from rightcall.web import access
from rightcall.web.access import PERMISSIONS, ROLES, AccessError, By, Missing
from rightcall.web.actions import (
    accounts,
    calls,
    deciding,
    dispatch,
    encounters,
    entering,
    messages,
    mirror,
    programs,
    reading,
    units,
)
from rightcall.web.database import Database
from rightcall.web.models import PersonMet, Response, Unit
from rightcall.web.queries import board, comparing, crew, sample, standing

AT = at_local(14, 0)
GUESS = str(uuid.UUID(int=7))
Deed = tuple[str, Callable[..., Any]]


def deeds(city: Mirror) -> dict[Callable[..., Any], Deed]:
    """Each public function that asks who does it: the permission that it needs, and how it is called by somebody."""
    call = city.say("1", AT, type="TRESPASS", units=[{"service": "ours", "unit": "CR-1", "assigned_at": AT}])
    response, desk = Response.objects.get(call=call).id, Unit.objects.get(name="Desk-1")
    version = city.program.version
    noted = PersonMet.objects.create(response_id=response, contact="met", told_at=AT).id
    return {
        dispatch.assign: ("assign", lambda by: dispatch.assign(call.id, unit=desk.id, by=by, at=AT)),
        dispatch.move: ("move a unit", lambda by: dispatch.move(response, event="roll", by=by, at=AT)),
        dispatch.move_unit: ("move a unit", lambda by: dispatch.move_unit(desk.id, event="withdraw", by=by, at=AT)),
        dispatch.check_in: ("move a unit", lambda by: dispatch.check_in(response, by=by, at=AT)),
        deciding.answer: ("answer a question", lambda by: deciding.answer(call.id, fact="weapon", value=True, by=by, at=AT)),
        deciding.override: ("override", lambda by: deciding.override(call.id, send="police", reason="the caller asked for it", by=by, at=AT)),
        calls.conclude: ("close a call", lambda by: calls.conclude(call.id, event="close", disposition="settled on scene", by=by, at=AT)),
        encounters.met: ("write down a visit", lambda by: encounters.met(response, encounters.Met("met"), by=by, at=AT)),
        encounters.found: ("write down a visit", lambda by: encounters.found(response, weapon=True, violence=None, felt_safe=None, by=by, at=AT)),
        encounters.befell: ("write down a visit", lambda by: encounters.befell(response, kind="threat", by=by, at=AT)),
        encounters.strike: ("write down a visit", lambda by: encounters.strike(noted, by=by, at=AT)),
        encounters.ask_back_up: ("move a unit", lambda by: encounters.ask_back_up(response, service="police", kind="urgent", by=by, at=AT)),
        entering.enter: ("enter a call", lambda by: entering.enter({"type": "TRESPASS", "token": str(uuid.uuid4())}, by=by, at=AT)),
        accounts.make: ("manage accounts", lambda by: accounts.make(f"new-{uuid.uuid4()}", roles=["planner"], by=by, at=AT)),
        accounts.new_link: ("manage accounts", lambda by: accounts.new_link("nobody", by=by, at=AT)),
        accounts.release: ("manage accounts", lambda by: accounts.release("nobody", by=by, at=AT)),
        accounts.change: ("manage accounts", lambda by: accounts.change("nobody", by=by, at=AT)),
        accounts.on_unit: ("manage accounts", lambda by: accounts.on_unit("nobody", "", by=by, at=AT)),
        programs.hand_in: ("propose a program", lambda by: programs.hand_in("", by=by, at=AT)),
        programs.put_in_force: ("put a program in force", lambda by: programs.put_in_force(GUESS, takes_effect_at=AT, by=by, at=AT)),
        programs.withdraw: ("put a program in force", lambda by: programs.withdraw(GUESS, by=by, at=AT)),
        units.lay_out: ("manage duty", lambda by: units.lay_out(city.program, first=AT.date(), last=AT.date(), by=by, at=AT)),
        units.lay_out_ahead: ("manage duty", lambda by: units.lay_out_ahead(city.program, by=by, at=AT)),
        units.begin: ("manage duty", lambda by: units.begin(desk, by=by, at=AT)),
        units.staff: ("manage duty", lambda by: units.staff(desk, [], by=by, at=AT)),
        units.finish: ("manage duty", lambda by: units.finish(desk, by=by, at=AT)),
        messages.make_source: ("manage sources", lambda by: messages.make_source(f"s {uuid.uuid4()}"[:40], format="json", by=by, at=AT)),
        messages.new_key: ("manage sources", lambda by: messages.new_key(GUESS, by=by, at=AT)),
        messages.use_source: ("manage sources", lambda by: messages.use_source(GUESS, active=False, by=by, at=AT)),
        mirror.seen: ("manage sources", lambda by: mirror.seen([GUESS], by=by, at=AT)),
        board.board: ("see the board", lambda by: board.board(by=by, at=AT)),
        board.unit_rows: ("see the board", lambda by: board.unit_rows(by=by, at=AT)),
        board.detail: ("see the board", lambda by: board.detail(call.id, by=by, at=AT)),
        comparing.with_last_month: ("see the program", lambda by: comparing.with_last_month(version, at=AT, by=by)),
        standing.standing: ("see measures", lambda by: standing.standing("today", by=by, at=AT)),
        standing.week: ("manage duty", lambda by: standing.week(by=by, at=AT)),
        standing.crews: ("manage duty", lambda by: standing.crews(by=by, at=AT)),
        standing.all_units: ("manage accounts", lambda by: standing.all_units(by=by)),
        crew.crew: ("see own unit", lambda by: crew.crew(by=by, at=AT)),
        crew.stamp: ("see own unit", lambda by: crew.stamp(by=by, at=AT)),
        sample.sample: ("read a sample", lambda by: sample.sample(by=by, at=AT)),
        reading.read: ("read a sample", lambda by: reading.read(call.id, verdict="ours", by=by, at=AT)),
        dispatch.take: ("enter a call", lambda by: dispatch.take(call, by=by, at=AT)),
        standing.sources: ("manage sources", lambda by: standing.sources(by=by)),
        standing.accounts: ("manage accounts", lambda by: standing.accounts(by=by)),
        standing.versions: ("see the program", lambda by: standing.versions(by=by)),
        standing.trail: ("read the audit trail", lambda by: standing.trail(by=by)),
        standing.head: ("read the audit trail", lambda by: standing.head(by=by, at=AT, key=b"k" * 32)),
    }  # fmt: skip


@pytest.mark.parametrize("role", ROLES)
def test_each_deed_is_done_by_the_roles_of_the_table_alone(fresh: Database, role: str) -> None:
    by = By(f"a {role}", (role,))
    for deed, (permission, tried) in deeds(Mirror()).items():
        refused: Exception | None = None
        try:
            tried(by)
        except RightcallError as error:
            refused = error
        if access.may((role,), permission):
            assert not isinstance(refused, AccessError), (deed.__name__, refused)
        else:
            # Of what somebody may not see it is not even said that it is there.
            assert isinstance(refused, AccessError | Missing), deed.__name__
            assert isinstance(refused, AccessError) or "for you" in str(refused), deed.__name__


WITHOUT = {
    # Called by what is in the table, with its `by` for the trail alone; or by a link of the account's owner.
    "receive", "merge", "split", "reopen", "end", "decide", "nobody_needed", "give", "apply", "units", "saw", "record", "refuse", "for_person", "can_take",
}  # fmt: skip


def test_no_deed_and_no_look_is_forgotten(fresh: Database) -> None:
    held = deeds(Mirror())
    known = set(held)
    modules: list[ModuleType] = [accounts, calls, deciding, dispatch, encounters, entering, messages, mirror, programs, reading, units, board, comparing, crew, sample, standing]  # fmt: skip
    for module in modules:
        for name, function in inspect.getmembers(module, inspect.isfunction):
            asks = "by" in inspect.signature(function).parameters
            if asks and not name.startswith("_") and function.__module__ == module.__name__ and name not in WITHOUT:
                assert function in known, f"{module.__name__}.{name}"
    assert {permission for permission, _ in held.values()} >= set(PERMISSIONS) - {"see own calls", "move own unit"}  # fmt: skip
