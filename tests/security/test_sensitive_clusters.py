"""Clusters tell of nobody with HIV or syphilis where and on which day he was seen, and of no single case."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from dashboard.cluster_filters import ClusterQuery
from dashboard.components.clusters.run import run_view
from dashboard.pages.clusters.layers import cluster_layers
from dashboard.permissions import Grant
from dashboard.services.clusters import detail as cluster_detail
from dashboard.services.clusters import export as cluster_exports
from dashboard.services.clusters import runs as clusters
from dashboard.services.disclosure import before_storing as withholding
from db.core.scope import Scope
from surveillance.errors import UsageError
from tests.support import outbreaks
from tests.support.cluster_site import grant, ran, result_of
from tests.support.files import record, write_csv


def hiv(facility, day, number, **more):
    """A record of somebody found positive."""
    return record(
        record_id=f"hiv-{number}", facility_id=facility, disease="hiv", date_visit=day.isoformat(),
        eligible="yes", tested="yes", positive="yes", sex="female", age_years="30",
    ) | more  # fmt: skip


@pytest.mark.parametrize("max_duration", [1, 7])
def test_a_visit_for_hiv_is_no_report_of_its_facility(max_duration, filled, cli, tmp_path):
    """Facilities reporting beside a cluster of one facility must not be a calendar of its visits for HIV."""
    query = ClusterQuery(
        "measles", by="facility", model="space-time-permutation", time="retrospective", time_unit="day",
        max_duration=max_duration, max_radius_km=0.001, replicates=9,
    )  # fmt: skip
    busy = [
        row | {"record_id": f"busy-{number}-{row['record_id']}", "person_id": f"B{number}{row['record_id']}"}
        for row in outbreaks.rows()
        if row["facility_id"] == "F1" and row["date_visit"] == "2025-04-09" and row["positive"] == "yes"
        for number in range(6)
    ]
    assert cli("import", write_csv(tmp_path / "busy.csv", *busy)).code == 0
    before = result_of(filled, ran(filled, grant(), query))
    assert before.clusters[0].start == date(2025, 4, 9) or max_duration > 1
    every = [
        hiv(facility["facility_id"], outbreaks.FIRST + timedelta(days=number), f"{number}-{n}")
        for n, facility in enumerate(outbreaks.FACILITIES)
        for number in range(170)
    ]
    assert cli("import", write_csv(tmp_path / "hiv.csv", *every)).code == 0
    after = result_of(filled, ran(filled, grant(), query))
    assert after.run.id != before.run.id
    assert [item.context for item in after.clusters] == [item.context for item in before.clusters]
    assert after.parameters["last_complete_day"] == before.parameters["last_complete_day"]
    assert after.parameters["silences"] == before.parameters["silences"]


def test_facilities_reporting_are_counted_over_a_week_at_least(filled):
    query = ClusterQuery(
        "measles", by="facility", model="space-time-permutation", time="retrospective", time_unit="day",
        max_duration=2, replicates=9,
    )  # fmt: skip
    for cluster in result_of(filled, ran(filled, grant(), query)).clusters:
        for row in cluster.context:
            if row.side == "inside" and cluster.start > outbreaks.FIRST + timedelta(days=14):
                assert row.facilities_reporting == cluster.n_locations  # each sees somebody every week


OFFICIAL = Grant("official@example.org", "official", Scope.everything())
HIV = ClusterQuery("hiv", model="space-time-permutation", time="retrospective", max_duration=4, replicates=9)


def few_and_many(cli, folder):
    """Eight weeks of one person in each of three provinces; in one week many here, and some nearby."""
    rows, number = [], 0
    for week in range(8):
        for facility in ("F1", "F12", "NOWHERE"):
            for _ in range({"F1": 30, "F12": 3}.get(facility, 1) if week == 6 else 1):
                number += 1
                rows.append(hiv(facility, outbreaks.FIRST + timedelta(weeks=week, days=number % 5), number))
    assert cli("import", write_csv(folder / "hiv.csv", *rows)).code == 0


@pytest.mark.parametrize(
    "more",
    [{"time_unit": "day"}, {"covariates": ("weekday",)}, {"time": "prospective", "time_unit": "day"}],
    ids=str,
)
def test_hiv_is_not_looked_at_by_the_day(more, filled):
    for who in (grant(), OFFICIAL, Grant.custodian()):
        with pytest.raises(UsageError, match="by the day"):
            clusters.start(filled, who, ClusterQuery(**HIV.__dict__ | more))


@pytest.mark.parametrize("time", ["none", "retrospective", "prospective"])
@pytest.mark.parametrize("days", [(None, None), (date(2025, 1, 9), date(2025, 2, 19))], ids=str)
def test_a_period_of_hiv_consists_of_whole_weeks(time, days, filled, cli, tmp_path):
    few_and_many(cli, tmp_path)
    model = "bernoulli" if time == "none" else "space-time-permutation"
    query = ClusterQuery("hiv", model=model, time=time, start=days[0], end=days[1], replicates=9)
    used = result_of(filled, ran(filled, grant(), query)).parameters
    assert date.fromisoformat(used["start"]).weekday() == 0
    assert date.fromisoformat(used["end"]).weekday() == 6
    assert used["time_unit"] != "day" or time == "none"


def test_a_cluster_of_one_person_with_hiv_is_withheld(filled, cli, tmp_path):
    """The attack: one person found positive in one week, of a province in which others are tested."""
    rows = [
        hiv("F1", outbreaks.FIRST + timedelta(weeks=week), f"{week}-{n}", positive="yes" if week == n == 3
            else "no")
        for week in range(8) for n in range(4 if week == 3 else 9)
    ]  # fmt: skip
    assert cli("import", write_csv(tmp_path / "hiv.csv", *rows)).code == 0
    query = ClusterQuery("hiv", model="bernoulli", time="retrospective", purely_temporal=True, min_cases=0,
                         max_duration=1, replicates=9, rates="both")  # fmt: skip
    number = ran(filled, grant("one", "KH01"), query)
    found = result_of(filled, number, grant("one", "KH01"))
    assert (found.clusters, found.gone) == ((), ())
    assert found.parameters["withheld_clusters"] >= 1
    assert found.parameters["cases"] is None
    shown = run_view(found, "en", str)
    assert dict(shown.facts)["Cases scanned"] == "<5"
    assert shown.verdict.endswith(f"Clusters withheld: {found.parameters['withheld_clusters']}.")
    assert sum("Clusters withheld" in note for note in shown.notes) == 0
    with pytest.raises(UsageError, match="no cluster 1"):
        cluster_detail.detail(filled, grant("one", "KH01"), number, 1)


def test_places_and_counts_of_few_cases_are_withheld_in_pages_and_files(filled, cli, tmp_path):
    few_and_many(cli, tmp_path)
    wide = ClusterQuery(**HIV.__dict__ | {"max_population_share": 1.0, "model": "bernoulli", "rates": "both"})
    number = ran(filled, grant(), HIV)
    assert result_of(filled, number).clusters
    for run in (number, ran(filled, grant(), wide)):
        found = result_of(filled, run)
        assert all(cluster.observed >= withholding.FEWEST for cluster in found.clusters)
        for cluster in found.clusters:
            told = [member for member in cluster.members if member.observed is not None]
            assert all(member.observed >= withholding.FEWEST for member in told)
            assert len(cluster.members) - len(told) != 1
        layers = cluster_layers(found.run, found.clusters, found.places, "en", str)
        texts = [text for ring in layers.rings for spot in ring.members for text in spot.words]
        every = [member for cluster in found.clusters for member in cluster.members]
        hidden = [member for member in every if member.observed is None]
        assert sum("withheld" in text for text in texts) == len(hidden)
        assert sum("observed " in text for text in texts) == len(every) - len(hidden)
        for kind in ("csv", "xlsx", "geojson", "gpkg"):
            from dashboard.exports.files import render

            export = cluster_exports.export(filled, grant(), run, kind, language="en", link="")
            assert render(export, kind)
            assert "fewer than five cases" in export.note


def member(location, observed, rank=1):
    return {"rank": rank, "location": location, "observed": observed, "expected": 1.5, "population": 9.0}


@pytest.mark.parametrize(
    ("observed", "hidden"),
    [
        ((9, 8, 7), ""),
        ((9, 8, 4), "BC"),  # one alone would be the cluster less the others
        ((9, 3, 4), "BC"),
        ((0, 5, 4), "AC"),
        ((5,), ""),
    ],
)
def test_numbers_of_members_with_few_cases_are_withheld(observed, hidden):
    rows = [member(location, many) for location, many in zip("ABC", observed, strict=False)]
    held = withholding.members([*rows, member("A", 7, rank=2)])
    assert {row["location"] for row in held if row["observed"] is None} == set(hidden)
    assert all(row["expected"] is None for row in held if row["observed"] is None)
    assert all(row["expected"] is not None for row in held if row["observed"] is not None)


def test_counts_of_what_was_not_scanned_are_withheld_where_they_are_small():
    (row,) = withholding.counts([{"location": "TH", "reason": "no position", "records": 12, "cases": 4}])
    assert row == {"location": "TH", "reason": "no position", "records": 12, "cases": None}


def test_who_a_few_cases_are_is_told_to_those_alone_who_may_see_their_records(filled, cli, tmp_path):
    rows = [
        record(record_id=f"m{n}", facility_id=name, disease="cholera", date_visit=day, eligible="yes",
               tested="yes", positive="yes", sex="female")
        for n, (name, day) in enumerate((("F1", "2025-03-04"), ("F1", "2025-03-05"), ("F9", "2025-06-01"),
                                         ("F8", "2025-05-01"), ("F7", "2025-01-09")))
    ]  # fmt: skip
    assert cli("import", write_csv(tmp_path / "few.csv", *rows)).code == 0
    query = ClusterQuery("cholera", by="facility", model="space-time-permutation", replicates=9)
    number = ran(filled, grant(), query)
    told = cluster_detail.detail(filled, grant(), number, 1)
    assert told.groups and not told.groups_withheld
    withheld = cluster_detail.detail(filled, OFFICIAL, number, 1)
    assert (withheld.groups, withheld.groups_withheld) == ((), True)
    assert withheld.cluster == told.cluster
