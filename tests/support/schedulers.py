"""A scheduler of Dask and its workers, as processes of their own, with their logs."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_PATIENCE = 60


@dataclass
class Cluster:
    """A scheduler with workers of one thread, none of which is started again by anybody."""

    folder: Path
    address: str = ""
    scheduler: subprocess.Popen | None = None
    workers: list[subprocess.Popen] = field(default_factory=list)

    def start(self, workers: int = 0) -> Cluster:
        """Start the scheduler, then its workers."""
        known = self.folder / "scheduler.json"
        self.scheduler = self._run(
            "scheduler",
            "--host",
            "127.0.0.1",
            "--port",
            "0",
            "--no-dashboard",
            "--scheduler-file",
            str(known),
        )
        until = time.monotonic() + _PATIENCE
        while not self.address:
            if known.exists() and (text := known.read_text(encoding="utf-8")):
                self.address = json.loads(text)["address"]
            assert time.monotonic() < until, self.said()
            time.sleep(0.1)
        for _ in range(workers):
            self.add_worker()
        return self

    def add_worker(self) -> subprocess.Popen:
        """Start one more worker."""
        worker = self._run("worker", self.address, "--nthreads", "1", "--no-nanny", "--no-dashboard")
        self.workers.append(worker)
        return worker

    def said(self) -> str:
        """What all of them wrote into their logs."""
        return "\n".join(path.read_text(encoding="utf-8") for path in sorted(self.folder.glob("*.log")))

    def stop(self) -> None:
        """End all of them."""
        for process in (*self.workers, self.scheduler):
            if process is not None:
                process.kill()
                process.wait()

    def _run(self, *arguments: str) -> subprocess.Popen:
        name = f"{arguments[0]}-{len(self.workers)}.log"
        with (self.folder / name).open("wb") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "dask", *arguments],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
