"""What was due and what came, against a count by hand: day by day, report by report."""

from __future__ import annotations

from datetime import date, timedelta
from statistics import median

from hypothesis import given, settings
from hypothesis import strategies as st

from surveillance.coverage.silence import UNITS, Expected
from surveillance.epiweek import period_first_day, period_last_day
from surveillance.reporting.evidence import Evidence
from surveillance.reporting.judged import judge
from surveillance.reporting.summary import figures
from tests.support.examples import examples

FIRST = date(2025, 11, 20)
DAY = timedelta(days=1)
days = st.integers(0, 60).map(lambda number: FIRST + number * DAY)
spans = st.tuples(days, days).map(sorted).map(tuple)
facilities = st.lists(
    st.builds(
        Expected,
        st.sampled_from([None, "daily", "weekly", "monthly", "quarterly"]),
        st.integers(0, 20),
        st.none() | days,
        st.none() | days,
    ),
    min_size=1,
    max_size=3,
)
records = st.tuples(st.integers(0, 2), days, st.none() | days)
answers = st.tuples(st.integers(0, 2), spans, st.none() | days, st.booleans())


def by_hand(one, own_records, own_answers, closed, first, last):
    """Reports of one facility: (first day, last day, deadline, day it came or None or "unknown", zero)."""
    unit = UNITS[one.frequency]
    found = []
    day = first
    while day <= last:
        start, end = period_first_day(day, unit), period_last_day(day, unit)
        day = end + DAY
        if start < first or end > last:
            continue
        serves = [
            at
            for at in (start + number * DAY for number in range((end - start).days + 1))
            if (one.begins is None or one.begins <= at)
            and (one.ends is None or at <= one.ends)
            and not any(since <= at <= until for since, until in closed)
        ]
        if not serves:
            continue
        came, person = [], False
        for visit, sent in own_records:
            if start <= visit <= end:
                came.append(sent or date.max)
                person = True
        told = {}
        for (since, until), sent, names in own_answers:
            for at in serves:
                if since <= at <= until:
                    told[at] = min(told.get(at, date.max), sent or date.max)
            if names and since <= end and until >= start:
                person = True
        if all(at in told for at in serves):
            came.append(max(told.values()))
        first_came = min(came, default=None)
        zero = first_came is not None and not person
        found.append((start, end, end + one.deadline_days * DAY, first_came, zero))
    return found


@given(
    facilities,
    st.lists(records, max_size=12),
    st.lists(answers, max_size=8),
    st.lists(st.tuples(st.integers(0, 2), spans), max_size=2),
    spans,
    days,
)
@settings(max_examples=examples(100))
def test_reports_equal_a_count_by_hand(expected, sent, told, shut, asked, on):
    many = len(expected)
    sent = [piece for piece in sent if piece[0] < many]
    told = [piece for piece in told if piece[0] < many]
    shut = [piece for piece in shut if piece[0] < many]
    pieces = [(one, day, day, came, True, False) for one, day, came in sent]
    pieces += [(one, *span, came, person, True) for one, span, came, person in told]
    found = judge(expected, Evidence.of(pieces), *asked, on, [(one, *span) for one, span in shut])
    summed = figures(found, list(range(many)), many)
    for position, one in enumerate(expected):
        hand = by_hand(
            one,
            [piece[1:] for piece in sent if piece[0] == position],
            [piece[1:] for piece in told if piece[0] == position],
            [span for at, span in shut if at == position],
            *asked,
        )
        due = [report for report in hand if report[2] < on]
        came = [report for report in due if report[3] is not None]
        in_time = [report for report in came if report[3] <= report[2]]
        known = [max((report[3] - report[1]).days, 0) for report in came if report[3] < date.max]
        last = max((report[1] for report in hand if report[3] is not None), default=None)
        row = summed[position]
        assert (row.due, row.received, row.on_time, row.zero, row.silent, row.last) == (
            len(due),
            len(came),
            len(in_time),
            sum(report[4] for report in came),
            len(due) - len(came),
            last,
        )
        assert row.completeness == (len(came) / len(due) if due else None)
        assert row.median_delay == (float(median(known)) if known else None)
        unknown = any(report[3] == date.max for report in came)
        assert row.timeliness == (len(in_time) / len(due) if due and not unknown else None)
