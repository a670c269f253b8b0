"""Which settings were changed stands in the audit trail, and no secret of them."""

from __future__ import annotations

import errno

from dashboard.server import serve as server
from dashboard.services.upkeep import settings_trail
from db.maintenance.opening import open_database
from db.operations import audit
from tests.support.files import record, write_csv
from tests.support.web import GOOD_KEY, settings

OTHER = "key number 2, long enough and of no use elsewhere"


def lines(database):
    return [detail for _, _, detail in audit.lines_of(database, (settings_trail.CHANGED,))]


def test_what_differs_from_the_last_start_is_noted_and_nothing_else(database):
    url = "sqlite:///unused"
    first = settings_trail.note(database, settings(url))
    assert (first["CHHLANG_SECRET_KEY"], first["DATABASE_URL"]) == ("set", "set")
    assert settings_trail.note(database, settings(url)) == {}
    more = {"CHHLANG_HTTPS": "yes", "CHHLANG_TOTP_ROLES": "viewer,administrator"}
    changed = {"CHHLANG_HTTPS": "True", "CHHLANG_TOTP_ROLES": "viewer,administrator"}
    assert settings_trail.note(database, settings(url, **more)) == changed
    token = {"CHHLANG_MONITOR_TOKEN": "a token that is as long as it must be, 7b3f"}
    assert settings_trail.note(database, settings(url, **more, **token)) == {"CHHLANG_MONITOR_TOKEN": "set"}
    gone = settings_trail.note(database, settings(url, **token))
    assert gone["CHHLANG_HTTPS"] == first["CHHLANG_HTTPS"]
    assert len(lines(database)) == 4
    assert GOOD_KEY not in str(lines(database)) and "7b3f" not in str(lines(database))


def test_the_start_of_the_server_notes_them_and_goes_on_where_the_disk_is_full(
    sqlite_cli, tmp_path, monkeypatch
):
    assert sqlite_cli("import", write_csv(tmp_path / "a.csv", record())).code == 0
    monkeypatch.setattr(server, "serve", lambda *_given: None)
    assert sqlite_cli("serve").code == 0
    assert sqlite_cli("serve", env={"CHHLANG_WORKERS": "3"}).code == 0
    database = open_database(sqlite_cli.url)
    assert lines(database)[1] == {"CHHLANG_WORKERS": "3"}
    database.dispose()

    def full(*_given):
        raise OSError(errno.ENOSPC, "no space")

    monkeypatch.setattr(settings_trail, "note", full)
    done = sqlite_cli("serve", env={"CHHLANG_WORKERS": "2"})
    assert done.code == 0
    assert "chhlang: whether settings have changed is not in the trail: the disk is full" in done.stderr
