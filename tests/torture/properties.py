"""`python -m tests.torture properties --seed N --count N`: random examples that `make test` never draws.

`make test` draws the same ones each time. Here each round draws new ones, as many as `make test` does.
"""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_SHOWN = 60


@dataclass
class Reached:
    """Rounds that were made, and the end of what each failing one said."""

    rounds: int = 0
    wrong: list[str] = field(default_factory=list)


def files() -> list[str]:
    """Files of tests with random examples."""
    found = [*(ROOT / "tests" / "property").glob("test_*.py"), *(ROOT / "tests" / "unit").glob("test_*.py")]
    drawn = [path for path in found if "hypothesis" in path.read_text(encoding="utf-8")]
    return [path.relative_to(ROOT).as_posix() for path in sorted(drawn)]


def run(seed: int, count: int, only: tuple[str, ...] = (), *more: str) -> Reached:
    """Draw `count` rounds of new examples, all made by the seed.

    `only`: these files, or names of tests. `more`: said to pytest besides.
    """
    reached = Reached()
    for number in range(count):
        own = str(seed * 1_000_000 + number)
        asked = [*(only or files()), f"--hypothesis-seed={own}", "-q", "-x", "-p", "no:cacheprovider", *more]
        workers = 0 if len(only) == 1 else os.cpu_count() or 1  # one file is one worker's
        done = subprocess.run(
            [sys.executable, "-m", "pytest", *asked, "-n", str(workers), "--dist", "loadfile"],
            cwd=ROOT, env=os.environ | {"CHHLANG_TEST_EXAMPLES": "new"}, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        reached.rounds += 1
        if done.returncode != 0:
            end = "\n".join(done.stdout.splitlines()[-_SHOWN:])
            reached.wrong.append(f"seed {own}")
            print(f"--hypothesis-seed={own} with CHHLANG_TEST_EXAMPLES=new:\n{end}", file=sys.stderr)
    return reached
