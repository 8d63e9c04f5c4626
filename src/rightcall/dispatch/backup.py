"""Back-up: how often our crews ask for police or an ambulance, and the rules of asking, upgrading and handing back.

A crew asks on its own judgment and is never asked why first. What was asked routinely may become urgent, never the
other way round. Who was asked stays until our crew releases them; a call that turns out to be theirs is handed over,
and comes back to us only when they say that it is safe.
"""

from __future__ import annotations

from dataclasses import dataclass

from rightcall.dispatch import status
from rightcall.errors import RightcallError
from rightcall.locale import N_

KINDS = ("routine", "urgent")
HAND_OVER, HAND_BACK = "hand over", "hand back"


class BackupError(RightcallError):
    """Back-up that cannot be asked, upgraded or handed back like this."""


@dataclass(frozen=True)
class Published:
    """How often a program's crews asked for police: `asked` of `responses`."""

    program: str
    asked: float
    responses: int
    source: str

    @property
    def share(self) -> float:
        """Responses with back-up, as a share."""
        return self.asked / self.responses


# Each program counts in its own way: Denver's are calls for safety, Olympia's every response at which police were too.
PUBLISHED = (
    Published("Denver STAR", 0, 748, N_("Denver STAR's pilot of 2020: none in 748 calls")),
    Published("Eugene CAHOOTS", 150, 24_000, N_("Eugene's CAHOOTS in 2019: 150 of 24,000 calls (White Bird)")),
    Published("San Francisco SCRT", 284.6, 14_230, N_("San Francisco's street crisis teams: about 2 % (Durham FAQ 766)")),
    Published("Olympia CRU", 467, 2_301, N_("Olympia's crisis response unit in 2024: police were at 467 of about 2,301")),
)  # fmt: skip


def asked(*, kind: str) -> str:
    """The state of support that is asked for. `kind`: routine or urgent."""
    if kind not in KINDS:
        raise BackupError(f"“{kind}” is no kind of back-up.", mend=f"It is one of: {', '.join(KINDS)}.")
    return f"asked, {kind}"


def upgrade(state: str) -> str:
    """Make a request urgent. Raises `status.MoveError` where it is urgent already or nobody can still hurry."""
    return status.move(status.SUPPORT, state=state, event="upgrade")


def hand_over(response: str) -> str:
    """Give a call to police or ambulance. From then on it is theirs; our crew may stay to help."""
    return status.move(status.IN_PERSON, state=response, event=HAND_OVER)


def hand_back(*, response: str, scene_secured: bool | None) -> str:
    """A call that another service gives (back) to us begins as a response of its own, once the scene is said to be safe.

    Raises `BackupError` where nobody said so: unknown is not safe.
    """
    if response not in status.IN_PERSON.final:
        raise BackupError(f"a response that is “{response}” is still ours.", mend="Hand it over first.")
    if scene_secured is not True:
        raise BackupError(
            "nobody said that the scene is safe.", mend="Ask the officer on scene, and record the answer."
        )
    return next(iter(status.IN_PERSON.docs))
