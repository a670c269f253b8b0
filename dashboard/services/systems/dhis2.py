"""What is asked of a DHIS2, by its published Web API (2.38 and later): metadata, values, tracker.

Single records are asked for in the order in which they were made, deleted ones too, so that what changes
meanwhile moves nothing to a page that has been read already.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

from dashboard.services.systems import parts
from dashboard.services.systems.client import Parameters
from dashboard.services.systems.parts import Answer, Item, PagedPart, Part
from db.intake.systems.definition import ENROLLMENTS, ENTITIES, EVENTS, Definition, Events, Facilities, Values
from surveillance.errors import OtherSystemError
from surveillance.report_periods import report_periods_between

#: Periods that are asked for at once: a year of months, a quarter of weeks.
PERIODS_A_PAGE = 12
_METADATA_PAGE = 500
#: The list of an answer; earlier versions call it `instances`.
_LISTS = {EVENTS: "events", ENROLLMENTS: "enrollments", ENTITIES: "trackedEntities"}
_PATHS = {what: f"/api/tracker/{name}" for what, name in _LISTS.items()}
_USUAL = Facilities(5, 2, "code", _METADATA_PAGE)
_NAMED_BY = {EVENTS: "event", ENROLLMENTS: "enrollment", ENTITIES: "trackedEntity"}


def parts_of(definition: Definition, since: str | None, today: date) -> list[Part]:
    """The parts of a pull, facilities before what happened in them.

    Parameters
    ----------
    since : str, optional
        Only what changed from this moment on; facilities and names always come whole.
    today : date
        Up to which day periods are asked for.
    """
    found: list[Part] = []
    if definition.facilities is not None:
        found.append(
            FacilityPart("facilities", size=definition.facilities.page_size, asked_of=definition.facilities)
        )
    if definition.elements:
        sets = tuple(dict.fromkeys(name for one in definition.values for name in one.data_sets))
        found.append(ElementPart("data elements", size=_METADATA_PAGE, data_sets=sets))
    found += [ValuePart(one.key, one.mapping, one, since, today) for one in definition.values]
    return found + [
        EventPart(one.key, one.mapping, size=one.page_size, asked_of=one, since=since)
        for one in definition.events
    ]


@dataclass(frozen=True)
class _MetadataPart(PagedPart):
    """Metadata: each page says how many there are."""

    name: ClassVar[str] = ""
    fields: ClassVar[str] = ""

    def filters(self) -> list[tuple[str, str]]:
        """Which of them are asked for."""
        return []

    def asked(self, page: int) -> tuple[str, Parameters]:
        """Path and parameters of a page."""
        said = [
            ("fields", self.fields),
            ("order", "id:asc"),
            ("page", str(page)),
            ("pageSize", str(self.size)),
        ]
        return f"/api/{self.name}", [*said, *self.filters()]

    def read(self, host: str, page: int, given: Any) -> Answer:
        """What a page holds."""
        pager = given.get("pager") if isinstance(given, dict) else None
        if not isinstance(pager, dict):
            raise OtherSystemError(parts.NO_LIST, host=host, path=f"/api/{self.name}", name=self.key)
        total = parts.number(pager.get("total"))
        return self.answer(host, page, given.get(self.name), parts.number(pager.get("page")), total)


@dataclass(frozen=True)
class FacilityPart(_MetadataPart):
    """Organisation units of the level of facilities."""

    asked_of: Facilities = _USUAL
    into: ClassVar[str] = parts.FACILITIES
    name: ClassVar[str] = "organisationUnits"
    fields: ClassVar[str] = "id,code,name,geometry,ancestors[id,code,name,level]"

    @property
    def identity(self) -> str:
        """What names one of its items."""
        return "id"

    def filters(self) -> list[tuple[str, str]]:
        """Those of the level."""
        return [("filter", f"level:eq:{self.asked_of.level}")]

    def row(self, unit: Item) -> dict[str, str]:
        """A facility as a row of a facility list."""
        above = [one for one in unit.get("ancestors") or () if isinstance(one, dict)]
        level = str(self.asked_of.province_level)
        province = next((one for one in above if str(one.get("level")) == level), {})
        known = unit.get("code" if self.asked_of.known_by == "code" else "id")
        found = {
            "facility_id": str(known or ""),
            "name_en": str(unit.get("name") or "")[:200],
            "province": str(province.get("name") or ""),
            "province_code": str(province.get("code") or ""),
        }
        point = unit.get("geometry")
        if isinstance(point, dict) and point.get("type") == "Point":
            found |= dict(
                zip(("longitude", "latitude"), map(str, point.get("coordinates") or ()), strict=False)
            )
        return found


@dataclass(frozen=True)
class ElementPart(_MetadataPart):
    """Data elements, with the categories of each."""

    data_sets: tuple[str, ...] = ()
    into: ClassVar[str] = parts.ITEMS
    name: ClassVar[str] = "dataElements"
    fields: ClassVar[str] = "id,code,name,valueType,categoryCombo[categoryOptionCombos[id,code,name]]"

    def filters(self) -> list[tuple[str, str]]:
        """Those of the data sets that are pulled, or all."""
        if not self.data_sets:
            return []
        return [("filter", f"dataSetElements.dataSet.id:in:[{','.join(self.data_sets)}]")]

    def rows(self, items: Sequence[Item]) -> list[dict[str, Any]]:
        """Data elements and categories as they are kept, each once."""
        found: dict[tuple[str, str], dict[str, Any]] = {}
        for item in items:
            _keep(found, "element", item, str(item.get("valueType") or "") or None)
            combo = item.get("categoryCombo")
            options = combo.get("categoryOptionCombos") if isinstance(combo, dict) else None
            for one in options if isinstance(options, list) else ():
                if isinstance(one, dict):
                    _keep(found, "category", one, None)
        return list(found.values())


def _keep(found: dict[tuple[str, str], dict[str, Any]], kind: str, item: Item, detail: str | None) -> None:
    uid = str(item.get("id") or "")[:80]
    if uid:
        code = str(item["code"])[:200] if item.get("code") else None
        name = str(item.get("name") or uid)[:300]
        found[kind, uid] = {
            "kind": kind,
            "uid": uid,
            "code": code,
            "name": name,
            "detail": detail and detail[:80],
        }


@dataclass(frozen=True)
class ValuePart(Part):
    """Counts of data sets. DHIS2 gives them without pages, so that a page is a dozen periods."""

    asked_of: Values | None = None
    since: str | None = None
    today: date = date.min
    holds: ClassVar[str] = "dataValues"

    def periods(self) -> list[str]:
        """Every period since the day that is said, the present one too."""
        assert self.asked_of is not None  # noqa: S101 - `parts_of` gives it
        return report_periods_between(self.asked_of.periods, self.asked_of.since, self.today)

    def asked(self, page: int) -> tuple[str, Parameters]:
        """Path and parameters of a page."""
        of = self.asked_of
        assert of is not None  # noqa: S101
        first = (page - 1) * PERIODS_A_PAGE
        said = [("dataSet", one) for one in of.data_sets]
        said += [("period", one) for one in self.periods()[first : first + PERIODS_A_PAGE]]
        said += [("orgUnit", one) for one in of.units]
        said += [("children", "true"), ("includeDeleted", "true")]
        said += [("dataElementIdScheme", of.elements_by), ("orgUnitIdScheme", of.units_by)]
        if of.elements_by != "uid":
            said.append(("categoryOptionComboIdScheme", of.elements_by))
        if self.since is not None:
            said.append(("lastUpdated", self.since))
        return "/api/dataValueSets", said

    def read(self, host: str, page: int, given: Any) -> Answer:
        """What a page holds; where there is nothing DHIS2 leaves the list out."""
        items = given.get("dataValues", []) if isinstance(given, dict) else None
        if not isinstance(items, list) or not all(isinstance(one, dict) for one in items):
            raise OtherSystemError(parts.NO_LIST, host=host, path="/api/dataValueSets", name=self.key)
        whole = {name: given[name] for name in ("period", "orgUnit") if isinstance(given.get(name), str)}
        return Answer([whole | one for one in items], None, page * PERIODS_A_PAGE >= len(self.periods()))


@dataclass(frozen=True)
class EventPart(PagedPart):
    """Single records of a program."""

    asked_of: Events | None = None
    since: str | None = None

    @property
    def _of(self) -> Events:
        assert self.asked_of is not None  # noqa: S101 - `parts_of` gives it
        return self.asked_of

    def asked(self, page: int) -> tuple[str, Parameters]:
        """Path and parameters of a page."""
        of = self._of
        units = ";".join(of.units)
        several = of.what == EVENTS
        said = [
            ("program", of.program),
            ("orgUnit" if several else "orgUnits", units if several else ",".join(of.units)),
        ]
        said += [("orgUnitMode", "DESCENDANTS"), ("includeDeleted", "true"), ("fields", of.fields)]
        said += [
            ("order", "createdAt:asc,event:asc" if several else "createdAt:asc"),
            ("page", str(page)),
            ("pageSize", str(self.size)),
        ]
        said += [("totalPages", "true"), ("dataElementIdScheme", of.elements_by.upper())]
        said.append(("orgUnitIdScheme", of.units_by.upper()))
        if self.since is not None:
            said.append(("updatedAfter", self.since))
        return _PATHS[of.what], said

    def read(self, host: str, page: int, given: Any) -> Answer:
        """What a page holds."""
        name = _LISTS[self._of.what]
        if not isinstance(given, dict):
            raise OtherSystemError(parts.NO_LIST, host=host, path=_PATHS[self._of.what], name=self.key)
        inner = given.get("pager")
        pager = inner if isinstance(inner, dict) else given
        items = given.get(name, given.get("instances"))
        return self.answer(
            host, page, items, parts.number(pager.get("page")), parts.number(pager.get("total"))
        )

    def content(self, items: Sequence[Item]) -> dict[str, Any]:
        """What is imported of a page, under the name that readers of files know."""
        return {_LISTS[self._of.what]: items}

    @property
    def identity(self) -> str:
        """What names one of its items."""
        return _NAMED_BY[self._of.what]
