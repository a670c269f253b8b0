"""Facilities paired with themselves, column by column, against the same done cell by cell."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveillance.coverage.estimates import Counts
from surveillance.coverage.paired import Reported, paired
from surveillance.windows import Window, compared
from tests.support import paired_by_hand
from tests.support.examples import examples

NAMES = ("a", "b", "c")
WEEKS = Window(date(2026, 5, 4), date(2026, 5, 31))
MONTHS = Window(date(2026, 3, 1), date(2026, 5, 31))
SUMS = st.tuples(*[st.integers(0, 5)] * 4).map(lambda sums: Counts(True, *sums))


@st.composite
def windows(draw, window):
    """What a window reported: days may lie outside it."""
    day = st.integers(-9, (window.last - window.first).days + 9).map(
        lambda n: window.first + timedelta(days=n)
    )
    place = st.tuples(st.sampled_from(NAMES), day)
    counts = draw(st.dictionaries(place, SUMS, max_size=12))
    reported = draw(st.lists(place, max_size=20))
    spread = draw(st.lists(st.tuples(st.sampled_from(NAMES), day, st.integers(0, 20), SUMS), max_size=4))
    parts = draw(
        st.dictionaries(st.tuples(st.sampled_from(("x", "y")), st.sampled_from(NAMES), day), SUMS, max_size=9)
    )
    told = [(name, first, first + timedelta(days=days), sums) for name, first, days, sums in spread]
    return counts, reported, told, parts


@pytest.mark.parametrize("window", [WEEKS, MONTHS], ids=["weeks", "months"])
@pytest.mark.parametrize("comparison", ["before", "year"])
@settings(max_examples=examples(100))
@given(data=st.data())
def test_column_by_column_is_cell_by_cell(window, comparison, data):
    pair = compared(window, comparison)
    now, earlier = data.draw(windows(pair.now)), data.draw(windows(pair.earlier))
    expected = paired_by_hand.paired(pair, paired_by_hand.Window(*now), paired_by_hand.Window(*earlier))
    assert paired(pair, Reported.of(*now), Reported.of(*earlier)) == expected


def test_nothing_reported_pairs_nobody():
    pair = compared(WEEKS, "before")
    assert paired(pair, Reported.of({}, []), Reported.of({}, [])).facilities == {}
