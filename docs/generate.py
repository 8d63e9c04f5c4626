"""The reference pages that are made from the code, so that they cannot drift from it.

`python docs/generate.py` writes them into `docs/reference`; `--check` changes nothing, names each page that differs
and leaves with 1.
"""

from __future__ import annotations

import datetime as dt
import inspect
import json
import re
import sys
import tomllib
import types
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import polars as pl
import typer
from pydantic import BaseModel
from pydantic_core import PydanticUndefined

from rightcall.calls import feed, quality
from rightcall.calls.columns import AREA_LAYERS, CATEGORIES, FACTS, Calls, UnitTimes
from rightcall.calls.families import FAMILIES
from rightcall.cli.app import app
from rightcall.dispatch import outcomes, status
from rightcall.dispatch.columns import Duty, PeopleMet, Responses, StaffEvents, Support, Unserved
from rightcall.measures.catalogue import MEASURES
from rightcall.program import conditions
from rightcall.program.document import Program
from rightcall.tables import Table
from rightcall.triage.decisions import Decisions
from rightcall.web import access

DOCS = Path(__file__).parent
REFERENCE = DOCS / "reference"
SPECS = DOCS.parent / "tests" / "specs"
NOTICE = "<!-- Made by docs/generate.py from the code. Change the code, not this page. -->"
WIDTH = 100


# ------------------------------------------------------------------ Markdown


def page(title: str, *blocks: str) -> str:
    """A page: its title, the notice, its blocks."""
    return "\n\n".join([f"# {title}", NOTICE, *blocks]) + "\n"


