"""`routes import`: every row accounted for, every version kept; scans of the records grow along them."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from pathlib import Path

import pytest

from dashboard.pages.clusters.layers import cluster_layers
from dashboard.permissions import Grant
from dashboard.services.clusters import export as cluster_exports
from dashboard.services.clusters import runs as clusters
from db.maintenance.opening import open_database
from tests.support import outbreaks
from tests.support.command_line import OUTCOMES
from tests.support.files import read_csv, write_csv

WEEKS = (
    "--disease", "measles", "--by", "facility", "--model", "space-time-permutation", "--time-unit", "week",
    "--max-duration", "4", "--replicates", "99",
)  # fmt: skip
COLUMNS = ("from", "to", "distance", "since", "source", "record_status")


def road(start, end, distance=5, since="", **more):
    return dict.fromkeys(COLUMNS, "") | {
        "from": start, "to": end, "distance": distance, "since": since, "source": "survey",
    } | more  # fmt: skip


def flow(start, end, people, since=""):
    return {"from": start, "to": end, "people": people, "since": since, "source": "gate"}


def bring(cli, tmp_path, *rows, name="r.csv", code=0):
    done = cli("routes", "import", write_csv(tmp_path / name, *rows), "--format", "json")
    assert done.code == code, done.stderr
    return done.one


def counts(receipt):
    found = tuple(receipt[name] for name in OUTCOMES)
    assert receipt["rows"] == sum(found)
    return found


def held(cli, *asked):
    rows = cli("routes", "list", "--format", "json", *asked).json()
    return [(one["from"], one["to"], one["distance"] or one["people"], one["since"]) for one in rows]


def document(outcome):
    assert outcome.code == 0, outcome.stderr
    return json.loads(outcome.stdout)


@pytest.fixture
def app(cli, tmp_path, prepared):
    prepared(lambda: outbreaks.fill(cli, tmp_path))
    return cli


@pytest.mark.sql
def test_roads_come_change_with_history_go_and_come_again_without_a_trace(app, tmp_path):
    first = [road("F2", "f1"), road("F2", "Poipet crossing", 12.5), road("0102", "KH01", 7)]
    assert counts(bring(app, tmp_path, *first)) == (3, 0, 0, 0, 0)
    assert counts(bring(app, tmp_path, *first)) == (0, 0, 0, 3, 0)
    assert held(app) == [
        ("TH01", "F2", 12.5, None), ("KH0102", "KH01", 7, None), ("F1", "F2", 5, None),
    ]  # fmt: skip
    # A road is the same from both its ends; a day makes another entry, and closed is no length.
    later = [road("F1", "F2", 6), road("F1", "F2", "closed", "2025-05-01")]
    assert counts(bring(app, tmp_path, *later, name="b.csv")) == (1, 1, 0, 0, 0)
    assert counts(bring(app, tmp_path, *first)) == (0, 0, 0, 3, 0)  # never reverts an amendment
    assert held(app)[-2:] == [("F1", "F2", 6, None), ("F1", "F2", "closed", "2025-05-01")]
    history = app("routes", "list", "--history", "--format", "json").json()
    assert [one["in_force"] for one in history if one["from"] == "F1"] == [True, False, True]
    taken = road("F1", "F2", "", "2025-05-01", record_status="withdrawn")
    assert counts(bring(app, tmp_path, taken, name="c.csv")) == (0, 0, 1, 0, 0)
    assert app("verify").code == 0
    out = tmp_path / "out.csv"
    assert app("routes", "export", "roads", out).code == 0
    assert counts(bring(app, tmp_path, *read_csv(out), name="again.csv")) == (0, 0, 0, 3, 0)


def test_every_fault_of_a_row_goes_back_with_it(app, tmp_path):
    rows = [
        road("F1", "F9999"), road("F1", "F1"), road("F1", "F2", "far"), road("F1", "F2", 5, "2999-01-01"),
        road("", "F3"), road("F1", "F3"), road("F3", "F1", 8), road("F1", "F2", 5, "2568-01-01"),
        road("F1", "F4", 9999), road("F1", "F5", record_status="withdrawn"),
    ]  # fmt: skip
    receipt = bring(app, tmp_path, *rows)
    assert counts(receipt) == (2, 0, 0, 0, 8)  # a year of the Buddhist era is read
    assert ("F1", "F2", 5, "2025-01-01") in held(app)
    text = Path(receipt["returned_file"]).read_text(encoding="utf-8-sig")
    for said in (
        "no known place", "to itself", "no number of km", "has not come", "is blank",
        "more than there can be",
        "row 7 of this file says something else of the same way", "no such entry to take back",
    ):  # fmt: skip
        assert said in text, said
    both = [{"from": "F1", "to": "F2", "distance": 1, "people": 2}]
    done = app("routes", "import", write_csv(tmp_path / "both.csv", *both))
    assert done.code == 3 and "not both" in done.stderr
    dry = app("routes", "import", write_csv(tmp_path / "d.csv", road("F7", "F8")), "--dry-run")
    assert dry.code == 0 and len(held(app)) == 2


@pytest.mark.sql
def test_a_scan_on_the_records_grows_along_imported_roads_and_its_folder_carries_them(
    app, database_url, tmp_path
):
    refused = app("clusters", *WEEKS, "--along", "roads")
    assert refused.code == 2 and "routes import" in refused.stderr
    # F1 and F3 meet at a gate, which is no facility; F2 lies beyond F3. F1 to F2 is shut before the end.
    ways = [
        road("F1", "TH03", 2), road("TH03", "F3", 2), road("F3", "F2", 2),
        road("F1", "F2", 1), road("F1", "F2", "closed", "2025-03-01"), road("F2", "F4", 400),
    ]  # fmt: skip
    bring(app, tmp_path, *ways)
    said = document(app("clusters", *WEEKS, "--along", "roads", "--format", "json"))
    first, used = said["clusters"][0], said["parameters"]
    assert sorted(first["locations"]) == list(outbreaks.OUTBREAK)
    assert (used["along"], used["routes_file"], used["places_off_the_way"]) == ("roads", 1, 16)
    database = open_database(database_url)
    grant = Grant.custodian()
    run = clusters.status(database, grant, used["run_id"])
    drawn = {tuple(sorted(line)) for line in run.ways["1"]}
    assert ("F2", "F3") in drawn and ("F1", "F2") not in drawn
    assert {("F1", "crossing:TH03"), ("F3", "crossing:TH03")} <= drawn
    assert list(run.way_points) == ["crossing:TH03"]
    found = clusters.result(database, grant, run.id)
    layers = cluster_layers(found.run, found.clusters, found.places, "en", str)
    assert len(layers.rings[0].ways) == len(drawn) == 3
    # What comes later changes neither the run nor its folder.
    bring(app, tmp_path, road("F1", "F2", 1, "2025-04-01"), name="later.csv")
    export = cluster_exports.export(database, grant, run.id, "zip", language="en", link="")
    from dashboard.exports.files import render

    with zipfile.ZipFile(io.BytesIO(render(export, "zip"))) as folder:
        roads = list(csv.DictReader(io.StringIO(folder.read("network.csv").decode("utf-8-sig"))))
        assert {(one["from"], one["to"]) for one in roads} >= {("F2", "F3")}
        assert ("F1", "F2") not in {(one["from"], one["to"]) for one in roads}
        near = dict(
            line.split(" ", 1) for line in folder.read("scan.nei").decode().splitlines() if " " in line
        )
        assert near["F1"].split() == ["F3", "F2", "F4"]
        folder.extractall(tmp_path / "folder")
    database.dispose()
    again = document(app("clusters", "--satscan", tmp_path / "folder" / "scan.prm", "--format", "json"))
    kept = ("locations", "observed", "llr", "p_value", "start", "end")
    assert [{k: c[k] for k in kept} for c in again["clusters"]] == [
        {k: c[k] for k in kept} for c in said["clusters"]
    ]
    anew = document(app("clusters", *WEEKS, "--along", "roads", "--format", "json"))
    assert anew["parameters"]["run_id"] != used["run_id"] and anew["parameters"]["routes_file"] == 2


def test_flows_of_the_newest_day_count_and_have_no_radius(app, tmp_path):
    bring(
        app, tmp_path, flow("F1", "F9", 100, "2024-01-01"), flow("F1", "F2", 90, "2025-01-01"),
        flow("F2", "F3", 80, "2025-01-01"), flow("F1", "F3", 1, "2025-01-01"), flow("TH", "F1", 50),
    )  # fmt: skip
    said = document(app("clusters", *WEEKS, "--along", "flows", "--format", "json"))
    assert sorted(said["clusters"][0]["locations"]) == list(outbreaks.OUTBREAK)
    assert said["parameters"]["places_off_the_way"] == 17
    assert app("clusters", *WEEKS, "--along", "flows", "--max-radius-km", "5").code == 2
    assert app("clusters", *WEEKS, "--along", "roads").code == 2  # there are flows alone
