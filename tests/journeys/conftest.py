"""The real service and a real browser for journeys."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "web"))

from hands import CHROMIUM
from served import Service, service

from rightcall.program import starter


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
