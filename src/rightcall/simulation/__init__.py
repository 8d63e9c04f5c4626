"""What would happen: a program and a city's calls → arrays → the event loop → many runs → the tables of the house.

Compiled code is kept on disk by the checksum of all sources that go into it. Numba itself looks only at the file of a
function, and would go on running what another file held before.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from numba import config

from rightcall.dispatch import choice

_here = Path(__file__).parent
_sources = [*sorted(_here.glob("*.py")), Path(choice.__file__)]
_sum = hashlib.sha256(b"".join(path.read_bytes() for path in _sources)).hexdigest()[:16]
if os.access(_here, os.W_OK) and not os.environ.get("NUMBA_CACHE_DIR"):
    config.CACHE_DIR = str(_here / "__pycache__" / f"compiled-{_sum}")  # type: ignore[attr-defined]
