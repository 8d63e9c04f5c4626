"""Program documents in TOML, both ways: comments and order are kept, errors name file, line, key and mend."""

from __future__ import annotations

import copy
import os
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import tomlkit
from pydantic import BaseModel, ValidationError
from tomlkit.exceptions import TOMLKitError

from rightcall.errors import Problem, RightcallError
from rightcall.program import conditions, reference_faults
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
    problems += [_problem(where, lines, *fault) for fault in reference_faults.faults(program)]
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
        return list(reference_faults.faults(Program.model_validate(rest)))
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
