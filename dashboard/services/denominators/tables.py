"""Population figures as rows: for the command, the page, and files that can be imported again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from dashboard.permissions import Grant
from dashboard.services.denominators.areas import Finder, area_name
from dashboard.services.denominators.read import Version, versions
from db.core.engine import Database
from db.intake.denominators.columns import COLUMNS
from db.intake.values.reasons import Reason
from db.tables.districts import placed
from surveillance.errors import UsageError

#: Columns of a file that can be imported again.
EXPORTED_COLUMNS = COLUMNS
LISTED_COLUMNS = (
    "kind", "area", "name", "year", "sex", "age", "value", "lower", "upper", "source", "grade", "file", "row",
    "received_at",
)  # fmt: skip
HISTORY_COLUMNS = (*LISTED_COLUMNS, "ended_at")


@dataclass(frozen=True)
class Listed:
    """Figures that were asked for."""

    versions: list[Version]

    def rows(self, language: str = "en") -> list[dict[str, Any]]:
        """With the area's name, the file that brought it, and when another replaced it."""
        return [
            {
                "kind": one.figure.kind,
                "area": one.figure.area,
                "name": area_name(one.figure.area, language),
                "year": one.figure.year,
                "sex": one.figure.sex,
                "age": one.figure.age,
                "value": _whole(one.figure.value),
                "lower": _whole(one.figure.lower),
                "upper": _whole(one.figure.upper),
                "source": one.figure.source,
                "grade": one.figure.grade,
                "file": one.file_name,
                "row": one.row,
                "received_at": one.received_at,
                "ended_at": one.ended_at,
            }
            for one in self.versions
        ]

    def exported(self) -> list[dict[str, Any]]:
        """In the columns of a file that can be imported."""
        return [
            {name: row["value" if name == "population" else name] for name in EXPORTED_COLUMNS}
            for row in self.rows()
        ]


def listed(
    database: Database,
    grant: Grant,
    *,
    kind: str | None = None,
    area: str | None = None,
    year: int | None = None,
    history: bool = False,
    as_of: date | None = None,
) -> Listed:
    """Figures of a kind, area or year.

    Parameters
    ----------
    area : str, optional
        A name or code, as files write it.

    Raises
    ------
    NotPermittedError
        The grant does not hold coverage.
    UsageError
        There is no such area.
    """
    code = None if area is None else find(database, area)
    return Listed(versions(database, grant, kind=kind, area=code, year=year, history=history, as_of=as_of))


def find(database: Database, text: str) -> str:
    """Code of the area that a text names.

    Raises
    ------
    UsageError
        It names none.
    """
    with database.reading() as connection:
        found = Finder.of(placed.names(connection))(text)
    if isinstance(found, Reason):
        raise UsageError(str(found), "area")
    return found.code


def _whole(value: float | None) -> float | None:
    """Whole numbers as such: nobody counts 861883.0 people."""
    return int(value) if value is not None and float(value).is_integer() else value
