"""The small demo that tests share: made once for all workers, in a process of its own, as people make one."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.command_line import ROOT, CommandLine
from tests.support.issued import issued_lately

RECORDS = 20_000


def demo_folder(factory: pytest.TempPathFactory) -> Path:
    """Folder of the demo and of its release; nobody writes to it."""
    folder = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    made = folder / "demo"
    with (folder / "demo.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not made.exists():
            being_made = factory.mktemp("demo")
            url = address(being_made)
            asked = ("demo", "--without-release", "--records", str(RECORDS))
            environment = CommandLine(url).environment({"CHHLANG_SECRET_KEY": None})
            command = [sys.executable, str(ROOT / "app.py"), *asked]
            subprocess.run(command, env=environment, check=True, capture_output=True)
            issued_lately(url)
            shutil.copytree(being_made, folder / "demo.part")
            (folder / "demo.part").rename(made)
    return made


def copied(demo: Path, to: Path) -> str:
    """Address of a copy of the demo in a new folder."""
    return address(shutil.copytree(demo, to))


def address(folder: Path) -> str:
    """Address of the demo in a folder."""
    return f"sqlite:///{folder / 'demo.db'}"
