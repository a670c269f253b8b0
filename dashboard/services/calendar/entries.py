"""Entries of the calendar: read by everybody, imported and changed by those entitled."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import IO

from dashboard.permissions import Grant, Permission
from db.core.engine import Database
from db.operations import calendar as stored
from geodata.boundaries import DATA
from geodata.crossings import CROSSINGS
from surveillance.calendar.entries import CLOSED, COLUMNS, Entry, Share, closed_days, not_compared, read
from surveillance.errors import NotPermittedError, UsageError

__all__ = ["COLUMNS", "Entry", "Imported", "closures", "entries", "put", "remove", "shipped", "unsaid"]

#: The calendar that comes with Chhlang: festivals and public holidays, each with its source.
SHIPPED = DATA / "calendar.csv"
#: Most entries of a file, and bytes.
MOST, MOST_BYTES = 5_000, 900_000


@dataclass(frozen=True)
class Imported:
    """What an import did."""

    rows: int
    new: int
    changed: int


def may_edit(grant: Grant) -> bool:
    """Whether a grant may change the calendar: it holds for the whole country."""
    return grant.can(Permission.EDIT_CALENDAR) and grant.scope.national


def entries(database: Database, grant: Grant) -> list[Entry]:
    """Every entry, the first day first. They tell nothing of any person.

    Raises
    ------
    NotPermittedError
        The grant does not hold coverage.
    """
    grant.check(Permission.SEE_COVERAGE)
    return stored.listed(database)


def shipped() -> str:
    """The text of the calendar that comes with Chhlang."""
    return SHIPPED.read_text(encoding="utf-8")


def parse(text: str) -> list[Entry]:
    """Read the text of a calendar's file; the first line that is wrong is named.

    Raises
    ------
    UsageError
        A column is missing, a line cannot be read, a key comes twice, or there are too many lines.
    """
    rows = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    missing = {"key", "kind", "first"} - set(rows.fieldnames or ())
    if missing:
        raise UsageError(
            "calendar: column {name} is missing; the first line names the columns, with commas between them",
            "file",
            name=", ".join(sorted(missing)),
        )
    found: dict[str, Entry] = {}
    try:
        for number, row in enumerate(rows, 2):
            if number > MOST:
                raise UsageError("calendar: at most {most} lines are read", "file", most=MOST)
            try:
                entry = read({name: row.get(name) or "" for name in COLUMNS}, CROSSINGS)
            except UsageError as error:
                raise UsageError(
                    "calendar, line {line}: {fault}", "file", line=number, fault=error
                ) from error
            if entry.key in found:
                raise UsageError(
                    "calendar, line {line}: key '{key}' comes twice", "file", line=number, key=entry.key
                )
            found[entry.key] = entry
    except csv.Error as error:
        raise UsageError("calendar: this is no CSV file ({fault})", "file", fault=error) from error
    return list(found.values())


def read_file(path: Path) -> str:
    """The text of a calendar's file.

    Raises
    ------
    UsageError
        It cannot be opened; and as with :func:`text_of`.
    """
    try:
        with path.open("rb") as stream:
            return text_of(stream)
    except OSError as error:
        raise UsageError("calendar: {path} cannot be opened", "file", path=path) from error


def text_of(stream: IO[bytes]) -> str:
    """The text of a calendar's file.

    Raises
    ------
    UsageError
        It is too large, or is not UTF-8, as a workbook is not.
    """
    content = stream.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise UsageError("calendar: the file is larger than {most:,} bytes", "file", most=MOST_BYTES)
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise UsageError("calendar: the file is no text in UTF-8: save it as CSV UTF-8", "file") from error


def put(database: Database, grant: Grant, found: Sequence[Entry]) -> Imported:
    """Keep entries, each in place of one with its key; the change is audited.

    Raises
    ------
    NotPermittedError
        The grant may not edit the calendar, or is for some provinces.
    """
    _check(grant)
    new, changed = stored.put(database, found, grant.actor)
    return Imported(len(found), new, changed)


def add(database: Database, grant: Grant, given: Mapping[str, str]) -> None:
    """Keep one entry from the texts of a form.

    Raises
    ------
    NotPermittedError, UsageError
        As with :func:`put`, and as an entry is read.
    """
    _check(grant)
    put(database, grant, [read(given, CROSSINGS)])


def remove(database: Database, grant: Grant, key: str) -> None:
    """Remove an entry; the change is audited.

    Raises
    ------
    NotPermittedError, UsageError
        The grant may not edit the calendar; or there is no such entry.
    """
    _check(grant)
    if not stored.remove(database, key[:80], grant.actor):
        raise UsageError("there is no such entry of the calendar")


def closures(found: Sequence[Entry], crossing: str) -> list[Entry]:
    """When a crossing was closed."""
    return [one for one in found if one.kind == CLOSED and one.crossing == crossing]


def closed_share(found: Sequence[Entry], crossing: str, first: date, last: date) -> Share:
    """On how many days between two a crossing was closed."""
    return closed_days(closures(found, crossing), first, last)


def unsaid(found: Sequence[Entry], windows: Sequence[tuple[date, date]]) -> list[Entry]:
    """Entries that a change between windows must name."""
    return not_compared(found, windows)


def _check(grant: Grant) -> None:
    grant.check(Permission.EDIT_CALENDAR)
    if not grant.scope.national:
        raise NotPermittedError("the calendar is of the whole country; your account is for some places")
