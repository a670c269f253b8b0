"""The cubes keep a disease and an axis as their numbers."""

import sqlalchemy as sa
from alembic import op

revision = "records_0013"
down_revision = "records_0012"
branch_labels = None
depends_on = None

_DISEASES = (
    "malaria", "tb", "hiv", "syphilis", "hepatitis_b", "hepatitis_c", "dengue", "measles", "covid19", "ili",
    "sari", "awd", "cholera",
)  # fmt: skip
_AXES = ("residence", "activity", "movement", "sex", "age")
_TEXTS = {"disease": (_DISEASES, sa.String(16)), "axis": (_AXES, sa.String(12))}
_KINDS = {
    "value": sa.SmallInteger(),
    "stratum": sa.Integer(),
    "period": sa.Integer(),
    "place": sa.String(80),
}
_CUBES = [
    f"cube_{dimension}{family}"
    for dimension in ("care", "home", "infection", "crossing", "facility")
    for family in ("", "_by_group", "_by_stratum")
]


def _keep(name: str, *, numbers: bool) -> None:
    connection = op.get_bind()
    inspected = sa.inspect(connection)
    keys = inspected.get_pk_constraint(name)["constrained_columns"]
    changed = {key: _changed(key, numbers=numbers) for key in _TEXTS if key in keys}
    if connection.dialect.name == "postgresql":
        dialect = connection.dialect
        steps = ", ".join(
            f'ALTER COLUMN "{key}" TYPE {kind.compile(dialect=dialect)} USING '
            f"{value.compile(dialect=dialect, compile_kwargs={'literal_binds': True})}"
            for key, (kind, value) in changed.items()
        )
        op.execute(sa.text(f'ALTER TABLE "{name}" {steps}'))
        return
    sums = [column["name"] for column in inspected.get_columns(name) if column["name"] not in keys]
    kinds = _KINDS | {key: kind for key, (kind, _) in changed.items()}
    op.create_table(
        "new_cube",
        *(sa.Column(key, kinds[key], autoincrement=False, nullable=False) for key in keys),
        *(sa.Column(column, sa.Integer(), nullable=False) for column in sums),
        sa.PrimaryKeyConstraint(*keys, name=op.f(f"pk_{name}")),
        sqlite_with_rowid=False,
    )
    values = [changed[key][1] if key in changed else sa.column(key) for key in (*keys, *sums)]
    new = sa.table("new_cube", *map(sa.column, (*keys, *sums)))
    ordered = sa.select(*values).select_from(sa.table(name)).order_by(*_first(len(keys)))
    op.execute(new.insert().from_select([*keys, *sums], ordered))
    op.drop_table(name)
    op.rename_table("new_cube", name)


def _first(keys: int) -> list[sa.TextClause]:
    """The first columns of a query, by their positions."""
    return [sa.text(str(position)) for position in range(1, keys + 1)]


def _changed(key: str, *, numbers: bool) -> tuple[sa.types.TypeEngine, sa.ColumnElement]:
    """The kind of a column, and each value in it. One that is not known stops the migration: it is NULL."""
    texts, kind = _TEXTS[key]
    pairs = {text: number for number, text in enumerate(texts)}
    if not numbers:
        pairs = {number: text for text, number in pairs.items()}
    return sa.SmallInteger() if numbers else kind, sa.case(pairs, value=sa.column(key))


def upgrade() -> None:
    for name in _CUBES:
        _keep(name, numbers=True)


def downgrade() -> None:
    for name in _CUBES:
        _keep(name, numbers=False)
