"""Tables of devices that a reception centre enters at, of PINs that reopen them, and of tags that were given.

Nothing that is entered stands here, and nothing by which a device could be used: of its cookie and of a PIN
there is a hash.
"""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Integer, String, Table, Text, UniqueConstraint

from db.tables.operations import Base

#: A device that is a desk. `number`: of the crossing's devices, stands in tags that it gives without a
#: connection. `sessions`: ids of the sessions that were used on it last, by spaces; they end
#: when it is revoked. `revoked_at`: since when nothing is taken from it.
desk_device = Table(
    "desk_device",
    Base.metadata,
    Column("id", String(12), primary_key=True),
    Column("name", String(60), nullable=False),
    Column("number", Integer, nullable=False),
    Column("crossing", String(20), nullable=False, index=True),
    Column("token_hash", String(64), nullable=False),
    Column("made_at", String(32), nullable=False),
    Column("made_by", String(255), nullable=False),
    Column("seen_at", String(32)),
    Column("seen_by", String(255)),
    Column("sessions", Text, nullable=False),
    Column("revoked_at", String(32)),
    Column("revoked_by", String(255)),
)

#: The PIN of one session on a desk. `tries`: wrong ones since the last right one.
desk_pin = Table(
    "desk_pin",
    Base.metadata,
    Column("session", String(16), primary_key=True),
    Column("pin_hash", String(255), nullable=False),
    Column("tries", Integer, nullable=False),
    Column("locked", Boolean, nullable=False),
    Column("made_at", String(32), nullable=False),
)

#: A letter that a van has at a crossing on one day, or a number that a person has in a van.
desk_tag = Table(
    "desk_tag",
    Base.metadata,
    Column("within", String(64), primary_key=True),
    Column("tag", String(8), primary_key=True),
    Column("owner", String(64), nullable=False),
    UniqueConstraint("within", "owner"),
)
