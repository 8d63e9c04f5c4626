"""Many runs: as many as a wanted precision needs, over threads or a cluster, and the difference of designs run by run.

Run number i of every design has seed i, so that designs meet the same luck and their difference is due to the design.
Results stand in the order of their runs, whatever thread or machine made them: the same to the last bit for any number
of workers.
"""

from __future__ import annotations

import os
import pickle
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from rightcall.measures import intervals
from rightcall.measures.intervals import Estimate
from rightcall.simulation import kernel
from rightcall.simulation.arrays import Log, Real, Scenario

FEWEST = 5
# Runs that are sent to a cluster as one task.
TASK = 5

Trial = Callable[[int], Real]


def fixed(scenario: Scenario, *, read: Callable[[Scenario, Log], Real]) -> Trial:
    """The runs of one scenario whose calls never change; `read` is given each log, which is written over afterwards."""
    own = threading.local()

    def trial(run: int) -> Real:
        own.log = kernel.run(scenario, seed=run, into=getattr(own, "log", None))
        return read(scenario, own.log)

    return trial


def replicate(trial: Trial, *, first: int, count: int, workers: int | None = None, cluster: Any = None) -> Real:
    """Runs number `first` to `first + count - 1` of a trial that reduces each to k figures: [count, k].

    On this machine over threads, for the kernel does not hold Python's lock; `workers`: by default one a core.
    `cluster`: a Dask client (the extra `rightcall[cluster]`); a task whose worker dies is given to another.
    """
    numbers = range(first, first + count)
    if cluster is not None:
        parts = [numbers[k : k + TASK] for k in range(0, count, TASK)]
        # As a task, not as scattered data: what a task made is made again when the worker that held it dies.
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Sending large graph")
            sent = cluster.submit(pickle.loads, pickle.dumps(trial), pure=False)
            done = cluster.gather([cluster.submit(_several, sent, part, pure=False) for part in parts])
        return np.concatenate(done)
    with ThreadPoolExecutor(workers or os.cpu_count() or 1) as pool:
        return np.array([np.asarray(row, float) for row in pool.map(trial, numbers)])


def _several(trial: Trial, numbers: range) -> Real:
    return np.array([np.asarray(trial(run), float) for run in numbers])


def until(
    trials: Sequence[Trial], *, watch: slice, half_width: float, most: int, batch: int = 10, workers: int | None = None,
    cluster: Any = None,
) -> Iterator[list[Real]]:  # fmt: skip
    """Runs of several designs side by side, in batches, until the interval of the mean of every figure in `watch` is
    within ± `half_width` (in its own unit) for every design, or until there are `most` runs of each.

    Yields all results so far, [n, k] for each design, after each batch.
    """
    done: list[Real] = []
    while True:
        have = len(done[0]) if done else 0
        count = min(max(batch, FEWEST) if not have else batch, most - have)
        more = [replicate(trial, first=have + 1, count=count, workers=workers, cluster=cluster) for trial in trials]
        done = [np.concatenate(parts) for parts in zip(done, more, strict=True)] if done else more
        yield done
        known = all(e.high - e.value <= half_width or np.isnan(e.value) for each in done for e in estimates(each[:, watch]))  # fmt: skip
        if known or have + count >= most:
            return


def estimates(results: Real) -> list[Estimate]:
    """The mean of each of k figures over n runs, [n, k], with its interval."""
    return [intervals.of_mean(column) for column in results.T]


def differences(results: Real, base: Real) -> list[Estimate]:
    """How much each figure differs from that of a base design, run by run: [n, k] each, with the same seeds."""
    n = min(len(results), len(base))
    return estimates(results[:n] - base[:n])
