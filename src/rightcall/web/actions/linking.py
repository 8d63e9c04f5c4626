"""The linker: puts audit rows into the chain, in the order in which their transactions began, within a second.

A row may be linked once no transaction is open that began before the one that wrote it: then nothing can come in front of
it any more. Only one linker works at a time.
"""

from __future__ import annotations

import datetime as dt

from django.db import connection, transaction

from rightcall import audit
from rightcall.web.models import AuditLink, AuditRow, Notice

# The key of the lock that one linker holds at a time.
LOCK = 7_241_909
AT_ONCE = 2_000


@transaction.atomic
def link(*, at_once: int = AT_ONCE) -> int:
    """Link the rows that can be linked; how many there were. Does nothing while another linker works."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select pg_try_advisory_xact_lock(%s), pg_snapshot_xmin(pg_current_snapshot())::text::bigint", [LOCK]
        )
        alone, oldest = cursor.fetchone()
    if not alone:
        return 0
    last = AuditLink.objects.select_related("row").order_by("-number").first()
    # Links follow the transactions, so what is not linked yet is not older than the last that is.
    since = last.row.transaction if last else 0
    rows = AuditRow.objects.filter(link__isnull=True, transaction__gte=since, transaction__lt=oldest).order_by(
        "transaction", "id"
    ).values(*audit.ROW)[:at_once]  # fmt: skip
    made = audit.chain(
        (audit.row_of(row) for row in rows), after=last.number if last else 0, before=last.hash if last else audit.FIRST
    )
    links = [AuditLink(number=each.number, row_id=each.row["id"], before=each.before, hash=each.hash) for each in made]
    AuditLink.objects.bulk_create(links)
    return len(links)


def forget_notices(*, before: dt.datetime) -> int:
    """Forget notices that no screen can still ask for; a screen that slept longer starts anew."""
    return int(Notice.objects.filter(at__lt=before).delete()[0])
