"""The commands as Priya types them."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import polars as pl
import pytest

import rightcall
from rightcall import errors
from rightcall.calls import export, type_file
from rightcall.calls import sample as city
from rightcall.cli import app, asking, plan, steps
from rightcall.errors import MustChoose
from rightcall.planning.staffing import one_team
from rightcall.progress import Progress


@pytest.fixture(scope="module")
def millbrook(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("millbrook")
    city.write(place / "calls.csv", place / "areas.geojson", seed=3, n=1_500)
    zone = "America/New_York"
    assert app.run(["read", str(place / "calls.csv"), "-o", str(place / "read"), "--timezone", zone]) == 0
    return place


def test_the_demo_plans_the_invented_city(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(city, "CALLS", 1_200)
    monkeypatch.setattr(city.write, "__kwdefaults__", {"n": 1_200})
    assert app.run(["demo", "--no-live", "-o", str(tmp_path / "demo"), "--language", "es"]) == 0
    assert 'lang="es"' in (tmp_path / "demo" / "plan" / "report.html").read_text()
    assert app.run(["demo", "--no-live", "-o", str(tmp_path / "demo")]) == 0


def test_reviewed_types_are_kept_when_types_are_proposed_again(millbrook: Path, tmp_path: Path) -> None:
    target = tmp_path / "call_types.csv"
    assert app.run(["types", str(millbrook / "read"), "-o", str(target)]) == 0
    mapping = type_file.read_mapping(target)
    assert mapping["calls"].sum() == 1_500
    is_noise = pl.col("type") == "NOISE COMPLAINT"
    mapping = mapping.with_columns(
        pl.when(is_noise).then(pl.lit("disorder")).otherwise("family").alias("family"),
        pl.when(is_noise).then(pl.lit("Priya")).otherwise("reviewed_by").alias("reviewed_by"),
    )
    type_file.write_mapping(mapping=mapping, path=target)

    assert app.run(["types", str(millbrook / "read"), "-o", str(target)]) == 0

    again = type_file.read_mapping(target).filter(is_noise)
    assert again.select("family", "reviewed_by").row(0) == ("disorder", "Priya")


def test_a_plan_counts_reviewed_and_proposed_types_apart(millbrook: Path, tmp_path: Path) -> None:
    program = tmp_path / "program"
    assert app.run(["new", str(program)]) == 0
    assert app.run(["types", str(millbrook / "read"), "-o", str(program / "call_types.csv")]) == 0
    mapping = type_file.read_mapping(program / "call_types.csv")
    welfare = pl.col("family") == "welfare"
    mapping = mapping.with_columns(pl.when(welfare).then(pl.lit("Priya")).otherwise("reviewed_by").alias("reviewed_by"))
    type_file.write_mapping(mapping=mapping, path=program / "call_types.csv")

    for calls in (millbrook / "read", millbrook / "read" / "calls.parquet", millbrook / "calls.csv"):
        assert app.run(["plan", str(program), str(calls), "-o", str(tmp_path / "plan")]) == 0
        told = json.loads((tmp_path / "plan" / "plan.json").read_text())["calls"]
        assert told["reviewed"] > 20
        assert told["reviewed"] + told["proposed"] == told["assessed"] == told["public"]


def test_two_exports_that_overlap_count_each_call_once(millbrook: Path, tmp_path: Path) -> None:
    program = tmp_path / "program"
    app.run(["new", str(program)])
    both = [str(millbrook / "calls.csv"), str(millbrook / "read")]
    assert app.run(["plan", str(program), *both, "-o", str(tmp_path / "plan")]) == 0
    told = json.loads((tmp_path / "plan" / "plan.json").read_text())
    assert told["calls"]["calls"] == 1_500
    assert "in_two_files" in {finding["code"] for finding in told["findings"]}


def test_a_sample_needs_a_program_or_a_time_zone(millbrook: Path, tmp_path: Path) -> None:
    target = str(tmp_path / "sample.xlsx")
    assert app.run(["sample", str(millbrook / "read"), "--n", "20", "-o", target]) == 0
    assert app.run(["sample", str(millbrook / "calls.csv"), "--n", "20", "-o", str(tmp_path / "other.xlsx")]) == 4
    assert not (tmp_path / "other.xlsx").exists()


def test_outcomes_are_shown_with_the_share_that_could_be_joined(millbrook: Path, tmp_path: Path) -> None:
    numbers = pl.read_csv(millbrook / "calls.csv", infer_schema=False)["Incident Number"].unique(maintain_order=True)
    arrests = pl.DataFrame(
        {"Incident Number": [*numbers.head(400), "x-1"], "Arrest": ["Y", *["N"] * 400], "Use of Force": ["0"] * 401}
    )
    arrests.write_csv(tmp_path / "arrests.csv")
    program = tmp_path / "program"
    app.run(["new", str(program)])

    arguments = ["plan", str(program), str(millbrook / "calls.csv"), "-o", str(tmp_path / "plan")]
    assert app.run([*arguments, "--outcomes", str(tmp_path / "arrests.csv")]) == 0

    told = json.loads((tmp_path / "plan" / "plan.json").read_text())["outcomes"]
    assert told["rows"] == 401
    assert told["joined_rows"] < 400  # officers' own work is not from the public
    assert "could be joined" in (tmp_path / "plan" / "report.html").read_text()


def test_the_same_from_python(millbrook: Path, tmp_path: Path) -> None:
    got = rightcall.read(millbrook / "calls.csv", time_zone="America/New_York")
    assert got.calls.collect().height == 1_500

    app.run(["new", str(tmp_path / "program")])
    plan = rightcall.plan(tmp_path / "program", millbrook / "calls.csv")
    rightcall.write(plan, tmp_path / "plan")

    assert plan.totals["calls"] == 1_500
    assert (tmp_path / "plan" / "report.html").exists()


AMBIGUOUS = "number,call time,type\n" + "".join(
    f"{n},0{n % 9 + 1}/0{(n * 5) % 9 + 1}/2024 1{n % 9}:00,WELFARE CHECK\n" for n in range(60)
)


def test_what_nothing_decides_is_refused_elsewhere_with_exit_code_4(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "calls.csv"
    path.write_text(AMBIGUOUS)
    assert app.run(["read", str(path), "-o", str(tmp_path / "out"), "--timezone", "America/Chicago"]) == 4
    told = capsys.readouterr().err
    assert "month/day or day/month" in told
    assert "[stamps.received]" in told
    assert not (tmp_path / "out").exists()


def test_what_nothing_decides_is_asked_on_a_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "calls.csv"
    path.write_text(AMBIGUOUS)
    with pytest.raises(MustChoose):
        asking.read(path, layout=None, ask=False, work=tmp_path, time_zone="America/Chicago")

    monkeypatch.setattr("sys.stdin", io.StringIO("2\n"))
    got = asking.read(path, layout=None, ask=True, work=tmp_path, time_zone="America/Chicago")

    assert isinstance(got, export.Export)
    assert got.layout.stamps["received"].formats == ("%d/%m/%Y %H:%M",)
    first = got.calls.select(pl.col("received_at").sort_by("source_row").first()).collect().item()
    assert (first.month, first.day) == (1, 1)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["nonsense"], 2),
        (["read"], 2),
        (["read", "no-such-file.csv", "-o", "x"], 3),
        (["check", "no-such-program"], 3),
        (["plan", "no-such-program", "calls.csv", "-o", "x"], 3),
    ],
)
def test_every_refusal_has_its_exit_code_and_one_sentence(
    arguments: list[str], code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert app.run(arguments) == code
    told = capsys.readouterr().err.strip()
    assert told.startswith("×")
    assert "Traceback" not in told


def test_a_mistake_of_ours_gives_one_line_and_a_log(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*arguments: object, **how: object) -> None:
        raise ZeroDivisionError("inside")

    monkeypatch.setattr("rightcall.program.file.read_program", broken)
    assert app.run(["check", "programs/durham"]) == 1
    told = capsys.readouterr().err
    assert "a mistake of ours (ZeroDivisionError)" in told
    log = Path(told.rsplit("Details: ", 1)[1].strip())
    assert "inside" in log.read_text()
    log.unlink()


def test_check_names_rules_that_can_never_fire(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    app.run(["new", str(tmp_path / "program")])
    path = tmp_path / "program" / "program.toml"
    assert app.run(["check", str(tmp_path / "program")]) == 0
    path.write_text(
        path.read_text().replace("when = { in_traffic = true }", "when = { in_traffic = true, weapon = true }")
    )
    capsys.readouterr()
    assert app.run(["check", str(tmp_path / "program")]) == 3
    assert "“in traffic” can never fire" in capsys.readouterr().out.replace("\n", " ")


@pytest.fixture(scope="module")
def care(millbrook: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    from rightcall.program import starter

    place = tmp_path_factory.mktemp("care")
    starter.write_sample(place / "program.toml")
    (place / "areas.geojson").write_bytes((millbrook / "areas.geojson").read_bytes())
    return place


def test_priya_compares_her_designs(
    care: Path, millbrook: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    more = tmp_path / "zone.toml"
    more.write_text(
        'id = "pilot zone"\nchange = [{ change_shift = { team = "community", set = { area = { district = ["North"] } } } }]\n'
    )
    target = tmp_path / "designs"
    asked = ["compare", str(care), str(millbrook / "read"), "-o", str(target), "--variant", str(more), "--runs", "5"]
    assert app.run(asked) == 0
    told = json.loads((target / "compare.json").read_text())
    named = [design["id"] for design in told["designs"]]
    assert named[0] == "as written"
    assert named[-3:] == ["night crew", "noon to midnight", "pilot zone"]
    pilot = told["designs"][-1]["coverage_by_area"]
    assert pilot["North"] > 2 * max(share for area, share in pilot.items() if area != "North")
    assert "As written, the program would answer" in capsys.readouterr().out
    assert app.run([*asked, "--only"]) == 0
    assert len(json.loads((target / "compare.json").read_text())["designs"]) == 4


def test_mistakes_in_variants_are_told_before_the_calls_are_read(care: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    wrong = tmp_path / "wrong.toml"
    wrong.write_text('id = "x"\nchange = [{ drop_rule = "no such" }, { add_van = 1 }]\n')
    missing = tmp_path / "there-is-no-such-file.csv"
    assert app.run(["compare", str(care), str(missing), "-o", str(tmp_path / "o"), "--variant", str(wrong)]) == 3
    told = capsys.readouterr().err
    assert "there is no rule “no such”" in told
    assert "“add_van” is no change" in told
    assert not (tmp_path / "o").exists()


def test_priya_asks_for_shifts_under_a_budget(care: Path, millbrook: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    target = tmp_path / "found.toml"
    asked = ["suggest", str(care), str(millbrook / "read"), "--shifts", "1", "-o", str(target)]
    assert app.run([*asked, "--budget", "1500000"]) == 0
    assert "patterns were screened by a formula" in capsys.readouterr().out
    assert (
        app.run(
            [
                "compare",
                str(care),
                str(millbrook / "read"),
                "-o",
                str(tmp_path / "d"),
                "--variant",
                str(target),
                "--only",
                "--runs",
                "5",
            ]
        )
        == 0
    )
    assert app.run([*asked, "--budget", "10"]) == 5


def test_a_plan_without_designs_says_nothing_of_them(care: Path, millbrook: Path, tmp_path: Path) -> None:
    target = tmp_path / "plan"
    assert app.run(["plan", str(care), str(millbrook / "read"), "-o", str(target), "--no-designs"]) == 0
    assert json.loads((target / "plan.json").read_text())["response_model"] is None
    assert "No designs were simulated here" in (target / "report.html").read_text()


def test_priya_staffs_her_program(
    care: Path, millbrook: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "staffing"
    assert app.run(["staff", str(care), str(millbrook / "read"), "-o", str(target), "--language", "es"]) == 0
    said = capsys.readouterr().out
    assert "to have a unit free within 10 minutes for 80% of its calls" in said
    assert "The shifts take" in said
    told = json.loads((target / "staffing.json").read_text())
    community = next(each for each in told["staffing_model"]["teams"] if each["team"] == "community")
    assert community["verdict"]["answered"]["value"] > 0.8
    assert community["proven"]
    assert told["staffing_model"]["complete"]
    assert 'lang="es"' in (target / "report.html").read_text()
    assert (target / "rotations.xlsx").stat().st_size > 5_000
    lines = {
        row["line"]
        for row in pl.read_csv(target / "tables" / "staffing_rotations.csv")
        .filter(pl.col("team") == "community")
        .to_dicts()
    }
    assert {path.name for path in (target / "calendars").glob("community-*.ics")} == {
        f"community-{line}.ics" for line in lines
    }
    # The shifts that were found are a design to compare.
    asked = [
        "compare",
        str(care),
        str(millbrook / "read"),
        "-o",
        str(tmp_path / "d"),
        "--variant",
        str(target / "staffed.toml"),
        "--only",
        "--runs",
        "5",
    ]
    assert app.run(asked) == 0
    assert "staffed" in [each["id"] for each in json.loads((tmp_path / "d" / "compare.json").read_text())["designs"]]


def of_how_to(name: str, care: Path, place: Path) -> Path:
    """The sample city's program with every TOML example of a how-to in it."""
    import re
    import textwrap
    import tomllib

    import tomlkit

    guide = (Path(__file__).parents[2] / "docs" / "how-to" / name).read_text(encoding="utf-8")
    whole = tomlkit.parse((care / "program.toml").read_text(encoding="utf-8"))
    for block in re.findall(r"```toml\n(.*?)```", guide, flags=re.DOTALL):
        for key, value in tomllib.loads(textwrap.dedent(block)).items():
            if key == "position":
                titles = {each["title"] for each in value}
                value = [*(dict(each.unwrap()) for each in whole["position"] if each["title"] not in titles), *value]
            whole[key] = value
    place.mkdir()
    (place / "program.toml").write_text(tomlkit.dumps(whole), encoding="utf-8")
    (place / "areas.geojson").write_bytes((care / "areas.geojson").read_bytes())
    assert app.run(["check", str(place)]) == 0
    return place


