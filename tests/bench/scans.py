"""Cluster detection on large synthetic cases: processor time, windows per second, the oracle's cost of one.

The three cases with SaTScan's answers are held to them; the two retrospective ones have none. All that a user
waits for is in the times: checking frames, ordering neighbours, replicates, the clusters themselves.
"""

from __future__ import annotations

import json
import resource
import time
from dataclasses import dataclass
from datetime import date
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import pandas as pd

from surveillance.scan import ScanResult, scan
from surveillance.scan.oracle import Oracle
from surveillance.scan.problem.arrays import Problem, make_problem
from surveillance.scan.problem.zones import Zones
from surveillance.scan.search import make_zones
from surveillance.scan.settings import Settings
from tests.bench import first_calls, scan_commands
from tests.bench.measure import say, show, timed

_FILES = Path(__file__).parent / "scan_large"
_WEEKLY: dict[str, Any] = {
    "model": "space-time-permutation",
    "time_unit": "week",
    "start": date(2019, 1, 7),
    "end": date(2023, 12, 31),
}
_DAILY: dict[str, Any] = {
    "model": "space-time-permutation",
    "time": "prospective",
    "time_unit": "day",
    "start": date(2023, 1, 1),
    "end": date(2023, 12, 31),
    "min_duration": 2,
    "max_duration": 30,
}
_ORACLE_WINDOWS = 300


@dataclass(frozen=True)
class Large:
    """One case: its files, how it is asked for, how often, SaTScan's answer, and the time to reach."""

    title: str
    cases: str
    locations: str
    arguments: dict[str, Any]
    replicates: int = 999
    answer: str | None = None
    target: str = ""


CASES = (
    Large(
        "villages, spatial Poisson", "villages", "villages", {"model": "poisson"}, 999,
        "villages_poisson_spatial", "12",
    ),
    Large(
        "communes weekly, prospective <= 12 weeks", "communes_weekly", "communes",
        _WEEKLY | {"time": "prospective", "max_duration": 12}, 999,
        "communes_weekly_permutation_prospective", "3",
    ),
    Large(
        "communes daily, prospective 2-30 days", "communes_daily", "communes", _DAILY, 999,
        "communes_daily_permutation_prospective", "4.5",
    ),
    Large(
        "communes weekly, retrospective <= 12 weeks", "communes_weekly", "communes",
        _WEEKLY | {"time": "retrospective", "max_duration": 12}, 999, None, "60",
    ),
    Large(
        "communes weekly, retrospective <= half the period", "communes_weekly", "communes",
        _WEEKLY | {"time": "retrospective"}, 19,
    ),
)  # fmt: skip


def _read(name: str) -> pd.DataFrame:
    return pd.read_csv(_FILES / f"{name}.csv.gz")


def frames(large: Large) -> tuple[pd.DataFrame, pd.DataFrame]:
    return _read(f"{large.cases}.cases"), _read(f"{large.locations}.locations")


def _options(large: Large) -> list[str]:
    """The same question as options of the command."""
    names = {"start": "from", "end": "to"}
    return [
        text
        for name, value in large.arguments.items()
        for text in (f"--{names.get(name, name).replace('_', '-')}", str(value))
    ]


def _windows(problem: Problem, zones: Zones, settings: Settings) -> int:
    """Windows that one replicate looks through."""
    many = zones.near.size
    if settings.time == "none":
        return many
    units = problem.cases.shape[1]
    shortest, longest = settings.lengths(units)
    lengths = range(shortest, longest + 1)
    return many * (len(lengths) if settings.time == "prospective" else sum(units - n + 1 for n in lengths))


def _oracle_cost(problem: Problem, zones: Zones, settings: Settings) -> float:
    """Seconds of processor time that the oracle needs for one window, as it comes to them."""
    units = problem.cases.shape[1]
    shortest, longest = settings.lengths(units) if settings.time != "none" else (1, 1)
    ends = dict.fromkeys([units] if settings.time == "prospective" else range(1, units + 1), longest)
    lists = [[zones.of(0, many + 1).tolist() for many in range(int(zones.first[1]))]]
    oracle = Oracle(
        problem.cases.tolist(), problem.sizes.full().tolist(), lists, [1] * problem.places, settings.time,
        shortest, ends, settings.model == "bernoulli", settings.high, settings.low, settings.min_cases,
    )  # fmt: skip
    windows = list(
        islice(((zone, window) for zone in lists[0] for window in oracle.windows(0, units)), 10**6)
    )
    part = windows[:: max(1, len(windows) // _ORACLE_WINDOWS)]
    before = time.process_time()
    for zone, window in part:
        oracle.ratio(zone, *window, problem.total, problem.size)
    return (time.process_time() - before) / len(part)


def _holds(found: ScanResult, answer: str | None) -> str:
    if answer is None:
        return "-"
    expected = json.loads((_FILES / "answers.json").read_text(encoding="utf-8"))[answer]
    first = found.clusters.iloc[0]
    same = (
        sorted(first["locations"]) == sorted(expected["locations"])
        and first["observed"] == expected["observed"]
        and abs(first["llr"] - expected["llr"]) < 1e-6
    )
    return "yes" if same else "NO"


def run(workers: int = 2, share: int = 1) -> None:
    """Measure every case with `workers` threads. `share`: of the replicates, one in so many."""
    first_calls.run()
    commands = [(one.title, partial(frames, one), _options(one)) for one in CASES[:4]]
    scan_commands.run(commands, max(9, 999 // share), workers)
    scanned = []
    for large in CASES:
        replicates = max(9, large.replicates // share)
        say(f"scanning {large.title}, {replicates} replicates")
        with timed() as took:
            found = scan(*frames(large), **large.arguments, replicates=replicates, workers=workers)
        scanned.append((large, replicates, took, _holds(found, large.answer)))
    # Before the oracle, which holds its zones in lists.
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    rows = []
    for large, replicates, took, holds in scanned:
        settings = Settings(**large.arguments)
        problem = make_problem(*frames(large), settings)
        zones = make_zones(problem)
        windows = _windows(problem, zones, settings) * (replicates + 1)
        oracle = _oracle_cost(problem, zones, settings)
        rows.append(
            (
                large.title,
                str(replicates),
                f"{took.wall:.1f}",
                f"{took.cpu:.1f}",
                large.target,
                f"{windows / took.cpu / 1e6:,.0f}",
                f"{oracle * windows / took.cpu:,.0f}",
                holds,
            )
        )
    show(
        f"Cluster detection, {workers} threads; most memory {peak:,.0f} MB",
        (
            "",
            "replicates",
            "wall s",
            "cpu s",
            "to reach",
            "million windows / cpu s",
            "oracle / ours",
            "SaTScan's answer",
        ),
        rows,
    )
