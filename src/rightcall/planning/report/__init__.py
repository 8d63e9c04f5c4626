"""The report of a plan: contents once, then HTML."""
