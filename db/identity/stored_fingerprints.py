"""Fingerprints of stored records, made by the code that makes them at import."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Connection, Row

from db.intake.cleaning.assembly import KEPT, fingerprints
from db.intake.cleaning.places import COLUMN_OF
from db.tables.deliveries import unplaced
from surveillance.vocabulary import UNKNOWN

#: Columns of `episode` from which a fingerprint is made.
COLUMNS = ("id", "source", "identity", *KEPT)
Columns = dict[str, list[Any]]
#: Version -> field -> token.
TokensByVersion = Mapping[int, Mapping[str, str]]


def columns_of(rows: Sequence[Row]) -> Columns:
    """The columns `COLUMNS` of some versions; days as ISO texts."""
    return {
        name: [value.isoformat() if isinstance(value, date) else value for value in values]
        for name, values in zip(COLUMNS, zip(*rows, strict=True), strict=True)
    }


def tokens_between(connection: Connection, first: int, last: int) -> dict[int, dict[str, str]]:
    """Tokens of places, as they are now, of the versions from `first` to `last`."""
    found: dict[int, dict[str, str]] = {}
    rows = select(unplaced.c.episode, unplaced.c.field, unplaced.c.mark)
    for number, field, mark in connection.execute(rows.where(unplaced.c.episode.between(first, last))):
        found.setdefault(number, {})[field] = mark
    return found


def prints(
    columns: Columns, marks: TokensByVersion, numbered: Iterable[bytes | None]
) -> tuple[list[bytes], list[bytes]]:
    """Identity and content of versions. `numbered`: identities of those that their senders number."""
    of_field: dict[str, list[str | None]] = {}
    for field, column in COLUMN_OF.items():
        given = [marks.get(number, {}).get(field) for number in columns["id"]]
        if any(given):
            of_field[field] = given
            blank = {column: UNKNOWN} | ({"commune_infection": None} if field == "place_infection" else {})
            for name, value in blank.items():  # whatever the text was resolved to
                columns[name] = [value if m else v for m, v in zip(given, columns[name], strict=True)]
    return fingerprints(columns["source"], columns, of_field, list(numbered))
