"""What a question of clusters becomes before it is asked: model, time and cases as the data decide."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from dashboard.cluster_filters import ClusterQuery
from dashboard.permissions import Grant, Permission
from dashboard.services.clusters.defaults import reason_refused, resolve
from db.clusters import case_counts
from db.core.engine import Database
from surveillance.clusters.completeness import USUAL_WEEKS, last_complete_day


def offered(grant: Grant, views: Iterable[str]) -> list[str]:
    """Of kinds of place, as `by:place`, those that a grant may ask for: what is refused is not offered."""
    found = []
    for view in views:
        by, _, place = view.partition(":")
        if not reason_refused(grant, ClusterQuery("tb", by=by, place=place)):
            found.append(view)
    return found


def last_complete(database: Database, grant: Grant, last: date | None) -> date | None:
    """Last day up to which enough facilities have reported, where a prospective scan ends; None without data.

    `last`: the last day of the data; earlier than 26 weeks before it a report has no weight.
    """
    if last is None:
        return None
    start = last - timedelta(weeks=USUAL_WEEKS)
    with database.reading() as connection:
        version = case_counts.data_version(connection)
        return last_complete_day(case_counts.reports(connection, grant.scope, version, start, None))


def resolved(database: Database, grant: Grant, query: ClusterQuery) -> ClusterQuery:
    """The question as it would be run.

    Raises
    ------
    NotPermittedError
        The grant does not hold clusters, the breakdown is never made, or it lies outside the scope.
    UsageError
        The parts of the question contradict each other.
    """
    grant.check(Permission.RUN_CLUSTERS)
    with database.reading() as connection:
        return resolve(connection, grant, query)
