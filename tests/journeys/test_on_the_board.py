"""Dana at the board, in a real browser against the real service: from CAD to cleared, in English and Spanish, by keyboard."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
import socket
import threading
import time
from typing import Any

import pytest
from hands import CHROMIUM, FALSE, PICTURES, choose, desk, say, see, stranger
from served import Service

from rightcall.locale import Words

pytestmark = pytest.mark.browser
if CHROMIUM is None:
    pytest.skip("No Chromium was found: install the package chromium.", allow_module_level=True)


LANGUAGES = pytest.mark.parametrize("language", ["en", "es"])


@LANGUAGES
def test_a_call_from_cad_to_cleared_by_keyboard(browser: Any, running: Service, language: str) -> None:
    words, number = Words(language), f"full-{language}"
    page = desk(browser, running, language=language)
    page.locator("#link.live").wait_for()
    say(
        running,
        number,
        type="TRESPASS",
        priority=3,
        facts=FALSE,
        caller="third party",
        place={"text": "12 Oak St", "lat": 35.72, "lon": -78.92},
    )
    row = page.locator(f"#calls .row:has-text('{number}')")
    row.wait_for()
    assert words("ours") in row.inner_text()
    for _ in range(60):
        page.keyboard.press("j")
        if number in page.evaluate("document.activeElement.innerText"):
            break
    page.keyboard.press("Enter")
    page.locator(f"#detail h2:has-text('{number}')").wait_for()
    assert "care call" in page.locator(".decision").inner_text()
    page.keyboard.press("a")
    units = page.locator("#detail .response")
    units.wait_for()
    name = units.locator("b").first.inner_text()
    assert name.startswith("CR-"), "the key assigns the unit that is proposed"
    for event in ("roll", "arrive"):
        page.locator(f"#detail .moves button:text-is('{words(event)}')").click()
        page.wait_for_timeout(500)
    page.locator(f"#units .row:has-text('{name}'):has-text('{words('on scene')}')").wait_for()
    form = page.locator("#detail .moves form:has(input[value=clear])")
    form.locator("select").select_option("settled on scene")
    form.locator("button").click()
    page.locator(f"#detail .response:has-text('{words('settled on scene')}')").wait_for()
    say(running, number, event="close", disposition="settled on scene")
    row.wait_for(state="detached")
    assert page.errors == []
    page.context.close()


@LANGUAGES
def test_an_override_is_shown_with_its_reason(browser: Any, running: Service, language: str) -> None:
    words, number = Words(language), f"over-{language}"
    page = desk(browser, running, language=language)
    say(running, number, type="TRESPASS", facts=FALSE)
    page.locator(f"#calls .row:has-text('{number}')").wait_for()
    choose(page, number)
    page.locator(".override summary").first.click()
    page.locator("#send").select_option("police")
    page.locator("#reason").select_option("the caller asked for it")
    page.locator(".override button").first.click()
    told = words("overridden: {service}", service=words("police"))
    page.locator(f"#calls .row:has-text('{number}'):has-text('{told}')").wait_for()
    assert words("the caller asked for it") in page.locator(".decision").inner_text()
    say(running, number, event="close", disposition="police")
    assert page.errors == []
    page.context.close()


@LANGUAGES
def test_a_co_response_goes_with_the_officers_unit(browser: Any, running: Service, language: str) -> None:
    words, number = Words(language), f"co-{language}"
    page = desk(browser, running, language=language)
    say(
        running,
        number,
        type="SUICIDE THREAT",
        facts=FALSE | {"weapon": True},
        caller="first party",
        place={"lat": 35.72, "lon": -78.92},
    )
    page.locator(f"#calls .row:has-text('{number}')").wait_for()
    choose(page, number)
    best = page.locator(".candidates .best")
    best.locator("input[name=officer_unit]").fill("2A14")
    best.locator("button.go").click()
    page.locator(f"#detail .response:has-text('{words('with {unit}', unit='2A14')}')").wait_for()
    # The unit is free again for the next.
    page.locator("#detail .moves form:has(input[value=arrive]) button").click()
    page.locator(f"#units .row:has-text('CO-1'):has-text('{words('on scene')}')").wait_for()
    page.wait_for_timeout(500)
    clear = page.locator("#detail .moves form:has(input[value=clear])")
    clear.locator("select").select_option("settled on scene")
    clear.locator("button").click()
    page.locator("#units .row:has-text('CO-1') button[value=free]").click()
    page.locator(f"#units .row:has-text('CO-1'):has-text('{words('returning')}')").wait_for()
    say(running, number, event="close", disposition="settled on scene")
    assert page.errors == []
    page.context.close()


@LANGUAGES
def test_a_correction_changes_the_decision_before_danas_eyes(browser: Any, running: Service, language: str) -> None:
    words, number = Words(language), f"corr-{language}"
    page = desk(browser, running, language=language)
    say(running, number, type="TRESPASS", facts=FALSE)
    page.locator(f"#calls .row:has-text('{number}')").wait_for()
    choose(page, number)
    page.locator(".decision.ours").wait_for()
    say(running, number, facts={"weapon": True})
    page.locator(".decision.not-ours").wait_for()
    page.locator(f"#calls .row:has-text('{number}'):has-text('{words('not ours')}')").wait_for()
    assert page.errors == []
    page.context.close()


def test_a_question_is_one_keypress(browser: Any, running: Service) -> None:
    page = desk(browser, running)
    say(running, "ask-1", type="TRESPASS")
    page.locator("#calls .row:has-text('ask-1')").wait_for()
    choose(page, "ask-1")
    page.locator(".decision.cannot-be-said").wait_for()
    assert page.locator(".question").count() == 3
    first = page.locator(".question input[name=fact]").first.get_attribute("value")
    page.keyboard.press("x")
    page.locator(f".question input[value={first}]").wait_for(state="detached")
    page.context.close()


def test_a_call_by_hand_takes_under_twenty_seconds_of_typing(browser: Any, running: Service) -> None:
    page = desk(browser, running)
    page.keyboard.press("n")
    page.wait_for_url("**/calls/new/")
    begun = time.monotonic()
    see(page, "#family")
    # A practiced hand types a letter every 120 ms.
    page.keyboard.type("wel", delay=120)
    assert page.locator("#family").input_value() == "welfare"
    page.keyboard.press("Tab")
    page.keyboard.type("12 Oak St", delay=120)
    page.keyboard.press("Tab")
    page.keyboard.type("3", delay=120)
    page.keyboard.press("Tab")
    page.keyboard.type("919 555 0100", delay=120)
    page.keyboard.press("Enter")
    page.wait_for_url("**/board/?call=*")
    assert time.monotonic() - begun < 20
    assert "welfare" in page.locator("#detail").inner_text()
    assert "12 Oak St" in page.locator("#detail").inner_text()
    page.context.close()


def test_what_is_typed_before_the_form_opens_answers_nothing(browser: Any, running: Service) -> None:
    page = desk(browser, running)
    # A question is there whether a unit is free or not.
    say(running, "hasty-1", type="TRESPASS", place={"lat": 35.72, "lon": -78.92})
    page.locator("#calls .row:has-text('hasty-1')").wait_for()
    choose(page, "hasty-1")
    page.locator("#detail button[accesskey=y]").wait_for()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if request.method == "POST" else None)
    page.route("**/calls/new/", lambda route: (time.sleep(1), route.continue_()))
    page.keyboard.press("n")
    for key in "axy":
        page.keyboard.press(key)
    page.wait_for_url("**/calls/new/")
    assert asked == []
    page.go_back()
    page.locator("#detail button[accesskey=y]").wait_for()
    with page.expect_request(lambda request: request.method == "POST"):
        page.keyboard.press("y")
    say(running, "hasty-1", event="close", disposition="settled on scene")
    assert page.errors == []
    page.context.close()


class Wire:
    """A wire between the browser and the service that can be cut and mended."""

    def __init__(self, port: int) -> None:
        self.to, self.whole, self.ends = port, True, []  # type: ignore[var-annotated]
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self.listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self.listener.accept()
            except OSError:
                return
            if not self.whole:
                near.close()
                continue
            far = socket.create_connection(("127.0.0.1", self.to))
            self.ends += [near, far]
            for one, other in ((near, far), (far, near)):
                threading.Thread(target=self._carry, args=(one, other), daemon=True).start()

    @staticmethod
    def _carry(one: socket.socket, other: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := one.recv(65_536):
                other.sendall(data)
        with contextlib.suppress(OSError):
            other.shutdown(socket.SHUT_RDWR)

    def cut(self) -> None:
        self.whole = False
        for end in self.ends:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
        self.ends = []


def test_a_lost_connection_is_said_and_the_screen_finds_the_truth_again(browser: Any, running: Service) -> None:
    wire = Wire(running.port)
    page = desk(browser, running, port=wire.port)
    page.locator("#link.live").wait_for()
    wire.cut()
    say(running, "lost-1", type="TRESPASS", facts=FALSE)
    page.locator("#link.stale").wait_for(timeout=15_000)
    assert page.locator("body.stale").count() == 1
    assert page.locator("#calls .row:has-text('lost-1')").count() == 0
    wire.whole = True
    page.locator("#calls .row:has-text('lost-1')").wait_for(timeout=15_000)
    page.locator("#link.live").wait_for(timeout=15_000)
    page.context.close()
    wire.cut()
    wire.listener.close()


def bad_night(running: Service) -> None:
    """Forty calls that wait, one of them long over its limit, and crews that were not heard."""
    now = dt.datetime.now(dt.UTC)
    for number in range(40):
        came = (now - dt.timedelta(minutes=4 * number)).isoformat()
        say(
            running,
            f"26-{number:05d}",
            received_at=came,
            type=("TRESPASS", "WELFARE CHECK - NON URGENT", "INTOXICATED PERSON", "MENTAL HEALTH CRISIS")[number % 4],
            priority=number % 4 + 1,
            facts=FALSE,
            caller="third party",
            place={
                "text": f"{number * 12 + 4} Oak St",
                "lat": 35.70 + number * 0.001,
                "lon": -78.97 + (number * 37 % 90) / 900,
            },
        )


@pytest.fixture(scope="module")
def night(running: Service) -> Service:
    bad_night(running)
    return running


@pytest.mark.parametrize(
    ("language", "dark", "width"), [("en", False, 1366), ("es", True, 1366), ("en", True, 390), ("es", False, 390)]
)
def test_no_page_keeps_anybody_out(browser: Any, night: Service, language: str, dark: bool, width: int) -> None:
    """axe finds no violation of WCAG 2.2 AA, and no page scrolls sideways."""
    from axe_playwright_python.sync_playwright import Axe

    version = json.loads(night.ask("GET", "/ready")[1])["program"]
    rules = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}
    for name, pages in (
        (
            "dana",
            (
                "/board/",
                "/calls/new/",
                "/program/",
                "/accounts/2fa/",
                "/accounts/password/change/",
                "/accounts/reauthenticate/",
                "/accounts/3rdparty/",
                "/accounts/signup/",
                "/measures/",
            ),
        ),
        ("sam", ("/measures/", "/sample/", "/program/", f"/program/{version}/", "/duty/", "/sources/", "/people/")),
        ("rosa", ("/crew/", "/calls/new/")),
        ("ada", ("/audit/",)),
        ("", ("/accounts/login/", "/welcome/nobody/nothing/")),
    ):
        page = desk(browser, night, name=name, language=language, dark=dark, width=width) if name else stranger(browser, night, language=language, dark=dark, width=width)  # fmt: skip
        for address in pages:
            page.goto(f"http://127.0.0.1:{night.port}{address}")
            if address == "/board/":
                page.locator("#link.live").wait_for()
                page.locator("#calls .row a.open").first.click()
                page.locator("#detail article").wait_for()
            found = Axe().run(page, options=rules).response["violations"]
            told = [
                (each["id"], each["nodes"][0]["target"], each["nodes"][0].get("failureSummary", "")[:200])
                for each in found
            ]
            assert told == [], address
            assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth + 1"), (
                f"{address} scrolls sideways"
            )
        # A page that is refused says so in its status, and the browser in its console.
        assert [told for told in page.errors if "status of 40" not in told] == []
        page.context.close()


def test_what_matters_on_a_bad_night_is_on_the_first_screen(browser: Any, night: Service) -> None:
    page = desk(browser, night)
    page.locator("#link.live").wait_for()
    summary = page.locator("#summary").inner_text()
    assert "calls over their limit" in summary
    first = page.locator("#calls .row").first
    assert "late" in (first.get_attribute("class") or "")
    assert first.bounding_box()["y"] + first.bounding_box()["height"] < 768
    if os.environ.get("RIGHTCALL_PICTURES"):
        first.locator("a.open").click()
        page.locator("#detail article").wait_for()
        page.wait_for_timeout(800)
        page.screenshot(path=str(PICTURES / "board.png"))
    page.context.close()
