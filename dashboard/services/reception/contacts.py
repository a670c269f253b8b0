"""People of a van in which one has measles: by tag and home district, vaccination asked, no name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from uuid import uuid4

from dashboard.permissions import Grant, Permission
from dashboard.services.places import districts
from dashboard.services.reception import entries
from dashboard.services.reception.entries import Person
from db.core.engine import Database
from surveillance.epiweek import TIME_ZONE
from surveillance.errors import UsageError
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
    #: Operational district of home; blank where nobody has asked.
    district: str = ""
    told_at: str = ""


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
        districts.of_provinces(database),
    )


def keep(database: Database, grant: Grant, van: str, given: Mapping[str, str], *, now: datetime) -> int:
    """Keep the home districts of people of a van, and that districts were told; how many entries were made.

    Parameters
    ----------
    given : mapping
        Person -> operational district, blank where it is not known. Who is left out stays as they are.

    Raises
    ------
    NotPermittedError
        The grant does not read referrals.
    UsageError
        There is no such van, somebody is not of it, or a district is not one of the province of home.
    """
    found = contacts(database, grant, van, DISEASES[0])
    if found is None:
        raise UsageError("there is no such van at the crossings of your account")
    people = {one.subject: one for one in found.people}
    raws = []
    for subject, district in given.items():
        held = people.get(subject)
        if held is None:
            raise UsageError("this person is not of the van; open the page again")
        if district and district not in found.districts.get(held.home, ()):
            raise UsageError(
                "{tag}: choose a district of the province of home", "district", tag=held.tag or subject[:6]
            )
        if district != held.district:
            raws.append(_entry(found, subject, {"district_home": district or None}, now))
    return _send(database, grant, raws, now)


def tell(database: Database, grant: Grant, van: str, district: str, *, now: datetime) -> int:
    """Keep that a district was told of its people of a van; how many they are.

    Raises
    ------
    NotPermittedError
        The grant does not read referrals.
    UsageError
        There is no such van, or nobody of it lives in that district.
    """
    found = contacts(database, grant, van, DISEASES[0])
    mine = [] if found is None else [one for one in found.people if district and one.district == district]
    if found is None or not mine:
        raise UsageError("nobody of this van is of that district")
    moment = now.astimezone(TIME_ZONE).strftime("%Y-%m-%dT%H:%M")
    return _send(database, grant, [_entry(found, one.subject, {"told_at": moment}, now) for one in mine], now)


def _entry(found: Contacts, subject: str, fields: Mapping[str, str | None], now: datetime) -> dict[str, Any]:
    return {
        "id": uuid4().hex,
        "kind": "contact",
        "subject": subject,
        "item": "",
        "van": found.van,
        "crossing": found.crossing,
        "station": "nurse",
        "made_at": now.astimezone(UTC).isoformat(),
        "fields": dict(fields),
    }


def _send(database: Database, grant: Grant, raws: list[dict[str, Any]], now: datetime) -> int:
    for receipt in entries.receive(database, grant, raws, now=now):
        if receipt.status == "refused":
            raise receipt.reasons[0]
    return len(raws)


def _contact(person: Person) -> Contact:
    arrival = person.records.get(("arrival", ""), {})
    assessed = person.records.get(("assessment", ""), {})
    asked = person.records.get(("contact", ""), {})
    return Contact(
        person.id,
        person.tag,
        arrival.get("province_home") or UNKNOWN,
        assessed.get("vaccination") or "",
        asked.get("district_home") or "",
        asked.get("told_at") or "",
    )
