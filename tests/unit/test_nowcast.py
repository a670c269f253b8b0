"""Nowcasts: triangles, what deliveries tell of delays, shares that have come, intervals, and refusals."""

from __future__ import annotations

import numpy as np
import pytest

from surveillance.errors import StatisticsError
from surveillance.nowcast.deliveries import deliveries
from surveillance.nowcast.hazard import reverse_hazard
from surveillance.nowcast.history import triangle_from
from surveillance.nowcast.predict import TooShortError, nowcast, still_to_come
from surveillance.nowcast.triangle import triangle_of
from tests.support.nowcasts import CASES, covered, histories, made


def triangle(rows, *, weeks, longest, senders=1, **more):
    """A triangle of rows (sender, week, late, count)."""
    parts = np.array(rows, np.int64).reshape(-1, 4).T
    return triangle_of(*parts, senders=senders, weeks=weeks, longest=longest, **more)


def weekly(per_week, *, weeks=10, longest=2):
    """Rows of one sender whose weeks are all alike, as far as they can have come."""
    return [
        (0, t, d, count)
        for t in range(weeks)
        for d, count in enumerate(per_week)
        if t + d < weeks and d <= longest
    ]


def test_the_share_that_has_come_is_worked_out_by_hand():
    # Of week 0 came 6, 3, 1; of week 1 came 8, 2; of week 2 came 5: g(2) = 1/10, g(1) = (3+2)/(9+10).
    rows = [(0, 0, 0, 6), (0, 0, 1, 3), (0, 0, 2, 1), (0, 1, 0, 8), (0, 1, 1, 2), (0, 2, 0, 5)]
    found = reverse_hazard(triangle(rows, weeks=3, longest=2))
    assert found.rate.tolist() == pytest.approx([1, 5 / 19, 1 / 10])
    assert found.share.tolist() == pytest.approx([14 / 19 * 0.9, 0.9, 1])


def test_a_week_without_a_record_has_an_interval_from_zero():
    rows = [row for row in weekly((30, 10, 5)) if row[1] < 9]
    last = nowcast(triangle(rows, weeks=10, longest=2)).weeks[-1]
    assert (last.reported, last.expected, last.lower, last.state) == (0, 0, 0, "expected")
    assert 0 < last.upper < 5


def test_without_any_delay_all_weeks_are_complete():
    found = nowcast(triangle(weekly((400, 0, 0)), weeks=10, longest=2))
    assert {(week.state, week.expected, week.upper) for week in found.weeks} == {("complete", 400, 400)}


def test_where_all_come_late_nothing_is_said_of_the_last_week():
    found = nowcast(triangle(weekly((0, 0, 40)), weeks=10, longest=2))
    assert [week.state for week in found.weeks] == ["too little", "too little"]
    assert all(week.expected is None and week.lower is None for week in found.weeks)


@pytest.mark.parametrize(
    ("rows", "weeks", "longest"),
    [
        ([(0, 0, 0, 50)], 1, 2),
        ([], 10, 2),
        (weekly((1, 1, 0), weeks=6), 6, 2),
        (weekly((30, 9, 3), weeks=3), 3, 2),
    ],
    ids=["one week", "nothing", "few records", "short"],
)
def test_too_short_a_history_is_refused_in_words(rows, weeks, longest):
    with pytest.raises(TooShortError, match="how late"):
        nowcast(triangle(rows, weeks=weeks, longest=longest))


def test_rows_outside_the_triangle_are_refused():
    with pytest.raises(StatisticsError, match="after the last week"):
        triangle([(0, 2, 1, 1)], weeks=3, longest=2)
    for row in ((1, 0, 0, 1), (0, 3, 0, 1), (0, 0, -2, 1), (0, 0, 0, -1)):
        with pytest.raises(StatisticsError, match="outside"):
            triangle([row], weeks=3, longest=2)
    with pytest.raises(StatisticsError, match="level"):
        nowcast(triangle(weekly((30, 10, 5)), weeks=10, longest=2), level=1)


