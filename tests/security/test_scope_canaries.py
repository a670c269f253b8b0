"""What lies outside a scope is nowhere in any answer, and changes none.

Each account is asked the same of two servers: one holds its own records alone, one everybody's. Every byte is
the same. Names of facilities and decisions outside its places are texts that must not occur anywhere, logs
included.
"""

from __future__ import annotations

import re
from contextlib import ExitStack
from datetime import date, timedelta
from functools import cache
from itertools import product

import pytest

from dashboard.permissions import Grant
from dashboard.services import administration, store
from dashboard.services.today import decisions
from db.core.scope import Scope
from surveillance.errors import NotPermittedError
from tests.security.test_routes import TABLE, address
from tests.support.accounts import add_accounts
from tests.support.command_line import CommandLine
from tests.support.files import record, write_csv
from tests.support.programs import program
from tests.support.web import callback_body, served, settings, signed_in

FIRST = date(2025, 1, 6)
DISEASES = ("malaria", "tb", "measles", "hiv")
#: Facility -> province, operational district.
FACILITIES = {
    "F0": ("KH01", "Inner"),
    "F1": ("KH01", "Outer"),
    "F2": ("KH02", "Inner 2"),
    "F3": ("KH03", "Far"),
}
#: Scope, and which rows it holds.
CASES = {
    "province": (Scope.of("KH01"), lambda row: FACILITIES[row["facility_id"]][0] == "KH01"),
    "programme": (Scope.made(programmes=["cnm"]), lambda row: row["disease"] == "malaria"),
    "facility": (Scope.made(facilities=["F0"]), lambda row: row["facility_id"] == "F0"),
    "district": (Scope.made(districts=["Inner 2"]), lambda row: row["facility_id"] == "F2"),
    "crossing": (Scope.made(crossings=["TH01"]), lambda row: row["crossing"] == "TH01"),
    "both": (
        Scope.made(["KH01"], programmes=["cnm", "cdc"]),
        lambda row: FACILITIES[row["facility_id"]][0] == "KH01" and row["disease"] in ("malaria", "measles"),
    ),
}
#: Tried each time, and by the whole run.
SHORT, LONG = ("both",), ("facility", "province", "programme", "district", "crossing")
VIEWS = ("by=province&place=care", "by=facility", "by=crossing", "by=province&place=home")
QUESTIONS = [f"disease={disease}&{view}" for disease, view in product(DISEASES, VIEWS)]
FILES = ("/map.json", "/map.csv", "/map/table", "/map/trend.csv", "/export/coverage.csv")
ADDRESSES = (
    *(f"{path}?{question}" for path in FILES for question in QUESTIONS),
    *(f"/map/groups.csv?{question}&area=KH01" for question in QUESTIONS),
    *(f"/map?disease=malaria&{view}" for view in VIEWS),
    *(f"/curves.json?disease={one}&place={place}" for one in DISEASES for place in ("care", "crossing")),
    *(f"{path}?disease={one}" for path in ("/provinces", "/beside", "/curves") for one in ("malaria", "tb")),
    *(f"/cascade{end}?disease={one}" for end in ("", ".csv", "/times.csv") for one in DISEASES),
    *(f"/funnel.csv?disease={one}&by={by}" for one in ("malaria", "hiv") for by in ("facility", "province")),
    "/cascade?disease=malaria&by=province", "/cascade?disease=tb&path=tb_screening", "/funnel?disease=tb",
    "/", "/today.json", "/today.csv", "/reporting", "/reporting.json", "/reporting.csv", "/map", "/curves",
    "/find?q=KH0", "/find?q=CANARY", "/provinces/KH01", "/provinces/KH02", "/facilities/F0", "/facilities/F1",
    "/facilities/F2", "/facilities/F3", "/crossings/poipet", "/provinces/KH01.csv",
    "/provinces/KH02.csv", "/facilities/F0.csv", "/facilities/F3.csv", "/crossings/poipet.csv",
    "/districts/Inner", "/districts/Inner%202", "/districts/Inner%202?disease=tb", "/districts/Far",
    "/districts/Inner.csv", "/districts/Inner%202.json", "/districts/Inner%202/ranks.svg", "/find?q=Inner",
    *(f"/export/coverage.csv?disease={one}&by=district" for one in DISEASES),
    "/map/table?disease=malaria&by=district", "/rates.json?disease=malaria&by=district",
    "/clusters", "/clusters/standing", "/data",
    "/decisions",
)  # fmt: skip
#: What programs ask, by the token of the account.
PROGRAMS = (
    *(f"/api/coverage?{question}" for question in QUESTIONS[::2]),
    *(f"/api/coverage/trend?{question}&area=KH01" for question in QUESTIONS[::5]),
    *(f"/api/coverage/groups?{question}&area=KH01" for question in QUESTIONS[::5]),
    *(f"/api/curves?disease={one}&place={place}" for one in DISEASES for place in ("care", "crossing")),
    *(f"/api/cascades?disease={one}&by=province" for one in DISEASES),
    *(f"/api/indicators/malaria_testing?by={by}" for by in ("province", "facility", "country")),
    *(f"/api/reporting?from=2025-01-06&to=2025-02-02&by={by}" for by in ("facility", "province")),
    "/api/cascades/times?disease=malaria", "/api/facilities", "/api/status", "/api/clusters", "/api/alerts",
    "/api/arrivals", "/api/catalogue/diseases", "/api/indicators/malaria_testing/course",
)  # fmt: skip
#: What tells when a file came, or when an answer was made, and marks of a version.
_MOMENTS = re.compile(
    rb'(?s)<script id="_dash-config".*?</script>|Reference: [0-9a-f]{8}'
    rb'|"reference": "[0-9a-f]{8}"|"of": "[0-9a-f]{16}"'  # the rows stand beside it
    rb"|\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d)?[.\d]*(Z|\+\d\d:\d\d)?|\?v=[0-9a-f]+"
)


