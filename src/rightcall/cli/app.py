"""The command line: parse, call one function, print. Errors become one sentence each and an exit code."""

from __future__ import annotations

import os
import sys
import tempfile
import time
import traceback
from pathlib import Path
from typing import NoReturn

import typer
from rich.console import Console

from rightcall import errors
from rightcall.cli import (
    audit,
    check,
    compare,
    demo,
    fetch,
    new,
    plan,
    read,
    replay,
    sample,
    serve,
    staff,
    suggest,
    types,
    worksheet,
)

app = typer.Typer(
    name="rightcall",
    help="Plan, rehearse, run and improve an alternative 911 response program.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
COMMANDS = {
    "new": new,
    "check": check,
    "read": read,
    "types": types,
    "plan": plan,
    "compare": compare,
    "suggest": suggest,
    "staff": staff,
    "worksheet": worksheet,
    "replay": replay,
    "sample": sample,
    "fetch": fetch,
    "serve": serve,
    "audit": audit,
    "demo": demo,
}
for name, module in COMMANDS.items():
    app.command(name=name, epilog=module.EXAMPLE)(module.command)


def main() -> NoReturn:
    """Run a command and leave with its exit code."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """Run a command line and return its exit code: 0 done, 1 our bug, 2 usage, 3 refused, 4 choose, 5 nothing left."""
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    try:
        result = app(arguments, standalone_mode=False, prog_name="rightcall")
        return result if isinstance(result, int) else errors.DONE
    except errors.RightcallError as error:
        for problem in error.problems:
            console.print(f"[red]×[/red] {_plain(str(problem))}")
        return error.exit_code
    except typer.Exit as leave:
        return int(leave.exit_code)
    except (typer.Abort, KeyboardInterrupt):
        console.print("Stopped. Nothing was written.")
        return errors.INTERRUPTED
    except Exception as error:
        if hasattr(error, "format_message"):
            console.print(f"[red]×[/red] {_plain(error.format_message())} See: rightcall --help")
            return errors.USAGE
        return _our_bug(console, error)


def _plain(text: str) -> str:
    return text.replace("[", r"\[")


def _our_bug(console: Console, error: Exception) -> int:
    log = Path(tempfile.gettempdir()) / f"rightcall-{os.getpid()}-{int(time.time())}.log"
    log.write_text("".join(traceback.format_exception(error)), encoding="utf-8")
    log.chmod(0o600)
    console.print(f"[red]×[/red] This is a mistake of ours ({type(error).__name__}), not of your data. Details: {log}")
    return errors.OUR_BUG
