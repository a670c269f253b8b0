"""Records keep days of notification and response, the focus, G6PD and the viral load."""

import sqlalchemy as sa
from alembic import op

revision = "records_0019"
down_revision = "records_0018"
branch_labels = None
depends_on = None

_COLUMNS = {
    "date_notified": sa.Date(),
    "date_investigated": sa.Date(),
    "date_responded": sa.Date(),
    "focus": sa.String(length=8),
    "g6pd_activity": sa.SmallInteger(),
    "date_viral_load": sa.Date(),
    "viral_load": sa.Integer(),
}


def upgrade() -> None:
    """Older records are blank there: whether they said so is not known."""
    for name, kind in _COLUMNS.items():
        op.add_column("episode", sa.Column(name, kind, nullable=True))


def downgrade() -> None:
    for name in reversed(_COLUMNS):  # one by one: to make the table anew would break what refers to it
        op.drop_column("episode", name)
