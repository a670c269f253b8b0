"""Which questions stand, for whom, in which order, and how many clusters chance alone brings among them."""

from __future__ import annotations

import random

import pytest

from dashboard.services.clusters import standing
from db.core.scope import Scope
from surveillance.clusters.chance import SELDOM, SELDOM_DAYS, by_chance, false_alarms
from surveillance.diseases import DISEASES

SENSITIVE = {code for code, disease in DISEASES.items() if disease.sensitive}


def test_of_the_country_each_disease_is_asked_by_facility_home_and_crossing_measles_first():
    found = standing.questions_of(Scope.everything(), DISEASES)
    assert [item.disease for item in found[:6]] == ["measles"] * 3 + ["awd"] * 3
    asked = {(item.disease, item.places) for item in found}
    assert asked == {
        (disease, view)
        for disease in DISEASES
        for view in standing.VIEWS
        if disease not in SENSITIVE or view == "province:home"
    }
    assert len(found) == len(asked) == 35


@pytest.mark.parametrize("provinces", [("KH01",), ("KH01", "KH02")])
def test_of_some_provinces_only_facilities_are_asked_about_and_nothing_sensitive(provinces):
    found = standing.questions_of(Scope.of(*provinces), DISEASES)
    assert {item.places for item in found} == {"facility:care"}
    assert {item.disease for item in found} == set(DISEASES) - SENSITIVE


def test_a_disease_without_records_is_not_asked_about():
    found = standing.questions_of(Scope.everything(), ["tb", "awd"])
    assert [item.disease for item in found] == ["awd"] * 3 + ["tb"] * 3


@pytest.mark.parametrize(
    ("replicates", "unit_days"), [(999, None), (99, None), (9, None), (999, 1.0), (99, 7.0)]
)
def test_false_alarms_are_as_many_as_a_simulation_finds(replicates, unit_days):
    """Where nothing clusters, the rank of the data among the replicates is any."""
    draw, found, scans = random.Random(1), 0, 20_000
    for _ in range(scans):
        p = draw.randint(1, replicates + 1) / (replicates + 1)
        found += not by_chance(p, None if unit_days is None else unit_days / p)
    expected = false_alarms(replicates, unit_days)
    assert expected <= (SELDOM if unit_days is None else unit_days / SELDOM_DAYS)
    assert found / scans == pytest.approx(expected, abs=0.005)
