"""Rosa in the van, Sam in the office, and whoever signs in with a key: in a real browser against the real service."""

from __future__ import annotations

import os
import time
from typing import Any

import pytest
from hands import CHROMIUM, FALSE, PICTURES, desk, say, see
from served import WORD, Service

from rightcall.locale import Words

pytestmark = pytest.mark.browser
if CHROMIUM is None:
    pytest.skip("No Chromium was found: install the package chromium.", allow_module_level=True)


def press(page: Any, words: str) -> None:
    """Go to a button or link by Tab alone, and press it."""
    for _ in range(120):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.innerText.trim()") == words:
            page.keyboard.press("Enter")
            page.wait_for_load_state("load")
            return
    raise AssertionError(f"no Tab leads to {words}")


def loaded(page: Any) -> None:
    page.locator("#link.live").wait_for()


@pytest.mark.parametrize("language", ["en", "es"])
def test_a_crew_enters_whom_it_met_in_under_twenty_seconds_and_goes_on_by_keyboard(browser: Any, running: Service, language: str) -> None:  # fmt: skip
    words = Words(language)
    page = desk(browser, running, name="rosa", language=language, width=390, height=844)
    page.goto(f"http://127.0.0.1:{running.port}/crew/")
    loaded(page)
    begun = time.monotonic()
    press(page, words("New call"))
    page.wait_for_url("**/calls/new/")
    see(page, "#family")
    page.keyboard.type(words("welfare")[:3], delay=120)
    page.keyboard.press("Tab")
    page.keyboard.type("12 Oak St", delay=120)
    page.keyboard.press("Enter")
    page.wait_for_url("**/crew/")
    assert time.monotonic() - begun < 20
    loaded(page)
    now = page.locator("section.now").inner_text()
    assert "12 Oak St" in now
    assert words("on scene") in page.locator("h1").inner_text()
    # What she is writing is not lost when something changes meanwhile.
    summary = page.locator(".record summary").first
    summary.focus()
    page.keyboard.press("Enter")
    page.locator(".record select[name=age_band]").first.select_option("25 to 64")
    page.locator(".record select[name=felt_helped]").first.select_option("yes")
    page.locator(".record form[action$='/met/'] button").first.click()
    page.wait_for_url("**/crew/")
    loaded(page)
    assert words.plural("one neighbor", "{n} neighbors", 1) in page.locator(".record summary").first.inner_text()
    page.locator("section.now form:has(input[value=clear]) select").select_option("settled on scene")
    clear = page.locator("section.now form:has(input[value=clear]) button")
    clear.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/crew/")
    page.locator(f"h1:has-text('{words('finishing')}')").wait_for()
    loaded(page)
    press(page, words("free"))
    page.locator(f"h1:has-text('{words('returning')}')").wait_for()
    assert page.errors == []
    page.context.close()


def test_a_crew_sees_what_changes_and_what_it_is_writing_stays(browser: Any, running: Service) -> None:
    dana, rosa = desk(browser, running), desk(browser, running, name="rosa", width=390, height=844)
    rosa.goto(f"http://127.0.0.1:{running.port}/crew/")
    loaded(rosa)
    say(running, "crew-1", type="TRESPASS", facts=FALSE, place={"text": "7 Elm St", "lat": 35.72, "lon": -78.92})
    dana.locator("#calls .row:has-text('crew-1')").wait_for()
    dana.locator("#calls .number:text-is('crew-1')").click()
    dana.locator("#detail button:has-text('CR-1')").first.click()
    rosa.locator("section.now:has-text('7 Elm St')").wait_for()
    say(running, "crew-1", facts={"weapon": True})
    rosa.locator(".facts .yes:has-text('weapon')").wait_for()
    if os.environ.get("RIGHTCALL_PICTURES"):
        loaded(rosa)
        rosa.screenshot(path=str(PICTURES / "crew.png"))
    rosa.locator(".now .record summary").click()
    rosa.locator(".now .record select[name=age_band]").select_option("25 to 64")
    say(running, "crew-1", facts={"violence": True})
    rosa.locator("#changed:visible").wait_for()
    assert rosa.locator(".now .record select[name=age_band]").input_value() == "25 to 64"
    rosa.locator("#changed a").click()
    rosa.locator(".facts .yes:has-text('violence')").wait_for()
    rosa.locator("section.now button:has-text('police, urgent')").click()
    dana.locator("#units .flag.late:has-text('back-up: police')").wait_for()
    other = dana.locator("#detail button:has-text('instead of CR-1')")
    other.first.wait_for()
    other.first.click()
    rosa.locator("h1:has-text('returning')").wait_for()
    dana.locator("#detail .response p:has-text('another unit has it now')").wait_for()
    assert dana.errors == rosa.errors == []
    dana.context.close()
    rosa.context.close()


