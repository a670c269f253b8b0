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
_PREVENTION = (
    "records", "sessions", "men_reached", "women_reached", "children_reached", "items_given",
    "children_under_5", "children_5_to_14", "to_vaccinate", "with_symptoms",
)  # fmt: skip
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
    for people, vans, prevention in (
        ("cube_arrivals", "cube_arrival_vans", "cube_prevention"),
        ("sealed_arrivals", "sealed_arrival_vans", "sealed_prevention"),
    ):
        _sums(
            people,
            (("crossing", 16), ("province_home", 16), ("sex", 8), ("age", 8), ("movement", 20)),
            _STEPS,
        )
        _sums(vans, (("crossing", 16),), _TALLIES)
        _sums(prevention, (("kind", 12), ("province_home", 16), ("remote", 8), ("activity", 20)), _PREVENTION)
    op.create_table(
        "sealed_subject",
        _text("subject", 32),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_sealed_subject")),
    )
    _guard(op.get_bind())


def _sums(name: str, keys: tuple[tuple[str, int], ...], numbers: tuple[str, ...]) -> None:
    op.create_table(
        name,
        sa.Column("day", sa.Date(), nullable=False),
        *(_text(key, length) for key, length in keys),
        *(sa.Column(number, sa.Integer(), nullable=False) for number in numbers),
        sa.PrimaryKeyConstraint("day", *(key for key, _ in keys), name=op.f(f"pk_{name}")),
    )


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
    for table in (
        "sealed_subject", "sealed_prevention", "sealed_arrival_vans", "sealed_arrivals", "cube_prevention",
        "cube_arrival_vans", "cube_arrivals", "reception_record", "reception_entry",
    ):  # fmt: skip
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION reception_entry_is_kept()")
