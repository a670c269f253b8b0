"""What the first scan of each kind costs on a new installation, in a process with nothing compiled yet."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile

from surveillance.scan import scan
from tests.bench.measure import show, timed
from tests.support.scan_cases import PARITY_NAMES, parity

#: Of processor time, for the first scan of any kind.
_TARGET = 5


def measure(name: str) -> None:
    """Print the processor time of this process's first and second scan."""
    case = parity(name)
    found = []
    for _ in range(2):
        with timed() as took:
            scan(case.cases, case.locations, **case.arguments, replicates=9)
        found.append(f"{took.cpu:.2f}")
    print(*found)


def run() -> None:
    """Measure every kind."""
    rows = []
    for name in PARITY_NAMES:
        with tempfile.TemporaryDirectory() as empty:
            found = subprocess.run(
                [sys.executable, "-m", "tests.bench.first_calls", name],
                env=os.environ | {"NUMBA_CACHE_DIR": empty},
                check=True,
                capture_output=True,
                text=True,
            )
        rows.append((name, *found.stdout.split(), str(_TARGET)))
    show(
        "The first scan of a kind, nothing compiled yet",
        ("", "first, cpu s", "second, cpu s", "first: to reach"),
        rows,
    )


if __name__ == "__main__":
    measure(sys.argv[1])
