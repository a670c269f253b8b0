"""Line lists to measure with, and databases that hold them."""

from __future__ import annotations

import csv
import time
from pathlib import Path

from dashboard.demo.facilities import facility_rows
from dashboard.demo.records import record_chunks
from dashboard.permissions import Grant
from dashboard.services import accounts, store
from dashboard.services.districts.importing import import_districts
from dashboard.services.imports.facilities import import_facilities
from dashboard.services.imports.observer import ImportObserver
from dashboard.services.imports.pipeline import import_file
from dashboard.settings import Settings
from db.core.engine import Database
from tests.bench.measure import Took, say, timed

KEY = "a key for measuring, of no use anywhere else"
EMAIL, PASSWORD = "bench@demo.example", "a password for measuring"
_CHUNK = 50_000


def write_line_list(folder: Path, count: int) -> Path:
    """A line list of `count` synthetic records."""
    path = folder / f"records-{count}.csv"
    with timed() as took:
        for number, frame in enumerate(record_chunks(1, count, _CHUNK)):
            frame.to_csv(path, mode="a", header=number == 0, index=False, lineterminator="\n")
    say(f"made {count:,} records in {took.wall:.1f} s ({path.stat().st_size / 1e6:.0f} MB)")
    return path


def write_facilities(folder: Path) -> Path:
    """The facilities of those records."""
    rows, path = facility_rows(), folder / "facilities.csv"
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.DictWriter(handle, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return path


def settings_for(url: str) -> Settings:
    """Settings of a database to measure."""
    return Settings.read({"DATABASE_URL": url, "CHHLANG_SECRET_KEY": KEY, "CHHLANG_TOTP_ROLES": "none"})


class _Said(ImportObserver):
    """Says every ten seconds how far an import is."""

    def __init__(self) -> None:
        self._last = time.monotonic()

    def progress(self, rows: int) -> None:
        """Say how many rows have been read."""
        if time.monotonic() - self._last > 10:
            self._last = time.monotonic()
            say(f"  {rows:,} rows read")


def fill(url: str, facilities: Path, line_list: Path) -> tuple[Database, Took]:
    """Import both into a new database; how long the line list took."""
    settings = settings_for(url)
    database = store.open_store(settings)
    import_facilities(database, Grant.custodian(), facilities)
    with timed() as took:
        import_file(database, Grant.custodian(), settings, line_list, observer=_Said())
    return database, took


def move_facilities(database: Database, folder: Path, url: str, moved: int = 20) -> None:
    """Let some facilities of the demo change their operational district, each in another month."""
    path = folder / "districts.csv"
    listed = [row["facility_id"] for row in facility_rows()][:: len(facility_rows()) // moved][:moved]
    with path.open("w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(("facility_id", "operational_district", "from", "source"))
        for number, name in enumerate(listed):
            day = f"{2022 + number // 12}-{number % 12 + 1:02d}-15"
            writer.writerow((name, f"Demo OD moved {number % 5}", day, "bench"))
    done = import_districts(database, Grant.custodian(), settings_for(url), path)
    say(f"moved {done.receipt.accepted} facilities into other districts")


def add_account(database: Database) -> None:
    """Somebody who may look at the map."""
    accounts.add(
        database, Grant.custodian(), email=EMAIL, password=PASSWORD, role="epidemiologist", provinces=None
    )
