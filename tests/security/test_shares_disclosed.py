"""What a scan of an indicator tells, and whom: of HIV no side that is few, of children nothing to others."""

from __future__ import annotations

import re

import pytest

from dashboard import permissions
from dashboard.cluster_filters import ClusterQuery
from dashboard.components.clusters.run import run_view
from dashboard.exports.files import render
from dashboard.permissions import Grant, Permission
from dashboard.services.clusters import export as cluster_exports
from dashboard.services.clusters import queue as cluster_queue
from dashboard.services.clusters import runs as clusters
from dashboard.services.clusters.shares import asked
from dashboard.services.disclosure import before_storing, rules
from db.core.scope import Scope
from surveillance.errors import NotPermittedError, UsageError
from surveillance.indicators.table import INDICATORS
from tests.support.cluster_site import cluster_site, grant, ran, result_of
from tests.support.files import record, write_csv
from tests.support.web import signed_in
from tests.unit.test_shares_scanned import CHILDREN, visited

HIV = {"indicator": "hiv_positivity", "replicates": "9", "max_reported_share": "0.5"}


def people_of_hiv(cli, folder):
    """Of forty tested in F1 38 are positive, of forty elsewhere three: few on the other side each time."""
    rows = [
        record(
            record_id=f"hiv-{facility}-{n}", facility_id=facility, disease="hiv", date_visit="2025-03-12",
            eligible="yes", tested="yes", positive="yes" if n < positive else "no", sex="female",
        )
        for facility, positive in (("F1", 38), ("F12", 3), ("NOWHERE", 3))
        for n in range(40)
    ]  # fmt: skip
    assert cli("import", write_csv(folder / "hiv.csv", *rows)).code == 0


def test_of_hiv_no_cluster_is_told_whose_other_side_is_few(filled, cli, tmp_path):
    people_of_hiv(cli, tmp_path)
    found = result_of(filled, ran(filled, grant(), ClusterQuery.read(HIV)))
    assert found.clusters == () and found.parameters["withheld_clusters"] >= 2
    assert "Of HIV and syphilis no cluster" in run_view(found, "en", str).verdict
    assert clusters.may_take(grant(), found.run.query) is False
    with pytest.raises(NotPermittedError):
        cluster_exports.export(filled, grant(), found.run.id, "zip", language="en", link="")
    export = cluster_exports.export(filled, grant(), found.run.id, "json", language="en", link="")
    assert b'"clusters": []' in render(export, "json")
    every = found.parameters | dict(run_view(found, "en", str).facts)
    assert {"38", "41", "42", 38, 41, 42}.isdisjoint(map(_plain, every.values()))


def _plain(value):
    return value if isinstance(value, int | str) else str(value)


@pytest.mark.parametrize(
    ("observed", "counted", "hidden"),
    [((9, 8, 7), 20, ""), ((18, 8, 9), 20, "AB"), ((18, 17, 9), 20, "AB"), ((20, 10, 3), 20, "AC")],
)
def test_numbers_are_withheld_where_either_side_is_few(observed, counted, hidden):
    rows = [
        {"rank": 1, "location": place, "observed": many, "expected": 1.0, "population": float(counted)}
        for place, many in zip("ABC", observed, strict=True)
    ]
    held = before_storing.members(rows, both_sides=True)
    assert {row["location"] for row in held if row["observed"] is None} == set(hidden)
    assert before_storing.of_share({"unknown": 3, "odd": 0}) == {"unknown": None, "odd": 0}
    assert before_storing.of_share({"unknown": 0}) == {"unknown": 0}


@pytest.mark.parametrize("by", ["facility", "crossing", "district"])
@pytest.mark.parametrize("name", ["hiv_on_treatment", "sti_syphilis_treated"])
def test_hiv_and_syphilis_are_asked_by_province_alone(name, by, cli):
    with pytest.raises(UsageError, match="never shown by crossing, district or facility"):
        ClusterQuery.read({"indicator": name, "by": by})
    refused = cli("clusters", "--indicator", name, "--by", by)
    assert refused.code == 2 and "never shown" in refused.stderr


def test_who_is_shown_hiv_by_the_year_has_no_scan_of_it(filled, cli, tmp_path, monkeypatch):
    people_of_hiv(cli, tmp_path)
    number = ran(filled, grant(), ClusterQuery.read(HIV))
    monkeypatch.setattr(rules, "by_year_only", lambda grant, disease: disease in ("hiv", "syphilis"))
    assert not [name for name in asked.offered(grant()) if INDICATORS[name].sensitive]
    assert number not in {run.id for run in clusters.listed(filled, grant())}
    for refused in (
        lambda: clusters.start(filled, grant(), ClusterQuery.read(HIV)),
        lambda: clusters.status(filled, grant(), number),
    ):
        with pytest.raises(NotPermittedError, match="calendar year"):
            refused()


