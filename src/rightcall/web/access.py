"""Roles and what each may do: one table. Everything that is asked of the service names one of these permissions."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from rightcall.errors import RightcallError
from rightcall.locale import N_, Message

TELECOMMUNICATOR, CLINICIAN, RESPONDER, NAVIGATOR = (
    N_("telecommunicator"),
    N_("clinician"),
    N_("responder"),
    N_("navigator"),
)
SUPERVISOR, PLANNER, AUDITOR, PUBLIC = N_("supervisor"), N_("planner"), N_("auditor"), N_("public")

ROLES = {
    TELECOMMUNICATOR: N_("takes 911 calls and watches the board"),
    CLINICIAN: N_("takes the calls of the desk in the 911 center, and watches the board"),
    RESPONDER: N_("is on a crew; sees the calls of that crew alone"),
    NAVIGATOR: N_("follows up with neighbors"),
    SUPERVISOR: N_("runs the shift, the accounts and the measures"),
    PLANNER: N_("writes the program and sees measures, never people"),
    AUDITOR: N_("reads the audit trail"),
    PUBLIC: N_("anybody, not signed in"),
}  # fmt: skip


class AccessError(RightcallError):
    """Somebody asked for what they may not do."""


class Missing(RightcallError):
    """There is no such thing, or not for this person: the two are told alike."""


class Conflict(RightcallError):
    """What was asked for does not fit what is so by now."""


def listed(word: str, known: Collection[str], *, what: str) -> None:
    """Raise `Missing` for a word that is not in a list. `what`: the list, as people call it."""
    if word not in known:
        raise Missing(
            Message("“{word}” is not in the list: {what}.", {"word": word[:80], "what": Message(what)}),
            mend=Message("It is one of: {list}.", {"list": [Message(each) for each in known]}),
        )


@dataclass(frozen=True)
class Permission:
    """Something that can be done: its sentence, and the roles that may."""

    doc: str
    roles: frozenset[str]


def _may(doc: str, *roles: str) -> Permission:
    return Permission(doc, frozenset(roles))


_DESKS = (TELECOMMUNICATOR, CLINICIAN, SUPERVISOR)
PERMISSIONS = {
    "see the board": _may(N_("every open call and every unit"), *_DESKS),
    "see own calls": _may(N_("the calls that one's own unit has, while it has them and that shift"), RESPONDER, *_DESKS),
    "see own unit": _may(N_("the page of one's own crew: its unit, its calls, what it writes down"), RESPONDER),
    "enter a call": _may(N_("a call by hand: by phone, walk-up, radio, outreach"), RESPONDER, *_DESKS),
    "answer a question": _may(N_("a fact about a call, or a correction of one"), *_DESKS),
    "override": _may(N_("decide otherwise than the program, with a reason"), *_DESKS),
    "assign": _may(N_("give a call to a unit that no CAD moves, take it back, give it to another"), *_DESKS),
    "move a unit": _may(N_("the status of any unit that no CAD moves"), *_DESKS),
    "move own unit": _may(N_("the status of one's own unit"), RESPONDER, *_DESKS),
    "write down a visit": _may(N_("whom a crew met, what it found, how it fared; see and take back what was noted"), RESPONDER, CLINICIAN, SUPERVISOR),
    "close a call": _may(N_("close, cancel, merge, split, reopen a call that no CAD holds"), *_DESKS),
    "see measures": _may(N_("what it adds up to, without people"), SUPERVISOR, PLANNER),
    "read a sample": _may(N_("calls that were left to others, drawn by chance, to say whether they were ours"), CLINICIAN, SUPERVISOR),
    "see the program": _may(N_("the program that is in force and those that are to come"), *_DESKS, RESPONDER, NAVIGATOR, PLANNER, AUDITOR),
    "propose a program": _may(N_("hand in a new version and compare it on last month's calls"), SUPERVISOR, PLANNER),
    "put a program in force": _may(N_("set the day from which a version holds"), SUPERVISOR),
    "manage duty": _may(N_("who is on duty, when, with which unit"), SUPERVISOR),
    "manage accounts": _may(N_("make, lock and release accounts and their roles"), SUPERVISOR),
    "manage sources": _may(N_("who may send calls, by what key, and what came of it"), SUPERVISOR),
    "read the audit trail": _may(N_("who did and saw what, and the signed head"), AUDITOR),
}  # fmt: skip


def may(roles: tuple[str, ...] | list[str], permission: str) -> bool:
    """Whether somebody with these roles may do this. An unknown permission is a mistake of ours: `KeyError`."""
    return bool(PERMISSIONS[permission].roles.intersection(roles))


def check(roles: tuple[str, ...] | list[str], permission: str) -> None:
    """Raise `AccessError` unless somebody with these roles may do this."""
    if not may(roles, permission):
        who = [Message(role) for role in sorted(PERMISSIONS[permission].roles)]
        raise AccessError(Message("you may not do this here."), mend=Message("It is for: {who}.", {"who": who}))


@dataclass(frozen=True)
class By:
    """Who does something: the name that the audit trail keeps, the roles, and where the request came from."""

    name: str
    roles: tuple[str, ...] = ()
    address: str = ""
    # The unit of a responder, by its id.
    unit: str = ""

    @property
    def role(self) -> str:
        """The role that is written beside a change."""
        return self.roles[0] if self.roles else self.name

    def must(self, permission: str) -> None:
        """Raise `AccessError` unless this one may."""
        check(self.roles, permission)
