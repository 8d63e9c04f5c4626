"""The catalog of messages: found in the source, kept in `messages.po`, compiled to `messages.mo`.

    python -m rightcall.locale.catalog            bring pot, po and mo up to date
    python -m rightcall.locale.catalog --check    change nothing; exit 1 if they are not, or Spanish is missing

The source is read, not imported. A new message gets an empty translation, which is filled in by hand in the po;
then the tool is run again. The files hold no dates and no line numbers, so that they change only with the words.
"""

from __future__ import annotations

import argparse
import ast
import io
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rightcall.locale import N_

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog

SOURCE = Path(__file__).parents[1]
FOLDER = Path(__file__).parent
LANGUAGE = "es"

CALLED = {"N_": 0, "_": 0, "words": 0, "Message": 0}
# Things whose name is said in words, underscores as spaces: the argument that holds it.
NAMED = {"_family": 0, "Fact": 0, "States": 1, "Move": 0}
# Constants whose words are translated by name wherever they are said. Of a dictionary its keys.
CONSTANTS = {
    "calls/clocks.py": ("Clock",),
    "calls/columns.py": ("ORIGINS", "REQUESTERS", "CALLERS", "PLACE_KINDS", "AGE_BANDS", "CATEGORIES"),
    "calls/layout.py": ("CALL_STAMPS", "UNIT_STAMPS"),
    "simulation/figures.py": ("REASONS",),
    "dispatch/columns.py": ("MODES", "SUPPORT_KINDS", "REASONS"),
    "web/access.py": ("ROLES",),
    "web/queries/standing.py": ("SPANS",),
    "planning/hand_reading.py": ("READERS", "AGREED", "VERDICT", "YES", "NO"),
    "planning/lenses.py": ("UNMAPPED",),
    "planning/outcomes.py": ("KINDS",),
    "triage/decisions.py": ("OUTCOMES", "NO_RULE"),
}
# Words that arise inside functions: why a call is left out of a measure, what proves a clock, why a row is not read.
WRITTEN_ELSEWHERE = (
    N_("missing stamp"), N_("out of order"), N_("over a day"), N_("hour"), N_("weekday"), N_("month"), N_("year"),
    N_("no time of the call"), N_("the time of the call cannot be read"), N_("an open quote"),
    N_("the row is in another encoding than the rest of the file"),
)  # fmt: skip

Id = str | tuple[str, str]
Found = dict[Id, set[str]]


def find(source: Path = SOURCE) -> Found:
    """Every message below `source`, with the files in which it stands."""
    found: Found = {}
    for path in sorted(source.rglob("*")):
        where = path.relative_to(source).as_posix()
        if path.suffix == ".py":
            messages = in_python(path.read_text(encoding="utf-8"), CONSTANTS.get(where, ()))
        elif path.suffix in (".html", ".jinja", ".txt") and "templates" in path.parts:
            messages = in_template(path.read_text(encoding="utf-8"))
        else:
            continue
        for message in messages:
            if message:
                found.setdefault(message, set()).add(where)
    return found


