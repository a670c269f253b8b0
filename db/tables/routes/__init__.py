"""Roads between places, and how many people went from one to another: files of them, and every version.

They hold places and nobody's data: old ones are kept for ever.
"""

from __future__ import annotations

from sqlalchemy import Column, Float, Index, String, Table

from db.tables.records import metadata
from db.tables.versioned import of_a_version, receipts

#: What an entry is of.
ROADS, FLOWS = KINDS = ("roads", "flows")
#: Files of roads or flows, each with its receipt.
route_batch = receipts("route_batch")

#: Every version of every entry; the one in force has no `superseded_batch`.
route = Table(
    "route",
    metadata,
    *of_a_version(route_batch),
    Column("kind", String(8), nullable=False),
    Column("from_level", String(24), nullable=False),
    Column("from_place", String(80), nullable=False),
    Column("to_level", String(24), nullable=False),
    Column("to_place", String(80), nullable=False),
    #: Day from which it holds, as ISO 8601; empty: always.
    Column("valid_from", String(10), nullable=False),
    #: Kilometres of a road, people of a flow; none: the road is closed.
    Column("amount", Float),
    Column("source", String(300), nullable=False),
)
#: What tells one entry from another.
KEY = ("kind", "from_level", "from_place", "to_level", "to_place", "valid_from")
#: What an entry says; where it changes, the version does.
CONTENT = ("amount", "source")
Index(
    "uq_route_current",
    *(route.c[name] for name in KEY),
    unique=True,
    sqlite_where=route.c.superseded_batch.is_(None),
    postgresql_where=route.c.superseded_batch.is_(None),
)
