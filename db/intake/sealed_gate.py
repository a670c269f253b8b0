"""Rows of a file about records that are no longer held: known again by their fingerprints, never doubled.

A row that says what a sealed record said is a duplicate. One that would amend a sealed record is rejected. A
record that was never here is let through, however old it is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from sqlalchemy.engine import Connection

from db import meta, sealed
from db.intake.assembly import STORED, fingerprints
from db.intake.cleaning import Cleaned, Rejected
from db.intake.pseudonym import Pseudonymiser
from db.intake.readers import Row
from db.schema import RECORD_COLUMNS

_AT = {name: position for position, name in enumerate(RECORD_COLUMNS)}
_IDENTITY, _CONTENT, _ROW = _AT["identity"], _AT["content"], _AT["row_number"]
_OWN, _PERSON = _AT["record_id"], _AT["person"]
Record = tuple[Any, ...]
#: Identity and content of a record: under the present key first, then under those before it.
Prints = list[tuple[bytes, bytes]]


class SealedGate:
    """Stands between cleaning and staging.

    Parameters
    ----------
    connection
        To the records, as the file begins to be read.
    source : str
        Who delivers.
    pseudonymise
        Knows what a pseudonym was under earlier keys: fingerprints of then were made with it.
    """

    def __init__(self, connection: Connection, source: str, pseudonymise: Pseudonymiser) -> None:
        self.fact = meta.get(connection, sealed.SEALS)
        self._seals = sealed.seals(connection)
        self._source = source
        self._pseudonymise = pseudonymise
        self._used: Counter[bytes] = Counter()
        if self._seals:
            pseudonymise.remember_earlier()

    def __call__(
        self, connection: Connection, rows: Sequence[Row], cleaned: Cleaned
    ) -> tuple[Cleaned, set[int]]:
        """What is left of a chunk, with its rejected rows; and the numbers of rows that say nothing new."""
        if not self._seals:
            return cleaned, set()
        prints = self._prints(cleaned.records)
        known = sealed.known(connection, {identity for several in prints for identity, _ in several})
        kept, duplicates, refused = [], set[int](), dict[int, str]()
        for record, several in zip(cleaned.records, prints, strict=True):
            said = [(identity, content) for identity, content in several if identity in known]
            if not said:
                kept.append(record)
            elif record[_OWN] is None:
                identity, content = said[0]
                self._used[identity] += 1
                if self._used[identity] <= known[identity][content]:
                    duplicates.add(record[_ROW])
                else:
                    kept.append(record)
            elif any(content in known[identity] for identity, content in said):
                duplicates.add(record[_ROW])
            else:
                refused[record[_ROW]] = self._reason()
        self._pseudonymise.remember_earlier()  # of this chunk: not of the whole file
        rejected = [
            *cleaned.rejected,
            *(Rejected(row, (refused[row.number],)) for row in rows if row.number in refused),
        ]
        rejected.sort(key=lambda item: item.row.number)
        return Cleaned(kept, rejected), duplicates

    def _prints(self, records: Sequence[Record]) -> list[Prints]:
        prints: list[Prints] = [[(record[_IDENTITY], record[_CONTENT])] for record in records]
        earlier = [
            (position, (*record[:_PERSON], person, *record[_PERSON + 1 :]))
            for position, record in enumerate(records)
            for person in self._pseudonymise.earlier(record[_PERSON])
        ]
        for position, identity, content in _again(self._source, earlier):
            prints[position].append((identity, content))
        return prints

    def _reason(self) -> str:
        last = self._seals[-1]
        return (
            f"this record is sealed since {last.on} with all visits before {last.before_day.isoformat()}: "
            "it is no longer held by itself and cannot be changed"
        )


def _again(source: str, records: Sequence[tuple[int, Record]]) -> Iterable[tuple[int, bytes, bytes]]:
    if not records:
        return []
    values = zip(*(record for _, record in records), strict=True)
    columns: dict[str, list[Any]] = {
        name: [value.isoformat() if isinstance(value, date) else value for value in column]
        for name, column in zip(RECORD_COLUMNS, values, strict=True)
        if name in STORED
    }
    identities, contents = fingerprints([source] * len(records), columns)
    return zip((position for position, _ in records), identities, contents, strict=True)
