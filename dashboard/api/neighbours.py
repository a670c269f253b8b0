"""Areas across the border, their populations, and counts as neighbours sent them: in no total of ours."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Annotated, Any

from pydantic.dataclasses import dataclass

from dashboard.api.answers import Answer
from dashboard.api.asked import Asked
from dashboard.api.resource import Resource
from dashboard.exports.columns import Column
from dashboard.parameters import Day, OneOf, Text
from dashboard.questions import STRICT, Question
from dashboard.services.disclosure.neighbours import NOT_PUBLISHED
from dashboard.services.neighbours import tables
from surveillance.diseases import DISEASES
from surveillance.texts import N_

_BESIDE = N_(
    "As neighbours sent them, in none of Cambodia's totals. A period without a row is unknown, not zero; who "
    "reports there, and what counts as a case, differs."
)
_SOURCE = (
    Column("source", "text", "who says so"),
    Column("licence", "text", "terms of use"),
    Column("received", "date", "day on which the file came"),
)
_AREA = Column("area", "text", "its code: country, hyphen, and the country's own number")
_AREAS = (
    _AREA,
    Column("country", "text", "ISO 3166-1 code of its country"),
    Column("level", "text", "`province` or `district`"),
    Column("parent", "text", "code of the province of a district"),
    Column("name_en", "text", "its name in English"),
    Column("name_km", "text", "its name in Khmer"),
    Column("name_local", "text", "its name in the language of its country"),
    Column("latitude", "number", "degrees"),
    Column("longitude", "number", "degrees"),
    *_SOURCE,
)
_POPULATION = (
    _AREA,
    Column("name", "text", "its name in the language asked for"),
    Column("year", "count", "year that the number is of"),
    Column("population", "count", "people who live there"),
    *_SOURCE,
)
_COUNTS = (
    _AREA,
    Column("name", "text", "its name in the language asked for"),
    Column("disease", "text", "code of the disease"),
    Column("step", "text", "`week` or `month`: as it was sent"),
    Column("start", "date", "first day of the step"),
    Column("period", "text", "the same as files write it: 2025-W07, 2025-02"),
    Column("cases", "count", "cases; empty where they are hidden"),
    Column("status", "text", "`value`, `zero` or `hidden`"),
    Column("reported", "number", "share of those who report that did, from 0 to 1; empty where nobody said"),
    Column("published", "text", "`yes` where the source has published it"),
    *_SOURCE,
)


@dataclass(frozen=True, config=STRICT)
class OfArea(Question):
    """Entries of one area, or of all."""

    area: Annotated[str, Text(help="code of one area; all, if not given")] = ""


@dataclass(frozen=True, config=STRICT)
class SentCounts(Question):
    """Counts of a disease, of one area or all, within some days."""

    disease: Annotated[str, OneOf(tuple(DISEASES), help="code of the disease")]
    area: Annotated[str, Text(help="code of one area; all, if not given")] = ""
    step: Annotated[str | None, OneOf(("week", "month"), help="as it was sent; both, if not given")] = None
    start: Annotated[
        date | None, Day(name="from", help="first day; steps that begin before are left out")
    ] = None
    end: Annotated[date | None, Day(name="to", help="last day; steps that begin after are left out")] = None


def areas(asked: Asked, query: OfArea) -> Answer:
    """Provinces and districts across the border."""
    rows = tables.listed(asked.database, asked.grant, "areas", area=query.area, language=asked.language)
    return Answer(
        _AREAS,
        [_with_source(row) | {"country": row["area"][:2]} for row in rows],
        query.parameters(),
        figures=False,
    )


def population(asked: Asked, query: OfArea) -> Answer:
    """How many live in areas across the border."""
    rows = tables.listed(asked.database, asked.grant, "population", area=query.area, language=asked.language)
    return Answer(_POPULATION, list(map(_with_source, rows)), query.parameters(), figures=False)


def counts(asked: Asked, query: SentCounts) -> Answer:
    """Counts as neighbours sent them, as far as the token is shown them."""
    rows = tables.listed(
        asked.database,
        asked.grant,
        "counts",
        area=query.area,
        language=asked.language,
        disease=query.disease,
    )
    found = [_count(row) for row in rows if _asked_for(row, query)]
    return Answer(_COUNTS, found, query.parameters(), notes=_notes(found, asked))


def _asked_for(row: Mapping[str, Any], query: SentCounts) -> bool:
    starts = date.fromisoformat(row["starts"])
    return (
        query.step in (None, row["step"])
        and (query.start is None or starts >= query.start)
        and (query.end is None or starts <= query.end)
    )


def _count(row: Mapping[str, Any]) -> dict[str, Any]:
    cases = row["cases"]
    return _with_source(row) | {
        "start": date.fromisoformat(row["starts"]),
        "status": "hidden" if cases is None else "value" if cases else "zero",
    }


def _with_source(row: Mapping[str, Any]) -> dict[str, Any]:
    return dict(row) | {"received": date.fromisoformat(row["received_at"][:10])}


def _notes(rows: Iterable[Mapping[str, Any]], asked: Asked) -> list[str]:
    hidden = any(row["status"] == "hidden" for row in rows)
    return [asked.t(_BESIDE), *([asked.t(NOT_PUBLISHED)] if hidden else [])]


RESOURCES = (
    Resource(
        "neighbours",
        "/neighbours",
        "Counts of areas across the border, as they were sent",
        SentCounts,
        _COUNTS,
        counts,
        "Published counts for every token of the programme; others for those of the whole country that see "
        "small numbers. A period that was not sent has no row.",
        needs=("disease",),
    ),
    Resource(
        "neighbours/areas",
        "/neighbours/areas",
        "Provinces and districts across the border",
        OfArea,
        _AREAS,
        areas,
        figures=False,
    ),
    Resource(
        "neighbours/population",
        "/neighbours/population",
        "How many live in areas across the border",
        OfArea,
        _POPULATION,
        population,
        figures=False,
    ),
)
