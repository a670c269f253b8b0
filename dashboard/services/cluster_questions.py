"""What a question of clusters becomes before it is asked: model, time and cases as the data decide."""

from __future__ import annotations

from dashboard.cluster_filters import ClusterQuery
from dashboard.permissions import Grant, Permission
from dashboard.services.cluster_defaults import resolve
from db.engine import Database


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
