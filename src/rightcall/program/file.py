"""Program documents in TOML, both ways: comments and order are kept, errors name file, line, key and mend."""

from __future__ import annotations

import copy
import datetime as dt
import os
import re
import tomllib
import zoneinfo
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import tomlkit
from pydantic import BaseModel, ValidationError
from tomlkit.exceptions import TOMLKitError

from rightcall.calls.columns import FACTS
from rightcall.errors import Problem, RightcallError
from rightcall.program import conditions, document, home_faults, money_faults, people_faults
from rightcall.program.document import Program

FILE_NAME = "program.toml"


class ProgramError(RightcallError):
    """A program document is wrong; all its problems at once."""


def locate(path: Path) -> Path:
    """The document of a program: the file itself, or `program.toml` in a folder."""
    return path / FILE_NAME if path.is_dir() else path


def read_program(path: Path) -> Program:
    """Read and validate a program document (a file, or a folder that holds `program.toml`)."""
    return parse(_text(locate(path)), where=str(locate(path)))


def read_content(path: Path) -> dict[str, Any]:
    """The content of a sound program document, for variants to be applied to."""
    read_program(path)
    return tomllib.loads(_text(locate(path)))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise ProgramError(f"it cannot be opened ({error.strerror}).", where=str(path)) from error
    except UnicodeDecodeError as error:
        raise ProgramError("it is not UTF-8 text.", where=str(path), mend="Save it as UTF-8.") from error


def parse(text: str, *, where: str) -> Program:
    """A program from TOML text. Raises `ProgramError` with every problem found."""
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        place = f"{where}, line {line.group(1)}" if line else where
        raise ProgramError(f"it cannot be read as TOML, the form of this file: {error}.", where=place, mend=_mend_of(text, line)) from error  # fmt: skip
    return build(content, where=where, lines=_lines(text))


# What people write that TOML does not understand, and how it is written.
_SLIPS = (
    (r"[“”‘’]", 'Use straight quotes: "…".'),
    (r"=\s*\$", "Write amounts without $ and commas: 1_300_000."),
    (r"=\s*\d{1,3}(,\d{3})+", "Write numbers without commas: 1_300_000."),
    (r"=\s*\d+(\.\d+)?\s*%", "Write a share as 0.2 for 20 %."),
    (r"=\s*\d{1,2}[/.]\d{1,2}[/.]\d{2,4}", "Write dates as 2027-10-01, without quotes."),
    (r"^\s*[\w-]+[ \t]+[\w-]+[\w \t-]*=", 'Put quotes around a name with spaces: "public trust" = 3.'),
    (r"=\s*[A-Za-z]", 'Put quotes around words: kind = "city".'),
    (r"=\s*\"[^\"]*$", "A quote is missing at the end of the line."),
)


def _mend_of(text: str, line: re.Match[str] | None) -> str:
    number = int(line.group(1)) if line else 0
    lines = text.splitlines()
    written = lines[number - 1] if 0 < number <= len(lines) else ""
    table = re.match(r"^\s*\[([^\[\]]+)\]", written)
    if table:
        earlier = next((n for n, other in enumerate(lines[: number - 1], start=1) if other.strip() == written.strip()), None)  # fmt: skip
        if earlier:
            return f"[{table.group(1)}] stands on line {earlier} already: put your lines there."
    return next((mend for pattern, mend in _SLIPS if re.search(pattern, written)), "Mend that line.")


def build(content: dict[str, Any], *, where: str, lines: dict[str, int] | None = None) -> Program:
    """A program from a document's content; `lines`: where each key stands. Raises `ProgramError` with every problem."""
    lines = lines or {}
    problems = [_problem(where, lines, *fault) for fault in _condition_faults(content)]
    try:
        program = Program.model_validate(content)
    except ValidationError as error:
        problems += [_problem(where, lines, *_shape_fault(dict(fault))) for fault in _told(error.errors())]
        problems += [_problem(where, lines, *fault) for fault in _faults_of_the_rest(content, error)]
        raise ProgramError(_sorted(problems)) from error
    problems += [_problem(where, lines, *fault) for fault in _reference_faults(program)]
    if problems:
        raise ProgramError(_sorted(problems))
    return program


def read_document(path: Path) -> tomlkit.TOMLDocument:
    """The document with its comments, to be edited and written back by `write_program`."""
    try:
        return tomlkit.parse(locate(path).read_text(encoding="utf-8"))
    except (OSError, TOMLKitError) as error:
        raise ProgramError(f"it cannot be read ({error}).", where=str(path)) from error


