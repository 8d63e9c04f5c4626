"""Designs to compare: a base program and small named changes to it, applied to a copy.

A change is one of `CHANGES`. All that is wrong with all variants is told together: a shift that is not there, a value
that is set twice, a document that no longer holds together.
"""

from __future__ import annotations

import copy
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from rightcall.errors import Problem, RightcallError
from rightcall.program import conditions, file
from rightcall.program.document import Program, Variant

Content = dict[str, Any]
# What the program as it stands is called beside its variants.
TAKEN = ("as written",)
MATCHES_SHIFT = ("team", "starts", "days", "base", "area")


class VariantError(RightcallError):
    """Variants that cannot be applied."""


@dataclass(frozen=True)
class Design:
    """A program to compare: its id, what it is, and the document with the changes in it."""

    id: str
    comment: str
    program: Program


class _Edit:
    """A copy of a document under change; problems are collected, not thrown."""

    def __init__(self, content: Content, where: str) -> None:
        self.content, self.where = copy.deepcopy(content), where
        self.problems: list[Problem] = []
        self.written: dict[tuple[int, str], Any] = {}

    def wrong(self, what: str, mend: str = "") -> None:
        self.problems.append(Problem(what, self.where, mend))

    def entries(self, kind: str) -> list[Content]:
        return self.content.setdefault(kind, [])  # type: ignore[no-any-return]

    def find(self, kind: str, name: Any) -> Content | None:
        found = next((entry for entry in self.entries(kind) if entry.get("id") == name), None)
        if found is None:
            self.wrong(f"there is no {kind} “{name}”.", conditions.nearest(str(name), [e.get("id", "") for e in self.entries(kind)]))  # fmt: skip
        return found

    def write(self, entry: Content, values: Content) -> None:
        for key, value in values.items():
            before = self.written.setdefault((id(entry), key), value)
            if before != value:
                self.wrong(f"{key} is set twice, to {before!r} and to {value!r}.", "Keep one of them.")
            entry[key] = value

    def shifts(self, wanted: Content) -> list[Content]:
        odd = [key for key in wanted if key not in MATCHES_SHIFT]
        if odd or not wanted:
            self.wrong(f"a shift is found by {', '.join(MATCHES_SHIFT)}{f', not by {odd[0]}' if odd else ''}.", 'Write { team = "community", starts = "09:00" }.')  # fmt: skip
            return []
        found = [shift for shift in self.entries("shift") if all(shift.get(key) == value for key, value in wanted.items())]  # fmt: skip
        if not found:
            told = ", ".join(f"{key} = {value!r}" for key, value in wanted.items())
            self.wrong(f"no shift has {told}.", "Look at the program's shifts; an earlier change of this variant may have dropped or moved it.")  # fmt: skip
        return found


def _add_shift(edit: _Edit, said: Content) -> None:
    edit.entries("shift").append(dict(said))


def _drop_shift(edit: _Edit, said: Content) -> None:
    gone = edit.shifts(said)
    edit.content["shift"] = [shift for shift in edit.entries("shift") if not any(shift is each for each in gone)]


def _change_shift(edit: _Edit, said: Content) -> None:
    for shift in edit.shifts({key: value for key, value in said.items() if key != "set"}):
        edit.write(shift, said["set"])


def _add_team(edit: _Edit, said: Content) -> None:
    edit.entries("team").append(dict(said))


def _roles(edit: _Edit) -> set[str]:
    return {role for team in edit.entries("team") for role in team.get("crew", {})}


def _forget_uses(edit: _Edit, gone: set[str]) -> None:
    """Take what is gone out of the uses of money; a source that was for it alone goes, and the promises on it."""
    left = []
    for fund in edit.entries("fund"):
        uses = fund.get("pays_for")
        if uses:
            fund["pays_for"] = [use for use in uses if use not in gone]
        if not uses or fund["pays_for"]:
            left.append(fund)
    edit.content["fund"] = left
    names = {fund.get("name") for fund in left}
    for cost in edit.entries("cost"):
        if cost.get("paid_by") not in names:
            cost.pop("paid_by", None)


def _forget_roles(edit: _Edit) -> None:
    """Take roles that no team uses any more out of patterns, rules and premiums; what was for them alone goes."""
    used = _roles(edit)
    for kind in ("pattern", "work_rule", "premium"):
        for entry in edit.entries(kind):
            if entry.get("roles"):
                entry["roles"] = [role for role in entry["roles"] if role in used] or None
        edit.content[kind] = [entry for entry in edit.entries(kind) if entry.get("roles", ()) is not None]


def _drop_team(edit: _Edit, said: str) -> None:
    """Its shifts go with it; a rule that sent it alone sends the next in `otherwise`, else the usual response."""
    if edit.find("team", said) is None:
        return
    before = _roles(edit)
    edit.content["team"] = [team for team in edit.entries("team") if team.get("id") != said]
    for kind in ("shift", "target"):
        edit.content[kind] = [entry for entry in edit.entries(kind) if entry.get("team") != said]
    _forget_roles(edit)
    _forget_uses(edit, {said, *before} - _roles(edit))
    usual = edit.content.get("undecided", {}).get("send", "usual")
    for rule in edit.entries("rule"):
        answers = [[service for service in answer if service != said] for answer in (rule.get("send", []), *rule.get("otherwise", []))]  # fmt: skip
        left = [answer for answer in answers if answer] or [[usual]]
        rule["send"], rule["otherwise"] = left[0], left[1:]
        if rule.get("keep_on_line") == said:
            del rule["keep_on_line"]
    protection = edit.content.get("undecided", {}).get("protection")
    if protection:
        edit.content["undecided"]["protection"] = [team for team in protection if team != said]


