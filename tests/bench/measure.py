"""Timing, and the printing of it."""

from __future__ import annotations

import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass
class Took:
    """Seconds of the clock, and of this process's processor time."""

    wall: float = 0.0
    cpu: float = 0.0


@contextmanager
def timed() -> Iterator[Took]:
    """Measure a block."""
    took = Took()
    wall, cpu = time.perf_counter(), time.process_time()
    try:
        yield took
    finally:
        took.wall, took.cpu = time.perf_counter() - wall, time.process_time() - cpu


def median(work: Callable[[], object], runs: int, warm: int = 3) -> Took:
    """Medians of `runs` runs, after some that do not count."""
    for _ in range(warm):
        work()
    found = []
    for _ in range(runs):
        with timed() as took:
            work()
        found.append(took)
    return Took(statistics.median(t.wall for t in found), statistics.median(t.cpu for t in found))


def say(text: str) -> None:
    """Progress, apart from the tables."""
    print(text, file=sys.stderr, flush=True)


def show(title: str, header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """A table: the first column to the left, numbers to the right."""
    cells = [[str(cell) for cell in row] for row in (header, *rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(header))]
    print(f"\n{title}")
    for first, *rest in cells:
        numbers = (cell.rjust(width) for cell, width in zip(rest, widths[1:], strict=True))
        print("  ".join((first.ljust(widths[0]), *numbers)), flush=True)