def test_the_examples_of_the_how_to_on_staffing_work_as_they_are_written(care: Path, millbrook: Path, tmp_path: Path) -> None:  # fmt: skip
    program = of_how_to("staff-a-program.md", care, tmp_path / "p")
    assert app.run(["staff", str(program), str(millbrook / "read"), "-o", str(tmp_path / "out")]) == 0
    told = json.loads((tmp_path / "out" / "staffing.json").read_text())
    assert told["staffing_model"]["left_out"] == {}
    assert {each["name"] for each in told["staffing_model"]["employers"]} == {"the city", "Harbor Health", "hybrid"}
    assert "<title>Who reports to whom</title>" in (tmp_path / "out" / "organization.svg").read_text()


def test_the_examples_of_the_how_to_on_money_work_as_they_are_written(care: Path, millbrook: Path, tmp_path: Path) -> None:  # fmt: skip
    program = of_how_to("house-and-fund-a-program.md", care, tmp_path / "p")
    assert app.run(["plan", str(program), str(millbrook / "read"), "-o", str(tmp_path / "plan")]) == 0
    told = json.loads((tmp_path / "plan" / "plan.json").read_text())
    assert [each["id"] for each in told["program_home"]["options"]] == ["fire", "own department"]
    assert [each["name"] for each in told["funding"]["sources"]] == ["General fund", "Federal grant", "Medicaid"]
    assert all(each["missing"] == [] for each in told["funding"]["sources"])
    assert [line["name"] for line in told["funding"]["lines"]][-3:] == ["Vans", "Outside evaluation", "Space"]
    for name in (
        "report.html",
        "report.pdf",
        "plan.xlsx",
        "organization.svg",
        "tables/budget.csv",
        "tables/sources.csv",
    ):
        assert (tmp_path / "plan" / name).stat().st_size > 1_000
    assert app.run(["worksheet", str(program), "--workbook", str(tmp_path / "plan" / "plan.xlsx")]) == 0
    assert app.run(["worksheet", str(program), "--plan", str(tmp_path / "plan")]) == 0


