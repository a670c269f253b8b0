"""What is stored has its line of the trail, wherever a process was killed or a disk was full in between."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from dashboard.permissions import Grant
from dashboard.services import identifiers
from dashboard.services.imports import facilities, pipeline
from dashboard.services.places import unmatched
from dashboard.services.upkeep import another_key, archiving, verify
from dashboard.settings import Settings
from db.core.engine import Database
from db.maintenance.opening import open_database
from db.operations import audit, audit_chain, outbox
from tests.support.command_line import KEY
from tests.support.files import record, write_csv

pytestmark = pytest.mark.sql
GRANT = Grant.custodian()
TODAY = date(2026, 11, 1)


def settings(**more):
    return Settings.read({"CHHLANG_SECRET_KEY": KEY} | more)


def lines(database, action):
    """Details of the trail's lines of an action, oldest first."""
    return [json.loads(line.detail) for line in reversed(audit.latest(database)) if line.action == action]


def bring(database, folder, number="1", **more):
    path = write_csv(folder / f"{number}.csv", record(record_id=number, **more))
    return pipeline.import_file(database, GRANT, settings(), path)


def tell(*_):
    """Of how far it is."""


#: Each command that changes the records: what the trail calls it, what it needs, and what it does.
DOORS = {
    "import": (None, bring),
    "facilities import": (
        None,
        lambda d, f: facilities.import_facilities(
            d, GRANT, write_csv(f / "f.csv", {"facility_id": "HC1", "province": "KH01"})
        ),
    ),
    "places resolve": (
        lambda d, f: bring(d, f, province_home="Old Market"),
        lambda d, f: unmatched.resolve(d, GRANT, settings(), "Old Market", "KH01"),
    ),
    "identifiers share": (None, lambda d, f: identifiers.share(d, GRANT, settings(), "TB register")),
    "identifiers unshare": (
        lambda d, f: identifiers.share(d, GRANT, settings(), "TB register"),
        lambda d, f: identifiers.unshare(d, GRANT, settings(), "TB register"),
    ),
    "retain": (
        lambda d, f: bring(d, f, date_visit="2020-01-08"),
        lambda d, f: archiving.retain(
            d, GRANT, settings(), older_than="3y", dry_run=False, today=TODAY, tell=tell
        ),
    ),
    "rekey": (
        lambda d, f: bring(d, f, person_id="7"),
        lambda d, f: another_key.change_key(
            d, GRANT, settings(CHHLANG_SECRET_KEY=KEY[::-1], CHHLANG_PREVIOUS_KEY=KEY), tell
        ),
    ),
    "verify": (None, lambda d, f: verify.verify(d, GRANT, rebuild=True)),
}


@pytest.mark.in_turn("action")
@pytest.mark.parametrize("action", DOORS)
def test_a_kill_between_the_records_and_the_trail_leaves_a_line_for_whoever_opens_next(
    database: Database, database_url, tmp_path, monkeypatch, action
):
    before, do = DOORS[action]
    if before:
        before(database, tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr(outbox, "carry", lambda _database: 0)  # as if killed there
        do(database, tmp_path)
    direct = database.records is database.operations  # PostgreSQL: one transaction
    assert len(lines(database, action)) == direct
    again = open_database(database_url)
    assert len(lines(again, action)) == 1
    again.dispose()
    open_database(database_url).dispose()
    assert len(lines(database, action)) == 1  # once
    with database.operations.connect() as connection:
        assert audit_chain.verify(connection).sound


@pytest.mark.parametrize("action", DOORS)
def test_what_is_not_stored_leaves_no_line(sqlite_url, tmp_path, monkeypatch, action):
    database = open_database(sqlite_url)
    before, do = DOORS[action]
    if before:
        before(database, tmp_path)

    def full(*_):
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(outbox, "write", full)
        with pytest.raises(OSError, match="No space"):
            do(database, tmp_path)
    open_database(sqlite_url).dispose()
    assert lines(database, action) == []
    do(database, tmp_path)  # nothing of it was there
    assert len(lines(database, action)) == 1
    database.dispose()


def test_a_line_that_was_carried_over_and_not_yet_removed_comes_once(
    database: Database, tmp_path, monkeypatch
):
    with monkeypatch.context() as patched:
        patched.setattr(outbox, "_remove", lambda *_: None)  # as if killed there, or the disk was full
        bring(database, tmp_path)
    assert outbox.carry(database) == 0
    assert [line["accepted"] for line in lines(database, "import")] == [1]
    with database.reading() as connection:
        assert outbox._waiting(connection) == {}


@pytest.mark.in_turn("action")
@pytest.mark.parametrize("action", DOORS)
def test_a_disk_that_is_full_just_after_the_records_were_stored_is_no_refusal(
    database: Database, tmp_path, monkeypatch, action
):
    """Even to read what waits may be refused then, and "not stored" would be untrue."""
    before, do = DOORS[action]
    if before:
        before(database, tmp_path)

    def full(*_):
        raise sa.exc.OperationalError("SELECT", None, psycopg.errors.DiskFull("could not extend file"))

    with monkeypatch.context() as patched:
        patched.setattr(outbox, "_waiting", full)
        do(database, tmp_path)
        assert outbox.carry(database) == 1
    assert outbox.carry(database) == 0
    assert len(lines(database, action)) == 1


def test_rejected_rows_that_cannot_have_their_own_name_are_named_as_they_lie(
    sqlite_url, tmp_path, monkeypatch
):
    """The file is stored by then: to say that it is not would be untrue."""

    def full(*_):
        raise OSError(28, "No space left on device")

    database = open_database(sqlite_url)
    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", full)
        path = write_csv(tmp_path / "a.csv", record(record_id="1"), record(record_id="2", disease="?"))
        done = pipeline.import_file(database, GRANT, settings(), path)
    assert (done.receipt.accepted, done.receipt.rejected) == (1, 1)
    assert Path(done.receipt.returned_file).is_file()
    assert len(lines(database, "import")) == 1
    database.dispose()
