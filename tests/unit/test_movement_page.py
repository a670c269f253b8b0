"""The page of movements and its files say what was entered, to whoever counts arrivals."""

from __future__ import annotations

import csv
import io

import pytest

from dashboard.permissions import Grant
from dashboard.services import administration
from dashboard.web import site as web_site
from db.core.scope import Scope
from tests.support.accounts import add_accounts
from tests.support.web import served, signed_in
from tests.unit.test_arrival_counts import filled, person, send

QUESTION = "?from=2025-05-26&to=2025-06-01"


@pytest.fixture
def site(sqlite_url):
    with served(sqlite_url) as made:
        with made.app_context():
            database = web_site.database()
        filled(database)
        send(database, person(11, destination="KH12"))
        add_accounts(database, {"desk": ("reception", None)})
        scope = Scope.made(crossings=["TH01"])
        administration.set_scope(database, Grant.custodian(), "desk@example.org", scope)
        yield made


def test_the_map_the_table_and_the_files_hold_each_route(site):
    reader = signed_in(site, "official")
    page = reader.get(f"/reception/movement{QUESTION}").get_data(as_text=True)
    assert 'class="flow coming"' in page and 'class="flow going"' in page
    assert "from Battambang to Poipet" in page and "from Poipet to Phnom Penh: 1" in page
    assert "Not whole on the map: 10 of 11" in page  # their destination is not known
    text = reader.get(f"/reception/movement.csv{QUESTION}").get_data(as_text=True).lstrip("\ufeff")
    rows = [row for row in csv.DictReader(io.StringIO(text)) if row["movements"]]
    assert sum(int(row["movements"]) for row in rows) == 11
    for kind in ("xlsx", "svg"):
        assert reader.get(f"/reception/movement.{kind}{QUESTION}").status_code == 200
    commuters = reader.get(f"/reception/movement{QUESTION}&kind=commuter").get_data(as_text=True)
    assert "Daily commuters · All crossings" in commuters


def test_a_faulty_question_says_what_is_wrong_and_a_desk_takes_no_file(site):
    reader = signed_in(site, "official")
    answer = reader.get("/reception/movement?kind=birds")
    assert answer.status_code == 400 and "choose one of" in answer.get_data(as_text=True)
    assert reader.get("/reception/movement.csv?from=2025-06-02&to=2025-06-01").status_code == 400
    desk = signed_in(site, "desk")
    assert desk.get(f"/reception/movement{QUESTION}").status_code == 200
    assert desk.get(f"/reception/movement.csv{QUESTION}").status_code == 403
    assert signed_in(site, "viewer").get("/reception/movement").status_code == 403
