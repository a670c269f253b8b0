"""Views of the map with names, and the one that each person's map opens with."""

import sqlalchemy as sa
from alembic import op

revision = "operations_0010"
down_revision = "operations_0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "saved_view",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("owner", sa.String(length=255), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.Column("question", sa.Text(), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=True),
        sa.Column("created_at", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_saved_view")),
        sa.UniqueConstraint("owner", "name", name=op.f("uq_saved_view_owner_name")),
    )
    op.create_index("ix_saved_view_role", "saved_view", ["role"])
    op.create_table(
        "default_view",
        sa.Column("actor", sa.String(length=255), nullable=False),
        sa.Column("view", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.ForeignKeyConstraint(["view"], ["saved_view.id"], name=op.f("fk_default_view_view")),
        sa.PrimaryKeyConstraint("actor", name=op.f("pk_default_view")),
    )
    op.create_index(op.f("ix_default_view_view"), "default_view", ["view"])


def downgrade() -> None:
    op.drop_index(op.f("ix_default_view_view"), table_name="default_view")
    op.drop_table("default_view")
    op.drop_index("ix_saved_view_role", table_name="saved_view")
    op.drop_table("saved_view")
