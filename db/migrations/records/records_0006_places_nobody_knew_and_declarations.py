"""A worklist of places that nobody knew, and the facilities and periods that files declare."""

import sqlalchemy as sa
from alembic import op

revision = "records_0006"
down_revision = "records_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "unplaced",
        sa.Column("episode", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("field", sa.String(20), nullable=False),
        sa.Column("mark", sa.String(32), nullable=False),
        sa.ForeignKeyConstraint(["episode"], ["episode.id"], name=op.f("fk_unplaced_episode")),
        sa.PrimaryKeyConstraint("episode", "field", name=op.f("pk_unplaced")),
    )
    op.create_index("ix_unplaced_field_mark", "unplaced", ["field", "mark"], unique=False)
    op.create_table(
        "place_text",
        sa.Column("field", sa.String(20), nullable=False),
        sa.Column("mark", sa.String(32), nullable=False),
        sa.Column("text", sa.String(120)),
        sa.Column("code", sa.String(16)),
        sa.Column("commune", sa.String(8)),
        sa.Column("resolved_at", sa.String(32)),
        sa.Column("resolved_by", sa.String(120)),
        sa.PrimaryKeyConstraint("field", "mark", name=op.f("pk_place_text")),
    )
    batch = sa.BigInteger().with_variant(sa.Integer, "sqlite")
    op.create_table(
        "declaration",
        sa.Column("batch", batch, nullable=False),
        sa.Column("facility_key", sa.String(80), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("last_day", sa.Date(), nullable=False),
        sa.Column("complete", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["batch"], ["batch.id"], name=op.f("fk_declaration_batch")),
        sa.PrimaryKeyConstraint(
            "batch", "facility_key", "first_day", "last_day", name=op.f("pk_declaration")
        ),
    )
    op.create_index("ix_declaration_facility_key", "declaration", ["facility_key"], unique=False)
    op.create_table(
        "declared_cell",
        sa.Column("facility_key", sa.String(80), nullable=False),
        sa.Column("cell", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("batch", batch, nullable=False),
        sa.ForeignKeyConstraint(["batch"], ["batch.id"], name=op.f("fk_declared_cell_batch")),
        sa.PrimaryKeyConstraint("facility_key", "cell", name=op.f("pk_declared_cell")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_declared_cell_cell", "declared_cell", ["cell"], unique=False)


def downgrade() -> None:
    for table in ("declared_cell", "declaration", "place_text", "unplaced"):
        op.drop_table(table)