def grid(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table with columns of even width."""
    table = [[_cell(cell) for cell in row] for row in (head, *rows)]
    widths = [max(3, *(len(row[i]) for row in table)) for i in range(len(head))]
    lines = ["| " + " | ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)) + " |" for row in table]
    return "\n".join([lines[0], "|" + "|".join("-" * (width + 2) for width in widths) + "|", *lines[1:]])


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ").strip()


def fence(text: str, language: str) -> str:
    """Text as it stands."""
    return f"```{language}\n{text.strip()}\n```"


def code(words: Iterable[str]) -> str:
    """Words as they are written in a document."""
    return ", ".join(f"`{word}`" for word in words)


# ------------------------------------------------------------------ the rule language

LABELS = {"first_type": "type", "initial_priority": "priority", "possible": "possible answers"} | {
    column: layer for layer, column in conditions.LAYERS.items()
}


def rules() -> str:
    """The rule language, from the specification that the tests run."""
    sys.path.insert(0, str(SPECS))
    import specs

    chapters = specs.read()
    blocks = [
        "A program's rules say which calls it takes. They are walked from the first to the last, for a call of now and "
        "for ten million calls of the past alike. This page is the specification that the tests run: every table below "
        "is tried on every change of the code.",
        "Each table shows calls. The first columns say what is known of a call, `?` means that nobody knows; what a "
        "table does not show is unknown too. The columns from *outcome* on say what is decided: *ours*, *not ours* or "
        "*cannot be said*; which answers are possible; which facts are missing.",
        "All examples speak of the same teams and services:",
        grid(("who", "whose"), _cast(specs.cast())),
        "\n".join(f"{i}. [{one.title}](#{_anchor(one.title)})" for i, one in enumerate(chapters, start=1)),
    ]
    for chapter in chapters:
        blocks += [f"## {chapter.title}", chapter.sentence]
        for spec in chapter.specs:
            blocks += [f"### {spec.title}", spec.sentence, fence(spec.program, "toml"), _table_of(spec)]
            blocks += [spec.note] * bool(spec.note)
    return page("The rule language", *blocks)


def _anchor(title: str) -> str:
    return re.sub(r"[^a-z0-9 -]", "", title.lower()).replace(" ", "-")


def _cast(text: str) -> list[tuple[str, str]]:
    content = tomllib.loads(text)
    whose = {"team": "a team of ours", "outside": "not ours"}
    return [(f"`{one['id']}`", f"{one['name']} ({said})") for kind, said in whose.items() for one in content[kind]]


def _table_of(spec: Any) -> str:
    from specs import DEMANDED

    def shown(column: str, cell: str) -> str:
        if column == "outcome":
            return f"**{cell}**"
        if column == "missing":
            return ", ".join(_label(name) for name in cell.split(", ") if name)
        return f"`{cell}`" if column == "first_type" and cell != "?" else cell

    columns = sorted(spec.columns, key=lambda column: column in DEMANDED)
    places = [spec.columns.index(column) for column in columns]
    rows = [[shown(spec.columns[place], cells[place]) for place in places] for cells in spec.cells]
    return grid([_label(column) for column in columns], rows)


def _label(column: str) -> str:
    return LABELS.get(column, column.replace("_", " "))


# ------------------------------------------------------------------ facts, measures, findings


def facts() -> str:
    """What a rule may speak of."""
    kinds = {
        "hazard": "A hazard is never presumed absent: what nobody spoke of is unknown.",
        "volunteered": "A volunteered fact may have a presumption, declared in `[facts] presumed`.",
        "context": "Context describes the call without making it dangerous.",
    }
    blocks = [
        "A rule may name these facts and no others. In a condition a fact is `true` or `false`; unknown is neither."
    ]
    for kind, sentence in kinds.items():
        of_kind = [(f"`{fact.name}`", fact.doc) for fact in FACTS.values() if fact.kind == kind]
        blocks += [f"## {kind.capitalize()}", sentence, grid(("fact", "what it says"), of_kind)]
    blocks += [
        "## Words",
        "These facts are one word out of a list: `family = \"welfare\"`, or one of several: "
        '`family = ["welfare", "trespass"]`.',
        grid(("fact", "words"), [(f"`{name}`", code(CATEGORIES[name])) for name in conditions.WORDS if name in CATEGORIES]),
        "### `family`",
        "What a city's own words mean, whatever the city calls them.",
        grid(("family", "what it holds"), [(f"`{family.name}`", family.doc) for family in FAMILIES.values()]),
        "## Areas",
        'A place is named in a layer: `area = { beat = ["1", "2"] }`.',
        grid(("layer", "what it is"), [(f"`{layer}`", AREA_LAYERS[name]) for layer, name in conditions.LAYERS.items()]),
    ]  # fmt: skip
    return page("Facts", *blocks)


def measures() -> str:
    """Every measure."""
    blocks = ["Every measure is defined once and means the same in every report."]
    for measure in MEASURES.values():
        lines = [("counts", measure.numerator), ("out of", measure.denominator), ("unit", measure.unit)]
        lines.append(("needs", code(measure.needs)))
        told = [f"- {name}: {said}" for name, said in lines if said]
        blocks += [f"## {measure.title}", measure.why, "\n".join([f"- id: `{measure.id}`", *told])]
    return page("Measures", *blocks)


def findings() -> str:
    """Every sentence that reading an export may say."""
    weights = {
        "serious": "The figures that a serious finding names should not be used before it is settled.",
        "warning": "A warning says what was corrected, left out or cannot be told.",
        "note": "A note says how the export was read.",
    }
    blocks = ["Reading an export says what is wrong or odd in it. The words in braces are filled in."]
    for weight, sentence in weights.items():
        rows = [(f"`{code}`", said) for code, (heavy, said) in quality.SENTENCES.items() if heavy == weight]
        blocks += [f"## {weight.capitalize()}", sentence, grid(("code", "sentence"), rows)]
    return page("Findings", *blocks)


# ------------------------------------------------------------------ tables


def tables() -> str:
    """The columns of the tables, from their contracts."""
    blocks = [
        "Tables are Parquet. Unknown is an empty cell, never a magic value. Times are UTC. A column that is *always* there "
        "has no empty cell."
    ]  # fmt: skip
    tables = {
        "calls": Calls,
        "unit_times": UnitTimes,
        "decisions": Decisions,
        "responses": Responses,
        "support": Support,
        "people_met": PeopleMet,
        "staff_events": StaffEvents,
        "unserved": Unserved,
        "duty": Duty,
    }
    for name, table in tables.items():
        blocks += [f"## {name}", str(table.__doc__), _columns(table)]
    return page("Tables", *blocks)


def _columns(table: type[Table]) -> str:
    schema = table.polars_schema()
    rows = []
    for name, column in table.columns().items():
        always = "" if column.nullable else ", always"
        rows.append((f"`{name}`", _type(schema[name]) + always, str((column.metadata or {}).get("doc", ""))))
    return grid(("column", "type", "meaning"), rows)


def _type(dtype: pl.DataType) -> str:
    if isinstance(dtype, pl.Enum):
        return f"one of {code(dtype.categories)}"
    words: dict[Any, str] = {
        pl.String: "text", pl.Int64: "whole number", pl.Float64: "number", pl.Boolean: "true or false",
        pl.Datetime: "time",
    }  # fmt: skip
    return words[dtype.base_type()]


# ------------------------------------------------------------------ states


def states() -> str:
    """The states of units and responses, with a diagram of the moves."""
    blocks = [
        "What may happen to a unit, to a response and to support, and nothing else: the live service, the simulation and "
        "these diagrams take their states from one table."
    ]
    for one in status.ALL:
        number = one.codes
        lines = ["stateDiagram-v2", "    [*] --> s0", *(f"    s{number[state]} : {state}" for state in one.docs)]
        lines += [
            f"    s{number[source]} --> s{number[move.target]} : {move.event}" for source, move in one.each_move()
        ]
        lines += [f"    s{number[state]} --> [*]" for state in one.docs if state in one.final]
        moves = [(f"`{move.event}`", ", ".join(move.sources), move.target, move.doc) for move in one.moves]
        blocks += [
            f"## {one.name.capitalize()}", fence("\n".join(lines), "mermaid"),
            grid(("state", "meaning"), [(f"`{state}`", doc) for state, doc in one.docs.items()]),
            grid(("event", "from", "to", "when"), moves),
        ]  # fmt: skip
    return page("States", *blocks)


# ------------------------------------------------------------------ the service


def access_table() -> str:
    """Who may do what in the live service."""
    roles = [role for role in access.ROLES if role != access.PUBLIC]
    cells = [
        (name, each.doc, *("yes" if role in each.roles else "" for role in roles))
        for name, each in access.PERMISSIONS.items()
    ]
    blocks = [
        "One table, which every page and every action asks; `tests/web` tries it cell by cell. Nobody who is not signed in may do any of it.",
        grid(("permission", "what it is", *roles), cells), grid(("role", "who that is"), list(access.ROLES.items())),
    ]  # fmt: skip
    return page("Who may do what", *blocks)


def messages_in() -> str:
    """The JSON that a CAD sends, and what goes back."""
    schema = json.dumps(feed.CallMessage.model_json_schema(), indent=1, ensure_ascii=False)
    blocks = [
        "`POST /api/cad/messages` with `Authorization: Bearer KEY`, one message about one call. What it leaves out is not said; `null` is said to be unknown. "
        "The same `message_id` again has no effect; an older `sent_at` takes nothing back that a newer one said. The answer is 200, or 422 with what is wrong and how to mend it.",
        fence(schema, "json"),
        "## Back to CAD",
        "Unit, status, place and a disposition of this list go back, and nothing else.",
        grid(("outcome", "code (APCO 1.111.2)", "words"), [(word, *told) for word, told in outcomes.OUTCOMES.items()]),
    ]  # fmt: skip
    return page("Messages from and to CAD", *blocks)


# ------------------------------------------------------------------ the program document

COMMON = ("why", "source", "comment")


def program() -> str:
    """Every table of a program document with its keys, from the model that reads it."""
    blocks = [
        "`program.toml`, table by table. A name in double brackets may stand again and again. Every table may also have "
        f"{code(COMMON)}: text. A key without a default must be there.",
    ]
    for key, field in Program.model_fields.items():
        blocks += _keys(key, field.annotation, again=get_origin(field.annotation) is tuple)
    return page("The program document", *blocks)


def _keys(name: str, annotation: Any, *, again: bool) -> list[str]:
    model = _model(annotation)
    if model is None:
        return []
    inner, rows = [], []
    for key, field in model.model_fields.items():
        if key in COMMON:
            continue
        written = field.alias or key
        default = "" if field.is_required() else _default(field.default)
        rows.append((f"`{written}`", _kind(field.annotation, [*field.metadata]), default))
        inner += _keys(f"{name}.{written}", field.annotation, again=get_origin(field.annotation) is tuple)
    head = f"## `[[{name}]]`" if again else f"## `[{name}]`"
    return [head, inspect.cleandoc(model.__doc__ or ""), grid(("key", "what it is", "default"), rows), *inner]


def _model(annotation: Any) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for each in get_args(annotation) if (found := _model(each))), None)


def _default(value: Any) -> str:
    if value in (None, "", ()) or isinstance(value, BaseModel) or value is PydanticUndefined:
        return "–"
    return f"`{value if isinstance(value, (int, float)) else json.dumps(value, default=str)}`".replace("True", "true").replace("False", "false")  # fmt: skip


def _kind(annotation: Any, limits: list[Any]) -> str:
    """A type in words, with its limits."""
    origin, inside = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _kind(inside[0], [limit for each in inside[1:] for limit in getattr(each, "metadata", [each])])
    if origin is Literal:
        return ", ".join(f'"{each}"' for each in inside)
    if origin in (Union, types.UnionType):
        return " or ".join(dict.fromkeys(_kind(each, limits) for each in inside if each is not type(None)))
    if origin is tuple:
        return f"a list: {_kind(inside[0], limits)}" if inside[-1] is ... else "[low, high]"
    if origin is dict:
        return f"a table: name = {_kind(inside[1], [])}"
    if _model(annotation) is not None:
        return "a table of its own, below"
    words = {str: "text", float: "a number", int: "a whole number", bool: "true or false", dt.date: "a day"}
    return words.get(annotation, "a condition: see [rules](rules.md)") + _limits(limits)


def _limits(limits: list[Any]) -> str:
    found = {sign: getattr(limit, name) for limit in limits for name, sign in (("ge", "≥"), ("gt", ">"), ("le", "≤"), ("lt", "<")) if hasattr(limit, name)}  # fmt: skip
    shown = [f"{sign} {value:g}" for sign, value in found.items() if (sign, value) != ("≤", 1e11)]
    return f" ({', '.join(shown)})" if shown else ""


# ------------------------------------------------------------------ the command line


def commands() -> str:
    """The help of every command, plainly set."""
    group: Any = typer.main.get_command(app)
    blocks = ["`rightcall COMMAND --help` says the same in the terminal."]
    for name, command in group.commands.items():
        example, command.epilog, command.rich_markup_mode = command.epilog, None, None
        context = command.make_context(f"rightcall {name}", [], resilient_parsing=True, terminal_width=WIDTH)
        blocks += [f"## {name}", fence(command.get_help(context).replace("\\[", "["), "text")]
        if example:
            blocks += ["Example:", fence(example.removeprefix("Example:").replace("\\[", "["), "sh")]
    return page("Commands", *blocks)


# ------------------------------------------------------------------ writing

PAGES: dict[str, Callable[[], str]] = {
    "rules.md": rules, "facts.md": facts, "tables.md": tables, "measures.md": measures, "findings.md": findings,
    "states.md": states, "access.md": access_table, "cad.md": messages_in, "program.md": program, "commands.md": commands,
}  # fmt: skip


def main(arguments: list[str]) -> int:
    """Write the pages, or name those that differ."""
    if arguments not in ([], ["--check"]):
        print("usage: python docs/generate.py [--check]", file=sys.stderr)
        return 2
    differing = []
    for name, make in PAGES.items():
        path, text = REFERENCE / name, make()
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            differing.append(path)
            if not arguments:
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8", newline="\n")
    for path in differing:
        print(f"{path.relative_to(DOCS.parent)} {'differs: run  python docs/generate.py' if arguments else 'written'}")
    return 1 if arguments and differing else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
