"""A staffed program with pay, as the budget needs it."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "simulation"))
import invented_city as inv

from rightcall.planning import hiring, staffing_model, staffing_run
from rightcall.planning.staffing import reach
from rightcall.planning.staffing_run import People

HIRING = "[hiring]\nposted = 2027-05-01\n"


@pytest.fixture(scope="session")
def paid() -> People:
    """The invented city's program staffed as written, everybody's pay known."""
    from test_budget import CITY, PAY, YEARS

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reach, "ENOUGH_CALLS", 4_000)
        patch.setattr(staffing_model, "COVERAGE_RUNS", 5)
        patch.setattr(hiring, "RUNS", 4)
        text = inv.EXPECT + '[[assume]]\ninput = "hand-over"\nvalue = 0\n' + PAY + CITY + YEARS + HIRING
        city = inv.place(inv.calls(days=56, a_day=96), stamps=True)
        return staffing_run.chapter(
            inv.program(text), city, at=dt.datetime(2026, 11, 2, tzinfo=dt.UTC), where="p", sources=()
        )
