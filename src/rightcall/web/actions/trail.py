"""The row that every write leaves in the audit trail, and the notice that it gives to screens."""

from __future__ import annotations

import datetime as dt
from typing import Any

from rightcall.web.access import PUBLIC, By
from rightcall.web.models import AuditRow, Notice

AGAIN = dt.timedelta(minutes=1)


def record(action: str, *, by: By, at: dt.datetime, about: str = "", outcome: str = "done", **detail: Any) -> None:
    """Write an audit row, in the transaction of the deed. `detail` holds no value of a person."""
    AuditRow.objects.create(
        at=at, actor=by.name, action=action, outcome=outcome, about=about, detail=detail, address=by.address
    )


def refuse(action: str, *, by: By, at: dt.datetime, about: str, often: bool = True, **detail: Any) -> None:
    """Write that somebody was refused; of those who are not signed in, and unless `often`, once a minute for an address."""
    if not often or by.roles in ((), (PUBLIC,)):
        mine = AuditRow.objects.filter(about=about, action=action, actor=by.name, address=by.address)
        if mine.filter(at__gt=at - AGAIN).exists():
            return
    record(action, by=by, at=at, about=about, outcome="refused", **detail)


def tell(kind: str, key: object, *, at: dt.datetime) -> None:
    """Tell screens, once the transaction is done, that a call or unit changed."""
    Notice.objects.create(at=at, kind=kind, key=str(key))
