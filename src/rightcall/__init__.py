"""Rightcall: plan, rehearse, run and improve an alternative 911 response program."""

__version__ = "0.1.0"
