"""A watched folder: last night's file and single messages, whole ones only, each taken once."""

from __future__ import annotations

import csv
import datetime as dt
import json
import os
from pathlib import Path
from typing import Any

import pytest
from millbrook import CAST, ZONE, Mirror, at_local

from rightcall.errors import RightcallError
from rightcall.web.actions import files, messages
from rightcall.web.database import Database
from rightcall.web.models import AuditRow, Call, Decision, Message, Source, UnitTime

AT = at_local(14, 0)
HEADER = ["Incident Number", "Call Type", "Received", "Priority", "Address", "Unit", "Dispatched", "Arrived", "Cleared", "Disposition"]  # fmt: skip
TYPES = ["TRESPASS", "WELFARE CHECK", "BURGLARY ALARM", "MENTAL HEALTH CRISIS", "TRAFFIC STOP"]


def rows(n: int = 40) -> list[list[str]]:
    """Incidents of the last night, a unit of the police on each."""

    def said(at: dt.datetime) -> str:
        return at.astimezone(ZONE).strftime("%Y-%m-%d %H:%M:%S")

    made = []
    for k in range(n):
        at = AT - dt.timedelta(hours=12) + dt.timedelta(minutes=11 * k, seconds=7 * k)
        stamps = [said(at + dt.timedelta(minutes=m)) for m in (3, 12, 40)]
        made.append([f"26-{1000 + k}", TYPES[k % len(TYPES)], said(at), str(k % 4 + 1), f"{100 + k} Oak St", f"A{10 + k % 7}", *stamps, "report taken"])  # fmt: skip
    return made


def put(folder: Path, name: str, content: str | list[list[str]], *, seconds_ago: float = 60) -> Path:
    """A file that was written to last so many seconds ago."""
    path = folder / name
    if isinstance(content, str):
        path.write_text(content, encoding="utf-8")
    else:
        with path.open("w", newline="", encoding="utf-8") as out:
            csv.writer(out).writerows([HEADER, *content])
    then = dt.datetime.now().timestamp() - seconds_ago
    os.utime(path, (then, then))
    return path


@pytest.fixture
def nightly(fresh: Database) -> Source:
    Mirror()
    return messages.make_source("nightly", format="file", by=CAST["sam"], at=AT, delay_seconds=43_200)[0]


def counts() -> tuple[int, ...]:
    return tuple(model.objects.count() for model in (Call, Decision, UnitTime, Message))


def test_the_file_of_last_night_becomes_calls_that_were_decided_and_are_over(nightly: Source, tmp_path: Path) -> None:
    put(tmp_path, "calls.csv", rows())
    assert files.look(tmp_path, source=nightly, at=AT) == {"read": 1, "refused": 0, "rows": 40}
    assert Call.objects.count() == 40
    assert set(Call.objects.values_list("state", flat=True)) == {"closed"}
    assert Decision.objects.values("call").distinct().count() == 40
    one = Call.objects.get(number="26-1000")
    assert (one.last_type, one.family, one.received_at) == ("TRESPASS", "trespass", AT - dt.timedelta(hours=12))
    told = UnitTime.objects.get(call=one)
    assert (told.unit, told.assigned_at) == ("A10", AT - dt.timedelta(hours=12) + dt.timedelta(minutes=3))
    assert [path.name for path in (tmp_path / "done").iterdir()] == ["calls.csv"]
    assert Source.objects.get(pk=nightly.pk).heard_at == AT
    assert AuditRow.objects.filter(action="file read", detail__rows=40).count() == 1


def test_the_same_file_again_changes_nothing_and_a_longer_one_adds(nightly: Source, tmp_path: Path) -> None:
    put(tmp_path, "calls.csv", rows())
    files.look(tmp_path, source=nightly, at=AT)
    before = counts()
    put(tmp_path, "calls.csv", rows())
    assert files.look(tmp_path, source=nightly, at=AT)["rows"] == 0
    assert counts() == before
    assert sorted(path.name for path in (tmp_path / "done").iterdir()) == ["calls-2.csv", "calls.csv"]
    put(tmp_path, "calls.csv", rows(45))
    files.look(tmp_path, source=nightly, at=AT)
    assert Call.objects.count() == 45
    assert Decision.objects.count() == 45, "what was known is not decided again"


def test_a_file_that_is_still_written_to_is_left(nightly: Source, tmp_path: Path) -> None:
    put(tmp_path, "calls.csv", rows(), seconds_ago=0)
    put(tmp_path, ".hidden.csv", rows())
    assert files.look(tmp_path, source=nightly, at=AT) == {"read": 0, "refused": 0, "rows": 0}
    assert (tmp_path / "calls.csv").exists()
    assert not Call.objects.exists()


