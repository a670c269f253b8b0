"""Files of a reception centre through the pages: asked, received and returned as a clinic's."""

from __future__ import annotations

import io
import re
from datetime import date

import pytest
from sqlalchemy import select

from dashboard.permissions import Grant, Scope
from dashboard.services import administration
from db.reception import read
from db.tables.records import batch
from tests.support.accounts import add_accounts
from tests.support.files import record
from tests.support.upload_site import answer, brought, content, page, upload_site

FILE = (
    "ល.រ,Tag,Arrival,Gender,Age,Home,Name\n"
    "1,B-1,03/06/2568 14:05,1,31,Takeo,Sok\n"
    "2,B-2,13/06/2568 14:05,2,7 ខែ,តាកែវ,Chan\n"
    "3,B-3,31/06/2568 14:05,2,40,Takeo,Dara\n"
).encode()


@pytest.fixture
def site(sqlite_url, tmp_path):
    with upload_site(sqlite_url, CHHLANG_UPLOADS=str(tmp_path / "uploads")) as made:
        yield made


def held(site, kind="arrival"):
    with site.database.operations.connect() as connection:
        return read.between(connection, kind, None, date(2000, 1, 1), date(2100, 1, 1))


def test_people_who_arrived_come_through_the_browser(site):
    client = site.client()
    number = brought(site, client, FILE, "arrivals.csv", kind="arrival", source="centre")
    first = page(client, number)
    assert "named as the field" not in first and "counts the rows of the file" in first
    assert '<option value="arrived_at">' in first and '<option value="disease">' not in first
    assert 'id="constant-crossing"' in first and "It is not read and not stored" in first
    columns = {
        "name": "our-arrivals", "field-1": "record_id", "field-2": "arrived_at", "field-3": "sex",
        "field-4": "age_years", "field-5": "province_home",
    }  # fmt: skip
    missing = client.post(f"/imports/{number}/match", data=columns)
    assert missing.status_code == 400 and "Border crossing" in missing.get_data(as_text=True)
    assert answer(site, client, number, "match", **columns, **{"constant-crossing": "TH01"}) == 303
    assert "Is it the Thai or the Cambodian" in page(client, number)
    assert answer(site, client, number, "era", era="thai") == 303
    assert 'data-count="rejected">3<' in page(client, number), "nobody said what 1 and 2 are"
    assert "A row with a value left open goes back." in page(client, number)
    assert answer(site, client, number, "values", **{"value-sex-0": "female", "value-sex-1": "male"}) == 303
    tried = page(client, number)
    assert 'data-count="accepted">2<' in tried and 'data-count="rejected">1<' in tried
    assert "Number of the record" not in tried and "2025-06-03T14:05" in tried and "Takeo" in tried
    assert "Column &#39;Name&#39;" not in tried, "the mapping says that it is not read"
    assert held(site) == []
    assert answer(site, client, number, "store") == 303
    done = page(client, number)
    assert 'data-count="accepted">2<' in done and "Arrived at (Arrival): is no day and time" in done
    assert sorted(one.values["age_years"] for one in held(site)) == [0, 31]
    with client.post(f"/imports/{number}/returned") as got:
        assert "B-3,31/06/2568 14:05,2,40,Takeo,Dara" in got.get_data(as_text=True)
    assert site.left(number) == ["receipt.json"]
    again = brought(site, client, FILE, "arrivals.csv", kind="arrival", source="centre")
    assert "our-arrivals, version 1" in page(client, again)
    assert answer(site, client, again, "mapping", mapping="our-arrivals") == 303
    assert answer(site, client, again, "era", era="thai") == 303
    assert 'data-count="duplicate">2<' in page(client, again)
    plain = brought(site, client, FILE)
    assert "our-arrivals" not in page(client, plain), "it reads no line list"
    assert client.post(f"/imports/{plain}/mapping", data={"mapping": "our-arrivals"}).status_code == 400


def test_the_day_on_which_a_file_was_sent_is_kept_as_the_command_keeps_it(site):
    client = site.client()
    number = brought(site, client, content(), sent="2025-06-24")
    assert answer(site, client, number, "mapping", mapping="schema") == 303
    assert answer(site, client, number, "store") == 303
    brought(site, client, content(record(record_id="2")))
    with site.database.reading() as connection:
        assert list(connection.execute(select(batch.c.sent_on)).scalars()) == [date(2025, 6, 24)]
    for wrong in ({"sent": "2999-01-01"}, {"sent": "soon"}, {"sent": "2025-06-24", "kind": "arrival"}):
        file = {"file": (io.BytesIO(content()), "a.csv")}
        refused = client.post("/imports", data=file | wrong)
        assert refused.status_code == 400 and "sent" in refused.get_data(as_text=True), wrong


def test_who_may_not_read_referrals_brings_none(site):
    client = site.client()
    form = client.get("/imports").get_data(as_text=True)
    assert '<option value="arrival">' in form and '<option value="referral">' not in form
    assert '<option value="handover">' not in form
    for kind in ("referral", "handover", "nothing"):
        got = client.post("/imports", data={"file": (io.BytesIO(FILE), "a.csv"), "kind": kind})
        assert got.status_code == 400 and "choose from the list" in got.get_data(as_text=True)


def test_a_nurse_brings_referrals_of_her_crossing_and_nothing_else(site):
    nurse = Scope.made(crossings=["TH01"])
    add_accounts(site.database, {"nurse": ("nurse", None), "other": ("nurse", None)})
    administration.set_scope(site.database, Grant.custodian(), "nurse@example.org", nurse)
    client = site.client("nurse")
    form = client.get("/imports").get_data(as_text=True)
    assert re.findall('<option value="([a-z-]+)"', form) == ["referral"] and "/imports/places" not in form
    for kind in ("arrival", "line-list", "handover", ""):
        got = client.post("/imports", data={"file": (io.BytesIO(FILE), "a.csv"), "kind": kind})
        assert got.status_code == 400 and "choose from the list" in got.get_data(as_text=True)
    rows = (
        b"record_id,item,crossing,partner,sent_at,medicine,days_left\n"
        b"A-1,r1,TH01,tb_service,2025-06-03 14:05,tb,5\nA-2,r2,TH02,tb_service,2025-06-03 14:05,tb,5\n"
        b"A-3,r3,TH01,nobody,2025-06-03 14:05,tb,5\n"
    )
    number = brought(site, client, rows, "referrals.csv", kind="referral", source="centre")
    assert answer(site, client, number, "mapping", mapping="schema") == 303
    tried = page(client, number)
    assert 'data-count="accepted">1<' in tried and 'data-count="rejected">2<' in tried
    assert held(site, "referral") == []
    assert answer(site, client, number, "store") == 303
    assert [one.crossing for one in held(site, "referral")] == ["TH01"]
    with client.post(f"/imports/{number}/returned") as got:
        back = got.get_data(as_text=True)
    assert "A-2" in back and "A-3" in back and "this crossing is none of your account" in back
    assert "referrals.csv" in client.get("/imports.csv").get_data(as_text=True)
    for other in ("manager", "other"):
        assert site.client(other).get(f"/imports/{number}").status_code == 404
    assert client.get("/imports/places").status_code == 403
    assert client.get("/imports/places.csv").status_code == 403
