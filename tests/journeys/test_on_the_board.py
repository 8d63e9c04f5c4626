"""Dana at the board, in a real browser against the real service: from CAD to cleared, in English and Spanish, by keyboard."""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import os
import shutil
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "web"))

from served import WORD, Service, service

from rightcall.calls.sample import ASKED
from rightcall.locale import Words
from rightcall.program import starter

pytestmark = pytest.mark.browser
CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)
PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
FALSE = dict.fromkeys(ASKED, False)
if CHROMIUM is None:
    pytest.skip("No Chromium was found: install the package chromium.", allow_module_level=True)


@pytest.fixture(scope="module")
def running() -> Iterator[Service]:
    """The sample program in assign mode: the board itself moves units."""
    from rightcall.calls import sample

    folder = Path(tempfile.mkdtemp(prefix="rightcall-journey-"))
    folder.chmod(0o755)
    (folder / "program.toml").write_text(starter.sample_text().replace('mode = "mirror"', 'mode = "assign"'))
    sample.write(folder / "calls.csv", folder / "areas.geojson", seed=1, n=10)
    with service(program=folder) as made:
        yield made
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        made = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"],
        )
        yield made
        made.close()


def desk(
    browser: Any,
    running: Service,
    *,
    name: str = "dana",
    language: str = "en",
    dark: bool = False,
    width: int = 1366,
    height: int = 768,
    port: int = 0,
) -> Any:
    """A signed-in page; what its console says is an error of ours."""
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light", locale="en-US"
    )
    context.add_cookies([{"name": "language", "value": language, "url": f"http://127.0.0.1:{port or running.port}"}])
    page = context.new_page()
    page.set_default_timeout(8_000)
    page.errors = []
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    page.on(
        "console",
        lambda message: (
            page.errors.append(message.text) if message.type == "error" and "net::ERR" not in message.text else None
        ),
    )
    page.goto(f"http://127.0.0.1:{port or running.port}/accounts/login/")
    page.fill("#id_login", name)
    page.fill("#id_password", WORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: "login" not in url, wait_until="load")
    if page.locator("html").get_attribute("lang") != language:
        page.click("button[name=language]")
        page.wait_for_load_state("load")
    return page


def stranger(browser: Any, running: Service, *, language: str, dark: bool, width: int) -> Any:
    """A page of somebody who is not signed in."""
    context = browser.new_context(viewport={"width": width, "height": 768}, color_scheme="dark" if dark else "light")
    context.add_cookies([{"name": "language", "value": language, "url": f"http://127.0.0.1:{running.port}"}])
    page = context.new_page()
    page.errors = []
    page.on("pageerror", lambda error: page.errors.append(str(error)))
    return page


def say(running: Service, number: str, **said: Any) -> None:
    now = dt.datetime.now(dt.UTC).isoformat()
    assert (
        running.say({"message_id": f"{number}/{time.monotonic_ns()}", "sent_at": now, "number": number, **said}) == 200
    )


def choose(page: Any, number: str) -> None:
    page.locator(f"#calls .number:text-is('{number}')").click()
    page.locator(f"#detail h2:has-text('{number}')").wait_for()


@pytest.mark.parametrize("language", ["en", "es"])
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


def test_an_override_is_shown_with_its_reason(browser: Any, running: Service) -> None:
    page = desk(browser, running)
    say(running, "over-1", type="TRESPASS", facts=FALSE)
    page.locator("#calls .row:has-text('over-1')").wait_for()
    choose(page, "over-1")
    page.locator(".override summary").click()
    page.locator("#send").select_option("police")
    page.locator("#reason").select_option("the caller asked for it")
    page.locator(".override button").click()
    page.locator("#calls .row:has-text('over-1'):has-text('overridden: police')").wait_for()
    assert "the caller asked for it" in page.locator(".decision").inner_text()
    say(running, "over-1", event="close", disposition="police")
    page.context.close()


def test_a_co_response_goes_with_the_officers_unit(browser: Any, running: Service) -> None:
    page = desk(browser, running)
    say(
        running,
        "co-1",
        type="SUICIDE THREAT",
        facts=FALSE | {"weapon": True},
        caller="first party",
        place={"lat": 35.72, "lon": -78.92},
    )
    page.locator("#calls .row:has-text('co-1')").wait_for()
    choose(page, "co-1")
    best = page.locator(".candidates .best")
    best.locator("input[name=officer_unit]").fill("2A14")
    best.locator("button").click()
    page.locator("#detail .response:has-text('with 2A14')").wait_for()
    page.context.close()


def test_a_correction_changes_the_decision_before_danas_eyes(browser: Any, running: Service) -> None:
    page = desk(browser, running)
    say(running, "corr-1", type="TRESPASS", facts=FALSE)
    page.locator("#calls .row:has-text('corr-1')").wait_for()
    choose(page, "corr-1")
    page.locator(".decision.ours").wait_for()
    say(running, "corr-1", facts={"weapon": True})
    page.locator(".decision.not-ours").wait_for()
    page.locator("#calls .row:has-text('corr-1'):has-text('not ours')").wait_for()
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
    # A practiced hand types a letter every 120 ms.
    page.keyboard.type("wel", delay=120)
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
        ("dana", ("/board/", "/calls/new/", "/program/", "/accounts/2fa/", "/measures/")),
        ("sam", ("/measures/", "/program/", f"/program/{version}/", "/duty/", "/sources/", "/people/")),
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
