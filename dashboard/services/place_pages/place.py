"""Provinces, districts, crossings and facilities that have a page: by their address, and by their name."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from dashboard.filters import BY
from dashboard.permissions import Grant, Permission
from dashboard.services.places import areas
from dashboard.services.places.areas import Area
from db.core.engine import Database
from geodata.adjacency import neighbours
from geodata.crossings import ALL_CROSSINGS, CROSSINGS
from geodata.gazetteer import gazetteer
from geodata.provinces import PROVINCES
from geodata.spelling import fold
from surveillance.vocabulary import UNKNOWN

PROVINCE, CROSSING, FACILITY = BY[:3]
#: A district is an operational one, among the kinds of `BY` as well.
DISTRICT = areas.DISTRICT
#: Places that one search lists at most.
MOST_FOUND = 50
#: Letters of a search that are read, and the fewest that may stand within a name.
_LONGEST, _FEWEST = 100, 2


@dataclass(frozen=True)
class Place:
    """One province, operational district, crossing or facility. `district`: of a facility, its district."""

    kind: str
    area: Area
    district: str = ""

    @property
    def key(self) -> str:
        """What its address names it by: a crossing by its English name, all others by their code."""
        return slug(self.area.name_en) if self.kind == CROSSING else self.area.code

    @property
    def dimension(self) -> str:
        """The kind of place that the cubes know it as."""
        return "care" if self.kind == PROVINCE else self.kind


def slug(name: str) -> str:
    """A name as a part of an address.

    >>> slug("O'Smach"), slug("Koh Chheuteal Thom")
    ('o-smach', 'koh-chheuteal-thom')
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")


@dataclass(frozen=True)
class Around:
    """Places beside a place: those of its own province, and provinces that share a border."""

    province: Place | None = None
    provinces: tuple[Place, ...] = ()
    #: Operational districts of a province; beside a district the others of its province.
    districts: tuple[Place, ...] = ()
    #: The operational district of a facility, where the grant covers it as a whole.
    district: Place | None = None
    crossings: tuple[Place, ...] = ()
    facilities: tuple[Place, ...] = ()


def every_facility(database: Database, grant: Grant) -> list[Place]:
    """Facilities that a grant covers.

    Raises
    ------
    NotPermittedError
        The grant does not hold coverage.
    """
    listed = areas.in_scope(database, grant)
    return list(map(_facility, listed, areas.facilities(listed)))


def every_district(database: Database, grant: Grant) -> list[Place]:
    """Operational districts that a grant covers as a whole.

    Raises
    ------
    NotPermittedError
        The grant does not hold coverage.
    """
    return [Place(DISTRICT, area) for area in areas.known_districts(database, grant)]


def place_of(database: Database, grant: Grant, kind: str, text: str) -> Place | None:
    """The place that an address means: by its key, its code or a spelling of its name.

    None where there is none, or where the grant does not cover it: an account is not told which of the two. A
    crossing outside the account's provinces is covered when the account's own records name it.

    Raises
    ------
    NotPermittedError
        The grant does not hold coverage.
    """
    grant.check(Permission.SEE_COVERAGE)
    if kind == FACILITY:
        return next((one for one in every_facility(database, grant) if one.area.code == text), None)
    if kind == DISTRICT:
        held = every_district(database, grant)
        exact = (one for one in held if one.area.code == text)
        return next(exact, None) or next((one for one in held if fold(text[:_LONGEST]) in _names(one)), None)
    if kind == PROVINCE:
        found = _province(gazetteer().match_province(text[:_LONGEST]))
    else:
        found = _by_slug().get(text) or _crossing(gazetteer().match_crossing(text[:_LONGEST]))
    if found is None or (kind == PROVINCE and not grant.scope.holds(found.area.code)):
        return None
    return found


def around(database: Database, grant: Grant, place: Place) -> Around:
    """What lies beside a place, as far as the grant covers it.

    Raises
    ------
    NotPermittedError
        The grant does not hold coverage.
    """
    code = place.area.province or ""
    own = _province(code) if grant.scope.holds(code) else None
    beside = neighbours().get(code, ()) if place.kind == PROVINCE else ()
    held = [one for one in _provinces() if grant.scope.holds(one.area.code) and one.area.code in beside]
    facilities: Iterable[Place] = ()
    districts: Iterable[Place] = ()
    if place.kind != CROSSING:
        districts = every_district(database, grant)
    if own is not None or place.kind == DISTRICT:
        facilities = (one for one in every_facility(database, grant) if _is_beside(one, place))
    return Around(
        None if place.kind == PROVINCE else own,
        tuple(held),
        tuple(one for one in districts if one != place and one.area.province == code)
        if place.kind != FACILITY
        else (),
        next((one for one in districts if one.area.code == place.district), None)
        if place.kind == FACILITY
        else None,
        tuple(one for one in _gates() if own is not None and one.area.province == code and one != place),
        tuple(facilities),
    )


