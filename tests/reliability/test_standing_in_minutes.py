"""On the demo, as it comes, measles and watery diarrhoea are answered within four minutes of `serve`."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
import sqlalchemy as sa

from db.maintenance.opening import open_database

ROOT = Path(__file__).resolve().parents[2]
#: Seconds from `serve` until both stand, in every kind of place.
_WITHIN = 240.0
_FIRST = ("measles", "awd")
_ASKED = sa.text(
    "SELECT q.disease, q.places, r.status FROM standing_question q LEFT JOIN cluster_run r ON r.id = q.run "
    "WHERE q.scope IS NULL"  # of the whole country
)


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.full
@pytest.mark.process
def test_measles_and_watery_diarrhoea_stand_within_four_minutes_of_serve(tmp_path):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CHHLANG_")}
    url = f"sqlite:///{tmp_path / 'demo.db'}"
    environment = kept | {"DATABASE_URL": url, "CHHLANG_STANDING_SCANS": "yes"}
    app = [sys.executable, str(ROOT / "app.py")]
    subprocess.run([*app, "demo"], env=environment, check=True, stdout=subprocess.DEVNULL)
    begun = time.monotonic()
    server = subprocess.Popen([*app, "serve", "--port", str(free_port())], env=environment)
    database = open_database(url)
    try:
        found: dict[tuple[str, str], str | None] = {}
        while time.monotonic() - begun < _WITHIN:
            time.sleep(2)
            with database.operations.connect() as connection:
                rows = connection.execute(_ASKED).all()
            found = {(disease, places): status for disease, places, status in rows if disease in _FIRST}
            if found and all(status in ("done", "failed") for status in found.values()):
                break
        assert {disease for disease, _ in found} == set(_FIRST)
        assert len(found) == 6, found  # by facility, by home and by crossing
        assert set(found.values()) == {"done"}, found
    finally:
        server.terminate()
        server.wait(30)
        database.dispose()
