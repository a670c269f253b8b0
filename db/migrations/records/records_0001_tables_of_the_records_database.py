"""Tables of the records database: facilities, batches, records and their cubes."""

import sqlalchemy as sa
from alembic import op

revision = "records_0001"
down_revision = None
branch_labels = None
depends_on = None


_DIMENSIONS = ("care", "home", "infection", "crossing", "facility")
_MEASURES = ("testing", "treatment", "completion", "eligibility", "positivity", "yield")
_KEYS = {
    "disease": sa.String(16),
    "place": sa.String(80),
    "axis": sa.String(12),
    "value": sa.SmallInteger(),
    "period": sa.Integer(),
    "stratum": sa.Integer(),
}
_FAMILIES = {
    "": ("disease", "place", "period"),
    "_by_group": ("disease", "axis", "value", "period", "place"),
    "_by_stratum": ("disease", "period", "place", "stratum"),
}


def _sums(kind):
    names = (f"{measure}_{part}" for measure in _MEASURES for part in ("numerator", "denominator", "unknown"))
    return [sa.Column(name, kind, nullable=False) for name in names]


def _create_cubes() -> None:
    for dimension in _DIMENSIONS:
        for family, keys in _FAMILIES.items():
            name = f"cube_{dimension}{family}"
            op.create_table(
                name,
                *(sa.Column(key, _KEYS[key], autoincrement=False, nullable=False) for key in keys),
                sa.Column("records", sa.Integer(), nullable=False),
                *_sums(sa.Integer()),
                sa.PrimaryKeyConstraint(*keys, name=op.f(f"pk_{name}")),
                sqlite_with_rowid=False,
            )


