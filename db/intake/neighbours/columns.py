"""What the columns of files of neighbours are called, what a file is of, and codes of areas."""

from __future__ import annotations

import re
from collections.abc import Mapping

from db.intake.cleaning.versioned_rows import STATUS, Names
from db.intake.values.codes import clean_text
from db.intake.values.digits import translated

AREAS, POPULATION, COUNTS = "areas", "population", "counts"
#: Columns in the order in which an export writes them.
COLUMNS = {
    AREAS: (
        "area", "level", "parent", "name_en", "name_km", "name_local", "latitude", "longitude", "source",
        "licence",
    ),
    POPULATION: ("area", "year", "population", "source", "licence"),
    COUNTS: ("area", "disease", "step", "period", "cases", "reported", "published", "source", "licence"),
}  # fmt: skip
#: Without these a file says nothing.
REQUIRED = {
    AREAS: ("area", "level", "name_en"),
    POPULATION: ("area", "year", "population"),
    COUNTS: ("area", "period", "cases"),
}
#: Further names of each column, the likeliest first.
_NAMES: dict[str, tuple[str, ...]] = {
    "area": (
        "area_code", "area code", "code", "iso_3166_2", "iso 3166-2", "pcode", "adm2_pcode", "adm1_pcode",
        "province_code", "district_code", "តំបន់", "លេខកូដ",
    ),
    "country": ("country_code", "adm0_pcode", "ប្រទេស"),
    "level": ("area_level", "adm_level", "កម្រិត"),
    "parent": ("province_of", "parent_code", "part_of", "ស្ថិតក្នុង"),
    "name_en": ("name", "name en", "english name", "province", "district", "ឈ្មោះអង់គ្លេស"),
    "name_km": ("name km", "khmer name", "ឈ្មោះខ្មែរ"),
    "name_local": ("name local", "local name", "ឈ្មោះក្នុងស្រុក"),
    "latitude": ("lat", "រយៈទទឹង"),
    "longitude": ("lon", "lng", "long", "រយៈបណ្តោយ"),
    "year": ("yr", "census year", "reference year", "ឆ្នាំ"),
    "population": ("pop", "people", "persons", "ប្រជាជន", "ចំនួនប្រជាជន"),
    "disease": ("disease_code", "disease code", "condition", "ជំងឺ"),
    "step": ("period_type", "period type", "resolution", "t_res"),
    "period": ("month", "week", "date", "start", "starts", "calendar_start_date", "រយៈពេល", "ខែ", "សប្តាហ៍"),
    "cases": ("count", "case_count", "dengue_total", "number of cases", "ករណី", "ចំនួនករណី"),
    "reported": ("reporting", "completeness", "share_reported", "reporting completeness"),
    "published": ("is_published", "public"),
    "source": ("reference", "ប្រភព"),
    "licence": ("license", "terms", "attribution", "អាជ្ញាប័ណ្ណ"),
    STATUS: ("status", "ស្ថានភាព"),
}  # fmt: skip
#: Columns that a file of each kind has.
_READ = {
    AREAS: (*COLUMNS[AREAS], "country", STATUS),
    POPULATION: (*COLUMNS[POPULATION], "country", STATUS),
    COUNTS: (*COLUMNS[COUNTS], "country", STATUS),
}
NAMES: Names = _NAMES
#: Land borders of Cambodia.
COUNTRIES = ("TH", "VN", "LA")
_CODE = re.compile(r"([A-Z]{2})[- ]?([A-Z0-9](?:[A-Z0-9.-]{0,18}[A-Z0-9])?)")


def names_of(kind: str) -> Names:
    """Columns of a kind of file, with their further names."""
    return {column: _NAMES[column] for column in _READ[kind]}


def kind_of(places: Mapping[str, int]) -> str:
    """What a file is of: counts where it has cases, populations where it has people, else areas.

    >>> kind_of({"area": 0, "cases": 1}), kind_of({"area": 0, "population": 1}), kind_of({"area": 0})
    ('counts', 'population', 'areas')
    """
    return COUNTS if "cases" in places else POPULATION if "population" in places else AREAS


def area_code(text: str, country: str | None = None) -> str | None:
    """The code of an area as it is kept: its country's two letters, a hyphen and the rest; None for no code.

    The hyphen keeps it apart from codes of our own: TH01 is a crossing, TH-01 is not.

    >>> area_code("th27"), area_code("TH-27"), area_code("27", "TH"), area_code("=1+1")
    ('TH-27', 'TH-27', 'TH-27', None)
    """
    plain = translated(clean_text(text, 40)).upper().removeprefix("'")
    found = _CODE.fullmatch(plain)
    if found and (country is None or found[1] == country):
        return f"{found[1]}-{found[2]}"
    if country is not None and plain.removesuffix(".0").isdigit():
        return f"{country}-{plain.removesuffix('.0')}"
    return None
