"""Nothing of a handover or of antiretroviral treatment reaches a page, file, log or trail that it should not.

Pages of every account are read before and after such records come: whoever is no nurse sees no difference.
"""

from __future__ import annotations

import json
import logging
import re
import tempfile
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from dashboard.permissions import GRANTED, Grant
from dashboard.services import administration
from dashboard.services.imports.facilities import import_facilities
from dashboard.services.reception import entries, slips
from dashboard.web import site as web_site
from db.core.scope import Scope
from db.tables.operations import Base
from surveillance.epiweek import TIME_ZONE
from tests.security.test_routes import TABLE
from tests.security.test_routes import address as with_values
from tests.support.accounts import add_accounts
from tests.support.files import write_csv
from tests.support.reception import entry, number
from tests.support.web import served, signed_in

NURSE = Grant("n@example.org", "nurse", Scope.made(crossings=["TH01"]))
OFFICER, BOOK = 71_234_567, 4_321
SOME = ("nurse", "reception")
REST = tuple(role for role in GRANTED if role not in (*SOME, "custodian"))
#: What only records of these kinds hold.
SECRET = (
    str(OFFICER),
    "handed_over",
    "district_home",
    "art_site",
    "Medicine site",
    "Antiretroviral",
    '"art"',
)
#: Routes that change something, that strangers read, or that are files of the program.
LEFT_OUT = re.compile(
    r"^/(sign|language|assets|_|<path|look|session|healthz|metrics|readyz|administration/sessions)"
)
#: Moments and tokens, which differ from one reading to the next.
MOVING = re.compile(
    r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d[.\d]*)?|\d\d:\d\d:\d\d|[0-9a-f]{32,}|[A-Za-z0-9_.-]{60,}"
    r'|"end_id":"[^"]*"'
)


@pytest.fixture
def site(sqlite_url):
    with served(sqlite_url) as made:
        with made.app_context():
            database = web_site.database()
        for role in GRANTED:
            if role != "custodian":
                add_accounts(database, {f"a-{role}": (role, None)})
        for role, scope in (
            ("nurse", Scope.made(crossings=["TH01"])),
            ("reception", Scope.made(crossings=["TH01"])),
            ("partner", Scope.made(partners=["poipet_hospital", "art_site"])),
        ):
            administration.set_scope(database, Grant.custodian(), f"a-{role}@example.org", scope)
        made.held = database
        yield made


def moment(**back):
    return (datetime.now(TIME_ZONE) - timedelta(**back)).strftime("%Y-%m-%dT%H:%M")


def send(site, *raws):
    receipts = entries.receive(site.held, NURSE, raws, now=datetime.now(TIME_ZONE))
    assert {one.status for one in receipts} == {"accepted"}, receipts


def usual(site):
    """Twenty people of a van, one of them referred; a list of facilities names their district."""
    with tempfile.TemporaryDirectory() as folder:
        row = {"facility_id": "HC1", "province": "KH02", "operational_district": "OD Svay"}
        import_facilities(site.held, Grant.custodian(), write_csv(Path(folder) / "f.csv", row))
    send(site, entry("van", fields={"arrived_at": moment(hours=9), "letter": "B", "men": 20}, subject="van"))
    for at in range(1, 21):
        said = {"number": at, "sex": "male", "age_years": 30, "province_home": "KH02"}
        send(site, entry("arrival", f"p{at}", fields=said))
    sent = {"partner": "poipet_hospital", "sent_at": moment(hours=8)}
    send(site, entry("referral", "p1", item="r", station="referral", fields=sent))


