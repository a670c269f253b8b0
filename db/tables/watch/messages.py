"""Tables of messages about alerts, in the operations database: ways out, who is told, and the outbox."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from db.tables.operations import Base, lease
from db.tables.records import RowNumber

#: A way out: a mail server, a Telegram bot, a gateway of text messages. `sealed`: its address with its
#: secrets, encrypted; `host`: whom it connects to.
message_gateway = Table(
    "message_gateway",
    Base.metadata,
    Column("id", RowNumber, primary_key=True),
    Column("kind", String(10), nullable=False),
    Column("name", String(80), nullable=False),
    Column("sealed", Text, nullable=False),
    Column("host", String(255), nullable=False),
    Column("made_at", String(32), nullable=False),
    Column("made_by", String(255), nullable=False),
    Column("ended_at", String(32)),
)

#: Who is told, by which way: an account (`account`), everybody of a role (`role`), or a group (neither).
#: `sealed`: the address, number or chat, encrypted; blank for a role, whose people are told at the addresses
#: of their accounts. `shown`: the end of it. `timing`: once, day or week; `urgent`: only alerts of rules that
#: are told at once; `through`: these come in quiet hours, too. `provinces`, `diseases`: codes with blanks
#: between them; NULL means all. `digest_until`: the last day of the newest digest.
message_channel = Table(
    "message_channel",
    Base.metadata,
    Column("id", RowNumber, primary_key=True),
    Column("account", ForeignKey("account.id"), index=True),
    Column("role", String(40)),
    Column("name", String(80), nullable=False),
    Column("gateway", ForeignKey("message_gateway.id"), nullable=False),
    Column("sealed", Text),
    Column("shown", String(20), nullable=False),
    Column("language", String(2), nullable=False),
    Column("timing", String(4), nullable=False),
    Column("hour", Integer, nullable=False),
    Column("urgent", Boolean, nullable=False),
    Column("quiet_from", Integer),
    Column("quiet_to", Integer),
    Column("through", Boolean, nullable=False),
    Column("provinces", Text),
    Column("diseases", Text),
    Column("made_at", String(32), nullable=False),
    Column("made_by", String(255), nullable=False),
    Column("ended_at", String(32)),
    Column("ended_why", String(20)),
    Column("digest_until", Date),
)

#: The outbox. `key`: what is told to whom, so that nothing is put in twice. `detail`: JSON, numbers of alerts
#: or lines of a digest; never a count of people. `due_at`: not before. `sending` is written before anything
#: leaves; what was lost while sending is `unsure`, and only a person sends it again. `tries`: attempts that
#: were refused. `reason`, `code`: why, and the other side's number for it. `settled_by`: who decided.
message = Table(
    "message",
    Base.metadata,
    Column("id", RowNumber, primary_key=True),
    Column("key", String(120), nullable=False),
    Column("channel", ForeignKey("message_channel.id"), nullable=False, index=True),
    Column("account", ForeignKey("account.id")),
    Column("kind", String(8), nullable=False),
    Column("detail", Text, nullable=False),
    Column("owner", String(40), nullable=False),
    Column("made_at", String(32), nullable=False),
    Column("due_at", String(32), nullable=False),
    *lease(),
    Column("tries", Integer, nullable=False),
    Column("reason", String(20)),
    Column("code", Integer),
    Column("ended_at", String(32)),
    Column("settled_by", String(255)),
    UniqueConstraint("key"),
    Index("ix_message_due", "status", "due_at"),
)
