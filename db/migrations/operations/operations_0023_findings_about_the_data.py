"""What became of findings about the quality of the data: state, owner, note."""

import sqlalchemy as sa
from alembic import op

revision = "operations_0023"
down_revision = "operations_0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "data_quality_item",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("field", sa.String(length=40), nullable=False),
        sa.Column("month", sa.String(length=10), nullable=False),
        sa.Column("facility", sa.String(length=80), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("owner", sa.String(length=100), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("changed_at", sa.String(length=32), nullable=False),
        sa.Column("changed_by", sa.String(length=255), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_quality_item")),
        sa.UniqueConstraint(
            "kind", "field", "month", "facility", name=op.f("uq_data_quality_item_kind_field_month_facility")
        ),
    )


def downgrade() -> None:
    op.drop_table("data_quality_item")
