"""What becomes of old records: reduced to their sums, so that nothing a map shows changes by it."""

from __future__ import annotations

import calendar
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from dashboard.permissions import Grant, Permission
from dashboard.settings import Settings
from db.core.engine import Database, wait_for_other_writers
from db.operations import audit, desk_devices, desk_tags, outbox
from db.operations.watch import case_classes
from db.reception import retention
from db.reception import store as reception
from db.retention import archiving
from surveillance.epiweek import day_number, time_cell_first_day
from surveillance.errors import UsageError

_LEAST_MONTHS, _MOST_MONTHS = 12, 99 * 12


@dataclass(frozen=True)
class Retained:
    """What was reduced to sums (or would be): the first day that stays held, records, versions, files.

    `shrunk`: whether the space was given back; None where there was nothing to give. `arrivals`: records of
    reception centres.
    """

    held_from: date
    records: int
    versions: int
    files: int
    shrunk: bool | None
    arrivals: int = 0


def boundary(age: str, today: date) -> date:
    """First day that stays held, where visits of a greater age do not: the first of a whole cell.

    Raises
    ------
    UsageError
        The age cannot be read, or is below a year.

    >>> boundary("5y", date(2025, 6, 18)), boundary("18m", date(2025, 8, 31))
    (datetime.date(2020, 6, 15), datetime.date(2024, 2, 26))
    """
    found = re.fullmatch(r"([1-9][0-9]{0,2})([ym])", age.strip().lower())
    months = int(found[1]) * (12 if found[2] == "y" else 1) if found else 0
    if not _LEAST_MONTHS <= months <= _MOST_MONTHS:
        raise UsageError(
            f"--older-than (or CHHLANG_RETENTION) is '{age}': give years or months, as 5y or 18m; at least 1y"
        )
    year, month = divmod(today.year * 12 + today.month - 1 - months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return time_cell_first_day(date(year, month + 1, min(today.day, last)))


def retain(
    database: Database,
    grant: Grant,
    settings: Settings,
    *,
    older_than: str | None,
    dry_run: bool,
    today: date,
    tell: Callable[[str, str, int], None],
) -> Retained:
    """Reduce records with older visits to their sums, in one transaction.

    Raises
    ------
    NotPermittedError
        The grant does not maintain the database.
    UsageError
        No age is given, or one that cannot be read.
    """
    grant.check(Permission.MAINTAIN)
    age = older_than or settings.retention
    if age is None:
        raise UsageError("how old? give --older-than 5y, or set CHHLANG_RETENTION")
    first = boundary(age, today)
    with database.records.connect() as connection:
        connection.execution_options(chhlang_write=True)
        with connection.begin() as transaction:
            wait_for_other_writers(connection)
            done = archiving.seal(
                connection, day_number(first), today.isoformat(), lambda doing: tell(doing, "records", 0)
            )
            said = {"older_than": age, "held_from": first, "records": done.records, "versions": done.versions}
            if dry_run:
                transaction.rollback()
            elif done.versions:
                outbox.write(connection, database, grant.actor, "retain", said)
    arrivals = _seal_arrivals(database, grant, age, first, dry_run=dry_run)
    shrunk = None
    if done.versions and not dry_run:
        outbox.carry(database)
        tell("giving back space", "", 0)
        shrunk = archiving.shrink(database)
    return Retained(first, done.records, done.versions, done.files, shrunk, arrivals)


def _seal_arrivals(database: Database, grant: Grant, age: str, first: date, *, dry_run: bool) -> int:
    """The same for records of reception centres, in a transaction of their own."""
    with reception.writing(database) as connection:
        trial = connection.begin_nested()
        records, subjects = retention.seal(connection, first)
        desk_tags.forget(connection, first, subjects)
        case_classes.forget(connection, first)
        devices = desk_devices.forget_revoked(connection, first.isoformat())
        if dry_run:
            trial.rollback()
        else:
            trial.commit()
            if records or devices:
                said = {"older_than": age, "held_from": first, "records": records, "devices": devices}
                audit.write(connection, grant.actor, "retain", said)
    return records
