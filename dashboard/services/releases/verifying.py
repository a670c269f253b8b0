"""Whether a file says what its release says: every number of it is looked up in the release that it names."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from dashboard.filters import CoverageQuery
from dashboard.permissions import GRANTED, THRESHOLD, THRESHOLDS, Grant, Permission
from dashboard.services.releases import sheets
from dashboard.services.releases.figures import Cell, Figures, Stamp, State, of_release
from db.core.engine import Connection, Database
from db.intake.files.readers import read_table
from db.operations import audit
from db.operations import releases as stored
from geodata.crossings import ALL_CROSSINGS
from surveillance.errors import UnreadableFileError, UsageError
from surveillance.texts import N_
from surveillance.vocabulary import AXES, UNKNOWN

#: What a row must say of itself, beside its question.
STAMP = ("release", "threshold", "periods")
_ISSUED, _UNTIL, _ROLE = "issued", "data_until", "shown_to_role"
_NUMBERS = ("numerator", "denominator", "unknown")
_QUESTION = ("disease", "by", "place", "measure")
_KNOWN = frozenset(
    (
        *STAMP,
        *_NUMBERS,
        *_QUESTION,
        _ISSUED,
        _UNTIL,
        _ROLE,
        "axis",
        "code",
        "area",
        "window",
        "said",
        "cases",
        "patients",
    )
)
#: Measures of a file of the first page.
_OF_TODAY = {"cases": "positivity", "tested": "testing", "treated": "treatment"}
#: Records of a place, as its file calls them.
_ALL_RECORDS = "yield"
_PICTURE = N_(
    "{file}: is a picture, and holds no table to compare. Take the CSV or XLSX file of the same view, and "
    "check that"
)
_CLUSTERS = N_(
    "{file}: holds clusters and places as they are counted now. No release tells clusters, so nothing in it "
    "can be compared"
)
#: Endings of files that hold nothing to compare, and why.
_NOTHING_TO_COMPARE = {"png": _PICTURE, "svg": _PICTURE, "gpkg": _CLUSTERS, "geojson": _CLUSTERS}
#: A column by which a table without a release is known, and why it has none.
_WITHOUT_RELEASE = {
    "observed": _CLUSTERS,
    "last_report": N_("{file}: counts facilities and their reports, no people. No release tells them"),
}
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

    Rows that are not of a release (`issued` is `no`) are passed over. A file that describes others (JSON)
    tells no number of people: its release, threshold and days are compared.

    Raises
    ------
    NotPermittedError
        The grant does not export tables.
    UnreadableFileError
        The file cannot be read, holds nothing to compare, or does not name one issued release and threshold.
    """
    grant.check(Permission.EXPORT_TABLES)
    if reason := _NOTHING_TO_COMPARE.get(path.suffix.lower().removeprefix(".")):
        raise UnreadableFileError(reason, file=path.name)
    if (facts := _sidecar(path)) is not None:
        figures, checked, found = _of_facts(database, path, facts)
    else:
        rows = [(number, row) for number, row in _rows(path) if row.get(_ISSUED, "yes") != "no"]
        figures, checked = _named(database, path, rows), 0
        found = list(_of_stamp(rows, figures.stamp))
        for number, row in rows:
            numbers, cell, place = _told(path, number, row, figures)
            found += [f"row {number} ({place}): {fault}" for fault in _differing(numbers, cell)]
            checked += sum(bool(text) for text in numbers.values())
    faults = [*_content_faults(database, figures), *found]
    faults = faults[:MOST] + ([f"and {len(faults) - MOST} more"] if len(faults) > MOST else [])
    said = {"file": path.name, "release": figures.stamp.release, "faults": len(faults)}
    audit.record(database, grant.actor, "release verify", said)
    return Verified(figures.stamp, checked, tuple(faults))


