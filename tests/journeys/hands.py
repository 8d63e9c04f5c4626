"""Hands at a browser, and a CAD that speaks to the service behind it."""

from __future__ import annotations

import datetime as dt
import shutil
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "web"))

from served import WORD, Service

from rightcall.calls.sample import ASKED

CHROMIUM = next(
    (path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None
)
PICTURES = Path(__file__).parents[2] / "docs" / "pictures"
FALSE = dict.fromkeys(ASKED, False)


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


def see(page: Any, selector: str) -> None:
    """Wait as a person does before typing: until the cursor is there and painted, since Chromium drops keys before."""
    page.locator(f"{selector}:focus").wait_for()
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
