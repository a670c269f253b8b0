"""The calendar: festivals, public holidays, events, and when crossings were closed."""

import sqlalchemy as sa
from alembic import op

revision = "operations_0011"
down_revision = "operations_0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "calendar_entry",
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=True),
        sa.Column("crossing", sa.String(length=16), nullable=False),
        sa.Column("name_en", sa.String(length=80), nullable=False),
        sa.Column("name_km", sa.String(length=80), nullable=False),
        sa.Column("compare", sa.Boolean(), nullable=False),
        sa.Column("computed", sa.Boolean(), nullable=False),
        sa.Column("source", sa.String(length=300), nullable=False),
        sa.Column("changed_at", sa.String(length=32), nullable=False),
        sa.Column("changed_by", sa.String(length=255), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_calendar_entry")),
    )


def downgrade() -> None:
    op.drop_table("calendar_entry")
