"""The server's clock, held against one that nobody can set: a clock that jumps would make the past look like the future."""

from __future__ import annotations

import datetime as dt
import os
import time

from rightcall.errors import RightcallError
from rightcall.locale import Message

# As far as a sender's clock may be ahead of ours.
MOST_SECONDS = 300.0


class ClockError(RightcallError):
    """The machine's clock jumped. Nothing is taken until it is right again, or the service was started with it."""


def _wall() -> float:
    return time.time()


def _steady() -> float:
    # It goes on while the machine sleeps, where there is such a clock.
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)) if hasattr(time, "clock_gettime") else time.monotonic()  # fmt: skip


# Processes of one service share what the clock was when it began.
BEGAN = "RIGHTCALL_CLOCK_BEGAN"
_BEGAN = float(os.environ.get(BEGAN) or _wall() - _steady())


def began() -> float:
    """What the clock showed when the steady one showed nothing, as the service began."""
    return _BEGAN


def jumped() -> float:
    """Seconds by which the clock is elsewhere than it would be had nobody set it since the service began."""
    return _wall() - _steady() - _BEGAN


def check() -> None:
    """Raise `ClockError` if it jumped further than can be lived with."""
    seconds = jumped()
    if abs(seconds) > MOST_SECONDS:
        shown = now().isoformat(timespec="seconds")
        raise ClockError(
            Message(
                "the clock of this machine jumped by {minutes} minutes: it shows {shown}.",
                {"minutes": f"{seconds / 60:+.0f}", "shown": shown},
            ),
            mend=Message("Set it right; if that is right, start the service again."),
        )


def now() -> dt.datetime:
    """What the clock shows."""
    return _shown()


def _shown() -> dt.datetime:
    return dt.datetime.now(dt.UTC)
