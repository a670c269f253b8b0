"""Decisions say whose programme reads them; those from before are for accounts of every programme."""

import sqlalchemy as sa
from alembic import op

revision = "operations_0015"
down_revision = "operations_0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("decision", sa.Column("programme", sa.String(length=16), nullable=True))
