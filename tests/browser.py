"""Make sure that a browser is there for the tests: Chromium on the PATH, else Playwright's, else apt as root.

Prints nothing when all is well, else a sentence that says what to install. Never fails: the browser tests skip.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


def chromium() -> str | None:
    """The path of a Chromium, or None."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found:
        return found
    try:
        from playwright.sync_api import sync_playwright

        with sync_playwright() as playwright:
            path = playwright.chromium.executable_path
            return path if os.path.exists(path) else None
    except Exception:
        return None


def install() -> None:
    """Try apt as root."""
    if os.geteuid() == 0 and shutil.which("apt-get"):
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "check": False}
        subprocess.run(["apt-get", "update"], timeout=300, **quiet)
        subprocess.run(["apt-get", "install", "-y", "chromium"], timeout=600, **quiet)


if __name__ == "__main__":
    if chromium() is None:
        install()
    if chromium() is None:
        print("No Chromium was found: install the package chromium to run the browser tests.", file=sys.stderr)
