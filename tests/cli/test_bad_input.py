"""Bad input on the command line: one sentence, the right exit code, and nothing half written."""

from __future__ import annotations

import datetime as dt
import gzip
import math
import random
import shutil
import zipfile
from pathlib import Path

import polars as pl
import pytest

from rightcall import errors
from rightcall.cli.app import run

HEADER = "Incident Number,Call Time,Call Type,Beat\n"
TYPES = ("WELFARE CHECK", "DISTURBANCE", "TRESPASS", "NOISE COMPLAINT", "MENTAL HEALTH", "ALARM BURGLAR")


def export_text(n: int = 600) -> str:
    luck = random.Random(3)
    start, lines = dt.datetime(2025, 3, 3), []
    for number in range(n):
        hour = int(24 * (0.25 + 0.75 * math.sqrt(luck.random()))) % 24
        when = start + dt.timedelta(days=number * 56 // n, hours=hour, minutes=luck.randrange(60))
        lines.append(f"25-{number:05},{when:%Y-%m-%d %H:%M:%S},{luck.choice(TYPES)},B{luck.randrange(1, 5)}\n")
    return HEADER + "".join(lines)


TEXT = export_text()


@pytest.fixture(autouse=True)
def _home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RIGHTCALL_HOME", str(tmp_path_factory.mktemp("home")))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    inside = tmp_path / "inside"
    inside.mkdir()
    return inside


def read(folder: Path, content: str | bytes, *more: str, name: str = "export.csv") -> int:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return run(["read", str(path), "-o", str(folder / "out"), "--timezone", "America/Chicago", *more])


def refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """What was said; nothing but the input may lie in the folder."""
    said = capsys.readouterr()
    assert said.err.strip().startswith("× ")
    assert "Traceback" not in said.err
    assert said.out == ""
    assert [path.name for path in folder.iterdir() if path.name == "out" or path.name.startswith(".")] == []
    return said.err.strip()


@pytest.mark.parametrize(
    ("name", "content", "code", "what"),
    [
        ("export.csv", b"", errors.REFUSED, "the file is empty"),
        ("export.csv", HEADER.encode(), errors.REFUSED, "a header and no rows"),
        ("export.csv", TEXT.replace(",", ":").encode(), errors.REFUSED, "only one column"),
        ("export.csv.gz", gzip.compress(TEXT.encode(), mtime=0)[:-30], errors.REFUSED, "cut short or damaged"),
        ("export.csv", bytes(range(256)) * 400, errors.REFUSED, "not text"),
        ("export.csv", (",".join(f"c{k}" for k in range(10_000)) + "\n").encode() * 2, errors.REFUSED, "10,000 columns"),
        ("export.csv", b"number,name\n" + b"x,y\n" * 50, errors.MUST_CHOOSE, "time of the call"),
        ("export.csv", TEXT.replace("2025", "0000").encode(), errors.MUST_CHOOSE, "time of the call"),
        ("export.csv", TEXT.replace("2025", "9999").encode(), errors.MUST_CHOOSE, "time of the call"),
    ],
)  # fmt: skip
def test_a_bad_export_is_refused_in_one_sentence(
    folder: Path, capsys: pytest.CaptureFixture[str], name: str, content: bytes, code: int, what: str
) -> None:
    assert read(folder, content, name=name) == code
    said = refused(folder, capsys)
    assert what in said
    assert name in said
    assert len(said.splitlines()) == 1


def test_a_folder_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["read", str(folder), "-o", str(folder / "out"), "--timezone", "America/Chicago"]) == errors.REFUSED
    assert "this is a folder" in refused(folder, capsys)


def test_a_file_that_is_not_there_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    missing = folder / "calls.csv"
    assert run(["read", str(missing), "-o", str(folder / "out"), "--timezone", "America/Chicago"]) == errors.REFUSED
    assert "no such file" in refused(folder, capsys)


def test_without_a_time_zone_it_must_be_chosen(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "export.csv").write_text(TEXT)
    assert run(["read", str(folder / "export.csv"), "-o", str(folder / "out")]) == errors.MUST_CHOOSE
    assert "--timezone" in refused(folder, capsys)


def test_a_time_zone_that_does_not_exist_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert read(folder, TEXT, "--timezone", "Mars/Olympus") == errors.REFUSED
    assert "no time zone “Mars/Olympus”" in refused(folder, capsys)


