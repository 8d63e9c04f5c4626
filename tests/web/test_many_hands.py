"""Many hands on one board, in any order: whatever they do, what must hold holds."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from millbrook import CAST, Mirror, at_local
from test_dispatching import ASSIGN

from rightcall import audit
from rightcall.dispatch import outcomes, status
from rightcall.errors import RightcallError
from rightcall.web.actions import deciding, dispatch, linking, units
from rightcall.web.database import Database
from rightcall.web.models import AuditLink, AuditRow, Call, Response, StatusEvent, Unit

EVENTS = sorted({move.event for table in (status.IN_PERSON, status.BY_PHONE) for move in table.moves})
FACTS = ("weapon", "violence", "fire", "medical_emergency", "in_traffic", "crime_in_progress")


class Board(RuleBasedStateMachine):
    """Desk, crews and CAD at once. `city`: with a fresh database behind it."""

    calls: Any = Bundle("calls")
    city: Mirror
    # One clock for all examples, since they share a database.
    minute = 0.0

    def __init__(self) -> None:
        super().__init__()
        self.number = 0
        self.start = Call.objects.count()

    def now(self) -> dt.datetime:
        Board.minute += 0.5
        return at_local(9, 0) + dt.timedelta(minutes=Board.minute)

    @staticmethod
    def unit(n: int) -> Unit:
        return Unit.objects.order_by("name")[n % Unit.objects.count()]

    @rule(target=calls, weapon=st.sampled_from([True, False, None]))
    def comes(self, weapon: bool | None) -> str:
        self.number += 1
        name = f"m{self.start}-{self.number}"
        self.city.say(name, self.now(), type="TRESPASS", facts={"weapon": weapon})
        return name

    def tried(self, deed: Any) -> None:
        try:
            deed()
        except RightcallError as error:
            assert str(error)

    @rule(name=calls, n=st.integers(0, 9))
    def assigned(self, name: str, n: int) -> None:
        self.tried(
            lambda: dispatch.assign(
                Call.objects.get(number=name).id, unit=self.unit(n).id, by=CAST["dana"], at=self.now()
            )
        )

    @rule(
        n=st.integers(0, 99),
        event=st.sampled_from(EVENTS),
        late=st.integers(0, 5),
        outcome=st.sampled_from([*outcomes.OUTCOMES, ""]),
    )
    def moved(self, n: int, event: str, late: int, outcome: str) -> None:
        held = list(Response.objects.filter(call__number__startswith=f"m{self.start}-").order_by("pk"))
        if held:
            at = self.now()
            self.tried(
                lambda: dispatch.move(
                    held[n % len(held)].id,
                    event=event,
                    by=CAST["dana"],
                    at=at,
                    happened_at=at - dt.timedelta(minutes=late),
                    outcome=outcome,
                )
            )

    @rule(n=st.integers(0, 9), event=st.sampled_from(["free", "withdraw", "be ready", "be back"]))
    def unit_moved(self, n: int, event: str) -> None:
        self.tried(lambda: dispatch.move_unit(self.unit(n).id, event=event, by=CAST["dana"], at=self.now()))

    @rule(name=calls, fact=st.sampled_from(FACTS), value=st.sampled_from([True, False, None]))
    def answered(self, name: str, fact: str, value: bool | None) -> None:
        self.tried(
            lambda: deciding.answer(
                Call.objects.get(number=name).id, fact=fact, value=value, by=CAST["dana"], at=self.now()
            )
        )

    @rule(
        name=calls,
        reason=st.sampled_from(outcomes.OVERRIDE_REASONS),
        send=st.sampled_from(["police", "community", "ems"]),
    )
    def overridden(self, name: str, reason: str, send: str) -> None:
        self.tried(
            lambda: deciding.override(
                Call.objects.get(number=name).id, send=send, reason=reason, by=CAST["dana"], at=self.now()
            )
        )

    @rule(name=calls, event=st.sampled_from(["close", "cancel", "reopen"]))
    def told(self, name: str, event: str) -> None:
        self.city.say(name, self.now(), event=event, disposition="d")

    @rule(name=calls, other=calls, event=st.sampled_from(["merge", "split"]))
    def merged(self, name: str, other: str, event: str) -> None:
        if name != other:
            self.tried(lambda: self.city.say(name, self.now(), event=event, other_number=other))

    @invariant()
    def a_unit_has_one_call_and_looks_like_it(self) -> None:
        going = list(
            Response.objects.filter(cleared_at__isnull=True, canceled_at__isnull=True).values_list("unit_id", flat=True)
        )
        assert len(going) == len(set(going))
        busy = set(Unit.objects.filter(state__in=status.ON_A_CALL).values_list("pk", flat=True))
        assert busy == set(going)

    @invariant()
    def every_call_is_owned_and_decided_in_order(self) -> None:
        assert not Call.objects.filter(owner="").exists()
        for call in Call.objects.filter(number__startswith=f"m{self.start}-"):
            numbers = list(call.decisions.order_by("sequence").values_list("sequence", flat=True))
            assert numbers == list(range(1, len(numbers) + 1))
            assert numbers

    @invariant()
    def the_present_is_never_older_than_what_moved_it(self) -> None:
        for unit in Unit.objects.all():
            last = StatusEvent.objects.filter(unit=unit, applied=True).order_by("-happened_at", "-known_at").first()
            assert last is None or last.happened_at <= unit.state_at

    def teardown(self) -> None:
        linking.link()
        assert not AuditRow.objects.filter(link__isnull=True).exists()
        import os

        assert audit.verify(audit.read_database(os.environ["DATABASE_URL"])) == []
        assert AuditLink.objects.exists()


@pytest.mark.parametrize("seed", [1])
def test_whatever_many_hands_do_what_must_hold_holds(fresh: Database, seed: int) -> None:
    Board.city = Mirror(ASSIGN)
    for unit in Unit.objects.all():
        units.begin(unit, by=CAST["sam"], at=at_local(8, 0))
    run_state_machine_as_test(
        Board,
        settings=settings(
            max_examples=12, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
