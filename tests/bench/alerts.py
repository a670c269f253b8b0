"""What a night of the watch costs: the first one, which looks back over all records, and a later one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from dashboard.services import store
from dashboard.services.alerts import night
from db.operations import alerts as register
from tests.bench.data import fill, settings_for, write_line_list
from tests.bench.filling import multiply
from tests.bench.measure import say, show, timed

NOW = datetime(2026, 6, 30, 20, tzinfo=UTC)


def run(folder: Path, facilities: Path, url: str | None, imported: int, records: int) -> None:
    """Measure at `records`, of which `imported` are imported and the others copies of them.

    `url`: a database that is filled already, and whose register is written to; else one is made.
    """
    if url is None:
        url = f"sqlite:///{folder / 'alerts.db'}"
        line_list = write_line_list(folder, imported)
        database, took = fill(url, facilities, line_list)
        line_list.unlink()
        say(f"imported {imported:,} in {took.wall:.0f} s")
        if records > imported:
            multiply(database, records // imported)
    else:
        database = store.open_store(settings_for(url))
    with database.reading() as connection:
        held = connection.exec_driver_sql("SELECT count(*) FROM episode").scalar_one()
    rows = []
    for number in range(2):
        before = register.latest_run(database)
        with timed() as took:
            made = night.run(database, NOW + timedelta(days=number))
        name = "the first night, looking back" if before is None else "a later night"
        rows.append((name, f"{took.cpu:.1f}", f"{took.wall:.1f}", made.asked, made.raised))
    show(f"A night of the watch, {held:,} records", ("", "cpu s", "s", "questions", "raised"), rows)
    database.dispose()
