"""The most memory that a command and its children hold together, from what the system says of them."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.bench.measure import Took

_EVERY = 0.05


def watched(command: Sequence[str], environment: Mapping[str, str]) -> tuple[Took, float]:
    """Run a command; how long it took, with its children, and the most memory in MB (0 where unknown).

    Raises
    ------
    RuntimeError
        The command failed.
    """
    wall, before = time.perf_counter(), os.times()
    most = 0.0
    with subprocess.Popen(command, env=dict(environment), stdout=subprocess.DEVNULL) as process:
        while process.poll() is None:
            most = max(most, sum(map(_held, _with_children(process.pid))))
            time.sleep(_EVERY)
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}")
    after = os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return Took(time.perf_counter() - wall, cpu), most


def _with_children(pid: int) -> list[int]:
    found = [pid]
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children = task.read_text().split()
        except OSError:  # it has just ended
            continue
        for child in children:
            found += _with_children(int(child))
    return found


def _held(pid: int) -> float:
    try:
        lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    except OSError:
        return 0.0
    return next((int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS")), 0.0)
