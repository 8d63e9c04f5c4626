"""The audit trail: chained in commit order, and every harm to it is found without the service."""

from __future__ import annotations

import datetime as dt
import json
import threading
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.db import connection, transaction
from hypothesis import given
from hypothesis import strategies as st
from millbrook import CAST, Mirror, at_local

from rightcall import audit
from rightcall.audit import Link
from rightcall.cli.app import run
from rightcall.web.access import By
from rightcall.web.actions import linking, trail
from rightcall.web.database import Database
from rightcall.web.models import AuditLink, AuditRow
from rightcall.web.queries import standing

AT = at_local(14, 0)
KEY = bytes(range(32))


def rows(n: int) -> list[dict[str, Any]]:
    return [
        {
            "id": k,
            "at": "2026-11-20T19:00:00.000000+00:00",
            "actor": "dana",
            "action": "call answer",
            "outcome": "done",
            "about": f"call {k}",
            "detail": {"field": "weapon"},
            "address": "",
        }
        for k in range(1, n + 1)
    ]


def held(n: int = 6) -> list[Link]:
    return list(audit.chain(rows(n)))


def test_a_chain_that_nobody_touched_holds() -> None:
    assert audit.verify(held()) == []
    assert audit.verify([]) == []


def test_known_answer() -> None:
    first = held(1)[0]
    assert first.before == "0" * 64
    # SHA-256 of the canonical JSON, computed by hand with sorted keys and no spaces.
    import hashlib

    text = json.dumps(
        {"number": 1, "before": "0" * 64, "row": first.row}, sort_keys=True, separators=(",", ":"), ensure_ascii=False
    )
    assert first.hash == hashlib.sha256(text.encode()).hexdigest()


@given(
    place=st.integers(0, 5),
    field=st.sampled_from(["actor", "action", "about", "at", "address", "outcome"]),
    letter=st.characters(codec="utf-8"),
)
def test_a_flipped_letter_is_found_where_it_is(place: int, field: str, letter: str) -> None:
    links = held()
    row = dict(links[place].row)
    if row[field] == row[field] + letter:
        return
    row[field] += letter
    links[place] = Link(links[place].number, links[place].before, links[place].hash, row)
    assert [finding.number for finding in audit.verify(links)] == [place + 1]


@given(place=st.integers(0, 4))
def test_a_row_less_is_found(place: int) -> None:
    links = held()
    del links[place]
    assert any("missing" in finding.what for finding in audit.verify(links))


@given(one=st.integers(0, 5), other=st.integers(0, 5))
def test_rows_that_are_swapped_are_found(one: int, other: int) -> None:
    links = held()
    links[one], links[other] = links[other], links[one]
    assert (audit.verify(links) == []) == (one == other)


def test_a_trail_that_was_written_anew_is_found_by_a_head_that_was_kept(tmp_path: Path) -> None:
    last = held()[-1]
    path = tmp_path / "head.json"
    path.write_text(json.dumps(audit.sign(number=last.number, hash=last.hash, at="2026-11-20", key=KEY)))
    head = audit.read_head(path)
    assert audit.verify(held(), heads=[head]) == []
    anew = list(audit.chain([row | {"actor": "nobody"} for row in rows(6)]))
    assert audit.verify(anew) == [], "a chain that was made anew holds in itself"
    assert "written anew" in audit.verify(anew, heads=[head])[0].what
    assert "cut off" in audit.verify(held(4), heads=[head])[0].what
    told = json.loads(path.read_text()) | {"number": 4, "hash": held()[3].hash}
    path.write_text(json.dumps(told))
    with pytest.raises(audit.AuditError, match="signature"):
        audit.read_head(path)
    path.write_text("{}")
    with pytest.raises(audit.AuditError, match="no head"):
        audit.read_head(path)
    path.write_text(json.dumps(audit.sign(number=last.number, hash=last.hash, at="2026-11-20", key=bytes(32))))
    with pytest.raises(audit.AuditError, match="another key"):
        audit.read_head(path, key=head["key"])


def write(n: int, who: str = "dana") -> None:
    for k in range(n):
        with transaction.atomic():
            trail.record("call answer", by=By(who, ("telecommunicator",)), at=AT, about=f"call {k}", field="weapon")


def test_the_linker_links_everything_once_and_in_order(fresh: Database) -> None:
    write(5)
    assert linking.link() == 5
    assert linking.link() == 0
    write(3)
    assert linking.link(at_once=2) == 2
    assert linking.link() == 1
    assert audit.verify(audit.read_database(fresh.url)) == []
    assert [link.row_id for link in AuditLink.objects.order_by("number")] == sorted(
        AuditRow.objects.values_list("pk", flat=True)
    )


