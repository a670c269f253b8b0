"""Classes that people gave to cases, months that slow diseases were scanned for, and growth that was sent."""

import sqlalchemy as sa
from alembic import op

revision = "operations_0028"
down_revision = "operations_0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "case_class",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("version", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("batch", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("row_number", sa.Integer(), nullable=False),
        sa.Column("disease", sa.String(length=16), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("before", sa.String(length=12), nullable=False),
        sa.Column("after", sa.String(length=12), nullable=True),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("actor", sa.String(length=255), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_class")),
    )
    op.create_index(op.f("ix_case_class_version"), "case_class", ["version"])
    op.create_index(op.f("ix_case_class_disease_day"), "case_class", ["disease", "day"])
    with op.batch_alter_table("watched_scan") as table:
        table.add_column(sa.Column("month", sa.Date(), nullable=True))
    with op.batch_alter_table("alert") as table:
        table.add_column(sa.Column("told_count", sa.Integer(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("alert") as table:
        table.drop_column("told_count")
    with op.batch_alter_table("watched_scan") as table:
        table.drop_column("month")
    op.drop_index(op.f("ix_case_class_disease_day"), table_name="case_class")
    op.drop_index(op.f("ix_case_class_version"), table_name="case_class")
    op.drop_table("case_class")
