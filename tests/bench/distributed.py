"""Replicates on the workers of a scheduler: what one and two of them give, and what a model says of more.

The seconds of a scan on W workers are taken to be a + c R / W, for R replicates: `a` is the scan's own part
(checking, ordering, the clusters of the data, and sending the work), `c` the cost of a replicate. Both are
fitted to scans with two numbers of replicates on one worker, and held against those on two.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import numpy as np

from dashboard.batches.executors import open_executor
from surveillance.scan import scan
from tests.bench.measure import say, show
from tests.bench.scans import CASES, Large, frames
from tests.support.schedulers import Cluster

#: Replicates of each case, fewer and more: the slope between them is the cost of one.
REPLICATES = {
    "villages, spatial Poisson": (499, 1999),
    "communes weekly, retrospective <= 12 weeks": (49, 149),
}
MORE_WORKERS = (1, 2, 8, 64)
MANY = 999


def run(share: int = 1) -> None:
    """Measure with one and with two workers; one of each case runs first, unmeasured, in every worker."""
    seconds: dict[tuple[str, int, int], float] = {}
    cases = [large for large in CASES if large.title in REPLICATES]
    for workers in (1, 2):
        with tempfile.TemporaryDirectory(prefix="chhlang-bench-") as name:
            cluster = Cluster(Path(name))
            try:
                cluster.start(workers)
                with open_executor(cluster.address, 1) as executor:
                    for large in cases:
                        _scan(large, 9, executor)
                        for replicates in REPLICATES[large.title]:
                            many = max(9, replicates // share)
                            say(f"{large.title}, {many} replicates, {workers} workers")
                            seconds[large.title, workers, replicates] = _scan(large, many, executor)
            finally:
                cluster.stop()
    rows, expected = [], []
    for large in cases:
        few, most = (max(9, replicates // share) for replicates in REPLICATES[large.title])
        one = [seconds[large.title, 1, replicates] for replicates in REPLICATES[large.title]]
        two = [seconds[large.title, 2, replicates] for replicates in REPLICATES[large.title]]
        cost, own = np.polyfit([few, most], one, 1)
        rows.append(
            (
                large.title, most, f"{one[1]:.1f}", f"{two[1]:.1f}", f"{own + cost * most / 2:.1f}",
                f"{one[1] / two[1] / 2:.0%}", f"{1000 * cost:.1f}", f"{own:.1f}",
            )
        )  # fmt: skip
        expected.append((large.title, *(f"{own + cost * MANY / count:.1f}" for count in MORE_WORKERS)))
    show(
        "Replicates on workers, seconds of the clock",
        (
            "",
            "replicates",
            "1 worker",
            "2 workers",
            "2 by the model",
            "efficiency",
            "ms a replicate",
            "own part s",
        ),
        rows,
    )
    show(
        f"By the model, {MANY} replicates, seconds",
        ("", *(f"{count} workers" for count in MORE_WORKERS)),
        expected,
    )


def _scan(large: Large, replicates: int, executor: object) -> float:
    began = time.perf_counter()
    scan(*frames(large), **large.arguments, replicates=replicates, executor=executor, workers=1)
    return time.perf_counter() - began
