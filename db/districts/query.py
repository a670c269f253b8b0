"""Reading the sums by administrative district of home or of infection."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from db.core.scope import Scope
from db.tables.districts.home import cube_district
from surveillance.errors import NotPermittedError


@dataclass(frozen=True)
class DistrictSums:
    """Sums of one district."""

    records: int
    numerator: int
    denominator: int
    unknown: int


def by_district(
    connection: Connection, scope: Scope, place: str, disease: str, measure: str, first: int, last: int
) -> dict[str, DistrictSums]:
    """Sums of each district in cells from `first` to `last`, by its four digits.

    Raises
    ------
    NotPermittedError
        A limited scope asks: districts of home and of infection do not know who gave care.
    """
    if scope.provinces is not None or not scope.covers(disease):
        raise NotPermittedError(
            "this view counts people from every province; your account is for some places"
        )
    own = cube_district.c
    sums = ("records", *(f"{measure}_{part}" for part in ("numerator", "denominator", "unknown")))
    asked = (
        select(own.place, *(func.sum(own[name]) for name in sums))
        .where(own.dimension == place, own.disease == disease, own.period.between(first, last))
        .group_by(own.place)
    )
    return {code: DistrictSums(*map(int, row)) for code, *row in connection.execute(asked)}
