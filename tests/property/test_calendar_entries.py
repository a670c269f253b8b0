"""Entries of the calendar: closed days and windows against a slow oracle, and texts that cannot be read."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveillance.calendar.entries import (
    CLOSED,
    COLUMNS,
    EVENT,
    KINDS,
    Entry,
    between,
    closed_days,
    not_compared,
    read,
    weeks_compared,
)
from surveillance.errors import UsageError
from surveillance.windows import Window
from tests.support.examples import examples

BEGIN, DAY = date(2026, 1, 1), timedelta(days=1)
OFFSET = st.integers(0, 40)


@st.composite
def entries(draw):
    """Entries of any kind; closures may still hold."""
    found = []
    for number in range(draw(st.integers(0, 6))):
        first, days = draw(OFFSET), draw(st.one_of(st.none(), st.integers(0, 12)))
        kind = draw(st.sampled_from(list(KINDS)))
        last = None if days is None and kind == CLOSED else BEGIN + (first + (days or 0)) * DAY
        compare = draw(st.booleans())
        name = draw(st.sampled_from(("one", "two")))
        found.append(Entry(f"e{number}", kind, BEGIN + first * DAY, last, "", name, "", compare))
    return found


def days_of(entry, end=60):
    """Every day of an entry."""
    last = entry.last or BEGIN + end * DAY
    return {entry.first + n * DAY for n in range((last - entry.first).days + 1)}


@settings(max_examples=examples(80))
@given(entries(), OFFSET, st.integers(0, 12))
def test_closed_days_are_counted_once(found, first, days):
    first = BEGIN + first * DAY
    step = {first + n * DAY for n in range(days + 1)}
    share = closed_days(found, first, first + days * DAY)
    assert share.closed == len(step & set().union(*map(days_of, found))) if found else share.closed == 0
    assert share.days == days + 1 and share.whole is (share.closed == share.days)


@settings(max_examples=examples(80))
@given(entries(), st.lists(st.tuples(OFFSET, st.integers(0, 9)), max_size=3))
def test_windows_are_said_to_hold_what_is_not_compared(found, spans):
    windows = [(BEGIN + first * DAY, BEGIN + (first + days) * DAY) for first, days in spans]
    inside = {first + n * DAY for first, last in windows for n in range((last - first).days + 1)}
    marked = [e for e in found if not e.compare and e.kind != CLOSED]
    each = [
        {e.name_en for e in marked if days_of(e) <= {a + n * DAY for n in range((b - a).days + 1)}}
        for a, b in windows
    ]
    by_hand = {
        e.key
        for e in marked
        if days_of(e) & inside and not (len(each) > 1 and all(e.name_en in names for names in each))
    }
    assert {entry.key for entry in not_compared(found, windows)} == by_hand
    for window in windows:
        held = between(found, *window, (EVENT,))
        assert held == sorted(held, key=lambda entry: (entry.first, entry.key))


#: The first day of the weeks that are compared: entries lie around it.
MONDAY = date(2026, 1, 19)


@settings(max_examples=examples(120))
@given(entries(), st.integers(1, 4), st.sampled_from(["before", "year"]))
def test_as_many_last_weeks_are_compared_as_hold_no_day_that_is_left_out(found, weeks, comparison):
    found = found + [
        replace(one, key=f"{one.key}-y", first=one.first - 364 * DAY, last=one.last - 364 * DAY)
        for one in found[::2]
        if one.last
    ]
    end = MONDAY + 7 * weeks * DAY
    left = [one for one in found if not one.compare and one.kind != CLOSED]

    def even(count):
        now = {end - n * DAY for n in range(1, 7 * count + 1)}
        earlier = {day - (364 if comparison == "year" else 7 * count) * DAY for day in now}
        whole = [{one.name_en for one in left if days_of(one) <= window} for window in (now, earlier)]
        return all(one.name_en in whole[0] & whole[1] for one in left if days_of(one) & (now | earlier))

    by_hand = max((count for count in range(1, weeks + 1) if even(count)), default=0)
    assert weeks_compared(found, Window(MONDAY, end - DAY), comparison) == by_hand


@settings(max_examples=examples(60))
@given(st.fixed_dictionaries({}, optional={name: st.text(max_size=12) for name in COLUMNS}))
def test_any_text_is_read_or_refused_in_words(row):
    try:
        entry = read(row, {"TH01"})
    except UsageError:
        return
    assert entry.kind in KINDS and (entry.last is None or entry.last >= entry.first)


GOOD = {"key": "a-1", "kind": "closed", "first": "2026-01-02", "crossing": "TH01"}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"key": "A b"}, "key"),
        ({"kind": "war"}, "kind"),
        ({"first": ""}, "first"),
        ({"first": "2026-02-30"}, "first"),
        ({"last": "2026-01-01"}, "lies before"),
        ({"crossing": "TH99"}, "crossing"),
        ({"kind": "event", "name_en": "x"}, "only a closure"),
        ({"kind": "event", "crossing": ""}, "name"),
        ({"kind": "event", "crossing": "", "name_en": "x", "last": "2029-01-01"}, "at most"),
        ({"name_en": "x" * 81}, "at most"),
        ({"compare": "perhaps"}, "neither yes nor no"),
    ],
)
def test_what_is_wrong_is_named(wrong, said):
    assert read(GOOD, {"TH01"}) == Entry("a-1", CLOSED, date(2026, 1, 2), None, "TH01", "", "")
    with pytest.raises(UsageError, match=said):
        read(GOOD | wrong, {"TH01"})
