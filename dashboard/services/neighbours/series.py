"""Stored counts of provinces across the border as series, as a forecast takes them."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Literal

import numpy as np

from dashboard.permissions import Grant
from dashboard.services.disclosure import neighbours as disclosed
from dashboard.services.own_files.counts import Counts, CountsFile
from db.core.engine import Database
from db.neighbours import store
from surveillance.early_warning.series import Series
from surveillance.errors import NotPermittedError, StatisticsError

#: What the counts are called in an answer, in place of a file's name.
HELD = "as they are held"


def of_provinces(
    database: Database, grant: Grant, disease: str, step: Literal["week", "month"]
) -> CountsFile:
    """Counts of provinces across the border; a step of which nothing was sent, or is not shown, is unknown.

    Raises
    ------
    NotPermittedError
        The account is shown no counts of this disease.
    StatisticsError
        None are held in this step.
    """
    if reason := disclosed.reason(grant, disease):
        raise NotPermittedError(reason)
    with database.reading() as connection:
        levels = store.levels(connection)
        rows = store.counts(connection, disease, step)
    held: dict[str, dict[date, float]] = {}
    for row in rows:
        if levels.get(row["area"]) == "province":
            cases = disclosed.cases(grant, row)
            days = held.setdefault(row["area"], {})
            days[date.fromisoformat(row["starts"])] = np.nan if cases is None else cases
    if not held:
        raise StatisticsError(
            f"no counts by {step} are held of provinces across the border; import them (neighbours import), "
            "or name a file (--other-side)"
        )
    places = tuple(_series(code, days, step) for code, days in sorted(held.items()))
    return CountsFile(HELD, places, by_number=False, has_population=False)


def _series(code: str, held: dict[date, float], step: Literal["week", "month"]) -> Counts:
    days, day = [], min(held)
    while day <= max(held):
        days.append(day)
        day = (
            day + timedelta(weeks=1)
            if step == "week"
            else (day.replace(day=28) + timedelta(days=4)).replace(day=1)
        )
    counts = np.array([held.get(day, np.nan) for day in days])
    return Counts(code, tuple(day.isoformat() for day in days), Series(counts, tuple(days), step))
