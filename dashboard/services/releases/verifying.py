"""Whether a file says what its release says: every number of it is looked up in the release that it names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from dashboard.filters import CoverageQuery
from dashboard.permissions import Grant, Permission
from dashboard.services.releases import sheets
from dashboard.services.releases.figures import Cell, Figures, Stamp, State, of_release
from db.core.engine import Connection, Database
from db.intake.files.readers import read_table
from db.operations import audit
from db.operations import releases as stored
from surveillance.errors import UnreadableFileError, UsageError

#: What a row must say of itself, beside its question.
STAMP = ("release", "threshold", "periods")
_ISSUED = "issued"
_NUMBERS = ("numerator", "denominator", "unknown")
_QUESTION = ("disease", "by", "place", "measure")
_KNOWN = frozenset((*STAMP, _ISSUED, *_NUMBERS, *_QUESTION, "code", "status"))
#: Faults that are named one by one.
MOST = 20


@dataclass(frozen=True)
class Verified:
    """What came of it: the stamp of the file, how many numbers were compared, a sentence for each fault."""

    stamp: Stamp
    checked: int
    faults: tuple[str, ...]


def verify(database: Database, grant: Grant, path: Path) -> Verified:
    """Compare each issued number of a file with the release that the file names.

    Rows that are not of a release (`issued` is `no`) are passed over.

    Raises
    ------
    NotPermittedError
        The grant does not export tables.
    UnreadableFileError
        The file cannot be read, or does not name one issued release and threshold.
    """
    grant.check(Permission.EXPORT_TABLES)
    rows = [(number, row) for number, row in _rows(path) if row.get(_ISSUED, "yes") != "no"]
    figures = _named(database, path, rows)
    faults = [*_content_faults(database, figures)]
    checked = 0
    for number, row in rows:
        query, periods = _asked(path, number, row)
        if row.get("count", "") == "persons" or len(query.groups) > 1:
            faults.append(f"row {number}: no release tells persons, or two groups at once")
            continue
        cell = _cell(figures, query, row["code"], periods)
        faults += [f"row {number} ({row['code']}): {fault}" for fault in _differing(row, cell)]
        checked += sum(bool(row.get(name)) for name in _NUMBERS)
    faults = faults[:MOST] + ([f"and {len(faults) - MOST} more"] if len(faults) > MOST else [])
    said = {"file": path.name, "release": figures.stamp.release, "faults": len(faults)}
    audit.record(database, grant.actor, "release verify", said)
    return Verified(figures.stamp, checked, tuple(faults))


def _rows(path: Path) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Rows by the names of their columns."""
    table = read_table(path, _KNOWN)
    missing = [name for name in ("code", *STAMP, *_QUESTION[:1]) if name not in table.header]
    if missing:
        raise UnreadableFileError(
            "{file}: has no column '{missing}', so it does not say of which release it is",
            file=path.name,
            missing=missing[0],
        )
    for chunk in table.chunks:
        for row in chunk:
            yield row.number, dict(zip(table.header, (cell.strip() for cell in row.cells), strict=False))


def _named(database: Database, path: Path, rows: list[tuple[int, Mapping[str, str]]]) -> Figures:
    """The figures of the one release and threshold that every row names."""
    stamps = {(row["release"], row["threshold"]) for _, row in rows}
    numbers = [tuple(map(_whole, stamp)) for stamp in stamps]
    if len(numbers) != 1 or None in numbers[0]:
        raise UnreadableFileError("{file}: does not name one release and threshold", file=path.name)
    ((number, threshold),) = numbers
    assert number is not None  # noqa: S101 - seen just now
    assert threshold is not None  # noqa: S101
    with database.operations.connect() as connection:
        release = stored.get(connection, number)
    if release is None or release.issued_at is None or threshold not in release.thresholds:
        raise UnreadableFileError(
            "{file}: names release {number} at a threshold of {threshold}, which was not issued here",
            file=path.name,
            number=number,
            threshold=threshold,
        )
    return of_release(database.operations, release, threshold)


def _whole(text: str) -> int | None:
    """A whole number, also as a workbook holds it."""
    text = text.removesuffix(".0")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else None


def _content_faults(database: Database, figures: Figures) -> Iterator[str]:
    """Whether what is stored of the release is what was issued."""
    with database.operations.connect() as connection:
        release = stored.get(connection, figures.stamp.release)
        digest = _digest(connection, figures.stamp.release)
    if release is None or release.digest != digest:
        yield "what is stored of the release is not what was issued; restore a backup"


def _digest(connection: Connection, number: int) -> str:
    """Fingerprint of everything that is stored of a release."""
    return sheets.digest_of(
        [
            (one.disease, one.threshold, sheets.digest(sheets.expand(one.content)))
            for one in stored.contents(connection, number)
        ]
    )


def _asked(path: Path, number: int, row: Mapping[str, str]) -> tuple[CoverageQuery, list[tuple[str, date]]]:
    """The question of a row, and the issued periods that it is of."""
    known = {
        name: row[name] for name in CoverageQuery.names() if row.get(name) and name not in ("from", "to")
    }
    try:
        query = CoverageQuery.read(known)
        periods = []
        for text in row["periods"].split():
            kind, _, first = text.partition(":")
            periods.append((kind, date.fromisoformat(first)))
    except (UsageError, ValueError) as error:
        raise UnreadableFileError(
            "{file}: row {row}: cannot be understood ({why})", file=path.name, row=number, why=error
        ) from error
    return query, periods


def _cell(figures: Figures, query: CoverageQuery, code: str, periods: list[tuple[str, date]]) -> Cell:
    axis, values = next(iter(query.groups.items()), ("", ()))
    return figures.union(query.disease, query.measure, query.dimension, code, periods, axis, ",".join(values))


def _differing(row: Mapping[str, str], cell: Cell) -> Iterator[str]:
    """A sentence for each number that the release does not say."""
    for name in _NUMBERS:
        text = row.get(name, "")
        if not text:
            continue
        said = _whole(text)
        told = getattr(cell, name) if cell.state is State.SHOWN else None
        if said is None or said != told:
            release = cell.state.value if told is None else told
            yield f"{name} is {text[:20]}, and {release} in the release"
