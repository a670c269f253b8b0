"""Tables of denominators: files of population figures, and every version of every figure.

They hold numbers of people by area, and nobody's data: old ones are kept for ever.
"""

from __future__ import annotations

from sqlalchemy import Column, Float, Index, SmallInteger, String, Table

from db.tables.records import metadata
from db.tables.versioned import of_a_version, receipts

#: Files of figures, each with its receipt.
denominator_batch = receipts("denominator_batch")

#: Every version of every figure; the one in force has no `superseded_batch`. Blank sex or age: all.
denominator = Table(
    "denominator",
    metadata,
    *of_a_version(denominator_batch),
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