def in_python(text: str, constants: Iterable[str] = ()) -> Iterator[Id]:
    """The messages of a Python file, and the words of the named constants. `KeyError` if a constant is gone."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            yield from _in_call(node)
    assigned = {
        target.id: node.value
        for node in tree.body if isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value
        for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
        for target in (target.elts if isinstance(target, ast.Tuple) else [target]) if isinstance(target, ast.Name)
    }  # fmt: skip
    for name in constants:
        yield from (word.replace("_", " ") for word in _texts(assigned[name]))


def _in_call(node: ast.Call) -> Iterator[Id]:
    if isinstance(node.func, ast.Attribute):
        if node.func.attr == "plural" and len(node.args) > 1:
            yield from zip(_texts(node.args[0]), _texts(node.args[1]), strict=True)
    elif isinstance(node.func, ast.Name) and node.args:
        if node.func.id in CALLED:
            yield from _texts(node.args[CALLED[node.func.id]])
        elif node.func.id in NAMED:
            yield from (name.replace("_", " ") for name in _texts(node.args[NAMED[node.func.id]]))


def _texts(node: ast.expr) -> list[str]:
    """The texts that an expression can give, as far as they are written there."""
    match node:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.IfExp(body=first, orelse=second):
            return _texts(first) + _texts(second)
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            return [text for part in parts for text in _texts(part)]
        case ast.Dict(keys=keys):
            return [text for key in keys if key for text in _texts(key)]
        case ast.Subscript(value=ast.Name(id="Literal"), slice=inside):
            return _texts(inside)
    return []


def in_template(text: str) -> Iterator[Id]:
    """The messages of a Jinja template: `words("...")`, a choice among them, `words.plural("...", "...")`."""
    from jinja2 import Environment, nodes

    for call in Environment().parse(text).find_all(nodes.Call):
        called, arguments = call.node, call.args
        if isinstance(called, nodes.Name) and called.name in CALLED and arguments:
            yield from _template_texts(arguments[0])
        elif isinstance(called, nodes.Getattr) and called.attr == "plural" and len(arguments) > 1:
            yield from zip(_template_texts(arguments[0]), _template_texts(arguments[1]), strict=True)


def _template_texts(node: Any) -> list[str]:
    from jinja2 import nodes

    match node:
        case nodes.Const(value=str(text)):
            return [text]
        case nodes.CondExpr():
            return _template_texts(node.expr1) + (_template_texts(node.expr2) if node.expr2 else [])
        case nodes.Getitem():
            return _template_texts(node.node)
        case nodes.Dict():
            return [text for pair in node.items for text in _template_texts(pair.value)]
    return []


def _texts_of(ident: Id) -> tuple[str, ...]:
    return (ident,) if isinstance(ident, str) else ident


def files(found: Found, po: Path) -> tuple[dict[str, bytes], list[Id]]:
    """What pot, po and mo should hold, by path below the folder, and the messages that lack a translation."""
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po, write_po

    with po.open("rb") if po.exists() else io.BytesIO() as file:
        old = read_po(file, locale=LANGUAGE)
    template, spanish, said = _catalog(), _catalog(LANGUAGE), _catalog(LANGUAGE)
    template.header_comment = "# Every sentence of Rightcall. Made by: python -m rightcall.locale.catalog"
    spanish.header_comment = old.header_comment if po.exists() else template.header_comment
    lacking: list[Id] = []
    for ident, places in sorted(found.items(), key=lambda entry: (sorted(entry[1]), _texts_of(entry[0]))):
        before = old.get(ident)
        string = before.string if before and not before.fuzzy else ""
        comments = before.user_comments if before else ()
        whole = all([string] if isinstance(string, str) else string or [""])
        where = [(place, 1) for place in sorted(places)]
        for catalog in (template, spanish, *([said] if whole else [])):
            text, notes = ("", ()) if catalog is template else (string, comments)
            # A percent sign in a sentence is no placeholder; ours are in braces.
            catalog.add(ident, text, locations=where, user_comments=notes).flags.discard("python-format")
        if not whole:
            lacking.append(ident)
    made = {}
    for path, catalog in (("messages.pot", template), (f"{LANGUAGE}/LC_MESSAGES/messages.po", spanish)):
        out = io.BytesIO()
        write_po(out, catalog, width=120, include_lineno=False)
        made[path] = out.getvalue().rstrip(b"\n") + b"\n"
    out = io.BytesIO()
    write_mo(out, said)
    made[f"{LANGUAGE}/LC_MESSAGES/messages.mo"] = out.getvalue()
    return made, lacking


def _catalog(language: str | None = None) -> Catalog:
    """An empty catalog whose head holds no dates."""
    from babel.messages.catalog import Catalog

    class Undated(Catalog):
        @property
        def mime_headers(self) -> list[tuple[str, str]]:
            head = [
                ("MIME-Version", "1.0"),
                ("Content-Type", "text/plain; charset=utf-8"),
                ("Content-Transfer-Encoding", "8bit"),
            ]
            return head if language is None else [("Language", language), ("Plural-Forms", self.plural_forms), *head]

    return Undated(language, fuzzy=False)


def main(arguments: list[str] | None = None) -> int:
    """Run the tool; 1 if something is to be done."""
    parser = argparse.ArgumentParser(
        prog="python -m rightcall.locale.catalog", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 if the catalog is not up to date")
    check = parser.parse_args(arguments).check
    made, lacking = files(find(), FOLDER / LANGUAGE / "LC_MESSAGES" / "messages.po")
    stale = [
        path for path, wanted in made.items() if not (FOLDER / path).exists() or (FOLDER / path).read_bytes() != wanted
    ]
    for path in stale:
        if check:
            print(f"{path} is not up to date. Run: python -m rightcall.locale.catalog")
        else:
            (FOLDER / path).parent.mkdir(parents=True, exist_ok=True)
            (FOLDER / path).write_bytes(made[path])
            print(f"written: {path}")
    for ident in lacking:
        print(f"no Spanish: {ident}")
    return 1 if lacking or (check and stale) else 0


if __name__ == "__main__":
    sys.exit(main())
