"""Monitors: what a stranger learns, what the token opens, and that no label tells of people."""

from __future__ import annotations

import os
import re
import shutil
import time
from collections import namedtuple
from datetime import UTC, datetime, timedelta

import pytest

from dashboard.permissions import Grant
from dashboard.services import store
from dashboard.services.upkeep import readiness
from dashboard.settings import Settings
from db.operations import audit
from surveillance.errors import ConfigurationError
from tests.support.web import served, settings, signed_in

TOKEN = "b1946ac92492d2347c6235b4d2611184"
ELSEWHERE = (
    {"environ_base": {"REMOTE_ADDR": "192.0.2.7"}},
    {"headers": {"X-Forwarded-For": "127.0.0.1"}},
    {"headers": {"X-Real-IP": "127.0.0.1"}},
    {"headers": {"Forwarded": "for=127.0.0.1"}},
    {"headers": {"Host": "chhlang.health.example"}},
    {"headers": {"Authorization": f"Bearer {TOKEN}x", "Via": "1.1 proxy"}},
    {"headers": {"Authorization": "Bearer ", "Via": "1.1 proxy"}},
)


@pytest.fixture(scope="module")
def site(sqlite_files):
    with sqlite_files.fresh(migrated=True) as url, served(url, CHHLANG_MONITOR_TOKEN=TOKEN) as made:
        yield made


@pytest.mark.parametrize("asked", ELSEWHERE, ids=str)
def test_a_stranger_gets_a_bare_word_and_no_numbers(asked, site):
    answer = site.test_client().get("/readyz", **asked)
    assert (answer.status_code, answer.get_json()) == (503, {"status": "not ready"})  # no job runner here
    assert site.test_client().get("/metrics", **asked).status_code == 403


def test_without_a_token_none_opens_anything(sqlite_url):
    with served(sqlite_url) as made:
        away = {"environ_base": {"REMOTE_ADDR": "192.0.2.7"}}
        for given in ("Bearer ", "Bearer None", f"Bearer {TOKEN}"):
            answer = made.test_client().get("/metrics", headers={"Authorization": given}, **away)
            assert answer.status_code == 403


def test_the_token_opens_detail_and_numbers_from_anywhere(site):
    asked = {"environ_base": {"REMOTE_ADDR": "192.0.2.7"}, "headers": {"Authorization": f"Bearer {TOKEN}"}}
    detail = site.test_client().get("/readyz", **asked)
    assert set(detail.get_json()["checks"]) == {
        "database", "migrations", "job runner", "disk", "authenticators", "backup",
    }  # fmt: skip
    assert TOKEN not in detail.get_data(as_text=True)
    assert "chhlang_requests_total" in site.test_client().get("/metrics", **asked).get_data(as_text=True)


def test_a_weak_token_is_refused_without_being_shown():
    with pytest.raises(ConfigurationError) as refused:
        Settings.read({"CHHLANG_MONITOR_TOKEN": "canary-token"})
    assert "CHHLANG_MONITOR_TOKEN" in str(refused.value)
    assert "canary-token" not in str(refused.value)


def test_no_label_names_a_place_a_disease_or_a_person(site):
    client = signed_in(site, "official")
    for path in ("/map?disease=malaria", "/provinces/KH01", "/facilities/HC1", "/find?q=canary", "/canary"):
        client.get(path)
    text = site.test_client().get("/metrics").get_data(as_text=True)
    labels = dict.fromkeys(re.findall(r'(\w+)="', text))
    assert set(labels) <= {"method", "route", "status", "le", "why", "what", "check"}
    routes = {str(rule) for rule in site.url_map.iter_rules()} | {"none"}
    assert set(re.findall(r'route="([^"]*)"', text)) <= routes
    for told in ("canary", "malaria", "KH01", "HC1", "example.org"):
        assert told not in text


@pytest.fixture
def opened(sqlite_url):
    database = store.open_store(settings(sqlite_url))
    yield database, settings(sqlite_url)
    database.dispose()


def look(opened, **more) -> dict[str, tuple[str, str]]:
    database, chosen = opened
    return {check.name: (check.status, check.detail) for check in readiness.checks(database, chosen, **more)}


def test_the_age_of_the_last_backup_warns_or_fails(opened, sqlite_url):
    database, _ = opened
    assert look(opened)["backup"][0] == "warn"
    audit.record(database, Grant.custodian().actor, "backup")
    assert look(opened)["backup"][0] == "ok"
    later = datetime.now(UTC) + timedelta(days=3)
    assert look(opened, now=later)["backup"] == ("warn", "the last one is 3.0 days old")
    strict = settings(sqlite_url, CHHLANG_BACKUP_WARN_DAYS="1", CHHLANG_BACKUP_FAIL_DAYS="2")
    assert look((database, strict), now=later)["backup"][0] == "fail"


@pytest.mark.parametrize(("free", "status"), [(10**9 * 5, "ok"), (10**9, "warn"), (10**8, "fail")])
def test_little_space_warns_and_less_fails(free, status, opened, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage(10**12, 0, free))
    assert look(opened)["disk"][0] == status


def test_a_database_that_is_behind_or_away_is_not_ready(opened):
    database, _ = opened
    with database.writing() as connection:
        connection.exec_driver_sql("UPDATE alembic_version_records SET version_num = 'records_0001'")
    found = look(opened)
    assert found["migrations"] == ("fail", "not at the revision of this version: records")
    assert found["database"][0] == "ok"
    with database.writing() as connection:
        connection.exec_driver_sql("DROP TABLE meta")
    found = look(opened)
    assert found["database"][0] == "fail"
    assert "meta" not in found["database"][1]


def test_the_sign_of_life_grows_old(opened):
    _, chosen = opened
    assert look(opened)["job runner"][0] == "fail"
    readiness.sign_of_life(chosen)
    assert look(opened)["job runner"] == ("ok", "runs")
    os.utime(readiness._sign(chosen), (time.time() - 31,) * 2)
    assert look(opened)["job runner"][0] == "fail"
    readiness.sign_of_life(chosen)
    assert look(opened)["job runner"][0] == "ok"


def test_whoever_asks_without_end_asks_the_database_no_more_for_it(opened, monkeypatch):
    asked = []
    found = [readiness.Check("database", readiness.OK, "answers")]
    monkeypatch.setattr(readiness, "checks", lambda *_: (asked.append(1), found)[1])
    kept = readiness.Readiness(*opened)
    for _ in range(50):
        assert kept.look() == found
    assert len(asked) == 1
