"""People of a van in which one has measles: by tag and home province, vaccination asked, no name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from dashboard.permissions import Grant, Permission
from dashboard.services.reception import entries
from dashboard.services.reception.entries import Person
from db.core.engine import Database
from db.core.scope import Scope
from db.ingest import facilities
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
    #: Operational districts of each home province, as the list of facilities names them.
    districts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


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
        _districts(database),
    )


def _districts(database: Database) -> dict[str, tuple[str, ...]]:
    """Names of districts of the whole country: whom to tell, and nothing of people."""
    with database.reading() as connection:
        listed = facilities.listed(connection, Scope.everything())
    found: dict[str, set[str]] = {}
    for one in listed:
        if one["operational_district"]:
            found.setdefault(one["province"], set()).add(one["operational_district"])
    return {province: tuple(sorted(names)) for province, names in found.items()}


def _contact(person: Person) -> Contact:
    arrival = person.records.get(("arrival", ""), {})
    assessed = person.records.get(("assessment", ""), {})
    return Contact(
        person.id, person.tag, arrival.get("province_home") or UNKNOWN, assessed.get("vaccination") or ""
    )
