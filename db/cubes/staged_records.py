"""What a file brings, kept as numbers while it is staged: its sums need not be read back from the database.

About fifty bytes a record. Beyond `MOST` records nothing is kept, and the sums are made from what is stored.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.engine import Connection

from db.columns.cohort_sums import primaquine
from db.columns.encoding import BinaryColumn, DictionaryBuilder, DictionaryColumn
from db.columns.sums import BOTH, START, VISIT, Numbers, Records
from db.cubes import read as cube_read
from db.tables.records import facility
from surveillance.line_list import RECORD_COLUMNS
from surveillance.vocabulary import UNKNOWN

#: Records that are kept at most: bounds the memory, whatever the size of a file.
MOST = 1_200_000
_CODED = (
    "facility_key",
    "issuer",
    "disease",
    "province_home",
    "province_infection",
    "crossing",
    "date_visit",
    "cascade",
    "period",
    "start_period",
    "stratum",
    "date_treated",
    "date_outcome",
    "outcome",
    "detail",
)
_NUMBERS = frozenset({"cascade", "period", "start_period", "stratum"})
#: Columns in which a value may be missing: kept as blank.
_MAY_LACK = frozenset({"issuer", "date_treated", "date_outcome"})
_KEPT = itemgetter(*map(RECORD_COLUMNS.index, ("row_number", "person", *_CODED)))
#: Number of a row, a column of `episode`, and the code of the place.
Placed = tuple[int, str, str]


class Bringing:
    """The records of one file, while they come."""

    def __init__(self) -> None:
        self._builders = {name: DictionaryBuilder() for name in _CODED}
        self._rows: list[NDArray[np.int32]] = []
        self._persons: list[BinaryColumn] = []
        self._count = 0

    def __len__(self) -> int:
        """How many records have come."""
        return self._count

    @property
    def kept(self) -> bool:
        """Whether they are kept: not beyond `MOST`."""
        return bool(self._rows)

    def add(self, records: Sequence[tuple[Any, ...]]) -> None:
        """Keep some more, in the order of `RECORD_COLUMNS`."""
        self._count += len(records)
        if not records:
            return
        if self._count > MOST:
            self._rows, self._persons, self._builders = [], [], {}
            return
        row, person, *coded = zip(*map(_KEPT, records), strict=True)
        self._rows.append(np.array(row, np.int32))
        self._persons.append(BinaryColumn.of([text or "" for text in person]))
        for name, builder, column in zip(_CODED, self._builders.values(), coded, strict=True):
            builder.add(_kept(name, column))

    def stored(
        self, connection: Connection, current: NDArray[np.int32] | None, placed: Sequence[Placed]
    ) -> Brought | None:
        """The records as they are stored; None where there are none, or more than are kept.

        Parameters
        ----------
        current
            Numbers of the rows that are current; None where all of them are.
        placed
            Places that are stored, where cleaning left them unknown.
        """
        if not self.kept:
            return None
        person, rows = BinaryColumn.together(self._persons), np.concatenate(self._rows)
        coded = {name: self._builders.pop(name).finish() for name in _CODED}
        self._rows, self._persons = [], []
        if placed:
            _place(coded, rows, placed)
        if current is not None:
            kept = np.isin(rows, current)
            person = person.part(kept)
            coded = {name: column.rows(kept) for name, column in coded.items()}
        coded["day"] = coded.pop("date_visit")  # cleaning writes days as YYYY-MM-DD
        coded["primaquine"] = coded.pop("detail")
        numbers = {name: coded.pop(name) for name in _NUMBERS}
        coded |= _by_facility(connection, coded["facility_key"])
        return Brought(person, coded, numbers)


def _kept(name: str, column: Sequence[Any]) -> Sequence[Any]:
    """A column as it is kept: of the details, which may be many, the regimen of primaquine alone."""
    if name == "detail":
        return list(map(primaquine, column))
    return [text or "" for text in column] if name in _MAY_LACK else column


def _place(coded: dict[str, DictionaryColumn], rows: NDArray[np.int32], placed: Sequence[Placed]) -> None:
    order = np.argsort(rows, kind="stable")
    for name in sorted({column for _, column, _ in placed}):
        numbers, codes = zip(*((row, code) for row, column, code in placed if column == name), strict=True)
        positions = order[np.searchsorted(rows, numbers, sorter=order)]
        coded[name] = coded[name].replaced(positions, codes)


def _by_facility(connection: Connection, keys: DictionaryColumn) -> dict[str, DictionaryColumn]:
    """Name and province of each record's facility, as the list has them."""
    query = select(facility.c.facility_key, facility.c.facility_id, facility.c.province)
    listed = {key: (name, province) for key, name, province in connection.execute(query)}
    known = [listed.get(key, (UNKNOWN, UNKNOWN)) for key in keys.names]
    return {
        "facility": keys.called([name for name, _ in known]),
        "province_care": keys.called([province for _, province in known]),
    }


@dataclass(frozen=True)
class Brought:
    """The current records that a file has brought, column by column.

    Parameters
    ----------
    person
        Their pseudonyms.
    texts
        Columns of `episode`; `day`: the visit's; and `primaquine`. Days are written as YYYY-MM-DD, or blank.
    numbers
        `cascade`, `period`, `start_period` and `stratum`; what stands for texts are numbers.
    """

    person: BinaryColumn
    texts: Mapping[str, DictionaryColumn]
    numbers: Mapping[str, DictionaryColumn]

    def __len__(self) -> int:
        """How many records it are."""
        return len(self.person.blank)

    def number(self, name: str, rows: Any = slice(None)) -> Numbers:
        """One column of numbers, of some rows."""
        column = self.numbers[name]
        found: Numbers = np.array(column.names, np.int64)[column.codes[rows]]
        return found

    def parts(self, places: Mapping[str, str], starting: Sequence[int]) -> Iterator[Records]:
        """As `db.cubes.read.parts` reads them from the database: in the order of the cells of time."""
        period, start = (self.number(name).astype(np.int32) for name in ("period", "start_period"))
        moment = np.where(period == start, BOTH, VISIT).astype(np.int8)
        also = np.flatnonzero((period != start) & np.isin(self.number("cascade"), starting))
        periods = np.concatenate((period, start[also]))
        moments = np.concatenate((moment, np.full(len(also), START, np.int8)))
        rows = np.concatenate((np.arange(len(period)), also)).astype(np.int32)
        del period, start, moment, also
        order = np.argsort(periods, kind="stable").astype(np.int32)
        for begin, end, whole in _cuts(periods[order]):
            some = order[begin:end]
            row = rows[some]
            yield Records(
                self.texts["disease"].part(row),
                {kind: self.texts[column].part(row) for kind, column in places.items()},
                periods[some].astype(np.int64),
                self.number("stratum", row),
                self.number("cascade", row),
                moments[some].astype(np.int64),
                whole,
            )


def _cuts(periods: NDArray[np.int32]) -> Iterator[tuple[int, int, bool]]:
    """Begin and end of each part of the ordered periods, and whether it has its periods to itself."""
    begin, amid = 0, False
    while begin < len(periods):
        last = periods[min(begin + cube_read.PART, len(periods)) - 1]
        whole = int(np.searchsorted(periods, last, "right"))
        end = min(whole, begin + cube_read.MOST)
        yield begin, end, not amid and end == whole
        begin, amid = end, end < whole
