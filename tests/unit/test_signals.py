"""Signals: where a cluster is, and how large in wide steps, for who may not see it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from dashboard.components.today import signals as words
from dashboard.permissions import Grant
from dashboard.services.clusters.watch import Watch, WatchedCluster
from dashboard.services.disclosure.clusters import leaves_doubt
from dashboard.services.releases.figures import Cell, State
from dashboard.services.today import signals as service
from db.core.scope import Scope

CLUSTER = WatchedCluster(
    "run", 1, "measles", "province:care", "KH01", 2, date(2025, 4, 7), date(2025, 5, 4), 37, 4.0, 30.0, 0.001,
    None, "high", "new", "2025-05-05",
)  # fmt: skip
MONTHS = [("month", date(2025, 4, 1)), ("month", date(2025, 5, 1))]


class Release:
    """A release that hides the months of some provinces, and shows so many cases in each of the others."""

    def __init__(self, *hidden, cases=30):
        self.hidden, self.cases = hidden, cases

    def union(self, disease, measure, dimension, place, periods):
        assert (disease, measure, dimension, periods) == ("measles", "positivity", "care", MONTHS)
        return Cell(State.HIDDEN) if place in self.hidden else Cell(State.SHOWN, numerator=self.cases)


def grant(role="viewer", *provinces):
    return Grant("someone", role, Scope.of(*provinces) if provinces else Scope.everything())


@pytest.fixture
def told(monkeypatch):
    """What a grant is told of a cluster that lies at some places."""

    def of(who, cluster, *codes, release=None):
        monkeypatch.setattr(service, "watch", lambda *_, **__: Watch(clusters=(cluster,)))
        monkeypatch.setattr(service, "locations_of", lambda *_: {("run", 1): frozenset(codes)})
        monkeypatch.setattr(service, "figures_for", lambda *_: release)
        return service.signals(None, who)

    return of


def test_disease_provinces_and_a_wide_step_are_told(told):
    (one,) = told(grant(), CLUSTER, "KH02", "KH01", release=Release())
    assert one == service.Signal("measles", "province:care", ("KH01", "KH02"), (20, 99))
    (line,) = words.lines([one], "en", str)
    assert line == "Measles: Banteay Meanchey, Battambang, by where care was given · 20 to 99 cases"
    for number in ("37", "4.0", "0.001", "30"):
        assert number not in line


@pytest.mark.parametrize("release", [None, Release("KH02")], ids=["nothing issued", "a month is hidden"])
def test_no_size_is_told_that_the_release_does_not_tell(told, release):
    (one,) = told(grant(), CLUSTER, "KH02", "KH01", release=release)
    assert one.size is None
    assert "cases" not in words.lines([one], "en", str)[0]


@pytest.mark.parametrize(("cases", "size"), [(11, None), (12, (20, 99)), (51, None), (52, (20, 99))])
def test_no_size_is_told_that_leaves_a_small_number_for_the_other_days(told, cases, size):
    """In two provinces: of 22 cases at most 2 are left, of 24 up to 4; of 102 at least 3, of 104 5."""
    (one,) = told(grant(), CLUSTER, "KH02", "KH01", release=Release(cases=cases))
    assert one.size == size


def test_by_home_and_by_crossing_no_size_is_told(told):
    (one,) = told(grant(), replace(CLUSTER, places="province:home"), "KH02", release=Release())
    assert one.size is None


def test_below_the_threshold_nothing_is_told(told):
    assert told(grant(), replace(CLUSTER, observed=4), "KH01", release=Release()) == ()
    assert told(grant("partner"), replace(CLUSTER, observed=10), "KH01", release=Release()) == ()
    assert told(grant("partner"), replace(CLUSTER, observed=11), "KH01", release=Release())


@pytest.mark.parametrize("disease", ["hiv", "syphilis"])
def test_of_hiv_and_syphilis_there_is_no_signal(told, disease):
    assert told(grant(), replace(CLUSTER, disease=disease), "KH01", release=Release()) == ()


def test_who_sees_the_cluster_itself_is_told_no_signal(told):
    assert told(grant("official"), CLUSTER, "KH01") == ()
    assert told(grant("official", "KH01"), CLUSTER, "KH01", release=Release()) == ()
    (one,) = told(grant("official", "KH02"), CLUSTER, "KH01", release=Release())
    assert one.provinces == ("KH01",)
    assert told(grant("official", "KH01"), CLUSTER, "KH01", "KH02", release=Release())


def test_an_account_of_other_programmes_is_told_nothing(told):
    scope = Scope.made(programmes=["cenat"])
    assert told(replace(grant(), scope=scope), CLUSTER, "KH01", release=Release()) == ()


@pytest.mark.parametrize("k", [5, 11])
def test_a_size_leaves_every_small_number_beside_it_or_none(k):
    """Every number of cases that a size allows is taken from what is shown, one by one."""
    for fewest, most in ((k, max(19, 2 * k - 1)), (max(20, 2 * k), 99), (100, None)):
        told = [shown for shown in range(fewest, 260) if leaves_doubt(shown, (fewest, most), k)]
        for shown in told:
            left = {shown - cases for cases in range(fewest, min(most or shown, shown) + 1)}
            assert len(left & set(range(1, k))) in (0, k - 1), (shown, fewest)
        assert told and fewest not in told
