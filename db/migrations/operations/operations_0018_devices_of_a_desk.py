"""Devices that a reception centre enters at, the PINs that reopen them, and tags that were given."""

import sqlalchemy as sa
from alembic import op

revision = "operations_0018"
down_revision = "operations_0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "desk_device",
        sa.Column("id", sa.String(length=12), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("crossing", sa.String(length=20), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.String(length=32), nullable=False),
        sa.Column("made_by", sa.String(length=255), nullable=False),
        sa.Column("seen_at", sa.String(length=32), nullable=True),
        sa.Column("seen_by", sa.String(length=255), nullable=True),
        sa.Column("sessions", sa.Text(), nullable=False),
        sa.Column("revoked_at", sa.String(length=32), nullable=True),
        sa.Column("revoked_by", sa.String(length=255), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_device")),
    )
    op.create_index(op.f("ix_desk_device_crossing"), "desk_device", ["crossing"])
    op.create_table(
        "desk_pin",
        sa.Column("session", sa.String(length=16), nullable=False),
        sa.Column("pin_hash", sa.String(length=255), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("locked", sa.Boolean(), nullable=False),
        sa.Column("made_at", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("session", name=op.f("pk_desk_pin")),
    )
    op.create_table(
        "desk_tag",
        sa.Column("within", sa.String(length=64), nullable=False),
        sa.Column("tag", sa.String(length=8), nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("within", "tag", name=op.f("pk_desk_tag")),
        sa.UniqueConstraint("within", "owner", name=op.f("uq_desk_tag_within_owner")),
    )


def downgrade() -> None:
    op.drop_table("desk_tag")
    op.drop_table("desk_pin")
    op.drop_index(op.f("ix_desk_device_crossing"), table_name="desk_device")
    op.drop_table("desk_device")
