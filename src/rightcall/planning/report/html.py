"""The report as one HTML page: no network, printable, light and dark, wide and narrow."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from rightcall.locale import Message, Share, Words
from rightcall.planning.plan import Plan
from rightcall.planning.report import blocks, charts, contents
from rightcall.planning.report.blocks import Report


def page(plan: Plan, *, language: str) -> str:
    """The page of a plan in a language."""
    words = Words(language)
    return render(contents.report(plan, words), words)


def render(report: Report, words: Words) -> str:
    """A report as a page. Everything that came from data is escaped."""
    environment = Environment(
        loader=PackageLoader("rightcall.planning.report"), autoescape=select_autoescape(default=True), undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.filters["say"] = lambda value: _said(value, words)
    environment.tests.update(
        {name: lambda value, kind=kind: isinstance(value, kind) for name, kind in
         {"picture": blocks.Picture, "table": blocks.Table, "figures": tuple, "list": list, "share": Share}.items()}
    )  # fmt: skip
    environment.tests["ranged"] = lambda value: isinstance(value, Message) and "low" in value.values
    counter = iter(range(10_000))

    def drawing(picture: blocks.Picture) -> Markup:
        return Markup(
            charts.svg(
                picture.chart,
                title=_said(picture.title, words) + ". " + _said(picture.alternative, words),
                ident=f"p{next(counter)}",
            )
        )

    environment.globals.update(draw=drawing, language=words.language, words=words)
    return environment.get_template("report.html").render(report=report)


def _said(value: Any, words: Words) -> str:
    return "" if value == "" else words.value(value)


def write(plan: Plan, path: Path, *, language: str) -> None:
    """Write the page."""
    path.write_text(page(plan, language=language), encoding="utf-8")
