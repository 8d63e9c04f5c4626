"""The report as one HTML page: no network, printable, light and dark, wide and narrow."""

from __future__ import annotations

from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

from rightcall.locale import Words
from rightcall.planning.report import blocks, charts, fonts
from rightcall.planning.report.blocks import Report


def render(report: Report, words: Words) -> str:
    """A report as a page. Everything that came from data is escaped."""
    environment = Environment(
        loader=PackageLoader("rightcall.planning.report"), autoescape=select_autoescape(default=True), undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.filters["say"] = lambda value: _said(value, words)
    environment.tests.update(
        {name: lambda value, kind=kind: isinstance(value, kind) for name, kind in
         {"picture": blocks.Picture, "table": blocks.Table, "figures": tuple, "list": list}.items()}
    )  # fmt: skip
    counter = iter(range(10_000))

    def drawing(picture: blocks.Picture) -> Markup:
        return Markup(
            charts.svg(
                picture.chart,
                title=_said(picture.title, words) + ". " + _said(picture.alternative, words),
                ident=f"p{next(counter)}",
            )
        )

    environment.globals.update(draw=drawing, language=words.language, words=words, faces=Markup(fonts.faces()))
    return environment.get_template("report.html").render(report=report)


def _said(value: Any, words: Words) -> str:
    return "" if value == "" else words.value(value)
