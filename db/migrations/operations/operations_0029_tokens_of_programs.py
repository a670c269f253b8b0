"""Tokens by which programs ask for an account."""

import sqlalchemy as sa
from alembic import op

revision = "operations_0029"
down_revision = "operations_0028"
branch_labels = None
depends_on = None

_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "api_token",
        sa.Column("id", _NUMBER, nullable=False),
        sa.Column("account", _NUMBER, nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("tail", sa.String(length=4), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("scope", sa.Text()),
        sa.Column("authority", sa.String(length=32), nullable=False),
        sa.Column("made_at", sa.String(length=32), nullable=False),
        sa.Column("made_by", sa.String(length=255), nullable=False),
        sa.Column("expires", sa.Float(), nullable=False),
        sa.Column("per_minute", sa.Integer(), nullable=False),
        sa.Column("minute", sa.BigInteger(), nullable=False),
        sa.Column("counted", sa.Integer(), nullable=False),
        sa.Column("used_at", sa.String(length=32)),
        sa.Column("ended_at", sa.String(length=32)),
        sa.Column("ended_by", sa.String(length=255)),
        sa.Column("ended_why", sa.String(length=10)),
        sa.ForeignKeyConstraint(["account"], ["account.id"], name=op.f("fk_api_token_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_token")),
        sa.UniqueConstraint("hash", name=op.f("uq_api_token_hash")),
    )
    op.create_index(op.f("ix_api_token_account"), "api_token", ["account"])


def downgrade() -> None:
    op.drop_table("api_token")