def test_a_supervisor_staffs_a_unit_puts_somebody_on_it_and_reads_a_sample(browser: Any, running: Service) -> None:
    page = desk(browser, running, name="sam")
    at = f"http://127.0.0.1:{running.port}"
    page.goto(f"{at}/duty/")
    row = page.locator("tr:has(td:text-is('CR-2'))").first
    row.locator("input[name='crew:clinician']").fill("0")
    row.locator("button:text-is('on board')").click()
    page.locator("tr:has(td:text-is('CR-2')):has-text('may not go out without: clinician')").first.wait_for()
    page.locator("tr:has(td:text-is('CR-2')) input[name='crew:clinician']").first.fill("1")
    page.locator("tr:has(td:text-is('CR-2')) button:text-is('on board')").first.click()
    page.locator("tr:has(td:text-is('CR-2')):has-text('may not go out')").first.wait_for(state="detached")
    page.goto(f"{at}/people/")
    rosa = page.locator("tr:has-text('rosa')").first
    rosa.locator("select[name=unit]").select_option("CR-2")
    rosa.locator("button:text-is('put on it')").click()
    page.wait_for_load_state("load")
    assert page.locator("tr:has-text('rosa') select[name=unit]").first.input_value() == "CR-2"
    page.locator("tr:has-text('rosa') select[name=unit]").first.select_option("CR-1")
    page.locator("tr:has-text('rosa') button:text-is('put on it')").first.click()
    say(running, "read-1", type="BURGLARY IN PROGRESS", remarks="a door stands open")
    say(running, "read-1", event="close", disposition="police report")
    page.goto(f"{at}/sample/")
    page.locator("article button:text-is('not ours')").click()
    page.locator("text=The call before").wait_for()
    page.goto(f"{at}/measures/?span=this+month")
    assert "Missed at triage" in page.locator("main").inner_text()
    assert page.errors == []
    page.context.close()


def test_a_passkey_signs_in(browser: Any, running: Service) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.set_default_timeout(8_000)
    key = context.new_cdp_session(page)
    key.send("WebAuthn.enable")
    key.send("WebAuthn.addVirtualAuthenticator", {"options": {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True, "isUserVerified": True, "automaticPresenceSimulation": True,
    }})  # fmt: skip
    at = f"http://localhost:{running.port}"
    page.goto(f"{at}/accounts/login/")
    page.fill("#id_login", "cleo")
    page.fill("#id_password", WORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/board/**")
    page.goto(f"{at}/accounts/2fa/webauthn/add/")
    page.fill("input[name=password]", WORD)
    page.keyboard.press("Enter")
    page.wait_for_url("**/webauthn/add/")
    page.fill("input[name=name]", "my phone")
    page.check("input[name=passwordless]")
    page.click("#mfa_webauthn_add")
    page.wait_for_url(lambda url: "webauthn/add" not in url)
    page.goto(f"{at}/board/")
    page.click("text=Sign out")
    page.wait_for_load_state("load")
    page.goto(f"{at}/board/")
    page.wait_for_url("**/accounts/login/**")
    page.click("#passkey_login")
    page.wait_for_url("**/board/**")
    page.locator("#link.live").wait_for()
    context.close()
