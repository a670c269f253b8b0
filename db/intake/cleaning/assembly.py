"""Accepted rows into stored records: pseudonyms, cells, strata, and the two fingerprints of a record.

Work is done a column at a time; a record's tuple is only made when all its columns are.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import repeat
from typing import Any

from db.intake.cleaning.earlier_rows import Earlier, Prints, as_held, persons_of_then
from db.intake.cleaning.places import COLUMN_OF
from db.intake.values.codes import identifier, match_key, no_number
from db.intake.values.fingerprints import STORED, fingerprint, identity_of_number, identity_of_row, own_number
from db.intake.values.pseudonym import Pseudonymiser
from surveillance import vocabulary as v
from surveillance.epiweek import time_cell_number
from surveillance.line_list import ADDED_COLUMNS, RECORD_COLUMNS
from surveillance.strata import stratum

#: Columns of a record after its two fingerprints and its row number.
KEPT = RECORD_COLUMNS[3:]
#: What tells two records apart: neither how a facility is spelled, nor what is derived from the rest.
_TOLD_APART_BY = tuple(
    name
    for name in KEPT
    if name not in {"facility_id", "period", "start_period", "stratum", "issuer", *ADDED_COLUMNS}
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
    earlier : Earlier or None
        Forms of before, where the database holds records of then.
    numbered : bool
        Whether the sender's numbers tell records apart; where they do not, the whole row does.
    """

    def __init__(
        self,
        source: str,
        pseudonymise: Pseudonymiser,
        earlier: Earlier | None = None,
        *,
        numbered: bool = True,
    ) -> None:
        self._source = source
        self._pseudonymise = pseudonymise
        self._earlier, self._numbered = earlier, numbered
        #: What the rows of the last chunk would have been under the forms of before.
        self.prints: Prints = {}
        self._cells: dict[date, int] = {}
        self._days: dict[date | None, str | None] = {None: None}
        self._strata: dict[tuple[Any, ...], int] = {}
        self._issuers: dict[str, tuple[str, str | None]] = {}
        #: Mark of each issuer that the file names -> the issuer as it came.
        self.issuers: dict[str, str] = {}

    def records(
        self,
        columns: Mapping[str, Sequence[str]],
        numbers: Sequence[int],
        read: Mapping[str, Sequence[Any]],
        marks: Mapping[str, Sequence[str | None]],
        then: Mapping[str, Sequence[Any]] | None = None,
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
        marks : mapping
            Field -> mark of each row's text that no place matches: two texts are two contents, whatever
            either is resolved to later.
        then : mapping, optional
            Columns of `read` that were read in another way before.
        """
        own = [own_number(text) if self._numbered else None for text in columns["record_id"]]
        made = self._made(columns, read, own)
        stored = {name: made[name] if name in made else self._plain(name, read[name]) for name in KEPT}
        numbered = [
            identity_of_number(self._source, facility, number) if number else None
            for facility, number in zip(stored["facility_key"], own, strict=True)
        ]
        identities, contents = fingerprints(repeat(self._source), stored, marks, numbered)
        self.prints = {}
        if self._earlier is not None:
            as_now = stored | {"number": own}
            was = self._earlier.forms(columns) | dict(then or {})
            was["person"] = persons_of_then(self._pseudonymise, columns, stored["person"])
            if not self._numbered:
                was["number"] = own
            self.prints = prints_of_then(self._source, numbers, as_now, was, marks)
        return list(zip(identities, contents, numbers, *stored.values(), strict=True))

    def _made(
        self,
        columns: Mapping[str, Sequence[str]],
        read: Mapping[str, Sequence[Any]],
        own: Sequence[str | None],
    ) -> dict[str, list[Any]]:
        """The columns that are more than a value read from one cell."""
        persons = list(self._persons(columns, read))
        if self._earlier is not None:
            keys = [key for _, key in read["facility_id"]]
            issuers = [self._issuers.get(text, ("", None))[0] for text in columns["person_id_issuer"]]
            persons = as_held(self._earlier, self._pseudonymise, columns, keys, issuers, persons)
        return {
            "record_id": [number and number[:STORED] for number in own],
            "arrival_id": _each_once(columns["arrival_id"], {}, identifier),
            "facility_id": [name for name, _ in read["facility_id"]],
            "facility_key": [key for _, key in read["facility_id"]],
            "person": [person for person, _ in persons],
            "issuer": [issuer for _, issuer in persons],
            "period": _each_once(read["date_visit"], self._cells, time_cell_number),
            "start_period": _each_once(
                [
                    start or visit
                    for start, visit in zip(read["date_treated"], read["date_visit"], strict=True)
                ],
                self._cells,
                time_cell_number,
            ),
            "stratum": _each_once(
                list(zip(*(read[name] for name in _READ_FOR_STRATUM), strict=True)), self._strata, _stratum
            ),
        }

    def _plain(self, name: str, values: Sequence[Any]) -> Sequence[Any]:
        return _each_once(values, self._days, date.isoformat) if name.startswith("date_") else values

    def _persons(
        self, columns: Mapping[str, Sequence[str]], read: Mapping[str, Sequence[Any]]
    ) -> Iterator[tuple[str | None, str | None]]:
        """Pseudonym of each person, and the mark of who issued the number where that is not the facility."""
        given = zip(columns["person_id"], columns["person_id_issuer"], read["facility_id"], strict=True)
        for number_text, issuer_text, (_, facility) in given:
            number = match_key(number_text)
            if no_number(number):
                yield None, None
                continue
            if issuer_text not in self._issuers:
                issuer = match_key(issuer_text)
                issuer = "" if no_number(issuer) else issuer
                mark = self._pseudonymise.token_of_issuer(issuer) if issuer else None
                self._issuers[issuer_text] = issuer, mark
                if mark:
                    self.issuers.setdefault(mark, issuer_text)
            issuer, mark = self._issuers[issuer_text]
            yield self._pseudonymise(issuer or f"facility:{facility}", number), mark


_OTHER_AXES = tuple(axis for axis in _AXES if axis != "age")
_READ_FOR_STRATUM = ("disease", "age_years", *_OTHER_AXES)


def _each_once(values: Sequence[Any], known: dict[Any, Any], make: Callable[[Any], Any]) -> list[Any]:
    """A column made of another, each distinct value once; `known` holds those of the chunks before."""
    for value in set(values).difference(known):
        known[value] = make(value)
    return list(map(known.__getitem__, values))


def _stratum(values: tuple[Any, ...]) -> int:
    disease, years, *groups = values
    return stratum(disease, dict(zip(_OTHER_AXES, groups, strict=True)) | {"age": v.age_band(years)})


def _texts(name: str, values: Sequence[Any]) -> Sequence[str]:
    """A column as it is fingerprinted: what is absent is an empty text."""
    if name in _NUMBERS:
        return _each_once(values, {None: ""}, str)
    return [value or "" for value in values] if None in values else values


def fingerprints(
    sources: Iterable[str],
    stored: Mapping[str, Sequence[Any]],
    marks: Mapping[str, Sequence[str | None]],
    numbered: Sequence[bytes | None],
) -> tuple[list[bytes], list[bytes]]:
    """Identity and content of records.

    Parameters
    ----------
    sources : iterable of str
        Who delivered each.
    stored : mapping
        The columns `KEPT` of the records, as they are stored; days as ISO texts; a place that has a mark as
        unknown, whatever it was resolved to.
    marks : mapping
        Field -> mark of each record's text that no place matches.
    numbered : sequence of bytes or None
        Identity of each record that its sender numbers: it is made of the whole number, and only of that.
    """
    told = {name: _texts(name, stored[name]) for name in _TOLD_APART_BY}
    texts = rows = _joined(told)
    if any(told["legal_status"]):
        # Switching it on must not make a second record of one that has no number.
        rows = _joined(told | {"legal_status": [""] * len(texts)})
    if marks:
        texts = _joined(told | {COLUMN_OF[name]: _marked(told, name, marks[name]) for name in marks})
    identities = [
        own or identity_of_row(source, facility, row)
        for source, facility, own, row in zip(sources, stored["facility_key"], numbered, rows, strict=False)
    ]
    return identities, list(map(fingerprint, _with_added(texts, stored)))


def _with_added(texts: list[str], stored: Mapping[str, Sequence[Any]]) -> list[str]:
    """Texts of the content with columns that came later; as they were where these are blank."""
    for name in ADDED_COLUMNS:
        column = stored[name]
        if any(value is not None for value in column):
            texts = [
                text if value is None else f"{text}\x1f{name}={value}"
                for text, value in zip(texts, column, strict=True)
            ]
    return texts


def prints_of_then(
    source: str,
    numbers: Sequence[int],
    now: Mapping[str, Sequence[Any]],
    was: Mapping[str, Sequence[Any]],
    marks: Mapping[str, Sequence[str | None]],
) -> Prints:
    """The fingerprints of before of every row of which an identifier or a value was read in another way.

    Parameters
    ----------
    now, was : mapping
        Columns as they are read, with `number` for the sender's whole number, and those that were read in
        another way before.
    """
    rows = [i for i in range(len(numbers)) if any(now[name][i] != was[name][i] for name in was)]
    if not rows:
        return {}
    found: Prints = {}
    old = {name: [column[i] for i in rows] for name, column in was.items()}
    base = {name: [column[i] for i in rows] for name, column in now.items()}
    base |= {name: column for name, column in old.items() if name not in _FORMS}
    known = {name: [column[i] for i in rows] for name, column in marks.items()}
    for changed in _MIXED:  # a record may have kept the form of then in one of them
        made = base | {name: old[name] for name in changed}
        own = made.pop("number")
        made["record_id"] = [number and number[:STORED] for number in own]
        numbered = [
            identity_of_number(source, key, number) if number else None
            for key, number in zip(made["facility_key"], own, strict=True)
        ]
        identities, contents = fingerprints(repeat(source), made, known, numbered)
        for i, identity, content, number in zip(rows, identities, contents, own, strict=True):
            found.setdefault(numbers[i], []).append((identity, content, number is not None))
    return found


_FORMS = ("facility_key", "number", "arrival_id")
_MIXED = ((), ("facility_key",), ("number", "arrival_id"), _FORMS)


def _marked(told: Mapping[str, Sequence[str]], name: str, marks: Sequence[str | None]) -> list[str]:
    """A column of places in which an unmatched text is known by its mark."""
    pairs = zip(told[COLUMN_OF[name]], marks, strict=True)
    return [f"unplaced {mark}" if mark else code for code, mark in pairs]


def _joined(told: Mapping[str, Sequence[str]]) -> list[str]:
    """One text for each row."""
    return list(map("\x1f".join, zip(*told.values(), strict=True)))
