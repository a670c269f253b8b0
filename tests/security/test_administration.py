"""The administrators' pages: what they change, what they never show, and what nobody may do with them."""

from __future__ import annotations

import csv
import io
import json
import re

import pytest

from dashboard.permissions import Grant
from dashboard.services import accounts, administration, store
from dashboard.services.imports import data_status
from dashboard.services.upkeep.backup_age import MADE, TRIED
from dashboard.web import site as web_site
from db.core.scope import Scope
from db.operations import audit
from tests.support.accounts import add_accounts
from tests.support.command_line import CommandLine
from tests.support.files import record, write_csv
from tests.support.web import GOOD_KEY, served, settings, signed_in

WHO = {
    "epidemiologist": ("epidemiologist", None),
    "manager": ("data_manager", None),
    "other-manager": ("data_manager", None),
    "regional": ("administrator", ("KH02",)),
}
FACILITIES = ({"facility_id": "F0", "province": "KH01", "operational_district": "Inner Town"},)


@pytest.fixture(scope="module")
def url(sqlite_files, tmp_path_factory):
    """A database with a facility, a file and accounts."""
    folder = tmp_path_factory.mktemp("administration")
    with sqlite_files.fresh(migrated=True) as made:
        cli = CommandLine(made)
        assert cli("facilities", "import", write_csv(folder / "f.csv", *FACILITIES)).code == 0
        assert cli("import", write_csv(folder / "SOK-DARA.csv", record(facility_id="F0"))).code == 0
        database = store.open_store(settings(made))
        add_accounts(database, WHO)
        database.dispose()
        yield made


@pytest.fixture(scope="module")
def site(url):
    """A server on it."""
    with served(url) as made:
        yield made


@pytest.fixture(scope="module")
def database(url):
    """The database."""
    made = store.open_store(settings(url))
    yield made
    made.dispose()


@pytest.fixture
def admin(site):
    """An administrator of the country."""
    return signed_in(site, "administrator")


def facts(database, name):
    return next(
        one for one in accounts.listed(database, Grant.custodian()) if one.email == f"{name}@example.org"
    )


def change(client, database, name, what, **form):
    return client.post(f"/administration/accounts/{facts(database, name).number}/{what}", data=form)


def test_an_account_is_added_without_a_password_and_its_link_is_shown_once(admin, site, database):
    form = {
        "email": "new@example.org",
        "role": "viewer",
        "provinces": ["KH01", "KH02"],
        "programmes": ["cnm"],
    }
    page = admin.post("/administration", data=form | {"facilities": "F0"}).get_data(as_text=True)
    (link,) = re.findall(r'<code class="once">http://localhost(/invitation/[^<]+)</code>', page)
    assert facts(database, "new").scope == Scope.made(["KH01", "KH02"], facilities=["F0"], programmes=["cnm"])
    assert link not in admin.get("/administration").get_data(as_text=True)
    assert site.test_client().get(link).status_code == 200
    actions = [line.action for line in audit.latest(database, 10)]
    assert {"account added", "scope changed", "link made"} <= set(actions)


@pytest.mark.parametrize(
    "form",
    [
        {"email": "x", "role": "viewer", "everywhere": "yes"},
        {"email": "a@example.org", "role": "custodian", "everywhere": "yes"},
        {"email": "a@example.org", "role": "viewer"},
        {"email": "a@example.org", "role": "viewer", "provinces": "KH99"},
        {"email": "a@example.org", "role": "viewer", "facilities": "F0, NONE"},
        {"email": "a@example.org", "role": "viewer", "districts": "<b>"},
        {"email": "a@example.org", "role": "viewer", "crossings": "unknown"},
        {"email": "a@example.org", "role": "viewer", "everywhere": "yes", "programmes": "who"},
        {"email": "official@example.org", "role": "viewer", "everywhere": "yes"},
        {"email": "a@example.org", "role": "viewer", "everywhere": "yes", "programmes": []},
    ],
    ids=str,
)
def test_what_will_not_do_is_said_and_adds_nobody(admin, database, form):
    before = accounts.listed(database, Grant.custodian())
    answer = admin.post("/administration", data={"programmes": "cnm"} | form)
    assert answer.status_code == 400
    assert 'role="alert"' in answer.get_data(as_text=True)
    assert "<b>" not in answer.get_data(as_text=True)
    assert accounts.listed(database, Grant.custodian()) == before


