"""Rules of alerts, classes of cases, repeats, levels and yields: against slow and obvious computations."""

from __future__ import annotations

import tomllib
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from statistics import mean, stdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from surveillance.alerts.case_classes import (
    CLASSES,
    CONFIRMING,
    Classified,
    class_of_record,
    override,
    undo,
)
from surveillance.alerts.counted import Facts, Tally, counts_as, reclassed
from surveillance.alerts.evaluate import PlaceCounts, evaluate
from surveillance.alerts.levels import Alarm, one_for_each_event, responsible
from surveillance.alerts.repeats import Memory, decide, remember
from surveillance.alerts.rules import RULES, Rule
from surveillance.alerts.verdict import Verdict
from surveillance.alerts.yields import Past, yields
from surveillance.diseases import DISEASES
from surveillance.errors import StatisticsError

FIRST = date(2022, 1, 1)
LAST = date(2026, 5, 31)
KINDS = ("absolute", "share_of_tested", "apart", "same_weeks", "rate", "growth", "unexpected")


def ago(days):
    return LAST - timedelta(days=days)


def rule(kind, **more):
    settings = {"window": 7, "least": 2, "steps": ((3, 5, 2), (6, 9, 4)), "quiet": 30, "factor": 2.0} | more
    return Rule("r", 1, "measles", "", "", ("district",), "cases", settings.pop("window"), kind, **settings)


def slow(one, cases, tested, people, day):
    """The same by summing day after day; None where it cannot say."""

    def total(held, last, days):
        return sum(held.get(last - timedelta(days=n), 0) for n in range(days))

    count = total(cases, day, one.window)
    enough = count >= one.least
    before = day - timedelta(days=one.window)
    if one.kind == "absolute":
        return enough
    if one.kind == "share_of_tested":
        seen = total(tested, day, one.window)
        step = [
            p
            for low, high, p in one.steps
            if low <= seen and (seen <= high or (low, high, p) == one.steps[-1])
        ]
        return enough and bool(step) and count >= step[-1]
    if one.kind == "apart":
        days = [d for d in cases if cases[d] and before < d <= day]
        return enough and any(one.between[0] <= (b - a).days <= one.between[1] for a in days for b in days)
    if one.kind == "rate":
        return None if people is None else enough and 100_000 * count >= one.factor * people
    if one.kind == "same_weeks":
        shifts = [364 * y + d for y in range(1, one.years + 1) for d in (-7, 0, 7)]
        sums = [total(cases, day - timedelta(days=s), one.window) for s in shifts]
        return enough and count > mean(sums) + one.deviations * stdev(sums)
    if one.kind == "growth":
        return enough and count >= one.factor * total(cases, before, one.window)
    return enough and total(cases, before, one.quiet) == 0


@given(
    st.sampled_from(KINDS),
    st.lists(st.tuples(st.integers(0, 60), st.integers(1, 6)), max_size=12),
    st.lists(st.tuples(st.integers(340, 1200), st.integers(1, 4)), max_size=12),
    st.lists(st.tuples(st.integers(0, 20), st.integers(1, 5)), max_size=5),
    st.sampled_from([None, 20_000.0, 500_000.0]),
)
def test_a_rule_equals_the_slow_sum(kind, late, early, tests, people):
    cases, tested = {}, {}
    for back, number in (*late, *early):
        cases[ago(back)] = cases.get(ago(back), 0) + number
    for back, number in tests:
        tested[ago(back)] = tested.get(ago(back), 0) + number
    one = rule(kind, window=24 if kind == "apart" else 7)
    days = [ago(n) for n in range(10)]
    for verdict in evaluate(one, PlaceCounts("A", FIRST, LAST, cases, tested, people), days):
        expected = slow(one, cases, tested, people, verdict.day)
        assert verdict.alarm is bool(expected)
        assert (verdict.threshold is None) is (expected is None)
        assert sum(number for _, number in verdict.counts) == verdict.count


def test_short_history_and_unknown_days_are_refused_in_words():
    held = PlaceCounts("A", ago(100), LAST, {LAST: 9})
    (usual,) = evaluate(rule("same_weeks"), held, [LAST])
    assert (usual.alarm, usual.threshold) == (False, None)
    assert "too late" in usual.refused
    (later,) = evaluate(rule("absolute"), held, [LAST + timedelta(days=1)])
    assert (later.alarm, later.threshold) == (False, None)
    assert "do not reach" in later.refused
    assert not evaluate(rule("rate"), held, [LAST])[0].alarm


