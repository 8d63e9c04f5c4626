"""The command `rightcall`."""

from __future__ import annotations

from rightcall.cli.app import main

if __name__ == "__main__":
    main()
