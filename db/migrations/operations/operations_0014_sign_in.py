"""Sign-in: second factors, one-time links, guesses, places known, identities at a provider."""

import sqlalchemy as sa
from alembic import op

revision = "operations_0014"
down_revision = "operations_0012"
branch_labels = None
depends_on = None


def _account(table: str, **options) -> tuple:
    column = sa.Column("account", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), **options)
    return column, sa.ForeignKeyConstraint(
        ["account"], ["account.id"], name=op.f(f"fk_{table}_account_account")
    )


def upgrade() -> None:
    op.create_table(
        "account_totp",
        *_account("account_totp", nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("confirmed_at", sa.String(length=32), nullable=False),
        sa.Column("last_counter", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account", name=op.f("pk_account_totp")),
    )
    op.create_table(
        "recovery_code",
        *_account("recovery_code", nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("account", "hash", name=op.f("pk_recovery_code")),
    )
    op.create_table(
        "one_time_link",
        sa.Column("hash", sa.String(length=64), nullable=False),
        *_account("one_time_link", nullable=False),
        sa.Column("purpose", sa.String(length=10), nullable=False),
        sa.Column("made_at", sa.String(length=32), nullable=False),
        sa.Column("made_by", sa.String(length=255), nullable=False),
        sa.Column("expires", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_one_time_link")),
    )
    op.create_index(op.f("ix_one_time_link_account"), "one_time_link", ["account"])
    op.create_table(
        "sign_in_guess",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("failures", sa.Float(), nullable=False),
        sa.Column("last", sa.Float(), nullable=False),
        sa.Column("until", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_sign_in_guess")),
    )
    op.create_index(op.f("ix_sign_in_guess_last"), "sign_in_guess", ["last"])
    op.create_table(
        "known_place",
        *_account("known_place", nullable=False),
        sa.Column("mark", sa.String(length=64), nullable=False),
        sa.Column("seen", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("account", "mark", name=op.f("pk_known_place")),
    )
    op.create_table(
        "linked_identity",
        *_account("linked_identity", nullable=False),
        sa.Column("issuer", sa.String(length=255), nullable=False),
        sa.Column("subject", sa.String(length=255), nullable=False),
        sa.Column("mark", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("account", name=op.f("pk_linked_identity")),
        sa.UniqueConstraint("mark", name=op.f("uq_linked_identity_mark")),
    )
