"""Addresses of the pages of provinces, operational districts, crossings and facilities."""

from __future__ import annotations

from collections.abc import Mapping

from flask import url_for

from dashboard.components.addresses import with_question
from dashboard.filters import CoverageQuery
from dashboard.services.place_pages.place import CROSSING, DISTRICT, FACILITY, PROVINCE, Place, slug
from geodata.crossings import ALL_CROSSINGS
from geodata.provinces import PROVINCES
from surveillance.vocabulary import UNKNOWN


def address(place: Place, question: Mapping[str, str] | None = None) -> str:
    """The address of a place's page, with a question."""
    return with_question(url_for(f"place_pages.{place.kind}", name=place.key), question or {})


def page_of(query: CoverageQuery, code: str | None) -> str:
    """The page of an area of the map, of the same disease; blank where it has none."""
    if code is None or code == UNKNOWN:
        return ""
    if query.by == CROSSING:
        key = slug(ALL_CROSSINGS[code].name_en) if code in ALL_CROSSINGS else ""
    else:
        key = code if query.by in (FACILITY, DISTRICT) or code in PROVINCES else ""
    kind = query.by if query.by in (CROSSING, FACILITY, DISTRICT) else PROVINCE
    if not key:
        return ""
    return with_question(url_for(f"place_pages.{kind}", name=key), {"disease": query.disease})