@pytest.mark.parametrize(("name", "content"), [("x.csv", "no such table"), ("x.csv", ""), ("x.xlsx", "PK not a workbook"), ("x.parquet", "nothing")])  # fmt: skip
def test_a_file_that_cannot_be_read_is_put_aside_with_its_reason(
    nightly: Source, tmp_path: Path, name: str, content: str
) -> None:
    put(tmp_path, name, content)
    put(tmp_path, "good.csv", rows())
    done = files.look(tmp_path, source=nightly, at=AT)
    assert (done["read"], done["refused"]) == (1, 1)
    assert Call.objects.count() == 40, "the good one is taken all the same"
    why = (tmp_path / "refused" / f"{name}.why.txt").read_text()
    assert why.strip()
    assert AuditRow.objects.filter(action="file refuse", outcome="refused").count() == 1


def test_a_bad_row_is_set_aside_and_the_others_are_taken(nightly: Source, tmp_path: Path) -> None:
    told = rows()
    told[7][2] = "the day before"
    put(tmp_path, "calls.csv", told)
    files.look(tmp_path, source=nightly, at=AT)
    assert Call.objects.count() == 39
    assert not Call.objects.filter(number="26-1007").exists()
    assert AuditRow.objects.get(action="file read").detail["set_aside"] == 1


def test_messages_one_a_file_are_read_too(nightly: Source, tmp_path: Path) -> None:
    link = messages.make_source("mail", format="json", by=CAST["sam"], at=AT)[0]

    def say(ident: str, **said: Any) -> str:
        return json.dumps({"message_id": ident, "sent_at": AT.isoformat(), "number": ident, **said})

    put(tmp_path, "1.json", say("1", type="TRESPASS"))
    put(tmp_path, "2.json", say("2", type="TRESPASS", ssn="123-45-6789"))
    assert files.look(tmp_path, source=link, at=AT) == {"read": 1, "refused": 1, "rows": 2}
    assert Call.objects.get().number == "1"
    assert (tmp_path / "refused" / "2.json").exists()


def test_a_file_that_tells_of_no_end_is_of_calls_that_are_over(nightly: Source, tmp_path: Path) -> None:
    put(tmp_path, "calls.csv", [[*row[:8], "", ""] for row in rows()])
    files.look(tmp_path, source=nightly, at=AT)
    assert set(Call.objects.values_list("state", "disposition")) == {("closed", "not stated")}


def test_a_call_without_an_end_in_a_file_that_tells_of_ends_goes_on(nightly: Source, tmp_path: Path) -> None:
    told = rows()
    told[39] = [*told[39][:8], "", ""]
    put(tmp_path, "calls.csv", told)
    files.look(tmp_path, source=nightly, at=AT)
    assert Call.objects.get(state="open").number == "26-1039"


def test_rows_of_other_days_are_left_out_and_counted(nightly: Source, tmp_path: Path) -> None:
    put(tmp_path, "calls.csv", rows())
    files.look(tmp_path, source=nightly, at=AT + dt.timedelta(days=30, hours=-9))
    row = AuditRow.objects.get(action="file read")
    assert row.detail["rows"] + row.detail["too_old_or_ahead"] == 40
    assert 0 < row.detail["rows"] == Call.objects.count() < 40


def test_a_file_that_needs_a_layout_is_read_by_the_one_of_its_source(fresh: Database, tmp_path: Path) -> None:
    Mirror()
    odd = [[row[0], row[1], row[2].split()[0], row[2].split()[1], *row[3:]] for row in rows()]
    layout = '[stamps.received]\ndate = "Day"\ntime = "Clock"\n'
    with pytest.raises(RightcallError):
        messages.make_source("broken", format="file", by=CAST["sam"], at=AT, layout="[stamps.received")
    source = messages.make_source("odd", format="file", by=CAST["sam"], at=AT, layout=layout)[0]
    path = put(tmp_path, "calls.csv", "")
    with path.open("w", newline="", encoding="utf-8") as out:
        csv.writer(out).writerows([[*HEADER[:2], "Day", "Clock", *HEADER[3:]], *odd])
    os.utime(path, (1, 1))
    assert files.look(tmp_path, source=source, at=AT) == {"read": 1, "refused": 0, "rows": 40}
    assert Call.objects.get(number="26-1000").received_at == AT - dt.timedelta(hours=12)