def test_an_unknown_option_is_a_mistake_of_use(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert read(folder, TEXT, "--colour", "red") == errors.USAGE
    assert "--help" in refused(folder, capsys)


def test_a_layout_that_fits_another_export_is_refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    layout = folder / "layout.toml"
    layout.write_text('format = "rightcall layout 1"\n[columns]\nfirst_type = "Nature"\n')
    assert read(folder, TEXT, "--layout", str(layout)) == errors.REFUSED
    assert "“Nature” that the export does not have" in refused(folder, capsys)


def test_no_call_left_has_its_own_code(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    layout = folder / "layout.toml"
    layout.write_text('[stamps.received]\ncolumn = "Call Time"\nformats = ["%d.%m.%Y %H:%M"]\n')
    assert read(folder, TEXT, "--layout", str(layout)) == errors.NOTHING_LEFT
    assert "no call is left" in refused(folder, capsys)


def test_bad_rows_are_set_aside_and_the_command_succeeds(folder: Path) -> None:
    lines = TEXT.splitlines()
    lines[5] += ",more"
    lines[6] = lines[6].replace("2025", "0000")
    lines[7] = lines[7].replace(",", ',"', 1)
    assert read(folder, "\n".join(lines) + "\n9,2025-02-29 10:00:00,NOISE,B1\n") == errors.DONE
    rejected = pl.read_csv(folder / "out" / "rejected.csv")
    assert rejected["row"].to_list() == [5, 6, 7, 601]
    assert pl.read_parquet(folder / "out" / "calls.parquet").height == 597


def test_a_field_of_fifty_megabytes_costs_one_row(folder: Path) -> None:
    assert read(folder, TEXT + f"9,2025-03-05 10:00:00,{'x' * 50_000_000},B1\n") == errors.DONE
    assert pl.read_csv(folder / "out" / "rejected.csv")["reason"].to_list() == ["a row of 50 MB"]


def test_what_stood_there_before_stays_when_an_export_is_refused(folder: Path) -> None:
    assert read(folder, TEXT) == errors.DONE
    before = {path.name: path.read_bytes() for path in (folder / "out").iterdir()}
    assert read(folder, b"") == errors.REFUSED
    assert {path.name: path.read_bytes() for path in (folder / "out").iterdir()} == before


def test_a_strangers_folder_is_not_replaced(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "out").mkdir()
    (folder / "out" / "thesis.txt").write_text("years of work")
    assert read(folder, TEXT) == errors.REFUSED
    assert "--force" in capsys.readouterr().err
    assert [path.name for path in (folder / "out").iterdir()] == ["thesis.txt"]
    assert sorted(path.name for path in folder.iterdir()) == ["export.csv", "out"]


def test_markup_in_a_name_is_printed_as_it_is(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert read(folder, TEXT.replace("Call Type", "[/bold] Call Type").replace("TRESPASS", "[/bold]")) == errors.DONE
    assert "[/bold] Call Type" in capsys.readouterr().out


# ------------------------------------------------------------------ formulas and HTML, all the way

EVIL = "<script>alert(1)</script>"
FORMULA = '=HYPERLINK("http://x","y")'


@pytest.fixture
def program(folder: Path) -> Path:
    source = Path(__file__).parents[2] / "programs" / "durham"
    return Path(shutil.copytree(source, folder / "program"))


def test_html_and_formulas_in_a_call_type_stay_text_in_everything_that_is_written(folder: Path, program: Path) -> None:
    words = {TYPES[0]: EVIL, TYPES[1]: '"' + FORMULA.replace('"', '""') + '"'}
    text = TEXT
    for plain, evil in words.items():
        text = text.replace(plain, evil)
    assert read(folder, text) == errors.DONE
    assert run(["plan", str(program), str(folder / "out"), "-o", str(folder / "plan")]) == errors.DONE
    for page in (folder / "plan").rglob("*.html"):
        assert EVIL not in page.read_text(encoding="utf-8")
    for table in folder.glob("plan/**/*.csv"):
        frame = pl.read_csv(table, infer_schema=False)
        for name in frame.columns:
            assert not frame[name].str.starts_with("=").any(), table.name
    for book in (folder / "plan").rglob("*.xlsx"):
        with zipfile.ZipFile(book) as archive:
            sheets = [archive.read(name) for name in archive.namelist() if name.startswith("xl/worksheets/")]
        assert not any(b"<f>" in sheet and b"HYPERLINK" in sheet for sheet in sheets)


# ------------------------------------------------------------------ programs


def check(program: Path, spoil: tuple[str, str]) -> int:
    document = program / "program.toml"
    text = document.read_text(encoding="utf-8")
    assert spoil[0] in text
    document.write_text(text.replace(*spoil, 1), encoding="utf-8")
    return run(["check", str(program)])


def test_a_sound_program_passes(program: Path) -> None:
    assert run(["check", str(program)]) == errors.DONE


def with_rule(program: Path, when: str) -> int:
    """The program with one more rule before all others."""
    rule = f'[[rule]]\nid = "new"\nwhen = {when}\nsend = ["community"]\nwhy = "a test"\nsource = "a test"\n\n[[rule]]'
    return check(program, ("[[rule]]", rule))


def test_a_program_without_teams_is_refused(program: Path, capsys: pytest.CaptureFixture[str]) -> None:
    document = program / "program.toml"
    text = document.read_text(encoding="utf-8")
    document.write_text(text.replace("[[team]]", "[[hat]]"), encoding="utf-8")
    assert run(["check", str(program)]) == errors.REFUSED
    assert "team" in capsys.readouterr().err


def test_a_rule_that_can_never_fire_is_refused(program: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert with_rule(program, "{ all = [{ weapon = true }, { weapon = false }] }") == errors.REFUSED
    assert "“new” can never fire" in capsys.readouterr().out


def test_a_rule_that_is_true_on_the_unknown_is_refused(program: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert with_rule(program, "{ unknown = ['weapon'] }") == errors.REFUSED
    assert "true of a call of which nothing is known" in capsys.readouterr().err


def test_two_teams_of_one_name_are_refused(program: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check(program, ('id = "navigation"', 'id = "community"')) == errors.REFUSED
    assert "community" in capsys.readouterr().err
