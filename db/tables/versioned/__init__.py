"""What all tables have that keep every version of what files say: receipts, and columns of a version."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, ForeignKey, Index, Integer, String, Table

from db.tables.records import RowNumber, metadata


def receipts(name: str) -> Table:
    """Make a table of files, each with its receipt."""
    counts = ("rows", "accepted", "amended", "withdrawn", "duplicate", "rejected")
    return Table(
        name,
        metadata,
        Column("id", RowNumber, primary_key=True),
        Column("file_name", String(255), nullable=False),
        Column("file_sha256", String(64), nullable=False),
        Column("received_at", String(32), nullable=False),
        Column("actor", String(120), nullable=False),
        *(Column(count, Integer, nullable=False) for count in counts),
        Index(f"ix_{name}_file_sha256", "file_sha256"),
    )


def of_a_version(files: Table) -> list[Column[Any]]:
    """Make the columns of a version: its file, the one that ended it (none: it is in force), and its row."""
    return [
        Column("id", RowNumber, primary_key=True),
        Column("batch", ForeignKey(files.c.id), nullable=False, index=True),
        Column("superseded_batch", ForeignKey(files.c.id), index=True),
        Column("row_number", Integer, nullable=False),
    ]