def test_children_are_scanned_for_those_alone_who_are_shown_small_counts(database, tmp_path, monkeypatch):
    visited(database, tmp_path)
    query = ClusterQuery.read({"indicator": CHILDREN, "replicates": "9"})
    number = ran(database, grant(), query)
    more = {Permission.RUN_CLUSTERS, Permission.EXPORT_TABLES}
    monkeypatch.setitem(permissions._HELD, "viewer", permissions.GRANTED["viewer"] | more)
    outside = Grant("x@example.org", "viewer", Scope.everything())
    assert asked.offered(outside) == [] and clusters.listed(database, outside) == []
    for refused in (
        lambda: clusters.start(database, outside, query),
        lambda: clusters.result(database, outside, number),
        lambda: cluster_exports.export(database, outside, number, "csv", language="en", link=""),
        lambda: cluster_exports.export(database, outside, number, "zip", language="en", link=""),
    ):
        with pytest.raises(NotPermittedError):
            refused()


@pytest.fixture(scope="module")
def site(sqlite_files, tmp_path_factory):
    """A server with a run on children who stayed, whose number is `run`."""
    folder = tmp_path_factory.mktemp("shares")
    with cluster_site(sqlite_files, folder) as made:
        visited(made.database, folder)
        yield made


@pytest.fixture(scope="module")
def run(site):
    """A run that an epidemiologist asks for on the page."""
    client = signed_in(site.server, "epidemiologist")
    asked_for = {"indicator": CHILDREN, "by": "province", "time": "retrospective", "time_unit": "month",
                 "rates": "both", "from": "", "to": "", "replicates": "99"}  # fmt: skip
    answer = client.post("/clusters", data=asked_for)
    assert answer.status_code == 303
    while cluster_queue.work(site.database):
        pass
    return answer.headers["Location"].rpartition("/")[2]


def text(client, path):
    answer = client.get(path)
    assert answer.status_code == 200, path
    return answer.get_data(as_text=True)


def test_the_page_says_what_the_run_found(site, run):
    client = signed_in(site.server, "epidemiologist")
    form = text(client, f"/clusters?indicator={CHILDREN}")
    assert f'value="{CHILDREN}" selected' in form and '<optgroup label="HIV"' in form
    page = text(client, f"/clusters/{run}")
    for said in ("where is it low or high?", "100.0%", "children with vaccinations missing",
                 "Nobody was counted there", "not scanned: nobody was counted"):  # fmt: skip
        assert said in page, said
    assert "Children who stayed behind: vaccinations missing: Home provinces" in text(client, "/clusters")
    one = text(client, f"/clusters/{run}/1")
    assert "Pailin" in one and 'id="context"' not in one and "The records behind it" not in one
    again = re.search(r'href="(/clusters\?[^"]+)">Ask again', page)
    assert again and "rates=both" in again[1] and f"indicator={CHILDREN}" in again[1]
    for kind in ("csv", "xlsx", "geojson", "gpkg", "svg", "json"):
        assert client.get(f"/clusters/{run}.{kind}").status_code == 200, kind
    assert client.get(f"/clusters/{run}/1/curve.csv").status_code == 200
    assert client.get(f"/clusters/{run}/export.zip").status_code == 200
    wrong = client.post("/clusters", data={"indicator": "hiv_on_treatment", "by": "facility"})
    assert wrong.status_code == 400 and "never shown by crossing" in wrong.get_data(as_text=True)
    assert 'id="to-scan"' in text(client, f"/indicators/{CHILDREN}")
    assert 'id="to-scan"' not in text(client, "/indicators/malaria_api")


def test_nothing_of_it_reaches_others(site, run):
    own = signed_in(site.server, "provincial")
    for name, refused in (("viewer", 403), ("administrator", 403), ("reception", 403), ("provincial", 404)):
        client = own if name == "provincial" else signed_in(site.server, name)
        paths = [f"/clusters/{run}", f"/clusters/{run}/1", f"/clusters/{run}/status"]
        paths += [f"/clusters/{run}.{kind}" for kind in ("csv", "svg", "json", "gpkg")]
        paths += [f"/clusters/{run}/export.zip", f"/clusters/{run}/1/curve.csv"]
        for path in paths:
            answer = client.get(path)
            assert answer.status_code in {refused, 403}, (name, path)
            assert "Pailin" not in answer.get_data(as_text=True), (name, path)
        assert 'id="to-scan"' not in text(client, f"/indicators/{CHILDREN}") or name == "provincial"
    assert "Children who stayed behind: vaccinations missing: Home provinces" not in text(own, "/clusters")
