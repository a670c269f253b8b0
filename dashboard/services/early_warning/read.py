"""Undisclosed counts of a disease by place and day, who reported when, and up to when that is whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from dashboard.services.disclosure.undisclosed import Undisclosed
from db.clusters import case_counts
from db.clusters.case_counts import CaseQuery
from db.core.engine import Connection
from db.core.scope import Scope
from db.cubes import archived_sums
from db.ingest import facilities
from db.tables.districts import placed
from geodata.crossings import ALL_CROSSINGS
from geodata.provinces import PROVINCES
from surveillance.clusters.completeness import last_complete_day
from surveillance.epiweek import time_cell_number
from surveillance.vocabulary import UNKNOWN

#: Kinds of place -> the kind by which records are counted.
KINDS = {
    "country": "care",
    "province": "care",
    "district": "facility",
    "crossing": "crossing",
    "facility": "facility",
}
#: The place of the whole country, and of facilities that name no operational district.
COUNTRY, NO_DISTRICT = "KH", "no district"


@dataclass(frozen=True)
class Daily:
    """Counts by place and day.

    Parameters
    ----------
    counts : mapping of str to mapping of date to int
        Places without a case are among them where they are known.
    by_facility : mapping of str to mapping of date to int
    parent : mapping of str to str
        Facility of the list -> its place.
    sent : mapping of str to set of date
        Facility -> days on which it reported anything.
    first, last : date, optional
        Of the records of all diseases; the last day up to which the facilities have reported.
    outside : int
        Cases of places that are in no list.
    """

    counts: Mapping[str, Mapping[date, int]]
    by_facility: Mapping[str, Mapping[date, int]] = field(default_factory=dict)
    parent: Mapping[str, str] = field(default_factory=dict)
    sent: Mapping[str, set[date]] = field(default_factory=dict)
    first: date | None = None
    last: date | None = None
    outside: int = 0


def daily(
    connection: Connection, scope: Scope, disease: str, by: str, *, every_record: bool, reporting: bool
) -> Undisclosed[Daily]:
    """Count a disease by place and day of the visit.

    Parameters
    ----------
    every_record : bool
        Whether all records count; otherwise those found positive.
    reporting : bool
        Whether counts of facilities are wanted, too.

    Raises
    ------
    NotPermittedError
        HIV or syphilis by crossing or facility, or a scope without such places.
    """
    as_of = case_counts.data_version(connection)
    held = archived_sums.held_from(connection)
    listed = {item["facility_id"]: item for item in facilities.listed(connection, scope)}
    asked = CaseQuery(disease, KINDS[by], as_of, start=held)
    rows = _rows(case_counts.daily(connection, scope, asked), every_record=every_record)
    reports = case_counts.reports(connection, scope, as_of, held, None)
    districts = placed.read(connection, listed.values())
    parent = {name: _place(by, item) for name, item in listed.items()}
    known = set(parent.values()) if by in ("district", "facility") else set()
    if by == "province":
        known = {code for code in PROVINCES if scope.holds(code)}
    elif by == "crossing":
        known = set(ALL_CROSSINGS) if scope.national else set(scope.crossings)
    elif by == "country":
        known = {COUNTRY}
    counts: dict[str, dict[date, int]] = {place: {} for place in sorted(known)}
    outside = 0
    for location, day, number in rows:
        if by == "district" and location in districts.moves:
            place = districts.at(location, time_cell_number(day))
            place = f"{listed[location]['province']} {NO_DISTRICT}" if place == UNKNOWN else place
            counts.setdefault(place, {})
            counts.setdefault(place, {})
        else:
            place = _of(by, location, parent)
        if place is None or (place not in counts and by != "crossing"):
            outside += number
            continue
        of_place = counts.setdefault(place, {})
        of_place[day] = of_place.get(day, 0) + number
    by_facility: dict[str, dict[date, int]] = {}
    if reporting and by != "crossing":
        again = CaseQuery(disease, "facility", as_of, start=held)
        for location, day, number in _rows(
            case_counts.daily(connection, scope, again), every_record=every_record
        ):
            of_facility = by_facility.setdefault(location, {})
            of_facility[day] = of_facility.get(day, 0) + number
    sent: dict[str, set[date]] = {}
    for name, day, _ in reports:
        sent.setdefault(name, set()).add(day)
    begun = min((day for _, day, _ in reports), default=None)
    return Undisclosed(Daily(counts, by_facility, parent, sent, begun, last_complete_day(reports), outside))


def _rows(found: Mapping[str, list], *, every_record: bool) -> list[tuple[str, date, int]]:
    column = found["records" if every_record else "found"]
    return [
        (str(place), day, int(number))
        for place, day, number in zip(found["location"], found["date"], column, strict=True)
        if number
    ]


def _place(by: str, item: Mapping[str, object]) -> str:
    """Name the place of a facility."""
    if by == "facility":
        return str(item["facility_id"])
    if by == "district":
        return str(item["operational_district"] or f"{item['province']} {NO_DISTRICT}")
    return str(item["province"]) if by == "province" else COUNTRY


def _of(by: str, location: str, parent: Mapping[str, str]) -> str | None:
    if by == "country":
        return COUNTRY
    return parent.get(location) if by in ("district", "facility") else location
