"""The release that an account reads: the one in force, at the threshold of its role."""

from __future__ import annotations

from dashboard.permissions import Grant
from dashboard.services.disclosure import rules
from dashboard.services.releases.figures import Figures, in_force
from dashboard.services.releases.periods import Kind
from db.core.engine import Database
from surveillance.epiweek import period_last_day
from surveillance.windows import Window

#: So many periods of a kind are the usual period, the longest kind first: a year is hidden least.
_USUAL: tuple[tuple[Kind, int], ...] = (("year", 1), ("quarter", 4), ("month", 12))


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


def usual_of(figures: Figures, disease: str, measure: str = "", dimension: str = "care") -> Window | None:
    """The last issued year; where no year is issued the last four quarters, else the last twelve months."""
    asked = measure if measure in rules.ISSUED_MEASURES else ""
    for kind, many in _USUAL:
        if held := figures.periods(disease, dimension, kind, measure=asked)[-many:]:
            return Window(held[0], period_last_day(held[-1], kind))
    return None
