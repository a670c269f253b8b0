"""Health centre, operational district, province: the dated table as rows, for the command, page and files."""

from __future__ import annotations

from typing import Any

from dashboard.permissions import Grant, Permission
from db.core.engine import Database
from db.districts import store
from db.ingest import facilities
from db.tables import in_scope
from db.tables.districts.placed import listed_in
from geodata.provinces import PROVINCES
from surveillance.vocabulary import UNKNOWN

#: The source of rows that no file of districts names.
THE_LIST = store.THE_LIST
LISTED_COLUMNS = (
    "facility_id", "name", "operational_district", "province", "province_name", "from", "to", "source",
    "file", "received_at",
)  # fmt: skip
HISTORY_COLUMNS = (*LISTED_COLUMNS, "in_force")
#: Columns of a file that can be imported again.
EXPORTED_COLUMNS = ("facility_id", "operational_district", "province", "from", "source")


def listed(
    database: Database, grant: Grant, *, history: bool = False, language: str = "en"
) -> list[dict[str, Any]]:
    """Every facility of the list that the account may see, with its district and since when.

    A facility that no file of districts names has one row, with the district of the facility list.

    Parameters
    ----------
    history : bool
        Also what later files replaced or took back.

    Raises
    ------
    NotPermittedError
        The grant does not hold coverage.
    """
    grant.check(Permission.SEE_COVERAGE)
    with database.reading() as connection:
        dated = store.listed(connection, history=history, condition=in_scope.facilities(grant.scope))
        every = facilities.listed(connection, grant.scope)
    rows: dict[str, list[dict[str, Any]]] = {}
    until: dict[str, str] = {}
    for one in reversed(dated):
        in_force = one["superseded_batch"] is None
        key = one["facility_key"]
        made = _row(one, language) | {
            "operational_district": _named(one["operational_district"]),
            "from": one["valid_from"] or None,
            "to": until.get(key) if in_force else None,
            "source": one["source"],
            "file": one["file_name"] if one["row_number"] else None,
            "received_at": one["received_at"],
            "in_force": in_force,
        }
        rows.setdefault(key, []).insert(0, made)
        if in_force and one["valid_from"]:
            until[key] = one["valid_from"]
    found: list[dict[str, Any]] = []
    for one in sorted(
        every, key=lambda row: (row["province"] == UNKNOWN, row["province"], row["facility_id"])
    ):
        found += rows.get(one["facility_key"]) or [_of_list(one, language)]
    return found


def _of_list(one: dict[str, Any], language: str) -> dict[str, Any]:
    blank = dict.fromkeys(("from", "to", "file", "received_at"))
    return (
        _row(one, language)
        | blank
        | {
            "operational_district": _named(listed_in(one)),
            "source": store.THE_LIST,
            "in_force": True,
        }
    )


def _named(name: str) -> str | None:
    return None if name == UNKNOWN else name


def _row(one: dict[str, Any], language: str) -> dict[str, Any]:
    names = (one["name_km"], one["name_en"]) if language == "km" else (one["name_en"], one["name_km"])
    province = PROVINCES.get(one["province"])
    return {
        "facility_id": one["facility_id"],
        "name": names[0] or names[1] or one["facility_id"],
        "province": one["province"],
        "province_name": province.name(language) if province else None,
    }


def exported(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Rows in the columns of a file that can be imported again, without facilities that have no district."""
    return [
        {name: row[name] for name in EXPORTED_COLUMNS}
        for row in rows
        if row["operational_district"] is not None
    ]


def files(database: Database, grant: Grant, most: int) -> list[dict[str, Any]]:
    """The newest files of districts, with their receipts.

    Raises
    ------
    NotPermittedError
        The grant does not hold coverage.
    """
    grant.check(Permission.SEE_COVERAGE)
    with database.reading() as connection:
        return store.VERSIONS.batches(connection, most)
