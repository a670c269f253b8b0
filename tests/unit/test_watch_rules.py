"""How the watch judges: bounds held to an allowance, excesses, what a night knew, one alert an event."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from scipy.stats import binom

from surveillance.alerts.evaluate import PlaceCounts, evaluate
from surveillance.alerts.levels import Alarm, responsible
from surveillance.alerts.repeats import Memory, decide
from surveillance.alerts.replay import alarms, told
from surveillance.alerts.rules import RULES
from surveillance.alerts.verdict import Verdict
from surveillance.early_warning.farrington import Settings, farrington_flexible
from surveillance.early_warning.series import Series

FIRST = date(2021, 7, 5)
SUNDAY = FIRST + timedelta(weeks=200) - timedelta(days=1)


def weekly(counts, **more):
    """A place with so many cases on the Monday of each week."""
    cases = {FIRST + timedelta(weeks=n): int(count) for n, count in enumerate(counts) if count}
    return PlaceCounts("OD", FIRST, FIRST + timedelta(weeks=len(counts)) - timedelta(days=1), cases, **more)


def seasonal(weeks=200):
    rng = np.random.default_rng(3)
    return rng.poisson(6 + 4 * np.cos(2 * np.pi * np.arange(weeks) / 52))


def test_an_excess_is_held_to_the_bound_of_farrington_at_what_is_left():
    counts = seasonal()
    counts[-1] = 40
    (found,) = evaluate(RULES["dengue-excess"], weekly(counts), [SUNDAY], 1e-4)
    settings = Settings(
        b=3, w=3, no_periods=10, past_weeks_not_included=26, weights_threshold=2.58, alpha=1e-4,
        p_threshold_trend=1.0, threshold_method="nbPlugin", least_cases=0,
    )  # fmt: skip
    mondays = tuple(FIRST + timedelta(weeks=n) for n in range(200))
    bound = farrington_flexible(Series(counts.astype(float), mondays), settings, first=199).upper[0]
    assert found.alarm and found.threshold == bound
    (same,) = evaluate(RULES["dengue-excess"], weekly(np.append(counts[:-1], 4)), [SUNDAY], 1e-4)
    assert not same.alarm


def test_a_known_outbreak_is_no_history_and_a_silence_lowers_the_bound():
    counts = seasonal()
    counts[40:50] += 30
    counts[-1] = 40
    known = (FIRST + timedelta(weeks=40), FIRST + timedelta(weeks=50))
    plain, without = (
        evaluate(RULES["dengue-excess"], weekly(counts, left_out=left), [SUNDAY], 1e-4)[0]
        for left in ((), (known,))
    )
    assert without.threshold < plain.threshold
    monday = SUNDAY - timedelta(days=6)
    half = {monday: 0.5}
    (silent,) = evaluate(RULES["dengue-excess"], weekly(counts, reported=half), [SUNDAY], 1e-4)
    assert silent.threshold < plain.threshold
    (nobody,) = evaluate(RULES["dengue-excess"], weekly(counts, reported={monday: 0.0}), [SUNDAY], 1e-4)
    assert nobody.threshold is None and not nobody.alarm


def test_a_short_history_is_compared_with_the_whole():
    own, every = np.full(80, 2), np.full(80, 40)
    own[-1], every[-1] = 14, 52
    day = FIRST + timedelta(weeks=80) - timedelta(days=1)
    whole = {FIRST + timedelta(weeks=n): int(count) for n, count in enumerate(every)}
    (found,) = evaluate(RULES["dengue-excess"], weekly(own, whole=whole), [day], 1e-4)
    assert found.alarm
    everywhere = {when: count * 7 for when, count in whole.items()}
    whole[day - timedelta(days=6)] = everywhere[day - timedelta(days=6)] = 14 * 20
    (wave,) = evaluate(RULES["dengue-excess"], weekly(own, whole=whole), [day], 1e-4)
    assert not wave.alarm, "the whole country rose as much"


@pytest.mark.parametrize("before", [0, 3, 10, 40])
def test_growth_is_an_alarm_only_where_chance_seldom_brings_it(before):
    p, day = 1e-4, FIRST + timedelta(days=40)
    least = next(n for n in range(before + 1, 300) if binom.sf(n - 1, n + before, 0.5) <= p)
    for count in (least - 1, least):
        cases = {day: count, day - timedelta(days=7): before}
        held = PlaceCounts("OD", FIRST, day, cases)
        (found,) = evaluate(RULES["dengue-growth"], held, [day], p)
        assert found.alarm is (count == least and count >= max(10, 2 * before))


def test_a_night_knows_what_was_reported_by_then():
    day = FIRST + timedelta(days=100)
    held = PlaceCounts("OD", FIRST, day + timedelta(days=30), {day: 1, day + timedelta(days=2): 1})
    late = day + timedelta(days=9)
    records = [(day, day, 1), (day + timedelta(days=2), late, 1)]
    found = alarms(RULES["cholera-suspected"], held, "district", records, 1.0)
    assert {one.night for one in found} == {late}
    assert [one.night for one in told(found, lambda one, other: False)] == [late]


def test_what_another_rule_told_is_the_same_event_and_an_excess_is_its_own():
    day = FIRST + timedelta(days=100)
    confirmed = {day: 1, day + timedelta(days=8): 1}
    nights = []
    for rule, level, place in (
        ("measles-confirmed", "facility", "F1"),
        ("measles-outbreak", "district", "OD"),
    ):
        held = PlaceCounts(place, FIRST, day + timedelta(days=40), confirmed)
        nights += alarms(RULES[rule], held, level, [(when, when, n) for when, n in confirmed.items()], 1.0)
    found = told(nights, lambda one, other: (one.place, other.place) == ("F1", "OD"))
    assert [one.alarm.rule.id for one in found] == ["measles-confirmed", "measles-confirmed"]
    assert any("measles-outbreak" in one.met for one in found)
    apart = told(nights, lambda one, other: False)
    assert "measles-outbreak" in {one.alarm.rule.id for one in apart}, "other places, another event"


def test_a_cluster_is_told_again_only_with_more_cases():
    day = FIRST

    def cluster(count, last=day):
        verdict = Verdict(last, day, count, 2.0, True, True, counts=((last, count),))
        return Alarm(RULES["measles-cluster"], "district", "OD", verdict, cluster="r-1")

    assert decide(Memory(), cluster(5)) == "raise"
    held = Memory({day: 5}, day, 5, open=True)
    later = day + timedelta(days=20)
    assert decide(held, cluster(5, later)) == "smaller"
    assert decide(held, cluster(6, later)) == "grown"
    closed = Memory({day: 5}, day, 5, open=False)
    assert decide(closed, cluster(5, later)) == "unchanged"
    assert decide(closed, cluster(6, later)) == "raise"


def test_alerts_of_a_crossing_go_up_to_province_and_country():
    from datetime import UTC, datetime

    start = datetime(2026, 5, 1, tzinfo=UTC)
    levels = [responsible("crossing", start, start + timedelta(hours=hours)) for hours in (1, 25, 49, 200)]
    assert levels == ["crossing", "province", "country", "country"]
    assert responsible("infection", start, start + timedelta(days=9)) == "infection"
