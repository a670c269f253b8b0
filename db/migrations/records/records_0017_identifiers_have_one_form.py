"""Databases that hold files remember which of them came before identifiers had one form.

`db.identity.normalise_identifiers` gives their records the fingerprints of now.
"""

import json

import sqlalchemy as sa
from alembic import op

revision = "records_0017"
down_revision = "records_0016"
branch_labels = None
depends_on = None

_META = sa.table("meta", sa.column("key"), sa.column("value"))


def upgrade() -> None:
    connection = op.get_bind()
    newest = connection.execute(sa.text("SELECT max(id) FROM batch")).scalar()
    listed = connection.execute(sa.text("SELECT count(*) FROM facility")).scalar()
    if newest or listed:
        said = json.dumps({"batch": int(newest or 0)})
        op.execute(_META.insert().values(key="held_before", value=said))


def downgrade() -> None:
    op.execute(_META.delete().where(_META.c.key == "held_before"))
