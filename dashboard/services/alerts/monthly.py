"""Slow diseases: once a month a scan for what is new, with the earlier months allowed for.

A scan of all years together finds where a disease always was. This one asks whether the patients found in the
last months gather in places where they did not before: a space-time permutation by month, whose windows reach
the last whole month. Each replicate takes its maximum over every month since the first look, so that one
that is looked at for years raises no more than its share.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime

from dashboard.cluster_filters import PERMUTATION, ClusterQuery
from dashboard.services.alerts import due, questions, read, scans
from dashboard.services.alerts.due import Month
from dashboard.services.clusters import runs as clusters
from dashboard.services.clusters import standing
from db.clusters.run_rows import Run
from db.core.engine import Database
from db.core.scope import Scope
from db.operations.lease_queue import CANCELLED, DONE
from db.operations.watch import scans as watched
from db.operations.watch.scans import WatchedScan
from surveillance.alerts.allowance import Allotted, replicates_for
from surveillance.epiweek import TIME_ZONE
from surveillance.windows import add_months

#: Most months of a cluster, and months before the first look that its places are compared with.
LONGEST, BEFORE = 6, 24
#: Fewest whole months of records before the month that is looked at.
LEAST = 12
#: Largest radius, in km: what changes from month to month, as a share of the cases does, cannot limit it.
RADIUS = 100.0


def look(database: Database, now: datetime, expected: float) -> bool:
    """Ask for each month that is due, and weigh each scan that is over; whether there was any."""
    found = due.months(database, now)
    if not found:
        return False
    with database.reading() as connection:
        held = read.basis(connection, Scope.everything())
    allowed = questions.allotted(held.listed, expected, scans.how_many(database))
    for month in found:
        _one(database, month, held, allowed, now)
    return True


def query_of(
    disease: str, view: str, first_look: date, month: date, begins: date, replicates: int = 999
) -> ClusterQuery:
    """The question of a month. `first_look`, `month`: last days of the first month and of this one.

    `begins`: first day of the study period; of earlier months only those count that leave a year before them.
    """
    by, _, place = view.partition(":")
    return ClusterQuery(
        disease,
        by=by,
        place=place,
        cases_are="positive",
        model=PERMUTATION,
        time="prospective",
        time_unit="month",
        start=begins,
        end=month,
        max_duration=LONGEST,
        max_population_share=1.0,
        max_radius_km=RADIUS,
        earlier_analyses=max(
            min(months_between(first_look, month), months_between(begins, month) - LEAST), 0
        ),
        replicates=replicates,
    )


def begins_of(first: date, first_look: date) -> date:
    """The first day of the study period: two years before the first look, or the first whole month held."""
    whole = first if first.day == 1 else add_months(first, 1)
    return max(add_months(first_look, -BEFORE), whole)


def months_between(first: date, last: date) -> int:
    """Calendar months from that of one day to that of another."""
    return 12 * (last.year - first.year) + last.month - first.month


def _one(
    database: Database, month: Month, held: read.Basis, allowed: Mapping[str, Allotted], now: datetime
) -> None:
    """Ask for a month, weigh its scan, or leave a month out that cannot be scanned."""
    question, share, run = month.question, allowed[questions.MONTHLY_SCANS], month.run
    seen = month.seen
    begun = seen is not None and seen.run is not None and seen.month is not None
    known = WatchedScan(
        question.disease,
        question.places,
        seen.first_look if seen is not None and begun else month.last,
        seen.run if seen is not None and begun else None,
        now.astimezone(TIME_ZONE).date(),
        held.data_version,
        None,
        month.last,
    )
    begins = None if held.first is None else begins_of(held.first, known.first_look)
    if run is not None and ClusterQuery.from_canonical(run.query).end != month.last:
        run = None  # of the month before, which nobody weighed in time
    if run is not None and run.status == DONE:
        scans.tell(database, question, run, held, share, now)
        watched.note(database, replace(known, run=run.id), begins=not begun)
    elif _nothing_to_scan(run) or begins is None or months_between(begins, month.last) < LEAST:
        watched.note(database, known, begins=not begun)
    else:
        replicates = max(999, replicates_for(share.recurrence, share.unit_days))
        query = query_of(question.disease, question.places, known.first_look, month.last, begins, replicates)
        asked = clusters.ask_standing(database, standing.grant_of(Scope.everything()), query)
        before = seen.month if seen is not None else None
        watched.note(database, replace(known, month=before, deeper=asked), begins=not begun)


def _nothing_to_scan(run: Run | None) -> bool:
    """Whether a scan came to no answer, and is not asked again: not one that a newer round took back."""
    return run is not None and not (run.status == CANCELLED and run.cancelled_by == clusters.SYSTEM)
