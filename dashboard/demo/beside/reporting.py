"""For which days each facility of the demo has sent its reports, also where it saw no person, and when."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from dashboard.demo.draws import Draws
from dashboard.demo.facilities import LATE_BATCH, LATE_FACILITIES, Facility, facilities, silences
from dashboard.demo.seasons import FIRST_DAY, LAST_DAY
from surveillance.epiweek import PeriodKind, period_first_day, period_last_day

#: Shares of the reports of a facility that come late: most facilities are punctual, one in six is not.
_USUALLY_LATE, _OFTEN_LATE = 0.04, 0.3
#: Days after the deadline within which a late report comes.
_LATEST = 24
_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Covered:
    """A facility reported on these days, on the day `sent`."""

    facility: str
    first: date
    last: date
    sent: date


def covered() -> list[Covered]:
    """Each report that has come.

    A facility reports from its first day to its last, but for its silence, by the week or by the month. The
    report comes some days after it, by its deadline (`report_deadline_days`) or later, so that of the last
    days is still to come. A few facilities sent six weeks at once (`LATE_BATCH`).
    """
    return [span for facility in facilities() for span in _of(facility)]


def _of(facility: Facility) -> Iterator[Covered]:
    name = facility.facility_id
    first = max(date.fromisoformat(facility.reports_from), FIRST_DAY)
    known = LAST_DAY - timedelta(days=int(facility.report_deadline_days))
    known -= timedelta(days=(known.weekday() + 1) % 7)  # to a Sunday: a week is reported when it is over
    last = min(date.fromisoformat(facility.reports_to), known) if facility.reports_to else known
    silent = silences().get(name)
    if silent is None:
        yield from _reports(facility, first, last)
    else:
        yield from _reports(facility, first, silent[0] - _DAY)
        yield from _reports(facility, silent[1] + _DAY, last)


def _reports(facility: Facility, first: date, last: date) -> Iterator[Covered]:
    """Week by week, or month by month."""
    unit: PeriodKind = "month" if facility.report_frequency == "monthly" else "week"
    starts = []
    day = first
    while day <= last:
        starts.append(day)
        day = period_last_day(period_first_day(day, unit), unit) + _DAY
    waits = _waits(facility, len(starts))
    for number, start in enumerate(starts):
        end = min(period_last_day(start, unit), last)
        sent = min(end + timedelta(days=waits[number]), LAST_DAY)
        if facility.facility_id in LATE_FACILITIES and LATE_BATCH[0] <= end and start <= LATE_BATCH[1]:
            sent = LATE_BATCH[2]
        yield Covered(facility.facility_id, start, end, sent)


def _waits(facility: Facility, many: int) -> list[int]:
    """Days after the end of each period on which its report comes."""
    draws, name = Draws(0), facility.facility_id
    key = np.arange(many, dtype=np.uint64)
    deadline = int(facility.report_deadline_days)
    unpunctual = float(draws.uniform(f"unpunctual:{name}", key[:1])[0]) < 1 / 6 if many else False
    late = draws.uniform(f"late:{name}", key) < (_OFTEN_LATE if unpunctual else _USUALLY_LATE)
    soon = (draws.uniform(f"soon:{name}", key) * (deadline + 1)).astype(int)
    after = deadline + 1 + (draws.uniform(f"after:{name}", key) ** 2 * _LATEST).astype(int)
    found: list[int] = np.where(late, after, soon).tolist()
    return found
