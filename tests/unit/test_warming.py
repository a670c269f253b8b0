"""The first page is made before a reader waits for it: of whom it was asked lately, and of nobody else."""

from __future__ import annotations

import threading
from datetime import date

import pytest

from dashboard.permissions import Grant
from dashboard.server import warming
from dashboard.services.imports.data_status import data_status
from dashboard.services.place_pages import page
from dashboard.services.place_pages.place import place_of
from dashboard.services.today import overview
from db.core.scope import Scope
from db.maintenance.opening import open_database
from tests.support.files import record, write_csv

TODAY = date(2025, 7, 10)
OFFICIAL = Grant("one", "official", Scope.everything())


@pytest.fixture
def bring(sqlite_cli, tmp_path, monkeypatch):
    """Import a file of some visits."""
    monkeypatch.setattr(overview, "_ASKED", overview.OrderedDict())
    monkeypatch.setattr(overview, "_HELD", overview.OrderedDict())
    monkeypatch.setattr(warming, "today_in_cambodia", lambda: TODAY)

    def brought(name, day):
        rows = [
            record(record_id=f"{name}-{n}", tested="yes") | {"disease": "tb", "date_visit": day}
            for n in range(9)
        ]
        assert sqlite_cli("import", write_csv(tmp_path / f"{name}.csv", *rows), "--source", name).code == 0

    brought("first", "2025-05-05")
    brought("second", "2025-06-30")
    return brought


@pytest.fixture
def database(sqlite_cli, bring):
    opened = open_database(sqlite_cli.url)
    yield opened
    opened.dispose()


def held():
    return {key[1:3]: made for key, (_, made) in overview._HELD.items()}


def test_after_an_import_it_is_there_before_it_is_asked_for(bring, database):
    first = overview.overview(database, OFFICIAL, data_status(database), TODAY)
    bring("third", "2025-06-29")
    warming.look(database)
    made = held()["official", OFFICIAL.scope]
    assert made is not first and made.of("tb", "testing").table.total.unknown == 27
    assert overview.overview(database, OFFICIAL, data_status(database), TODAY) is made


def test_it_is_made_for_who_asked_within_the_hour_and_for_nobody_else(bring, database, monkeypatch):
    warming.look(database)
    assert held() == {}
    overview.overview(database, OFFICIAL, data_status(database), TODAY)
    bring("third", "2025-06-29")
    monkeypatch.setattr(overview, "_LATELY", 0.0)
    before = held()
    warming.look(database)
    assert held() == before


def test_what_soon_ends_is_made_anew(bring, database, monkeypatch):
    first = overview.overview(database, OFFICIAL, data_status(database), TODAY)
    warming.look(database)
    assert held()["official", OFFICIAL.scope] is first
    since, _ = next(iter(overview._HELD.values()))
    monkeypatch.setattr(overview, "monotonic", lambda: since + 0.6 * overview._SECONDS)
    warming.look(database)
    assert held()["official", OFFICIAL.scope] is not first


def test_at_start_the_first_page_is_made_for_the_accounts_that_there_are(sqlite_cli, database):
    for email, role, *scope in (
        ("a@x.test", "official", "--province", "KH01"),
        ("b@x.test", "official"),
        ("c@x.test", "viewer"),
        ("d@x.test", "administrator"),
    ):
        done = sqlite_cli("accounts", "add", email, "--role", role, *scope)
        assert done.code == 0, done.stderr
    made_for = [(grant.role, grant.scope.national) for grant in warming.readers(database)]
    assert made_for == [("official", True), ("official", False)]
    warming.begin(database)
    made = held()["official", OFFICIAL.scope]
    assert len(held()) == 2
    assert overview.overview(database, OFFICIAL, data_status(database), TODAY) is made


def test_a_page_of_a_place_is_made_anew_after_an_import_for_who_asked_for_it(bring, database, monkeypatch):
    monkeypatch.setattr(page, "_ASKED", page.OrderedDict())
    monkeypatch.setattr(page, "_HELD", page.OrderedDict())
    place = place_of(database, OFFICIAL, "province", "KH01")
    first = page.place_page(database, OFFICIAL, data_status(database), TODAY, place)
    bring("third", "2025-06-29")
    warming.look(database)
    made = [one for _, one in page._HELD.values()][-1]
    assert made is not first
    assert page.place_page(database, OFFICIAL, data_status(database), TODAY, place) is made
    monkeypatch.setattr(page, "_LATELY", 0.0)
    bring("fourth", "2025-06-28")
    warming.look(database)
    assert [one for _, one in page._HELD.values()][-1] is made


def test_what_fails_is_logged_and_looked_at_again(database, monkeypatch, caplog):
    over, twice, calls = threading.Event(), threading.Event(), []

    def fail():
        calls.append(1)
        if len(calls) > 1:
            twice.set()
        raise OSError("no disk")

    monkeypatch.setattr(overview, "asked_lately", fail)
    monkeypatch.setattr(warming, "_PAUSE", 0.01)
    thread = warming.start(database, over)
    assert twice.wait(5)
    over.set()
    thread.join(5)
    assert not thread.is_alive() and "could not be made ahead" in caplog.text
