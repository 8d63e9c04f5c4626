"""The fixed cast, the clock and a CAD of the invented city, for tests of the service."""

from __future__ import annotations

import datetime as dt
import itertools
from typing import Any
from zoneinfo import ZoneInfo

from rightcall.program import starter
from rightcall.web.access import By

AT = dt.datetime(2026, 11, 20, 19, 0, tzinfo=dt.UTC)  # a Friday, 14:00 in Millbrook

CAST = {
    "dana": By("dana", ("telecommunicator",)), "cleo": By("cleo", ("clinician",)), "rosa": By("rosa", ("responder",)), "nico": By("nico", ("navigator",)),
    "sam": By("sam", ("supervisor",)), "priya": By("priya", ("planner",)), "ada": By("ada", ("auditor",)), "nobody": By("nobody"), "cad": By("source:CAD", ("cad",)),
}  # fmt: skip

ZONE = ZoneInfo("America/New_York")


def at_local(hour: int, minute: int, second: int = 0) -> dt.datetime:
    """A time on the Friday of the tests, by the clock of Millbrook."""
    return dt.datetime(2026, 11, 20, hour, minute, second, tzinfo=ZONE).astimezone(dt.UTC)


class Mirror:
    """A CAD that speaks of calls, and the sample program in force."""

    def __init__(self, text: str | None = None, *, outlines: dict[str, Any] | None = None) -> None:
        from rightcall.web.actions import programs, units
        from rightcall.web.queries import programs as programs_of

        early = at_local(0, 0) - dt.timedelta(days=1)
        version = programs.hand_in(text or starter.sample_text(), outlines=outlines, by=CAST["sam"], at=early)
        programs.put_in_force(version.version, takes_effect_at=early, by=CAST["sam"], at=early)
        self.program = programs_of.in_force(at=early).program
        units.lay_out(
            self.program, first=early.date(), last=early.date() + dt.timedelta(days=2), by=CAST["sam"], at=early
        )
        self.sent = itertools.count()

    def say(self, number: str, at: dt.datetime, **said: Any) -> Any:
        """Send one message about a call, as read; what comes back is the call."""
        from rightcall.calls import feed
        from rightcall.web.actions import calls

        content = {"message_id": f"m{next(self.sent)}", "sent_at": at, "number": number, **said}
        return calls.receive(
            feed.read_content(content, now=at), by=CAST["cad"], at=at + dt.timedelta(seconds=1), in_cad=True
        )
