"""Scans as whole commands: processor time of each, start included, and the most memory it holds."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from tests.bench.measure import say, show
from tests.bench.memory import watched

Frames = tuple[pd.DataFrame, pd.DataFrame]
#: Processor seconds to reach.
_TARGETS = {
    "villages, spatial Poisson": 12,
    "communes weekly, prospective <= 12 weeks": 3,
    "communes daily, prospective 2-30 days": 4.5,
    "communes weekly, retrospective <= 12 weeks": 60,
    "60 cases over five years of days": 20,
    "a first small scan": 2,
}
_FEW = ("--model", "space-time-permutation", "--time", "retrospective", "--time-unit", "day")


def _few() -> Frames:
    """Sixty cases at sixty of 1,600 places, over five years of days, by chance."""
    chance = np.random.default_rng(7)
    spots = chance.uniform(0.0, 400.0, (1600, 2))
    places = pd.DataFrame({"location": range(1600), "x": spots[:, 0], "y": spots[:, 1]})
    days = pd.Timestamp("2020-01-01") + pd.to_timedelta(chance.integers(0, 1826, 60), unit="D")
    return pd.DataFrame({"location": chance.integers(0, 1600, 60), "date": days, "count": 1}), places


def _small() -> Frames:
    places = pd.DataFrame({"location": range(50), "x": range(50), "y": 0, "population": 100})
    return pd.DataFrame({"location": range(10, 20), "count": range(1, 11)}), places


def run(
    large: Sequence[tuple[str, Callable[[], Frames], Sequence[str]]], replicates: int, workers: int
) -> None:
    """Measure the commands of some large cases, of few cases over years, and of a small one.

    A case that waits for the first compilation is run twice; the second counts.
    """
    both = [
        *large,
        ("60 cases over five years of days", _few, (*_FEW, "--from", "2020-01-01", "--to", "2024-12-30")),
        ("a first small scan", _small, ("--model", "poisson")),
    ]
    rows = []
    with tempfile.TemporaryDirectory(prefix="chhlang-bench-") as name:
        for title, frames, options in both:
            say(f"the command: {title}")
            paths = [Path(name) / f"{table}.csv" for table in ("cases", "locations")]
            for frame, path in zip(frames(), paths, strict=True):
                frame.to_csv(path, index=False)
            command = [
                sys.executable, "app.py", "clusters", "--cases", str(paths[0]), "--locations", str(paths[1]),
                *options, "--format", "json", "--threads", str(workers),
            ]  # fmt: skip
            watched([*command, "--replicates", "9"], os.environ)
            took, most = watched([*command, "--replicates", str(replicates)], os.environ)
            rows.append(
                (title, f"{took.wall:.1f}", f"{took.cpu:.1f}", f"{_TARGETS.get(title, '')}", f"{most:,.0f}")
            )
    show(
        f"Scans as whole commands, {workers} threads, {replicates} replicates",
        ("", "wall s", "cpu s", "to reach", "most MB"),
        rows,
    )
