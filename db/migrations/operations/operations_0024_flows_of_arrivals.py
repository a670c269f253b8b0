"""Arrivals by home, crossing and destination, as sums.

They are filled when the database is opened, from the arrivals that are held one by one. Of those that were
reduced to sums before, the destination is not known: `sum_gap` says up to which day.
"""

import sqlalchemy as sa
from alembic import op

revision = "operations_0024"
down_revision = "operations_0023"
branch_labels = None
depends_on = None

_KEYS = (("crossing", 16), ("home", 16), ("destination", 16), ("movement", 20), ("residence", 20))
_SEALED = sa.table("sealed_arrivals", sa.column("day", sa.Date()), sa.column("crossing"))
_GAP = sa.table("sum_gap", *map(sa.column, ("what", "crossing")), sa.column("until", sa.Date()))


def upgrade() -> None:
    for name in ("cube_arrival_flows", "sealed_arrival_flows"):
        op.create_table(
            name,
            sa.Column("day", sa.Date(), nullable=False),
            *(sa.Column(key, sa.String(length=size), nullable=False) for key, size in _KEYS),
            sa.Column("people", sa.Integer(), nullable=False),
            sa.PrimaryKeyConstraint("day", *(key for key, _ in _KEYS), name=op.f(f"pk_{name}")),
        )
    connection = op.get_bind()
    last = sa.select(_SEALED.c.crossing, sa.func.max(_SEALED.c.day)).group_by(_SEALED.c.crossing)
    rows = [
        {"what": "flows", "crossing": crossing, "until": until}
        for crossing, until in connection.execute(last)
    ]
    if rows:
        connection.execute(_GAP.insert(), rows)


def downgrade() -> None:
    op.execute(_GAP.delete().where(_GAP.c.what == "flows"))
    for name in ("sealed_arrival_flows", "cube_arrival_flows"):
        op.drop_table(name)
