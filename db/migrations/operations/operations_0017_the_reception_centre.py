"""The reception centre: entries of its stations, the records they make, and their sums."""

import sqlalchemy as sa
from alembic import op

revision = "operations_0017"
down_revision = "operations_0016"
branch_labels = None
depends_on = None

_STEPS = (
    "arrived", "food", "assessed", "urgent", "urgent_met", "symptoms", "session", "offered", "tested",
    "positive", "referred", "reached", "ended",
)  # fmt: skip
_TALLIES = ("vans", "surges", "men", "women", "boys", "girls", "urgent")
_REFUSED = "an entry is not changed"


def upgrade() -> None:
    op.create_table(
        "reception_entry",
        _text("id", 32),
        _text("kind", 12),
        _text("subject", 32),
        _text("item", 32),
        _text("van", 32),
        _text("crossing", 16),
        _text("station", 12),
        _text("author", 255),
        _text("device", 32),
        _text("made_at", 32),
        _text("received_at", 32),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reception_entry")),
    )
    op.create_index("ix_reception_entry_subject", "reception_entry", ["subject", "kind", "item"])
    op.create_table(
        "reception_record",
        _text("subject", 32),
        _text("kind", 12),
        _text("item", 32),
        _text("van", 32),
        _text("crossing", 16),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("entered", sa.Date(), nullable=False),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.Column("partner", sa.String(length=24), nullable=True),
        sa.Column("slip", sa.String(length=12), nullable=True),
        sa.Column("fields", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("subject", "kind", "item", name=op.f("pk_reception_record")),
    )
    op.create_index("ix_reception_record_van", "reception_record", ["van"])
    op.create_index("ix_reception_record_day", "reception_record", ["kind", "crossing", "day"])
    op.create_index("ix_reception_record_slip", "reception_record", ["slip"])
    op.create_table(
        "cube_arrivals",
        sa.Column("day", sa.Date(), nullable=False),
        _text("crossing", 16),
        _text("province_home", 16),
        _text("sex", 8),
        _text("age", 8),
        _text("movement", 20),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in _STEPS),
        sa.PrimaryKeyConstraint(
            "day", "crossing", "province_home", "sex", "age", "movement", name=op.f("pk_cube_arrivals")
        ),
    )
    op.create_table(
        "cube_arrival_vans",
        sa.Column("day", sa.Date(), nullable=False),
        _text("crossing", 16),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in _TALLIES),
        sa.PrimaryKeyConstraint("day", "crossing", name=op.f("pk_cube_arrival_vans")),
    )
    _guard(op.get_bind())


def _text(name: str, length: int) -> sa.Column:
    return sa.Column(name, sa.String(length=length), nullable=False)


def _guard(connection) -> None:
    """Let the database itself refuse to change an entry; an old one is removed as a whole."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql(
            "CREATE TRIGGER reception_entry_no_update BEFORE UPDATE ON reception_entry "
            f"BEGIN SELECT RAISE(ABORT, '{_REFUSED}'); END"
        )
        return
    connection.exec_driver_sql(
        "CREATE OR REPLACE FUNCTION reception_entry_is_kept() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{_REFUSED}'; END $$"
    )
    connection.exec_driver_sql(
        "CREATE TRIGGER reception_entry_no_update BEFORE UPDATE ON reception_entry FOR EACH ROW "
        "EXECUTE FUNCTION reception_entry_is_kept()"
    )


def downgrade() -> None:
    for table in ("cube_arrival_vans", "cube_arrivals", "reception_record", "reception_entry"):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION reception_entry_is_kept()")
