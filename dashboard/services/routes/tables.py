"""Roads and flows as rows, for the command and its files."""

from __future__ import annotations

from typing import Any

from dashboard.permissions import Grant, Permission
from dashboard.services.routes.places import place_name
from db.core.engine import Database
from db.core.scope import Scope
from db.ingest import facilities
from db.routes.store import VERSIONS
from db.tables.routes import FLOWS, KINDS, ROADS, route

LISTED_COLUMNS = (
    "kind", "from", "from_name", "to", "to_name", "distance", "people", "since", "source", "file",
    "received_at",
)  # fmt: skip
HISTORY_COLUMNS = (*LISTED_COLUMNS, "in_force")
#: Columns of a file that can be imported again, by kind.
EXPORTED_COLUMNS = {
    ROADS: ("from", "to", "distance", "since", "source"),
    FLOWS: ("from", "to", "people", "since", "source"),
}
CLOSED = "closed"


def listed(
    database: Database, grant: Grant, *, kind: str | None = None, history: bool = False, language: str = "en"
) -> list[dict[str, Any]]:
    """Every road and flow, with the file that says so.

    Parameters
    ----------
    kind : {"roads", "flows"}, optional
        Of these alone.
    history : bool
        Also what later files replaced or took back.

    Raises
    ------
    NotPermittedError
        The grant does not hold coverage.
    """
    grant.check(Permission.SEE_COVERAGE)
    kinds = KINDS if kind is None else (kind,)
    with database.reading() as connection:
        rows = VERSIONS.listed(connection, history=history, where=(route.c.kind.in_(kinds),))
        known = facilities.listed(connection, Scope.everything())
    names = {one["facility_id"]: _named(one, language) for one in known}
    return [_row(one, names, language) for one in rows]


def _named(one: dict[str, Any], language: str) -> str:
    held = (one["name_km"], one["name_en"]) if language == "km" else (one["name_en"], one["name_km"])
    return str(held[0] or held[1] or one["facility_id"])


def _row(one: dict[str, Any], names: dict[str, str], language: str) -> dict[str, Any]:
    road = one["kind"] == ROADS
    amount = one["amount"]
    number = amount if amount is None or not float(amount).is_integer() else int(amount)
    return {
        "kind": one["kind"],
        "from": one["from_place"],
        "from_name": place_name(one["from_level"], one["from_place"], language, names),
        "to": one["to_place"],
        "to_name": place_name(one["to_level"], one["to_place"], language, names),
        "distance": (CLOSED if number is None else number) if road else None,
        "people": None if road else number,
        "since": one["valid_from"] or None,
        "source": one["source"],
        "file": one["file_name"],
        "received_at": one["received_at"],
        "in_force": one["superseded_batch"] is None,
    }


def exported(rows: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    """Rows in the columns of a file that can be imported again."""
    return [{name: row[name] for name in EXPORTED_COLUMNS[kind]} for row in rows if row["kind"] == kind]