def test_what_is_told_at_once_is_one_case_and_names_its_source():
    assert {one.id for one in RULES.values() if one.immediate} == {
        "cholera-rdt", "cholera-confirmed", "measles-confirmed", "awd-death", "malaria-local",
    }  # fmt: skip
    for one in RULES.values():
        assert one.source and one.name
        assert not DISEASES[one.disease].sensitive
    with pytest.raises(StatisticsError):
        replace(RULES["malaria-local"], least=2)
    with pytest.raises(StatisticsError):
        replace(RULES["measles-suspected"], disease="hiv")


def test_which_records_count():
    local = Facts("malaria", None, "microscopy", True, origin="indigenous")
    assert counts_as("local", local)
    assert not counts_as("local", local._replace(origin="imported"))
    assert not counts_as("local", local._replace(origin=None)), "unknown is not local"
    assert not counts_as("cases", Facts("measles", "suspected", "serology", False))
    assert counts_as("confirmed_local", Facts("cholera", "confirmed", "culture", True))
    assert not counts_as("confirmed_local", Facts("cholera", "confirmed", "culture", True, abroad=True))
    assert not counts_as("confirmed", Facts("cholera", None, "rdt", True))
    assert counts_as("severe", Facts("awd", "suspected", None, None, severe=True, from_2=True))
    assert not counts_as("severe", Facts("awd", "suspected", None, None, severe=True))
    spared = Facts("awd", None, None, None, severe=True, died=True, from_2=True, from_5=True, eligible=False)
    assert spared.found == "discarded" and not counts_as("cases", spared)
    assert counts_as("severe", spared) and counts_as("deaths_from_5", spared), "signs define a suspected case"
    assert not counts_as("severe", spared._replace(given="discarded"))
    assert counts_as("deaths_from_5", Facts("awd", None, None, None, died=True, from_2=True, from_5=True))


def test_a_class_is_changed_with_a_reason_and_keeps_its_history():
    case = override(Classified("suspected"), "confirmed", "linked", "officer", LAST)
    case = override(case, "discarded", "rubella", "laboratory", LAST)
    assert (case.found, case.now) == ("suspected", "discarded")
    assert [(one.before, one.after, one.by) for one in case.history] == [
        ("suspected", "confirmed", "officer"), ("confirmed", "discarded", "laboratory"),
    ]  # fmt: skip
    for to, reason in (("probable", " "), ("discarded", "again")):
        with pytest.raises(StatisticsError):
            override(case, to, reason, "officer", LAST)


def alarm_of(days, day=LAST, one=None, level="district", place="A", threshold=2.0):
    used = one or RULES["cholera-suspected"]
    counts = tuple(sorted(days.items()))
    total = sum(days.values())
    return Alarm(used, level, place, Verdict(day, ago(6), total, threshold, True, counts=counts))


def test_unchanged_data_are_told_once_and_within_seven_days_only_growth():
    first = alarm_of({ago(3): 2}, ago(3))
    assert decide(Memory(), first) == "raise"
    told = remember(Memory(), first)
    assert decide(told, alarm_of({ago(3): 2}, LAST)) == "unchanged"
    assert decide(told, alarm_of({ago(3): 2, LAST: 1}, LAST)) == "grown"
    shut = replace(told, open=False)
    assert decide(shut, alarm_of({ago(3): 2, LAST: 1}, LAST)) == "raise", "it grew"
    assert decide(shut, alarm_of({ago(3): 1, LAST: 1}, LAST)) == "too soon"
    later = ago(3) + timedelta(days=7)
    assert decide(shut, alarm_of({later: 2}, later)) == "raise"
    assert decide(told, alarm_of({later: 2}, later)) == "smaller"
    assert decide(told, alarm_of({ago(3): 3}, ago(3))) == "grown", "late data of the same day"


def test_what_is_told_at_once_is_never_throttled():
    one = RULES["measles-confirmed"]
    told = remember(Memory(), alarm_of({ago(1): 1}, ago(1), one))
    assert decide(told, alarm_of({LAST: 1}, LAST, one)) == "raise"
    assert decide(told, alarm_of({ago(1): 2}, ago(1), one)) == "raise"
    assert decide(told, alarm_of({ago(1): 1}, ago(1), one)) == "unchanged"


def test_one_event_at_several_levels_is_one_alarm():
    inside = {("D1", "P1"), ("D1", "C"), ("D2", "P1"), ("D2", "C"), ("P1", "C"), ("P2", "C")}

    def within(one, other):
        return (one.place, other.place) in inside

    def at(level, place, count):
        return alarm_of({LAST: count}, level=level, place=place, threshold=5.0)

    (only,) = one_for_each_event(
        [at("country", "C", 9), at("district", "D1", 8), at("province", "P1", 9)], within
    )
    assert (only.place, only.also) == ("D1", (("province", "P1"), ("country", "C")))
    both = one_for_each_event([at("district", "D1", 8), at("province", "P1", 14)], within)
    assert [one.place for one in both] == ["D1", "P1"], "six more cases are an event of their own"
    assert len(one_for_each_event([at("district", "D1", 8), at("province", "P2", 8)], within)) == 2


