"""Remote areas: every version of which facility or commune is remote, from when until when."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Date, Integer, String, Table, Text

from db.tables.operations import Base

#: Only added to; of a kind, a place and a first day the newest version holds. `last`: none while it is still
#: remote. `standing`: whether it holds, or was taken back.
remote_area = Table(
    "remote_area",
    Base.metadata,
    Column("id", Integer, primary_key=True),
    Column("kind", String(12), nullable=False),
    Column("place", String(80), nullable=False),
    Column("first", Date, nullable=False),
    Column("last", Date),
    Column("source", Text, nullable=False),
    Column("standing", Boolean, nullable=False),
    Column("changed_at", String(32), nullable=False),
    Column("changed_by", String(255), nullable=False),
)
