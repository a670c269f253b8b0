"""Whether reports came, without asking when: what maps and tables say of their areas."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np

from dashboard.permissions import Grant
from dashboard.services.calendar import entries as calendar
from dashboard.services.kept import Kept
from dashboard.services.reporting.read import Judged, answers, closed_days, expected_of
from db.batches import report_evidence
from db.core.engine import Connection, Database
from surveillance.calendar.entries import CLOSED, Entry
from surveillance.epiweek import day_of_number, time_cell_last_day
from surveillance.reporting.evidence import Evidence, Flags
from surveillance.reporting.judged import Reports, judge

_KEPT: Kept[Judged] = Kept(32)


def kept_presence(
    database: Database, grant: Grant, connection: Connection, first: date, last: date, on: date
) -> Judged:
    """As :func:`presence`, with the closures of the calendar; kept while the records are the same."""
    shut = tuple(one for one in calendar.entries(database, grant) if one.kind == CLOSED)
    return _KEPT.get(
        database, grant, (first, last, on, shut), lambda: presence(connection, grant, first, last, on, shut)
    )


def presence(
    connection: Connection, grant: Grant, first: date, last: date, on: date, shut: Sequence[Entry]
) -> Judged:
    """Hold what facilities sent, of any disease but HIV and syphilis, against what is due from them.

    No day on which a report came is read, so that it takes the cubes alone, however many records there are.
    Facilities of which the list does not say how often they report owe nothing here: a map is not marked
    for what is assumed.
    """
    rows = report_evidence.listed(connection, grant.scope)
    position = {row["facility_id"]: at for at, row in enumerate(rows)}
    cells = report_evidence.cells(connection, grant.scope, first, last, None)
    evidence = Evidence.of(
        [
            *(
                (
                    position[name],
                    day_of_number(cell),
                    time_cell_last_day(day_of_number(cell)),
                    None,
                    True,
                    False,
                )
                for name, cell in cells
                if name in position
            ),
            *answers(report_evidence.declared(connection, grant.scope, first, last), position),
            *answers(report_evidence.aggregates(connection, grant.scope, first, last, None), position),
        ]
    )
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


def came_of(found: Judged, own: Flags, first: date, last: date) -> tuple[int, int] | None:
    """Reports that came and that were to come from some facilities, whose periods end within some days.

    Those whose deadline has not passed are among them: the last weeks are incomplete until they have come.
    None where none was to come.
    """
    reports = found.reports
    chosen = own[reports.facility] & (reports.last < reports.on)
    chosen &= (reports.last >= first.toordinal()) & (reports.last <= last.toordinal())
    due = int(np.count_nonzero(chosen))
    return (int(np.count_nonzero(chosen & reports.received)), due) if due else None