def test_a_row_waits_for_its_link_while_an_older_transaction_is_open(fresh: Database) -> None:
    with psycopg.connect(fresh.url) as slow:
        slow.execute(
            "insert into web_auditrow (at, actor, action, outcome, about, detail, address) values (now(), 'slow', 'x', 'done', '', '{}', '')"
        )
        write(2)
        assert linking.link() == 0, "the older one may still come in front"
        _, links, waiting = standing.trail(by=CAST["ada"])
        assert (links, waiting) == (0, 2)
        slow.commit()
    assert linking.link() == 3
    assert AuditLink.objects.get(number=1).row.actor == "slow"
    assert audit.verify(audit.read_database(fresh.url)) == []


def test_two_linkers_and_many_writers_make_one_chain(fresh: Database) -> None:
    stop = threading.Event()

    def work(deed: Any) -> None:
        try:
            deed()
        finally:
            connection.close()

    def link() -> None:
        while not stop.is_set():
            linking.link()

    linkers = [threading.Thread(target=work, args=(link,)) for _ in range(2)]
    writers = [threading.Thread(target=work, args=(lambda k=k: write(30, f"w{k}"),)) for k in range(4)]
    for thread in linkers + writers:
        thread.start()
    for thread in writers:
        thread.join()
    stop.set()
    for thread in linkers:
        thread.join()
    linking.link()
    assert AuditLink.objects.count() == 120
    assert audit.verify(audit.read_database(fresh.url)) == []


HARM = {
    "a flipped byte": "update web_auditrow set actor = 'nobodi' where id = (select min(id) + 1 from web_auditrow)",
    "a deletion": "delete from web_auditlink where number = 2; delete from web_auditrow where id = (select min(id) + 1 from web_auditrow)",
    "a reordering": "update web_auditlink set row_id = row_id + 1000; update web_auditlink set row_id = case number when 1 then (select min(id) + 1 from web_auditrow) when 2 then (select min(id) from web_auditrow) else row_id - 1000 end",
    "a cut tail": "delete from web_auditlink where number > 3; delete from web_auditrow where id > (select min(id) + 2 from web_auditrow)",
}


@pytest.mark.parametrize("name", HARM)
def test_the_command_finds_what_an_owner_of_the_database_did(
    fresh: Database, name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write(5)
    linking.link()
    head = tmp_path / "head.json"
    head.write_text(json.dumps(standing.head(by=CAST["ada"], at=AT, key=KEY)))
    monkeypatch.setenv("DATABASE_URL", fresh.url)
    assert run(["audit", "verify", "--head", str(head)]) == 0
    with psycopg.connect(fresh.owner_url) as owner:
        owner.execute(
            "alter table web_auditrow disable trigger user; alter table web_auditlink disable trigger user; alter table web_auditlink drop constraint if exists web_auditlink_row_id_key; alter table web_auditlink drop constraint if exists web_auditlink_row_id_29b5a5bd_fk_web_auditrow_id"
        )
        for constraint in owner.execute(
            "select conname from pg_constraint where conrelid = 'web_auditlink'::regclass and contype in ('f', 'u')"
        ).fetchall():
            owner.execute(f'alter table web_auditlink drop constraint "{constraint[0]}"')
        owner.execute(HARM[name])
    assert run(["audit", "verify", "--head", str(head)]) == 3
    assert "×" in capsys.readouterr().out


def test_an_exported_trail_is_checked_without_a_database(
    fresh: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(3)
    linking.link()
    path = tmp_path / "audit.jsonl"
    path.write_text(
        "".join(
            json.dumps({"number": x.number, "before": x.before, "hash": x.hash, "row": x.row}) + "\n"
            for x in audit.read_database(fresh.url)
        )
    )
    monkeypatch.delenv("DATABASE_URL")
    assert run(["audit", "verify", str(path)]) == 0
    path.write_text(path.read_text().replace("dana", "Dana", 1))
    assert run(["audit", "verify", str(path)]) == 3
    path.write_text("nonsense\n")
    assert run(["audit", "verify", str(path)]) == 3
    assert run(["audit", "verify"]) == 3


def test_every_deed_on_a_call_leaves_a_row_without_a_value_of_a_person(fresh: Database) -> None:
    from rightcall.web.actions import deciding

    city = Mirror()
    call = city.say(
        "1", AT, type="TRESPASS", remarks="Ms. Alvarez, bipolar", callback="919 555 0100", place={"text": "12 Oak St"}
    )
    deciding.answer(call.id, fact="weapon", value=False, by=CAST["dana"], at=AT + dt.timedelta(minutes=1))
    told = json.dumps(list(AuditRow.objects.filter(about=f"call {call.id}").values("actor", "action", "detail")))
    assert "call receive" in told
    assert "call answer" in told
    for value in ("Alvarez", "bipolar", "555", "Oak"):
        assert value not in json.dumps(list(AuditRow.objects.values("actor", "action", "detail", "about")))