def secret(site):
    """Somebody goes on with antiretroviral treatment, one is handed over, one has a home district."""
    art = {"partner": "art_site", "medicine": "art", "days_left": 2, "sent_at": moment(hours=8)}
    send(site, entry("referral", "p2", item="art", station="referral", fields=art | {"register_book": BOOK}))
    other = {"partner": "poipet_hospital", "medicine": "art", "sent_at": moment(days=1)}
    send(site, entry("referral", "p3", item="art", station="referral", fields=other))
    handed = {"handed_over_at": moment(hours=7), "received_by": "provincial", "officer_number": OFFICER}
    send(site, entry("handover", "p4", station="nurse", fields=handed))
    asked = {"district_home": "OD Svay", "told_at": moment(hours=6)}
    send(site, entry("contact", "p5", station="nurse", fields=asked))


def filled(route):
    """A route with somebody of whom a secret is known in its address, where it takes people."""
    for name, who in (("<subject>", "p2"), ("<referral>", "art"), ("<van>", "van")):
        route = route.replace(name, number(who))
    return with_values(route)


def pages(site, role):
    """Every page and file that an account may open, of the table of all routes."""
    client = signed_in(site, f"a-{role}")
    today, extra = moment()[:10], ["/reception/day?crossing=TH01", f"/worklists/contacts/{number('van')}"]
    routes = {filled(route) for method, route in TABLE if method == "GET" and not LEFT_OUT.search(route)}
    extra += [f"/reception?from={today}&to={today}", "/provinces/KH01", "/crossings/TH01", "/today.json"]
    extra += ["/map.csv?disease=hiv", "/map.json?disease=hiv", "/administration/trail.csv"]
    found = {}
    for address in sorted(routes | set(extra)):
        with client.get(address) as answer:
            if answer.status_code == 200:
                found[address] = answer.get_data()
    return found


def steady(content):
    return MOVING.sub("~", content.decode("utf-8", "replace"))


@pytest.mark.parametrize("roles", [SOME, pytest.param(REST, marks=pytest.mark.full)], ids=["some", "rest"])
def test_whoever_is_no_nurse_sees_no_difference(site, caplog, roles):
    caplog.set_level(logging.DEBUG)
    usual(site)
    before = {role: pages(site, role) for role in roles}
    assert all(len(found) > 10 for found in before.values())
    assert any("/reception" in found for found in before.values())
    secret(site)
    after = {role: pages(site, role) for role in roles}
    for role in roles:
        for address, content in after[role].items():
            text = content.decode("utf-8", "replace")
            assert str(OFFICER) not in text and "handed_over" not in text, (role, address)
            if role != "nurse" and not address.startswith("/administration/trail"):
                assert steady(content) == steady(before[role][address]), (role, address)
            if role != "nurse" and address not in ("/administration", "/desk"):
                known = before[role].get(address, b"").decode("utf-8", "replace")
                assert not [word for word in SECRET if word in text and word not in known], (role, address)
    if "nurse" in roles:
        lists = steady(after["nurse"]["/worklists"])
        assert str(BOOK) in lists and "Antiretroviral" not in lists
    assert not [word for word in SECRET if word in caplog.text]


def test_the_trail_and_other_tables_hold_none_of_it(site):
    usual(site)
    secret(site)
    held = {}
    with site.held.operations.connect() as connection:
        for table in Base.metadata.sorted_tables:
            if not sa.inspect(connection).has_table(table.name):
                continue
            rows = [tuple(map(str, row)) for row in connection.execute(sa.select(table))]
            held[table.name] = json.dumps(rows)
    assert any(str(OFFICER) in text for text in held.values())
    words = (str(OFFICER), "handed_over", "days_left", "district_home")
    where = {name for name, text in held.items() if any(word in text for word in words)}
    assert where == {"reception_entry", "reception_record"}


def test_a_partner_of_antiretroviral_treatment_reads_no_medicine(site):
    usual(site)
    secret(site)
    found = slips.give(site.held, NURSE, number("p2"), number("art"), now=datetime.now(TIME_ZONE))
    answer = signed_in(site, "a-partner").post("/referral", data={"code": found.written})
    assert answer.status_code == 200
    for word in ("Antiretroviral", "medicine:", "days_left", "register", "B-2", "KH02", "Battambang"):
        assert word not in answer.text, word