def upgrade() -> None:
    _create_cubes()
    op.create_table(
        "batch",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("source", sa.String(length=80), nullable=False),
        sa.Column("file_name", sa.String(length=255), nullable=False),
        sa.Column("file_sha256", sa.String(length=64), nullable=False),
        sa.Column("received_at", sa.String(length=32), nullable=False),
        sa.Column("actor", sa.String(length=120), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("accepted", sa.Integer(), nullable=False),
        sa.Column("amended", sa.Integer(), nullable=False),
        sa.Column("withdrawn", sa.Integer(), nullable=False),
        sa.Column("duplicate", sa.Integer(), nullable=False),
        sa.Column("rejected", sa.Integer(), nullable=False),
        sa.Column("first_visit", sa.Date(), nullable=True),
        sa.Column("last_visit", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_batch")),
    )
    op.create_index("ix_batch_source_file_sha256", "batch", ["source", "file_sha256"], unique=False)
    op.create_table(
        "cascade_state",
        sa.Column("state", sa.SmallInteger(), autoincrement=False, nullable=False),
        *_sums(sa.SmallInteger()),
        sa.PrimaryKeyConstraint("state", name=op.f("pk_cascade_state")),
    )
    op.create_table(
        "facility",
        sa.Column("facility_id", sa.String(length=80), nullable=False),
        sa.Column("facility_key", sa.String(length=80), nullable=False),
        sa.Column("name_en", sa.String(length=200), nullable=True),
        sa.Column("name_km", sa.String(length=200), nullable=True),
        sa.Column("province", sa.String(length=8), nullable=False),
        sa.Column("district", sa.String(length=80), nullable=True),
        sa.Column("commune", sa.String(length=80), nullable=True),
        sa.Column("latitude", sa.Float(), nullable=True),
        sa.Column("longitude", sa.Float(), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=True),
        sa.Column("crossing", sa.String(length=16), nullable=True),
        sa.Column("reports_from", sa.Date(), nullable=True),
        sa.Column("reports_to", sa.Date(), nullable=True),
        sa.Column("operational_district", sa.String(length=80), nullable=True),
        sa.Column("moh_code", sa.String(length=40), nullable=True),
        sa.Column("report_frequency", sa.String(length=12), nullable=True),
        sa.Column("report_deadline_days", sa.Integer(), nullable=True),
        sa.PrimaryKeyConstraint("facility_id", name=op.f("pk_facility")),
        sa.UniqueConstraint("facility_key", name=op.f("uq_facility_facility_key")),
    )
    op.create_table(
        "meta",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_meta")),
    )
    op.create_table(
        "episode",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("source", sa.String(length=80), nullable=False),
        sa.Column("occurrence", sa.Integer(), nullable=False),
        sa.Column("batch", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("superseded_batch", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("facility", sa.String(length=80), nullable=False),
        sa.Column("province_care", sa.String(length=8), nullable=False),
        sa.Column("identity", sa.LargeBinary(length=16), nullable=False),
        sa.Column("content", sa.LargeBinary(length=16), nullable=False),
        sa.Column("row_number", sa.Integer(), nullable=False),
        sa.Column("record_id", sa.String(length=80), nullable=True),
        sa.Column("facility_id", sa.String(length=80), nullable=False),
        sa.Column("facility_key", sa.String(length=80), nullable=False),
        sa.Column("person", sa.String(length=32), nullable=True),
        sa.Column("arrival_id", sa.String(length=80), nullable=True),
        sa.Column("date_visit", sa.Date(), nullable=False),
        sa.Column("date_onset", sa.Date(), nullable=True),
        sa.Column("date_report", sa.Date(), nullable=True),
        sa.Column("disease", sa.String(length=16), nullable=False),
        sa.Column("province_home", sa.String(length=8), nullable=False),
        sa.Column("crossing", sa.String(length=16), nullable=False),
        sa.Column("province_infection", sa.String(length=8), nullable=False),
        sa.Column("commune_infection", sa.String(length=8), nullable=True),
        sa.Column("sex", sa.String(length=8), nullable=False),
        sa.Column("age_years", sa.SmallInteger(), nullable=True),
        sa.Column("residence", sa.String(length=20), nullable=False),
        sa.Column("activity", sa.String(length=20), nullable=False),
        sa.Column("legal_status", sa.String(length=12), nullable=True),
        sa.Column("movement", sa.String(length=20), nullable=False),
        sa.Column("cascade", sa.SmallInteger(), nullable=False),
        sa.Column("date_tested", sa.Date(), nullable=True),
        sa.Column("date_result", sa.Date(), nullable=True),
        sa.Column("date_treated", sa.Date(), nullable=True),
        sa.Column("date_outcome", sa.Date(), nullable=True),
        sa.Column("test_method", sa.String(length=20), nullable=False),
        sa.Column("case_status", sa.String(length=12), nullable=False),
        sa.Column("origin", sa.String(length=12), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.Column("period", sa.Integer(), nullable=False),
        sa.Column("start_period", sa.Integer(), nullable=False),
        sa.Column("stratum", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["batch"], ["batch.id"], name=op.f("fk_episode_batch")),
        sa.ForeignKeyConstraint(["superseded_batch"], ["batch.id"], name=op.f("fk_episode_superseded_batch")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_episode")),
    )
    op.create_index(op.f("ix_episode_batch"), "episode", ["batch"], unique=False)
    op.create_index("ix_episode_facility_key", "episode", ["facility_key"], unique=False)
    op.create_index(
        "ix_episode_old_version",
        "episode",
        ["identity", "occurrence"],
        unique=False,
        sqlite_where=sa.text("superseded_batch IS NOT NULL"),
        postgresql_where=sa.text("superseded_batch IS NOT NULL"),
    )
    op.create_index(
        "ix_episode_superseded",
        "episode",
        ["superseded_batch"],
        unique=False,
        sqlite_where=sa.text("superseded_batch IS NOT NULL"),
        postgresql_where=sa.text("superseded_batch IS NOT NULL"),
    )
    op.create_index(
        "uq_episode_current",
        "episode",
        ["identity", "occurrence"],
        unique=True,
        sqlite_where=sa.text("superseded_batch IS NULL"),
        postgresql_where=sa.text("superseded_batch IS NULL"),
    )
    op.create_table(
        "notice",
        sa.Column("batch", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("field", sa.String(length=80), nullable=False),
        sa.Column("text", sa.String(length=120), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("first_row", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["batch"], ["batch.id"], name=op.f("fk_notice_batch")),
        sa.PrimaryKeyConstraint("batch", "kind", "field", "text", name=op.f("pk_notice")),
    )


def downgrade() -> None:
    for dimension in _DIMENSIONS:
        for family in _FAMILIES:
            op.drop_table(f"cube_{dimension}{family}")
    for name in ("notice", "episode", "meta", "facility", "cascade_state", "batch"):
        op.drop_table(name)
