"""An index that leads to the records of a disease in a period."""

from alembic import op

revision = "records_0018"
down_revision = "records_0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_episode_disease_period", "episode", ["disease", "period"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_episode_disease_period", table_name="episode")
