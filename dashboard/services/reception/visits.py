"""Days of outreach and visits of households, entered by hand: each a record of its own, mended in place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from dashboard.permissions import Grant, Permission
from dashboard.services.reception import entries
from db.core.engine import Database
from db.reception import read
from db.reception.store import Record
from geodata.crossings import ALL_CROSSINGS
from surveillance.epiweek import TIME_ZONE
from surveillance.errors import UsageError
from surveillance.reception.kinds import KINDS, Field

#: What is entered here; the first is what the page opens with.
VISITS = ("outreach", "household")
#: Days whose records are listed, and how many of them at most.
_DAYS, MOST = 92, 50
_LONGEST = 40
_ANSWERS = {"yes": True, "no": False}
#: The field that takes a record back.
_STATUS = "record_status"


@dataclass(frozen=True)
class Visit:
    """A day of outreach, or a visit of a household."""

    subject: str
    day: date
    crossing: str
    fields: Mapping[str, Any]


def fields_of(kind: str) -> list[Field]:
    """What is asked of one kind."""
    return [one for one in KINDS[kind].fields if one.name != _STATUS]


def crossings(grant: Grant) -> list[str]:
    """Crossings of the centres for which an account may enter."""
    return [code for code in ALL_CROSSINGS if entries.may_see(grant, code)]


def listed(database: Database, grant: Grant, kind: str, today: date) -> tuple[list[Visit], int]:
    """Records of the last three months that stand, the newest first; at most :data:`MOST`, and how many.

    Raises
    ------
    NotPermittedError
        The grant does not record arrivals.
    """
    grant.check(Permission.RECEIVE_ARRIVALS)
    with database.operations.connect() as connection:
        found = read.between(connection, kind, crossings(grant), today - timedelta(days=_DAYS), today)
    standing = [one for one in found if not one.withdrawn]
    standing.sort(key=lambda one: (one.day, one.subject), reverse=True)
    return [_visit(one) for one in standing[:MOST]], len(standing)


def one(database: Database, grant: Grant, kind: str, subject: str) -> Visit | None:
    """A record of the account's crossings that stands; None where there is none.

    Raises
    ------
    NotPermittedError
        The grant does not record arrivals.
    """
    grant.check(Permission.RECEIVE_ARRIVALS)
    with database.operations.connect() as connection:
        rows = read.of_subjects(connection, [subject])
    mine = (one for one in rows if one.kind == kind and entries.may_see(grant, one.crossing))
    return next((_visit(one) for one in mine if not one.withdrawn), None)


def _visit(found: Record) -> Visit:
    return Visit(found.subject, found.day, found.crossing, found.values)


def store(
    database: Database,
    grant: Grant,
    kind: str,
    given: Mapping[str, str],
    *,
    subject: str,
    entry: str,
    now: datetime,
) -> None:
    """Store a record, mend it, or take it back (`given["remove"]`).

    Parameters
    ----------
    given
        What the form says: `crossing`, and the fields of the kind.
    entry
        The form's own id: a second sending is held.

    Raises
    ------
    UsageError
        The kind is not entered here, a value cannot be read, or its day is to come.
    NotPermittedError
        The grant does not record arrivals, or not of this crossing.
    """
    grant.check(Permission.RECEIVE_ARRIVALS)
    if kind not in VISITS:
        raise UsageError("kind: choose one of the list", "kind")
    held = one(database, grant, kind, subject)
    if given.get("remove"):
        fields: dict[str, Any] = {_STATUS: "withdrawn"}
    else:
        said = {
            field.name: _read(field, given.get(field.name, "").strip()[:_LONGEST])
            for field in fields_of(kind)
        }
        day = next(said[field.name] for field in fields_of(kind) if field.type == "date")
        if day is not None and day > now.astimezone(TIME_ZONE).date().isoformat():
            raise UsageError("the day lies after today", "day")
        # A blank takes back what is held, and is not written where nothing is.
        kept = held.fields if held is not None else {}
        required = {field.name for field in fields_of(kind) if field.required}
        fields = {
            name: value
            for name, value in said.items()
            if value is not None or name in kept or name in required
        }
    raw = {
        "id": entry,
        "kind": kind,
        "subject": subject,
        "item": "",
        "van": "",
        "crossing": held.crossing if held is not None else given.get("crossing", ""),
        "station": "desk",
        "made_at": now.astimezone(UTC).isoformat(),
        "fields": fields,
    }
    (receipt,) = entries.receive(database, grant, [raw], now=now)
    if receipt.status == "refused":
        raise receipt.reasons[0]


def _read(field: Field, text: str) -> Any:
    """A value of a form; None where it is blank."""
    if not text:
        return None
    if field.type == "integer":
        if not (text.isascii() and text.isdecimal()):
            raise UsageError("{name}: give a whole number", field.name, name=field.name)
        return int(text)
    return _ANSWERS.get(text) if field.type == "yes_no" else text
