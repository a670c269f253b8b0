"""What the watch knows of each standing scan: its first look, and the last answer that was weighed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import select

from db.core.engine import Database, write_transaction
from db.tables.watch.alerts import watched_scan


@dataclass(frozen=True)
class WatchedScan:
    """One standing scan; see `db.tables.watch.alerts`."""

    disease: str
    places: str
    first_look: date
    run: str | None
    looked_on: date | None
    data_version: int | None
    deeper: str | None
    month: date | None = None


def held(database: Database) -> dict[tuple[str, str], WatchedScan]:
    """Every scan that was looked at, by disease and kind of place."""
    with database.operations.connect() as connection:
        rows = connection.execute(select(watched_scan)).all()
    return {(row.disease, row.places): WatchedScan(**row._mapping) for row in rows}


def note(database: Database, scan: WatchedScan, *, begins: bool = False) -> None:
    """Keep what is known of a scan; its first look stays as it was, unless it begins anew."""
    key = (watched_scan.c.disease == scan.disease, watched_scan.c.places == scan.places)
    with write_transaction(database.operations) as connection:
        values = {name: value for name, value in vars(scan).items() if begins or name != "first_look"}
        if not connection.execute(watched_scan.update().where(*key).values(values)).rowcount:
            connection.execute(watched_scan.insert().values(vars(scan)))
