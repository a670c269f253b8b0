"""Compiled kernels kept on disk are made anew after any part of them has changed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import surveillance

pytestmark = pytest.mark.process

#: Compiles the smallest kernel: all of them are kept in the same way (`compiled`).
DEAL = """
import numpy as np
from surveillance.scan.kernels.random import alias_table, deal, stream
table = np.zeros(3, np.int32)
deal(stream(1, 0), *alias_table(np.array([1.0, 1.0, 2.0])), 100, table)
print(table.sum())
"""


def compiled_after(folder: Path) -> dict[str, bytes]:
    """Draw with the package in a folder; the indexes of compiled code on disk."""
    kept = folder / "cache"
    environment = {**os.environ, "PYTHONPATH": str(folder), "NUMBA_CACHE_DIR": str(kept)}
    done = subprocess.run(
        [sys.executable, "-c", DEAL], check=False, cwd=folder, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    return {path.name.split("-")[0]: path.read_bytes() for path in kept.rglob("*.nbi") if "deal" in path.name}


@pytest.mark.full
def test_a_change_in_an_inner_part_leaves_no_old_code_running(tmp_path):
    source = Path(surveillance.__file__).parent
    shutil.copytree(source, tmp_path / "surveillance", ignore=shutil.ignore_patterns("__pycache__"))
    first = compiled_after(tmp_path)
    assert first
    assert compiled_after(tmp_path) == first
    with (tmp_path / "surveillance" / "scan" / "kernels" / "sweep.py").open("a", encoding="utf-8") as inner:
        inner.write("\n# another version\n")
    assert compiled_after(tmp_path) != first
