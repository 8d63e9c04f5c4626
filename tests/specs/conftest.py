"""The slow twin lives with triage; the specs are run on it too."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "triage"))
