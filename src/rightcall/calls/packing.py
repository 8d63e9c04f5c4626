"""Unpacking and decoding: whatever a file is, plain UTF-8 text, a workbook or a Parquet file comes out."""

from __future__ import annotations

import gzip
import json
import zipfile
import zlib
from pathlib import Path
from typing import IO, Any

from rightcall.calls import salvage
from rightcall.errors import MustChoose, RightcallError

MOST_BYTES = 40 * 2**30
SNIFF_BYTES = 2**18
CHUNK = 2**22
DATA_SUFFIXES = (".csv", ".txt", ".tsv", ".tab", ".json", ".jsonl", ".ndjson", ".xlsx", ".parquet")


class ExportFileError(RightcallError):
    """The file cannot be read as a table at all."""


def head(path: Path) -> bytes:
    """The first bytes of a file."""
    with path.open("rb") as stream:
        return stream.read(SNIFF_BYTES)


def unpacked(path: Path, work: Path) -> Path:
    """The file itself, or its unpacked copy in `work`."""
    start = head(path)
    if start.startswith(b"\x1f\x8b"):
        with gzip.open(path) as packed:
            return _copy(packed, work / "unpacked", path)
    if start.startswith(b"PK") and path.suffix.lower() != ".xlsx":
        return _unzipped(path, work)
    return path


def _copy(packed: Any, target: Path, path: Path) -> Path:
    total = 0
    try:
        with target.open("wb") as out:
            while chunk := packed.read(CHUNK):
                total += len(chunk)
                if total > MOST_BYTES:
                    raise ExportFileError("it unpacks to more than 40 GiB.", where=str(path), mend="Split the export.")
                out.write(chunk)
    # RuntimeError and NotImplementedError are how zipfile says "encrypted" and "compressed in an unknown way".
    except (EOFError, zlib.error, gzip.BadGzipFile, zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
        raise ExportFileError(
            f"the packed file is cut short or damaged ({error}).", where=str(path), mend="Copy or export it again."
        ) from error
    return target


def _unzipped(path: Path, work: Path) -> Path:
    try:
        archive = zipfile.ZipFile(path)
    except zipfile.BadZipFile as error:
        raise ExportFileError(
            "the zip file is cut short or damaged.", where=str(path), mend="Copy or export it again."
        ) from error
    with archive:
        names = archive.namelist()
        if "xl/workbook.xml" in names:
            return path
        members = [
            name for name in names
            if name.lower().endswith(DATA_SUFFIXES) and not Path(name).name.startswith((".", "_"))
        ]  # fmt: skip
        if not members:
            raise ExportFileError("the zip file holds no table.", where=str(path), mend="Put one CSV file into it.")
        if len(members) > 1:
            raise MustChoose(
                f"the zip file holds {len(members)} tables: {', '.join(members[:5])}.",
                where=str(path),
                mend="Unpack it and name one of them.",
            )
        with _opened_member(archive, members[0], path) as packed:
            return _copy(packed, work / ("unpacked" + Path(members[0]).suffix), path)


def _opened_member(archive: zipfile.ZipFile, name: str, path: Path) -> IO[bytes]:
    try:
        return archive.open(name)
    except RuntimeError as error:
        raise ExportFileError(
            "the zip file is locked with a password.", where=str(path), mend="Unpack it first."
        ) from error


def as_utf8(plain: Path, head: bytes, path: Path, work: Path) -> tuple[Path, str, dict[str, int]]:
    """The file as UTF-8 without byte order mark; how it was encoded; what had to be noted."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _transcoded(plain, "utf-16", path, work), "utf-16", {}
    for encoding, letters, others in (("utf-16-le", head[0::2], head[1::2]), ("utf-16-be", head[1::2], head[0::2])):
        if others.count(0) > len(others) * 0.4 and 0 not in letters and not _controls(letters):
            return _transcoded(plain, encoding, path, work), "utf-16", {}
    if head.count(0) > len(head) / 1000 or _controls(head):
        raise ExportFileError(
            "this is not text, and not a workbook or Parquet file either.",
            where=str(path),
            mend="Export it as CSV or XLSX.",
        )
    marked = head.startswith(b"\xef\xbb\xbf")
    invalid, multibyte = _utf8_census(plain)
    if invalid and (marked or multibyte > invalid):
        return salvage.without_undecodable_lines(plain, work / "decoded"), "utf-8", {"undecodable": invalid}
    if invalid:
        return _transcoded(plain, "cp1252", path, work), "latin-1", {}
    if marked or (b"\n" not in head and b"\r" in head):
        return _transcoded(plain, "utf-8-sig", path, work), "utf-8", {}
    return plain, "utf-8", {}


def _controls(text: bytes) -> bool:
    """Whether bytes hold more control characters than any text does."""
    start = text[:4096]
    return sum(byte < 9 or 13 < byte < 32 for byte in start) > len(start) / 50


def _utf8_census(path: Path) -> tuple[int, int]:
    """Lines that are not UTF-8, and lines that are UTF-8 beyond ASCII."""
    invalid = multibyte = 0
    for block in salvage.whole_lines(path, size=SNIFF_BYTES):
        if block.isascii():
            continue
        for line in block.split(b"\n"):
            if line.isascii():
                continue
            try:
                line.decode("utf-8")
                multibyte += 1
            except UnicodeDecodeError:
                invalid += 1
    return invalid, multibyte


def _transcoded(plain: Path, encoding: str, path: Path, work: Path) -> Path:
    """A UTF-8 copy; where lines end in carriage returns alone, they become line feeds."""
    target = work / "decoded"
    # cp1252 has five holes; a byte in one of them must not cost the whole file.
    mistakes = "replace" if encoding == "cp1252" else "strict"
    try:
        with (
            plain.open(encoding=encoding, errors=mistakes, newline="") as source,
            target.open("w", encoding="utf-8", newline="") as out,
        ):
            chunk = source.read(CHUNK)
            returns_alone = "\r" in chunk and "\n" not in chunk
            while chunk:
                out.write(chunk.replace("\r", "\n") if returns_alone else chunk)
                chunk = source.read(CHUNK)
    except UnicodeError as error:
        raise ExportFileError(
            f"the text is damaged: it begins as {encoding} and cannot be decoded to its end.",
            where=str(path),
            mend="Export it again as UTF-8.",
        ) from error
    return target


def flat(record: dict[str, Any], above: str = "") -> dict[str, str | None]:
    """A JSON object as columns of text: `{"place": {"lat": 1}}` → `place.lat`; a GeoJSON point as `POINT (x y)`."""
    out: dict[str, str | None] = {}
    for key, value in record.items():
        name = f"{above}.{key}" if above and above not in ("attributes", "properties") else str(key)
        if isinstance(value, dict) and value.get("type") == "Point" and isinstance(value.get("coordinates"), list):
            out[name] = f"POINT ({' '.join(str(part) for part in value['coordinates'][:2])})"
        elif isinstance(value, dict):
            out.update(flat(value, name))
        elif value is None or isinstance(value, str):
            out[name] = value or None
        else:
            out[name] = json.dumps(value)
    return out