def test_a_district_whose_name_has_blanks_is_typed_as_it_is_listed(admin, database):
    form = {"districts": "Inner Town, ", "programmes": ["cnm", "cenat", "nchads", "cdc"]}
    assert change(admin, database, "other-manager", "scope", **form).status_code == 303
    assert facts(database, "other-manager").scope == Scope.made(districts=["Inner Town"])
    administration.set_scope(database, Grant.custodian(), "other-manager@example.org", Scope.everything())


@pytest.mark.parametrize(
    ("what", "form"),
    [
        ("role", {"role": "official"}),
        ("scope", {"provinces": "KH03", "programmes": "cdc"}),
        ("code", {}),
        ("close", {}),
    ],
)
def test_a_change_ends_the_sessions_of_its_account(admin, site, database, what, form):
    theirs = signed_in(site, "viewer")
    assert theirs.get("/device").status_code == 200
    assert change(admin, database, "viewer", what, **form).status_code == 303
    assert theirs.get("/device").status_code == 302
    if what == "close":
        change(admin, database, "viewer", "open")
    if what == "scope":
        assert facts(database, "viewer").scope == Scope.made(["KH03"], programmes=["cdc"])
        administration.set_scope(database, Grant.custodian(), "viewer@example.org", Scope.everything())
    administration.set_role(database, Grant.custodian(), "viewer@example.org", "viewer")


@pytest.mark.parametrize(
    ("what", "form"),
    [("role", {"role": "viewer"}), ("scope", {"everywhere": "yes", "programmes": "cnm"}), ("close", {})],
)
def test_nobody_changes_her_own_role_or_scope_or_closes_her_own_account(admin, database, what, form):
    assert change(admin, database, "administrator", what, **form).status_code == 400
    assert facts(database, "administrator").role == "administrator"


def test_an_administrator_of_a_province_looks_after_its_accounts_alone(site, database):
    client = signed_in(site, "regional")
    page = client.get("/administration").get_data(as_text=True)
    assert "provincial@example.org" in page and "official@example.org" not in page
    assert change(client, database, "official", "role", role="viewer").status_code == 404
    for form in ({"everywhere": "yes"}, {"provinces": "KH01"}, {"facilities": "F0"}, {"crossings": "TH01"}):
        assert change(client, database, "provincial", "scope", **form).status_code == 400
        asked = {"email": "wide@example.org", "role": "viewer"} | form
        assert client.post("/administration", data=asked).status_code == 400
    assert facts(database, "provincial").scope == Scope.of("KH02")
    assert "official@example.org" not in client.get("/administration/sessions").get_data(as_text=True)


def test_a_session_is_ended(admin, site):
    theirs = signed_in(site, "official")
    page = admin.get("/administration/sessions").get_data(as_text=True)
    rows = re.findall(r'<th scope="row">([^<]+)</th>.*?action="([^"]+)"', page, re.S)
    for name, action in rows:
        if name == "official@example.org":
            assert admin.post(action).status_code == 303
    assert theirs.get("/device").status_code == 302


def test_no_secret_is_shown(admin, site):
    page = admin.get("/administration/settings").get_data(as_text=True)
    assert GOOD_KEY not in page and "sqlite" not in page
    assert re.search(r"CHHLANG_SECRET_KEY</code></th><td[^>]*>set<", page)
    assert re.search(r"DATABASE_URL</code></th><td[^>]*>set<", page)
    assert re.search(r"CHHLANG_IDLE_MINUTES</code></th><td[^>]*>60<", page)


def test_the_last_backup_is_shown_and_what_to_do_without_one(admin, database):
    def said():
        page = admin.get("/administration/settings").get_data(as_text=True)
        return re.findall(r"(?:Last whole backup|to try it): ([^<\n]*)", page), page

    lines, page = said()
    assert lines == ["None", "None"]
    assert "older than 2 days: on the server, sudo journalctl -u chhlang-backup" in page
    audit.record(database, "command line", MADE, {"file": "a.zip"})
    audit.record(database, "command line", TRIED, {"file": "a.zip", "whole": True})
    lines, _ = said()
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d", line) for line in lines)


