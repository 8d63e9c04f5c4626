"""What every test shares: a home of its own, and how Hypothesis works here."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile

from hypothesis import HealthCheck, settings

# The key for pseudonyms must never be made in, or read from, the home of the person who runs the tests.
os.environ["RIGHTCALL_HOME"] = tempfile.mkdtemp(prefix="rightcall-tests-")
atexit.register(shutil.rmtree, os.environ["RIGHTCALL_HOME"], ignore_errors=True)

settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
settings.load_profile("house")
