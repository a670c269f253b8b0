"""How complete the reports of this side are, for who reads a scan over the border."""

from __future__ import annotations

from datetime import date

from dashboard.permissions import Grant
from dashboard.services.clusters.models import ClusterRun
from dashboard.services.clusters.reports import Asked, reports_of
from db.core.engine import Database
from geodata.provinces import PROVINCES


def reports_here(database: Database, grant: Grant, run: ClusterRun) -> tuple[int, int] | None:
    """Reports that came and that were due here in the period of a run over the border.

    None where the run is of one side, nothing was due, or the account is not told who reported.
    """
    if not run.query.with_neighbours or run.start is None or run.end is None:
        return None
    days = date.fromisoformat(run.start), date.fromisoformat(run.end)
    return reports_of(database, grant, [Asked("province:care", tuple(PROVINCES), *days)])[0]
