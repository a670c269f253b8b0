"""Databases for long runs: fresh ones, one after the other, of one kind."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.servers import Postgres, Sqlite, postgres


@contextmanager
def databases(kind: str) -> Iterator[Sqlite | Postgres]:
    """What makes databases of `sqlite` or `postgresql`."""
    if kind == "postgresql":
        with postgres() as server:
            yield server
        return
    with working_folder("chhlang-torture-") as folder:
        yield Sqlite(folder)


@contextmanager
def working_folder(prefix: str) -> Iterator[Path]:
    """A folder in memory where there is one: a killed process loses nothing that a disk would have kept."""
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(prefix=prefix, dir=memory if memory.is_dir() else None) as name:
        yield Path(name)
