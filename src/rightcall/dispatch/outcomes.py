"""How a response ends, in words of ours and as an APCO common disposition (APCO 1.111.2) for exchange.

To CAD goes the code with its plain words and nothing else: what CAD holds is read by police and is often public record.
"""

from __future__ import annotations

from rightcall.errors import RightcallError
from rightcall.locale import N_

NOT_STATED = N_("not stated")
# Our word → the code and the words that go back to CAD.
OUTCOMES = {
    N_("settled by phone"): ("05", "settled by phone"),
    N_("settled on scene"): ("18", "settled by contact"),
    N_("moved to a place"): ("16", "transport"),
    N_("referred to a partner"): ("15", "referred to partner agency"),
    N_("met, declined"): ("42", "refused"),
    N_("gone on arrival"): ("14", "gone on arrival, unable to locate"),
    N_("caller gone"): ("14", "gone on arrival, unable to locate"),
    N_("handed to EMS"): ("45", "transported by EMS"),
    N_("handed to police"): ("15", "referred to partner agency"),
    N_("turned into a visit"): ("15", "referred to partner agency"),
    N_("not needed on scene"): ("35", "standby, no service"),
    NOT_STATED: ("", "not stated"),
}
# What a crew may say where it clears a call, or hands it over.
ENDINGS = {
    "clear": (
        "settled on scene", "moved to a place", "referred to a partner", "met, declined", "gone on arrival", "handed to EMS", "handed to police",
        "not needed on scene", NOT_STATED,
    ),
    "hand over": ("handed to police", "handed to EMS"),
}  # fmt: skip
# Nobody was met or spoken to.
NO_CONTACT = ("gone on arrival", "caller gone", "not needed on scene")
# Police or an ambulance took it over.
HANDED_OVER = ("handed to EMS", "handed to police")
# Whether the crew spoke with a neighbor; one who declined was spoken with.
CONTACTS = (N_("met"), N_("declined"), N_("gone"))
# Kinds of places where somebody is taken.
DESTINATIONS = (
    N_("emergency department"), N_("crisis center"), N_("sobering or detox"), N_("clinic"), N_("shelter"), N_("home or family"), N_("another place"),
)  # fmt: skip
SUPPLIES = (
    N_("naloxone"),
    N_("food"),
    N_("water"),
    N_("wound care"),
    N_("clothing"),
    N_("hygiene"),
    N_("something else"),
)
NO_HARM = N_("no harm")
HARMS = (NO_HARM, N_("injured"), N_("died"))
# Where nobody was taken to care.
NO_CARE = ("home or family",)
# What happened to a member of the crew, and how grave an injury was, by the criteria of OSHA (29 CFR 1904.7).
FELT_SAFE, INJURY = "felt safe", N_("injury")
STAFF_EVENTS = (INJURY, N_("threat"), N_("exposure"), N_("near miss"), FELT_SAFE)
SEVERITIES = (N_("first aid"), N_("medical treatment"), N_("days away"), N_("death"))
CANCELED, CANCELED_EN_ROUTE, DUPLICATE = ("10", "cancelled"), ("21", "unit cancelled en route"), ("22", "duplicate")

REASSIGNED = N_("another unit has it now")
CANCEL_REASONS = (
    N_("the center needs it elsewhere"), N_("the caller called it off"), N_("police took it"), N_("EMS took it"),
    N_("the same matter as another call"), N_("not safe for us"), N_("the vehicle or the crew cannot go"), N_("CAD took it off"), REASSIGNED,
)  # fmt: skip
OVERRIDE_REASONS = (
    N_("the caller asked for it"), N_("something was heard on the line"), N_("known history of the place"), N_("nobody of ours is near enough"),
    N_("police on scene asked"), N_("a clinician advised it"), N_("the program is wrong here"),
)  # fmt: skip


class OutcomeError(RightcallError):
    """A word that is no outcome."""


def stated(word: str | None) -> str:
    """The outcome that somebody else names, if it is one of ours, else *not stated*."""
    return word if word is not None and word in OUTCOMES else NOT_STATED


def disposition(outcome: str) -> tuple[str, str]:
    """Code and words for CAD. Raises `OutcomeError`, so that nothing else can go out."""
    if outcome not in OUTCOMES:
        raise OutcomeError(f"“{outcome}” is no outcome.", mend=f"It is one of: {', '.join(OUTCOMES)}.")
    return OUTCOMES[outcome]