def test_an_alert_without_owner_goes_up_once_a_day():
    raised = datetime(2026, 5, 1, 3, tzinfo=UTC)
    reached = [
        responsible("facility", raised, raised + timedelta(hours=h)) for h in (0, 23.9, 24, 48, 72, 900)
    ]
    assert reached == ["facility", "facility", "district", "province", "country", "country"]


def test_the_yield_of_each_rule():
    def past(name, verified, event=None, after=0, acted=True):
        return Past(name, verified, event, FIRST, FIRST + timedelta(days=after), acted)

    a, b, c = yields(
        ["a", "b", "c"],
        [past("a", True, "E1"), past("a", True, "E1", 8), past("a", None, acted=False), past("b", False)],
    )
    assert (a.alerts, a.verified, a.refuted, a.events, a.early, a.never_acted) == (3, 2, 0, 1, 1, 1)
    assert not a.leads_to_nothing and b.leads_to_nothing
    assert (c.alerts, c.leads_to_nothing) == (0, False)


def test_a_class_is_taken_back_with_a_reason_and_only_where_one_was_given():
    case = override(Classified("suspected"), "confirmed", "seen again", "officer", FIRST)
    back = undo(case, "wrong person", "officer", LAST)
    assert (case.given, back.given, back.now, len(back.history)) == ("confirmed", None, "suspected", 2)
    for wrong, reason in ((Classified("suspected"), "why"), (back, "why"), (case, " ")):
        with pytest.raises(StatisticsError):
            undo(wrong, reason, "officer", LAST)


@pytest.mark.parametrize("method", ["serology", "molecular", "culture", "rdt", None])
@pytest.mark.parametrize("disease", ["measles", "cholera", "tb", "dengue"])
def test_a_laboratory_goes_before_the_sender_for_measles_and_cholera_alone(disease, method):
    found = {status: class_of_record(disease, status, method, False) for status in ("probable", "confirmed")}
    goes_first = disease in ("measles", "cholera") and method in CONFIRMING[disease]
    assert found == {"probable": "discarded" if goes_first else "probable", "confirmed": "confirmed"}


FACTS = st.builds(
    Facts,
    st.just("measles"),
    st.sampled_from([None, "suspected", "probable", "confirmed"]),
    st.sampled_from([None, "rdt", "serology"]),
    st.sampled_from([None, True, False]),
    given=st.none(),
)
RECORDS = st.lists(st.tuples(FACTS, st.sampled_from([None, *CLASSES])), max_size=12)


@given(RECORDS)
def test_records_with_a_given_class_count_as_if_each_were_looked_at_alone(held):
    singles = [Tally("F1", "KH01", LAST, facts, 1, LAST) for facts, _ in held]
    groups = [one._replace(records=number) for one, number in Counter(singles).items()]
    changed = [(one, to) for one, (_, to) in zip(singles, held, strict=True) if to is not None]
    found = reclassed(groups, changed)
    assert sum(one.records for one in found) == len(held)
    for cases in ("cases", "found", "confirmed", "rdt_positive"):
        slow = sum(counts_as(cases, facts._replace(given=to)) for facts, to in held)
        assert sum(one.records for one in found if counts_as(cases, one.facts)) == slow
    with pytest.raises(ValueError, match="not among"):
        reclassed([], [(Tally("F2", "KH01", LAST, Facts("measles", None, None, None), 1, LAST), "confirmed")])


def test_who_should_not_have_been_tested_is_no_suspected_case():
    """`eligible` is what other systems call a suspected case; a result or the sender's word goes before."""
    names = tomllib.loads(Path("db/intake/mappings/synonyms.toml").read_text(encoding="utf-8"))
    assert "suspected case" in names["eligible"]["en"]
    for disease in ("measles", "cholera", "ili"):
        assert class_of_record(disease, None, None, None, eligible=False) == "discarded"
        for eligible in (True, None):
            assert class_of_record(disease, None, None, None, eligible=eligible) == "suspected"
        assert class_of_record(disease, "suspected", None, None, eligible=False) == "suspected"
        assert class_of_record(disease, "probable", None, None, eligible=False) == "probable"
        assert class_of_record(disease, None, "culture", True, eligible=False) != "discarded"
