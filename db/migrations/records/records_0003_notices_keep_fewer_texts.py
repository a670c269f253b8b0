"""Texts that were not understood are kept only where several rows agree: the rest may be a person's name."""

import re

import sqlalchemy as sa
from alembic import op

revision = "records_0003"
down_revision = "records_0002"
branch_labels = None
depends_on = None

_FEWEST = 3
_LONG_NUMBER = re.compile(r"\d{6,}|\d(?:[\s().+/-]*\d){8,}")
_NAMES = ("batch", "kind", "field", "text", "rows", "first_row")
_notice = sa.table("notice", *map(sa.column, _NAMES))


def upgrade() -> None:
    connection = op.get_bind()
    kept: dict[tuple, tuple[int, int]] = {}
    for batch, kind, field, text, rows, first in connection.execute(sa.select(_notice)).all():
        dropped = kind == "unread_value" or rows < _FEWEST
        key = (batch, kind, field, "" if dropped else _LONG_NUMBER.sub("#", text))
        held, earliest = kept.get(key, (0, first))
        kept[key] = (held + rows, min(first, earliest))
    connection.execute(_notice.delete())
    if kept:
        lines = [dict(zip(_NAMES, (*key, *counts), strict=True)) for key, counts in kept.items()]
        connection.execute(_notice.insert(), lines)


def downgrade() -> None:
    """What was left out cannot be brought back."""
