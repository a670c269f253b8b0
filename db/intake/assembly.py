"""Accepted rows into stored records: pseudonyms, cells, strata, and the two fingerprints of a record.

Work is done a column at a time; a record's tuple is only made when all its columns are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from hashlib import blake2b
from itertools import repeat
from typing import Any

from db.intake.pseudonym import Pseudonymiser
from db.intake.values import clean_text, match_key
from db.schema import RECORD_COLUMNS
from surveillance import vocabulary as v
from surveillance.epiweek import cell_number
from surveillance.strata import stratum

#: Columns of a record after its two fingerprints and its row number.
STORED = RECORD_COLUMNS[3:]
#: What tells two records apart: neither how a facility is spelled, nor what is derived from the rest.
_TOLD_APART_BY = tuple(
    name for name in STORED if name not in {"facility_id", "period", "start_period", "stratum"}
)
_NUMBERS = frozenset({"age_years", "cascade", "period", "start_period", "stratum"})
_AXES = tuple(v.AXES)


class Assembler:
    """Makes the records of one file from its columns.

    Parameters
    ----------
    source : str
        Who delivers: part of a record's identity.
    pseudonymise
        The keyed replacement of person numbers.
    """

    def __init__(self, source: str, pseudonymise: Pseudonymiser) -> None:
        self._source = source
        self._pseudonymise = pseudonymise
        self._cells: dict[date, int] = {}
        self._days: dict[date | None, str | None] = {None: None}
        self._strata: dict[tuple[Any, ...], int] = {}
        self._issuers: dict[str, str] = {}

    def records(
        self, columns: Mapping[str, Sequence[str]], numbers: Sequence[int], read: Mapping[str, Sequence[Any]]
    ) -> list[tuple[Any, ...]]:
        """Records as tuples in the order of `RECORD_COLUMNS`.

        Parameters
        ----------
        columns : mapping
            Texts of every field, as they came, for accepted rows.
        numbers : sequence of int
            Their row numbers.
        read : mapping
            Values read from them.
        """
        made = self._made(columns, read)
        stored = {name: made[name] if name in made else self._plain(name, read[name]) for name in STORED}
        identities, contents = fingerprints(repeat(self._source), stored)
        return list(zip(identities, contents, numbers, *stored.values(), strict=True))

    def _made(
        self, columns: Mapping[str, Sequence[str]], read: Mapping[str, Sequence[Any]]
    ) -> dict[str, list[Any]]:
        """The columns that are more than a value read from one cell."""
        return {
            "record_id": [clean_text(text) or None for text in columns["record_id"]],
            "arrival_id": [clean_text(text) or None for text in columns["arrival_id"]],
            "facility_id": [name for name, _ in read["facility_id"]],
            "facility_key": [key for _, key in read["facility_id"]],
            "person": list(self._persons(columns, read)),
            "period": list(map(self._cell, read["date_visit"])),
            "start_period": [
                self._cell(start or visit)
                for start, visit in zip(read["date_treated"], read["date_visit"], strict=True)
            ],
            "stratum": list(
                map(self._stratum, zip(*(read[name] for name in _READ_FOR_STRATUM), strict=True))
            ),
        }

    def _plain(self, name: str, values: Sequence[Any]) -> Sequence[Any]:
        return list(map(self._day, values)) if name.startswith("date_") else values

    def _day(self, day: date | None) -> str | None:
        if day not in self._days:
            self._days[day] = day.isoformat() if day else None
        return self._days[day]

    def _cell(self, day: date) -> int:
        if day not in self._cells:
            self._cells[day] = cell_number(day)
        return self._cells[day]

    def _stratum(self, values: tuple[Any, ...]) -> int:
        if values not in self._strata:
            disease, years, *groups = values
            axes = dict(zip(_OTHER_AXES, groups, strict=True)) | {"age": v.age_band(years)}
            self._strata[values] = stratum(disease, axes)
        return self._strata[values]

    def _persons(
        self, columns: Mapping[str, Sequence[str]], read: Mapping[str, Sequence[Any]]
    ) -> Iterator[str | None]:
        given = zip(columns["person_id"], columns["person_id_issuer"], read["facility_id"], strict=True)
        for number_text, issuer_text, (_, facility) in given:
            number = match_key(number_text)
            if not number:
                yield None
                continue
            if issuer_text not in self._issuers:
                self._issuers[issuer_text] = match_key(issuer_text)
            yield self._pseudonymise(self._issuers[issuer_text] or f"facility:{facility}", number)


_OTHER_AXES = tuple(axis for axis in _AXES if axis != "age")
_READ_FOR_STRATUM = ("disease", "age_years", *_OTHER_AXES)


def _texts(name: str, values: Sequence[Any]) -> Iterable[str]:
    """A column as it is fingerprinted: what is absent is an empty text."""
    if name in _NUMBERS:
        return ["" if value is None else str(value) for value in values]
    return [value or "" for value in values]


def fingerprints(
    sources: Iterable[str], stored: Mapping[str, Sequence[Any]]
) -> tuple[list[bytes], list[bytes]]:
    """Identity and content of records.

    Parameters
    ----------
    sources : iterable of str
        Who delivered each.
    stored : mapping
        The columns of the records after their fingerprints, as they are stored; days as ISO texts.
    """
    texts = list(map("\x1f".join, zip(*(_texts(name, stored[name]) for name in _TOLD_APART_BY), strict=True)))
    identities = [
        _fingerprint(f"{source}\x1f{facility}\x1f" + (f"id\x1f{own}" if own else text))
        for source, facility, own, text in zip(
            sources, stored["facility_key"], stored["record_id"], texts, strict=False
        )
    ]
    return identities, list(map(_fingerprint, texts))


def _fingerprint(text: str) -> bytes:
    return blake2b(text.encode(), digest_size=16).digest()