def write_program(content: tomlkit.TOMLDocument, path: Path) -> Program:
    """Validate an edited document and write it; comments and order are kept. The old file stays if it is wrong."""
    text = tomlkit.dumps(content)
    program = parse(text, where=str(path))
    target = locate(path)
    draft = target.with_name(target.name + ".tmp")
    draft.write_text(text, encoding="utf-8")
    os.replace(draft, target)
    return program


# ------------------------------------------------------------------ where a key stands

_HEADER = re.compile(r"^\s*\[(\[)?\s*([^\]]+?)\s*\]")
_KEY = re.compile(r"^\s*(\"[^\"]+\"|'[^']+'|[A-Za-z0-9_-]+)\s*=")


def _lines(text: str) -> dict[str, int]:
    """Key → line, for tables, lists of tables (counted from 1) and their keys."""
    found: dict[str, int] = {}
    counts: dict[str, int] = {}
    table = ""
    for number, line in enumerate(text.splitlines(), start=1):
        header = _HEADER.match(line)
        if header:
            table = header.group(2)
            if header.group(1):
                found.setdefault(table, number)
                counts[table] = counts.get(table, 0) + 1
                table = f"{table}[{counts[table]}]"
            found.setdefault(table, number)
            continue
        key = _KEY.match(line)
        if key:
            name = key.group(1).strip("\"'")
            found.setdefault(f"{table}.{name}" if table else name, number)
    return found


def _problem(where: str, lines: dict[str, int], key: str, what: str, mend: str) -> Problem:
    probe = key
    while probe and probe not in lines:
        probe = re.sub(r"(\.[^.\[\]]+|\[\d+\])$", "", probe) if re.search(r"[.\[]", probe) else ""
    place = f"{where}, line {lines[probe]}" if probe else where
    return Problem(f"{key} {what}", place, mend)


def _sorted(problems: list[Problem]) -> list[Problem]:
    def line(problem: Problem) -> int:
        found = re.search(r"line (\d+)$", problem.where)
        return int(found.group(1)) if found else 0

    return sorted(dict.fromkeys(problems), key=line)


# ------------------------------------------------------------------ what can be wrong


def _condition_faults(content: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    for kind, keys in (("rule", ("when", "unless")), ("expect", ("when",))):
        entries = content.get(kind, [])
        for i, entry in enumerate(entries if isinstance(entries, list) else [], start=1):
            for key in keys:
                if isinstance(entry, dict) and key in entry:
                    yield from conditions.parse(entry[key], key=f"{kind}[{i}].{key}")[1]


def _faults_of_the_rest(content: dict[str, Any], error: ValidationError) -> list[tuple[str, str, str]]:
    """What else is wrong in the parts whose shape is sound, so that one try shows every mistake.

    Keys of a list stay what they were: a value is replaced or removed, an entry is emptied only where it must be.
    """
    rest = copy.deepcopy(content)
    for fault in error.errors():
        holder: Any = rest
        path = [part for part in fault["loc"] if isinstance(part, int) or not str(part).startswith("function-")]
        for part in path[:-1]:
            holder = _inside(holder, part)
            if holder is None:
                break
        if fault["type"] == "missing" or not isinstance(holder, dict):
            return []
        holder.pop(path[-1], None)
    try:
        return list(_reference_faults(Program.model_validate(rest)))
    except ValidationError:
        return []


def _inside(holder: Any, part: int | str) -> Any:
    known = isinstance(holder, list) or (isinstance(holder, dict) and part in holder)
    return holder[part] if known else None


def _shape_fault(fault: dict[str, Any]) -> tuple[str, str, str]:
    """A fault of shape in our words."""
    key = ""
    for part in fault["loc"]:
        if isinstance(part, int):
            key += f"[{part + 1}]"
        elif not str(part).startswith(("function-", "constrained-", "literal[", "tuple[")) and part not in (
            "int",
            "float",
            "str",
        ):
            key += f".{part}" if key else str(part)
    if fault["type"] == "extra_forbidden":
        return key, "is not a key here.", conditions.nearest(str(fault["loc"][-1]), _keys_at(fault["loc"][:-1]))
    if fault["type"] == "missing":
        return key, "is missing.", "Add it."
    mend = next((mend for kinds, mend in _SHAPES if fault["type"] in kinds), "")
    return key, f"is wrong: {_message(fault)} (it is {fault['input']!r}).", mend


_SHAPES = (
    (("model_type", "dict_type"), "Write it as a table: { low = 60_000, high = 75_000 }, { from = 2027-07-01, until = 2028-06-30 } and the like."),
    (("float_parsing", "int_parsing", "float_type", "int_type"), "Write one number, without quotes, $ or commas: 1_300_000; a share as 0.2."),
    (("date_type", "date_parsing", "date_from_datetime_parsing"), "Write a day as 2027-10-01, without quotes."),
    (("tuple_type", "list_type"), 'Write a list: ["people", "training"].'),
)  # fmt: skip


def _message(fault: dict[str, Any]) -> str:
    said = str(fault["msg"]).removeprefix("Value error, ")
    return said[0].lower() + said[1:]


def _told(faults: list[Any]) -> list[Any]:
    """Faults of shape; that a value might also have been “unknown” goes without saying."""
    return [
        each for each in faults
        if not (each["type"] == "literal_error" and each["ctx"].get("expected") == "'unknown'" and any(other is not each and other["loc"][:-1] == each["loc"][:-1] for other in faults))
    ]  # fmt: skip


def _keys_at(location: tuple[Any, ...]) -> list[str]:
    model: type[BaseModel] = Program
    for part in location:
        if isinstance(part, int) or part not in model.model_fields:
            continue
        inner = _model_in(model.model_fields[part].annotation)
        if inner is not None:
            model = inner
    return [field.alias or name for name, field in model.model_fields.items()]


def _model_in(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for arg in get_args(annotation) if (found := _model_in(arg))), None)


