"""What the page of who has reported costs where twelve weeks hold as many as of ten million in five years.

The demo's facilities; records are copies of one another by facility, day and disease, written with the cube
of facilities and nothing else. The page reads these, the declared periods, and an index of the records.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import sqlalchemy as sa

from dashboard.demo.facilities import facility_rows
from dashboard.permissions import Grant
from dashboard.services import store
from dashboard.services.imports.facilities import import_facilities
from dashboard.services.reporting import read
from dashboard.services.reporting.presence import presence
from db.tables.deliveries import declaration
from db.tables.records import batch, cube_total, episode, facility
from surveillance.epiweek import time_cell_number
from tests.bench.data import add_account, settings_for, write_facilities
from tests.bench.maps import signed_in
from tests.bench.measure import median, say, show
from tests.support.servers import Sqlite

FIRST = date(2026, 4, 6)
DAYS = 84
_DISEASES = ("tb", "malaria", "dengue", "ili", "awd", "hiv")
_RUNS = 7
#: Many files, each with a few records of every cell.
_FILES = 300


def run(folder: Path, records: int) -> None:
    """Measure the judgement, read anew each time, and the page: of one file, and of many."""
    databases = Sqlite(folder)
    for files in (1, _FILES):
        _measure(databases, folder, records, files)


def _measure(databases: Sqlite, folder: Path, records: int, files: int) -> None:
    with databases.fresh(migrated=True) as url:
        database = store.open_store(settings_for(url))
        add_account(database)
        import_facilities(database, Grant.custodian(), write_facilities(folder))
        say(f"writing {records:,} records of twelve weeks in {files} files")
        with database.writing() as connection:
            _fill(connection, records, files)
        last = FIRST + timedelta(days=DAYS - 1)
        asked = {"disease": None, "first": FIRST, "last": last, "today": date(2026, 7, 10)}
        grant = Grant.custodian()

        def judged() -> None:
            read._KEPT.forget()
            read.judged(database, grant, **asked)

        def marked() -> None:
            with database.reading() as connection:
                presence(connection, grant, FIRST, last, date(2026, 7, 10), ())

        client = signed_in(database, url)
        page = f"/reporting?from={FIRST}&to={last}&on=2026-07-10"

        def asked_for() -> None:
            if client.get(page).status_code != 200:
                raise RuntimeError(page)

        rows = []
        for name, work in (
            ("what came and when, read anew", judged),
            ("what came, for the marks of the map, read anew", marked),
            ("the page, its answer kept", asked_for),
        ):
            took = median(work, _RUNS, warm=1)
            rows.append((name, f"{took.cpu * 1000:.0f}", f"{took.wall * 1000:.0f}"))
        show(
            f"Who has reported, {records:,} records in twelve weeks, of {files} files",
            ("", "cpu ms", "ms"),
            rows,
        )
        database.dispose()


def _fill(connection: sa.Connection, records: int, files: int) -> None:
    """Records of some files, the cube of facilities, and a declared week of every facility.

    Each file has records of every facility and week, one in five of which names no day of its report.
    """
    keys = dict(connection.execute(sa.select(facility.c.facility_id, facility.c.facility_key)).all())
    names = [row["facility_id"] for row in facility_rows()]
    sent = {"source": "bench", "file_name": "bench", "file_sha256": "0" * 64, "actor": "bench"}
    counts = dict.fromkeys(("rows", "accepted", "amended", "withdrawn", "duplicate", "rejected"), 0)
    received = datetime(2026, 6, 1, tzinfo=UTC)
    numbers = list(range(1, files + 1))
    connection.execute(
        batch.insert(),
        [
            {"id": one, **sent, **counts, "received_at": (received + one * timedelta(hours=2)).isoformat()}
            for one in numbers
        ],
    )
    draw = np.random.default_rng(1)
    days = [FIRST + timedelta(days=one) for one in range(DAYS)]
    cube: dict[tuple[str, str, int], int] = {}
    blank = {
        column.name: 0 if isinstance(column.type, sa.Integer) else "unknown"
        for column in episode.columns
        if not column.nullable and column.name != "id"
    }
    for start in range(0, records, 50_000):
        rows = []
        for at in range(start, min(start + 50_000, records)):
            name = names[draw.integers(len(names))]
            day, disease = days[draw.integers(DAYS)], _DISEASES[draw.integers(len(_DISEASES))]
            cell, wait = time_cell_number(day), timedelta(days=int(draw.integers(9)))
            rows.append(
                blank
                | {
                    "identity": at.to_bytes(16, "big"), "content": b"0" * 16, "occurrence": 1,
                    "batch": numbers[at % files], "facility": name, "facility_id": name,
                    "facility_key": keys[name], "date_visit": day,
                    "date_report": day + wait if draw.integers(5) else None,
                    "disease": disease, "period": cell, "start_period": cell, "row_number": at,
                }
            )  # fmt: skip
            if disease != "hiv":
                cube[disease, name, cell] = cube.get((disease, name, cell), 0) + 1
        connection.execute(episode.insert(), rows)
    table = cube_total["facility"]
    sums = {column.name: 0 for column in table.columns if not column.primary_key}
    connection.execute(
        table.insert(),
        [
            sums | {"disease": disease, "place": name, "period": cell, "records": count}
            for (disease, name, cell), count in cube.items()
        ],
    )
    connection.execute(
        declaration.insert(),
        [
            {
                "batch": 1, "facility_key": keys[name], "first_day": day,
                "last_day": day + timedelta(days=6), "complete": False, "sent_on": day + timedelta(days=8),
            }
            for name in names
            for day in days[::7]
        ],
    )  # fmt: skip
