"""Small disks that really can be full. To mount one takes the rights of the administrator."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from db.core.engine import Database


@contextlib.contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    """A disk of a few megabytes."""
    folder.mkdir()
    mounted = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    try:
        done = subprocess.run(mounted, capture_output=True, check=False)
    except FileNotFoundError:
        pytest.skip("there is no mount")
    if done.returncode != 0:
        pytest.skip("this account may not mount a disk")
    try:
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@contextlib.contextmanager
def fill_up(disk: Path, database: Database, spare: int = 0) -> Iterator[None]:
    """Leave `spare` bytes free while a `with` lasts, and none in the logs of the database's files."""
    for engine in {database.records, database.operations}:
        engine.dispose()  # what is pooled may still be reading, and then the log is not cut
        with engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as handle:
        for block in (1 << 20, 4_096, 1):
            with contextlib.suppress(OSError):
                while handle.write(b"0" * block):
                    pass
        handle.truncate(max(0, handle.tell() - spare))
    try:
        yield
    finally:
        ballast.unlink()
