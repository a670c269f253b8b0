"""What codes mean: diseases, measures, fields of a record, values, provinces and crossings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from dashboard.api.answers import Answer
from dashboard.api.asked import Asked, Nothing
from dashboard.api.resource import Resource
from dashboard.exports.columns import Column
from dashboard.messages import translator
from geodata.crossings import ALL_CROSSINGS
from geodata.provinces import POPULATION_CAVEAT, PROVINCES
from surveillance.coverage.indicators import MEASURES
from surveillance.diseases import BY_QUARTER, DISEASES, PROGRAMME_OF, SEASONAL
from surveillance.line_list import FIELDS
from surveillance.vocabulary import AXES, shown_values

_EN, _KM = Column("name_en", "text", "its name in English"), Column("name_km", "text", "its name in Khmer")
_PROVINCES = (
    Column("code", "text", "its code here, which is the P-code of the UN's common operational dataset"),
    Column("iso_3166_2", "text", "its code in ISO 3166-2"),
    _EN,
    _KM,
    Column("population_2019", "count", "people at the census of 2019; see the note"),
    Column("area_km2", "number", "square kilometres"),
    Column("borders", "text", "neighbouring countries that it touches, by ISO 3166-1"),
    Column("latitude", "number", "where its name is drawn, degrees"),
    Column("longitude", "number", "where its name is drawn, degrees"),
)
_CROSSINGS = (
    Column("code", "text", "its code here; `informal`, `airport` and `unknown` stand for no gate"),
    _EN,
    Column("name_km", "text", "its name in Khmer; empty where it is not known"),
    Column("kind", "text", "international, local, bilateral or special"),
    Column("neighbour", "text", "country on the other side, by ISO 3166-1; empty of a special one"),
    Column("opposite_side", "text", "gate and province on the other side"),
    Column("province", "text", "P-code of its province; empty where that is not known"),
    Column("province_iso_3166_2", "text", "the same in ISO 3166-2"),
    Column("latitude", "number", "degrees; empty where the position is not known"),
    Column("longitude", "number", "degrees"),
    Column("position_grade", "text", "A: two sources agree; B: one; C: estimated; D: recalled"),
)
_DISEASES = (
    Column("code", "text", "its code"),
    _EN,
    _KM,
    Column("programme", "text", "whose it is"),
    Column("sensitive", "text", "`yes` where breakdowns are not shown, since they could harm people"),
    Column("seasonal", "text", "`yes` where it is compared with the year before"),
    Column("by_quarter", "text", "`yes` where it is shown by the quarter"),
    Column("follow_up_days", "count", "days after which completion is due"),
)
_MEASURES = (
    Column("code", "text", "its code"),
    _EN,
    _KM,
    Column("numerator", "text", "what the numerator counts"),
    Column("denominator", "text", "what the denominator counts"),
)
_FIELDS = (
    Column("name", "text", "its name in a line list"),
    Column("type", "text", "kind of value"),
    Column("meaning", "text", "what it means"),
    Column("sensitivity", "text", "public, restricted, identifying or sensitive"),
    Column("required", "text", "`yes` where a row needs it"),
    Column("values", "text", "codes that it may have, one blank between"),
)
_VALUES = (
    Column("axis", "text", "by what people are grouped"),
    Column("code", "text", "code of the group"),
    _EN,
    _KM,
)


def provinces(asked: Asked, _: Nothing) -> Answer:
    """Every province with its codes."""
    rows = [
        {
            "code": one.pcode,
            "iso_3166_2": one.iso_3166_2,
            "name_en": one.name_en,
            "name_km": one.name_km,
            "population_2019": one.population_2019,
            "area_km2": one.area_km2,
            "borders": " ".join(one.borders) or None,
            "latitude": one.label_lat,
            "longitude": one.label_lon,
        }
        for one in PROVINCES.values()
    ]
    return Answer(_PROVINCES, rows, notes=(POPULATION_CAVEAT,), figures=False)


def crossings(asked: Asked, _: Nothing) -> Answer:
    """Every crossing with its codes and its position."""
    rows = [
        {
            "code": one.id,
            "name_en": one.name_en,
            "name_km": one.name_km,
            "kind": one.kind,
            "neighbour": one.neighbour,
            "opposite_side": one.opposite_side or None,
            "province": one.pcode,
            "province_iso_3166_2": PROVINCES[one.pcode].iso_3166_2 if one.pcode else None,
            "latitude": one.lat,
            "longitude": one.lon,
            "position_grade": one.grade,
        }
        for one in ALL_CROSSINGS.values()
    ]
    return Answer(_CROSSINGS, rows, figures=False)


def diseases(asked: Asked, _: Nothing) -> Answer:
    """Every disease of the token's programmes."""
    rows = [
        {
            "code": one.code,
            **_named(one.name),
            "programme": PROGRAMME_OF.get(one.code),
            "sensitive": _yes(one.sensitive),
            "seasonal": _yes(one.code in SEASONAL),
            "by_quarter": _yes(one.code in BY_QUARTER),
            "follow_up_days": one.follow_up_days,
        }
        for one in DISEASES.values()
        if asked.grant.scope.covers(one.code)
    ]
    return Answer(_DISEASES, rows, figures=False)


def measures(asked: Asked, _: Nothing) -> Answer:
    """Every measure of the cascade of care."""
    rows = [
        {
            "code": code,
            **_named(one.name),
            "numerator": one.numerator,
            "denominator": one.denominator,
        }
        for code, one in MEASURES.items()
    ]
    return Answer(_MEASURES, rows, figures=False)


def fields(asked: Asked, _: Nothing) -> Answer:
    """Every field of a record, as a line list brings it. No resource gives records."""
    rows = [
        {
            "name": one.name,
            "type": one.type,
            "meaning": one.meaning,
            "sensitivity": one.sensitivity,
            "required": _yes(one.required),
            "values": " ".join(value.code for value in one.values) or None,
        }
        for one in FIELDS
    ]
    return Answer(_FIELDS, rows, figures=False)


def values(asked: Asked, _: Nothing) -> Answer:
    """The groups of people that a question may name, and that answers name."""
    return Answer(_VALUES, list(_values()), figures=False)


def _values() -> Iterable[Mapping[str, Any]]:
    for axis in AXES:
        for value in shown_values(axis):
            yield {"axis": axis, "code": value.code, **_named(value.name)}


def _named(name: str) -> dict[str, str]:
    return {"name_en": name, "name_km": translator("km")(name)}


def _yes(value: object) -> str:
    return "yes" if value else "no"


def _of_catalogue(name: str, summary: str, columns: Any, give: Any) -> Resource:
    return Resource(f"catalogue/{name}", f"/catalogue/{name}", summary, Nothing, columns, give, figures=False)


RESOURCES = (
    _of_catalogue("diseases", "Diseases and their programmes", _DISEASES, diseases),
    _of_catalogue("measures", "Measures of the cascade of care", _MEASURES, measures),
    _of_catalogue("fields", "Fields of a record", _FIELDS, fields),
    _of_catalogue("groups", "Groups of people, by axis", _VALUES, values),
    _of_catalogue("provinces", "Provinces with their P-codes and ISO 3166-2", _PROVINCES, provinces),
    Resource(
        "crossings", "/crossings", "Border crossings and their codes", Nothing, _CROSSINGS, crossings,
        figures=False,
    ),
)  # fmt: skip
