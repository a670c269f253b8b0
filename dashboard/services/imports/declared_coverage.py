"""Reading what a file is said to cover: facilities of the list and days that have passed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from dashboard.parameters import Day, read_day
from db.batches import declared_coverage
from db.batches.declared_coverage import Cover, Declared
from db.core.engine import Database
from db.identity import held_before
from db.intake.files.formats.tracked_entities import ONE_PAGE
from db.intake.files.rows import Table
from db.intake.values.codes import visible
from surveillance.errors import UnreadableFileError, UsageError

#: Longest period that one declaration may cover.
_MOST_DAYS = 3_660


def read(
    database: Database,
    covers: Sequence[Sequence[str]],
    *,
    complete: bool,
    withdraw_missing: bool,
    today: date,
) -> Declared:
    """Read declarations, each a facility, its first and its last day as texts.

    Raises
    ------
    UsageError
        A facility is not in the list, a day cannot be read or lies in the future, or an option needs another.
    """
    if complete and not covers:
        raise UsageError("--complete: say with --covers FACILITY FROM TO what the file is complete for")
    if withdraw_missing and not complete:
        raise UsageError("--withdraw-missing: needs --complete; a file that is not complete misses nothing")
    with database.reading() as connection:
        held, found, known = held_before.read(connection), [], set[str]()
        for facility, first, last in covers:
            key, shown = held.facility_key(facility), visible(facility, 40)
            if key not in known and not declared_coverage.listed(connection, key):
                raise UsageError(f"--covers: facility '{shown}' is not in the facility list")
            known.add(key)
            found.append(Cover(key, *_days(first, last, today)))
    return Declared(tuple(found), complete, withdraw_missing)


def read_sent(text: str | None, today: date) -> date | None:
    """Read the day on which a file was sent; None where none is given.

    Raises
    ------
    UsageError
        It is no day, or has not come yet.
    """
    if text is None:
        return None
    day = Day(name="--sent").read(text)
    if day > today:
        raise UsageError(f"--sent: {day} has not come yet")
    return day


def _days(first: str, last: str, today: date) -> tuple[date, date]:
    try:
        start, end = read_day(first), read_day(last)
    except ValueError:
        raise UsageError(
            f"--covers: '{first[:40]}' and '{last[:40]}' must be days as YYYY-MM-DD, from 1990 on"
        ) from None
    if start > end:
        raise UsageError(f"--covers: {start} lies after {end}")
    if end > today:
        raise UsageError(f"--covers: {end} has not come yet; nothing can be said of it")
    if (end - start).days >= _MOST_DAYS:
        raise UsageError("--covers: at most ten years at once")
    return start, end


def refuse_a_page(declared: Declared, table: Table, name: str) -> None:
    """Records of other pages are not missing from a file that is declared complete.

    Raises
    ------
    UnreadableFileError
        It is declared complete, and says that it is one page of several.
    """
    if declared.complete and any(why == ONE_PAGE for _, why in table.left_out):
        raise UnreadableFileError(
            "{file}: is one page of a longer list, and cannot be complete; export the whole list in one file",
            file=name,
        )
