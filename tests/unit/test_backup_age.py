"""Backups are tried in a scratch database, and administrators are told when none is young enough."""

from __future__ import annotations

import zipfile
from datetime import UTC, datetime, timedelta

import pytest

from dashboard.permissions import Grant
from dashboard.server import jobs
from dashboard.services.upkeep import backup_age, backups
from dashboard.settings import Settings
from db.core.engine import Database, write_transaction
from db.maintenance.opening import open_database
from db.operations import audit
from surveillance.errors import UnreadableFileError
from tests.support.files import record, write_csv
from tests.support.web import served, settings, signed_in

NOW = datetime(2026, 7, 1, 8, tzinfo=UTC)
SETTINGS = Settings.read({})


def written(database: Database, action: str, days: float, **detail: object) -> None:
    """A line of the trail of some days ago."""
    at = (NOW - timedelta(days=days)).isoformat(timespec="seconds")
    with write_transaction(database.operations) as connection:
        audit.append(connection, at, "command line", action, audit.said(detail))


def test_the_last_backup_is_the_newest_that_is_not_known_to_be_damaged(database):
    assert backup_age.last_backup(database).is_missing(NOW, 10_000)
    written(database, backup_age.MADE, 5, file="a.zip")
    written(database, backup_age.TRIED, 5, file="a.zip", whole=True)
    written(database, backup_age.MADE, 1, file="b.zip")
    assert backup_age.last_backup(database).days(NOW) == 1
    written(database, backup_age.TRIED, 0.5, file="b.zip", whole=False)
    found = backup_age.last_backup(database)
    assert (found.days(NOW), found.tried_at) == (5, NOW - timedelta(days=5))
    assert (found.is_missing(NOW, 5), found.is_missing(NOW, 4)) == (False, True)
    assert backup_age.last_backup(database, NOW - timedelta(days=2)).made_at is None


@pytest.fixture
def line(sqlite_cli, tmp_path):
    """A command line on a database that holds a record."""
    assert sqlite_cli("import", write_csv(tmp_path / "a.csv", record())).code == 0
    return sqlite_cli


def test_a_backup_is_tried_in_a_scratch_database_that_is_gone_again(line, tmp_path):
    folder = tmp_path / "kept"
    folder.mkdir()
    done = line("backup", folder, "--try")
    assert done.code == 0, done.stderr
    assert "tried: a scratch database was filled from it" in done.stdout
    assert [path.suffix for path in folder.iterdir()] == [".zip"]
    assert line("backup", folder, "--try", "--format", "json").one["tried"] is True


def test_a_backup_that_does_not_come_back_whole_does_not_count(database, tmp_path):
    made = backups.make_backup(
        database, Grant.custodian(), SETTINGS, tmp_path / "b.zip", None, lambda *_: None
    )
    with zipfile.ZipFile(made.path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(made.path, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content.replace(b'"accounts": 0', b'"accounts": 7'))
    with pytest.raises(UnreadableFileError, match="holds"):
        backups.try_backup(database, Grant.custodian(), made, lambda *_: None)
    assert backup_age.last_backup(database).made_at is None
    assert [path.name for path in tmp_path.iterdir()] == ["b.zip"]


def test_administrators_are_told_and_nobody_else(line, tmp_path):
    said = "No whole backup was made in the last 2 days."
    with served(line.url) as server:
        administrator, official = (signed_in(server, name) for name in ("administrator", "official"))
        for path in ("/", "/data", "/map"):
            assert said in administrator.get(path).get_data(as_text=True), path
            assert said not in official.get(path).get_data(as_text=True), path
        assert line("backup", tmp_path / "b.zip").code == 0
        assert said not in administrator.get("/data").get_data(as_text=True)


@pytest.mark.parametrize("backed_up", [False, True])
def test_the_log_says_it_every_day_while_the_server_goes_on(line, tmp_path, monkeypatch, caplog, backed_up):
    if backed_up:
        assert line("backup", tmp_path / "b.zip").code == 0
    database = open_database(line.url)
    turns = iter([True, True, False])
    monkeypatch.setattr(jobs, "_WARNS", -1.0)  # a day is over at once
    monkeypatch.setattr(jobs, "_LOOK", 0.0)
    monkeypatch.setattr(jobs.QueueSupervisor, "look", lambda *_given: None)
    jobs.supervise(database, settings(line.url), lambda: next(turns))
    database.dispose()
    said = [one for one in caplog.messages if "no whole backup was made in the last 2 days" in one]
    assert len(said) == (0 if backed_up else 2)
