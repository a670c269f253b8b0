"""Replicates on the workers of a scheduler: what one and two of them cost, and what a model says of more.

All is told in seconds of a processor, so that another task of the machine changes little. A scan on W workers
is taken to last as long as its own part (checking, ordering, the clusters of the data), what it costs to hand
out B batches, and the work of R replicates, dealt evenly:

    T(W) = own + open + hand B + each R / W

`own` is the processor time of whoever asks and of the scheduler, whatever the replicates, `open` that of a
worker before its first batch (all of them at the same time), `hand` what a batch costs whoever asks and the
scheduler, `each` what a replicate costs a worker: straight lines through scans with fewer and with more
replicates. What two workers cost more than one is told, and no part of the model.
"""

from __future__ import annotations

import re
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from dashboard.batches.executors import open_executor
from surveillance.scan import scan
from tests.bench.measure import say, show
from tests.bench.scans import CASES, Large, frames
from tests.support.schedulers import Cluster

#: Replicates of each case, fewer and more.
REPLICATES = {
    "villages, spatial Poisson": (499, 1999),
    "communes weekly, retrospective <= 12 weeks": (49, 149),
}
MORE_WORKERS = (1, 2, 8, 64)
MANY = 999
_PAGE = Path(__file__).parents[2] / "docs" / "scale.md"
_BEGIN, _END = "<!-- generated: distributed -->", "<!-- end of generated: distributed -->"


@dataclass(frozen=True)
class Spent:
    """Seconds of a processor for one scan: of whoever asks, the scheduler, each worker; its batches."""

    own: float
    scheduler: float
    workers: tuple[float, ...]
    batches: int
    replicates: int


@dataclass(frozen=True)
class Model:
    """Seconds of a processor: of a scan, of opening it, of a batch, of a replicate; replicates of a batch."""

    own: float
    opening: float
    hand: float
    each: float
    at_once: float

    def seconds(self, workers: int, replicates: int = MANY) -> float:
        """How long a scan lasts on so many workers, each with a processor of its own."""
        batches = np.ceil(replicates / self.at_once)
        rounds = np.ceil(batches / workers)  # the last round may leave some without work
        return float(self.serial(replicates) + self.each * rounds * self.at_once)

    def serial(self, replicates: int = MANY) -> float:
        """What more workers do not shorten."""
        return self.own + self.opening + self.hand * float(np.ceil(replicates / self.at_once))

    def efficiency(self, workers: int, replicates: int = MANY) -> float:
        """How much of the workers is used, beside one."""
        return self.seconds(1, replicates) / (workers * self.seconds(workers, replicates))

    def half(self) -> float:
        """Workers from which on more than half of the time is not spent on replicates."""
        return self.each * MANY / self.serial()


class _Counting:
    """An executor that counts the batches."""

    def __init__(self, executor: Any) -> None:
        self._executor, self.batches = executor, 0

    def map(self, function: Any, items: Any) -> Any:
        """Results of the function for each item."""
        held = list(items)
        self.batches += len(held)
        return self._executor.map(function, held)


def fitted(spent: list[Spent]) -> Model:
    """Fit the model to scans on one worker."""
    many = [one.replicates for one in spent]
    at_once = spent[-1].replicates / spent[-1].batches

    def line(values: list[float]) -> tuple[float, float]:
        """What does not depend on the replicates, and what one costs; neither is negative."""
        slope, level = np.polyfit(many, values, 1)
        if level <= 0:
            return 0.0, values[-1] / many[-1]
        return (float(level), float(slope)) if slope > 0 else (float(np.mean(values)), 0.0)

    asks, scheduler = line([one.own for one in spent]), line([one.scheduler for one in spent])
    opening, each = line([sum(one.workers) for one in spent])
    return Model(asks[0] + scheduler[0], opening, (asks[1] + scheduler[1]) * at_once, each, at_once)


