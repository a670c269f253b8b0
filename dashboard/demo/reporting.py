"""For which days each facility of the demo has sent its reports, also where it saw no person."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from dashboard.demo.facilities import Facility, facilities, silences
from dashboard.demo.seasons import FIRST_DAY, LAST_DAY


def covered() -> list[tuple[str, date, date]]:
    """Facility, first and last day of each time for which its reports have come.

    A facility reports from its first day to its last, but for its silence. The report of a week comes some
    days after it (`report_deadline_days`), so that of the last days is still to come.
    """
    return [span for facility in facilities() for span in _of(facility)]


def _of(facility: Facility) -> Iterator[tuple[str, date, date]]:
    name = facility.facility_id
    first = max(date.fromisoformat(facility.reports_from), FIRST_DAY)
    known = LAST_DAY - timedelta(days=int(facility.report_deadline_days))
    known -= timedelta(days=(known.weekday() + 1) % 7)  # to a Sunday: a week is reported when it is over
    last = min(date.fromisoformat(facility.reports_to), known) if facility.reports_to else known
    silent = silences().get(name)
    if silent is None:
        yield name, first, last
    else:
        yield name, first, silent[0] - timedelta(days=1)
        yield name, silent[1] + timedelta(days=1), last
