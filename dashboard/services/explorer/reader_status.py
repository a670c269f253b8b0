"""From when to when the data go for a reader of issued figures, and the usual period: as the release says."""

from __future__ import annotations

from dataclasses import replace

from dashboard.permissions import Grant
from dashboard.services.disclosure import rules
from dashboard.services.imports.data_status import DataStatus
from dashboard.services.releases.in_force import figures_for, usual_of
from dashboard.services.releases.periods import KINDS
from db.core.engine import Database
from surveillance.diseases import DISEASES


def status_for(database: Database, grant: Grant | None, status: DataStatus) -> DataStatus:
    """The status as an account may know it: of issued figures the days of the release in force.

    Without a release there are no days. An account that is entitled to small counts is told of the records.
    """
    if grant is None or rules.entitled(grant):
        return status
    figures = figures_for(database, grant)
    if figures is None:
        return replace(status, first_visit=None, last_visit=None, issued=lambda disease, measure: None)
    starts = [
        first
        for code in grant.scope.covered(DISEASES)
        for kind in KINDS
        for first in figures.periods(code, "care", kind)[:1]
    ]
    return replace(
        status,
        first_visit=min(starts, default=None),
        last_visit=figures.stamp.data_until if starts else None,
        issued=lambda disease, measure: usual_of(figures, disease, measure),
    )
