"""Many runs: as many as a wanted precision needs, over threads, and the difference between two designs pair by pair.

Run number i of every design has seed i, so that designs meet the same luck and their difference is due to the design.
Results stand in the order of their runs, whatever thread made them: the same to the last bit for any number of threads.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from rightcall.measures import intervals
from rightcall.measures.intervals import Estimate
from rightcall.simulation import kernel
from rightcall.simulation.arrays import Log, Real, Scenario

FEWEST = 5

Reading = Callable[[Scenario, Log], Real]


def replicate(scenario: Scenario, *, read: Reading, first: int, count: int, workers: int | None = None) -> Real:
    """Runs number `first` to `first + count - 1`, each reduced by `read` to k figures: [count, k].

    `read` is given the scenario and the run's log, which is written over afterwards. Threads: the kernel does not hold
    Python's lock. `workers`: by default one a core.
    """
    own = threading.local()

    def one(number: int) -> Real:
        own.log = kernel.run(scenario, seed=number, into=getattr(own, "log", None))
        return np.asarray(read(scenario, own.log), float)

    with ThreadPoolExecutor(workers or os.cpu_count() or 1) as pool:
        return np.array(list(pool.map(one, range(first, first + count))))


def until(
    scenario: Scenario, *, read: Reading, half_width: float, most: int, workers: int | None = None, batch: int = 10
) -> Iterator[Real]:
    """Runs in batches until the interval of every figure is within ± `half_width` of its mean (in its own unit), or
    until there are `most` of them. Yields all results so far, [n, k], after each batch.
    """
    done = replicate(scenario, read=read, first=1, count=min(max(batch, FEWEST), most), workers=workers)
    yield done
    while len(done) < most and any(not e.high - e.value <= half_width for e in estimates(done)):
        more = replicate(scenario, read=read, first=len(done) + 1, count=min(batch, most - len(done)), workers=workers)
        done = np.concatenate([done, more])
        yield done


def estimates(results: Real) -> list[Estimate]:
    """The mean of each of k figures over n runs, [n, k], with its interval."""
    return [intervals.of_mean(column) for column in results.T]


def differences(results: Real, base: Real) -> list[Estimate]:
    """How much each figure differs from that of a base design, run by run: [n, k] each, with the same seeds."""
    n = min(len(results), len(base))
    return estimates(results[:n] - base[:n])
