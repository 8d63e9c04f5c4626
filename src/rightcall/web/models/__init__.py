"""Stored facts, one file per aggregate."""

from __future__ import annotations

from rightcall.web.models.accounts import Account
from rightcall.web.models.audit import AuditLink, AuditRow
from rightcall.web.models.calls import Call, Change, Decision, Reading, Report, Unserved
from rightcall.web.models.messages import Disagreement, Message, Notice, Outgoing, Source
from rightcall.web.models.programs import ProgramVersion
from rightcall.web.models.responses import PersonMet, Response, StaffEvent, StatusEvent, Support, UnitTime
from rightcall.web.models.units import Duty, Unit

__all__ = [
    "Account", "AuditLink", "AuditRow", "Call", "Change", "Decision", "Disagreement", "Duty", "Message", "Notice", "Outgoing",
    "PersonMet", "ProgramVersion", "Reading", "Report", "Response", "Source", "StaffEvent", "StatusEvent", "Support", "Unit", "UnitTime", "Unserved",
]  # fmt: skip
