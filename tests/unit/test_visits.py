"""Outreach and households entered by hand: stored once, mended, taken back, and counted where they belong."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from dashboard.permissions import Grant
from dashboard.services import administration
from dashboard.services.clock import today_in_cambodia
from dashboard.services.reception import prevention
from dashboard.web import site as web_site
from db.core.scope import Scope
from surveillance.windows import Window
from tests.support.accounts import add_accounts
from tests.support.web import served, signed_in

MANAGER = Grant("m@health.example", "data_manager", Scope.everything())
TODAY = today_in_cambodia()
DAY = TODAY - timedelta(days=2)


@pytest.fixture
def site(sqlite_url):
    with served(sqlite_url) as server:
        with server.app_context():
            database = web_site.database()
        for name, crossing in (("reception", "TH01"), ("elsewhere", "TH02")):
            add_accounts(database, {name: ("reception", None)})
            scope = Scope.made(crossings=[crossing])
            administration.set_scope(database, Grant.custodian(), f"{name}@example.org", scope)
        yield server, database


def form(client, address):
    page = client.get(address).text
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', page))


def together(database):
    return prevention.page(database, MANAGER, None, Window(DAY, TODAY), TODAY)


def test_a_day_of_outreach_is_entered_mended_and_taken_back(site):
    server, database = site
    client = signed_in(server, "reception")
    hidden = form(client, "/reception/visits")
    said = {"crossing": "TH01", "held_on": DAY.isoformat(), "province_home": "KH01", "remote": "yes"}
    said |= {"activity": "forest", "sessions": "2", "women_reached": "30", "items_given": ""}
    for _ in range(2):  # the second sending is held
        assert client.post("/reception/visits", data=hidden | said).status_code == 303
    found = together(database)
    assert (found.together.records, found.together.sessions, found.together.women) == (1, 2, 30)
    assert found.by_remote["yes"].records == 1 and list(found.by_activity) == ["forest"]
    text = client.get("/reception/visits?kind=outreach&stored=yes").text
    subject = re.search(r"subject=([0-9a-f]{32})", text)[1]
    assert "It is stored." in text and f">{DAY.isoformat()}</a>" in text
    address = f"/reception/visits?kind=outreach&subject={subject}"
    shown = client.get(address).text
    assert 'value="30"' in shown and '<option value="forest" selected>' in shown
    mended = form(client, address) | said | {"women_reached": "31", "sessions": ""}
    assert client.post("/reception/visits", data=mended).status_code == 303
    found = together(database)
    assert (found.together.records, found.together.sessions, found.together.women) == (1, 0, 31)
    other = signed_in(server, "elsewhere")
    assert other.get(address).status_code == 404 and subject not in other.get("/reception/visits").text
    assert other.post("/reception/visits", data=form(client, address) | said).status_code == 400
    removed = form(client, address) | {"remove": "yes"}
    assert client.post("/reception/visits", data=removed).status_code == 303
    assert together(database).together.records == 0 and client.get(address).status_code == 404


def test_a_household_is_entered_and_what_is_wrong_is_said(site):
    server, database = site
    client = signed_in(server, "reception")
    hidden = form(client, "/reception/visits?kind=household")
    said = {
        "crossing": "TH01",
        "visited_on": DAY.isoformat(),
        "province_home": "KH01",
        "children_under_5": "2",
    }
    for wrong, told in (
        ({"children_under_5": "two"}, "whole number"),
        ({"children_under_5": "99"}, "children_under_5"),
        ({"visited_on": ""}, "needed"),
        ({"visited_on": (TODAY + timedelta(days=1)).isoformat()}, "after today"),
        ({"crossing": "TH02"}, "crossing"),
        ({"crossing": ""}, "crossing"),
        ({"carer": "somebody"}, "choose one of the list"),
    ):
        answer = client.post("/reception/visits", data=hidden | said | wrong)
        assert answer.status_code == 400 and told in answer.text, wrong
        assert 'role="alert"' in answer.text
    assert client.post("/reception/visits", data=hidden | said).status_code == 303
    assert together(database).left_behind.under_5 == 2
    assert client.get("/reception/visits?kind=van").status_code == 404
    assert client.get("/reception/visits?kind=household&subject=x").status_code == 404