def _change_team(edit: _Edit, said: Content) -> None:
    team = edit.find("team", said.get("id"))
    if team is not None:
        edit.write(team, said["set"])


def _add_rule(edit: _Edit, said: Content) -> None:
    rule = {key: value for key, value in said.items() if key != "before"}
    rules = edit.entries("rule")
    before = edit.find("rule", said["before"]) if "before" in said else None
    place = next((i for i, entry in enumerate(rules) if entry is before), len(rules))
    rules.insert(place, rule)


def _drop_rule(edit: _Edit, said: str) -> None:
    gone = edit.find("rule", said)
    edit.content["rule"] = [rule for rule in edit.entries("rule") if rule is not gone]


def _change_rule(edit: _Edit, said: Content) -> None:
    rule = edit.find("rule", said.get("id"))
    if rule is not None:
        edit.write(rule, said["set"])


def _change_dispatch(edit: _Edit, said: Content) -> None:
    edit.write(edit.content.setdefault("dispatch", {}), said)


def _change_travel(edit: _Edit, said: Content) -> None:
    edit.write(edit.content.setdefault("travel", {}), said)


def _assume(edit: _Edit, said: Content) -> None:
    same = ("input", "family", "months")
    kept = [entry for entry in edit.entries("assume") if any(entry.get(key) != said.get(key) for key in same)]
    edit.content["assume"] = [*kept, dict(said)]


CHANGES: dict[str, tuple[Callable[[_Edit, Any], None], type[Any], tuple[str, ...]]] = {
    "add_shift": (_add_shift, dict, ("team", "starts", "hours", "units")),
    "drop_shift": (_drop_shift, dict, ()),
    "change_shift": (_change_shift, dict, ("set",)),
    "add_team": (_add_team, dict, ("id", "name", "kind")),
    "drop_team": (_drop_team, str, ()),
    "change_team": (_change_team, dict, ("id", "set")),
    "add_rule": (_add_rule, dict, ("id", "when", "send")),
    "drop_rule": (_drop_rule, str, ()),
    "change_rule": (_change_rule, dict, ("id", "set")),
    "change_dispatch": (_change_dispatch, dict, ()),
    "change_travel": (_change_travel, dict, ()),
    "assume": (_assume, dict, ("input", "value")),
}


def designs(content: Content, variants: Sequence[Variant], *, where: str) -> list[Design]:
    """The programs of variants of a document's content. Raises `VariantError` with every problem of all of them."""
    problems, made = [], []
    for number, variant in enumerate(variants):
        if variant.id in TAKEN:
            problems.append(Problem(f"“{variant.id}” is what the program itself is called.", where, "Give the variant another name."))  # fmt: skip
        if variant.id in [earlier.id for earlier in variants[:number]]:
            problems.append(Problem(f"two variants are called “{variant.id}”.", where, "Give each a name of its own."))
        edit = applied(content, variant, where=f"{where}, variant “{variant.id}”")
        problems += edit.problems
        if edit.problems:
            continue
        try:
            made.append(Design(variant.id, variant.comment, file.build(edit.content, where=edit.where)))
        except file.ProgramError as error:
            problems += error.problems
    if problems:
        raise VariantError(problems)
    return made


def applied(content: Content, variant: Variant, *, where: str) -> _Edit:
    """A copy of the content with the changes of a variant in it, and what was wrong with them."""
    edit = _Edit(content, where)
    if not variant.change:
        edit.wrong("it changes nothing.", 'Add change = [{ add_shift = { team = "…", starts = "09:00", hours = 8, units = 1 } }].')  # fmt: skip
    for change in variant.change:
        for name, said in change.items():
            if name not in CHANGES:
                edit.wrong(f"“{name}” is no change.", conditions.nearest(name, list(CHANGES)))
                continue
            apply, kind, needed = CHANGES[name]
            told: Any = said if isinstance(said, dict) else {}
            missing = [key for key in needed if key not in told]
            if not isinstance(said, kind) or missing or ("set" in needed and not isinstance(told["set"], dict)):
                shown = (
                    f'a name: {name} = "…"'
                    if kind is str
                    else f"a table with {', '.join(needed)}"
                    if needed
                    else "a table"
                )
                edit.wrong(f"{name} needs {shown}.")
                continue
            apply(edit, said)
    return edit


def read_variants(path: Path) -> list[Variant]:
    """Variants from a file of their own: `[[variant]]` entries, or one alone. Raises `VariantError`."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise VariantError(f"it cannot be opened ({error.strerror}).", where=str(path)) from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise VariantError(f"it is not TOML: {error}.", where=str(path), mend="Mend that line.") from error
    entries = content.get("variant", [content])
    found, problems = [], []
    for number, entry in enumerate(entries if isinstance(entries, list) else [entries], start=1):
        try:
            found.append(Variant.model_validate(entry))
        except ValidationError as error:
            for fault in error.errors():
                key = ".".join(str(part) for part in fault["loc"])
                problems.append(Problem(f"variant[{number}].{key}: {fault['msg'].lower()}.", str(path), 'Write id = "…" and change = [{ … }].'))  # fmt: skip
    if problems:
        raise VariantError(problems)
    return found
