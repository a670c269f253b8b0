"""Tables of vans: sums over their sizes and answers, and the correlation of each measure.

Nothing is kept of HIV and syphilis, and no row tells of a single person: a van here has two people or more.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import BigInteger, Column, Float, Integer, MetaData, String, Table
from sqlalchemy.engine import Connection

from db.tables.enum_as_integer import EnumAsInteger
from db.tables.persons import BY_FACILITY_KEY
from db.tables.records import metadata
from surveillance.coverage.indicators import MEASURES
from surveillance.strata import DISEASE_NUMBER

#: Kind of place -> the column of `episode` that names it. Province of care and facility follow the facility
#: list, so the facility's key stands for both.
PLACES: dict[str, str] = {
    BY_FACILITY_KEY: "facility_key",
    "home": "province_home",
    "infection": "province_infection",
    "crossing": "crossing",
}
#: As in surveillance.coverage.design_effect.VanSums.
VAN_SUMS: tuple[str, ...] = ("vans", "people", "squares", "yes", "spread")
_DISEASE = EnumAsInteger(tuple(DISEASE_NUMBER))
_MEASURE = EnumAsInteger(tuple(MEASURES))


def _sums(name: str, held: MetaData = metadata, **options: Any) -> Table:
    return Table(
        name,
        held,
        Column("disease", _DISEASE, primary_key=True, autoincrement=False),
        Column("measure", _MEASURE, primary_key=True, autoincrement=False),
        Column("dimension", String(12), primary_key=True),
        Column("place", String(80), primary_key=True),
        Column("period", Integer, primary_key=True, autoincrement=False),
        *(Column(column, Integer, nullable=False) for column in VAN_SUMS[:-1]),
        Column(VAN_SUMS[-1], BigInteger, nullable=False),
        sqlite_with_rowid=False,
        **options,
    )


def _correlations(name: str, held: MetaData = metadata, **options: Any) -> Table:
    return Table(
        name,
        held,
        Column("disease", _DISEASE, primary_key=True, autoincrement=False),
        Column("measure", _MEASURE, primary_key=True, autoincrement=False),
        Column("correlation", Float, nullable=False),
        Column("vans", Integer, nullable=False),
        **options,
    )


#: Sums over the vans of the current records, by place and cell of time.
cube_van = _sums("cube_van")
#: The part of these sums that comes from sealed records.
sealed_van = _sums("sealed_van")
#: The pooled intra-van correlation of each disease and measure, and the number of vans it rests on.
cube_correlation = _correlations("cube_correlation")


def temporary_sums(connection: Connection, prefix: str) -> Table:
    """Empty sums of the same kind for one connection."""
    made = _temporary_sums(prefix)
    made.create(connection)
    return made


@cache  # a statement is compiled once for the same table
def _temporary_sums(prefix: str) -> Table:
    return _sums(f"{prefix}{cube_van.name}", MetaData(), prefixes=["TEMPORARY"])


def temporary_correlations(connection: Connection, prefix: str) -> Table:
    """Correlations of the same kind for one connection."""
    made = _temporary_correlations(prefix)
    made.create(connection)
    return made


@cache
def _temporary_correlations(prefix: str) -> Table:
    return _correlations(f"{prefix}{cube_correlation.name}", MetaData(), prefixes=["TEMPORARY"])
