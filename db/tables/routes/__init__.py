"""Roads between places, and how many people went from one to another: files of them, and every version.

They hold places and nobody's data: old ones are kept for ever.
"""

from __future__ import annotations

from sqlalchemy import Column, Float, ForeignKey, Index, Integer, String, Table

from db.tables.records import RowNumber, metadata

#: What an entry is of.
ROADS, FLOWS = KINDS = ("roads", "flows")
#: Files of roads or flows, each with its receipt.
route_batch = Table(
    "route_batch",
    metadata,
    Column("id", RowNumber, primary_key=True),
    Column("file_name", String(255), nullable=False),
    Column("file_sha256", String(64), nullable=False),
    Column("received_at", String(32), nullable=False),
    Column("actor", String(120), nullable=False),
    Column("rows", Integer, nullable=False),
    Column("accepted", Integer, nullable=False),
    Column("amended", Integer, nullable=False),
    Column("withdrawn", Integer, nullable=False),
    Column("duplicate", Integer, nullable=False),
    Column("rejected", Integer, nullable=False),
    Index("ix_route_batch_file_sha256", "file_sha256"),
)

#: Every version of every entry; the one in force has no `superseded_batch`.
route = Table(
    "route",
    metadata,
    Column("id", RowNumber, primary_key=True),
    Column("batch", ForeignKey("route_batch.id"), nullable=False, index=True),
    Column("superseded_batch", ForeignKey("route_batch.id"), index=True),
    Column("row_number", Integer, nullable=False),
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
