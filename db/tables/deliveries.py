"""Tables beside the records: unrecognised places, and the facilities and periods that files declare."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Date, ForeignKey, Index, Integer, String, Table

from db.tables.records import metadata

#: Versions of records with a place that the gazetteer did not match: a keyed token of the text, not the text.
unplaced = Table(
    "unplaced",
    metadata,
    Column("episode", ForeignKey("episode.id"), primary_key=True, autoincrement=False),
    Column("field", String(20), primary_key=True),
    Column("mark", String(32), nullable=False),
)
Index("ix_unplaced_field_mark", unplaced.c.field, unplaced.c.mark)

#: What is known of a mark. `text`: only where several rows of a file agreed on it. `code`: what a person
#: resolved it to; None while it waits.
place_text = Table(
    "place_text",
    metadata,
    Column("field", String(20), primary_key=True),
    Column("mark", String(32), primary_key=True),
    Column("text", String(120)),
    Column("code", String(16)),
    Column("commune", String(8)),
    Column("resolved_at", String(32)),
    Column("resolved_by", String(120)),
)

#: What a file says it covers: in this facility and these days, what it does not name did not happen.
declaration = Table(
    "declaration",
    metadata,
    Column("batch", ForeignKey("batch.id"), primary_key=True, autoincrement=False),
    Column("facility_key", String(80), primary_key=True),
    Column("first_day", Date, primary_key=True),
    Column("last_day", Date, primary_key=True),
    Column("complete", Boolean, nullable=False),
    #: The day it came, where that was not the day of its file.
    Column("sent_on", Date),
)
Index("ix_declaration_facility_key", declaration.c.facility_key)

#: Cells that declarations together cover wholly; `batch` is the one that completed the cell.
declared_cell = Table(
    "declared_cell",
    metadata,
    Column("facility_key", String(80), primary_key=True),
    Column("cell", Integer, primary_key=True, autoincrement=False),
    Column("batch", ForeignKey("batch.id"), nullable=False),
    sqlite_with_rowid=False,
)
Index("ix_declared_cell_cell", declared_cell.c.cell)

#: How often and by when a facility reports on one disease, where it is otherwise than the facility list says.
report_schedule = Table(
    "report_schedule",
    metadata,
    Column("facility_key", String(80), primary_key=True),
    Column("disease", String(16), primary_key=True),
    Column("report_frequency", String(12), nullable=False),
    Column("report_deadline_days", Integer),
    Column("reports_from", Date),
    Column("reports_to", Date),
    sqlite_with_rowid=False,
)
