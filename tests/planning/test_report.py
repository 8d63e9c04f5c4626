"""The report in a real browser: light and dark, wide and narrow, no network, accessible."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import jsonschema
import polars as pl
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, sync_playwright
from tests.browser import chromium

from rightcall.calls import sample as city
from rightcall.cli import app
from rightcall.program import starter

REPOSITORY = Path(__file__).resolve().parents[2]
EVIL = '<img src=x onerror="document.title=1">'


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Millbrook's plan, small, with a type of call that is HTML and one that is a formula."""
    place = tmp_path_factory.mktemp("millbrook")
    city.write(place / "calls.csv", place / "areas.geojson", seed=1, n=4_000)
    calls = pl.read_csv(place / "calls.csv", infer_schema=False)
    row = pl.int_range(pl.len())
    evil = (
        pl.when(row % 40 == 0)
        .then(pl.lit(EVIL))
        .when(row % 40 == 1)
        .then(pl.lit("=cmd|' /C calc'!A0"))
        .otherwise("Nature")
    )
    calls.with_columns(evil.alias("Nature")).write_csv(place / "calls.csv")
    starter.write_sample(place / "program.toml")
    assert app.run(["plan", str(place), str(place / "calls.csv"), "-o", str(place / "plan")]) == 0
    more = place / "evil.toml"
    more.write_text(f'id = {json.dumps(EVIL)}\nchange = [{{ drop_shift = {{ team = "desk" }} }}]\n')
    calls_csv = str(place / "calls.csv")
    assert (
        app.run(["compare", str(place), calls_csv, "-o", str(place / "designs"), "--runs", "5", "--variant", str(more)])
        == 0
    )
    # A team and a position whose names are HTML, staffed to a target.
    told = (place / "program.toml").read_text()
    (place / "evil").mkdir()
    (place / "evil" / "areas.geojson").write_bytes((place / "areas.geojson").read_bytes())
    for name in ("Community response team", "Peer support specialist"):
        told = told.replace(json.dumps(name), json.dumps(name + EVIL))
    (place / "evil" / "program.toml").write_text(told)
    assert app.run(["staff", str(place / "evil"), calls_csv, "-o", str(place / "staffing")]) == 0
    zone = "America/New_York"
    assert app.run(["replay", calls_csv, "-o", str(place / "replay"), "--runs", "2", "--timezone", zone]) == 0
    return place / "plan"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = chromium()
    if path is None:
        pytest.skip("No Chromium was found: install the package chromium to run the browser tests.")
    with sync_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"]
        opened = playwright.chromium.launch(executable_path=path, args=flags)
        yield opened
        opened.close()


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1100, 390])
@pytest.mark.parametrize("made", ["plan", "designs", "staffing", "replay"])
def test_the_report_is_whole_accessible_and_needs_no_network(
    plan: Path, browser: Browser, scheme: str, width: int, made: str
) -> None:
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
    asked: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto((plan.with_name(made) / "report.html").as_uri())

    assert [url for url in asked if not url.startswith("file:")] == []
    assert complaints == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("svg[role=img]").count() >= (2 if made == "replay" else 5)
    assert page.locator("img").count() == 0
    found = Axe().run(page).response["violations"]
    assert [(rule["id"], rule["nodes"][0]["html"][:120]) for rule in found] == []
    page.close()


@pytest.mark.browser
def test_a_type_of_call_that_is_html_is_shown_as_text(plan: Path, browser: Browser) -> None:
    page = browser.new_page()
    page.goto((plan / "report.html").as_uri())

    assert page.title() == "CARE: the plan"
    assert page.locator("img").count() == 0
    page.close()


def test_no_formula_reaches_a_spreadsheet(plan: Path) -> None:
    for table in (plan / "tables").glob("*.csv"):
        cells = [cell for line in table.read_text().splitlines() for cell in line.split(",")]
        assert not any(cell.lstrip('"').startswith(("=", "@", "+")) for cell in cells), table.name


def test_the_figures_fit_their_published_schema(plan: Path) -> None:
    schema = json.loads((REPOSITORY / "docs" / "reference" / "plan.schema.json").read_text())
    jsonschema.validate(json.loads((plan / "plan.json").read_text()), schema, jsonschema.Draft202012Validator)


def test_the_staffing_alone_fits_the_same_schema(plan: Path) -> None:
    schema = json.loads((REPOSITORY / "docs" / "reference" / "plan.schema.json").read_text())
    told = json.loads((plan.with_name("staffing") / "staffing.json").read_text())
    for part in ("staffing_model", "team_structure"):
        jsonschema.validate(told[part], schema["properties"][part])


def test_every_total_is_the_sum_of_its_table(plan: Path) -> None:
    told = json.loads((plan / "plan.json").read_text())
    families = pl.read_csv(plan / "tables" / "families.csv")
    hours = pl.read_csv(plan / "tables" / "hours.csv")
    decided = pl.read_parquet(plan / "decisions.parquet")

    assert families["calls"].sum() == hours["calls"].sum() == told["calls"]["public"]
    for name in ("by_nature", "at_most", "at_least"):
        assert families[name].sum() == hours[name].sum() == told["eligible"][name]
    assert decided.height == told["calls"]["calls"]
