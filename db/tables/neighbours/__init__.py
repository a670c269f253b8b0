"""Areas across the border: what they are, who lives there, and counts that the neighbour sent; every version.

They hold sums by area, as others published or sent them, and nobody's data: old ones are kept for ever.
"""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Float, Index, Integer, SmallInteger, String, Table

from db.tables.records import metadata
from db.tables.versioned import of_a_version, receipts

#: What a file of a neighbour is of.
AREAS, POPULATION, COUNTS = KINDS = ("areas", "population", "counts")
#: Who says so, and under which terms; on every version.
_SOURCE = ("source", "licence")


def _of_source() -> list[Column[str]]:
    return [Column(name, String(300), nullable=False) for name in _SOURCE]


area_batch = receipts("neighbour_area_batch")
population_batch = receipts("neighbour_population_batch")
count_batch = receipts("neighbour_count_batch")

#: Provinces and districts. A code begins with its country's two letters and a hyphen: TH-27.
area = Table(
    "neighbour_area",
    metadata,
    *of_a_version(area_batch),
    Column("code", String(24), nullable=False),
    Column("level", String(8), nullable=False),
    #: The province of a district; blank of a province.
    Column("parent", String(24), nullable=False),
    Column("name_en", String(120), nullable=False),
    Column("name_km", String(120), nullable=False),
    Column("name_local", String(120), nullable=False),
    Column("latitude", Float),
    Column("longitude", Float),
    *_of_source(),
)
#: People of an area in a year.
population = Table(
    "neighbour_population",
    metadata,
    *of_a_version(population_batch),
    Column("area", String(24), nullable=False),
    Column("year", SmallInteger, nullable=False),
    Column("people", Integer, nullable=False),
    *_of_source(),
)
#: Cases of a week or month. What has no row is not known: it is not zero.
count = Table(
    "neighbour_count",
    metadata,
    *of_a_version(count_batch),
    Column("area", String(24), nullable=False),
    Column("disease", String(24), nullable=False),
    #: `week` or `month`, and its first day as ISO 8601.
    Column("step", String(8), nullable=False),
    Column("starts", String(10), nullable=False),
    Column("cases", Integer, nullable=False),
    #: Share of those who report that did, 0 to 1; none where nobody said.
    Column("reported", Float),
    #: Whether the source has published it: then everybody who sees coverage may see it as it was sent.
    Column("published", Boolean, nullable=False),
    *_of_source(),
)
#: What tells one entry from another, and what it says; where it says something else, it is a new version.
KEYS = {
    AREAS: ("code",),
    POPULATION: ("area", "year"),
    COUNTS: ("area", "disease", "step", "starts"),
}
CONTENTS = {
    AREAS: ("level", "parent", "name_en", "name_km", "name_local", "latitude", "longitude", *_SOURCE),
    POPULATION: ("people", *_SOURCE),
    COUNTS: ("cases", "reported", "published", *_SOURCE),
}
TABLES = {AREAS: area, POPULATION: population, COUNTS: count}
FILES = {AREAS: area_batch, POPULATION: population_batch, COUNTS: count_batch}
for _kind, _table in TABLES.items():
    Index(
        f"uq_{_table.name}_current",
        *(_table.c[name] for name in KEYS[_kind]),
        unique=True,
        sqlite_where=_table.c.superseded_batch.is_(None),
        postgresql_where=_table.c.superseded_batch.is_(None),
    )
