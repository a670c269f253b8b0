"""Tables of denominators: files of population figures, and every version of every figure.

They hold numbers of people by area, and nobody's data: old ones are kept for ever.
"""

from __future__ import annotations

from sqlalchemy import Column, Float, ForeignKey, Index, Integer, SmallInteger, String, Table

from db.tables.records import RowNumber, metadata

#: Files of figures, each with its receipt.
denominator_batch = Table(
    "denominator_batch",
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
    Index("ix_denominator_batch_file_sha256", "file_sha256"),
)

#: Every version of every figure; the one in force has no `superseded_batch`. Blank sex or age: all.
denominator = Table(
    "denominator",
    metadata,
    Column("id", RowNumber, primary_key=True),
    Column("batch", ForeignKey("denominator_batch.id"), nullable=False, index=True),
    Column("superseded_batch", ForeignKey("denominator_batch.id"), index=True),
    Column("row_number", Integer, nullable=False),
    Column("kind", String(24), nullable=False),
    Column("area", String(80), nullable=False),
    Column("level", String(24), nullable=False),
    Column("year", SmallInteger, nullable=False),
    Column("sex", String(8), nullable=False),
    Column("age", String(8), nullable=False),
    Column("value", Float, nullable=False),
    Column("lower", Float),
    Column("upper", Float),
    Column("source", String(300), nullable=False),
    Column("grade", String(12), nullable=False),
)
#: What tells one figure from another.
KEY = ("kind", "area", "year", "sex", "age")
#: What a figure says; where it changes, the version does.
CONTENT = ("value", "lower", "upper", "source", "grade")
Index(
    "uq_denominator_current",
    *(denominator.c[name] for name in KEY),
    unique=True,
    sqlite_where=denominator.c.superseded_batch.is_(None),
    postgresql_where=denominator.c.superseded_batch.is_(None),
)
