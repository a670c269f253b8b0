"""Which operational district a health facility belongs to, from which day: files of it, and every version.

They hold places and nobody's data: old ones are kept for ever.
"""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, String, Table

from db.tables.records import metadata
from db.tables.versioned import of_a_version, receipts

#: Files of districts, each with its receipt.
district_batch = receipts("district_batch")

#: Every version of every entry; the one in force has no `superseded_batch`.
facility_district = Table(
    "facility_district",
    metadata,
    # Row 0 where no row said so: what the facility list had before the first entry of the facility.
    *of_a_version(district_batch),
    Column("facility_key", String(80), nullable=False),
    #: Day from which it holds, as ISO 8601; empty: as long as the facility is known.
    Column("valid_from", String(10), nullable=False),
    #: First cell in which it counts: a move counts from the beginning of the cell of its day.
    Column("from_cell", Integer, nullable=False),
    Column("operational_district", String(80), nullable=False),
    Column("source", String(300), nullable=False),
)
#: What tells one entry from another.
KEY = ("facility_key", "valid_from")
#: What an entry says; where it changes, the version does.
CONTENT = ("operational_district", "source")
#: Cells before and after every other one.
ALWAYS, NEVER = -1_000_000, 1_000_000_000
Index(
    "uq_facility_district_current",
    *(facility_district.c[name] for name in KEY),
    unique=True,
    sqlite_where=facility_district.c.superseded_batch.is_(None),
    postgresql_where=facility_district.c.superseded_batch.is_(None),
)
