"""A CAD's nightly or hourly file, or one message a file, from a watched folder."""

from __future__ import annotations

import datetime as dt
import hashlib
import tempfile
from pathlib import Path
from typing import Any

import polars as pl
from django.db import DataError, IntegrityError, OperationalError, transaction

from rightcall.calls import export, feed
from rightcall.calls import layout as layouts
from rightcall.calls.columns import AREA_LAYERS, CATEGORIES, FACTS, UnitTimes
from rightcall.dispatch import outcomes
from rightcall.errors import RightcallError
from rightcall.web.access import By
from rightcall.web.actions import calls, messages, trail
from rightcall.web.connections.cad import watched
from rightcall.web.models import Message, Source
from rightcall.web.queries import programs


def look(folder: Path, *, source: Source, at: dt.datetime) -> dict[str, int]:
    """Take what lies in a watched folder: how many files were read and refused, and how many rows they told of."""
    done = {"read": 0, "refused": 0, "rows": 0}
    for path in list(watched.whole(folder)):
        try:
            if watched.is_message(path) and source.format in ("json", "eido", "text"):
                message, _ = messages.take(path.read_bytes(), source=source, at=at)
                good, rows = message.state == "read", 1
            else:
                good, rows = True, _export(path, source=source, at=at)
        except OperationalError:
            raise
        except Exception as error:
            good, rows = False, 0
            trail.record(
                "file refuse",
                by=By(f"source:{source.name}"),
                at=at,
                about=f"file {path.name}"[:120],
                outcome="refused",
                error=type(error).__name__,
            )
            (folder / "refused").mkdir(exist_ok=True)
            (folder / "refused" / f"{path.name}.why.txt").write_text(str(error), encoding="utf-8")
        watched.put_away(path, into="done" if good else "refused")
        done["read" if good else "refused"] += 1
        done["rows"] += rows
    return done


def _export(path: Path, *, source: Source, at: dt.datetime) -> int:
    """Read an export by the layouts that are known; each row is a message, and a file that comes again changes nothing."""
    total = hashlib.sha256(path.read_bytes()).hexdigest()
    live = programs.in_force(at=at)
    by = By(f"source:{source.name}", (messages.CAD,))
    with transaction.atomic():
        if Message.objects.filter(source=source, sender_id=f"sha256:{total}").exists():
            return 0
        with tempfile.TemporaryDirectory() as work:
            said = layouts.read_text(source.layout, where=source.name) if source.layout else None
            got = export.read_export(path, work=Path(work), layout=said, time_zone=live.program.program.time_zone, mapping=live.mapping)  # fmt: skip
            whole = got.calls.collect()
            table = whole.filter(pl.col("received_at").is_between(at - feed.OLDEST, at + feed.MOST_AHEAD))
            stamps = got.unit_times.collect() if got.unit_times is not None else UnitTimes.create_empty()
            units = stamps.partition_by("call_id", as_dict=True)
            # A file that tells of no end at all is of calls that are over.
            ends = stamps.select(pl.coalesce("cleared_at", "canceled_at").is_not_null().any()).item()
        aside: list[str] = []
        for row in table.iter_rows(named=True):
            held = units.get((row["call_id"],))
            told = _message(
                row, list(held.iter_rows(named=True)) if held is not None else [], ident=total[:16], ends=bool(ends)
            )
            try:
                with transaction.atomic():
                    calls.receive(feed.read_content(told, now=at), by=by, at=at, in_cad=True)
            except (RightcallError, DataError, IntegrityError) as error:
                # House rule: a bad row is set aside with its reason and counted, the others are taken.
                aside.append(f"row {row['source_row']}: {error}")
        Message.objects.create(
            source=source,
            sender_id=f"sha256:{total}",
            hash=total,
            raw=b"",
            came_at=at,
            state="read",
            why="\n".join(aside)[:4_000],
        )
        Source.objects.filter(pk=source.pk).update(heard_at=at)
        trail.record(
            "file read", by=by, at=at, about=f"file {path.name}"[:120], rows=table.height, set_aside=got.rejected.height + len(aside),
            too_old_or_ahead=whole.height - table.height,
        )  # fmt: skip
    return table.height


def _message(row: dict[str, Any], units: list[dict[str, Any]], *, ident: str, ends: bool) -> dict[str, Any]:
    """A row of an export as a message. What it says was so when the call came in, unless a stamp says later.

    `ends`: the file tells when calls end, so that one without an end goes on.
    """
    stamps = [
        unit[name]
        for unit in units
        for name in ("assigned_at", "en_route_at", "arrived_at", "cleared_at", "canceled_at")
        if unit[name] is not None
    ]
    latest = max([row["received_at"], *stamps])
    told: dict[str, Any] = {
        "message_id": f"{ident}/{row['source_row']}",
        "sent_at": latest,
        "number": str(row["incident_number"] or row["call_id"])[:80],
        "received_at": row["received_at"],
        "type": row["last_type"] or row["first_type"],
    }
    told |= {
        name: row[name]
        for name in ("origin", "requested_by", "caller", "age_band", "language", "closed_reason")
        if row[name] is not None
    }
    if row["initial_priority"] is not None and row["initial_priority"] >= 1:
        told["priority"] = row["initial_priority"]
    place = {
        name: row[column]
        for name, column in (("text", "place_text"), ("kind", "place_kind"), ("lat", "lat"), ("lon", "lon"))
        if row[column] is not None
    }
    areas = {layer.removeprefix("area_"): row[layer][:60] for layer in AREA_LAYERS if row[layer]}
    told |= {"place": place | {"areas": areas}} if place or areas else {}
    told["facts"] = {name: row[name] for name in FACTS if row[name] is not None}
    names = ("assigned_at", "en_route_at", "arrived_at", "cleared_at", "canceled_at")
    told["units"] = [
        {
            "service": _service(unit["service"]),
            "unit": (unit["unit"] or "unit")[:60],
            **{name: unit[name] for name in names if unit[name] is not None},
        }
        for unit in units
    ]
    cleared = [unit["cleared_at"] or unit["canceled_at"] for unit in units]
    if not ends or (units and all(cleared)):
        told |= {"event": "close", "disposition": (row["disposition"] or outcomes.NOT_STATED)[:80]}
    assert "origin" not in told or told["origin"] in CATEGORIES["origin"]
    return {name: value for name, value in told.items() if value is not None}


def _service(word: str | None) -> str:
    return word if word in ("police", "ems", "fire", "ours") else "police"
