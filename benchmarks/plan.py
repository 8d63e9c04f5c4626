"""The whole plan: from an export of 130,000 calls to page, PDF, workbook and JSON.

    python benchmarks/plan.py

The invented city's export and program, read and planned by the command as a planner types it, in a process of its own: designs
simulated, teams staffed, homes compared, money divided, everything written. The median of three runs, and where the time goes.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

CALLS, RUNS, TARGET = 130_000, 3, 60.0


def main() -> None:
    """Print the time of a whole plan and of its parts."""
    from rightcall.calls import sample
    from rightcall.program import starter

    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        sample.write(place / "calls.csv", place / "areas.geojson", seed=1, n=CALLS)
        starter.write_sample(place / "program.toml")
        times = []
        for _ in range(RUNS):
            began = time.perf_counter()
            subprocess.run(
                [sys.executable, "-m", "rightcall", "plan", str(place), str(place / "calls.csv"), "-o", str(place / "plan"), "--force"],
                check=True, capture_output=True,
            )  # fmt: skip
            times.append(time.perf_counter() - began)
        print(f"whole plan of {CALLS:,} calls: {statistics.median(times):.1f} s (each {', '.join(f'{t:.1f}' for t in times)}), target {TARGET:.0f} s")  # fmt: skip
        for step, seconds in steps(place).items():
            print(f"  {step}: {seconds:.1f} s")


def steps(place: Path) -> dict[str, float]:
    """Seconds of each part, in one process, imports and compiled code among them."""
    from rightcall.locale import Words
    from rightcall.planning import first_plan
    from rightcall.planning.report import contents, html, pdf, xlsx

    told: dict[str, float] = {}
    last = ["starting", time.perf_counter()]

    def seen(step: str, share: float) -> None:
        part = step.split(":")[0]
        if part != last[0]:
            now = time.perf_counter()
            told[str(last[0])] = told.get(str(last[0]), 0.0) + now - float(last[1])
            last[:] = [part, now]

    with tempfile.TemporaryDirectory() as work:
        plan = first_plan.run(place, [place / "calls.csv"], work=Path(work), progress=seen)
        seen("the words of the report", 0.0)
        words = Words("en")
        report = contents.report(plan, words)
        seen("the page", 0.0)
        html.render(report, words)
        seen("the PDF", 0.0)
        pdf.render(report, words, at=plan.made_at, author="Millbrook")
        seen("the workbook", 0.0)
        xlsx.write(plan, report, place / "plan.xlsx", words=words)
        seen("end", 0.0)
    return {step: seconds for step, seconds in told.items() if seconds >= 0.2}


if __name__ == "__main__":
    main()
