"""The demo's reception centre: shaped by the published numbers, the same for a seed, and valid entries."""

from __future__ import annotations

from collections import Counter
from datetime import date

import pytest

from dashboard.demo import arrivals
from dashboard.demo.seasons import SURGE
from dashboard.services.reception.entries import PLACES
from surveillance.reception.entries import read

ARRIVED = ("men", "women", "boys", "girls")


@pytest.fixture(scope="module")
def made():
    return list(arrivals.entries(1))


@pytest.fixture(scope="module")
def vans(made):
    """Tallies outside the surge and in it, each with its day."""
    found = [
        (date.fromisoformat(one.fields["arrived_at"][:10]), one.fields) for one in made if one.kind == "van"
    ]
    surge = [one for one in found if SURGE[0] <= one[0] <= SURGE[1]]
    return [one for one in found if not SURGE[0] <= one[0] <= SURGE[1]], surge


def test_a_van_brings_about_43_people_a_third_of_the_adults_women_a_twelfth_children(vans):
    usual, _ = vans
    people = {name: sum(fields[name] for _, fields in usual) for name in ARRIVED}
    total = sum(people.values())
    assert total / len(usual) == pytest.approx(43, abs=0.3)
    assert people["women"] / (people["men"] + people["women"]) == pytest.approx(1 / 3, abs=0.01)
    assert (people["boys"] + people["girls"]) / total == pytest.approx(1 / 12, abs=0.005)


def test_a_day_brings_90_to_230_people_and_a_day_of_the_surge_ten_times_as_many(vans):
    usual, surge = vans
    a_day, of_surge = Counter(), Counter()
    for days, some in ((a_day, usual), (of_surge, surge)):
        for day, fields in some:
            days[day] += sum(fields[name] for name in ARRIVED)
    assert min(a_day.values()) >= 80 and max(a_day.values()) <= 230
    assert sum(of_surge.values()) / len(of_surge) > 8 * sum(a_day.values()) / len(a_day)
    assert all(fields.get("surge") for _, fields in surge) and not any(f.get("surge") for _, f in usual)


def test_every_entry_is_one_that_a_station_could_send(made):
    for one in made:
        names = ("id", "kind", "subject", "item", "van", "crossing", "station", "fields")
        raw = {name: getattr(one, name) for name in names} | {"made_at": one.made_at.isoformat()}
        assert read(raw, PLACES) == one
    assert len({one.id for one in made}) == len(made)


def test_a_seed_gives_the_same_entries_and_another_seed_other_ones(made):
    assert [one.id for one in arrivals.entries(1)] == [one.id for one in made]
    assert {one.id for one in arrivals.entries(2)}.isdisjoint({one.id for one in made})
