"""Places whose share of people grew: by half, by ten people, and by more than chance."""

from __future__ import annotations

from surveillance.clusters.population_shift import Grown, grown


def test_a_share_that_chance_can_bring_has_not_grown():
    """31 of 1,031 after 20 of 1,020: z is 1.5, and two places ask for 2.6."""
    assert grown({"A": 20, "B": 1000}, {"A": 31, "B": 1000}) == []
    assert [found.location for found in grown({"A": 20, "B": 1000}, {"A": 60, "B": 1000})] == ["A"]


def test_the_more_places_are_looked_at_the_more_a_share_must_grow():
    """z is 2.8: more than 2.6 (two places), less than 3.7 (a hundred places)."""
    before, after = {"A": 30, "B": 3000}, {"A": 55, "B": 3000}
    assert [found.location for found in grown(before, after)] == ["A"]
    others = {f"P{n}": 30 for n in range(100)}
    assert grown({"A": 30} | others, {"A": 55} | others) == []


def test_few_people_and_small_growth_are_passed_over_and_new_places_are_named():
    assert grown({"A": 2, "B": 100}, {"A": 11, "B": 100}) == []
    assert grown({"A": 1000, "B": 9000}, {"A": 1400, "B": 8600}) == []
    assert grown({"B": 100}, {"A": 100, "B": 100}) == [Grown("A", None)]
    assert grown({}, {"A": 5}) == grown({"A": 5}, {}) == []
