"""The house keeps its own rules."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from rightcall.calls import sample as city
from rightcall.cli.app import COMMANDS
from rightcall.program import file, starter

REPOSITORY = Path(__file__).resolve().parents[2]
SOURCES = sorted(path for path in (REPOSITORY / "src").rglob("*.py") if path.parent.name != "migrations")


def test_help_imports_no_heavy_library() -> None:
    told = "import sys; sys.argv = ['rightcall', '--help']\n"
    told += "from rightcall.cli import app\ntry:\n    app.run(['--help'])\nfinally:\n"
    told += (
        "    heavy = [m for m in ('polars', 'pydantic', 'numba', 'django', 'altair', 'numpy') if m in sys.modules]\n"
    )
    told += "    print('HEAVY', heavy)\n"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    assert "HEAVY []" in done.stdout


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_has_help_with_an_example_and_a_page(name: str) -> None:
    module = COMMANDS[name]
    assert module.command.__doc__
    assert module.EXAMPLE.startswith(f"Example:  rightcall {name}")
    page = (REPOSITORY / "docs" / "reference" / "commands.md").read_text()
    assert f"rightcall {name}" in page


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: path.stem)
def test_no_file_is_long(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 420


def test_no_room_is_a_drawer() -> None:
    drawers = {
        "utils",
        "util",
        "helpers",
        "helper",
        "common",
        "misc",
        "core",
        "manager",
        "managers",
        "services",
        "base",
    }
    assert not {part for path in SOURCES for part in (*path.parts, path.stem)} & drawers


def test_decisions_are_numbered_once() -> None:
    numbers = [path.name[:4] for path in sorted((REPOSITORY / "docs" / "decisions").glob("*.md"))]
    assert numbers == [f"{n:04d}" for n in range(1, len(numbers) + 1)]


def test_nothing_committed_names_an_index_host() -> None:
    lock = (REPOSITORY / "requirements.lock").read_text()
    assert "://" not in lock
    assert not (REPOSITORY / "uv.lock").exists()


def test_every_dependency_is_pinned_with_its_hash() -> None:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    pinned = set(re.findall(r"^([a-z0-9-]+)==", (REPOSITORY / "requirements.lock").read_text(), re.MULTILINE))
    wanted = [
        *project["dependencies"],
        *project["optional-dependencies"]["dev"],
        *project["optional-dependencies"]["bench"],
    ]
    named = {re.split(r"[>=<\[ ]", entry)[0] for entry in wanted}
    assert named - {"rightcall"} <= pinned


def test_every_program_loads() -> None:
    folders = sorted(path.parent for path in (REPOSITORY / "programs").glob("*/program.toml"))
    assert [folder.name for folder in folders] == ["denver-star", "durham", "portland-street-response", "sample"]
    for folder in folders:
        file.read_program(folder)


def test_the_sample_program_is_the_one_that_the_demo_writes() -> None:
    assert (REPOSITORY / "programs" / "sample" / "program.toml").read_text() == starter.sample_text()


def test_the_invented_city_is_the_same_every_time() -> None:
    assert city.calls(seed=1, n=300).equals(city.calls(seed=1, n=300))
