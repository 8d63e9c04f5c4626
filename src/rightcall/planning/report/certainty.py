"""Where a value comes from and how sure it is, in words: the same in every chapter."""

from __future__ import annotations

from rightcall.locale import N_, Message
from rightcall.planning.staffing import people

UNKNOWN_SAID = Message(N_("unknown"))
STATED, PUBLISHED = Message(N_("stated in the program")), Message(N_("published, of another place"))
UNSOURCED = Message(N_("stated in the program without a source"))
USUAL_SAID, ASSUMED_SAID = Message(N_("usual elsewhere; not yet this city's")), Message(N_("assumed; no source"))
# Sources of ours; a city's own stand as the city wrote them.
OURS = (
    N_("usual in 24-hour services; the city's contract takes its place"), N_("assumed until the contract's article is entered"),
    N_("Durham's postings of 2025"), N_("Local Government Performance Center: 2,080 − 382 = 1,698"),
    N_("BLS ECEC June 2025, state and local government, less paid leave"), N_("BLS ECEC June 2025, private industry, less paid leave"),
    N_("National Incident Management System: 3 to 7, best 5 (FEMA)"),
)  # fmt: skip
assert people.USUAL in OURS


def sourced(text: str) -> Message | str:
    """A source: ours in the reader's language, the city's as it stands."""
    return Message(N_("none stated")) if not text else Message(text) if text in OURS else text


def stated(source: str) -> Message:
    """How sure a value of the program document is, by the source that it names or not."""
    return STATED if source else UNSOURCED
