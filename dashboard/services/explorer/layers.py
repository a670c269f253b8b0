"""What a layer of the map shows beside coverage: people through each crossing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from dashboard.filters import EPISODES, CoverageQuery
from dashboard.permissions import Grant, Permission
from dashboard.services.coverage.as_of import reading_of
from dashboard.services.coverage.table import table_of
from dashboard.services.disclosure import rules
from dashboard.services.disclosure.values import numbers_of
from db.core.engine import Database
from surveillance.coverage.estimates import Estimate


@dataclass(frozen=True)
class People:
    """Recorded patients of each crossing by its code; None where it is not told. `reason`: why none is."""

    of: dict[str, int | None]
    reason: str = ""


def people_by_crossing(database: Database, grant: Grant, query: CoverageQuery, today: date) -> People:
    """Records that name each crossing, of the disease, days and groups of a question.

    Raises
    ------
    NotPermittedError, UsageError
        As with :func:`dashboard.services.coverage.table.coverage`.
    """
    grant.check(Permission.SEE_COVERAGE)
    if rules.reads_release(grant, query):
        return _issued(database, grant, query, today)
    asked = replace(query, by="crossing", place="care", measure="eligibility", count=EPISODES)
    if reason := rules.reason_hidden(grant, asked):
        return People({}, reason)
    with reading_of(database, grant, asked, today) as reading:
        return People({row.area.code: everybody(row.value) for row in table_of(reading).rows})


def _issued(database: Database, grant: Grant, query: CoverageQuery, today: date) -> People:
    """Records of each crossing over the issued periods that hold the days."""
    asked = replace(query, by="crossing", place="care", measure="testing", count=EPISODES, as_of=None)
    with reading_of(database, grant, asked, today) as reading:
        if reading.out_of_reach:
            return People({}, reading.reason)
        return People(numbers_of(reading.grant, reading.records_of()))


def everybody(value: Estimate) -> int | None:
    """How many records a value of those eligible is of, known and unknown; None where a part is hidden."""
    if value.denominator is None or value.unknown is None:
        return None
    return value.denominator + value.unknown
