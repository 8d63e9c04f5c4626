"""Which lines of a CSV are plainly sound: the quick look at bytes against a pattern for one line after the other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from rightcall.calls import salvage

FIELD = r'(?:"[^",]*"|[^",]*)'
LINES = st.lists(
    st.lists(st.sampled_from(["", "a", "aa", '""', '"a"', '"a\r"', '"', 'a"', '"a"a', '""""', '"a,a"', "\r", "é"]), min_size=1, max_size=4)
    .map(",".join).flatmap(lambda line: st.sampled_from([line, line + "\r"])),
    min_size=1, max_size=5,
)  # fmt: skip


@settings(max_examples=500, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(LINES, st.integers(1, 4), st.booleans())
@example(['"a"\ra,a', "a,a"], 2, True)
@example(['",","', "a,a"], 2, False)
def test_bytes_find_the_lines_sound_that_a_pattern_finds_sound(
    tmp_path: Path, lines: list[str], width: int, ended: bool
) -> None:
    path = tmp_path / "export.csv"
    path.write_bytes(("\n".join(lines) + "\n" * (ended or not lines[-1])).encode())
    sound = re.compile(rf"^{FIELD}(?:,{FIELD}){{{width - 1}}}\Z")
    plain = all(sound.match(line.removesuffix("\r")) for line in lines)
    assert salvage._regular(path, separator=",", width=width) == (len(lines) if plain else None)


@pytest.mark.parametrize("length", [salvage.MOST_BYTES_A_ROW - 1, salvage.MOST_BYTES_A_ROW + 1])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_a_very_long_line_is_looked_at_by_the_slower_check(tmp_path: Path, length: int, place: int) -> None:
    lines = ["a,a"] * 3
    lines[place] = "a," + "b" * (length - 2)
    path = tmp_path / "export.csv"
    path.write_text("\n".join(lines) + "\n")
    found = salvage._regular(path, separator=",", width=2)
    assert found == (3 if length < salvage.MOST_BYTES_A_ROW else None)
