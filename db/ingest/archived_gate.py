"""Rows of a file about records that are no longer held: known again by their fingerprints, never doubled.

A row that says what a sealed record said is a duplicate. One that would amend or withdraw a sealed record is
rejected. A record that was never here is let through, however old it is, and so is one that was withdrawn
before its versions were sealed: it is no longer counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from db.batches.outcomes import first_coming
from db.core.engine import Database
from db.cubes import archived_sums
from db.cubes.archived_sums import Contents
from db.intake.cleaning.assembly import KEPT, fingerprints
from db.intake.cleaning.line_list import Cleaned, Rejected
from db.intake.files.readers import Row
from db.intake.values.place_tokens import PlaceTokens
from db.intake.values.pseudonym import Pseudonymiser
from db.intake.values.reasons import Reason
from db.tables import meta
from surveillance.line_list import RECORD_COLUMNS

_AT = {name: position for position, name in enumerate(RECORD_COLUMNS)}
_IDENTITY, _CONTENT, _ROW = _AT["identity"], _AT["content"], _AT["row_number"]
_OWN, _PERSON = _AT["record_id"], _AT["person"]
Record = tuple[Any, ...]
#: Field -> token of the texts of one record that no place matches.
TokensByField = dict[str, str]
#: Identity and content of a record: under the present key first, then under those before it.
Prints = list[tuple[bytes, bytes]]
#: What is known of a sealed record by each of its identities, and the content that the row brings.
Said = list[tuple[Contents, bytes]]


class SealedGate:
    """Stands between cleaning and staging.

    Parameters
    ----------
    database
        Asked as the file begins to be read, and again for each chunk.
    source, sha256 : str
        Who delivers, and the file's fingerprint: a file that came before says nothing new (decision 9).
    pseudonymise, place_tokens
        They know what a pseudonym and a token were under earlier keys: fingerprints of then were made so.
    """

    def __init__(
        self,
        database: Database,
        source: str,
        sha256: str,
        pseudonymise: Pseudonymiser,
        place_tokens: PlaceTokens,
    ) -> None:
        self._database, self._source = database, source
        self._pseudonymise, self._place_tokens = pseudonymise, place_tokens
        self._used: Counter[bytes] = Counter()
        with database.reading() as connection:
            self.fact = meta.get(connection, archived_sums.SEALS)
            self._seals = archived_sums.seals(connection)
            self._came = first_coming(connection, source, sha256) is not None
        if self._seals:
            pseudonymise.remember_earlier()

    def __call__(self, rows: Sequence[Row], cleaned: Cleaned) -> tuple[Cleaned, set[int]]:
        """What is left of a chunk, with its rejected rows; and the numbers of rows that say nothing new."""
        if not self._seals:
            return cleaned, set()
        prints = self._prints(cleaned)
        asked = {identity for several in prints for identity, _ in several}
        asked.update(item.identity for item in cleaned.withdrawals)
        with self._database.reading() as connection:
            known = archived_sums.known(connection, asked)
        kept: dict[int, Record] = {}
        duplicates, refused = set[int](), dict[int, Reason]()
        for record, several in zip(cleaned.records, prints, strict=True):
            said = [(known[identity], content) for identity, content in several if identity in known]
            verdict = self._of_record(record, said) if said else None
            if verdict is None:
                kept[record[_ROW]] = record
            elif isinstance(verdict, Reason):
                refused[record[_ROW]] = verdict
            else:
                duplicates.add(record[_ROW])
        withdrawals = []
        for item in cleaned.withdrawals:
            if not sum(known.get(item.identity, {}).values()):
                withdrawals.append(item)
            elif self._came:
                duplicates.add(item.row.number)
            else:
                refused[item.row.number] = self._reason("withdrawn")
        self._pseudonymise.remember_earlier()  # of this chunk: not of the whole file
        rejected = [
            *cleaned.rejected,
            *(Rejected(row, (refused[row.number],)) for row in rows if row.number in refused),
        ]
        rejected.sort(key=lambda item: item.row.number)
        unplaced = [item for item in cleaned.unplaced if item[0] in kept]
        left = replace(
            cleaned,
            records=list(kept.values()),
            rejected=rejected,
            withdrawals=withdrawals,
            unplaced=unplaced,
            earlier={number: prints for number, prints in cleaned.earlier.items() if number in kept},
        )
        return left, duplicates

    def _of_record(self, record: Record, said: Said) -> Reason | str | None:
        """Why a row about sealed records is refused; blank: it says nothing new; None: it is let in."""
        counted = sum(sum(contents.values()) for contents, _ in said)
        is_known = any(content in contents for contents, content in said)
        if not counted:  # withdrawn: only what came before may not bring it back
            return "" if self._came else None
        if not is_known:
            return self._reason("changed")
        if record[_OWN] is not None or self._came:
            return ""
        self._used[record[_IDENTITY]] += 1
        return "" if self._used[record[_IDENTITY]] <= counted else None  # one person more than was sealed

    def _prints(self, cleaned: Cleaned) -> list[Prints]:
        marks: dict[int, TokensByField] = {}
        for number, field, mark in cleaned.unplaced:
            marks.setdefault(number, {})[field] = mark
        prints: list[Prints] = [[(record[_IDENTITY], record[_CONTENT])] for record in cleaned.records]
        for level in range(max(0, len(self._pseudonymise.keys) - 1)):
            then = [
                (position, *self._under(level, record, marks.get(record[_ROW], {})))
                for position, record in enumerate(cleaned.records)
                if record[_PERSON] is not None or record[_ROW] in marks
            ]
            for position, identity, content in _again(self._source, then):
                prints[position].append((identity, content))
        for position, record in enumerate(cleaned.records):
            prints[position] += [print_[:2] for print_ in cleaned.earlier.get(record[_ROW], ())]
        return prints

    def _under(self, level: int, record: Record, marks: TokensByField) -> tuple[Record, TokensByField]:
        """A record and its tokens as they were made under an earlier key."""
        person = record[_PERSON]
        if person is not None:
            person = self._pseudonymise.earlier(person)[level]
        then = {field: self._place_tokens.earlier(mark)[level] for field, mark in marks.items()}
        return (*record[:_PERSON], person, *record[_PERSON + 1 :]), then

    def _reason(self, what: str) -> Reason:
        last = self._seals[-1]
        done = Reason("changed") if what == "changed" else Reason("withdrawn")
        return Reason(
            "this record is sealed since {on} with all visits before {day}; it is no longer held by itself "
            "and cannot be {done}",
            on=last.on,
            day=last.before_day.isoformat(),
            done=done,
        )


def _again(
    source: str, records: Sequence[tuple[int, Record, TokensByField]]
) -> Iterable[tuple[int, bytes, bytes]]:
    if not records:
        return []
    values = zip(*(record for _, record, _ in records), strict=True)
    columns: dict[str, list[Any]] = {
        name: [value.isoformat() if isinstance(value, date) else value for value in column]
        for name, column in zip(RECORD_COLUMNS, values, strict=True)
        if name in KEPT
    }
    fields = sorted({field for _, _, marks in records for field in marks})
    of_field = {field: [marks.get(field) for _, _, marks in records] for field in fields}
    numbered = [record[_IDENTITY] if record[_OWN] is not None else None for _, record, _ in records]
    identities, contents = fingerprints([source] * len(records), columns, of_field, numbered)
    return zip((position for position, _, _ in records), identities, contents, strict=True)
