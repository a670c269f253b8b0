"""Tables of what is kept of records that are too old to be held one by one (decision 21)."""

from __future__ import annotations

from sqlalchemy import Column, Integer, LargeBinary, String, Table

from db.tables.records import RowNumber, metadata, sum_columns

#: Sums of the sealed records, by kind of place: every cube of the kind is made from these and the records.
sealed_sum = Table(
    "sealed_sum",
    metadata,
    Column("dimension", String(12), primary_key=True),
    Column("period", Integer, primary_key=True, autoincrement=False),
    Column("disease", String(16), primary_key=True),
    Column("place", String(80), primary_key=True),
    Column("stratum", Integer, primary_key=True, autoincrement=False),
    *sum_columns(),
    sqlite_with_rowid=False,
)
#: The sums of the line lists of facilities, known by their keys: to take a line list away again where an
#: aggregate report counts in its place, and to move it with its facility. For arithmetic, never shown. Of a
#: sensitive disease only where the facility reports the disease in sums anyway.
sealed_line_list = Table(
    "sealed_line_list",
    metadata,
    Column("facility_key", String(80), primary_key=True),
    Column("disease", String(16), primary_key=True),
    Column("period", Integer, primary_key=True, autoincrement=False),
    Column("stratum", Integer, primary_key=True, autoincrement=False),
    *sum_columns(),
    sqlite_with_rowid=False,
)
#: The sums of facilities by crossing, without sensitive diseases: the cubes of crossing and province of care
#: are made from these and the records, wherever the list says the facility is.
sealed_crossing = Table(
    "sealed_crossing",
    metadata,
    Column("facility_key", String(80), primary_key=True),
    Column("crossing", String(16), primary_key=True),
    Column("disease", String(16), primary_key=True),
    Column("period", Integer, primary_key=True, autoincrement=False),
    Column("stratum", Integer, primary_key=True, autoincrement=False),
    *sum_columns(),
    sqlite_with_rowid=False,
)
#: Cells in which sealed records count whose sums by facility are not kept.
sealed_unlisted = Table(
    "sealed_unlisted",
    metadata,
    Column("facility_key", String(80), primary_key=True),
    Column("disease", String(16), primary_key=True),
    Column("period", Integer, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)
#: Fingerprints of the sealed records, of every version: nothing can be read from them, an old file is known
#: by them. `count`: how many counted records were last said so; none of what was amended or withdrawn.
sealed_record = Table(
    "sealed_record",
    metadata,
    Column("identity", LargeBinary(16), primary_key=True),
    Column("content", LargeBinary(16), primary_key=True),
    Column("count", Integer, nullable=False),
    sqlite_with_rowid=False,
)
#: Who sent a record of any disease in which cell: what tells a true zero from silence.
sealed_report = Table(
    "sealed_report",
    metadata,
    Column("facility_key", String(80), primary_key=True),
    Column("period", Integer, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)
#: Versions of each batch that are no longer held: brought by it, and ended by it.
sealed_batch = Table(
    "sealed_batch",
    metadata,
    Column("batch", RowNumber, primary_key=True, autoincrement=False),
    Column("brought", Integer, nullable=False),
    Column("ended", Integer, nullable=False),
)
