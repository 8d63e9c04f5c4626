"""The hash chain of the audit trail, and its verifier, which needs neither the service nor Django.

Each link is the SHA-256 of the canonical JSON (RFC 8785) of its number, the hash of the link before and the row. Whoever
changes, removes or swaps a row breaks every link that follows; a tail that was cut off is found by a head that was signed
(Ed25519) and kept elsewhere.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rightcall.errors import RightcallError

FIRST = "0" * 64
FORMAT = "rightcall audit 1"
ROW = ("id", "at", "actor", "action", "outcome", "about", "detail", "address")


class AuditError(RightcallError):
    """The trail, or a head of it, cannot be read."""


@dataclass(frozen=True)
class Link:
    """A row in its place: its number, the hash before, its own hash."""

    number: int
    before: str
    hash: str
    row: dict[str, Any]


@dataclass(frozen=True)
class Finding:
    """Where the chain does not hold, and how that shows."""

    number: int
    what: str


Links = Iterator[Link]


def hash_of(number: int, before: str, row: dict[str, Any]) -> str:
    """The hash of a link."""
    import rfc8785

    return hashlib.sha256(rfc8785.dumps({"number": number, "before": before, "row": row})).hexdigest()


def chain(rows: Iterable[dict[str, Any]], *, after: int = 0, before: str = FIRST) -> Iterator[Link]:
    """Link rows behind the link of number `after`, whose hash is `before`."""
    for number, row in enumerate(rows, start=after + 1):
        made = hash_of(number, before, row)
        yield Link(number, before, made, row)
        before = made


def verify(links: Iterable[Link], *, heads: Iterable[dict[str, Any]] = ()) -> list[Finding]:
    """Everything that does not hold in a chain, the first break of each kind of harm with its number; nothing if it holds.

    `heads`: signed heads that were kept elsewhere, checked already by `read_head`.
    """
    found: list[Finding] = []
    before, expected, known = FIRST, 1, {}
    for link in links:
        if link.number != expected:
            found.append(Finding(expected, f"link {expected} is missing, {link.number} follows."))
        if link.before != before:
            found.append(Finding(link.number, "the link before it is not the one that it was made with."))
        if hash_of(link.number, link.before, link.row) != link.hash:
            found.append(Finding(link.number, "the row is not as it was written."))
        known[link.number] = link.hash
        before, expected = link.hash, link.number + 1
    for head in heads:
        held = known.get(head["number"])
        if held is None and head["number"]:
            found.append(
                Finding(
                    head["number"],
                    f"the trail ends at {expected - 1}, and a head of {head['at']} had {head['number']} links: the tail was cut off.",
                )
            )
        elif head["number"] and held != head["hash"]:
            found.append(
                Finding(head["number"], f"the head of {head['at']} had another link here: the trail was written anew.")
            )
    return found


def sign(*, number: int, hash: str, at: str, key: bytes) -> dict[str, Any]:
    """A head: number and hash of the last link, signed. `key`: 32 bytes of an Ed25519 private key."""
    import rfc8785
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    private = Ed25519PrivateKey.from_private_bytes(key)
    told: dict[str, Any] = {
        "format": FORMAT,
        "number": number,
        "hash": hash,
        "at": at,
        "key": private.public_key().public_bytes_raw().hex(),
    }
    return told | {"signature": private.sign(rfc8785.dumps(told)).hex()}


def read_head(path: Path, *, key: str | None = None) -> dict[str, Any]:
    """A head from a file, its signature checked; `key`: the public key in hex, where it is known from elsewhere.

    Raises `AuditError`.
    """
    import rfc8785
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        head: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        told = {name: value for name, value in head.items() if name != "signature"}
        if head["format"] != FORMAT or not isinstance(head["number"], int):
            raise ValueError("another format")
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(head["key"])).verify(
            bytes.fromhex(head["signature"]), rfc8785.dumps(told)
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise AuditError(f"this is no head of an audit trail ({error}).", where=str(path)) from error
    except InvalidSignature as error:
        raise AuditError(
            "the signature of this head does not hold.", where=str(path), mend="Use the file as it was exported."
        ) from error
    if key is not None and key != head["key"]:
        raise AuditError(
            "this head was signed with another key.",
            where=str(path),
            mend="Use the key that was written down when the service began.",
        )
    return head


def read_export(path: Path) -> Iterator[Link]:
    """The links of an exported trail, a JSON object a line. Raises `AuditError`."""
    try:
        with path.open(encoding="utf-8") as lines:
            for place, line in enumerate(lines, start=1):
                try:
                    told = json.loads(line)
                    yield Link(int(told["number"]), str(told["before"]), str(told["hash"]), dict(told["row"]))
                except (ValueError, KeyError, TypeError) as error:
                    raise AuditError(
                        f"this line is no link ({error}).",
                        where=f"{path}, line {place}",
                        mend="Use the file as it was exported.",
                    ) from error
    except OSError as error:
        raise AuditError(f"it cannot be read ({error.strerror}).", where=str(path)) from error


def read_database(url: str) -> Iterator[Link]:
    """The links of a running or resting database, by its URL: the service is not needed. Raises `AuditError`."""
    import psycopg

    ask = (
        "select l.number, l.before, l.hash, r.id, r.at, r.actor, r.action, r.outcome, r.about, r.detail, r.address "
        "from web_auditlink l left join web_auditrow r on r.id = l.row_id order by l.number"
    )  # fmt: skip
    try:
        with psycopg.connect(url) as connection, connection.cursor(name="trail") as cursor:
            cursor.itersize = 5_000
            for number, before, made, *values in cursor.execute(ask):
                yield Link(number, before, made, row_of(dict(zip(ROW, values, strict=True))))
    except psycopg.Error as error:
        raise AuditError(
            f"the trail cannot be read from the database ({str(error).strip().splitlines()[0]})."
        ) from error


def row_of(values: dict[str, Any]) -> dict[str, Any]:
    """A stored row as it stands in a link: the time in UTC to the microsecond."""
    import datetime as dt

    at = values["at"]
    said = at.astimezone(dt.UTC).isoformat(timespec="microseconds") if isinstance(at, dt.datetime) else at
    return {name: values[name] for name in ROW} | {"at": said}
