"""A release made in a moment from the cubes: each number below the threshold is hidden, and nothing else.

This is no suppression: what a release hides, and why nothing can be worked out, is tested elsewhere. Here a
release is what pages, files and commands show.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import product

import numpy as np

from dashboard.filters import CoverageQuery
from dashboard.permissions import Grant
from dashboard.services.coverage.as_of import reading_of
from dashboard.services.coverage.source import Reading
from dashboard.services.disclosure.opening import opened
from dashboard.services.imports.data_status import data_status
from dashboard.services.releases import sheets
from dashboard.services.releases.periods import moved
from dashboard.services.releases.sheets import BLANK, HIDDEN, SHOWN, Numbers, Sheet
from db.core.engine import Database
from db.maintenance.opening import open_database
from db.operations import releases as stored
from geodata.crossings import ALL_CROSSINGS
from geodata.provinces import PROVINCES
from surveillance.diseases import DISEASES
from surveillance.epiweek import PeriodKind, period_first_day, period_last_day
from surveillance.vocabulary import AXES

PREPARED_BY, ISSUED_BY = "prepares@example.org", "issues@example.org"
MEASURES = ("testing", "positivity", "treatment")
ACUTE: tuple[PeriodKind, ...] = ("month", "quarter", "year")
JOINED = {"returning": "returning,deported", "security_forces": "security_forces,other"}
#: Values that are counted with one of the joined ones, of activity and movement.
_GONE = {"deported", "other"}
PARTS = ("numerator", "denominator", "unknown")


def kinds_of(disease: str, dimension: str, axis: str, *, country: bool) -> tuple[PeriodKind, ...]:
    """Kinds of period that are issued of a table."""
    if DISEASES[disease].sensitive:
        return ("year",) if dimension != "crossing" and not axis else ()
    slow = disease in ("tb", "hepatitis_b", "hepatitis_c")
    if axis:
        return ("quarter", "year") if country else ()
    if dimension == "home":
        return ("year",) if slow else ("quarter", "year")
    return ("quarter", "year") if slow else ACUTE


def periods_of(first: date, last: date, kinds: Sequence[PeriodKind]) -> list[tuple[PeriodKind, date]]:
    """Periods of some kinds that lie wholly within two days."""
    found = []
    for kind in kinds:
        day = period_first_day(first, kind)
        while (end := period_last_day(day, kind)) <= last:
            if day >= first:
                found.append((kind, day))
            day = end + timedelta(days=1)
    return found


def values_of(axis: str) -> dict[str, tuple[str, ...]]:
    """Issued value of an axis -> its values."""
    return {
        JOINED.get(value.code, value.code): tuple(JOINED.get(value.code, value.code).split(","))
        for value in AXES[axis]
        if not (axis in ("movement", "activity") and value.code in _GONE)
    }


@dataclass(frozen=True)
class Counted:
    """A table before anything is hidden: arrays of measures, rows and columns."""

    dimension: str
    axis: str
    rows: list[tuple[str, str]]
    columns: list[tuple[PeriodKind, date]]
    numbers: dict[str, Numbers]


def _counts(reading: Reading, codes: Sequence[str]) -> list[tuple[int, int, int, int]]:
    named = [code for code in codes if code]
    held = opened(reading.of_places(named))
    by_code = dict(zip(named, held, strict=True)) | {"": opened(reading.total(None))}
    found = [by_code[code] for code in codes]
    return [(one.records, one.numerator, one.denominator, one.unknown) for one in found]


def _counted(
    base: Reading,
    disease: str,
    dimension: str,
    axis: str,
    places: Sequence[str],
    columns: list[tuple[PeriodKind, date]],
) -> Counted:
    values = values_of(axis) if axis else {"": ()}
    rows = [(place, value) for place in places for value in values]
    shape = (1 + len(MEASURES), len(rows), len(columns))
    found = {part: np.zeros(shape, np.int64) for part in PARTS}
    by, place = ("crossing", "care") if dimension == "crossing" else ("province", dimension)
    for number, (kind, first) in enumerate(columns):
        last = period_last_day(first, kind)
        for (value, codes), (at, measure) in product(values.items(), enumerate(MEASURES, 1)):
            groups = {axis: codes} if axis else {}
            query = CoverageQuery(disease, by, place, measure, start=first, end=last, groups=groups)
            for code, numbers in zip(places, _counts(base.of(query).counting(), places), strict=True):
                row = rows.index((code, value))
                found["numerator"][0, row, number] = found["denominator"][0, row, number] = numbers[0]
                for part, one in zip(PARTS, numbers[1:], strict=True):
                    found[part][at, row, number] = one
    return Counted(dimension, axis, rows, columns, found)


def hidden(table: Counted, threshold: int) -> Sheet:
    """The table as it is published at a threshold."""

    def few(numbers: Numbers) -> Numbers:
        return (numbers > 0) & (numbers < threshold)

    found = {part: held.copy() for part, held in table.numbers.items()}
    rest = found["denominator"] - found["numerator"]
    gone = few(found["numerator"]) | few(rest) | few(found["denominator"])
    gone = np.logical_or.accumulate(gone, axis=0)  # what is hidden above is hidden below
    found["unknown"][few(found["unknown"])] = BLANK
    for numbers in found.values():
        numbers[gone] = BLANK
    names = ("records", *MEASURES)
    state = np.where(gone, HIDDEN, SHOWN)
    return Sheet(
        table.dimension, table.axis, tuple(table.rows), tuple(table.columns), names, *found.values(), state
    )


def counted(
    database: Database, first: date, last: date, diseases: Sequence[str], axes: Sequence[str]
) -> dict[str, list[Counted]]:
    """The tables of each disease, before anything is hidden."""
    provinces = ["", *PROVINCES, "unknown"]
    places = {"care": provinces, "home": provinces, "crossing": ["", *ALL_CROSSINGS]}
    found: dict[str, list[Counted]] = {}
    with reading_of(database, Grant.custodian(), CoverageQuery("tb", start=first, end=last), last) as base:
        for disease in diseases:
            tables = [(dimension, "", rows) for dimension, rows in places.items()]
            tables += [("care", axis, rows) for axis in axes for rows in ([""], provinces[1:])]
            found[disease] = [
                _counted(base, disease, dimension, axis, rows, columns)
                for dimension, axis, rows in tables
                if (
                    columns := periods_of(
                        first, last, kinds_of(disease, dimension, axis, country=rows == [""])
                    )
                )
            ]
    return found


def issue(
    database: Database,
    first: date,
    last: date,
    diseases: Sequence[str],
    *,
    axes: Sequence[str] = ("sex", "movement"),
    thresholds: Sequence[int] = (5, 11),
) -> int:
    """Make a release of the data between two days, and issue it; its number."""
    number = stored.add(
        database,
        PREPARED_BY,
        since=first,
        until=last,
        lag_days=0,
        thresholds=thresholds,
        data_version=0,
        at_once=True,
    )
    parts = []
    tables = counted(database, first, last, diseases, axes)
    for threshold in thresholds:
        for disease, held in tables.items():
            data = sheets.pack([hidden(one, threshold) for one in held])
            parts.append(stored.Content(disease, threshold, sheets.digest(data), sheets.squeeze(data)))
    digest = sheets.digest_of([(one.disease, one.threshold, one.digest) for one in parts])
    assert stored.keep(database, number, digest, parts, {}, [], leave=None)
    assert stored.keep_audit(database, number, PREPARED_BY, digest, passed=True, report={}, proofs=b"")
    with database.operations.begin() as connection:
        assert stored.issue(connection, number, ISSUED_BY, digest)
    return number


def issued_lately(url: str) -> None:
    """Issue two diseases of the last year and a half of a database's data, where nothing has been issued."""
    database = open_database(url)
    try:
        last = data_status(database).last_visit
        with database.operations.connect() as connection:
            held = stored.in_force(connection)
        if held is None and last is not None:
            end = period_first_day(last + timedelta(days=1), "month") - timedelta(days=1)
            issue(database, moved(end.replace(day=1), -17), end, ("tb", "malaria"), axes=())
    finally:
        database.dispose()
