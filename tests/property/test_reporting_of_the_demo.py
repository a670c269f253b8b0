"""Who has reported in the demo, counted once more from what the demo's generator makes."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta

import pytest

from dashboard.demo.beside.reporting import covered
from dashboard.demo.facilities import facility_rows
from dashboard.demo.records import records
from dashboard.demo.seasons import LAST_DAY

SEED, COUNT = 1, 2_000
FIRST, LAST = date(2025, 7, 28), date(2025, 10, 5)
DAY = timedelta(days=1)


def periods(frequency):
    """Whole weeks or months between the two days."""
    if frequency == "monthly":
        return [(date(2025, 8, 1), date(2025, 8, 31)), (date(2025, 9, 1), date(2025, 9, 30))]
    weeks = (LAST - FIRST + DAY).days // 7
    return [(FIRST + 7 * n * DAY, FIRST + (7 * n + 6) * DAY) for n in range(weeks)]


def count():
    """Due, received, on time, zero of each facility: report by report, without arrays and without SQL."""
    sent = defaultdict(list)
    told = records(SEED, COUNT)
    for row in told[~told["disease"].isin(["hiv", "syphilis"])].to_dict("records"):
        report = row["date_report"] or LAST_DAY.isoformat()
        sent[row["facility_id"]].append((date.fromisoformat(row["date_visit"]), date.fromisoformat(report)))
    answered = defaultdict(dict)
    for one in covered():
        for n in range((one.last - one.first).days + 1):
            answered[one.facility][one.first + n * DAY] = one.sent
    found = {}
    for facility in facility_rows():
        name, wait = facility["facility_id"], int(facility["report_deadline_days"])
        due = received = in_time = zero = 0
        for first, last in periods(facility["report_frequency"]):
            days = [first + n * DAY for n in range((last - first).days + 1)]
            serves = [
                day
                for day in days
                if facility["reports_from"] <= day.isoformat()
                and (not facility["reports_to"] or day.isoformat() <= facility["reports_to"])
            ]
            if not serves:
                continue
            due += 1
            came = [report for visit, report in sent[name] if first <= visit <= last]
            seen = bool(came)
            if all(day in answered[name] for day in serves):
                came.append(max(answered[name][day] for day in serves))
            if came:
                received += 1
                in_time += min(came) <= last + wait * DAY
                zero += not seen
        found[name] = due, received, in_time, zero
    return found


@pytest.mark.full
def test_the_command_says_what_the_demo_was_made_of(sqlite_cli):
    assert sqlite_cli("demo", "--records", COUNT, "--without-release").code == 0
    rows = sqlite_cli("reporting", "--from", FIRST, "--to", LAST, "--format", "json").json()
    counted = count()
    assert {r["code"]: (r["due"], r["received"], r["on_time"], r["zero"]) for r in rows} == counted
    assert sum(due - received for due, received, _, _ in counted.values()) > 50
