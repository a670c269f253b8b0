"""What is held of areas across the border as rows, for the command and its files."""

from __future__ import annotations

from datetime import date
from typing import Any

from dashboard.permissions import Grant, Permission
from dashboard.services.disclosure import neighbours as disclosed
from db.core.engine import Database
from db.intake.neighbours.columns import AREAS, COLUMNS, COUNTS, POPULATION
from db.neighbours import store

_OF_FILE = ("file", "received_at")
LISTED_COLUMNS = {
    AREAS: (*COLUMNS[AREAS], *_OF_FILE),
    POPULATION: ("area", "name", *COLUMNS[POPULATION][1:], *_OF_FILE),
    COUNTS: ("area", "name", *COLUMNS[COUNTS][1:], *_OF_FILE),
}
HISTORY = "in_force"
#: Columns of a file that can be imported again, by kind.
EXPORTED_COLUMNS = COLUMNS


def listed(
    database: Database,
    grant: Grant,
    kind: str,
    *,
    area: str = "",
    history: bool = False,
    language: str = "en",
    disease: str = "",
) -> list[dict[str, Any]]:
    """Every entry of a kind, with the file that says so.

    Parameters
    ----------
    kind : {"areas", "population", "counts"}
    area : str
        Of this area alone, by its code.
    history : bool
        Also what later files replaced or took back.
    disease : str
        Counts of this disease alone, by its code.

    Raises
    ------
    NotPermittedError
        The grant does not hold coverage.
    """
    grant.check(Permission.SEE_COVERAGE)
    versions = store.VERSIONS[kind]
    where = [] if not area else [versions.table.c[versions.key[0]] == area]
    if disease and kind == COUNTS:
        where.append(versions.table.c.disease == disease)
    with database.reading() as connection:
        rows = versions.listed(connection, history=history, where=where)
        named = store.areas(connection)
    found = []
    for row in rows:
        if kind == COUNTS and disclosed.reason(grant, row["disease"]):
            continue
        made = _row(row, kind)
        made["name"] = name_of(named.get(made["area"]), made["area"], language)
        if kind == COUNTS:
            made["cases"] = disclosed.cases(grant, row)
        found.append(made)
    return found


def name_of(area: dict[str, Any] | None, code: str, language: str) -> str:
    """What an area is called; its code where no name is held.

    >>> name_of({"name_en": "Trat", "name_km": ""}, "TH-23", "km"), name_of(None, "TH-23", "en")
    ('Trat', 'TH-23')
    """
    if area is None:
        return code
    held = (area["name_km"], area["name_en"]) if language == "km" else (area["name_en"], area["name_km"])
    return str(held[0] or held[1] or code)


def _row(one: dict[str, Any], kind: str) -> dict[str, Any]:
    made = {name: one.get(name) for name in COLUMNS[kind]}
    made["area"] = one["code"] if kind == AREAS else one["area"]
    if kind == POPULATION:
        made["population"] = one["people"]
    if kind == COUNTS:
        made["period"] = period_text(one["step"], one["starts"])
        made["starts"] = one["starts"]
        made["published"] = "yes" if one["published"] else "no"
    return made | {
        "file": one["file_name"],
        "received_at": one["received_at"],
        HISTORY: one["superseded_batch"] is None,
    }


def period_text(step: str, starts: str) -> str:
    """A period as a file writes it; a spreadsheet makes no day of a week, and of a month its first.

    >>> period_text("month", "2025-03-01"), period_text("week", "2024-12-30")
    ('2025-03', '2025-W01')
    """
    if step == "month":
        return starts[:7]
    iso = date.fromisoformat(starts).isocalendar()
    return f"{iso.year}-W{iso.week:02d}"
