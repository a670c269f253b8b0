"""How long periods are where nobody names one, against slow and obvious counts."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveillance.coverage.trend_steps import ENOUGH
from surveillance.periods import course, usual
from surveillance.periods.usual import Told

QUARTER_STARTS = [date(year, month, 1) for year in range(2022, 2027) for month in (1, 4, 7, 10)]
COUNTS = st.one_of(st.none(), st.integers(0, 12), st.integers(80, 130))


def days_of(first, last):
    """Every day of a window."""
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]


@given(
    st.lists(COUNTS, min_size=20, max_size=20), st.dates(date(2025, 1, 1), date(2026, 12, 31)), st.booleans()
)
def test_two_windows_have_enough_people_as_a_count_of_each_day_finds_it(counts, last, blank):
    people = {start: count for start, count in zip(QUARTER_STARTS, counts, strict=True) if count or not blank}
    ended = [
        start
        for start in QUARTER_STARTS
        if (start + timedelta(days=92)).replace(day=1) <= last + timedelta(1)
    ]

    def side(starts):
        held = [people.get(start, 0) for start in starts]
        return None if None in held else sum(held)

    expected = None
    for length, enough in ((1, 100), (4, ENOUGH)):
        now = ended[-length:]
        before = [start.replace(year=start.year - 1) for start in now]
        sums = side(now), side(before)
        if None not in sums and min(sums) >= enough:
            expected = length
            break
    assert course.usual_length(people, last) == expected


TOLD = st.integers(0, 25).flatmap(lambda areas: st.builds(Told, st.integers(0, areas), st.just(areas)))


@given(st.lists(TOLD, min_size=1, max_size=4))
def test_the_usual_length_is_the_shortest_that_tells_most_areas(found):
    lengths = tuple(range(1, len(found) + 1))
    most = [length for length, one in zip(lengths, found, strict=True) if one.told > one.areas - one.told]
    best = max(one.told for one in found)
    equals = [length for length, one in zip(lengths, found, strict=True) if one.told == best]
    assert usual.usual_length(lengths, found) == (most or equals)[0]


@pytest.mark.parametrize(("lengths", "found"), [((), ()), ((1,), ()), ((1,), (Told(1, 1), Told(1, 1)))])
def test_there_is_a_finding_for_each_length(lengths, found):
    with pytest.raises(ValueError, match="lengths"):
        usual.usual_length(lengths, found)


@pytest.mark.parametrize(
    ("before", "now", "length"), [(100, 100, 1), (99, 100, 4), (100, 99, 4), (30, 30, 4), (29, 30, None)]
)
def test_a_hundred_people_make_a_quarter_and_thirty_a_year(before, now, length):
    people = {date(2025, 4, 1): before, date(2026, 4, 1): now}
    assert course.usual_length(people, date(2026, 6, 30)) == length
