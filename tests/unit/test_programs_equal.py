"""What programs are answered equals what commands print and files of pages hold, to the digit."""

from __future__ import annotations

import csv
import io
import sys
from urllib.parse import urlencode

import pytest

from dashboard.api.answers import PARQUET, plain
from dashboard.services.clock import today_in_cambodia
from dashboard.services.clusters import runs as clusters
from tests.support import outbreaks
from tests.support.cluster_site import cluster_site, grant
from tests.support.command_line import CommandLine
from tests.support.programs import program
from tests.support.web import signed_in

#: Said of whoever asks, and so not the same.
_WHOSE = {"shown_to_role", "note"}


@pytest.fixture(scope="module")
def site(sqlite_files, tmp_path_factory):
    with cluster_site(sqlite_files, tmp_path_factory.mktemp("equal")) as made:
        yield made


@pytest.fixture(scope="module")
def client(site):
    return program(site.server, "epidemiologist")


@pytest.fixture(scope="module")
def pages(site):
    return signed_in(site.server, "epidemiologist")


@pytest.fixture(scope="module")
def cli(site):
    return CommandLine(str(site.database.records.url))


def rows(client, path, **question):
    """Every row of an answer, page by page."""
    found, number = [], 1
    while True:
        asked = {**question, "page": str(number), "size": "17"}
        answer = client.get(f"/api/{path}?{urlencode(asked)}")
        assert answer.status_code == 200, answer.get_data(as_text=True)
        said = answer.get_json()
        found += said["rows"]
        if number == said["page"]["pages"]:
            assert len(found) == said["page"]["rows"]
            return found
        number += 1


def same(ours, theirs):
    """Rows are the same in every column that both have; and they have most."""
    assert len(ours) == len(theirs) > 0
    for one, other in zip(ours, theirs, strict=True):
        names = (one.keys() & other.keys()) - _WHOSE
        assert len(names) > len(other) / 2, (one.keys(), other.keys())
        assert {name: one[name] for name in names} == {name: other[name] for name in names}


def text_of(value):
    """A value as a file writes it."""
    return "" if value is None else str(value)


def same_as_file(ours, answer, *, but=()):
    theirs = list(csv.DictReader(io.StringIO(answer.get_data().decode("utf-8-sig"))))
    written = [{name: text_of(value) for name, value in row.items()} for row in ours]
    same([{n: v for n, v in row.items() if n not in but} for row in written], theirs)


DAYS = {"from": "2025-01-06", "to": "2025-03-30"}


@pytest.mark.parametrize(
    "more",
    [
        {"by": "province"},
        {"by": "facility", "measure": "positivity", **DAYS},
        {"by": "province", "place": "home", "compare": "before", **DAYS},
        {"by": "crossing", "sex": "female", "measure": "treatment"},
    ],
)
def test_coverage_is_that_of_the_command(client, cli, more):
    asked = {"disease": "measles", **more}
    options = [part for name, text in asked.items() for part in (f"--{name}", text)]
    same(rows(client, "coverage", **asked), cli("coverage", *options, "--format", "json").json())


@pytest.mark.parametrize("part", ["trend", "groups"])
def test_trend_and_groups_are_those_of_the_pages_files(client, pages, part):
    asked = {"disease": "measles", "area": "KH01", **DAYS} | ({"step": "month"} if part == "trend" else {})
    file = pages.get(f"/map/{part}.csv?{urlencode(asked)}")
    same_as_file(rows(client, f"coverage/{part}", **asked), file)


def test_the_table_as_csv_is_that_of_the_page(client, pages):
    asked = {"disease": "measles", "by": "facility", "compare": "before", **DAYS}
    answer = client.get(f"/api/coverage?{urlencode(asked)}", headers={"Accept": "text/csv"})
    assert answer.content_type == "text/csv; charset=utf-8; header=present"
    ours = list(csv.DictReader(io.StringIO(answer.get_data(as_text=True))))
    same_as_file(ours, pages.get(f"/map.csv?{urlencode(asked)}"))


