"""A file through the browser knows the language of who brought it."""

import sqlalchemy as sa
from alembic import op

revision = "operations_0006"
down_revision = "operations_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("upload") as upload:
        upload.add_column(sa.Column("language", sa.String(length=8), nullable=False, server_default="en"))
    with op.batch_alter_table("upload") as upload:
        upload.alter_column("language", server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("upload") as upload:
        upload.drop_column("language")
