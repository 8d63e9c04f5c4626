"""The one base class of errors that are shown to people, with its exit codes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias, cast

if TYPE_CHECKING:
    from rightcall.locale import Message

# A sentence as it is, or one that is said later in the reader's language.
Said: TypeAlias = "str | Message"

DONE = 0
OUR_BUG = 1
USAGE = 2
REFUSED = 3
MUST_CHOOSE = 4
NOTHING_LEFT = 5
INTERRUPTED = 130


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: what, where, and how to mend it."""

    what: Said
    where: str = ""
    mend: Said = ""
    # For a choice that a person can make on the spot: (what it means, the lines of a layout that say it).
    options: tuple[tuple[str, dict[str, Any]], ...] = field(default=(), compare=False)

    def __str__(self) -> str:
        head = f"{self.where}: {self.what}" if self.where else str(self.what)
        return f"{head} {self.mend}" if self.mend else head


class RightcallError(Exception):
    """An error for people. Carries one or many problems and the exit code of the command line."""

    exit_code = REFUSED

    def __init__(self, problems: Said | Problem | Sequence[Problem], *, where: str = "", mend: Said = "") -> None:
        if isinstance(problems, Problem):
            self.problems: tuple[Problem, ...] = (problems,)
        elif isinstance(problems, list | tuple):
            self.problems = tuple(problems)
        else:
            self.problems = (Problem(cast("Said", problems), where, mend),)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class MustChoose(RightcallError):
    """Nothing in the data decides, and the choice changes results: a person must choose."""

    exit_code = MUST_CHOOSE
    # What was decided before the choice came up, as the document that an answer is laid over.
    decided: dict[str, Any] | None = None


class NothingLeft(RightcallError):
    """The input is sound, but nothing is left to work on."""

    exit_code = NOTHING_LEFT
