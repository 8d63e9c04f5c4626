"""`rightcall audit`: check the chain of the audit trail, without the service."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from rightcall import errors
from rightcall.cli.steps import out

EXAMPLE = "Example:  rightcall audit verify audit.jsonl --head audit-head-4711.json"


def command(
    what: Annotated[str, typer.Argument(help="verify")],
    trail: Annotated[
        Path | None, typer.Argument(help="An exported trail (audit.jsonl); without one, the database of DATABASE_URL.")
    ] = None,
    head: Annotated[
        list[Path] | None, typer.Option(help="A signed head that was kept elsewhere; may be given several times.")
    ] = None,
    key: Annotated[
        str | None, typer.Option(help="The public key in hex, as written down when the service began.")
    ] = None,
) -> int:
    """Check every link of the trail: a changed, missing or swapped row and a cut tail are found and named."""
    from rightcall import audit

    if what != "verify":
        raise typer.BadParameter("the only thing to do is: verify")
    url = os.environ.get("DATABASE_URL", "")
    if trail is None and not url:
        raise audit.AuditError("there is no trail to check.", mend="Name an exported audit.jsonl, or set DATABASE_URL.")
    heads = [audit.read_head(path, key=key) for path in head or []]
    counted = 0

    def each() -> audit.Links:
        nonlocal counted
        for link in audit.read_export(trail) if trail is not None else audit.read_database(url):
            counted += 1
            yield link

    found = audit.verify(each(), heads=heads)
    for finding in found:
        out.print(f"[red]×[/red] link {finding.number}: {finding.what}")
    if found:
        return errors.REFUSED
    out.print(f"{counted:,} links hold{f', and agree with {len(heads)} signed heads' if heads else ''}.")
    if not heads:
        out.print("Without a signed head that was kept elsewhere, a tail that was cut off cannot be seen.")
    return 0
