"""Files of the pages of clusters: at the pages' own addresses, with their numbers, for the same readers."""

from __future__ import annotations

import csv
import io
from xml.etree import ElementTree

import pytest

from dashboard.services.clusters import runs as clusters
from tests.support.cluster_site import HOSTILE, cluster_site, grant
from tests.support.examples import lane
from tests.support.web import signed_in


@pytest.fixture(scope="module")
def site(sqlite_files, tmp_path_factory):
    """A server on which two runs are done."""
    with cluster_site(sqlite_files, tmp_path_factory.mktemp("clusters")) as made:
        yield made


@pytest.fixture(scope="module")
def client(site):
    """An epidemiologist of the country."""
    return signed_in(site.server, "epidemiologist")


def words(answer):
    """What an SVG says."""
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return [text for text in ElementTree.fromstring(answer.data).itertext() if text.strip()]


@pytest.mark.parametrize("kind", ["csv", "geojson"])
def test_the_pages_address_gives_what_the_old_address_gives(client, site, kind):
    old = client.get(f"/clusters/{site.run}/export.{kind}")
    new = client.get(f"/clusters/{site.run}.{kind}")
    assert old.status_code == new.status_code == 200
    assert old.data == new.data
    assert client.get(f"/clusters/{site.run}.xlsx").data.startswith(b"PK")


def test_the_pictures_say_what_the_page_says(client, site):
    found = clusters.result(site.database, grant(), site.run)
    said = words(client.get(f"/clusters/{site.run}.svg"))
    assert any(HOSTILE[:12] in text for text in said)
    assert any(str(found.clusters[0].start) in text for text in said)
    asks = {"": "where do cases cluster?", "/1": "which places belong", "/1/curve": "and when?"}
    for path, asked in asks.items():
        titles = words(client.get(f"/clusters/{site.run}{path}.svg"))[:1]
        assert [asked in text for text in titles] == [True], titles
        page = client.get(f"/clusters/{site.run}{path.removesuffix('/curve')}").get_data(as_text=True)
        assert titles[0] in page, "the page asks the same"
    for number, path in enumerate((f"{site.run}", f"{site.run}/1", f"{site.run}/1/curve")):
        if not number or lane() == "full":  # each is made of its SVG, as the first is
            assert client.get(f"/clusters/{path}.png").data.startswith(b"\x89PNG")
        assert b"<img" not in client.get(f"/clusters/{path}.svg").data
    assert any(
        "Inside; expected dashed" in text for text in words(client.get(f"/clusters/{site.run}/1/curve.svg"))
    )


def test_the_curves_table_adds_up_to_the_cluster(client, site):
    found = clusters.result(site.database, grant(), site.run)
    answer = client.get(f"/clusters/{site.run}/1/curve.csv")
    rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))
    first, last = found.clusters[0].start.isoformat(), found.clusters[0].end.isoformat()
    assert (
        sum(int(row["inside"]) for row in rows if first <= row["start"] <= last) == found.clusters[0].observed
    )
    assert client.get(f"/clusters/{site.run}/1/curve.xlsx").data.startswith(b"PK")


def test_the_sidecar_names_the_run_and_its_files(client, site):
    said = client.get(f"/clusters/{site.run}.json").get_json()
    assert said["chhlang"]["run"] == site.run
    for one in said["resources"]:
        assert client.get(one["path"].removeprefix("http://localhost")).status_code == 200


@pytest.mark.parametrize("path", [".png", ".json", "/1.svg", "/1/curve.svg", "/1/curve.csv"])
def test_another_scope_and_other_roles_get_none_of_them(site, path):
    for name, wanted in (("viewer", 403), ("reception", 403), ("provincial", 404)):
        assert signed_in(site.server, name).get(f"/clusters/{site.run}{path}").status_code == wanted
    epidemiologist = signed_in(site.server, "epidemiologist")
    assert epidemiologist.get(f"/clusters/{site.provincial}{path}").status_code == 404
    assert epidemiologist.get(f"/clusters/{'0' * 12}{path}").status_code == 404
    assert epidemiologist.get(f"/clusters/nothing{path}").status_code == 404