def test_a_target_out_of_reach_writes_nothing(care: Path, millbrook: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    program = tmp_path / "p"
    program.mkdir()
    whole = (care / "program.toml").read_text()
    (program / "areas.geojson").write_bytes((care / "areas.geojson").read_bytes())
    short = '[[pattern]]\nid = "mornings"\nhours = 4\nshifts_a_week = 5\nstarts = ["09:00"]\n'
    for change, code, wanted in (
        (("share = 0.8", "share = 80"), 3, "write 0.8 for 80 %"),
        (("[[position]]", short + "[[position]]"), 5, "“Community response team”: Mon–Sun 13:00–21:00 needs"),
        (('starts = "09:00"\nhours = 12\nsource', 'starts = "9"\nhours = 12\nsource'), 3, "target[1].starts"),
    ):
        (program / "program.toml").write_text(whole.replace(*change, 1))
        assert (program / "program.toml").read_text() != whole
        assert app.run(["staff", str(program), str(millbrook / "read"), "-o", str(tmp_path / "out")]) == code
        assert wanted in capsys.readouterr().err
        assert not (tmp_path / "out").exists()


def test_a_plan_says_why_a_program_could_not_be_staffed(care: Path, millbrook: Path, tmp_path: Path) -> None:
    program = tmp_path / "p"
    program.mkdir()
    whole = (care / "program.toml").read_text()
    (program / "areas.geojson").write_bytes((care / "areas.geojson").read_bytes())
    short = '[[pattern]]\nid = "mornings"\nhours = 4\nshifts_a_week = 5\nstarts = ["09:00"]\n[[position]]'
    (program / "program.toml").write_text(whole.replace("[[position]]", short, 1))
    assert app.run(["plan", str(program), str(millbrook / "read"), "-o", str(tmp_path / "plan")]) == 0
    told = json.loads((tmp_path / "plan" / "plan.json").read_text())
    assert (told["staffing_model"], told["team_structure"]) == (None, None)
    assert "The program could not be staffed: " in (tmp_path / "plan" / "report.html").read_text()
    assert "The money could not be reckoned: " in (tmp_path / "plan" / "report.html").read_text()
    assert told["funding"] is None
    assert told["program_home"] is not None


def test_a_plan_shows_how_far_a_solve_is(care: Path, millbrook: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:  # fmt: skip
    seen: list[tuple[str, float]] = []

    @contextmanager
    def watched() -> Iterator[Progress]:
        yield lambda step, share: seen.append((step, share))

    monkeypatch.setattr(plan, "steps", watched)
    assert app.run(["plan", str(care), str(millbrook / "read"), "-o", str(tmp_path / "plan")]) == 0
    told = [step for step, _ in seen]
    assert told[-1] == "Setting the PDF"
    assert any("Community response team: " in step and "from the bound" in step for step in told)
    assert all(0.0 <= share <= 1.0 for _, share in seen)


def test_a_plan_that_was_stopped_keeps_what_is_done_and_says_so(care: Path, millbrook: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    def stopped(*_: Any, **__: Any) -> Any:
        raise KeyboardInterrupt

    monkeypatch.setattr(one_team.need, "offered_load", stopped)
    assert app.run(["plan", str(care), str(millbrook / "read"), "-o", str(tmp_path / "plan")]) == errors.INTERRUPTED
    assert "Stopped early" in capsys.readouterr().out
    told = json.loads((tmp_path / "plan" / "plan.json").read_text())
    assert told["staffing_model"]["complete"] is False
    assert "This staffing was stopped before its end" in (tmp_path / "plan" / "report.html").read_text()


def test_names_with_brackets_are_shown_as_they_are(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("TERM", "xterm")
    with steps.steps() as progress:
        progress("People: Crew [red]", 0.25)
        progress("People: Crew [/red]", 0.0)
    assert "Crew [/red]" in capsys.readouterr().err


def test_a_damaged_worksheet_is_told_before_the_calls_are_read(care: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    program = tmp_path / "p"
    program.mkdir()
    (program / "program.toml").write_bytes((care / "program.toml").read_bytes())
    (program / "areas.geojson").write_bytes((care / "areas.geojson").read_bytes())
    (program / "worksheet.toml").write_text('[[answer]]\nid = "1.1"\nanswer = 3\n')
    (tmp_path / "calls.csv").write_text("not even calls")
    assert app.run(["plan", str(program), str(tmp_path / "calls.csv"), "-o", str(tmp_path / "out")]) == 3
    assert "answer[1].answer is wrong" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_answers_of_the_worksheet_stand_in_the_plan(care: Path, millbrook: Path, tmp_path: Path) -> None:
    from rightcall.planning import worksheet
    from rightcall.planning.worksheet import Answer, Worksheet

    program = tmp_path / "p"
    program.mkdir()
    (program / "program.toml").write_bytes((care / "program.toml").read_bytes())
    (program / "areas.geojson").write_bytes((care / "areas.geojson").read_bytes())
    given = Worksheet().with_answer(Answer(id="1.1", answer="Welfare first", responsible="Sam", evidence="0" * 12))
    worksheet.write(given, program / "worksheet.toml", program="CARE")
    assert app.run(["plan", str(program), str(millbrook / "read"), "-o", str(tmp_path / "plan"), "--no-designs"]) == 0
    told = {each["id"]: each for each in json.loads((tmp_path / "plan" / "plan.json").read_text())["worksheet"]}
    assert (told["1.1"]["answer"], told["1.1"]["state"]) == ("Welfare first", "evidence changed")
    assert told["2.3"]["state"] == "open"
    page = (tmp_path / "plan" / "report.html").read_text()
    assert "Look again at 1.1: the evidence has changed since" in page
    assert "Welfare first" in page


def test_a_service_is_played_again(millbrook: Path, tmp_path: Path) -> None:
    target = tmp_path / "replay"
    assert app.run(["replay", str(millbrook / "read"), "-o", str(target), "--runs", "3", "--language", "es"]) == 0
    assert json.loads((target / "replay.json").read_text())["calls"] > 1000
    assert 'lang="es"' in (target / "report.html").read_text()


def test_ctrl_c_keeps_the_runs_that_are_done(care: Path, millbrook: Path, tmp_path: Path) -> None:
    import os
    import signal
    import subprocess
    import sys
    import time

    target = tmp_path / "stopped"
    asked = [
        sys.executable,
        "-m",
        "rightcall",
        "compare",
        str(care),
        str(millbrook / "read"),
        "-o",
        str(target),
        "--runs",
        "1000000",
    ]
    # What is compiled is compiled first, so that the signal meets runs and not the compiler.
    began = time.monotonic()
    first = [
        sys.executable,
        "-m",
        "rightcall",
        "compare",
        str(care),
        str(millbrook / "read"),
        "-o",
        str(tmp_path / "first"),
        "--runs",
        "20",
    ]
    subprocess.run(first, check=True, capture_output=True, timeout=200)
    enough = time.monotonic() - began
    running = subprocess.Popen(asked, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=dict(os.environ))
    try:
        time.sleep(enough)
        running.send_signal(signal.SIGINT)
        out, err = running.communicate(timeout=60)
    finally:
        running.kill()
    assert running.returncode == 130, err.decode()
    told = json.loads((target / "compare.json").read_text())
    assert told["complete"] is False
    assert told["runs"] >= 20
    assert b"Stopped early" in out


def test_a_program_is_not_begun_over_one_that_was_edited(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "ours"
    assert app.run(["new", str(target)]) == 0
    (target / "program.toml").write_text("# edited\n")
    assert app.run(["new", str(target)]) == 3
    assert "there is a program in it already" in capsys.readouterr().err
    assert (target / "program.toml").read_text() == "# edited\n"
    (target / "call_types.csv").write_text("reviewed")
    assert app.run(["new", str(target), "--force"]) == 0
    assert (target / "program.toml.before").read_text() == "# edited\n"
    assert (target / "call_types.csv").read_text() == "reviewed"
    # An output never takes the place of a program, whoever made the folder.
    asked = ["plan", str(target), str(tmp_path / "calls.csv"), "-o", str(target), "--force"]
    assert app.run(asked) == 3
    assert "holds program.toml, which would be lost" in capsys.readouterr().err


def test_a_demo_does_not_replace_a_city_that_was_edited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    monkeypatch.setattr(city.write, "__kwdefaults__", {"n": 1_200})
    place = tmp_path / "demo" / "millbrook"
    place.mkdir(parents=True)
    (place / "program.toml").write_text("# mine\n")
    assert app.run(["demo", "--no-live", "-o", str(tmp_path / "demo")]) == 3
    assert "somebody changed program.toml" in capsys.readouterr().err
    assert (place / "program.toml").read_text() == "# mine\n"


@pytest.mark.parametrize("command", ["plan", "compare", "staff", "replay", "demo", "sample"])
def test_a_language_that_there_is_not_is_refused(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = {
        "plan": ["p", "c", "-o", "o"],
        "compare": ["p", "c", "-o", "o"],
        "staff": ["p", "c", "-o", "o"],
        "replay": ["c", "-o", "o"],
        "sample": ["c"],
    }
    assert app.run([command, *given.get(command, []), "--language", "fr"]) == 2
    assert "use en or es" in capsys.readouterr().err


def test_check_finds_what_compare_would_refuse(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "ours"
    assert app.run(["new", str(target)]) == 0
    whole = (target / "program.toml").read_text()
    for wrong, told in (('[[assume]]\ninput = "uptak"\nvalue = 1\n', "no input of a simulation"), ('[[variant]]\nid = "x"\nchange = [{ drop_rule = "none" }]\n', "no rule “none”")):  # fmt: skip
        (target / "program.toml").write_text(whole + "\n" + wrong)
        assert app.run(["check", str(target)]) == 3
        assert told in capsys.readouterr().err


def test_a_family_that_is_left_out_of_a_replay_must_exist(millbrook: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    asked = ["replay", str(millbrook / "read"), "-o", str(tmp_path / "r"), "--left-out", "nonsense"]
    assert app.run(asked) == 3
    assert "“nonsense” is no family" in capsys.readouterr().err
