"""What every test shares: a home of its own, and how Hypothesis works here."""

from __future__ import annotations

import os
import tempfile

from hypothesis import HealthCheck, settings

# The key for pseudonyms must never be made in, or read from, the home of the person who runs the tests.
os.environ["RIGHTCALL_HOME"] = tempfile.mkdtemp(prefix="rightcall-tests-")

settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
settings.load_profile("house")
