"""Classes that people gave to cases: only added to; what holds is the newest of a case."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from db.core.engine import Database, write_transaction
from db.operations import audit
from db.operations.lease_queue import moment
from db.tables.watch.alerts import case_class

#: Versions that one statement names.
_AT_ONCE = 500


@dataclass(frozen=True)
class Given:
    """One class that a person gave; see `db.tables.watch.alerts`."""

    id: int
    version: int
    batch: int
    row_number: int
    disease: str
    day: date
    before: str
    after: str | None
    reason: str
    actor: str
    at: str

    @property
    def key(self) -> tuple[int, int, int]:
        """The version of the record that it was given to."""
        return self.version, self.batch, self.row_number


def of_disease(database: Database, disease: str) -> list[Given]:
    """Classes of cases of a disease, in the order in which they were given."""
    query = select(case_class).where(case_class.c.disease == disease)
    with database.operations.connect() as connection:
        return _read(connection, query)


def of_versions(database: Database, versions: Collection[int]) -> list[Given]:
    """Classes that were given to any of some versions, in order."""
    with database.operations.connect() as connection:
        return _of(connection, versions)


def _of(connection: Connection, versions: Collection[int]) -> list[Given]:
    found: list[Given] = []
    numbers = sorted(versions)
    for start in range(0, len(numbers), _AT_ONCE):
        some = case_class.c.version.in_(numbers[start : start + _AT_ONCE])
        found += _read(connection, select(case_class).where(some))
    return sorted(found, key=lambda one: one.id)


def _read(connection: Connection, query: sa.Select[Any]) -> list[Given]:
    return [Given(**row._mapping) for row in connection.execute(query.order_by(case_class.c.id))]


def newest(database: Database) -> str | None:
    """When a class was given last (UTC, ISO); None where none was."""
    with database.operations.connect() as connection:
        found = connection.execute(select(func.max(case_class.c.at))).scalar()
    return None if found is None else str(found)


def add(database: Database, given: Given, versions: Collection[int], now: datetime) -> bool:
    """Write a class down; False where somebody gave one to the same case meanwhile.

    `given.id`: the newest class of the case as the giver saw it, 0 without one. `versions`: of its record.
    """
    with write_transaction(database.operations) as connection:
        if connection.dialect.name == "postgresql":  # SQLite has one writer at a time anyway
            connection.exec_driver_sql("LOCK TABLE case_class IN SHARE ROW EXCLUSIVE MODE")
        held = _of(connection, versions)
        if (held[-1].id if held else 0) != given.id:
            return False
        row = {name: value for name, value in vars(replace(given, at=moment(now))).items() if name != "id"}
        made = connection.execute(case_class.insert().values(row))
        said = {"class": int(made.inserted_primary_key[0]), "disease": given.disease}  # type: ignore[index]
        said |= {"before": given.before, "after": given.after}
        action = "case class given" if given.after else "case class undone"
        audit.write(connection, given.actor, action, said)
        return True


def forget(connection: Connection, before: date) -> int:
    """Take away classes of cases seen before a day, whose records are held as sums alone; how many."""
    return int(connection.execute(case_class.delete().where(case_class.c.day < before)).rowcount)