def run(share: int = 1, *, write: bool = False) -> None:
    """Measure with one and with two workers; one of each case runs first, unmeasured, in every worker."""
    spent: dict[tuple[str, int], list[Spent]] = {}
    cases = [large for large in CASES if large.title in REPLICATES]
    for workers in (1, 2):
        with tempfile.TemporaryDirectory(prefix="chhlang-bench-") as name:
            cluster = Cluster(Path(name))
            try:
                cluster.start(workers)
                with open_executor(cluster.address, 1) as executor:
                    for large in cases:
                        _scan(large, 4 * workers * 9, executor, cluster)  # compiles, in each of them
                        for replicates in REPLICATES[large.title]:
                            many = max(9, replicates // share)
                            say(f"{large.title}, {many} replicates, {workers} workers")
                            found = _scan(large, many, executor, cluster)
                            spent.setdefault((large.title, workers), []).append(found)
            finally:
                cluster.stop()
    tables = _tables(cases, spent)
    for title, head, rows in tables:
        show(title, head, rows)
    if write:
        _write(tables)


_Table = tuple[str, tuple[str, ...], list[tuple[str, ...]]]


def _tables(cases: list[Large], spent: dict[tuple[str, int], list[Spent]]) -> list[_Table]:
    measured, expected = [], []
    for large in cases:
        one, two = (spent[large.title, workers][-1] for workers in (1, 2))
        model = fitted(spent[large.title, 1])
        alone = one.own + one.scheduler + sum(one.workers)
        longest = two.own + two.scheduler + max(two.workers)
        measured.append(
            (
                large.title, str(one.replicates), str(one.batches), f"{one.own:.1f}", f"{one.scheduler:.1f}",
                f"{sum(one.workers):.1f}", " + ".join(f"{each:.1f}" for each in two.workers),
                f"{sum(two.workers) / sum(one.workers):.2f}", f"{alone / longest / 2:.0%}",
            )
        )  # fmt: skip
        expected.append(
            (
                large.title, f"{model.own:.1f}", f"{model.opening:.1f}", f"{1000 * model.hand:.1f}",
                f"{1000 * model.each:.1f}",
                *(f"{model.seconds(n):.1f} ({model.efficiency(n):.0%})" for n in MORE_WORKERS),
                f"{model.half():.0f}",
            )
        )  # fmt: skip
    return [
        (
            "Measured, seconds of a processor",
            ("", "replicates", "batches", "who asks", "scheduler", "1 worker", "2 workers", "2 to 1",
             "efficiency of 2"),
            measured,
        ),
        (
            f"By the model, {MANY} replicates: seconds (efficiency)",
            ("", "own s", "opening s", "ms a batch", "ms a replicate",
             *(f"{n} workers" for n in MORE_WORKERS), "half is lost at"),
            expected,
        ),
    ]  # fmt: skip


def _write(tables: list[_Table]) -> None:
    """Put the tables into docs/scale.md."""
    parts = []
    for title, head, rows in tables:
        lines = [f"| {' | '.join(row)} |" for row in (head, ("---",) * len(head), *rows)]
        parts.append("\n".join((f"{title}:", "", *lines)))
    text = _PAGE.read_text(encoding="utf-8")
    made = f"{_BEGIN}\n" + "\n\n".join(parts) + f"\n{_END}"
    text = re.sub(f"{re.escape(_BEGIN)}.*{re.escape(_END)}", lambda _: made, text, flags=re.S)
    _PAGE.write_text(text, encoding="utf-8")


def _seconds(pid: int) -> float:
    used = psutil.Process(pid).cpu_times()
    return float(used.user + used.system)


def _scan(large: Large, replicates: int, executor: Any, cluster: Cluster) -> Spent:
    counting = _Counting(executor)
    data = frames(large)
    pids = [cluster.scheduler.pid, *(worker.pid for worker in cluster.workers)]
    before, own = [_seconds(pid) for pid in pids], time.process_time()
    scan(*data, **large.arguments, replicates=replicates, executor=counting, workers=1)
    own = time.process_time() - own
    after = [_seconds(pid) - earlier for pid, earlier in zip(pids, before, strict=True)]
    return Spent(own, after[0], tuple(after[1:]), counting.batches, replicates)
