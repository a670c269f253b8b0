"""Whatever leaves as a file, and every look at a line list, has its line in the trail, or is not given."""

from __future__ import annotations

import json

import pytest

from db.operations import audit
from tests.security.test_routes import TABLE, address
from tests.support.cluster_site import cluster_site
from tests.support.web import say_why, signed_in

pytestmark = pytest.mark.sql
QUESTIONS = {
    "/curves": "disease=measles",
    "/today": "",
    "/reporting": "",
    "/decisions": "",
    "/calendar": "",
    "/data": "",
    "/clusters": "",
    "/map/trend": "disease=measles&area=KH01",
    "/map/groups": "disease=measles&area=KH01",
    "/map": "disease=measles",
    "/export": "disease=measles",
    "/provinces": "",
    "/crossings": "",
    "/facilities": "",
    "/reception": "",
    "/administration": "",
    "/imports": "",
    "/releases": "",
    "/sessions": "",
    "/cascade": "disease=measles",
    "/funnel": "disease=measles",
    "/indicators": "",
    "/denominators": "",
    "/rates": "disease=measles",
    "/data-quality": "",
    "/malaria": "",
    "/alerts": "",
    "/bulletin": "",
    "/districts": "disease=measles",
}
#: What is written of a file, where it is another word than of all others.
ACTIONS = {"/bulletin": "bulletin", "/alerts": "alerts digest"}
#: Files that an epidemiologist is not given -> who is.
OTHERS = {"/administration": "administrator", "/imports": "manager"}
#: Pages of places -> a place that has one.
PLACES = {
    "/provinces": "KH01",
    "/districts": "Poipet",
    "/crossings": "poipet",
    "/facilities": "F1",
    "/indicators": "malaria_testing",
}
#: Every route that gives a file. A `.json` beside one says what the file is about, and holds no count.
FILES = sorted(
    route
    for method, route in TABLE
    if ((method == "GET" and "kind>" in route) or "/export/" in route)
    and not route.startswith("/releases/")  # there is none here: tests/unit/test_further_files.py takes one
)


@pytest.fixture(scope="module")
def site(sqlite_files, tmp_path_factory):
    with cluster_site(sqlite_files, tmp_path_factory.mktemp("files")) as made:
        yield made


@pytest.fixture(scope="module")
def client(site):
    return say_why(signed_in(site.server, "epidemiologist"))


@pytest.fixture(scope="module")
def others(site):
    return {name: signed_in(site.server, name) for name in OTHERS.values()}


def asked(site, route):
    question = next(text for begins, text in QUESTIONS.items() if route.startswith(begins))
    for begins, name in PLACES.items():
        if route.startswith(begins):
            route = route.replace("<name>", name).replace("<path:name>", name)
    return address(route.replace("<number>", site.run).replace("<period>", "2025-W10")) + (
        f"?{question}" if question else ""
    )


def newest(site):
    line = audit.latest(site.database, 1)[0]
    return line.id, line.actor, line.action


@pytest.mark.parametrize("route", FILES)
def test_every_file_has_its_line_or_is_not_given(site, client, others, monkeypatch, route):
    who = next((name for begins, name in OTHERS.items() if route.startswith(begins)), "epidemiologist")
    client = others.get(who, client)
    before = newest(site)[0]
    answer = client.get(asked(site, route))
    assert answer.status_code == 200, answer.get_data(as_text=True)[:300]
    assert "attachment" in answer.headers["Content-Disposition"]
    number, actor, action = newest(site)
    assert number > before
    wanted = next((name for begins, name in ACTIONS.items() if route.startswith(begins)), "export")
    assert (actor, action) == (f"{who}@example.org", wanted)
    body = answer.get_data()

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(audit, "append", full)
    refused = client.get(asked(site, route))
    assert refused.status_code == 507
    assert "attachment" not in refused.headers.get("Content-Disposition", "")
    assert body not in refused.get_data()


def test_a_look_at_a_line_list_has_its_line_or_shows_nothing(site, client, monkeypatch):
    address_of = f"/clusters/{site.run}/1/records"
    assert client.get(address_of).status_code == 200
    line = audit.latest(site.database, 1)[0]
    assert (line.actor, line.action) == ("epidemiologist@example.org", "line list seen")
    assert json.loads(line.detail)["records"] > 0

    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(audit, "append", full)
    refused = client.get(address_of)
    assert refused.status_code == 507
    assert "<td" not in refused.get_data(as_text=True)
