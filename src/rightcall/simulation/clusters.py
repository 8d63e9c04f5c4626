"""Where many runs go when one machine is too small: a Dask cluster, by the extra `rightcall[cluster]`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rightcall.errors import RightcallError


class ClusterError(RightcallError):
    """A cluster cannot be used."""


@contextmanager
def client(address: str | None) -> Iterator[Any]:
    """A client of the scheduler at an address such as `tcp://10.0.0.5:8786`; None without an address."""
    if address is None:
        yield None
        return
    try:
        from distributed import Client
    except ImportError as error:
        raise ClusterError("the extra for clusters is not installed.", mend='Install it: pip install "rightcall[cluster]".') from error  # fmt: skip
    try:
        found: Any = Client(address, timeout="10s", set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, TimeoutError, ValueError) as error:
        raise ClusterError("no scheduler answers there.", where=address, mend="Start one: dask scheduler.") from error
    try:
        yield found
    finally:
        found.close()
