"""The service as a process: it starts, tells screens what changes, survives deaths, and stops within two seconds."""

from __future__ import annotations

import contextlib
import datetime as dt
import http.client
import json
import os
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest
from served import Service, service


@pytest.fixture(scope="module")
def running() -> Iterator[Service]:
    with service() as made:
        yield made


def message(number: str, **said: Any) -> dict[str, Any]:
    now = dt.datetime.now(dt.UTC).isoformat()
    return {
        "message_id": f"{number}/{time.monotonic_ns()}",
        "sent_at": now,
        "number": number,
        "type": "TRESPASS",
        **said,
    }


def test_health_readiness_and_metrics(running: Service) -> None:
    assert json.loads(running.ask("GET", "/health")[1]) == {"alive": True}
    assert json.loads(running.ask("GET", "/ready")[1])["ready"] is True
    status, text, _ = running.ask("GET", "/metrics")
    assert status == 200
    assert b"rightcall_calls_open" in text


def test_a_stranger_hears_nothing(running: Service) -> None:
    with running.stream("") as stream:
        assert stream.status == 403
    with running.stream("sessionid=forged") as stream:
        assert stream.status == 403
    with running.stream(running.sign_in("priya")) as stream:
        assert stream.status == 403


def test_a_screen_is_told_of_a_change_within_half_a_second(running: Service) -> None:
    cookie = running.sign_in("dana")
    with running.stream(cookie) as stream:
        stream.until("beat")
        begun = time.monotonic()
        assert running.say(message("live-1")) == 200
        told = stream.until("changed")
        waited = time.monotonic() - begun
        assert json.loads(told["data"])["call"]
        assert waited < 0.5, waited
        assert stream.until("beat")


def test_a_screen_that_was_away_is_told_what_it_missed(running: Service) -> None:
    cookie = running.sign_in("dana")
    with running.stream(cookie) as stream:
        point = stream.until("beat")["id"]
    for number in range(5):
        running.say(message(f"away-{number}"))
    with psycopg.connect(running.url) as connection:
        wanted = {str(row[0]) for row in connection.execute("select id from web_call where number like 'away-%'")}
    with running.stream(cookie, last=point) as stream:
        told = json.loads(stream.until("changed")["data"])
        assert wanted <= set(told["call"])
    with running.stream(cookie, since=point) as stream:
        assert wanted <= set(json.loads(stream.until("changed")["data"])["call"])


def test_a_change_that_is_committed_late_is_told_although_its_number_is_low(running: Service) -> None:
    cookie = running.sign_in("dana")
    with psycopg.connect(running.url) as slow, running.stream(cookie) as stream:
        stream.until("beat")
        slow.execute("insert into web_notice (at, kind, key) values (now(), 'call', 'slow-one')")
        running.say(message("fast-one"))
        first = stream.until("changed")
        assert "slow-one" not in first["data"]
        slow.commit()
        second = stream.until("changed")
        assert "slow-one" in second["data"]
    with running.stream(cookie, last=first["id"]) as stream:
        assert "slow-one" in stream.until("changed")["data"], "whoever saw only the first is told the other one"


def test_a_point_that_is_not_kept_any_more_starts_the_screen_anew(running: Service) -> None:
    with running.stream(running.sign_in("dana"), last="1") as stream:
        assert stream.event()["event"] == "anew"


def test_logs_hold_no_value_of_a_person(running: Service) -> None:
    running.say(message("log-1", remarks="Ms. Alvarez is bipolar", callback="919 555 0100"))
    running.ask(
        "GET",
        "/board/call/" + "0" * 8 + "-0000-0000-0000-" + "0" * 12 + "/",
        headers={"Cookie": running.sign_in("dana")},
    )
    running.ask("POST", "/api/cad/messages", b"{broken Alvarez", headers={"Authorization": f"Bearer {running.key}"})
    text = (running.home / "service.log").read_text()
    assert "Alvarez" not in text
    assert "555" not in text
    for line in text.splitlines():
        json.loads(line)


def test_it_stops_within_two_seconds_with_streams_open() -> None:
    with service() as made:
        cookie = made.sign_in("dana")
        ended = threading.Event()

        def listen() -> None:
            with made.stream(cookie) as stream:
                try:
                    while True:
                        stream.event()
                except EOFError:
                    ended.set()

        threads = [threading.Thread(target=listen, daemon=True) for _ in range(3)]
        for thread in threads:
            thread.start()
        time.sleep(1)
        seconds = made.stop()
        # Two seconds for the service; its database is stopped after it.
        assert seconds < 4, seconds
        assert made.process.returncode == 0
        assert ended.wait(2)
        assert not (made.folder / "postmaster.pid").exists()
        assert "Traceback" not in (made.home / "service.log").read_text()