def test_a_delay_that_is_not_known_counts_and_tells_nothing():
    held = triangle([*weekly((30, 10, 5)), (0, 9, -1, 7)], weeks=10, longest=2)
    without = triangle(weekly((30, 10, 5)), weeks=10, longest=2)
    assert nowcast(held).weeks[-1].reported == 37
    assert reverse_hazard(held).share.tolist() == reverse_hazard(without).share.tolist()


def test_backfilled_records_count_and_are_no_delay():
    """Ten weeks of 20 in time and 2 a week late; in week 8 came 200 records of weeks 0 to 5 at once."""
    rows = weekly((20, 2, 0), weeks=10) + [(0, t, 8 - t, 40) for t in range(6)]
    sender, week, late, count = np.array(rows).T
    found = deliveries(sender, week, late, count, np.ones((1, 10), bool))
    assert np.flatnonzero(found.backfilled[0]).tolist() == [8]
    blind = reverse_hazard(triangle(rows, weeks=10, longest=6)).share[0]
    known = reverse_hazard(triangle(rows, weeks=10, longest=6, usable=found.usable)).share[0]
    assert known == pytest.approx(10 / 11, abs=0.02) and blind < 0.7


def test_a_silence_is_no_delay_nor_is_what_ends_it():
    heard = np.ones((2, 20), bool)
    heard[1, 8:13] = False
    heard[0, 15:] = False
    nothing = np.array([], np.int64)
    found = deliveries(nothing, nothing, nothing, nothing, heard)
    assert np.flatnonzero(~found.usable[1]).tolist() == [0, 8, 9, 10, 11, 12, 13]
    assert np.flatnonzero(found.returned[1]).tolist() == [13]
    assert found.silent.tolist() == [True, False]
    patient = deliveries(nothing, nothing, nothing, nothing, heard, np.array([6, 6]))
    assert patient.silent.tolist() == [False, False] and patient.usable[1, 8:13].all()


def test_of_silent_senders_nothing_more_is_expected():
    rows = weekly((30, 10, 5)) + [(1, t, d, n) for _, t, d, n in weekly((30, 10, 5))]
    both = nowcast(triangle(rows, senders=2, weeks=10, longest=2)).weeks[-1]
    one = nowcast(triangle(rows, senders=2, weeks=10, longest=2, silent=[False, True]))
    assert one.silent == 1 and one.weeks[-1].reported == both.reported == 60
    assert both.expected - 60 == pytest.approx(30, abs=2)
    assert one.weeks[-1].expected - 60 == pytest.approx(15, abs=1)


def test_weeks_that_differ_by_more_than_chance_widen_the_interval():
    even, uneven = (made(3, mean=200, alike=alike) for alike in (0.0, 0.2))
    wide = []
    for one in (even, uneven):
        found = nowcast(triangle_from(one.history)[0])
        last = found.weeks[-1]
        wide.append((last.upper - last.lower) / last.expected)
        assert (found.hazard.alike > 0.01) == (one is uneven)
    assert wide[1] > 1.5 * wide[0]


def test_large_numbers_are_worked_out_in_steps():
    numbers, masses = still_to_come(2_000_000, np.array([0.5, 0.51]))
    assert len(numbers) < 5000 and masses.sum() == pytest.approx(1)
    mean = float((numbers * masses).sum())
    assert mean == pytest.approx(2_000_000 * (1 + 0.49 / 0.51) / 2, rel=0.001)


def test_intervals_hold_the_truth_as_often_as_they_say_in_a_few_weeks():
    share, weeks = covered(made(seed, **given) for seed, (given, _) in enumerate(CASES.values()))
    assert weeks >= 25 and 0.85 <= share <= 1


@pytest.mark.full
@pytest.mark.slow
@pytest.mark.parametrize("case", CASES)
def test_intervals_hold_the_truth_in_93_to_97_of_100_of_2000_weeks(case):
    share, weeks = covered(histories(case))
    assert weeks >= 2000, weeks
    assert 0.93 <= share <= 0.97, share
