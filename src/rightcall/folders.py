"""Folders that are written whole or not at all, and the folder where a machine's own keys live."""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from rightcall.errors import RightcallError

MARK = ".rightcall"


class FolderError(RightcallError):
    """An output folder cannot be used."""


@contextmanager
def written_whole(target: Path, *, force: bool = False) -> Iterator[Path]:
    """A temporary sibling to write into; it takes the name `target` at the end, or vanishes if anything fails.

    An existing folder of ours (it holds the mark) is replaced; a stranger's is refused without `force`.
    """
    if target.exists() and not target.is_dir():
        raise FolderError("there is a file of that name.", where=str(target), mend="Choose another name with -o.")
    ours = (target / MARK).exists()
    if target.exists() and any(target.iterdir()) and not ours and not force:
        raise FolderError(
            "the folder holds something that Rightcall did not write.", where=str(target),
            mend="Choose another with -o, or add --force to replace it.",
        )  # fmt: skip
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    except OSError as error:
        raise FolderError(
            f"it cannot be written ({error.strerror}).", where=str(target), mend="Choose another with -o."
        ) from error
    try:
        yield draft
        (draft / MARK).write_text("A folder of Rightcall's; it is replaced when the same command runs again.\n")
        draft.chmod(0o755)
        old = None
        if target.exists():
            old = target.with_name(f".{target.name}-old-{secrets.token_hex(4)}")
            target.rename(old)
        draft.rename(target)
        if old:
            shutil.rmtree(old)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def home() -> Path:
    """Where this machine keeps what belongs to it alone: `$RIGHTCALL_HOME`, else a folder of the user's."""
    named = os.environ.get("RIGHTCALL_HOME")
    return Path(named) if named else Path.home() / ".local" / "share" / "rightcall"


def pseudonym_key() -> bytes:
    """The key for pseudonyms of people and places: made once, readable by its owner alone, in no output."""
    path = home() / "pseudonym.key"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = path.with_name(f"pseudonym.{secrets.token_hex(4)}")
        descriptor = os.open(draft, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(secrets.token_bytes(32))
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_bytes()
