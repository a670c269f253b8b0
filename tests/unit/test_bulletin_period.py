"""Periods of a bulletin, its delay, the limit of earlier years, and where Khmer lines may break."""

from __future__ import annotations

from datetime import date, timedelta
from statistics import mean, stdev

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.exports.bulletin import khmer_lines
from surveillance.bulletin.limit import usual_limit
from surveillance.bulletin.period import BulletinPeriod, periods_within, read_period
from surveillance.errors import StatisticsError, UsageError
from tests.support.examples import examples

DAYS = st.dates(date(2018, 1, 1), date(2032, 12, 31))


def test_weeks_and_months_are_read_as_they_are_written():
    week, month = read_period("2026-W26", None), read_period(None, "2026-06")
    assert (week.label, week.first, week.last) == ("2026-W26", date(2026, 6, 22), date(2026, 6, 28))
    assert (month.label, month.first, month.last) == ("2026-06", date(2026, 6, 1), date(2026, 6, 30))
    assert (week.before.label, month.before.label) == ("2026-W25", "2026-05")
    assert (week.year_before.label, month.year_before.label) == ("2025-W26", "2025-06")
    assert (week.year_begins, month.year_begins) == (date(2025, 12, 29), date(2026, 1, 1))


def test_the_week_53_has_no_week_of_the_year_before():
    assert read_period("2026-W53", None).year_before is None
    assert read_period("2027-W01", None).before.label == "2026-W53"
    assert read_period("2026-W53", None).year_begins == date(2025, 12, 29)


@pytest.mark.parametrize(
    ("week", "month"),
    [(None, None), ("2026-W26", "2026-06"), ("2026-W54", None), ("2025-W53", None), ("W26", None),
     (None, "2026-13"), (None, "2026-6"), (None, "2026-06-01"), ("2026-06", None)],
)  # fmt: skip
def test_what_is_no_period_is_refused(week, month):
    with pytest.raises(UsageError):
        read_period(week, month)


def test_a_bulletin_is_made_when_its_period_is_over():
    week = read_period("2026-W26", None)
    assert (week.delay(date(2026, 6, 28)), week.delay(date(2026, 7, 3))) == (0, 5)
    with pytest.raises(UsageError, match="2026-W26 ends on 2026-06-28"):
        week.delay(date(2026, 6, 27))


@given(DAYS, st.integers(0, 200), st.sampled_from(["week", "month"]))
@settings(max_examples=examples(100))
def test_periods_within_days_are_those_that_a_slow_look_finds(first, length, kind):
    last = first + timedelta(days=length)
    found = periods_within(first, last, kind, 1_000)
    slow, day = {}, first - timedelta(days=31)
    while day <= last:
        label = f"{day:%G-W%V}" if kind == "week" else f"{day:%Y-%m}"
        slow.setdefault(label, []).append(day)
        day += timedelta(days=1)
    whole = {
        label
        for label, days in slow.items()
        if days[0] >= first
        and (
            len(days) == 7 if kind == "week" else days[0].day == 1 and (days[-1] + timedelta(days=1)).day == 1
        )
    }
    assert [one.label for one in found] == sorted(whole, reverse=True)
    assert all(
        read_period(*((one.label, None) if kind == "week" else (None, one.label))) == one for one in found
    )


@given(st.lists(st.integers(0, 5_000), min_size=3, max_size=9))
@settings(max_examples=examples(50))
def test_the_limit_is_the_mean_and_two_standard_deviations(counts):
    assert usual_limit(counts) == pytest.approx(mean(counts) + 2 * stdev(counts))


def test_a_limit_needs_three_years():
    with pytest.raises(StatisticsError, match="3 earlier years"):
        usual_limit([4, 5])
    with pytest.raises(StatisticsError):
        usual_limit([4, 5, -1])


KHMER = "ព្រឹត្តិបត្រជំងឺឆ្លងក្នុងចំណោមប្រជាជនចល័ត៖ សប្តាហ៍ 2026-W26"


def test_khmer_lines_break_between_words_and_nowhere_else():
    broken = khmer_lines.broken(KHMER)
    assert broken.replace(khmer_lines.BREAK, "") == KHMER
    assert broken.count(khmer_lines.BREAK) >= 4
    for piece in broken.split(khmer_lines.BREAK)[1:]:
        assert not "\u17b6" <= piece[0] <= "\u17d3", "a vowel or sign belongs to the letter before it"
    assert khmer_lines.broken("Measles, 2026-W26 (12%)") == "Measles, 2026-W26 (12%)"
    assert BulletinPeriod("week", date(2026, 6, 22)).label in broken
