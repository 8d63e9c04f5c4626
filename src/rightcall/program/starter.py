"""The starter program that ships with Rightcall, and the program of the invented city."""

from __future__ import annotations

import datetime as dt
import re
from importlib import resources
from pathlib import Path

import tomlkit

from rightcall.program import file
from rightcall.program.document import Program

INVENTED = "invented for the sample city"
# What the sample city's own calls turn out to be, rounded; see calls/sample.py.
SAMPLE_SHARES = {
    "weapon": 0.03, "violence": 0.05, "medical_emergency": 0.06, "attempt_in_progress": 0.02, "crime_in_progress": 0.05,
    "fire": 0.005, "in_traffic": 0.03, "intimate_partner": 0.15, "sexual_or_child_present": 0.3, "imminent_risk": 0.05,
}  # fmt: skip

SAMPLE_PAY = (
    ("Crisis clinician", 62_608, 75_000, "Durham's hiring range of 2025"),
    ("Peer support specialist", 49_026, 59_613, "Durham's hiring range of 2025"),
    ("Emergency medical technician", 38_930, 53_180, "EMT and paramedic, BLS May 2023"),
    ("Care navigator", 47_100, 76_530, "counselors, quarter to three quarters, BLS May 2025"),
    ("Program director", 98_000, 128_000, INVENTED),
    ("Shift supervisor", 68_000, 88_000, INVENTED),
)
SAMPLE_COUNTS = {"Shift supervisor": 4}


def text(*, name: str, jurisdiction: str, time_zone: str) -> str:
    """The starter's TOML with a city's own head."""
    document = _document()
    document["program"].update({"name": name, "jurisdiction": jurisdiction, "time_zone": time_zone})
    return tomlkit.dumps(document)


def program(*, time_zone: str) -> Program:
    """The starter as a program, for a city that has none yet."""
    return file.parse(
        text(name="Community Response", jurisdiction="Our City", time_zone=time_zone), where="the starter program"
    )


def write(path: Path, *, name: str, jurisdiction: str, time_zone: str) -> None:
    """Write the starter; it is checked before."""
    content = text(name=name, jurisdiction=jurisdiction, time_zone=time_zone)
    file.parse(content, where=str(path))
    path.write_text(content, encoding="utf-8")


def sample_text() -> str:
    """The program of Millbrook, the invented city of `calls/sample.py`."""
    document = _document()
    head = document["program"]
    head.update({"name": "CARE", "jurisdiction": "Millbrook, NC", "population": 90_000, "population_source": INVENTED})
    areas = tomlkit.array()
    area = tomlkit.inline_table()
    area.update({"layer": "district", "file": "areas.geojson", "name": "name"})
    areas.append(area)
    head["areas"] = areas
    expected = tomlkit.aot()
    for fact, share in SAMPLE_SHARES.items():
        entry = tomlkit.table()
        entry.update({"fact": fact, "share": share, "source": INVENTED})
        expected.append(entry)
    for fact, value, share in (("caller", "first party", 0.2), ("age_band", "under 18", 0.05)):
        entry = tomlkit.table()
        entry.update({"fact": fact, "value": value, "share": share, "source": INVENTED})
        expected.append(entry)
    document["expect"] = expected
    pay_of = {title: (low, high, source) for title, low, high, source in SAMPLE_PAY}
    for position in document["position"]:
        if position["title"] in pay_of:
            low, high, source = pay_of[position["title"]]
            pay = tomlkit.inline_table()
            pay.update({"low": low, "high": high, "unit": "year"})
            position.update({"pay": pay, "source": source})
    travel = tomlkit.table()
    travel.update({"speed_kmh": 32, "detour": 1.3, "source": INVENTED})
    document["travel"] = travel
    night, dusk = tomlkit.table(), tomlkit.table()
    night.update(
        {
            "id": "night crew",
            "comment": "What would one crew from nine in the evening to nine in the morning bring?",
            "change": [{"add_shift": {"team": "community", "starts": "21:00", "hours": 12, "units": 1}}],
        }
    )
    dusk.update(
        {
            "id": "noon to midnight",
            "comment": "The same vans three hours later, as Durham's second pattern.",
            "change": [{"change_shift": {"team": "community", "set": {"starts": "12:00"}}}],
        }
    )
    variants = tomlkit.aot()
    variants.append(night)
    variants.append(dusk)
    document["variant"] = variants
    document["home"].update({"department": "Community Safety", "reports_to": "City Manager", "source": INVENTED})
    for position in document["position"]:
        if position["title"] in SAMPLE_COUNTS:
            position["count"] = SAMPLE_COUNTS[position["title"]]
    hiring = tomlkit.table()
    hiring.update({"posted": dt.date(2027, 5, 1), "most_a_month": 6, "source": INVENTED})
    document["hiring"] = hiring
    for key in ("fund", "cost", "budget"):
        del document[key]
    # The starter's words on money stand before its own entries; the sample brings its own.
    text = re.sub(r"# -+ what it costs, and who pays\n\n(# .*\n)*", "", tomlkit.dumps(document))
    return text.rstrip() + "\n\n" + _resource("sample.toml")


def write_sample(path: Path) -> None:
    """Write the program of the invented city."""
    path.write_text(sample_text(), encoding="utf-8")


def _document() -> tomlkit.TOMLDocument:
    return tomlkit.parse(_resource("starter.toml"))


def _resource(name: str) -> str:
    return resources.files("rightcall.program").joinpath(name).read_text(encoding="utf-8")
