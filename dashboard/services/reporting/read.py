"""Every report that is due within some days, of the facilities that an account may see."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import numpy as np

from dashboard.permissions import Grant, Permission
from dashboard.services.calendar import entries as calendar
from dashboard.services.kept import Kept
from db.batches import report_evidence, report_schedule
from db.batches.report_evidence import Sent
from db.core.engine import Connection, Database
from db.history import as_of as past
from db.tables.districts import NEVER, placed
from db.tables.districts.placed import Districts
from surveillance.calendar.entries import CLOSED, Entry
from surveillance.coverage.silence import UNITS, Expected
from surveillance.diseases import DISEASES
from surveillance.epiweek import day_of_number, period_last_day, time_cell_last_day, time_cell_number
from surveillance.errors import NotPermittedError, UsageError
from surveillance.reporting.evidence import Evidence, Piece
from surveillance.reporting.judged import Closed, Reports, judge
from surveillance.texts import N_

#: Longest time that is asked about at once.
MOST_DAYS = 3_660
ONE_DISEASE = N_(
    "Your account is shown who reported on all diseases together: by disease it would tell where few people "
    "fell ill."
)
_KEPT: Kept[Judged] = Kept(32)


@dataclass(frozen=True)
class Judged:
    """Facilities of the list, and every report that is due from them within some days.

    Attributes
    ----------
    facilities : sequence of dict
        As the list has them, by number; positions in `reports` are those here.
    zeros : bool
        Whether the account may be told which reports name no person.
    assumed : int
        Facilities of which the list does not say how often they report: judged by the week.
    no_deadline : int
        Facilities of which it does not say by when: due on the last day of the period.
    """

    facilities: Sequence[Mapping[str, Any]]
    expected: Sequence[Expected]
    reports: Reports
    zeros: bool
    assumed: int
    no_deadline: int
    #: Of facilities of which nothing came within the days: last day of the last period with a report.
    earlier: Mapping[int, date]
    #: Operational district of each facility in each cell.
    districts: Districts = field(default_factory=lambda: Districts({}))


def check(grant: Grant, disease: str | None, first: date, last: date) -> None:
    """Refuse a question that an account may not ask, or that cannot be answered.

    Raises
    ------
    NotPermittedError
        The grant does not hold reporting, or asks for one disease and may not see small numbers.
    UsageError
        There is no such disease, or the days contradict themselves.
    """
    grant.check(Permission.SEE_REPORTING)
    if disease is not None:
        if disease not in DISEASES:
            raise UsageError("disease: '{given}' is no code of a disease", "disease", given=disease[:40])
        grant.scope.check(disease)
        if not grant.can(Permission.SEE_SMALL_COUNTS):
            raise NotPermittedError(ONE_DISEASE)
    if first > last:
        raise UsageError("from: {first} lies after {last}", "from", first=first, last=last)
    if (last - first).days >= MOST_DAYS:
        raise UsageError("from: at most ten years at once", "from")


def judged(
    database: Database,
    grant: Grant,
    *,
    disease: str | None,
    first: date,
    last: date,
    today: date,
    as_of: date | None = None,
) -> Judged:
    """Hold what facilities sent against what is due from them within some days.

    Parameters
    ----------
    disease : str, optional
        What was sent on one disease: its records, its aggregate reports, and declared periods. A record of
        another disease does not say that there was none of this one. Of HIV and syphilis declared periods
        alone. Without one, whatever was sent, but for records and reports of HIV and syphilis.
    today : date
        A report counts as due once its deadline lies before this day.
    as_of : date, optional
        What had come by the end of this day in Phnom Penh; without one, what is held now. The facility list
        and its calendar are those of now.

    Raises
    ------
    NotPermittedError, UsageError
        As :func:`check`; or nothing had come by the end of the day.
    """
    check(grant, disease, first, last)
    shut = tuple(entry for entry in calendar.entries(database, grant) if entry.kind == CLOSED)
    asked = disease, first, last, today, shut, as_of
    return _KEPT.get(
        database, grant, asked, lambda: _read(database, grant, disease, first, last, today, shut, as_of)
    )


def in_districts(found: Judged, districts: Districts) -> tuple[Reports, list[str]]:
    """Reports with one place for each facility in each district it was in, and the district of each place.

    The first places are those of the facilities, with the district of the newest entry.
    """
    names = [str(row["facility_id"]) for row in found.facilities]
    at = found.reports.facility.copy()
    own = [districts.at(name, NEVER) for name in names]
    further: dict[tuple[int, str], int] = {}
    for place, name in enumerate(names):
        if name not in districts.moves:
            continue
        for report in np.flatnonzero(found.reports.facility == place):
            last = date.fromordinal(int(found.reports.last[report]))
            district = districts.at(name, time_cell_number(last))
            if district != own[place]:
                at[report] = further.setdefault((place, district), len(names) + len(further))
    return replace(found.reports, facility=at), [*own, *(district for _, district in further)]


@contextmanager
def _held_at(database: Database, as_of: date | None) -> Iterator[Connection]:
    """What is held, or what was held at the end of a day."""
    if as_of is None:
        with database.reading() as connection:
            yield connection
        return
    with database.reading() as connection:
        number = past.batch_at(connection, as_of)
    with past.reading_as_of(database, number, past.OF_FACILITIES) as connection:
        yield connection


def _read(
    database: Database,
    grant: Grant,
    disease: str | None,
    first: date,
    last: date,
    today: date,
    shut: Sequence[Entry],
    as_of: date | None,
) -> Judged:
    with _held_at(database, as_of) as connection:
        rows = report_evidence.listed(connection, grant.scope)
        position = {row["facility_id"]: at for at, row in enumerate(rows)}
        evidence = Evidence.of(
            [
                *_records(connection, grant, position, first, last, disease),
                *answers(report_evidence.declared(connection, grant.scope, first, last), position),
                *answers(report_evidence.aggregates(connection, grant.scope, first, last, disease), position),
            ]
        )
        own = report_schedule.of_disease(connection, grant.scope, disease) if disease else {}
        districts = placed.read(connection, rows)
        before = report_evidence.latest_before(connection, grant.scope, first, disease)
    expected = [expected_of(own.get(row["facility_id"], row)) for row in rows]
    earlier = {
        position[name]: period_last_day(day, UNITS[expected[position[name]].frequency])
        for name, day in before.items()
        if name in position
    }
    closed = list(closed_days(rows, shut, last))
    zeros = grant.can(Permission.SEE_SMALL_COUNTS) and not (disease and DISEASES[disease].sensitive)
    return Judged(
        rows,
        expected,
        judge(expected, evidence, first, last, today, closed),
        zeros,
        sum(one.frequency is None for one in expected),
        sum(own.get(row["facility_id"], row)["report_deadline_days"] is None for row in rows),
        {at: day for at, day in earlier.items() if day < first},
        districts,
    )


def expected_of(row: Mapping[str, Any]) -> Expected:
    """How often and by when a facility of the list reports."""
    frequency = row["report_frequency"]
    return Expected(
        frequency if frequency in UNITS else None,
        row["report_deadline_days"] or 0,
        row["reports_from"],
        row["reports_to"],
    )


def _records(
    connection: Connection,
    grant: Grant,
    position: Mapping[str, int],
    since: date,
    until: date,
    disease: str | None,
) -> Iterable[Piece]:
    """Cells of which records are held, each as one piece; of sealed ones the day they came is not known."""
    came = report_evidence.came(connection, grant.scope, since, until, disease)
    ends: dict[int, tuple[date, date]] = {}  # thousands of facilities share a few cells
    for name, cell in report_evidence.cells(connection, grant.scope, since, until, disease):
        if name in position:
            if cell not in ends:
                day = day_of_number(cell)
                ends[cell] = day, time_cell_last_day(day)
            yield position[name], *ends[cell], came.get((name, cell)), True, False


def answers(sent: Iterable[Sent], position: Mapping[str, int]) -> Iterable[Piece]:
    return ((position[one.facility], one.first, one.last, one.came, one.person, True) for one in sent)


def closed_days(rows: Sequence[Mapping[str, Any]], shut: Sequence[Entry], last: date) -> Iterable[Closed]:
    """Days on which the crossing of a facility was closed."""
    for at, row in enumerate(rows):
        for entry in shut:
            if entry.crossing and entry.crossing == row["crossing"]:
                yield at, entry.first, entry.last or max(last, entry.first)