def test_nothing_that_was_acknowledged_is_lost_when_service_and_database_are_killed() -> None:
    with service() as made:
        taken: list[str] = []
        stop = threading.Event()

        def play(place: int) -> None:
            number = 0
            while not stop.is_set():
                number += 1
                name = f"k{place}-{number}"
                try:
                    if made.say(message(name)) == 200:
                        taken.append(name)
                except OSError:
                    time.sleep(0.05)
                except Exception:
                    time.sleep(0.05)

        players = [threading.Thread(target=play, args=(place,), daemon=True) for place in range(3)]
        for thread in players:
            thread.start()
        time.sleep(1.5)
        os.kill(int((made.folder / "postmaster.pid").read_text().split()[0]), signal.SIGKILL)
        time.sleep(5)
        after_database = len(taken)
        made.stop(signal.SIGKILL)
        made.start()
        time.sleep(1.5)
        stop.set()
        for thread in players:
            thread.join(timeout=30)
        assert after_database > 20
        assert len(taken) > after_database, "it takes calls again"
        with psycopg.connect(made.url) as connection:
            held = [row[0] for row in connection.execute("select number from web_call where number like 'k%'")]
            assert len(held) == len(set(held))
            assert set(taken) <= set(held)
            twice = connection.execute(
                "select call_id from web_decision group by call_id having count(*) > 1"
            ).fetchall()
            assert twice == []
            late = time.monotonic() + 10
            while connection.execute("select count(*) from web_message where state = 'kept'").fetchone() != (0,):  # type: ignore[comparison-overlap]
                assert time.monotonic() < late
                connection.rollback()
                time.sleep(0.3)


def test_a_job_of_a_worker_that_died_does_not_hold_up_the_others(running: Service) -> None:
    with psycopg.connect(running.owner_url, autocommit=True) as connection:
        task = "rightcall.web.tasks.deliver"
        ident = connection.execute("insert into procrastinate_jobs (queue_name, task_name, lock, status) values ('default', %s, 'deliver', 'doing') returning id", [task]).fetchone()  # fmt: skip
        assert ident
        late = time.monotonic() + 40
        while connection.execute("select count(*) from procrastinate_jobs where task_name = %s and id > %s and status = 'succeeded'", [task, ident[0]]).fetchone() == (0,):  # fmt: skip
            assert time.monotonic() < late
            time.sleep(0.3)


def serving_of(made: Service) -> list[psutil.Process]:
    """The processes that serve and live; another child of the keeper counts semaphores."""
    found = []
    for each in psutil.Process(made.process.pid).children():
        with contextlib.suppress(psutil.NoSuchProcess):
            found += [each] if "spawn_main" in " ".join(each.cmdline()) else []
    return found


def test_a_serving_process_that_dies_is_replaced_and_all_end_with_their_keeper() -> None:
    with service(processes=2) as made:
        cookie = made.sign_in("dana")
        first = serving_of(made)
        assert len(first) == 2
        streams = [contextlib.ExitStack() for _ in range(4)]
        for stack in streams:
            stack.enter_context(made.stream(cookie)).until("beat")
        first[0].kill()
        late = time.monotonic() + 20
        while len(serving_of(made)) < 2 or first[0] in serving_of(made):
            assert time.monotonic() < late
            time.sleep(0.1)
            # The other one serves meanwhile; a connection to the dead one breaks, and the sender tries again.
            with contextlib.suppress(OSError, http.client.HTTPException):
                assert made.say(message("while-one-is-dead")) == 200
        for stack in streams:
            stack.close()
        assert made.say(message("afterwards")) == 200
        left = serving_of(made)
        made.stop(signal.SIGKILL)
        assert not psutil.wait_procs(left, timeout=5)[1]


def test_while_the_disk_is_full_nothing_is_taken_and_afterwards_everything_is(monkeypatch: pytest.MonkeyPatch) -> None:
    home = Path(tempfile.mkdtemp(prefix="rightcall-full-"))
    home.chmod(0o755)
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=300m,mode=755", "tmpfs", str(home)], check=False, capture_output=True).returncode:  # fmt: skip
        home.rmdir()
        pytest.skip("A small disk can be made by root alone (mount -t tmpfs).")
    monkeypatch.setattr(tempfile, "mkdtemp", lambda **_: str(home))
    try:
        with service() as made:
            taken, refused = [], []
            filler = home / "filler"

            def play(many: int) -> None:
                for _ in range(many):
                    said = message(f"full-{time.monotonic_ns()}", remarks="x" * 20_000)
                    with contextlib.suppress(OSError, http.client.HTTPException):
                        code, body, _ = made.ask("POST", "/api/cad/messages", said, headers={"Authorization": f"Bearer {made.key}"})  # fmt: skip
                        (taken if code == 200 else refused).append((said, code, body))

            play(5)
            with filler.open("wb") as written, contextlib.suppress(OSError):
                while True:
                    written.write(b"\0" * 65_536)
                    written.flush()
            late = time.monotonic() + 60
            while len(refused) < 5 and time.monotonic() < late:
                play(20)
            filler.unlink()
            assert {code for _, code, _ in refused} == {503}, refused[:3]
            assert b"nothing was changed" in refused[0][2]
            before = len(taken)
            while len(taken) < before + 5:
                assert time.monotonic() < late + 60
                play(1)
                time.sleep(0.1)
            # What was refused is said again, as a CAD link does.
            assert {made.say(said) for said, _, _ in refused} == {200}
            with psycopg.connect(made.url) as connection:
                held = [row[0] for row in connection.execute("select number from web_call where number like 'full-%'")]
            assert sorted(held) == sorted(said["number"] for said, _, _ in taken + refused)
    finally:
        subprocess.run(["umount", "-l", str(home)], check=True)
        home.rmdir()


def test_a_service_that_starts_again_says_nothing_of_a_document_that_did_not_change() -> None:
    with service() as made:
        made.stop()
        made.start()
        assert made.say(message("again")) == 200
        assert "known already" not in (made.home / "service.log").read_text()
