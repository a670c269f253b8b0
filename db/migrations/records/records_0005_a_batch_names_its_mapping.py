"""A batch names the mapping that read its file, and the order in which its dates were read."""

import sqlalchemy as sa
from alembic import op

revision = "records_0005"
down_revision = "records_0004"
branch_labels = None
depends_on = None

_COLUMNS = {"mapping": 80, "mapping_version": 40, "date_order": 16}


def upgrade() -> None:
    for name, length in _COLUMNS.items():
        op.add_column("batch", sa.Column(name, sa.String(length)))


def downgrade() -> None:
    with op.batch_alter_table("batch") as batch:
        for name in _COLUMNS:
            batch.drop_column(name)
