"""A watched folder: the files that a CAD or a mail gateway puts there, whole ones only, each taken once.

A file is taken when its size has not changed for some seconds; then it is moved to `done` or `refused` beside it.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from pathlib import Path

from rightcall.calls.feed import LARGEST_BYTES

QUIET_SECONDS = 2.0


def whole(folder: Path, *, now: float | None = None) -> Iterator[Path]:
    """The files that are there and are not written to any more, the oldest first; hidden ones and folders are left."""
    at = time.time() if now is None else now
    found = [
        entry for entry in os.scandir(folder) if entry.is_file(follow_symlinks=False) and not entry.name.startswith(".")
    ]
    for entry in sorted(found, key=lambda entry: entry.stat().st_mtime):
        if at - entry.stat().st_mtime >= QUIET_SECONDS:
            yield Path(entry.path)


def put_away(path: Path, *, into: str) -> Path:
    """Move a file that was taken to a folder beside it; a name that is there already gets a number."""
    folder = path.parent / into
    folder.mkdir(exist_ok=True)
    target = folder / path.name
    number = 1
    while target.exists():
        number += 1
        target = folder / f"{path.stem}-{number}{path.suffix}"
    path.rename(target)
    return target


def is_message(path: Path) -> bool:
    """Whether a file is one message (an e-mail, a text, JSON), rather than an export of many calls."""
    return path.suffix.lower() in (".json", ".eml", ".txt", ".msg") and path.stat().st_size <= LARGEST_BYTES
