"""The day on which a file or a declaration was sent, and an index that tells when reports came."""

import sqlalchemy as sa
from alembic import op

revision = "records_0022"
down_revision = "records_0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("batch", sa.Column("sent_on", sa.Date(), nullable=True))
    op.add_column("declaration", sa.Column("sent_on", sa.Date(), nullable=True))
    op.create_index(
        "ix_episode_reports",
        "episode",
        ["facility_key", "period", "disease", "batch", "date_report"],
        unique=False,
    )
    op.drop_index("ix_episode_facility_key_period", table_name="episode")


def downgrade() -> None:
    op.create_index("ix_episode_facility_key_period", "episode", ["facility_key", "period"], unique=False)
    op.drop_index("ix_episode_reports", table_name="episode")
    op.drop_column("declaration", "sent_on")
    op.drop_column("batch", "sent_on")
