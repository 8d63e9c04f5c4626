"""The program that is in force, made ready to decide."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl
from django.db.models import Q

from rightcall.calls import areas, call_types, type_file
from rightcall.errors import RightcallError
from rightcall.locale import Message
from rightcall.program import file
from rightcall.program.document import Program
from rightcall.triage import decisions
from rightcall.triage.decisions import Prepared
from rightcall.web.access import Missing
from rightcall.web.models import ProgramVersion


class NoProgram(RightcallError):
    """No program is in force."""


@dataclass(frozen=True)
class InForce:
    """A program with everything that live decisions need, built once a version."""

    program: Program
    prepared: Prepared
    mapping: pl.DataFrame | None
    outlines: dict[str, dict[str, Any]]
    areas_at: Callable[[float, float], dict[str, str]]
    words: dict[str, dict[str, Any]] = field(default_factory=dict)

    def word(self, said: str) -> dict[str, Any]:
        """What a word of the city means: `family, family_basis, common_type` and the facts that it tells."""
        if said not in self.words:
            counts = pl.DataFrame({"type": [said], "calls": [1]})
            mapping = call_types.propose_mapping(counts=counts, reviewed=self.mapping)
            call = pl.DataFrame({"first_type": [said]}).lazy()
            self.words[said] = call_types.apply(calls=call, mapping=mapping).collect().row(0, named=True)
            self.words[said].pop("first_type")
        return self.words[said]


def _made_ready(row: ProgramVersion) -> InForce:
    program = file.parse(row.text, where=f"program {row.version[:12]}")
    mapping = None
    if row.call_types:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "call_types.csv"
            path.write_text(row.call_types, encoding="utf-8")
            mapping = type_file.read_mapping(path)
    return InForce(program, decisions.prepare(program), mapping, row.outlines, areas.locator(row.outlines))


def current_row(*, at: dt.datetime) -> ProgramVersion:
    """The row of the program that is in force at a time. Raises `NoProgram`."""
    row = _current(at).first()
    if row is None:
        raise NoProgram(
            Message("no program is in force."),
            mend=Message("Hand one in and put it in force: rightcall serve program.toml"),
        )
    return row


def any_in_force(*, at: dt.datetime) -> bool:
    """Whether a program was in force at a time."""
    return _current(at).exists()


def _current(at: dt.datetime) -> Any:
    holding = Q(withdrawn_at__isnull=True) | Q(withdrawn_at__gt=at)
    return ProgramVersion.objects.filter(holding, takes_effect_at__lte=at).order_by("-takes_effect_at", "-handed_in_at")


def row_of(version: str) -> ProgramVersion:
    """The row of a version. Raises `Missing`."""
    found = ProgramVersion.objects.filter(version=version).first()
    if found is None:
        raise Missing(Message("there is no such version."), mend=Message("Choose one from the list."))
    return found


def in_force(*, at: dt.datetime) -> InForce:
    """The program that is in force at a time. Raises `NoProgram`."""
    version = _current(at).values_list("version", flat=True).first()
    if version is None:
        raise NoProgram(
            Message("no program is in force."),
            mend=Message("Hand one in and put it in force: rightcall serve program.toml"),
        )
    return of_version(version)


def of_version(version: str) -> InForce:
    """One version that was handed in. Raises `Missing`."""
    if version not in _READY:
        _READY[version] = _made_ready(row_of(version))
    return _READY[version]


# A version never changes, and a service has few: what is made ready stays so.
_READY: dict[str, InForce] = {}
