"""Aggregate reports beside the line lists of the same facility and period: what differs, and what counts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from dashboard.permissions import Grant, Permission
from dashboard.services.disclosure import rules
from dashboard.services.disclosure import values as disclosed
from dashboard.services.disclosure.undisclosed import Undisclosed
from db.aggregates import comparison as aggregate_comparison
from db.core.engine import Database
from surveillance.diseases import DISEASES
from surveillance.epiweek import day_of_number, time_cell_last_day
from surveillance.errors import NotPermittedError

COLUMNS = (
    "facility", "province", "from", "to", "counts", "report_records", "line_list_records", "difference",
    "report_numerator", "report_denominator", "line_list_numerator", "line_list_denominator",
)  # fmt: skip


#: How many of them count people.
_NUMBERS = 7


@dataclass(frozen=True)
class Comparison:
    """One report, and the line list of its facility in its period."""

    facility: str
    province: str
    start: date
    end: date
    counts: str
    #: None in each where the account is not told.
    numbers: tuple[int | None, ...]

    def record(self) -> dict[str, Any]:
        """One row of `COLUMNS`."""
        named = (self.facility, self.province, self.start.isoformat(), self.end.isoformat(), self.counts)
        return dict(zip(COLUMNS, (*named, *self.numbers), strict=True))


def comparisons(database: Database, grant: Grant, disease: str, measure: str) -> list[Comparison]:
    """Every aggregate report of a disease beside the line list.

    Raises
    ------
    NotPermittedError
        The grant does not hold the data status, or the disease is never shown by facility.
    """
    grant.check(Permission.SEE_DATA_STATUS)
    grant.scope.check(disease)
    if DISEASES[disease].sensitive:
        raise NotPermittedError(rules.NEVER_BY_FACILITY)
    with database.reading() as connection:
        found = aggregate_comparison.pairs(connection, grant.scope, disease, measure)
    return [
        Comparison(
            pair.facility,
            pair.province,
            day_of_number(pair.span.first),
            time_cell_last_day(day_of_number(pair.span.last)),
            pair.counts,
            _told(grant, pair),
        )
        for pair in found
    ]


def _told(grant: Grant, pair: aggregate_comparison.Pair) -> tuple[int | None, ...]:
    numbers = disclosed.all_or_none(grant, Undisclosed(_numbers(pair)))
    return (None,) * _NUMBERS if numbers is None else numbers


def _numbers(pair: aggregate_comparison.Pair) -> tuple[int, ...]:
    """The last of `COLUMNS`."""
    return (
        pair.report.records,
        pair.line_list.records,
        pair.report.records - pair.line_list.records,
        pair.report.numerator,
        pair.report.denominator,
        pair.line_list.numerator,
        pair.line_list.denominator,
    )
