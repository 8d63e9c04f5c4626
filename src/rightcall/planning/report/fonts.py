"""The one font of charts, page and PDF: Fira Sans, under the SIL Open Font License, from its wheel."""

from __future__ import annotations

import base64
import io
import unicodedata
from functools import cache
from pathlib import Path

FAMILY = "Fira Sans"
WEIGHTS = (400, 600)
# Stands for a letter that the font lacks.
UNKNOWN = "\N{WHITE VERTICAL RECTANGLE}"
# Latin with the accents of Spanish and its neighbors, punctuation, money, arrows, signs of arithmetic.
LETTERS = (*range(0x20, 0x7F), *range(0xA0, 0x180), *range(0x2010, 0x2028), *range(0x2030, 0x2040), 0x2060, 0x20AC, 0x2192, 0x2212, 0x2248, 0x2264, 0x2265)  # fmt: skip


@cache
def folder() -> Path:
    """The folder of the font's files."""
    import fontpkg

    return Path(fontpkg.path(FAMILY, 400)).parent


@cache
def faces() -> str:
    """The font as CSS that needs no network: the letters that a page uses, within the page."""
    import fontpkg

    return "\n".join(
        f'@font-face {{ font-family: "{FAMILY}"; font-weight: {weight}; font-display: swap; src: url(data:font/woff2;base64,{_small(Path(fontpkg.path(FAMILY, weight)))}) format("woff2"); }}'
        for weight in WEIGHTS
    )


@cache
def _covered() -> frozenset[int]:
    import fontpkg
    from fontTools import ttLib

    with ttLib.TTFont(fontpkg.path(FAMILY, 400), lazy=True) as font:
        return frozenset(font.getBestCmap())


def printable(text: str) -> str:
    """Text in letters that the font has: others without their accents where that helps, else as the sign for an unknown
    letter; breaks of lines and odd spaces as spaces.
    """
    if text.isascii() and text.isprintable():
        return text
    known = _covered()
    return "".join(letter if ord(letter) in known else _plain(letter, known) for letter in text)


def _plain(letter: str, known: frozenset[int]) -> str:
    if letter in "\n\t" or letter == "\u2060" or unicodedata.combining(letter):
        return {"\n": "\n", "\t": " "}.get(letter, "")
    if unicodedata.category(letter) in ("Zs", "Zl", "Zp", "Cc"):
        return " "
    parts = [part for part in unicodedata.normalize("NFKD", letter) if ord(part) in known]
    return "".join(parts) or UNKNOWN


def _small(path: Path) -> str:
    from fontTools import subset

    options = subset.Options(flavor="woff2", layout_features=["kern", "liga", "tnum", "lnum"], notdef_outline=True)
    found = io.BytesIO()
    with subset.load_font(str(path), options) as font:
        chosen = subset.Subsetter(options)
        chosen.populate(unicodes=LETTERS)
        chosen.subset(font)
        subset.save_font(font, found, options)
    return base64.b64encode(found.getvalue()).decode("ascii")