def test_parquet_holds_the_same_with_the_types_of_the_columns(client):
    pytest.importorskip("pyarrow", reason="requirements-parquet.txt names it")
    from pyarrow import parquet

    asked = urlencode({"disease": "measles", "compare": "before", **DAYS})
    answer = client.get(f"/api/coverage?{asked}", headers={"Accept": PARQUET})
    assert answer.content_type == PARQUET
    table = parquet.read_table(io.BytesIO(answer.get_data()))
    assert {str(table.schema.field(name).type) for name in ("numerator", "denominator")} == {"int64"}
    assert str(table.schema.field("coverage").type) == "double"
    assert str(table.schema.field("from").type) == "date32[day]"
    said = client.get(f"/api/coverage?{asked}").get_json()["rows"]
    assert [{name: plain(value) for name, value in row.items()} for row in table.to_pylist()] == said


def test_where_pyarrow_is_missing_it_is_said(client, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    answer = client.get("/api/coverage?disease=measles", headers={"Accept": PARQUET})
    assert answer.status_code == 501
    assert "CSV or JSON" in answer.get_json()["detail"]


def test_indicators_are_those_of_the_command(client, cli):
    same(rows(client, "indicators"), cli("indicators", "--list", "--format", "json").json())
    today = today_in_cambodia().isoformat()
    for more in ({}, {"by": "facility", **DAYS}, {"by": "province", "as_of": today}):
        options = [part for name, text in more.items() for part in (f"--{name.replace('_', '-')}", text)]
        theirs = cli("indicators", "--id", "ids_measles_confirmed", *options, "--format", "json")
        same(rows(client, "indicators/ids_measles_confirmed", **more), theirs.json())
    same(
        rows(client, "indicators/ids_measles_confirmed/course", step="quarter"),
        cli("indicators", "--id", "ids_measles_confirmed", "--step", "quarter", "--format", "json").json(),
    )


def test_cascades_and_times_are_those_of_the_command(client, cli):
    asked = ("cascade", "--disease", "measles")
    ours = rows(client, "cascades", disease="measles", by="sex")
    same(ours, cli(*asked, "--by", "sex", "--format", "json").json())
    same(rows(client, "cascades/times", disease="measles"), cli(*asked, "--times", "--format", "json").json())


def test_curves_are_those_of_the_pages_file(client, pages):
    for more in ({"step": "week"}, {"step": "month", "group": "sex"}, {"place": "facility", "area": "F1"}):
        asked = {"disease": "measles", **DAYS, **more}
        same_as_file(rows(client, "curves", **asked), pages.get(f"/curves.csv?{urlencode(asked)}"))


def test_who_reported_is_that_of_the_command(client, cli):
    for by in ("facility", "province", "country"):
        theirs = cli("reporting", "--by", by, "--from", DAYS["from"], "--to", DAYS["to"], "--format", "json")
        same(rows(client, "reporting", by=by, **DAYS), theirs.json())
    refused = client.get("/api/reporting?by=facility")
    assert {one["parameter"] for one in refused.get_json()["faults"]} == {"from", "to"}
    assert client.get(f"/api/reporting?area=KH01&{urlencode(DAYS)}").status_code == 400


def test_clusters_and_their_members_are_those_of_the_run(site, client, pages):
    found = clusters.result(site.database, grant(), site.run)
    same_as_file(rows(client, f"clusters/{site.run}"), pages.get(f"/clusters/{site.run}.csv"))
    members = rows(client, f"clusters/{site.run}/members")
    assert len(members) == sum(len(one.members) for one in found.clusters) > 0
    assert {one["run"] for one in rows(client, "clusters")} == {site.run}
    assert client.get("/api/clusters/none").status_code == 404
    assert client.get(f"/api/clusters/{site.provincial}").status_code == 404  # of another scope


def test_facilities_are_those_of_the_list(client, cli):
    listed = {one["facility_id"]: one for one in outbreaks.FACILITIES}
    found = rows(client, "facilities")
    assert {one["facility_id"] for one in found} == set(listed)
    assert {one["province_iso_3166_2"] for one in found if one["province"] == "KH01"} <= {"KH-1"}
    (one,) = {row["province"] for row in rows(client, "facilities", province="KH01")} or {"KH01"}
    assert one == "KH01"


def test_places_have_the_codes_of_the_world(client):
    provinces = rows(client, "catalogue/provinces")
    assert len(provinces) == 25
    assert all(one["code"] == f"KH{int(one['iso_3166_2'].removeprefix('KH-')):02d}" for one in provinces)
    assert {one["neighbour"] for one in rows(client, "crossings")} == {"TH", "LA", "VN", None}
    for name in ("diseases", "measures", "fields", "groups"):
        assert len(rows(client, f"catalogue/{name}")) > 3
