"""Tables of the records database.

`episode` holds every version of every record: the current one has no `superseded_batch`. The cubes are sums
over current records, one family per kind of place; docs/architecture.md says why they are kept three ways.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Table,
    Text,
)

from db.tables.enum_as_integer import EnumAsInteger
from surveillance.coverage.indicators import MEASURES
from surveillance.strata import AXIS_NUMBER, DISEASE_NUMBER

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    }
)
#: SQLite numbers its rows by itself only where the key is an INTEGER.
RowNumber = BigInteger().with_variant(Integer, "sqlite")

meta = Table(
    "meta", metadata, Column("key", String(64), primary_key=True), Column("value", Text, nullable=False)
)

facility = Table(
    "facility",
    metadata,
    Column("facility_id", String(80), primary_key=True),
    Column("facility_key", String(80), nullable=False, unique=True),
    Column("name_en", String(200)),
    Column("name_km", String(200)),
    Column("province", String(8), nullable=False),
    Column("district", String(80)),
    Column("commune", String(80)),
    Column("latitude", Float),
    Column("longitude", Float),
    Column("kind", String(20)),
    Column("crossing", String(16)),
    Column("reports_from", Date),
    Column("reports_to", Date),
    Column("operational_district", String(80)),
    Column("moh_code", String(40)),
    Column("report_frequency", String(12)),
    Column("report_deadline_days", Integer),
)

batch = Table(
    "batch",
    metadata,
    Column("id", RowNumber, primary_key=True),
    Column("source", String(80), nullable=False),
    Column("file_name", String(255), nullable=False),
    Column("file_sha256", String(64), nullable=False),
    Column("received_at", String(32), nullable=False),
    Column("actor", String(120), nullable=False),
    Column("rows", Integer, nullable=False),
    Column("accepted", Integer, nullable=False),
    Column("amended", Integer, nullable=False),
    Column("withdrawn", Integer, nullable=False),
    Column("duplicate", Integer, nullable=False),
    Column("rejected", Integer, nullable=False),
    Column("first_visit", Date),
    Column("last_visit", Date),
    Column("mapping", String(80)),
    Column("mapping_version", String(40)),
    Column("date_order", String(16)),
    #: The day its sender sent it, where that was not the day of the import.
    Column("sent_on", Date),
    Index("ix_batch_source_file_sha256", "source", "file_sha256"),
)

notice = Table(
    "notice",
    metadata,
    Column("batch", ForeignKey("batch.id"), primary_key=True),
    Column("kind", String(24), primary_key=True),
    Column("field", String(80), primary_key=True),
    Column("text", String(120), primary_key=True),
    Column("rows", Integer, nullable=False),
    Column("first_row", Integer, nullable=False),
)


def record_columns() -> list[Column]:
    """Columns that the staging table and `episode` share: `surveillance.line_list.RECORD_COLUMNS`."""
    return [
        Column("identity", LargeBinary(16), nullable=False),
        Column("content", LargeBinary(16), nullable=False),
        Column("row_number", Integer, nullable=False),
        Column("record_id", String(80)),
        Column("facility_id", String(80), nullable=False),
        Column("facility_key", String(80), nullable=False),
        Column("person", String(32)),
        Column("arrival_id", String(80)),
        Column("date_visit", Date, nullable=False),
        Column("date_onset", Date),
        Column("date_report", Date),
        Column("disease", String(16), nullable=False),
        Column("province_home", String(8), nullable=False),
        Column("crossing", String(16), nullable=False),
        Column("province_infection", String(8), nullable=False),
        Column("commune_infection", String(8)),
        Column("sex", String(8), nullable=False),
        Column("age_years", SmallInteger),
        Column("residence", String(20), nullable=False),
        Column("activity", String(20), nullable=False),
        Column("legal_status", String(12)),
        Column("movement", String(20), nullable=False),
        Column("cascade", SmallInteger, nullable=False),
        Column("date_tested", Date),
        Column("date_result", Date),
        Column("date_treated", Date),
        Column("date_outcome", Date),
        Column("test_method", String(20), nullable=False),
        Column("case_status", String(12), nullable=False),
        Column("origin", String(12), nullable=False),
        Column("outcome", String(20), nullable=False),
        Column("detail", Text),
        Column("period", Integer, nullable=False),
        Column("start_period", Integer, nullable=False),
        Column("stratum", Integer, nullable=False),
        #: Keyed token of who issued the person's number; None where the facility did.
        Column("issuer", String(32)),
        Column("date_notified", Date),
        Column("date_investigated", Date),
        Column("date_responded", Date),
        #: Village of the focus, by its number in the gazetteer.
        Column("focus", String(8)),
        Column("g6pd_activity", SmallInteger),
        Column("date_viral_load", Date),
        Column("viral_load", Integer),
        #: Administrative districts, by their four digits in the gazetteer.
        Column("district_home", String(8)),
        Column("district_infection", String(8)),
    ]


episode = Table(
    "episode",
    metadata,
    Column("id", RowNumber, primary_key=True),
    Column("source", String(80), nullable=False),
    Column("occurrence", Integer, nullable=False),
    Column("batch", ForeignKey("batch.id"), nullable=False, index=True),
    Column("superseded_batch", ForeignKey("batch.id")),
    Column("facility", String(80), nullable=False),
    Column("province_care", String(8), nullable=False),
    *record_columns(),
)
Index(
    "uq_episode_current",
    episode.c.identity,
    episode.c.occurrence,
    unique=True,
    sqlite_where=episode.c.superseded_batch.is_(None),
    postgresql_where=episode.c.superseded_batch.is_(None),
)
Index(
    "ix_episode_superseded",
    episode.c.superseded_batch,
    sqlite_where=episode.c.superseded_batch.is_not(None),
    postgresql_where=episode.c.superseded_batch.is_not(None),
)
Index(
    "ix_episode_old_version",
    episode.c.identity,
    episode.c.occurrence,
    sqlite_where=episode.c.superseded_batch.is_not(None),
    postgresql_where=episode.c.superseded_batch.is_not(None),
)
#: Every episode of a person: counting persons begins with some of them.
Index(
    "ix_episode_person",
    episode.c.person,
    sqlite_where=episode.c.person.is_not(None),
    postgresql_where=episode.c.person.is_not(None),
)
#: Records of a facility, whether it reported in a period at all, and when the first report came.
Index(
    "ix_episode_facility_key_period",
    episode.c.facility_key,
    episode.c.period,
    episode.c.disease,
    episode.c.batch,
    episode.c.date_report,
)
#: Records that name a district: few files do, and only these are looked at.
for _name in ("district_home", "district_infection"):
    Index(
        f"ix_episode_{_name}",
        episode.c.batch,
        sqlite_where=episode.c[_name].is_not(None),
        postgresql_where=episode.c[_name].is_not(None),
    )
#: Records of a disease in a period, where no cube can answer (db/cubes/facility_cells.py).
Index("ix_episode_disease_period", episode.c.disease, episode.c.period)

#: What one record adds to each measure, by its cascade: filled from surveillance.coverage.indicators.
MEASURE_COLUMNS: tuple[str, ...] = tuple(
    f"{measure}_{part}" for measure in MEASURES for part in ("numerator", "denominator", "unknown")
)
cascade_state = Table(
    "cascade_state",
    metadata,
    Column("state", SmallInteger, primary_key=True, autoincrement=False),
    *(Column(name, SmallInteger, nullable=False) for name in MEASURE_COLUMNS),
)

#: Kind of place -> the column of `episode` that names it.
DIMENSIONS: dict[str, str] = {
    "care": "province_care",
    "home": "province_home",
    "infection": "province_infection",
    "crossing": "crossing",
    "facility": "facility",
}
#: Crossing and province of care together: for accounts of some provinces (decision 34).
BORDER = "border"
SUM_COLUMNS: tuple[str, ...] = ("records", *MEASURE_COLUMNS)


def sum_columns() -> list[Column]:
    """The sums of a cube."""
    return [Column(name, Integer, nullable=False) for name in SUM_COLUMNS]


def _cube(name: str, *keys: Column) -> Table:
    return Table(name, metadata, *keys, *sum_columns(), sqlite_with_rowid=False)


def _key(name: str, type_: type | String | EnumAsInteger) -> Column:
    return Column(name, type_, primary_key=True, autoincrement=False)


_DISEASE = EnumAsInteger(tuple(DISEASE_NUMBER))
#: By place and period alone: what an unfiltered map reads.
cube_total: dict[str, Table] = {
    dimension: _cube(
        f"cube_{dimension}",
        _key("disease", _DISEASE),
        _key("place", String(80)),
        _key("period", Integer),
    )
    for dimension in DIMENSIONS
}
cube_total[BORDER] = _cube(
    f"cube_{BORDER}",
    _key("disease", _DISEASE),
    _key("care", String(8)),
    _key("place", String(80)),
    _key("period", Integer),
)
#: By one axis at a time: what a map with one filter and a province's groups read.
cube_group: dict[str, Table] = {
    dimension: _cube(
        f"cube_{dimension}_by_group",
        _key("disease", _DISEASE),
        _key("axis", EnumAsInteger(tuple(AXIS_NUMBER))),
        _key("value", SmallInteger),
        _key("period", Integer),
        _key("place", String(80)),
    )
    for dimension in DIMENSIONS
}
#: Kind of place whose strata come before the period: most questions with filters ask for it, or for all
#: places together, and are then led to the strata they keep. Elsewhere a file's rows lie together instead.
STRATUM_FIRST = "care"
_BY_STRATUM: tuple[tuple[str, Any], ...] = (
    ("period", Integer),
    ("place", String(80)),
    ("stratum", Integer),
)
#: By every axis together: what several filters at once read.
cube_stratum: dict[str, Table] = {
    dimension: _cube(
        f"cube_{dimension}_by_stratum",
        _key("disease", _DISEASE),
        *(
            _key(name, kind)
            for name, kind in sorted(
                _BY_STRATUM, key=lambda key: key[0] != "stratum" and dimension == STRATUM_FIRST
            )
        ),
    )
    for dimension in DIMENSIONS
}
#: Province of care first: a question leads to the rows of its provinces, which also answer for the groups.
cube_stratum[BORDER] = _cube(
    f"cube_{BORDER}_by_stratum",
    _key("disease", _DISEASE),
    _key("care", String(8)),
    *(_key(name, kind) for name, kind in _BY_STRATUM),
)
