"""Unrecognised places, in the browser: the list, a choice that is confirmed, and the way back."""

from __future__ import annotations

import json
import re

import pytest
import sqlalchemy as sa

from dashboard.pages import places as pages
from dashboard.services.places import choices
from db.operations import audit
from db.tables.records import cube_total
from tests.support.files import record
from tests.support.upload_site import brought, content, imported, page, upload_site

ADDRESS = "/imports/places"
PHRASES = "Unrecognised places"


@pytest.fixture
def site(sqlite_url, tmp_path):
    with upload_site(sqlite_url, CHHLANG_UPLOADS=str(tmp_path / "uploads")) as made:
        yield made


@pytest.fixture
def client(site):
    return site.client()


@pytest.fixture
def homes(site):
    """Records by home, as the map counts them."""

    def counted():
        cube = cube_total["home"]
        query = sa.select(cube.c.place, sa.func.sum(cube.c.records)).group_by(cube.c.place)
        with site.database.reading() as connection:
            return {place: int(n) for place, n in connection.execute(query) if n}

    return counted


def rows(text, count=4, first=0, **more):
    """Records with a home of that text."""
    return [record(record_id=str(first + n), province_home=text, **more) for n in range(count)]


def listed(client, query=""):
    """Addresses of the texts on the list, and the list."""
    text = client.get(ADDRESS + query).get_data(as_text=True)
    return re.findall(rf'href="({ADDRESS}/[a-z_]+/[0-9a-f]{{32}})"', text), text


def confirmed(client, path, **given):
    """The page that asks whether the choice is right, and the answer to its yes."""
    asked = client.post(path, data={"was": "", **given})
    assert asked.status_code == 200, asked.get_data(as_text=True)
    hidden = dict(
        re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', asked.get_data(as_text=True)),
    )
    return asked.get_data(as_text=True), client.post(path, data=hidden)


def test_a_text_is_chosen_confirmed_and_placed_and_taken_back(site, client, homes):
    imported(site, client, content(*rows("Banteay Meanchei")))
    assert homes() == {"unknown": 4}
    (path,), shown = listed(client)
    assert "Banteay Meanchei" in shown and "near: Banteay Meanchey (KH01)" in shown and ">4<" in shown
    one = client.get(path).get_data(as_text=True)
    assert 'name="near" value="KH01"' in one and "Home province, in 4 records" in one
    asked, done = confirmed(client, path, near="KH01")
    assert "Banteay Meanchey (KH01)" in asked and "4 records are placed" in asked
    assert done.status_code == 303
    assert homes() == {"KH01": 4}
    assert listed(client)[0] == []
    held = client.get(path).get_data(as_text=True)
    assert "manager@example.org said so" in held and "Phnom Penh time" in held
    again, everything = listed(client, "?all=yes")
    assert again == [path] and "manager@example.org" in everything
    assert client.post(f"{path}/undo").status_code == 303
    assert client.post(f"{path}/undo").status_code == 303
    assert homes() == {"unknown": 4}
    assert listed(client)[0] == [path]
    trail = [
        (line.actor, line.action, json.loads(line.detail)["records"])
        for line in audit.latest(site.database)
        if line.action.startswith("places")
    ]
    assert trail == [("manager@example.org", "places undo", 4), ("manager@example.org", "places resolve", 4)]


def test_nothing_is_placed_before_it_is_confirmed(site, client, homes):
    imported(site, client, content(*rows("Atlantis")))
    (path,), _ = listed(client)
    assert "<strong" in client.post(path, data={"was": "", "place": "KH02"}).get_data(as_text=True)
    assert homes() == {"unknown": 4}
    for given, said in (
        ({}, "Choose a place"),
        ({"typed": "Lemuria"}, "&#39;Lemuria&#39; is no place"),
        ({"place": "TH01"}, "&#39;TH01&#39; is no place"),
        ({"typed": "<b>"}, "&#39;&lt;b&gt;&#39; is no place"),
        ({"typed": "x" * 5_000, "confirmed": "yes"}, "is no place"),
    ):
        got = client.post(path, data={"was": "", **given})
        assert got.status_code == 400 and said in got.get_data(as_text=True), given
    assert homes() == {"unknown": 4}


def test_who_was_overtaken_is_told_and_changes_nothing(site, client, homes):
    imported(site, client, content(*rows("Atlantis")))
    (path,), _ = listed(client)
    confirmed(site.client("colleague"), path, place="KH02")
    late = client.post(path, data={"was": "", "place": "KH03", "confirmed": "yes"})
    assert late.status_code == 409 and "Another person has resolved" in late.get_data(as_text=True)
    assert "colleague@example.org" in late.get_data(as_text=True)
    assert homes() == {"KH02": 4}
    asked, done = confirmed(client, path, was="KH02", place="KH03")
    assert "From now on it would mean" in asked and done.status_code == 303
    assert homes() == {"KH03": 4}


