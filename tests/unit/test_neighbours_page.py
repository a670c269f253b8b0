"""Files of areas across the border on the page of imports: tried, stored, refused, as the command does."""

from __future__ import annotations

import io

import pytest

from dashboard.permissions import Grant
from dashboard.services.neighbours import tables
from db.maintenance.opening import open_database
from tests.support.accounts import add_accounts
from tests.support.files import csv_text
from tests.support.web import served, signed_in

AREA = {"area": "TH-27", "level": "province", "name_en": "Sa Kaeo", "latitude": 13.8, "longitude": 102.1}
COUNT = {"area": "TH-27", "period": "2025-02", "cases": 3}


@pytest.fixture
def server(sqlite_url):
    database = open_database(sqlite_url)
    accounts = {"manager": ("data_manager", None), "some": ("data_manager", ["KH01"])}
    add_accounts(database, accounts)
    database.dispose()
    with served(sqlite_url) as made:
        yield made


def bring(client, row, what="store", **more):
    form = {"what": what, "file": (io.BytesIO(csv_text([row]).encode()), "n.csv")} | more
    return client.post("/imports/neighbours", data=form, content_type="multipart/form-data")


def test_a_file_is_tried_stored_and_refused_as_by_the_command(server, sqlite_url):
    manager = signed_in(server, "manager")
    assert 'id="neighbours"' in manager.get("/imports").text
    assert "nothing was stored" in bring(manager, AREA, "try").text
    assert "The file was imported." in bring(manager, AREA, source="NSO", licence="CC BY").text
    refused = bring(manager, {"area": "TH-27", "cases": 1})
    assert refused.status_code == 400 and "the header lacks" in refused.text
    assert 'id="neighbours" open' in refused.text
    assert bring(manager, COUNT, disease="plague").status_code == 400
    stored = bring(manager, COUNT, disease="dengue", published="yes", source="DDC")
    assert stored.status_code == 200 and "The file was imported." in stored.text
    twice = bring(manager, COUNT, disease="dengue", published="yes", source="DDC").text
    assert "Duplicate" in twice
    database = open_database(sqlite_url)
    (count,) = tables.listed(database, Grant.custodian(), "counts")
    (area,) = tables.listed(database, Grant.custodian(), "areas")
    database.dispose()
    assert (count["cases"], count["disease"], count["published"]) == (3, "dengue", "yes")
    assert (area["source"], area["licence"]) == ("NSO", "CC BY")


def test_accounts_of_some_provinces_and_others_import_none(server):
    assert bring(signed_in(server, "some"), AREA).status_code == 403
    assert bring(signed_in(server, "viewer"), AREA).status_code == 403
    assert 'id="neighbours"' not in signed_in(server, "viewer").get("/imports").text
