"""What stands beside a cluster is of the places it was compared with, and of nobody else."""

from __future__ import annotations

import pytest

from dashboard.cluster_filters import ClusterQuery
from dashboard.services.clusters import detail as cluster_detail
from db.clusters import case_counts
from db.clusters.case_counts import CaseQuery
from db.core.scope import Scope
from surveillance.clusters.context import Count, baseline_shifts
from tests.support import outbreaks
from tests.support.cluster_site import QUERY, grant, ran
from tests.support.cluster_site import result_of as result
from tests.support.files import write_csv

LEFT_OUT = {"NOWHERE", "unknown"}


def seen(database, cluster):
    """Records and cases of the cluster's dates at places that were scanned."""
    with database.reading() as connection:
        query = CaseQuery("measles", "facility", 99, cluster.start, cluster.end)
        held = case_counts.daily(connection, Scope.everything(), query)
    rows = zip(held["location"], held["records"], held["found"], strict=True)
    kept = [(records, found) for location, records, found in rows if location not in LEFT_OUT]
    return tuple(map(sum, zip(*kept, strict=True)))


def test_outside_are_the_places_that_were_scanned_and_no_others(filled):
    number = ran(filled, grant(), QUERY)
    first = result(filled, number).clusters[0]
    during = [row for row in first.context if row.span == "during"]
    records, cases = seen(filled, first)
    assert sum(row.records for row in during) == records
    assert sum(row.cases for row in during) == cases
    assert max(row.facilities_reporting for row in during if row.side == "outside") <= 17
    shown = cluster_detail.detail(filled, grant(), number, 1)
    assert sum(group.inside + group.outside for group in shown.groups if group.axis == "sex") == cases


def test_by_place_of_infection_only_cases_are_counted(filled, cli, tmp_path):
    days = (outbreaks.OUTBREAK_FIRST.isoformat(), outbreaks.OUTBREAK_LAST.isoformat())
    rows = [
        row | {"place_infection": "KH11" if days[0] <= row["date_visit"] <= days[1] else "KH16"}
        for row in outbreaks.rows("malaria")
    ]
    assert cli("import", write_csv(tmp_path / "infected.csv", *rows)).code == 0
    query = ClusterQuery("malaria", place="infection", time_unit="week", max_duration=4, replicates=9)
    found = result(filled, ran(filled, grant(), query)).clusters
    assert found[0].locations == ("KH11",)
    for cluster in found:
        assert {(row.records, row.tested, row.arrivals) for row in cluster.context} == {(None, None, None)}
        inside = sum(row.cases for row in cluster.context if (row.side, row.span) == ("inside", "during"))
        assert inside == cluster.observed
        assert {item.measure for item in cluster.warnings} <= {"facilities_reporting"}


def test_where_every_record_is_a_case_a_cluster_is_not_warned_about_by_itself(filled):
    query = ClusterQuery(**QUERY.__dict__ | {"cases_are": "all"})
    first = result(filled, ran(filled, grant(), query)).clusters[0]
    assert first.locations == outbreaks.OUTBREAK
    assert first.warnings == ()


def every(records, tested, arrivals=0):
    """A count where every record is a case."""
    return Count(records, 0, tested, 0, arrivals, 0, 10)


def sides(during):
    """Ten cases inside before, half of them tested; a thousand outside, steady; and what there is now."""
    return {
        ("inside", "before"): every(100, 50),
        ("inside", "during"): during,
        ("outside", "before"): every(1_000, 500),
        ("outside", "during"): every(1_000, 500),
    }


def test_among_cases_it_is_their_part_that_moves():
    assert baseline_shifts(sides(every(4_500, 2_250)), every_record=True) == []
    (found,) = baseline_shifts(sides(every(100, 90)), every_record=True)
    assert (found.measure, found.inside, found.outside) == ("cases_tested", pytest.approx(1.8), 1.0)
    (arrived,) = baseline_shifts(sides(every(300, 150, 200)), every_record=True)
    assert (arrived.measure, arrived.inside, arrived.factor) == ("cases_arrived", None, None)
    (fewer,) = baseline_shifts(sides(every(100, 20)), every_record=True)
    assert fewer.factor == pytest.approx(0.4)
    assert baseline_shifts(sides(every(0, 0)), every_record=True) == []
