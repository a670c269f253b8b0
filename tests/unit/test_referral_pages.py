"""Pages of referrals: the slip holds the code alone, the partner's page the day and the outcome alone."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pytest

from dashboard.permissions import Grant
from dashboard.services import administration
from dashboard.services.imports.facilities import import_facilities
from dashboard.services.reception import contacts, entries, slips
from dashboard.web import site as web_site
from db.core.scope import Scope
from db.tables.operations import audit
from surveillance.epiweek import TIME_ZONE
from surveillance.errors import NotPermittedError
from surveillance.reception.file_kinds import OF_A_CENTRE
from surveillance.reception.vocabulary import MEDICINE, PURPOSE
from tests.support.accounts import add_accounts
from tests.support.files import write_csv
from tests.support.reception import entry, number
from tests.support.web import served, signed_in

NURSE = Grant("n@example.org", "nurse", Scope.made(crossings=["TH01"]))
ACCOUNTS = {
    "nurse": ("nurse", NURSE.scope),
    "hospital": ("partner", Scope.made(partners=["poipet_hospital"])),
}


@pytest.fixture
def site(sqlite_url):
    with served(sqlite_url) as made:
        database = held(made)
        for name, (role, scope) in ACCOUNTS.items():
            add_accounts(database, {name: (role, None)})
            administration.set_scope(database, Grant.custodian(), f"{name}@example.org", scope)
        yield made


def held(site):
    with site.app_context():
        return web_site.database()


def moment(**back):
    return (datetime.now(TIME_ZONE) - timedelta(**back)).strftime("%Y-%m-%dT%H:%M")


def fill(site, **referral):
    database = held(site)
    van = {"arrived_at": moment(days=2), "letter": "B", "men": 3}
    person = {"number": 17, "age_years": 9, "province_home": "KH02", "register_book": 3}
    sent = {"partner": "poipet_hospital", "sent_at": moment(days=1), "medicine": "art", "days_left": 4}
    raws = [
        entry("van", "van", fields=van),
        entry("arrival", "one", fields=person),
        entry("assessment", "one", fields={"vaccination": "none"}),
        entry(
            "referral", "one", item="r", station="referral", fields=sent | {"purpose": "medicine"} | referral
        ),
    ]
    receipts = entries.receive(database, NURSE, raws, now=datetime.now(TIME_ZONE))
    assert {one.status for one in receipts} == {"accepted"}
    return number("one"), number("r")


def words(text):
    main = re.search(r"<main.*?</main>", text, re.DOTALL)[0]
    return re.sub(r"<[^>]+>", " ", re.sub(r"<svg.*?</svg>", "", main, flags=re.DOTALL))


def test_from_worklist_to_slip_to_answer(site):
    subject, referral = fill(site)
    nurse, partner = signed_in(site, "nurse"), signed_in(site, "hospital")
    listed = nurse.get("/worklists").get_data(as_text=True)
    assert "B-17" in listed and "book 3, page –, line –" in listed and "Make a slip" in listed
    assert "Antiretroviral" not in listed
    assert f"/worklists/contacts/{number('van')}" in listed
    address = f"/worklists/slips/{subject}/{referral}"
    assert nurse.get(address).status_code == 404
    assert nurse.post(address).status_code == 303
    shown = nurse.get(address)
    printed = re.search(r'<div class="slip".*?</div><p class="code">(.*?)</p></div>', shown.text, re.DOTALL)
    code = printed[1]
    assert re.fullmatch(r"[2-9A-HJ-NP-Z]{3} [2-9A-HJ-NP-Z]{3}", code)
    assert "http" not in re.sub(r'xmlns="[^"]*"', "", printed[0]) and "hospital" not in printed[0].lower()
    assert shown.headers["Cache-Control"] == "no-store"
    assert nurse.post(address).status_code == 303 and code in nurse.get(address).text

    opened = partner.post("/referral", data={"code": code.lower().replace(" ", "-")})
    assert opened.status_code == 200 and "Poipet referral hospital" in opened.text
    shown = words(re.sub(r"<select.*?</select>", "", opened.text, flags=re.DOTALL))
    assert not [value.name for value in (*MEDICINE, *PURPOSE) if value.name in shown]
    form = dict(re.findall(r'name="(code|entry)" value="([^"]*)"', opened.text))
    assert form["code"] == code.replace(" ", "")
    stored = partner.post(
        "/referral/outcome", data=form | {"arrived_at": moment(hours=1), "outcome": "treated"}
    )
    assert stored.status_code == 200 and "Stored for" in stored.text
    again = partner.post("/referral", data={"code": code})
    assert 'value="treated" selected' in again.text
    assert "Everybody who was referred has arrived" in nurse.get("/worklists").text


@pytest.mark.parametrize("typed", ["", "7K4 M2F", "<script>alert(1)</script>", "០១២៣៤៥"])
def test_what_is_no_code_is_said_on_the_page(site, typed):
    answer = signed_in(site, "hospital").post("/referral", data={"code": typed})
    assert answer.status_code == 400 and 'role="alert"' in answer.text and "<script>alert" not in answer.text


def test_after_too_many_guesses_the_page_says_how_long_to_wait(site, monkeypatch):
    monkeypatch.setattr(slips, "_now", lambda: 5_000_000.0)
    partner = signed_in(site, "hospital")
    statuses = [partner.post("/referral", data={"code": slips.slip.draw()}).status_code for _ in range(10)]
    assert statuses == [400] * slips.ACCOUNT.free + [429] * (10 - slips.ACCOUNT.free)
    assert "in 10 seconds" in partner.post("/referral", data={"code": slips.slip.draw()}).text


def test_contacts_of_a_van_are_named_by_tag_and_home(site):
    fill(site)
    nurse = signed_in(site, "nurse")
    text = words(nurse.get(f"/worklists/contacts/{number('van')}").get_data(as_text=True))
    assert "Battambang" in text and "B-17" in text and "Not vaccinated" in text
    assert "2 more were counted at the door" in text and "Measles" in text
    assert "Antiretroviral" not in text and "book" not in text.lower()
    assert nurse.get(f"/worklists/contacts/{number('van')}?disease=hiv").status_code == 404
    assert nurse.get(f"/worklists/contacts/{number('none')}").status_code == 404


def test_contacts_are_told_of_by_operational_district(site, tmp_path):
    subject, _ = fill(site)
    database, nurse = held(site), signed_in(site, "nurse")
    address = f"/worklists/contacts/{number('van')}"
    assert "names no operational district here" in words(nurse.get(address).get_data(as_text=True))
    listed = write_csv(
        tmp_path / "f.csv",
        {"facility_id": "HC1", "province": "KH02", "operational_district": "OD Sangkae"},
        {"facility_id": "HC2", "province": "KH02", "operational_district": "OD Thma Koul"},
        {"facility_id": "HC3", "province": "KH01", "operational_district": "OD Poipet"},
    )
    import_facilities(database, Grant.custodian(), listed)
    form = nurse.get(address).get_data(as_text=True)
    assert f'name="district-{subject}"' in form and "OD Sangkae" in form and "OD Poipet" not in form
    for wrong in ({f"district-{subject}": "OD Poipet"}, {"district-x": "OD Sangkae"}, {"told": "OD Sangkae"}):
        refused = nurse.post(address, data=wrong)
        assert refused.status_code == 400 and 'role="alert"' in refused.text, wrong
    assert nurse.post(address, data={f"district-{subject}": "OD Sangkae"}).status_code == 303
    shown = words(nurse.get(address).get_data(as_text=True))
    assert "1 people of OD Sangkae, Battambang came in one van" in shown and "B-17" in shown
    assert nurse.post(address, data={"told": "OD Sangkae"}).status_code == 303
    assert "The district was told on" in words(nurse.get(address).get_data(as_text=True))
    # Nurses alone: no other account of the centre, no sum, no file and no trail has it.
    desk = Grant("d@example.org", "reception", NURSE.scope)
    seen = entries.van(database, desk, number("van"))
    assert all(("contact", "") not in one.records for one in seen.people)
    with pytest.raises(NotPermittedError):
        contacts.keep(database, desk, number("van"), {}, now=datetime.now(TIME_ZONE))
    assert "contact" not in OF_A_CENTRE
    with database.operations.connect() as connection:
        assert "Sangkae" not in str(connection.execute(audit.select()).all())
    assert nurse.post(address, data={f"district-{subject}": ""}).status_code == 303
    assert "OD Sangkae, Battambang" not in words(nurse.get(address).get_data(as_text=True))


def test_a_child_is_handed_over_and_nobody_else_reads_it(site):
    subject, referral = fill(site)
    nurse, partner = signed_in(site, "nurse"), signed_in(site, "hospital")
    address = f"/worklists/handover/{subject}"
    form = nurse.get(address).get_data(as_text=True)
    assert "Provincial social affairs department" in form and "reason" not in words(form).replace(
        "no reason", ""
    )
    given = {"received_by": "provincial", "officer_number": "7123", "entry": number("form")}
    for at, by in ((moment(days=9), "provincial"), (moment(days=-1), "provincial"), (moment(hours=1), "")):
        wrong = nurse.post(address, data=given | {"handed_over_at": at, "received_by": by})
        assert wrong.status_code == 400
    stored = nurse.post(address, data=given | {"handed_over_at": moment(hours=1)})
    assert stored.status_code == 303
    shown = words(nurse.get(address).get_data(as_text=True))
    assert (
        "The handover is stored." in shown and moment(hours=1).replace("T", " ") in shown and "B-17" in shown
    )
    assert partner.get(address).status_code == 403
    fields = {"number": 18, "age_years": 40}
    entries.receive(held(site), NURSE, [entry("arrival", "two", fields=fields)], now=datetime.now(TIME_ZONE))
    assert nurse.get(f"/worklists/handover/{number('two')}").status_code == 404, "no child"
    sheets = nurse.post("/worklists/stickers", data={"stickers": "3"}).get_data(as_text=True)
    assert len(set(re.findall("[2-9A-Z]{3} [2-9A-Z]{3}", sheets))) == 3 and sheets.count("<svg") >= 6
    code = re.search(r'mono">([2-9A-Z]{3} [2-9A-Z]{3})', sheets)[1]
    kept = nurse.post(f"/worklists/slips/{subject}/{referral}", data={"code": code})
    assert kept.status_code == 303 and code in nurse.get(kept.headers["Location"]).get_data(as_text=True)
    assert nurse.get(f"/worklists/slips/{subject}/{referral}/sticker").status_code == 200
    other = nurse.post(f"/worklists/slips/{subject}/{referral}", data={"code": "7K4 M2F"})
    assert other.status_code == 400
