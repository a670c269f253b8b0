"""An outbreak along a road of the demo: the scan along roads names its places, circles do not."""

from __future__ import annotations

import json
import re
import secrets

import pandas as pd
import pytest

from dashboard.demo import plan, roads
from dashboard.demo.facilities import facility_rows
from dashboard.demo.records import ALONG_A_ROAD, of_diseases, records
from dashboard.services.clusters import queue as cluster_queue
from db.maintenance.opening import open_database
from tests.support.accounts import add_accounts
from tests.support.cluster_site import MORE, result_of
from tests.support.files import write_csv
from tests.support.web import served, signed_in

#: As the page asks where nothing but this was chosen; fewer replicates.
ASKED = {
    "disease": roads.DISEASE, "by": "facility", "model": "space-time-permutation",
    "time": "retrospective", "time_unit": "week", "max_duration": 4, "max_reported_share": 0.1,
    "replicates": 99,
}  # fmt: skip


def named(cluster, planted: roads.Corridor) -> bool:
    """Whether a cluster is hardly chance, holds half of the places, and few others beside them."""
    inside = len(set(planted.facilities) & set(cluster.locations))
    return (
        cluster.p_value <= 0.05
        and cluster.start <= planted.end
        and cluster.end >= planted.start
        and 2 * inside >= len(planted.facilities)
        and 20 * inside >= 9 * len(cluster.locations)
    )


def test_no_record_changes_but_those_of_the_outbreak(monkeypatch):
    with_it = records(1, 20_000)
    monkeypatch.setattr(roads, "CASES", 0)
    without = records(1, 20_000)
    changed = (with_it != without).any(axis=1)
    assert changed.sum() == 2  # of 24 in ten times as many
    moved = with_it[changed]
    assert set(moved.disease) == {roads.DISEASE} and set(moved.positive) == {"yes"}
    kept = ["record_id", "date_visit", "disease"]
    pd.testing.assert_frame_equal(with_it[kept], without[kept])


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_place_of_the_outbreak_has_few_cases(seed):
    held, planted = of_diseases({roads.DISEASE}, seed)
    found = roads.corridor(seed)
    own = held[planted == ALONG_A_ROAD]
    assert len(own) == roads.CASES and set(own.facility_id) == set(found.facilities)
    assert own.facility_id.value_counts().max() <= 7
    assert own.date_visit.between(found.start.isoformat(), found.end.isoformat()).all()
    ways = {(row["from"], row["to"]) for row in roads.rows()}
    assert len(ways) == len(roads.rows()) and {row["facility_id"] for row in facility_rows() if
            row["latitude"]} == {end for way in ways for end in way}  # fmt: skip
    assert plan.make_plan(seed, 2_000).corridor.max() == -1  # too few records to hold one


@pytest.fixture
def site(sqlite_cli, tmp_path):
    """A server with the positive records of one disease of a demo of a seed that nobody looked at."""
    seed = secrets.randbelow(2**31)
    held, _ = of_diseases({roads.DISEASE}, seed)
    known = held[held.positive == "yes"].to_dict("records")
    for command, rows in (("facilities", facility_rows()), ("routes", roads.rows()), ("", known)):
        path = write_csv(tmp_path / f"{command or 'records'}.csv", *rows)
        done = sqlite_cli(*([command, "import"] if command else ["import"]), path)
        assert done.code == 0, done.stderr
    database = open_database(sqlite_cli.url)
    add_accounts(database, MORE)
    with served(sqlite_cli.url) as server:
        yield server, database, seed
    database.dispose()


def asked(client, database, **more):
    """A question as the form sends it; the number of its run, which has been worked on."""
    answer = client.post("/clusters", data=ASKED | more)
    assert answer.status_code == 303, answer.get_data(as_text=True)
    while cluster_queue.work(database):
        pass
    return answer.location.rpartition("/")[2]


def test_the_scan_along_roads_names_the_places_and_circles_do_not(site):
    server, database, seed = site
    client, planted = signed_in(server, "epidemiologist"), roads.corridor(seed)
    form = client.get("/clusters").get_data(as_text=True)
    assert re.search(r'id="ask-along".*?<option value="roads">along roads', form, re.S)
    assert "along the ways that people went" not in form  # of flows there is no table
    numbers = {along: asked(client, database, along=along) for along in ("", "roads")}
    found = {along: result_of(database, number).clusters for along, number in numbers.items()}
    assert not any(named(one, planted) for one in found[""]), seed
    first = next((one for one in found["roads"] if named(one, planted)), None)
    assert first is not None, seed
    page = client.get(f"/clusters/{numbers['roads']}").get_data(as_text=True)
    assert "line: the way along which a cluster grew" in page
    assert "along roads: table as of file 1" in page
    drawn = json.loads(re.search(r'<script type="application/json" id="map">(.*?)</script>', page)[1])
    route = next(trace for trace in drawn["data"] if trace["name"] == f"route {first.rank}")
    where = {row["facility_id"]: (row["latitude"], row["longitude"]) for row in facility_rows()}
    ends = zip(route["lat"], route["lon"], strict=True)
    points = {(f"{lat:.4f}", f"{lon:.4f}") for lat, lon in ends if lat}
    assert {where[name] for name in set(planted.facilities) & set(first.locations)} <= points
