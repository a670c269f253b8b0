"""HIV and syphilis leave the facility cubes; whether a facility reported is asked of the records."""

import sqlalchemy as sa
from alembic import op

revision = "records_0002"
down_revision = "records_0001"
branch_labels = None
depends_on = None

_CUBES = ("cube_facility", "cube_facility_by_group", "cube_facility_by_stratum")
_SENSITIVE = ("hiv", "syphilis")


def upgrade() -> None:
    for name in _CUBES:
        cube = sa.table(name, sa.column("disease"))
        op.execute(cube.delete().where(cube.c.disease.in_(_SENSITIVE)))
    op.create_index("ix_episode_facility_key_period", "episode", ["facility_key", "period"], unique=False)
    op.drop_index("ix_episode_facility_key", table_name="episode")


def downgrade() -> None:
    op.create_index("ix_episode_facility_key", "episode", ["facility_key"], unique=False)
    op.drop_index("ix_episode_facility_key_period", table_name="episode")
