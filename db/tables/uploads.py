"""Tables of files that come through the browser: where each stands, and the mappings made there.

No cell of a file is in them. What was seen of its rows lies beside the file, and goes with it.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Integer, String, Table, Text

from db.tables.operations import Base, lease

#: One uploaded file. `task`: what the runner does with it next, or did last: look, try, store.
#: `final`: its rows are being written, or may have been. `covers`, `counts`: JSON. `returned`: whether its
#: rejected rows can be fetched. `asked_at`: when the task was asked for.
upload = Table(
    "upload",
    Base.metadata,
    Column("id", String(16), primary_key=True),
    Column("made_at", String(32), nullable=False),
    Column("actor", String(255), nullable=False, index=True),
    Column("name", String(120), nullable=False),
    Column("ending", String(10), nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("source", String(80), nullable=False),
    Column("covers", Text, nullable=False),
    *lease(),
    Column("task", String(10), nullable=False),
    Column("asked_at", String(32), nullable=False),
    Column("rows", Integer, nullable=False),
    Column("final", Boolean, nullable=False),
    Column("ended_at", String(32)),
    Column("mapping", String(40)),
    Column("mapping_version", String(40)),
    Column("mapping_text", Text),
    Column("date_order", String(12)),
    Column("batch", BigInteger),
    Column("counts", Text),
    Column("returned", String(10)),
    Column("language", String(8), nullable=False),
)

#: A mapping made in the browser, as the text of its file. A change is a new version; none is ever changed.
saved_mapping = Table(
    "saved_mapping",
    Base.metadata,
    Column("name", String(40), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("made_at", String(32), nullable=False),
    Column("author", String(255), nullable=False),
    Column("text", Text, nullable=False),
)
