"""Figures of what to expect of arrivals: every version, the newest of a need is the one that holds."""

from __future__ import annotations

from sqlalchemy import Column, Float, Integer, String, Table, Text

from db.tables.operations import Base

#: How many of 1,000 arrivals have a need, and who says so; only added to. `per_thousand`: none where the
#: figure was taken out of the table.
load_figure = Table(
    "load_figure",
    Base.metadata,
    Column("id", Integer, primary_key=True),
    Column("code", String(24), nullable=False),
    Column("per_thousand", Float),
    Column("source", Text, nullable=False),
    Column("changed_at", String(32), nullable=False),
    Column("changed_by", String(255), nullable=False),
)
