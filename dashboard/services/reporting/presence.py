"""Whether reports came, without asking when: what maps and tables say of their areas."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

import numpy as np

from dashboard.permissions import Grant
from dashboard.services.calendar import entries as calendar
from dashboard.services.kept import Kept
from dashboard.services.reporting.read import Judged, answers, closed_days, expected_of
from db.batches import report_evidence
from db.core.engine import Connection, Database
from surveillance.calendar.entries import CLOSED, Entry
from surveillance.epiweek import day_of_number, time_cell_first_day, time_cell_last_day
from surveillance.reporting.evidence import Evidence, Flags
from surveillance.reporting.judged import Reports, judge


class Years(NamedTuple):
    """Facilities of the list, and cells of some years of which they sent records."""

    facilities: list[dict[str, Any]]
    cells: Evidence


_KEPT: Kept[Judged] = Kept(32)
#: What came from facilities by their number, and the list of them: of a year each, for all questions in it.
_KEPT_YEARS: Kept[Years] = Kept(60)


def kept_presence(
    database: Database, grant: Grant, connection: Connection, first: date, last: date, on: date
) -> Judged:
    """As :func:`presence`, with the closures of the calendar; kept while the records are the same."""
    shut = tuple(one for one in calendar.entries(database, grant) if one.kind == CLOSED)

    def read() -> Judged:
        held = _years(database, grant, connection, first.year, last.year)
        return presence(connection, grant, first, last, on, shut, held)

    return _KEPT.get(database, grant, (first, last, on, shut), read)


def _years(database: Database, grant: Grant, connection: Connection, first: int, last: int) -> Years:
    """What came in some years, each of which is kept: questions of other years share most of them."""

    def read(year: int) -> Years:
        return _KEPT_YEARS.get(
            database, grant, year, lambda: read_years(connection, grant, date(year, 1, 1), date(year, 12, 31))
        )

    held = [read(year) for year in range(first, last + 1)]
    if any(one.facilities != held[0].facilities for one in held):  # the list changed meanwhile
        return read_years(connection, grant, date(first, 1, 1), date(last, 12, 31))
    return Years(held[0].facilities, Evidence.joined(one.cells for one in held))


def read_years(connection: Connection, grant: Grant, first: date, last: date) -> Years:
    """Read what :func:`presence` asks of days from the first to the last."""
    rows = report_evidence.listed(connection, grant.scope)
    position = {row["facility_id"]: at for at, row in enumerate(rows)}
    held = report_evidence.cells(connection, grant.scope, first, last, None)
    sent = [(position[name], cell) for name, cell in held if name in position]
    facility, cell = np.array(sent, np.int64).reshape(-1, 2).T
    # Thousands of facilities share a few hundred cells: the end of each cell is worked out once.
    different, which = np.unique(cell, return_inverse=True)
    firsts = [day_of_number(int(number)) for number in different]
    ends = np.array([time_cell_last_day(day).toordinal() for day in firsts], np.int64)
    begins = np.array([day.toordinal() for day in firsts], np.int64)
    return Years(rows, Evidence.of_records(facility, begins[which], ends[which]))


def presence(
    connection: Connection,
    grant: Grant,
    first: date,
    last: date,
    on: date,
    shut: Sequence[Entry],
    held: Years | None = None,
) -> Judged:
    """Hold what facilities sent, of any disease but HIV and syphilis, against what is due from them.

    No day on which a report came is read, so that it takes the cubes alone, however many records there are.
    Facilities of which the list does not say how often they report owe nothing here: a map is not marked
    for what is assumed. `held`: what was read of days among which these are.
    """
    rows, cells = held or read_years(connection, grant, first, last)
    position = {row["facility_id"]: at for at, row in enumerate(rows)}
    begins, ends = (time_cell_first_day(first).toordinal(), last.toordinal())
    told = Evidence.of(
        [
            *answers(report_evidence.declared(connection, grant.scope, first, last), position),
            *answers(report_evidence.aggregates(connection, grant.scope, first, last, None), position),
        ]
    )
    evidence = Evidence.joined([cells.kept((cells.first >= begins) & (cells.first <= ends)), told])
    expected = [expected_of(row) for row in rows]
    reports = judge(expected, evidence, first, last, on, closed_days(rows, shut, last))
    said = np.array([one.frequency is not None for one in expected], bool)
    return Judged(rows, expected, reports.kept(said[reports.facility]), False, 0, 0, {})


def came_by(found: Judged, column: str | None) -> dict[str | None, tuple[int, int]]:
    """Reports that came and that were due, by a column of the facility list, and (None) of all together.

    Without a column of all together alone. What owes nothing is left out.
    """
    return came_in(found.reports, [row[column] if column else None for row in found.facilities])


def came_in(reports: Reports, names: Sequence[str | None]) -> dict[str | None, tuple[int, int]]:
    """What :func:`came_by` says, of reports whose places have these names."""
    due = np.bincount(reports.facility[reports.due], minlength=len(names)).tolist()
    came = np.bincount(reports.facility[reports.due & reports.received], minlength=len(names)).tolist()
    return _summed(names, came, due)


def _summed(
    names: Sequence[str | None], came: Sequence[int], due: Sequence[int]
) -> dict[str | None, tuple[int, int]]:
    """Sums of each name, and (None) of all together; what owes nothing is left out."""
    sums: dict[str | None, tuple[int, int]] = {}
    for name, one, other in zip(names, came, due, strict=True):
        for code in {None, name}:
            held = sums.get(code, (0, 0))
            sums[code] = held[0] + one, held[1] + other
    return {code: counts for code, counts in sums.items() if counts[1]}


class Came:
    """Reports that came and that were to come from some facilities, to be asked of many parts of a period.

    Those whose deadline has not passed are among them: the last weeks are incomplete until they have come.
    """

    def __init__(self, found: Judged, own: Flags) -> None:
        reports = found.reports
        chosen = np.flatnonzero(own[reports.facility] & (reports.last < reports.on))
        chosen = chosen[np.argsort(reports.last[chosen], kind="stable")]
        self._last: list[int] = reports.last[chosen].tolist()
        self._came: list[int] = [0, *np.cumsum(reports.received[chosen]).tolist()]

    def within(self, first: date, last: date) -> tuple[int, int] | None:
        """Reports of the periods that end within some days: how many came, and how many were to come.

        None where none was to come.
        """
        since, until = bisect_left(self._last, first.toordinal()), bisect_right(self._last, last.toordinal())
        return (self._came[until] - self._came[since], until - since) if until > since else None
