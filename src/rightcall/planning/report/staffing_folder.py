"""The folder of a staffing: report.html, staffing.json, staffed.toml, organization.svg, rotations.xlsx, calendars/*.ics, tables/*.csv."""

from __future__ import annotations

import json
from pathlib import Path

import tomlkit

from rightcall import tables
from rightcall.locale import Words
from rightcall.planning import staffing_json
from rightcall.planning.report import html, staffing_page, structure_section
from rightcall.planning.staffing import rotation_files, week
from rightcall.planning.staffing_model import Staffing
from rightcall.planning.staffing_run import People


def write(people: People, folder: Path, *, language: str = "en") -> None:
    """Write a staffing into an existing, empty folder."""
    words, staffing = Words(language), people.staffing
    told = json.dumps(staffing_json.document(people), indent=2, ensure_ascii=False, allow_nan=False, default=str) + "\n"
    (folder / "staffing.json").write_text(told, encoding="utf-8")
    (folder / "staffed.toml").write_text(as_variant(staffing), encoding="utf-8")
    (folder / "tables").mkdir()
    for name, table in staffing_json.tables(people).items():
        tables.write_csv(table, folder / "tables" / f"{name}.csv")
    hires = people.structure.hires
    begins = rotation_files.monday(staffing.made_at.date() if hires is None else hires.first_shift)
    rotation_files.write_workbook(staffing.teams, folder / "rotations.xlsx", begins=begins, words=words)
    (folder / "calendars").mkdir()
    zone = staffing.program.program.time_zone
    rotation_files.write_calendars(staffing.teams, folder / "calendars", begins=begins, at=staffing.made_at, time_zone=zone, words=words)  # fmt: skip
    (folder / "organization.svg").write_text(structure_section.organization(people.structure, words), encoding="utf-8")
    (folder / "report.html").write_text(html.render(staffing_page.report(people, words), words), encoding="utf-8")


def as_variant(staffing: Staffing) -> str:
    """The shifts that were found as a variant, for `rightcall compare`."""
    changes: list[dict[str, object]] = []
    for staffed in staffing.teams:
        if staffed.target is None:
            continue
        written = [shift for shift in staffing.program.shift if shift.team == staffed.team.id]
        kept = {key: getattr(written[0], key) for key in week.KEPT if written and key in written[0].model_fields_set}
        changes += [{"drop_shift": {"team": staffed.team.id}}] if written else []
        changes += [
            {"add_shift": {"team": staffed.team.id, **kept, **shift}} for shift in week.shifts_of(staffed.crews)
        ]
    entry = {"id": "staffed", "comment": "The shifts that `rightcall staff` found.", "change": changes}
    return (
        tomlkit.dumps({"variant": [entry]})
        if changes
        else "# No team has a target: the shifts are those of the program.\n"
    )
