"""A layout says which column of an export is what. It is guessed, shown, editable, and used again.

The same document serves the known layouts in `exports/`.
"""

from __future__ import annotations

import tomllib
from importlib import resources
from pathlib import Path
from typing import Any, Literal

import tomlkit
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from rightcall.calls.clocks import Clock
from rightcall.calls.columns import FACTS
from rightcall.errors import Problem, RightcallError

FORMAT = "rightcall layout 1"
CALL_STAMPS = ("received", "entered", "released")
UNIT_STAMPS = ("assigned", "en_route", "arrived", "cleared", "canceled")
STAMPS = (*CALL_STAMPS, *UNIT_STAMPS)
TEXT_ROLES = (
    "incident_number", "agency", "jurisdiction", "first_type", "last_type", "priority", "origin", "caller",
    "area_beat", "area_sector", "area_district", "area_neighborhood", "area_zip", "place_text", "place_kind",
    "age_band", "language", "person", "closed_reason", "disposition", "unit", "service", "requested_by",
)  # fmt: skip
CHECK_ROLES = ("check_hour", "check_weekday", "check_month", "check_year")


class LayoutError(RightcallError):
    """A layout document is wrong, or does not fit the export."""


class Part(BaseModel):
    """Base of the parts of a layout: nothing unknown is accepted."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Stamp(Part):
    """Where a time stands: one column, a date and a time, or a duration after another stamp."""

    column: str | None = None
    date: str | None = None
    time: str | None = None
    formats: tuple[str, ...] = ()
    date_formats: tuple[str, ...] = ()
    clock: Clock = "as written"
    after: Literal["received", "entered", "released", "assigned", "en_route", "arrived"] | None = None
    unit: Literal["seconds", "minutes", "hours"] | None = None
    why: str = ""

    def names(self) -> list[str]:
        """The columns that it reads."""
        return [name for name in (self.column, self.date, self.time) if name]


class Flag(Part):
    """A column that says yes or no to a fact. A value in neither list is unknown."""

    column: str
    true: tuple[str, ...]
    false: tuple[str, ...] = ()
    why: str = ""


class Places(Part):
    """Where the coordinates stand: degrees, projected with a stated EPSG code, or a point as text."""

    lat: str | None = None
    lon: str | None = None
    x: str | None = None
    y: str | None = None
    epsg: int | None = None
    point: str | None = None

    def names(self) -> list[str]:
        """The columns that it reads."""
        return [name for name in (self.lat, self.lon, self.x, self.y, self.point) if name]


class Layout(Part):
    """How to read one export. Column names are the export's own."""

    format: Literal["rightcall layout 1"] = "rightcall layout 1"
    name: str = "guessed"
    source: str = ""
    recognize: tuple[str, ...] = ()
    time_zone: str | None = None
    columns: dict[str, str] = Field(default_factory=dict)
    stamps: dict[str, Stamp] = Field(default_factory=dict)
    flags: dict[str, Flag] = Field(default_factory=dict)
    officer_initiated: Flag | None = None
    values: dict[str, dict[str, str]] = Field(default_factory=dict)
    priorities: dict[str, int] = Field(default_factory=dict)
    places: Places = Places()
    sure: dict[str, float] = Field(default_factory=dict)
    # Columns of the platform that published the export, not of the CAD: "created" is not a call's time there.
    ignore: tuple[str, ...] = ()

    def uses(self) -> dict[str, str]:
        """Column of the export → what it is taken for."""
        used = {column: role for role, column in self.columns.items()}
        for role, stamp in self.stamps.items():
            used.update(dict.fromkeys(stamp.names(), f"{role}_at"))
        used.update({flag.column: name for name, flag in self.flags.items()})
        used.update(dict.fromkeys(self.places.names(), "place"))
        if self.officer_initiated:
            used[self.officer_initiated.column] = "officer-initiated"
        used.update({name: "ignored" for name in self.ignore if name not in used})
        return used


def read_layout(path: Path) -> Layout:
    """Read a layout document; every mistake is reported, with its key."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise LayoutError(f"it cannot be opened ({error.strerror}).", where=str(path)) from error
    except UnicodeDecodeError as error:
        raise LayoutError(f"it is not TOML: {error}.", where=str(path), mend="Mend that line.") from error
    return read_text(text, where=str(path))


def read_text(text: str, *, where: str) -> Layout:
    """The same of a text."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise LayoutError(f"it is not TOML: {error}.", where=where, mend="Mend that line.") from error
    return parse(document, where=where)


def parse(document: dict[str, Any], *, where: str) -> Layout:
    """A layout from its document. Raises `LayoutError` with all the problems at once."""
    problems = []
    try:
        layout = Layout.model_validate(document)
    except ValidationError as error:
        problems = [
            Problem(f"{'.'.join(map(str, fault['loc']))}: {fault['msg'].lower()}.", where) for fault in error.errors()
        ]
        raise LayoutError(problems) from error
    known = {*TEXT_ROLES, *CHECK_ROLES}
    problems += [
        Problem(f"columns.{role} is not a role.", where, f"Known roles: {', '.join(sorted(known))}.")
        for role in layout.columns if role not in known
    ]  # fmt: skip
    problems += [
        Problem(f"stamps.{role} is not a time.", where, f"Known times: {', '.join(STAMPS)}.")
        for role in layout.stamps if role not in STAMPS
    ]  # fmt: skip
    problems += [
        Problem(f"flags.{name} is not a fact.", where, f"Known facts: {', '.join(FACTS)}.")
        for name in layout.flags if name not in FACTS
    ]  # fmt: skip
    if problems:
        raise LayoutError(problems)
    return layout


def check_fits(layout: Layout, columns: tuple[str, ...], *, where: str) -> None:
    """Every column that the layout names must be in the export."""
    missing = [name for name in layout.uses() if name not in columns]
    if missing:
        raise LayoutError(
            [
                Problem(
                    f"the layout names a column “{name}” that the export does not have.",
                    where,
                    f"Its columns: {', '.join(columns[:30])}.",
                )
                for name in missing
            ]
        )


def known_layouts() -> list[Layout]:
    """The layouts that many cities share, from `exports/`."""
    folder = resources.files("rightcall.calls.exports")
    return [
        parse(tomllib.loads(entry.read_text(encoding="utf-8")), where=entry.name)
        for entry in sorted(folder.iterdir(), key=lambda entry: entry.name)
        if entry.name.endswith(".toml")
    ]


def recognized(columns: tuple[str, ...]) -> Layout | None:
    """The known layout whose tell-tale columns are all there, the most specific first."""
    fitting = [layout for layout in known_layouts() if set(layout.recognize) <= set(columns)]
    best = max(fitting, key=lambda layout: len(layout.recognize), default=None)
    return best and best.model_copy(update={"ignore": tuple(name for name in best.ignore if name in columns)})


def as_toml(layout: Layout) -> str:
    """The document of a layout, with a heading that says what to do with it."""
    document = tomlkit.document()
    for line in (
        "How this export was understood. Edit a line and use it again with --layout.",
        "clock: as written | local digits | utc digits | utc as local",
    ):
        document.add(tomlkit.comment(line))
    for key, value in layout.model_dump(exclude_defaults=True, exclude={"format"}, mode="json").items():
        if not document.get("format"):
            document.add("format", FORMAT)
        document.add(key, _item(value))
    return tomlkit.dumps(document)


def _item(value: Any) -> Any:
    """Nested tables as TOML tables, everything else as it is."""
    if isinstance(value, dict):
        table = tomlkit.table()
        for key, inner in value.items():
            if inner is not None:
                table.add(key, _item(inner))
        return table
    return value
