"""Many runs on a cluster: a real scheduler, workers in processes of their own, one of them killed in mid-run."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import invented_city as inv
import pytest

from rightcall.simulation import clusters, figures, replications
from rightcall.simulation.figures import Trial

distributed = pytest.importorskip("distributed", reason="the extra rightcall[cluster] is not installed")
HERE = str(Path(__file__).parent)


@pytest.fixture
def scheduler(tmp_path: Path) -> Iterator[tuple[str, list[subprocess.Popen[bytes]]]]:
    """A scheduler and two worker processes on loopback; whatever happens, they end with the test."""
    environment = {**os.environ, "PYTHONPATH": HERE, "DASK_DISTRIBUTED__WORKER__DAEMON": "True"}
    told = tmp_path / "scheduler.json"
    begun: list[subprocess.Popen[bytes]] = []

    def start(*arguments: str) -> subprocess.Popen[bytes]:
        begun.append(subprocess.Popen([sys.executable, "-m", *arguments], env=environment, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))  # fmt: skip
        return begun[-1]

    try:
        start("distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(told))  # fmt: skip
        deadline = time.monotonic() + 60
        while not told.exists() and time.monotonic() < deadline:
            time.sleep(0.1)
        address = json.loads(told.read_text())["address"]
        workers = [
            start("distributed.cli.dask_worker", address, "--nthreads", "1", "--no-nanny", "--no-dashboard", "--host", "127.0.0.1", "--name", f"w{k}")
            for k in range(2)
        ]  # fmt: skip
        yield address, workers
    finally:
        for process in begun:
            process.kill()
        for process in begun:
            process.wait(timeout=20)


@pytest.mark.filterwarnings("ignore")
def test_a_cluster_gives_the_same_bits_even_when_a_worker_dies(
    scheduler: tuple[str, list[subprocess.Popen[bytes]]],
) -> None:
    address, workers = scheduler
    model = inv.model(stamps=True)
    trial = Trial(model, figures.layout(model, layer="area_district"))
    here = replications.replicate(trial, first=1, count=1000, workers=1)
    with clusters.client(address) as client:
        client.wait_for_workers(2, timeout=60)
        small = replications.replicate(trial, first=1, count=20, cluster=client)
        assert small.tobytes() == here[:20].tobytes()
        killed = threading.Timer(0.3, lambda: os.kill(workers[0].pid, signal.SIGKILL))
        began = time.monotonic()
        killed.start()
        there = replications.replicate(trial, first=1, count=1000, cluster=client)
        # It was killed while runs were still being made.
        assert workers[0].wait(timeout=20) == -signal.SIGKILL
        assert not killed.is_alive()
        assert time.monotonic() - began > 0.4
        assert len(client.scheduler_info()["workers"]) == 1
    assert there.tobytes() == here.tobytes()


def test_an_address_where_nobody_answers_is_told() -> None:
    with pytest.raises(clusters.ClusterError, match="no scheduler answers there"), clusters.client("tcp://127.0.0.1:9"):
        pass


def test_without_an_address_there_is_no_cluster() -> None:
    with clusters.client(None) as client:
        assert client is None
