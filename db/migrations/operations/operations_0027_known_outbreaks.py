"""Known outbreaks, what the watch knows of each standing scan, and how seldom chance brings an alert."""

import sqlalchemy as sa
from alembic import op

revision = "operations_0027"
down_revision = "operations_0025"
branch_labels = None
depends_on = None

_DAYS = ("emerged", "detected", "notified", "responded")


def _of_alerts() -> list[sa.Column]:
    return [
        sa.Column("recurrence", sa.Float(), nullable=True),
        sa.Column("cluster", sa.String(length=20), nullable=True),
        sa.Column("path", sa.String(length=40), nullable=True),
        sa.Column("night", sa.Date(), nullable=True),
        sa.Column("met", sa.Text(), nullable=True),
        sa.Column("outbreak", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
    ]


def upgrade() -> None:
    op.create_table(
        "outbreak",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("disease", sa.String(length=16), nullable=False),
        sa.Column("level", sa.String(length=10), nullable=False),
        sa.Column("place", sa.String(length=80), nullable=False),
        sa.Column("province", sa.String(length=8), nullable=True),
        sa.Column("district", sa.String(length=80), nullable=True),
        sa.Column("facility", sa.String(length=80), nullable=True),
        sa.Column("first", sa.Date(), nullable=False),
        sa.Column("last", sa.Date(), nullable=True),
        sa.Column("cases", sa.Integer(), nullable=True),
        sa.Column("source", sa.String(length=8), nullable=False),
        sa.Column("reference", sa.String(length=80), nullable=True),
        *(sa.Column(name, sa.Date(), nullable=True) for name in _DAYS),
        sa.Column("made_at", sa.String(length=32), nullable=False),
        sa.Column("made_by", sa.String(length=255), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbreak")),
        sa.UniqueConstraint("reference", name=op.f("uq_outbreak_reference")),
    )
    op.create_table(
        "watched_scan",
        sa.Column("disease", sa.String(length=16), nullable=False),
        sa.Column("places", sa.String(length=20), nullable=False),
        sa.Column("first_look", sa.Date(), nullable=False),
        sa.Column("run", sa.String(length=12), nullable=True),
        sa.Column("looked_on", sa.Date(), nullable=True),
        sa.Column("data_version", sa.Integer(), nullable=True),
        sa.Column("deeper", sa.String(length=12), nullable=True),
        sa.PrimaryKeyConstraint("disease", "places", name=op.f("pk_watched_scan")),
    )
    with op.batch_alter_table("alert") as table:
        for column in _of_alerts():
            table.add_column(column)
        table.create_foreign_key(op.f("fk_alert_outbreak_outbreak"), "outbreak", ["outbreak"], ["id"])
        table.create_index(op.f("ix_alert_outbreak"), ["outbreak"])
    with op.batch_alter_table("alert_run") as table:
        table.add_column(sa.Column("chance", sa.Float(), nullable=True))
        table.add_column(sa.Column("allowed", sa.Integer(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("alert_run") as table:
        table.drop_column("allowed")
        table.drop_column("chance")
    with op.batch_alter_table("alert") as table:
        table.drop_index(op.f("ix_alert_outbreak"))
        table.drop_constraint(op.f("fk_alert_outbreak_outbreak"), type_="foreignkey")
        for name in ("outbreak", "met", "night", "path", "cluster", "recurrence"):
            table.drop_column(name)
    op.drop_table("watched_scan")
    op.drop_table("outbreak")