def _is_beside(one: Place, place: Place) -> bool:
    """Facilities of the province; of a facility those of its operational district, of a district its own."""
    if place.kind == DISTRICT:
        return one.district == place.area.code
    if one == place or one.area.province != place.area.province:
        return False
    return place.kind != FACILITY or one.district == place.district


def find(database: Database, grant: Grant, text: str) -> list[Place]:
    """Places that a text names: a known spelling alone, else names that hold it, else those of near names.

    Raises
    ------
    NotPermittedError
        The grant does not hold coverage.
    """
    grant.check(Permission.SEE_COVERAGE)
    text = text.strip()[:_LONGEST]
    wanted = fold(text)
    if not wanted:
        return []
    facilities = every_facility(database, grant)
    own = [*every_district(database, grant), *facilities]
    exact = [*_spelled(grant, text), *(one for one in own if wanted in _names(one))]
    if exact:
        return exact[:MOST_FOUND]
    known = [*(one for one in (*_provinces(), *_gates()) if _covered(grant, one)), *own]
    within = [one for one in known if len(wanted) >= _FEWEST and any(wanted in name for name in _names(one))]
    return (within or list(_near(grant, text)))[:MOST_FOUND]


def known(grant: Grant) -> list[Place]:
    """The provinces and crossings that a grant covers without a look into the records.

    Raises
    ------
    NotPermittedError
        The grant does not hold coverage.
    """
    grant.check(Permission.SEE_COVERAGE)
    return [one for one in (*_provinces(), *_gates()) if _covered(grant, one)]


def _spelled(grant: Grant, text: str) -> Iterator[Place]:
    spellings = gazetteer()
    for found in (_province(spellings.match_province(text)), _crossing(spellings.match_crossing(text))):
        if found is not None and _covered(grant, found):
            yield found


def _near(grant: Grant, text: str) -> Iterator[Place]:
    spellings = gazetteer()
    provinces = map(_province, spellings.diagnose(text, "province").candidates)
    crossings = map(_crossing, spellings.diagnose(text, "crossing").candidates)
    for found in (*provinces, *crossings):
        if found is not None and _covered(grant, found):
            yield found


def _covered(grant: Grant, place: Place) -> bool:
    """Whether an account is told of a place without a look into the records.

    What stands for no gate is nobody's and everybody's; a gate whose province is not known is no province's.
    """
    code, province = place.area.code, place.area.province
    if place.kind == CROSSING and code not in CROSSINGS:
        return True
    own = grant.scope.national if province is None else grant.scope.holds(province)
    return own or (place.kind == CROSSING and code in grant.scope.crossings)


def _names(place: Place) -> tuple[str, ...]:
    names = tuple(map(fold, (place.area.code, place.area.name_en, place.area.name_km)))
    return (*names, fold(f"OD {place.area.code}")) if place.kind == DISTRICT else names


def _facility(item: dict[str, Any], area: Area) -> Place:
    return Place(FACILITY, area, item["operational_district"] or item["district"] or "")


def _province(code: str | None) -> Place | None:
    return next((one for one in _provinces() if one.area.code == code), None)


def _crossing(code: str | None) -> Place | None:
    """A gate, or what stands for none; `unknown` is no place."""
    if code is None or code == UNKNOWN or code not in ALL_CROSSINGS:
        return None
    return next((one for one in _every_crossing() if one.area.code == code), None)


@lru_cache(maxsize=1)
def _provinces() -> tuple[Place, ...]:
    return tuple(Place(PROVINCE, area) for area in areas.provinces(()) if area.code in PROVINCES)


@lru_cache(maxsize=1)
def _every_crossing() -> tuple[Place, ...]:
    return tuple(Place(CROSSING, area) for area in areas.crossings() if area.code != UNKNOWN)


def _gates() -> tuple[Place, ...]:
    return tuple(one for one in _every_crossing() if one.area.code in CROSSINGS)


@lru_cache(maxsize=1)
def _by_slug() -> dict[str, Place]:
    return {one.key: one for one in _every_crossing()}
