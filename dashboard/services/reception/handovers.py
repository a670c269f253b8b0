"""Handover of a child to the social affairs department: who received the child, and when; for nurses alone.

It enters no sum, list or export, and the trail says nothing of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from dashboard.permissions import Grant, Permission
from dashboard.services.reception import entries
from db.core.engine import Database
from db.reception import read
from surveillance.epiweek import TIME_ZONE
from surveillance.errors import UsageError

#: Completed years below which somebody is a child.
CHILD = 18
#: Age bands of children.
_CHILDREN = ("0-4", "5-14")


@dataclass(frozen=True)
class Child:
    """One child who arrived. `fields`: what the handover says; empty where there was none."""

    subject: str
    van: str
    crossing: str
    day: date
    tag: str
    register: tuple[int | None, int | None, int | None]
    fields: Mapping[str, Any]


def of(database: Database, grant: Grant, subject: str) -> Child | None:
    """A child of the grant's crossings; None where nobody or no child goes by this identifier.

    Raises
    ------
    NotPermittedError
        The grant does not read referrals.
    """
    grant.check(Permission.READ_REFERRALS)
    with database.operations.connect() as connection:
        rows = [row for row in read.of_subjects(connection, [subject]) if not row.withdrawn]
        own = next((row for row in rows if row.kind == "arrival"), None)
        if own is None or not entries.may_see(grant, own.crossing):
            return None
        vans = read.of_subjects(connection, [own.van]) if own.van else []
    said = own.values
    age = said.get("age_years")
    if not (age < CHILD if age is not None else said.get("age_band") in _CHILDREN):
        return None
    letter = next((row.values.get("letter", "") for row in vans if row.kind == "van"), "")
    number = said.get("number")
    register = tuple(said.get(f"register_{part}") for part in ("book", "page", "line"))
    return Child(
        subject,
        own.van,
        own.crossing,
        own.day,
        f"{letter}-{number}" if letter and number else str(number or ""),
        register,  # type: ignore[arg-type]
        next((row.values for row in rows if row.kind == "handover"), {}),
    )


def store(
    database: Database,
    grant: Grant,
    child: Child,
    *,
    received_by: str,
    at: str,
    officer: str,
    entry: str,
    now: datetime,
) -> None:
    """Store who received a child, and when.

    Parameters
    ----------
    entry
        The form's own id: a second sending is held.

    Raises
    ------
    UsageError
        A day before the child arrived or after now; or what was given cannot be stored.
    """
    moment = at[:16]
    if not child.day.isoformat() <= moment[:10] or moment > now.astimezone(TIME_ZONE).strftime(
        "%Y-%m-%dT%H:%M"
    ):
        raise UsageError("give a day and time from the day of arrival until now", "handed_over_at")
    if not received_by:
        raise UsageError("say who received the child", "received_by")
    fields: dict[str, Any] = {"handed_over_at": moment, "received_by": received_by}
    if officer.strip():
        if not officer.strip().isdecimal() or not officer.strip().isascii():
            raise UsageError("the number of the officer's card has digits alone", "officer_number")
        fields["officer_number"] = int(officer.strip()[:12])
    raw = {
        "id": entry,
        "kind": "handover",
        "subject": child.subject,
        "item": "",
        "van": child.van,
        "crossing": child.crossing,
        "station": "nurse",
        "made_at": now.astimezone(UTC).isoformat(),
        "fields": fields,
    }
    (receipt,) = entries.receive(database, grant, [raw], now=now)
    if receipt.status == "refused":
        raise receipt.reasons[0]
