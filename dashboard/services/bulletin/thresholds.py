"""Thresholds of the curves: by week those of early warning, by month the limit of earlier years."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from dashboard.services.bulletin.models import Step
from surveillance.bulletin.limit import FEWEST_YEARS, usual_limit
from surveillance.early_warning.series import Series
from surveillance.errors import StatisticsError

if TYPE_CHECKING:
    from dashboard.services.own_files.counts import CountsFile

#: Years that Farrington's method looks back, the most first; where history is shorter EARS C2 is asked.
_YEARS = (5, 4, 3)
#: Weeks of one year, and of the window around the same week of each year before.
_OF_YEAR, _AROUND = 52, 3
FARRINGTON, EARS, BY_MONTH = "farrington", "ears", "months"
Limits = Mapping[str, float]


def of_weeks(weeks: Sequence[Step], most: int) -> tuple[Limits, str, int]:
    """The threshold of each of the last weeks by its label, the method, and the years that it looked back.

    Farrington's method with as many years as there are, five at most; with fewer than three EARS C2 on the
    seven weeks two weeks before. Nothing where the counts are too few for either.
    """
    if not weeks:
        return {}, "", 0
    from dashboard.services.own_files.counts import Counts, CountsFile  # noqa: PLC0415 - loads pandas

    counts = np.array([np.nan if one.cases.count is None else one.cases.count for one in weeks], float)
    series = Series(counts, tuple(one.first for one in weeks), "week")
    own = Counts("", tuple(one.first.isoformat() for one in weeks), series)
    file = CountsFile("", (own,), by_number=False, has_population=False)
    start = weeks[max(0, len(weeks) - most)].first.isoformat()
    years = next((n for n in _YEARS if len(weeks) > n * _OF_YEAR + _AROUND + 1), 0)
    if years and (found := _asked(file, weeks, "farrington", {"b": years}, start)):
        return found, FARRINGTON, years
    found = _asked(file, weeks, "ears-c2", {}, start)
    return found, EARS if found else "", 0


def _asked(
    file: CountsFile, weeks: Sequence[Step], method: str, given: Mapping[str, Any], start: str
) -> Limits:
    from dashboard.services.own_files import early_warning as methods  # noqa: PLC0415 - loads SciPy

    try:
        answer = methods.judge(file, methods.Question(method, dict(given), start))
    except StatisticsError:
        return {}
    label = {one.first.isoformat(): one.label for one in weeks}
    return {label[row["date"]]: row["upper"] for row in answer.rows if row["upper"] is not None}


def of_months(steps: Sequence[Step]) -> tuple[Limits, str, int]:
    """The limit of each month or quarter by its label: mean and two standard deviations of earlier years.

    Of the same months of all earlier years that are told, three at least.
    """
    told = {one.first: one.cases.count for one in steps}
    found: dict[str, float] = {}
    least = 0
    for one in steps:
        same = [
            count
            for first, count in told.items()
            if first < one.first and (first.month, first.day) == (one.first.month, one.first.day)
            if count is not None
        ]
        if len(same) >= FEWEST_YEARS:
            found[one.label] = usual_limit(same)
            least = len(same)
    return found, BY_MONTH if found else "", least
