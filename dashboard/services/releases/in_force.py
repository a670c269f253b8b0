"""The release that an account reads: the one in force, at the threshold of its role."""

from __future__ import annotations

from dashboard.permissions import Grant
from dashboard.services.disclosure import rules
from dashboard.services.releases.figures import Figures, in_force
from db.core.engine import Database


def figures_for(database: Database, grant: Grant) -> Figures | None:
    """The figures in force at the threshold of an account's role; None: nothing has been issued."""
    with database.operations.connect() as connection:
        return in_force(connection, grant.threshold)


def number_for(database: Database, grant: Grant) -> int | None:
    """Number of the release whose figures an account may be shown; None of an account that needs none.

    What is kept in memory of an answer is kept under it.
    """
    if rules.entitled(grant) and grant.scope.national:
        return None
    figures = figures_for(database, grant)
    return 0 if figures is None else figures.stamp.release
