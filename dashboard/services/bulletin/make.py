"""Making a bulletin: every part is asked of the service that answers it elsewhere."""

from __future__ import annotations

from datetime import date
from threading import Lock

from dashboard.permissions import Grant
from dashboard.services.bulletin.alerts import alerts_of
from dashboard.services.bulletin.centre import reception_of
from dashboard.services.bulletin.clusters import clusters_of
from dashboard.services.bulletin.decisions import decisions_of
from dashboard.services.bulletin.diseases import diseases_of
from dashboard.services.bulletin.known import known_of
from dashboard.services.bulletin.models import Bulletin, DiseasePart, Edition
from dashboard.services.bulletin.reporting import reporting_of
from dashboard.services.bulletin.source import Source, source_of
from dashboard.services.clock import today_in_cambodia
from dashboard.services.coverage.as_of import status_at
from dashboard.services.imports.data_status import data_status
from dashboard.services.kept import Kept
from db.core.engine import Database
from surveillance.bulletin.period import BulletinPeriod, Kind, periods_within
from surveillance.errors import StatisticsError

#: Cases and thresholds take most of the time, and change with the records alone.
_KEPT: Kept[tuple[DiseasePart, ...]] = Kept(16)
#: One at a time in each process: the present stays quick.
_ONE = Lock()
#: Fewest people of whom an edition with small counts tells.
_EVERY_NUMBER = 1
#: Weeks and months that the page lists.
WEEKS, MONTHS = 26, 12


def bulletin(database: Database, grant: Grant, edition: Edition, today: date | None = None) -> Bulletin:
    """Make one edition.

    Parameters
    ----------
    today : date, optional
        The day it is in Phnom Penh, unless given.

    Raises
    ------
    NotPermittedError
        The account may not have this edition.
    UsageError
        There is no such province; the period is not over, or the day has not come; nothing had been imported.
    StatisticsError
        There are no records.
    """
    today = today or today_in_cambodia()
    source = source_of(database, grant, edition, today)
    with _ONE:
        return _of(source)


def _of(source: Source) -> Bulletin:
    database, edition, period = source.database, source.edition, source.edition.period
    status = data_status(database)
    if status.last_visit is None:
        raise StatisticsError("there are no records yet; import a line list first")
    if source.past is not None:
        status = status_at(database, status, source.past, source.today)
    until = status.last_visit
    if not edition.own:
        until = source.figures.stamp.data_until if source.figures else None
    programmes = source.grant.scope.programmes
    return Bulletin(
        period.kind,
        period.first,
        period.last,
        period.label,
        edition.province,
        edition.own,
        edition.as_of,
        period.delay(edition.as_of),
        until,
        source.asking.role if edition.own else "",
        _EVERY_NUMBER if edition.own else source.grant.threshold,
        None if programmes is None else tuple(sorted(programmes)),
        status.demo,
        source.release,
        reporting_of(source),
        alerts_of(source),
        _KEPT.get(database, source.grant, (edition, source.today), lambda: diseases_of(source)),
        reception_of(source),
        clusters_of(source),
        decisions_of(source),
        known_of(source),
    )


def periods(database: Database, grant: Grant, today: date) -> dict[Kind, list[BulletinPeriod]]:
    """Weeks and months that are over and of which there are records, the newest first."""
    status = data_status(database)
    if status.first_visit is None or status.last_visit is None:
        return {"week": [], "month": []}
    last = min(status.last_visit, today)
    return {
        "week": periods_within(status.first_visit, last, "week", WEEKS),
        "month": periods_within(status.first_visit, last, "month", MONTHS),
    }
