"""Tables of other systems, in the operations database: what is pulled from them, and what is sent to them.

No cell of a record is in them. What was wrong with single rows lies beside the pull for a day.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
)

from db.tables.operations import Base, lease
from db.tables.records import RowNumber

#: A system that is connected: `text` says what is pulled and sent (db.intake.systems). `sealed`: what it is
#: asked with, encrypted; NULL: it is in the environment.
system = Table(
    "system",
    Base.metadata,
    Column("id", RowNumber, primary_key=True),
    Column("name", String(40), nullable=False, index=True),
    Column("kind", String(10), nullable=False),
    Column("text", Text, nullable=False),
    Column("sealed", Text),
    Column("made_at", String(32), nullable=False),
    Column("made_by", String(255), nullable=False),
    Column("ended_at", String(32)),
)

#: One pull, page by page, to its end; one that failed goes on where it stopped. `text`: what the system's
#: own said when it began. `since`: only what changed from then on; NULL: all. `folder`: where notes on rows
#: that were rejected lie. `at_once`: of the command line, beside the queue.
system_pull = Table(
    "system_pull",
    Base.metadata,
    Column("id", RowNumber, primary_key=True),
    Column("system", ForeignKey("system.id"), nullable=False, index=True),
    Column("made_at", String(32), nullable=False),
    Column("asked_at", String(32), nullable=False),
    Column("asked_by", String(255), nullable=False),
    Column("text", Text, nullable=False),
    Column("since", String(32)),
    Column("folder", String(16)),
    *lease(),
    Column("pages", Integer, nullable=False),
    Column("at_once", Boolean),
    Column("ended_at", String(32)),
    Column("error", Text),
    Column("error_values", Text),
)

#: A page of a pull. `state`: storing (its import may have begun) or done. `total`: how many items the system
#: said there are. `last`: no page comes after it. `marks`: a digest of what names each item, so that it is
#: known whether all have come. `counts`: JSON, what became of its rows.
system_page = Table(
    "system_page",
    Base.metadata,
    Column("pull", ForeignKey("system_pull.id"), primary_key=True),
    Column("part", String(80), primary_key=True),
    Column("page", Integer, primary_key=True, autoincrement=False),
    Column("state", String(8), nullable=False),
    Column("begun_at", String(32), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("items", Integer, nullable=False),
    Column("total", Integer),
    Column("last", Boolean, nullable=False),
    Column("marks", Text, nullable=False),
    Column("batch", BigInteger),
    Column("counts", Text),
)

#: What a system calls its data elements and their categories, as it last said.
system_item = Table(
    "system_item",
    Base.metadata,
    Column("system", ForeignKey("system.id"), primary_key=True),
    Column("kind", String(10), primary_key=True),
    Column("uid", String(80), primary_key=True),
    Column("code", String(200)),
    Column("name", String(300), nullable=False),
    Column("detail", String(80)),
)

#: Values that were tried at a system (`answer`: what it said of them), and those that were sent afterwards.
#: `payload`: JSON, the values; `left_out`: JSON, what was not sent and why; both as `role` may see them.
system_push = Table(
    "system_push",
    Base.metadata,
    Column("id", RowNumber, primary_key=True),
    Column("system", ForeignKey("system.id"), nullable=False),
    Column("made_at", String(32), nullable=False),
    Column("made_by", String(255), nullable=False),
    Column("first", Date, nullable=False),
    Column("last", Date, nullable=False),
    Column("role", String(40), nullable=False),
    Column("fingerprint", String(64), nullable=False),
    Column("payload", Text, nullable=False),
    Column("left_out", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Column("sent_at", String(32)),
    Column("sent_by", String(255)),
    Column("sent_answer", Text),
    Index("ix_system_push_system", "system"),
)
