"""Messages about alerts: ways out, who is told, and the outbox."""

import sqlalchemy as sa
from alembic import op

revision = "operations_0025"
down_revision = "operations_0024"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "message_gateway",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("host", sa.String(length=255), nullable=False),
        sa.Column("made_at", sa.String(length=32), nullable=False),
        sa.Column("made_by", sa.String(length=255), nullable=False),
        sa.Column("ended_at", sa.String(length=32)),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_gateway")),
    )
    op.create_table(
        "message_channel",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("account", _NUMBER),
        sa.Column("role", sa.String(length=40)),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("gateway", _NUMBER, nullable=False),
        sa.Column("sealed", sa.Text()),
        sa.Column("shown", sa.String(length=20), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("timing", sa.String(length=4), nullable=False),
        sa.Column("hour", sa.Integer(), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("quiet_from", sa.Integer()),
        sa.Column("quiet_to", sa.Integer()),
        sa.Column("through", sa.Boolean(), nullable=False),
        sa.Column("provinces", sa.Text()),
        sa.Column("diseases", sa.Text()),
        sa.Column("made_at", sa.String(length=32), nullable=False),
        sa.Column("made_by", sa.String(length=255), nullable=False),
        sa.Column("ended_at", sa.String(length=32)),
        sa.Column("ended_why", sa.String(length=20)),
        sa.Column("digest_until", sa.Date()),
        sa.ForeignKeyConstraint(["account"], ["account.id"], name=op.f("fk_message_channel_account")),
        sa.ForeignKeyConstraint(["gateway"], ["message_gateway.id"], name=op.f("fk_message_channel_gateway")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_channel")),
    )
    op.create_index(op.f("ix_message_channel_account"), "message_channel", ["account"])
    op.create_table(
        "message",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("channel", _NUMBER, nullable=False),
        sa.Column("account", _NUMBER),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("owner", sa.String(length=40), nullable=False),
        sa.Column("made_at", sa.String(length=32), nullable=False),
        sa.Column("due_at", sa.String(length=32), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("heartbeat", sa.Float()),
        sa.Column("started_at", sa.String(length=32)),
        sa.Column("cancelled_by", sa.String(length=255)),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=20)),
        sa.Column("code", sa.Integer()),
        sa.Column("ended_at", sa.String(length=32)),
        sa.Column("settled_by", sa.String(length=255)),
        sa.ForeignKeyConstraint(["account"], ["account.id"], name=op.f("fk_message_account")),
        sa.ForeignKeyConstraint(["channel"], ["message_channel.id"], name=op.f("fk_message_channel")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
        sa.UniqueConstraint("key", name=op.f("uq_message_key")),
    )
    op.create_index(op.f("ix_message_channel"), "message", ["channel"])
    op.create_index(op.f("ix_message_status"), "message", ["status"])
    op.create_index("ix_message_due", "message", ["status", "due_at"])


def downgrade() -> None:
    for name in ("message", "message_channel", "message_gateway"):
        op.drop_table(name)
