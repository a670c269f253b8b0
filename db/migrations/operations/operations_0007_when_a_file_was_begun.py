"""A file knows when a runner last began with it: people take turns with files, too."""

import sqlalchemy as sa
from alembic import op

revision = "operations_0007"
down_revision = "operations_0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("upload") as upload:
        upload.add_column(sa.Column("started_at", sa.String(length=32), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("upload") as upload:
        upload.drop_column("started_at")
