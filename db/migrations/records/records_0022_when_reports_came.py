"""When a file or a declaration was sent, an index that tells when reports came, schedules by disease."""

import sqlalchemy as sa
from alembic import op

revision = "records_0022"
down_revision = "records_0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("batch", sa.Column("sent_on", sa.Date(), nullable=True))
    op.add_column("declaration", sa.Column("sent_on", sa.Date(), nullable=True))
    op.create_table(
        "report_schedule",
        sa.Column("facility_key", sa.String(length=80), nullable=False),
        sa.Column("disease", sa.String(length=16), nullable=False),
        sa.Column("report_frequency", sa.String(length=12), nullable=False),
        sa.Column("report_deadline_days", sa.Integer(), nullable=True),
        sa.Column("reports_from", sa.Date(), nullable=True),
        sa.Column("reports_to", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("facility_key", "disease", name=op.f("pk_report_schedule")),
        sqlite_with_rowid=False,
    )
    # The same index, with all that tells who reported and when.
    op.drop_index("ix_episode_facility_key_period", table_name="episode")
    op.create_index(
        "ix_episode_facility_key_period",
        "episode",
        ["facility_key", "period", "disease", "batch", "date_report"],
        unique=False,
    )


def downgrade() -> None:
    op.drop_index("ix_episode_facility_key_period", table_name="episode")
    op.create_index("ix_episode_facility_key_period", "episode", ["facility_key", "period"], unique=False)
    op.drop_table("report_schedule")
    op.drop_column("declaration", "sent_on")
    op.drop_column("batch", "sent_on")