def rows():
    """Two people with and without a finding, in each facility, week, disease and at each crossing."""
    found = []
    for number, (week, facility, disease, crossing, person) in enumerate(
        product(range(4), FACILITIES, DISEASES, ("TH01", "TH03"), range(2))
    ):
        found.append(
            record(
                record_id=f"CANARY-RECORD-{number}",
                facility_id=facility,
                disease=disease,
                date_visit=(FIRST + timedelta(weeks=week)).isoformat(),
                crossing=crossing,
                eligible="yes",
                tested="yes",
                positive="yes" if (person + week) % 3 == 0 else "no",
                sex=("female", "male")[person % 2],
                province_home=("KH05", "KH06")[person % 2],
            )
        )
    return found


def _server(stack, sqlite_files, folder, name, kept):
    url = stack.enter_context(sqlite_files.fresh(migrated=True))
    cli = CommandLine(url)
    listed = [
        {
            "facility_id": f,
            "province": p,
            "operational_district": d,
            "name_en": f"CANARY-{f}",
            "name_km": f"CANARY-{f}",
        }
        for f, (p, d) in FACILITIES.items()
    ]
    assert cli("facilities", "import", write_csv(folder / "facilities.csv", *listed)).code == 0
    chosen = [row for row in rows() if kept(row)]
    assert cli("import", write_csv(folder / f"CANARY-FILE-{name}.csv", *chosen)).code == 0
    database = store.open_store(settings(url))
    add_accounts(database, dict.fromkeys(CASES, ("official", ())))
    for one, (scope, _) in CASES.items():
        administration.set_scope(database, Grant.custodian(), f"{one}@example.org", scope)
    if name == "everything":
        for area, readers in (("KH02", ""), ("KH03", "cenat"), ("all", ""), ("all", "nchads")):
            said = {"text": f"CANARY-DECISION-{area}", "owner": "CDC", "due": "2026-01-01", "area": area}
            said["readers"] = readers
            decisions.add(database, Grant.custodian(), said, date(2025, 12, 1))
    database.dispose()
    return stack.enter_context(served(url))


@pytest.fixture(scope="module")
def servers(sqlite_files, tmp_path_factory):
    """By name of a case a server that holds its rows alone; and one that holds everything."""
    folder = tmp_path_factory.mktemp("scopes")
    with ExitStack() as stack:

        @cache
        def of(name):
            kept = CASES[name][1] if name in CASES else lambda _row: True
            return _server(stack, sqlite_files, folder, name, kept)

        yield of


def _answers(client, asking, outside=()):
    """What is answered to each question; texts from outside are in none."""
    for path in PROGRAMS:
        answer = asking.get(path)
        assert answer.status_code < 500, path
        yield path, answer.status_code, _without(outside, answer.get_data(), path)
    for path in ADDRESSES:
        answer = client.get(path)
        assert answer.status_code < 500, path
        yield path, answer.status_code, _without(outside, answer.get_data(), path)
    for question in QUESTIONS[::3]:
        answer = client.post("/_dash-update-component", json=callback_body(client, f"?{question}"))
        assert answer.status_code < 500, question
        yield question, answer.status_code, _without(outside, answer.get_data(), question)


def _without(outside, body, path):
    assert [canary for canary in outside if canary.encode() in body] == [], path
    return _MOMENTS.sub(b"", body)


def _outside(scope):
    """Texts from outside a scope."""
    found = [f"CANARY-{f}" for f, (p, d) in FACILITIES.items() if not scope.holds_facility(f, p, d)]
    return [*found, "CANARY-RECORD", "CANARY-FILE", "CANARY-DECISION"]


@pytest.mark.parametrize("name", [*SHORT, *(pytest.param(name, marks=pytest.mark.full) for name in LONG)])
def test_records_outside_a_scope_change_no_answer_and_no_name_is_in_one(servers, name, caplog):
    alone, everything = servers(name), servers("everything")
    outside = _outside(CASES[name][0])
    own = {path: rest for path, *rest in _answers(signed_in(alone, name), program(alone, name))}
    client, asking = signed_in(everything, name), program(everything, name)
    all_of_it = {path: rest for path, *rest in _answers(client, asking, outside)}
    assert [canary for canary in outside if canary in caplog.text] == []
    different = [path for path in own if own[path] != all_of_it[path]]
    assert different == []
    assert any(code == 200 and b'"value"' in body for code, body in own.values())


@pytest.mark.parametrize("name", [*SHORT, *(pytest.param(name, marks=pytest.mark.full) for name in LONG)])
def test_no_name_from_outside_a_scope_is_in_any_page_or_file_or_log(servers, name, caplog):
    outside, client = _outside(CASES[name][0]), signed_in(servers("everything"), name)
    for path in (address(route) for method, route in TABLE if method == "GET"):
        with client.get(path) as answer:
            _without(outside, answer.get_data(), path)
    assert [canary for canary in outside if canary in caplog.text] == []


def test_what_is_asked_for_outside_is_refused_in_words(servers):
    client = signed_in(servers("everything"), "both")
    body = callback_body(client, "?disease=tb")
    shown = client.post("/_dash-update-component", json=body).get_data(as_text=True)
    assert "programme that your account does not cover" in shown
    client = signed_in(servers("everything"), "facility")
    assert "F0" in client.get("/map.csv?disease=malaria&by=facility").get_data(as_text=True)
    for disease in DISEASES:
        with pytest.raises(NotPermittedError):
            Scope.made(programmes=[]).check(disease)
