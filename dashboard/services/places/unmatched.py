"""Unrecognised places: a person says once what a text means."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import Any

from dashboard.permissions import Grant, Permission
from dashboard.services import store
from dashboard.settings import Settings
from db.core.engine import Connection, Database
from db.ingest import unmatched_places
from db.intake.values.place_tokens import PlaceTokens
from db.operations import outbox
from geodata.gazetteer import gazetteer
from surveillance.errors import NotPermittedError, UsageError

FIELDS = ("province_home", "place_infection", "crossing")
COLUMNS = ("field", "mark", "text", "rows", "code", "resolved_at", "resolved_by")
_MARK = re.compile(r"[0-9a-f]{8,32}")


@dataclass(frozen=True)
class Placed:
    """What became of one text in one field; `records`: how many current records were placed."""

    field: str
    mark: str
    code: str | None
    records: int

    def record(self) -> dict[str, Any]:
        """As one row."""
        return asdict(self)


def waiting(
    database: Database, grant: Grant, *, field: str | None = None, resolved: bool = False
) -> list[dict[str, Any]]:
    """Texts of current records that no place matches, most rows first; with `resolved`, also those that are.

    `text` is None where too few rows of a file agreed on it to be kept.

    Raises
    ------
    NotPermittedError
        The grant does not hold imports, or answers for some provinces only.
    """
    check(grant)
    with database.reading() as connection:
        return unmatched_places.listed(connection, waiting=not resolved, field=field)


def one(database: Database, grant: Grant, field: str, mark: str) -> dict[str, Any] | None:
    """One text with current records, as :func:`waiting` lists it, resolved or not; None if absent.

    Raises
    ------
    NotPermittedError
        As with :func:`waiting`.
    """
    check(grant)
    with database.reading() as connection:
        return next(iter(unmatched_places.listed(connection, waiting=False, field=field, mark=mark)), None)


def find(database: Database, grant: Grant, settings: Settings, text: str) -> list[tuple[str, str]]:
    """Field and mark of each place that records name by a text, as a file wrote it.

    Raises
    ------
    NotPermittedError
        As with :func:`waiting`.
    UsageError
        No record names such a place.
    """
    check(grant)
    marker = _place_tokens(database, settings)
    with database.reading() as connection:
        return _found(connection, marker, text, None)


def resolve(
    database: Database, grant: Grant, settings: Settings, text: str, code: str, *, field: str | None = None
) -> list[Placed]:
    """Say what a text means: every record with it is placed, now and as files come.

    Parameters
    ----------
    text
        The text as a file wrote it, or the beginning of its mark (8 digits or more).
    code
        A province, country, crossing or official number of an area, in any spelling that is known; or
        `unknown`, where the text says nothing.

    Raises
    ------
    NotPermittedError
        As with :func:`waiting`.
    UsageError
        No record holds the text, it stands in fields of two kinds, or `code` is no place of its kind.
    """
    return _place(database, grant, settings, text, code, field)


def undo(
    database: Database, grant: Grant, settings: Settings, text: str, *, field: str | None = None
) -> list[Placed]:
    """Take a resolution back: its records are unknown again, and so are those that come.

    Raises
    ------
    NotPermittedError, UsageError
        As with :func:`resolve`.
    """
    return _place(database, grant, settings, text, None, field)


def check(grant: Grant) -> None:
    """Refuse users who may not say what a place means.

    Raises
    ------
    NotPermittedError
        The grant does not hold imports, or answers for some provinces only.
    """
    grant.check(Permission.IMPORT_FILES)
    if not grant.scope.whole:
        raise NotPermittedError("places are resolved for the whole country; your account is for some places")


def _place(
    database: Database, grant: Grant, settings: Settings, text: str, code: str | None, field: str | None
) -> list[Placed]:
    check(grant)
    marker = _place_tokens(database, settings)
    done = []
    with database.writing() as connection:
        found = _found(connection, marker, text, field)
        if code is not None and len({name == "crossing" for name, _ in found}) > 1:
            names = " and ".join(name for name, _ in found)
            raise UsageError(f"the text stands in {names}: say with --field which of them is meant")
        for name, mark in found:
            place, commune = (None, None) if code is None else _read(name, code)
            records = unmatched_places.resolve(connection, name, mark, place, commune, grant.actor)
            done.append(Placed(name, mark, place, records))
        action = "places undo" if code is None else "places resolve"
        for item in done:
            outbox.write(connection, database, grant.actor, action, item.record())
    outbox.carry(database)
    return done


def _place_tokens(database: Database, settings: Settings) -> PlaceTokens:
    with database.reading() as connection:
        return PlaceTokens(
            store.pseudonymiser(settings, database).keys, known=unmatched_places.marks(connection)
        )


def _found(
    connection: Connection, marker: PlaceTokens, text: str, field: str | None
) -> list[tuple[str, str]]:
    """Field and mark of what is meant; a text that looks like a mark is one where such a mark is known.

    Raises
    ------
    UsageError
        Nothing is.
    """
    found: list[tuple[str, str]] = []
    if _MARK.fullmatch(text):
        found = unmatched_places.fields_of(connection, text)
    if not found and (mark := marker(text)) is not None:
        found = unmatched_places.fields_of(connection, mark)
    found = [(name, mark) for name, mark in found if field in (None, name)]
    if len({mark for _, mark in found}) > 1:
        raise UsageError("several marks begin so: give more of its digits")
    if not found:
        raise UsageError("no record names such a place; `places list` shows the unrecognised places")
    return found


def _read(field: str, code: str) -> tuple[str, str | None]:
    """The code that is stored, and the commune where the place is one.

    Raises
    ------
    UsageError
        It is no place that this field can hold.
    """
    known = gazetteer()
    if field == "crossing":
        place, kind = known.match_crossing(code), "crossing"
    else:
        place, kind = known.match_place(code), "place"
    if place is None:
        raise UsageError(known.explain(code, "crossing" if kind == "crossing" else "place"))
    return place, known.match_commune(code) if field == "place_infection" else None
