"""Folders that are written whole or not at all, and the folder where a machine's own keys live."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rightcall.errors import RightcallError

MARK = ".rightcall"
FORMAT = "rightcall folder 1"
# A folder that holds one of these is somebody's work, whoever made it.
WORK = ("program.toml", "worksheet.toml")
# Larger files are told by their size: to read them again would take longer than to write them.
MOST_HASHED = 64_000_000


class FolderError(RightcallError):
    """An output folder cannot be used."""


@contextmanager
def written_whole(target: Path, *, force: bool = False, inputs: Iterable[Path] = ()) -> Iterator[Path]:
    """A temporary sibling to write into; it takes the name `target` at the end, or vanishes if anything fails.

    An existing folder of ours is replaced as long as all in it is as we wrote it; what somebody added or changed, and a
    stranger's folder, is refused without `force`. A folder that holds a program or one of the `inputs` is always refused.
    """
    usable(target, force=force, inputs=inputs)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    except OSError as error:
        raise FolderError(
            f"it cannot be written ({error.strerror}).", where=str(target), mend="Choose another with -o."
        ) from error
    try:
        yield draft
        told = {"format": FORMAT, "why": "A folder of Rightcall's; it is replaced when the same command runs again.", "files": _sums(draft)}  # fmt: skip
        (draft / MARK).write_text(json.dumps(told, indent=1), encoding="utf-8")
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


def usable(target: Path, *, force: bool = False, inputs: Iterable[Path] = ()) -> None:
    """Refuse an output folder that `written_whole` would refuse: to be asked before long work. Raises `FolderError`."""
    _refuse_work(target, inputs)
    if target.exists() and any(target.iterdir()) and not force:
        known = _marked(target)
        if known is None:
            raise FolderError(
                "the folder holds something that Rightcall did not write.", where=str(target),
                mend="Choose another with -o, or add --force to replace it.",
            )  # fmt: skip
        changed = sorted(name for name, sum_ in _sums(target).items() if known.get(name) != sum_)
        if changed:
            named = ", ".join(changed[:5]) + (" …" if len(changed) > 5 else "")
            raise FolderError(
                f"somebody changed or added {named} since Rightcall wrote the folder; that would be lost.", where=str(target),
                mend="Take it away (`rightcall worksheet --workbook` takes over the answers of plan.xlsx), choose another folder with -o, or add --force.",
            )  # fmt: skip


def _refuse_work(target: Path, inputs: Iterable[Path]) -> None:
    if target.exists() and not target.is_dir():
        raise FolderError("there is a file of that name.", where=str(target), mend="Choose another name with -o.")
    for name in WORK:
        if (target / name).exists():
            raise FolderError(f"the folder holds {name}, which would be lost.", where=str(target), mend="Choose another folder with -o.")  # fmt: skip
    here = target.resolve()
    for given in inputs:
        if given.exists() and here in (given.resolve(), *given.resolve().parents):
            raise FolderError(f"the folder holds {given.name}, which is read here and would be lost.", where=str(target), mend="Choose another folder with -o.")  # fmt: skip


def _marked(target: Path) -> dict[str, str] | None:
    """What we wrote into a folder, by file; None where it is none of ours."""
    try:
        told = json.loads((target / MARK).read_text(encoding="utf-8"))
        return {str(name): str(sum_) for name, sum_ in told["files"].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def _sums(folder: Path) -> dict[str, str]:
    """A checksum for each file; hidden ones, such as a spreadsheet's lock, do not count."""
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder)
        if path.is_file() and not any(part.startswith(".") for part in name.parts):
            size = path.stat().st_size
            found[name.as_posix()] = str(size) if size > MOST_HASHED else hashlib.sha256(path.read_bytes()).hexdigest()
    return found


def home() -> Path:
    """Where this machine keeps what belongs to it alone: `$RIGHTCALL_HOME`, else a folder of the user's."""
    named = os.environ.get("RIGHTCALL_HOME")
    return Path(named) if named else Path.home() / ".local" / "share" / "rightcall"


def pseudonym_key() -> bytes:
    """The key for pseudonyms of people and places: made once, readable by its owner alone, in no output."""
    return _key("pseudonym")


def signing_key() -> bytes:
    """The private key that signs heads of the audit trail (Ed25519): made once, readable by its owner alone."""
    return _key("signing")


def secret_key() -> bytes:
    """The key of the service's sessions and links: made once, readable by its owner alone."""
    return _key("secret")


def _key(name: str) -> bytes:
    """32 random bytes in a file of the home folder; of two that make it at once, one wins and both read it."""
    path = home() / f"{name}.key"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = path.with_name(f"{name}.{secrets.token_hex(4)}")
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
