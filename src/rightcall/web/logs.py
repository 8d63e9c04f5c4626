"""Logs: one JSON object a line, and never a personal value.

Arguments of a message are not written, only its text before they are filled in: what somebody typed cannot get into a log
by way of a sentence. What may be known stands in `extra={"told": {...}}`.
"""

from __future__ import annotations

import datetime as dt
import json
import logging


class Lines(logging.Formatter):
    """Formats a record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        at = dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(timespec="milliseconds")
        told = {"at": at, "level": record.levelname.lower(), "from": record.name, "message": str(record.msg)[:300]}
        told |= getattr(record, "told", {})
        if record.exc_info and record.exc_info[0] is not None:
            # The kind of an exception and where it arose; its text may hold a value.
            trace = record.exc_info[2]
            while trace is not None and trace.tb_next is not None:
                trace = trace.tb_next
            where = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}" if trace else ""
            told |= {"error": record.exc_info[0].__name__, "where": where}
        return json.dumps(told, ensure_ascii=False, default=str)
