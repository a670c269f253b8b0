"""Files that come through the browser, and the mappings made there."""

import sqlalchemy as sa
from alembic import op

revision = "operations_0005"
down_revision = "operations_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "upload",
        sa.Column("id", sa.String(length=16), nullable=False),
        sa.Column("made_at", sa.String(length=32), nullable=False),
        sa.Column("actor", sa.String(length=255), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("ending", sa.String(length=10), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("source", sa.String(length=80), nullable=False),
        sa.Column("covers", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("task", sa.String(length=10), nullable=False),
        sa.Column("asked_at", sa.String(length=32), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("heartbeat", sa.Float(), nullable=True),
        sa.Column("final", sa.Boolean(), nullable=False),
        sa.Column("cancelled_by", sa.String(length=255), nullable=True),
        sa.Column("ended_at", sa.String(length=32), nullable=True),
        sa.Column("mapping", sa.String(length=40), nullable=True),
        sa.Column("mapping_version", sa.String(length=40), nullable=True),
        sa.Column("mapping_text", sa.Text(), nullable=True),
        sa.Column("date_order", sa.String(length=12), nullable=True),
        sa.Column("batch", sa.BigInteger(), nullable=True),
        sa.Column("counts", sa.Text(), nullable=True),
        sa.Column("returned", sa.String(length=10), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_upload")),
    )
    op.create_index(op.f("ix_upload_actor"), "upload", ["actor"], unique=False)
    op.create_index(op.f("ix_upload_status"), "upload", ["status"], unique=False)
    op.create_table(
        "saved_mapping",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("made_at", sa.String(length=32), nullable=False),
        sa.Column("author", sa.String(length=255), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", "version", name=op.f("pk_saved_mapping")),
    )


def downgrade() -> None:
    op.drop_table("saved_mapping")
    op.drop_index(op.f("ix_upload_status"), table_name="upload")
    op.drop_index(op.f("ix_upload_actor"), table_name="upload")
    op.drop_table("upload")
