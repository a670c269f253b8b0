"""How late records come, as a table: for the command, the page and its files."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from dashboard.permissions import Grant, Permission
from dashboard.services.disclosure import values as disclosed
from dashboard.services.imports.data_status import data_status
from dashboard.services.kept import Kept
from dashboard.services.nowcast import delay_read
from dashboard.services.nowcast.delay_read import STEPS, Found
from db.core.engine import Database
from db.ingest import facilities
from geodata.provinces import PROVINCES
from surveillance.diseases import DISEASES
from surveillance.errors import UsageError

#: Levels that the table may be by.
COUNTRY, PROVINCE, FACILITY = LEVELS = ("country", "province", "facility")
COLUMNS = (
    "code",
    "name_en",
    "name_km",
    "begins",
    "ends",
    "records",
    "lower_quartile",
    "median",
    "upper_quartile",
    "cut",
    "left_out",
)
_KEPT: Kept[Found] = Kept(32)


@dataclass(frozen=True)
class DelayTable:
    """Rows of :data:`COLUMNS`, and whether the arrival of files is told."""

    rows: tuple[dict[str, Any], ...] = ()
    arrivals: bool = True
    last: date | None = None


def table(database: Database, grant: Grant, *, by: str, disease: str | None = None) -> DelayTable:
    """Quartiles of the days between events of the last year, and to the file that brought a record.

    Raises
    ------
    NotPermittedError
        The grant does not hold the data status, or is not entitled to small counts.
    UsageError
        There is no such level or disease.
    """
    grant.check(Permission.SEE_DATA_STATUS)
    grant.check(Permission.SEE_SMALL_COUNTS)
    if by not in LEVELS:
        raise UsageError("by: choose one of those offered", "by")
    if disease is not None and (disease not in DISEASES or DISEASES[disease].sensitive):
        raise UsageError(
            "disease: choose one of those offered; HIV and syphilis are not looked at", "disease"
        )
    last = data_status(database).last_visit
    if last is None:
        return DelayTable()
    held = _KEPT.get(database, grant, (by, disease, last), lambda: _read(database, grant, by, disease, last))
    names = _names(database, grant, by)
    order = {f"{begins}-{ends or 'arrival'}": at for at, (begins, ends) in enumerate(STEPS)}
    rows = []
    for (code, begins, ends), one in held.items():
        english, khmer = names.get(code, (code, code))
        cells = (
            *(code or COUNTRY, english, khmer, begins, ends, one.records),
            *(one.lower, one.median, one.upper, one.cut, one.left_out),
        )
        rows.append(dict(zip(COLUMNS, cells, strict=True)))
    rows.sort(key=lambda row: (row["code"], order[f"{row['begins']}-{row['ends']}"]))
    return DelayTable(tuple(rows), any(ends == "arrival" for _, _, ends in held), last)


def _read(database: Database, grant: Grant, by: str, disease: str | None, last: date) -> Found:
    with database.reading() as connection:
        box = delay_read.found(connection, grant.scope, by=by, disease=disease, last=last)
    return disclosed.all_or_none(grant, box) or {}


def _names(database: Database, grant: Grant, by: str) -> dict[str, tuple[str, str]]:
    if by == PROVINCE:
        return {code: (one.name("en"), one.name("km")) for code, one in PROVINCES.items()}
    if by == FACILITY:
        with database.reading() as connection:
            listed = facilities.listed(connection, grant.scope)
        return {row["facility_id"]: (row["name_en"] or "", row["name_km"] or "") for row in listed}
    return {"": ("", "")}