def _reference_faults(program: Program) -> Iterator[tuple[str, str, str]]:
    """Names that nothing stands behind, names used twice, presumptions of hazards."""
    if not program.team:
        yield "team", "is missing: the program has no teams.", "Add a [[team]] with id, name and kind."
    try:
        zoneinfo.ZoneInfo(program.program.time_zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        yield (
            "program.time_zone",
            f"“{program.program.time_zone}” does not exist.",
            "Use a name such as America/New_York.",
        )
    teams, outside = [team.id for team in program.team], [service.id for service in program.outside]
    services = [*teams, *outside]
    yield from conditions.twice("team", services[: len(teams)], "id")
    yield from conditions.twice("team", [team.name for team in program.team], "name")
    yield from conditions.twice("outside", outside, "id")
    yield from (
        (f"outside[{i}].id", f"“{name}” is a team already.", "Give it another id.")
        for i, name in enumerate(outside, 1)
        if name in teams
    )
    yield from conditions.twice("rule", [rule.id for rule in program.rule], "id")
    yield from conditions.twice("variant", [variant.id for variant in program.variant], "id")
    if len(program.rule) > 64:
        yield "rule", f"has {len(program.rule)} entries; 64 is the most.", "Join rules that send the same."
    for i, rule in enumerate(program.rule, start=1):
        yield from _rule_faults(f"rule[{i}]", rule, teams, services, program.facts.presumed)
        stays = next((team for team in program.team if team.id == rule.keep_on_line), None)
        if stays is not None and stays.kind != "phone":
            yield f"rule[{i}].keep_on_line", f"“{stays.id}” does not work by phone.", "Name a team that does."
    for i, team in enumerate(program.team, start=1):
        yield from conditions.named(
            f"team[{i}].needs_from_others", list(team.needs_from_others), outside, "outside service"
        )
    for i, shift in enumerate(program.shift, start=1):
        yield from conditions.named(f"shift[{i}].team", [shift.team], teams, "team")
        if conditions.clock(shift.starts) is None:
            yield f"shift[{i}].starts", f"“{shift.starts}” is no time.", 'Write it as "09:00".'
        day_faults: list[conditions.Fault] = []
        conditions.days_of(
            list(shift.days) if not isinstance(shift.days, str) else shift.days, f"shift[{i}].days", day_faults
        )
        yield from day_faults
        if shift.start and shift.end and shift.start > shift.end:
            yield f"shift[{i}].until", "ends before it begins.", "Put the earlier day into from."
        if shift.base and program.base:
            yield from conditions.named(f"shift[{i}].base", [shift.base], [base.id for base in program.base], "base")
    yield from conditions.twice("base", [base.id for base in program.base], "id")
    yield from _travel_faults(program)
    yield from _assume_faults(program)
    yield from people_faults.faults(program)
    yield from home_faults.faults(program)
    yield from money_faults.faults(program)
    yield from conditions.named("undecided.send", [program.undecided.send], services, "service") if program.rule else ()
    yield from conditions.named("undecided.protection", list(program.undecided.protection), teams, "team")
    yield from _fact_faults(program)


def _travel_faults(program: Program) -> Iterator[tuple[str, str, str]]:
    said = program.travel
    if said is None:
        return
    if said.layer is not None:
        yield from conditions.named("travel.layer", [said.layer], list(conditions.LAYERS), "layer of areas")
    if bool(said.minutes) != (said.layer is not None):
        yield (
            "travel.minutes",
            "need a layer of areas, and a layer needs minutes.",
            'Write layer = "district" and minutes = { North = { South = 11 } }, or neither.',
        )


def _assume_faults(program: Program) -> Iterator[tuple[str, str, str]]:
    for i, entry in enumerate(program.assume, start=1):
        value = entry.value
        if value == "unknown":
            continue
        low, high = (value if edge is None else edge for edge in (entry.low, entry.high))
        if not low <= value <= high:
            yield (
                f"assume[{i}].value",
                f"does not lie between its low ({low:g}) and its high ({high:g}).",
                "Put them in order.",
            )


def _rule_faults(
    key: str, rule: document.Rule, teams: list[str], services: list[str], presumed: dict[str, bool | str]
) -> Iterator[tuple[str, str, str]]:
    if not rule.send:
        yield f"{key}.send", "names nobody.", "Name a team or an outside service."
    yield from conditions.named(f"{key}.send", list(rule.send), services, "service")
    for choice in rule.otherwise:
        yield from conditions.named(f"{key}.otherwise", list(choice), services, "service")
    if rule.keep_on_line is not None:
        yield from conditions.named(f"{key}.keep_on_line", [rule.keep_on_line], teams, "team")
    if _true_on_unknown(rule, presumed):
        yield (
            f"{key}.when",
            "is true of a call of which nothing is known.",
            "Name a family or a fact: an unknown must never satisfy a rule.",
        )


def _true_on_unknown(rule: document.Rule, presumed: dict[str, bool | str]) -> bool:
    """Whether the rule would fire on a call of which nobody said anything, at any hour of a week (the clock is known)."""
    edges = [leaf for leaf in conditions.leaves(rule.condition) if isinstance(leaf, conditions.Within)]
    moments = [dt.datetime(2024, 1, 1)]
    for leaf in edges:
        for edge in (leaf.start, leaf.end):
            moments += [dt.datetime.combine(dt.date(2024, 1, day), edge) for day in range(1, 8)]
    return any(conditions.truth(rule.condition, {**presumed, "local_time": moment}) is True for moment in moments)


def _fact_faults(program: Program) -> Iterator[tuple[str, str, str]]:
    known = [*FACTS, *conditions.WORDS]
    yield from conditions.named("facts.asked", list(program.facts.asked), known, "fact")
    for name, value in program.facts.presumed.items():
        key = f"facts.presumed.{name}"
        yield from conditions.named(key, [name], known, "fact")
        if name in FACTS and FACTS[name].kind == "hazard":
            yield key, "presumes a hazard.", "A hazard that nobody spoke of is unknown. Remove the line."
        if name in FACTS and not isinstance(value, bool):
            yield key, "must be true or false.", ""
        if name in conditions.WORDS and value not in conditions.WORDS[name]:
            yield key, f"“{value}” is no {name}.", conditions.nearest(str(value), conditions.WORDS[name])
    for kind, facts in (("expect", [e.fact for e in program.expect]), ("question", [q.fact for q in program.question])):
        for i, fact in enumerate(facts, start=1):
            yield from conditions.named(f"{kind}[{i}].fact", [fact], known, "fact")
    for i, entry in enumerate(program.expect, start=1):
        if entry.fact in FACTS and not isinstance(entry.value, bool):
            yield f"expect[{i}].value", f"must be true or false for “{entry.fact}”.", ""
        if entry.fact in conditions.WORDS and entry.value not in conditions.WORDS[entry.fact]:
            words = conditions.WORDS[entry.fact]
            yield (
                f"expect[{i}].value",
                f"“{entry.value}” is no {entry.fact.replace('_', ' ')}.",
                conditions.nearest(str(entry.value), words),
            )
