"""The one font of charts, page and PDF: Fira Sans, under the SIL Open Font License, from its wheel."""

from __future__ import annotations

import base64
import io
from functools import cache
from pathlib import Path

FAMILY = "Fira Sans"
WEIGHTS = (400, 600)
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
