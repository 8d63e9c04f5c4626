"""The report as a tagged PDF (PDF/UA-1) by Typst: the same blocks as the page, laid out for paper.

What the report says goes to the template as data, never as Typst text: nothing that a city wrote can become a command.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import tempfile
from importlib import resources
from pathlib import Path
from typing import Any, Literal

from rightcall.errors import RightcallError
from rightcall.locale import N_, Words
from rightcall.planning.report import blocks, charts, fonts
from rightcall.planning.report.blocks import Report, Section

STANDARD: Literal["ua-1"] = "ua-1"
# A drawing wider than this would have letters too small on paper.
WIDEST = 640
# The share of the width of the text that a drawing takes; a map is readable when it is small.
FULL, SMALL = 0.86, 0.74
# Letters of the longest words of a table, side by side, and the size in points at which they fit.
SIZES = ((112, 8.0), (126, 7.2), (142, 6.4), (1_000, 5.8))
MARKS = {"serious": N_("Serious"), "warning": N_("Warning"), "note": N_("Note")}


class PdfError(RightcallError):
    """Typst found that the report cannot be an accessible PDF."""


def render(report: Report, words: Words, *, at: dt.datetime, author: str) -> bytes:
    """A report as PDF. `at`: when it was made, `author`: whose it is. Raises `PdfError` where Typst refuses it."""
    import typst

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        layout = _Layout(folder, words)
        told: dict[str, Any] = {
            "language": words.language, "title": layout.said(report.title), "subtitle": layout.said(report.subtitle), "author": author,
            "made": [at.year, at.month, at.day], "contents": words(N_("Contents")), "page": words(N_("page")), "font": fonts.FAMILY,
            "first": layout.section(report.first_page), "sections": [layout.section(section) for section in report.sections],
            "footer": [layout.said(line) for line in report.footer],
        }  # fmt: skip
        if layout.lacking:
            told["footer"] = [*told["footer"], words(N_("The font of this PDF lacks some letters, which stand as {sign}; report.html shows them."), sign=fonts.UNKNOWN)]  # fmt: skip
        (folder / "report.json").write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
        template = (
            resources.files("rightcall.planning.report").joinpath("templates/report.typ").read_text(encoding="utf-8")
        )
        (folder / "report.typ").write_text(template, encoding="utf-8")
        try:
            made: bytes = typst.compile(
                str(folder / "report.typ"), pdf_standards=[STANDARD], font_paths=[str(fonts.folder())], ignore_system_fonts=True, timestamp=at.replace(microsecond=0)
            )  # fmt: skip
        except (RuntimeError, ValueError) as error:
            raise PdfError(f"the report cannot be set as {STANDARD.upper()}: {error}") from error
        return made


class _Layout:
    """Blocks as plain data for the template; pictures go into the folder as SVG."""

    def __init__(self, folder: Path, words: Words) -> None:
        self.folder, self.words, self.pictures, self.lacking = folder, words, 0, False

    def said(self, value: Any) -> str:
        text = "" if value == "" else "–" if value is None else self.words.value(value)
        plain = fonts.printable(text)
        self.lacking |= plain.count(fonts.UNKNOWN) > text.count(fonts.UNKNOWN)
        return plain

    def section(self, section: Section) -> dict[str, Any]:
        made = [self.block(block) for block in section.blocks]
        lead = [{"kind": "text", "text": self.said(section.lead)}] if section.lead else []
        return {"title": self.said(section.title), "under": section.under, "blocks": [*lead, *made]}

    def block(self, block: Any) -> dict[str, Any]:
        if isinstance(block, blocks.Picture):
            return self.picture(block)
        if isinstance(block, blocks.Table):
            return self.table(block)
        if isinstance(block, tuple):
            return {"kind": "figures", "items": [{"value": self.said(each.value), "label": self.said(each.label), "note": self.said(each.note), "strong": each.strong} for each in block]}  # fmt: skip
        if isinstance(block, list):
            return {"kind": "list", "items": [self.item(each) for each in block]}
        return {"kind": "text", "text": self.said(block)}

    def item(self, item: Any) -> dict[str, str]:
        if isinstance(item, tuple):
            return {"mark": self.words(MARKS[item[0]]), "text": self.said(item[1])}
        return {"mark": "", "text": self.said(item)}

    def picture(self, picture: blocks.Picture) -> dict[str, Any]:
        self.pictures += 1
        drawn = fonts.printable(charts.drawn(picture.chart))
        name = f"picture-{self.pictures}.svg"
        (self.folder / name).write_text(drawn, encoding="utf-8")
        size = re.search(r'<svg[^>]*? width="([\d.]+)"', drawn)
        wide = float(size.group(1)) if size else WIDEST
        return {
            "kind": "picture", "file": name, "title": self.said(picture.title), "alternative": f"{self.said(picture.title)}. {self.said(picture.alternative)}",
            "width": min(1.0, wide / WIDEST) * (SMALL if picture.fit else FULL),
        }  # fmt: skip

    def table(self, table: blocks.Table) -> dict[str, Any]:
        titles, rows = (
            [self.said(title) for title in table.titles],
            [[self.said(cell) for cell in row] for row in table.rows],
        )
        letters = sum(
            max(len(word) for cell in column for word in (cell.split() or [""])) + 2
            for column in zip(titles, *rows, strict=True)
        )
        size = next((size for most, size in SIZES if letters <= most), SIZES[-1][1])
        more = self.words(N_("… and {n} more in tables/{csv}.csv"), n=table.more, csv=table.csv) if table.more else ""
        return {"kind": "table", "titles": titles, "rows": rows, "right": table.figures, "more": more, "size": size}
