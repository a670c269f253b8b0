"""The moment a question is asked of: now, or the end of an earlier day, as it was shown then."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from functools import partial
from threading import BoundedSemaphore

from dashboard.filters import AS_OF, CoverageQuery
from dashboard.permissions import Grant
from dashboard.services.coverage import persons as person_reading
from dashboard.services.coverage import within
from dashboard.services.coverage.issued.reading import IssuedReading
from dashboard.services.coverage.source import Reading
from dashboard.services.coverage.who_reported import JUDGES
from dashboard.services.disclosure import rules
from dashboard.services.imports.data_status import DataStatus
from dashboard.services.places.remote_group import stays_of
from dashboard.services.releases.in_force import figures_for
from dashboard.services.reporting.presence import kept_presence
from db.batches import receipts
from db.core.engine import Database
from db.history import as_of as past
from surveillance.coverage.indicators import MEASURES
from surveillance.errors import UsageError

#: To step back costs by all that came since: one at a time in each process, so that the present stays quick.
_ONE = BoundedSemaphore(1)
#: How long a reader waits for another one who looks back.
WAIT_SECONDS = 10


@contextmanager
def reading_of(database: Database, grant: Grant, query: CoverageQuery, today: date) -> Iterator[Reading]:
    """Read a question in one transaction; one with `as_of` as it was at the end of that day in Phnom Penh.

    Accounts that are not entitled to small counts read the release in force in place of the cubes.

    What was due is judged by that day too. Facilities and resolved places are those known now.

    Raises
    ------
    UsageError
        `as_of` lies in the future, or before the first file, or what was shown then is sealed; or others are
        looking back.
    """
    if rules.reads_release(grant, query):
        with database.reading() as connection:
            yield IssuedReading(connection, grant, query, today, figures_for(database, grant))
        return
    stays = stays_of(database, query)
    if query.as_of is None:
        with database.reading() as connection:
            reading = person_reading.of_question(connection, grant, query, today, stays)
            reading.shared(JUDGES, lambda: partial(kept_presence, database, grant))
            yield reading
        return
    number = _batch_at(database, query.as_of, today)
    asked = within.cube_query(grant, query, stays)
    if not _ONE.acquire(timeout=WAIT_SECONDS):
        raise UsageError("as-of: others are looking at earlier days; try again in a minute", AS_OF)
    try:
        with past.reading_as_of(database, number, asked, of_persons=query.persons) as connection:
            by_start = MEASURES[query.measure].by_start
            held = past.answered_from(connection, number, by_start=by_start)
            reading = person_reading.of_question(connection, grant, query, query.as_of, stays)
            reading.held_from = max(filter(None, (held, reading.held_from)), default=None)
            if reading.period is not None:
                past.refuse_sealed(held, query.as_of, reading.period.first_cell)
            yield reading
    finally:
        _ONE.release()


def status_at(database: Database, status: DataStatus, day: date, today: date) -> DataStatus:
    """From when to when the data went at the end of a day, as the files that had come by then name it.

    Raises
    ------
    UsageError
        The day lies in the future, or before the first file.
    """
    number = _batch_at(database, day, today)
    with database.reading() as connection:
        first, last = receipts.visits_named(connection, number)
    if first is None or last is None or first > day:
        return status
    return replace(status, first_visit=first, last_visit=min(last, day))


def _batch_at(database: Database, day: date, today: date) -> int:
    if day > today:
        raise UsageError("as-of: {day} has not come yet", AS_OF, day=day)
    with database.reading() as connection:
        return past.batch_at(connection, day)
