"""People of a van in which one has measles: by tag and home province, vaccination asked, no name."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from dashboard.permissions import Grant, Permission
from dashboard.services.reception import entries
from dashboard.services.reception.entries import Person
from db.core.engine import Database
from surveillance.vocabulary import UNKNOWN

#: Diseases that one person gives to a whole van in hours, so that everybody of it is a contact.
DISEASES = ("measles",)


@dataclass(frozen=True)
class Contact:
    """One person of the van."""

    subject: str
    tag: str
    home: str
    vaccination: str


@dataclass(frozen=True)
class Contacts:
    """The van's people. `uncounted`: people whom the door counted and nobody entered."""

    van: str
    crossing: str
    day: date
    letter: str
    disease: str
    people: tuple[Contact, ...]
    uncounted: int


def contacts(database: Database, grant: Grant, van: str, disease: str) -> Contacts | None:
    """Everybody of a van; None where it is absent, or of another crossing.

    Raises
    ------
    NotPermittedError
        The grant does not read referrals.
    """
    grant.check(Permission.READ_REFERRALS)
    found = entries.van(database, grant, van)
    if found is None:
        return None
    came = [one for one in found.people if ("arrival", "") in one.records]
    counted = sum(found.fields.get(name) or 0 for name in ("men", "women", "boys", "girls"))
    return Contacts(
        found.id,
        found.crossing,
        found.day,
        found.fields.get("letter", ""),
        disease,
        tuple(map(_contact, came)),
        max(0, counted - len(came)),
    )


def _contact(person: Person) -> Contact:
    arrival = person.records.get(("arrival", ""), {})
    assessed = person.records.get(("assessment", ""), {})
    return Contact(
        person.id, person.tag, arrival.get("province_home") or UNKNOWN, assessed.get("vaccination") or ""
    )