def _rows(path: Path) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Rows by the names of their columns."""
    table = read_table(path, _KNOWN)
    missing = [name for name in (*STAMP, _QUESTION[0]) if name not in table.header]
    if missing:
        for column, reason in _WITHOUT_RELEASE.items():
            if column in table.header:
                raise UnreadableFileError(reason, file=path.name)
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
    if not stamps:
        raise UnreadableFileError("{file}: holds no row of a release", file=path.name)
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


def _of_stamp(rows: list[tuple[int, Mapping[str, str]]], stamp: Stamp) -> Iterator[str]:
    """Whether the day of the data and the role that rows name are those of the release; once for each."""
    for day in sorted({text for _, row in rows if (text := row.get(_UNTIL, ""))}):
        if day[:10] != stamp.data_until.isoformat():
            yield f"{_UNTIL} is {day[:20]}, and {stamp.data_until} in the release"
    for role in sorted({text for _, row in rows if (text := row.get(_ROLE, ""))}):
        if role not in GRANTED or THRESHOLDS.get(role, THRESHOLD) != stamp.threshold:
            yield f"{_ROLE} is {role[:20]}, which is shown no figures at a threshold of {stamp.threshold}"


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


def _told(
    path: Path, number: int, row: Mapping[str, str], figures: Figures
) -> tuple[Mapping[str, str], Cell, str]:
    """The numbers of a row, what the release says of the same, and its place."""
    try:
        periods = _periods(row["periods"])
        if "cases" in row and "patients" in row:
            return _of_curve(row, periods, figures)
        known, place = _question(row)
        query = CoverageQuery.read(known)
    except (UsageError, ValueError) as error:
        raise UnreadableFileError(
            "{file}: row {row}: cannot be understood ({why})", file=path.name, row=number, why=error
        ) from error
    numbers = {name: row.get(name, "") for name in _NUMBERS}
    if query.persons or len(query.groups) > 1:
        return numbers, Cell(State.NOT_ISSUED), place  # no release tells persons, or two groups at once
    measure = query.measure
    if row.get("window") and measure == _ALL_RECORDS:
        cell = figures.union(query.disease, "records", query.dimension, place, periods)
        return numbers, Cell(cell.state, cell.records, cell.records, cell.records, 0), place
    axis, values = next(iter(query.groups.items()), ("", ()))
    asked = (query.disease, measure, query.dimension, place, periods, axis, ",".join(values))
    return numbers, figures.union(*asked), place


def _periods(text: str) -> list[tuple[str, date]]:
    found = (one.partition(":") for one in text.split())
    return [(kind, date.fromisoformat(first)) for kind, _, first in found]


def _question(row: Mapping[str, str]) -> tuple[dict[str, str], str]:
    """The question of a row as the map asks it, and its place: each page's file has columns of its own."""
    if row.get("window"):  # of the page of a place
        place = row["place"]
        by = "crossing" if place in ALL_CROSSINGS and place != UNKNOWN else "province"
        return {"disease": row["disease"], "by": by, "measure": row["measure"]}, place
    if "said" in row:  # of the first page
        measure = _OF_TODAY.get(row.get("measure", ""), "")
        return {"disease": row["disease"], "by": "province", "measure": measure}, row.get("area", "")
    known = {
        name: row[name] for name in CoverageQuery.names() if row.get(name) and name not in ("from", "to")
    }
    if "axis" in row:  # groups of the map
        return known | {row["axis"]: row.get("code", "")}, row.get("area", "")
    return known, row.get("code", "")


def _of_curve(
    row: Mapping[str, str], periods: list[tuple[str, date]], figures: Figures
) -> tuple[Mapping[str, str], Cell, str]:
    """A step of a curve: people found positive as numerator, records as denominator."""
    axis, place = next((name for name in AXES if row.get(name)), ""), row.get("area", "")
    asked = (row.get("place", ""), place, periods, axis, row.get(axis, "") if axis else "")
    positive = figures.union(row["disease"], "positivity", *asked)
    records = figures.union(row["disease"], "records", *asked)
    cell = Cell(State.SHOWN, numerator=positive.numerator, denominator=records.records)
    return {"numerator": row["cases"], "denominator": row["patients"]}, cell, place


def _sidecar(path: Path) -> Mapping[str, Any] | None:
    """What a file that describes others says of itself; None of any other file."""
    if path.suffix.lower() != ".json":
        return None
    try:
        held = json.loads(path.read_text("utf-8-sig"))
    except (OSError, ValueError, RecursionError):
        return None  # the reader of tables says what is wrong
    facts = held.get("chhlang") if isinstance(held, dict) else None
    return facts if isinstance(facts, dict) else None


def _of_facts(database: Database, path: Path, facts: Mapping[str, Any]) -> tuple[Figures, int, list[str]]:
    """The release that a description names, how many facts were compared, and which differ."""
    row = {"release": str(facts.get("release", "")), "threshold": str(facts.get("threshold_of_release", ""))}
    figures = _named(database, path, [(0, row)])
    told = {"issued_on": figures.stamp.issued_on, "data_until": figures.stamp.data_until}
    found = [
        f"{name} is {str(facts.get(name))[:20]}, and {day} in the release"
        for name, day in told.items()
        if facts.get(name) != day.isoformat()
    ]
    return figures, len(told), found


def _differing(numbers: Mapping[str, str], cell: Cell) -> Iterator[str]:
    """A sentence for each number that the release does not say."""
    for name, text in numbers.items():
        if not text:
            continue
        said = _whole(text)
        told = getattr(cell, name) if cell.state is State.SHOWN else None
        if said is None or said != told:
            release = cell.state.value if told is None else told
            yield f"{name} is {text[:20]}, and {release} in the release"
