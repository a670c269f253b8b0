"""The two indicators of reporting, from who has reported."""

from __future__ import annotations

from datetime import date
from importlib import import_module
from typing import Any

from dashboard.permissions import Grant
from dashboard.services.coverage.periods import Period
from dashboard.services.imports.data_status import data_status
from dashboard.services.indicators.model import COUNTRY, IndicatorRow, IndicatorTable
from dashboard.services.places.areas import UNKNOWN_AREA, Area
from db.core.engine import Database
from surveillance.errors import UsageError
from surveillance.indicators.model import Indicator, OfReports
from surveillance.indicators.values import Value, of_proportion
from surveillance.status import Status
from surveillance.vocabulary import UNKNOWN


def table(
    database: Database,
    grant: Grant,
    indicator: Indicator,
    by: str,
    first: date | None,
    last: date | None,
    today: date,
) -> IndicatorTable:
    """Reports received, or received in time, of those due, of each area; no number of it is of people.

    Without days, from the first day of the data to the last.
    """
    if first is None or last is None:
        status = data_status(database)
        first, last = first or status.first_visit, last or status.last_visit
    if first is None or last is None:
        return IndicatorTable(indicator, by, None, (), IndicatorRow(COUNTRY, Value(Status.NOT_REPORTED)))
    try:
        source: Any = import_module("dashboard.services.reporting.table")
    except ModuleNotFoundError as error:
        raise UsageError("id: who has reported is not counted in this version", "id") from error
    found = source.reporting_table(database, grant, by=by, disease=None, first=first, last=last)
    sums = [
        (
            UNKNOWN_AREA if row.code == UNKNOWN else Area(row.code, row.name, ""),
            row.due,
            row.received,
            row.on_time,
        )
        for row in sorted(found, key=lambda row: row.code == UNKNOWN)
    ]
    rows = tuple(
        IndicatorRow(area, _value(indicator, due, received, on_time)) for area, due, received, on_time in sums
    )
    every = (sum(row[1] for row in sums), sum(row[2] for row in sums), sum(row[3] for row in sums))
    whole = IndicatorRow(COUNTRY, _value(indicator, *every))
    total = rows[0] if by == "country" and rows else whole
    return IndicatorTable(indicator, by, Period(first, last), rows, total)


def _value(indicator: Indicator, due: int, received: int, on_time: int) -> Value:
    assert isinstance(indicator.counted, OfReports)  # noqa: S101 - the engine asks for no other
    came = received if indicator.counted.part == "completeness" else on_time
    if not due:
        return Value(Status.NOBODY, 0, 0, 0)
    return of_proportion(indicator, Status.VALUE if came else Status.ZERO, came, due, 0)
