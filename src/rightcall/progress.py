"""How far long work is: the name of its step and the share of that step which is done; who watches is up to the caller."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[str, float], None]


def silent(step: str, share: float) -> None:
    """Nobody watches."""