def test_a_number_of_an_area_and_a_spelling_are_understood_and_unknown_too(site, client, homes):
    imported(site, client, content(*rows("Far village")))
    (path,), _ = listed(client)
    asked, _ = confirmed(client, path, typed="17020401")
    assert "Siem" in asked and homes() == {"KH17": 4}
    asked, _ = confirmed(client, path, was="KH17", place="unknown")
    assert "4 records stay unknown" in asked
    assert homes() == {"unknown": 4} and listed(client)[0] == []


def test_a_crossing_is_chosen_among_crossings(site, client):
    imported(site, client, content(*rows("KH01", crossing="Poipet back gate")))
    (path,), _ = listed(client)
    assert path.startswith(f"{ADDRESS}/crossing/")
    one = client.get(path).get_data(as_text=True)
    assert '<option value="TH01">' in one and '<option value="KH01">' not in one
    asked, _ = confirmed(client, path, place="TH01")
    assert "Poipet" in asked and listed(client)[0] == []


def test_a_text_that_was_not_kept_is_found_by_who_writes_it(site, client, homes):
    imported(site, client, content(*rows("Canary Place", 2)))
    (path,), shown = listed(client)
    assert "Canary" not in shown and "not kept, mark" in shown
    wrong = client.post(ADDRESS, data={"text": "Canary"})
    assert wrong.status_code == 400 and "No record names such a place" in wrong.get_data(as_text=True)
    found = client.post(ADDRESS, data={"text": "canary place "})
    assert (found.status_code, found.headers["Location"]) == (303, path)
    confirmed(client, path, place="KH02")
    assert homes() == {"KH02": 2}
    assert not any("anary" in line.detail for line in audit.latest(site.database))


def test_a_text_in_two_fields_is_resolved_in_each_by_itself(site, client, homes):
    imported(site, client, content(*rows("Gate", crossing="Gate")))
    both = client.post(ADDRESS, data={"text": "Gate"}).get_data(as_text=True)
    found = set(re.findall(rf'href="({ADDRESS}/[a-z_]+/[0-9a-f]+)"', both))
    assert {path.split("/")[3] for path in found} == {"crossing", "province_home"}
    home = next(path for path in found if "province_home" in path)
    confirmed(client, home, place="KH01")
    assert homes() == {"KH01": 4} and len(listed(client)[0]) == 1


def test_a_long_list_comes_in_parts(site, client, monkeypatch):
    monkeypatch.setattr(pages, "AT_A_TIME", 2)
    imported(site, client, content(*(one for n in range(5) for one in rows(f"Place {n * n}", 3, 10 * n))))
    seen, start = [], ""
    while True:
        paths, shown = listed(client, start)
        seen += paths
        assert "Texts that wait: 5; records: 15." in shown
        further = re.search(r'href="/imports/places(\?start=\d+)">Further', shown)
        if not further:
            break
        start = further[1]
    assert len(seen) == len(set(seen)) == 5
    assert listed(client, "?start=99999999999")[0] == listed(client)[0]


def test_the_list_is_reached_from_files_from_a_receipt_and_from_the_data(site, client):
    link = f'href="{ADDRESS}"'
    plain = imported(site, client, content(*rows("KH01")))
    assert link in client.get("/imports").get_data(as_text=True)
    assert link not in page(client, plain) and link not in client.get("/data").get_data(as_text=True)
    unknown = imported(site, client, content(*rows("Atlantis", first=9)))
    assert link in page(client, unknown) and link in client.get("/data").get_data(as_text=True)
    assert link not in site.client("official").get("/data").get_data(as_text=True), "only those who may"


def test_every_page_is_in_khmer_too(site, client):
    imported(site, client, content(*rows("Atlantis")))
    (path,), _ = listed(client)
    client.get("/language/km")
    pages_shown = [
        client.get(ADDRESS),
        client.get(path),
        client.post(path, data={"place": "KH01", "was": ""}),
    ]
    for got in pages_shown:
        text = got.get_data(as_text=True)
        assert "ទីកន្លែងដែលមិនស្គាល់" in text and PHRASES not in text
    assert "បន្ទាយមានជ័យ" in pages_shown[1].get_data(as_text=True)


def test_a_file_that_was_only_tried_is_on_no_list(site, client):
    number = brought(site, client, content(*rows("Atlantis")))
    client.post(f"/imports/{number}/mapping", data={"mapping": "schema"})
    site.run()
    assert f'href="{ADDRESS}"' not in page(client, number) and listed(client)[0] == []


@pytest.mark.parametrize("field", ["province_home", "place_infection", "crossing"])
def test_every_place_that_is_offered_is_one_that_is_understood(field):
    for kind, known in choices.offered(field).items():
        assert known, kind
        for area in known:
            found = choices.read(field, area.code)
            assert found is not None and found[0] == area