def test_the_trail_is_searched_and_exported_and_reading_it_is_in_it(admin, database):
    page = admin.get("/administration/trail?what=signed in&who=administrator@example.org").get_data(
        as_text=True
    )
    rows = re.findall(r'data-label="Who">([^<]*)</td><td data-label="What">([^<]*)', page)
    assert rows and set(rows) == {("administrator@example.org", "signed in")}
    assert audit.latest(database, 1)[0].action == "audit show"
    answer = admin.get("/administration/trail.csv?what=account added")
    found = list(csv.DictReader(io.StringIO(answer.get_data(as_text=True).lstrip("\ufeff"))))
    assert {row["what"] for row in found} == {"account added"}
    last = audit.latest(database, 1)[0]
    assert (last.action, json.loads(last.detail)["lines"]) == ("audit export", len(found))
    assert (
        admin.get("/administration/trail?until=2020-01-01").get_data(as_text=True).count('<td class="day"')
        == 0
    )
    assert admin.get("/administration/trail?since=tomorrow").status_code == 400


def test_a_file_is_named_to_who_brought_it_and_to_the_custodian_alone(admin, site, database):
    for name in ("manager", "other-manager", "official", "epidemiologist", "administrator"):
        client = signed_in(site, name)
        assert "SOK-DARA" not in client.get("/data").get_data(as_text=True)
    for path in ("/administration/trail", "/administration/trail.csv"):
        assert "SOK-DARA" not in admin.get(path).get_data(as_text=True)
    held = data_status.receipts(database, Grant.custodian())
    assert [row["file_name"] for row in held] == ["SOK-DARA.csv"]
    importer = Grant(held[0]["actor"], "data_manager", Scope.everything())
    assert [row["file_name"] for row in data_status.receipts(database, importer)] == ["SOK-DARA.csv"]


def test_a_reason_is_asked_once_a_session_and_the_looks_are_counted(site, database, url, monkeypatch):
    client = signed_in(site, "epidemiologist")
    assert client.post("/records/reason", data={"chosen": "x"}).status_code == 400
    assert client.post("/records/reason", data={"chosen": "other", "text": "short"}).status_code == 400
    assert client.post("/records/reason", data={"chosen": "other", "text": "x" * 301}).status_code == 400
    answer = client.post("/records/reason", data={"chosen": "quality", "next": "https://elsewhere.example/"})
    assert answer.headers["Location"] == "/"
    form = {"reason": "because it is so", "format": "csv"}
    question = "/records?disease=tb&from=2025-01-01&to=2025-12-31"
    few = settings(url, CHHLANG_LINE_LISTS_PER_HOUR="2")
    monkeypatch.setattr(web_site, "settings", lambda: few)
    codes = [client.post(question, data=form).status_code for _ in range(3)]
    assert codes == [200, 200, 429]
    assert json.loads(audit.latest(database, 1)[0].detail)["reason"] == "because it is so"


def test_commands_change_role_and_scope(url, database):
    cli = CommandLine(url)
    assert cli("accounts", "role", "reception@example.org", "viewer").code == 2
    assert cli("accounts", "role", "manager@example.org", "official").code == 0
    scope = ("--provinces", "KH01,KH02", "--crossings", "Poipet", "--programmes", "cnm")
    assert cli("accounts", "scope", "manager@example.org", *scope).code == 0
    found = facts(database, "manager")
    assert (found.role, found.scope.text) == ("official", "KH01 KH02 crossing:TH01 programme:cnm")
    assert cli("accounts", "scope", "manager@example.org", "--facilities", "NONE").code == 2
    nothing = cli("accounts", "scope", "manager@example.org")
    assert (nothing.code, "--provinces all" in nothing.stderr) == (2, True)
    assert facts(database, "manager").scope.text == "KH01 KH02 crossing:TH01 programme:cnm"
    assert cli("accounts", "scope", "manager@example.org", "--provinces", "all").code == 0
    assert facts(database, "manager").scope == Scope.everything()
    assert cli("accounts", "role", "manager@example.org", "data_manager").code == 0
