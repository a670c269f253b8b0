"""Files of pages that had none: the centre, accounts and sessions, files that came, unrecognised places."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import date
from types import SimpleNamespace

import pytest
import sqlalchemy as sa

from dashboard.components import releases as shown
from dashboard.permissions import Grant
from dashboard.services import administration
from dashboard.services.clock import today_in_cambodia
from dashboard.services.reception import entries, expected
from dashboard.services.releases import desk
from dashboard.web import site as web_site
from db.core.scope import Scope
from db.reception import store
from db.tables.operations import audit
from db.tables.reception.records import sum_gap
from tests.support.accounts import add_accounts
from tests.support.files import csv_text, record
from tests.support.reception import NOW, a_van, entry
from tests.support.web import served, signed_in

NURSE = Grant("n@health.example", "nurse", Scope.made(crossings=["TH01"]))
TODAY = today_in_cambodia()
DAYS = "from=2025-06-01&to=2025-06-02"
#: A plan of a day that is over.
OVER = "from=2025-06-01&to=2025-06-01&KH02=20"


def people():
    """A van of 12, of whom ten are entered: a commuter and one child; a test, a referral."""
    yield a_van(men=6, women=6)
    for at in range(1, 11):
        said = {"number": at, "sex": "male" if at % 2 else "female", "age_years": 8 if at == 3 else 30}
        said |= {"province_home": "KH02", "movement": "commuter" if at == 9 else "returning"}
        yield entry("arrival", f"p{at}", fields=said)
    yield entry("assessment", "p1", fields={"assessed_at": "2025-06-01T12:20", "danger_signs": ["bleeding"]})
    yield entry("service", "p1", item="test_tb", fields={"done": True, "done_at": "2025-06-01T13:00"})
    sent = {"partner": "poipet_hospital", "sent_at": "2025-06-01T14:00", "arrived_at": "2025-06-02T09:00"}
    yield entry("referral", "p1", item="r", station="referral", fields=sent)
    art = sent | {"partner": "art_site", "medicine": "art"}
    yield entry("referral", "p2", item="r", station="referral", fields=art)


@pytest.fixture
def site(sqlite_url):
    with served(sqlite_url) as server:
        with server.app_context():
            database = web_site.database()
        accounts = {"manager": ("data_manager", None), "admin": ("administrator", None)}
        add_accounts(database, accounts | {"nurse": ("nurse", None)})
        administration.set_scope(database, Grant.custodian(), "nurse@example.org", NURSE.scope)
        receipts = entries.receive(database, NURSE, people(), now=NOW)
        assert {one.status for one in receipts} == {"accepted"}
        expected.put(database, Grant.custodian(), "pregnant", "12.5", "a survey")
        yield server, database


def rows(client, address):
    answer = client.get(address)
    assert answer.status_code == 200, (address, answer.status_code)
    return list(csv.DictReader(io.StringIO(answer.get_data(as_text=True).lstrip("\ufeff"))))


def test_the_page_of_a_centre_and_the_sheet_of_a_day_are_files(site):
    client = signed_in(site[0], "manager")
    page = client.get(f"/reception?{DAYS}").text
    assert f'href="/reception.csv?{DAYS.replace("&", "&amp;")}"' in page
    held = {(row["part"], row["code"]): row for row in rows(client, f"/reception.csv?{DAYS}")}
    assert [held["answer", step]["people"] for step in ("arrived", "assessed", "tested")] == ["10", "1", "1"]
    assert (held["days", "TH01"]["counted"], held["days", "TH01"]["vans"]) == ("12", "1")
    assert (held["funnel", "arrived"]["people"], held["commuters", "arrived"]["people"]) == ("9", "1")
    assert (held["funnel", "assessed"]["of"], held["funnel", "assessed"]["median"]) == ("9", "20.0")
    assert held["referrals", "sent"]["people"] == "1", "one of two tells of HIV"
    assert held["referrals", "days"]["median"] == "1.0"
    assert held["home provinces", "KH02"]["share"] == "11.11"
    for address in ("/reception/day?day=2025-06-01", "/reception/expected?people=9", "/reception/prevention"):
        path, _, asked = address.partition("?")
        assert f'href="{path}.csv{"?" if asked else ""}{asked}"' in client.get(address).text
    assert ".csv" not in signed_in(site[0], "nurse").get("/reception/day").text
    sheet = rows(client, "/reception/day.csv?day=2025-06-01&crossing=TH01")
    assert {row["code"]: row["people"] for row in sheet if row["part"] == "sheet"} == {
        "vans": "1", "expected": "12", "arrived": "10", "urgent_open": "1", "sessions": "0", "referred": "1",
        "reached": "1", "lost": "0",
    }  # fmt: skip
    told = [(row["code"], row["people"]) for row in sheet if row["part"] == "sex and age"]
    assert told == [("female", "5"), ("male", "5")], "a lone child is counted with adults"
    assert [row["source"] for row in rows(client, "/reception/expected/figures.csv")] == ["a survey"]
    area = {"kind": "commune", "place": "Ou Chrov", "first": "2025-06-01", "source": "survey"}
    assert client.post("/reception/remote", data=area).status_code == 303
    assert [row["place"] for row in rows(client, "/reception/remote.csv")] == ["Ou Chrov"]
    assert 'href="/reception/remote.csv"' in client.get("/reception/remote").text
    assert 'href="/reception/expected/figures.csv"' in client.get("/reception/expected").text
    for address in ("/reception", "/reception/day", "/reception/expected/figures", "/reception/remote"):
        assert client.get(f"{address}.xlsx").data[:2] == b"PK"
        said = client.get(f"{address}.json").json
        path, name = said["resources"][0]["path"], said["resources"][0]["schema"]["fields"][0]["name"]
        assert path.endswith(f"{address}.csv") and name and said["chhlang"]["units"]
    assert client.get("/reception.csv?from=2025-06-09&to=2025-06-01").status_code == 400
    assert client.get("/reception.csv?crossing=KH99").status_code == 404
    assert client.get("/reception/day.csv?day=2025-6").status_code == 404
    assert signed_in(site[0], "nurse").get("/reception.csv").status_code == 403, "she may not export"


def test_what_old_sums_do_not_say_is_unknown_on_every_page_and_in_every_file(site):
    server, database = site
    client = signed_in(server, "manager")
    pages = {
        "/reception": DAYS,
        "/reception/day": "day=2025-06-01",
        "/reception/prevention": DAYS,
        "/reception/expected": OVER,
    }
    said = "kept as sums from before"
    for address, asked in pages.items():
        assert said not in client.get(f"{address}?{asked}").text
    whole = rows(client, f"/reception/prevention.csv?{DAYS}")[0]
    assert (whole["arrivals_items"], whole["arrivals_tested"]) == ("0", "1")
    with store.writing(database) as connection:
        gaps = [(what, "TH01", date(2025, 6, 1)) for what in ("needs", "times", "referrals", "sessions")]
        connection.execute(sum_gap.insert().values(gaps))
    for address, asked in pages.items():
        text = client.get(f"{address}?{asked}").text
        assert said in text and "up to 2025-06-01" in re.sub("<[^>]*>", "", text), address
        assert re.search(r"<td[^>]*>unknown", text), address
    held = {(row["part"], row["code"]): row for row in rows(client, f"/reception.csv?{DAYS}")}
    assert held["waiting", "lost"]["people"] == held["funnel", "assessed"]["median"] == ""
    assert ("referrals", "sent") not in held and held["funnel", "assessed"]["people"] == "1"
    sheet = {row["code"]: row["people"] for row in rows(client, "/reception/day.csv?day=2025-06-01")}
    assert (sheet["sessions"], sheet["lost"], sheet["arrived"]) == ("", "", "10")
    whole = rows(client, f"/reception/prevention.csv?{DAYS}")[0]
    assert (whole["arrivals_items"], whole["arrivals_treated"], whole["arrivals_tested"]) == ("", "", "1")
    own = rows(client, f"/reception/expected.csv?{OVER}")[0]
    assert (own["came"], own["arrived"]) == ("", "10")
    assert said in " ".join(client.get(f"/reception.json?{DAYS}").json["chhlang"]["notes"])


def test_accounts_sessions_settings_files_and_places_are_files(site):
    server, database = site
    admin, manager = signed_in(server, "admin"), signed_in(server, "manager")
    found = {row["account"]: row for row in rows(admin, "/administration.csv")}
    assert found["nurse@example.org"]["role"] == "nurse" and found["nurse@example.org"]["state"] == "open"
    living = [row["account"] for row in rows(admin, "/administration/sessions.csv")]
    assert set(living) == {"admin@example.org", "manager@example.org"}
    secret = next(row for row in rows(admin, "/administration/settings.csv") if "SECRET_KEY" in row["name"])
    assert secret["value"] == "set"
    own = rows(manager, "/sessions.csv")
    assert [(row["account"], row["this"]) for row in own] == [("manager@example.org", "yes")]
    bring = {"file": (io.BytesIO(csv_text([record()]).encode()), "list.csv")}
    assert manager.post("/imports", data=bring).status_code == 303
    assert [(row["file"], row["rows"]) for row in rows(manager, "/imports.csv")] == [("list.csv", "")]
    assert rows(manager, "/imports/places.csv") == []
    for address in ("/administration", "/administration/sessions", "/administration/settings", "/sessions"):
        assert admin.get(f"{address}.xlsx").data[:2] == b"PK"
        assert f'href="{address}.xlsx"' in admin.get(address).text
    for address in ("/imports", "/imports/places"):
        assert f'href="{address}.csv"' in manager.get(address).text
        assert admin.get(f"{address}.csv").status_code == 403
    with database.operations.connect() as connection:
        query = sa.select(audit.c.detail).where(audit.c.action == "export")
        taken = {json.loads(detail)["file"] for detail in connection.scalars(query)}
    assert taken >= {"accounts", "sessions", "settings", "own-sessions", "files", "places"}


def test_releases_and_runs_of_detection_are_files(site, monkeypatch):
    client = signed_in(site[0], "manager")
    assert client.get("/releases/7.csv").status_code == 404
    assert rows(client, "/releases.csv") == rows(client, "/clusters.csv") == []
    release = SimpleNamespace(
        id=7, issued_at=None, at_work=False, prepared=True, audit_digest="x", passed=True, author="m@x",
        audit_passed=True, until=TODAY, made_at="2025-06-01T01:00:00+00:00", issued_by=None,
        threshold=5, thresholds=(5,),
    )  # fmt: skip
    monkeypatch.setattr(desk, "listed", lambda *_: [release])
    monkeypatch.setattr(desk, "find", lambda *_: release)
    part = shown.Hidden("fewer than 5", ("Records", "Tested"), (("Malaria", ("12%", "–")),))
    monkeypatch.setattr(shown, "hidden", lambda *_, **__: [part])
    (one,) = rows(client, "/releases.csv")
    assert (one["release"], one["state"]) == ("7", "Passed its audit, not issued")
    assert [(row["disease"], row["measure"], row["hidden"]) for row in rows(client, "/releases/7.csv")] == [
        ("Malaria", "Records", "12%"),
        ("Malaria", "Tested", "–"),
    ]
    assert client.get("/releases/7.xlsx").data[:2] == b"PK"
    assert signed_in(site[0], "nurse").get("/releases.csv").status_code == 403
