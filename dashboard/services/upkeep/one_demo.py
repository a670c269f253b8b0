"""Two starts at once make one demo: the second waits for the first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from dashboard.settings import Settings, data_folder
from db.core.urls import parse_url
from db.maintenance.part_file import lock


@contextmanager
def one_at_a_time(settings: Settings, say: Callable[[str], None]) -> Iterator[None]:
    """Wait until no other command of this machine makes a demo in this database.

    The lock goes with its process, however that ends.
    """
    path = _lock_file(settings)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)
    with path.open("rb") as held:
        if not lock(held):
            say("another command makes the demo here; waiting for it")
            lock(held, wait=True)
        yield


def _lock_file(settings: Settings) -> Path:
    """Beside the database's file, or where files lie that no setting places."""
    url = parse_url(settings.database_url)
    if url.get_backend_name() == "sqlite":
        path = Path(str(url.database)).absolute()
        return path.with_name(f".{path.name}.demo-lock")
    return data_folder() / f".{url.database}.demo-lock"
