"""A disk that really is full under a server that runs: what is said is true, and one can still sign out."""

from __future__ import annotations

import contextlib
import json
import logging
import sys
from datetime import timedelta

import pytest
import sqlalchemy as sa

from dashboard.services import leases
from dashboard.services.clock import today_in_cambodia
from db.maintenance.opening import open_database
from db.operations import audit, audit_chain
from tests.support.accounts import PASSWORD
from tests.support.command_line import CommandLine
from tests.support.disks import fill_up, small_disk
from tests.support.files import record, write_csv
from tests.support.upload_site import brought, page, upload_site
from tests.support.web import sign_in

pytestmark = [
    pytest.mark.sql,
    pytest.mark.process,
    pytest.mark.skipif(sys.platform == "win32", reason="there is no small disk"),
]
SAYS = "The disk of this server is full"
COVERAGE = "disease=tb&place=care&measure=positivity"
SOON = (today_in_cambodia() + timedelta(days=30)).isoformat()
#: What each door is asked: method, address, form. None of it may be half-done.
DOORS = {
    "export of the table": ("GET", f"/export/coverage.csv?{COVERAGE}", None),
    "export of a figure": ("GET", f"/map.svg?{COVERAGE}", None),
    "start of a run": ("POST", "/clusters", {"disease": "tb", "view": "province:care"}),
    "decision": ("POST", "/decisions", {"text": "Visit", "owner": "OD", "due": SOON, "area": "KH01"}),
    "view": ("POST", f"/views?{COVERAGE}", {"name": "Gates"}),
    "sign-in": ("POST", "/sign-in", {"email": "viewer@example.org", "password": PASSWORD}),
    "wrong sign-in": ("POST", "/sign-in", {"email": "viewer@example.org", "password": "wrong"}),
}  # fmt: skip


def counts(database):
    """Rows of every table of the operations."""
    with database.operations.connect() as connection:
        names = sa.inspect(connection).get_table_names()
        return {name: connection.exec_driver_sql(f'SELECT count(*) FROM "{name}"').scalar() for name in names}


def chain(database):
    with database.operations.connect() as connection:
        return audit_chain.verify(connection)


def actions(database):
    return [row.action for row in reversed(audit.latest(database, 1_000))]


def test_every_door_says_what_happened_and_sign_out_works(tmp_path):
    with small_disk(tmp_path / "disk", "40m") as disk:
        url = f"sqlite:///{disk / 'chhlang.db'}"
        cli = CommandLine(url)
        rows = [
            record(record_id=str(n), positive="yes", date_visit=f"2026-08-{n % 28 + 1:02}") for n in range(60)
        ]
        assert cli("import", write_csv(tmp_path / "a.csv", *rows)).code == 0
        with upload_site(url, CHHLANG_UPLOADS=str(tmp_path / "uploads")) as site:
            official, thief = site.client("official"), site.server.test_client()
            manager = site.client("manager")
            number = brought(site, manager, write_csv(tmp_path / "b.csv", record(record_id="b1")))
            thief.set_cookie("chhlang", official.get_cookie("chhlang").value)
            assert thief.get("/").status_code == 200
            before = counts(site.database)
            with fill_up(disk, site.database):
                for name, (method, address, form) in DOORS.items():
                    client = site.server.test_client() if "sign-in" in name else official
                    answer = client.open(address, method=method, data=form)
                    text = answer.get_data(as_text=True)
                    assert (answer.status_code, SAYS in text) == (507, True), (
                        name,
                        answer.status_code,
                        text[:300],
                    )
                    assert client.get("/").status_code == (302 if "sign-in" in name else 200), name
                answered = manager.post(f"/imports/{number}/mapping", data={"mapping": "schema"})
                assert (answered.status_code, SAYS in answered.get_data(as_text=True)) == (507, True)
                assert counts(site.database) == before
                refused = cli("accounts", "close", "official@example.org")
                assert refused.code == 4
                assert refused.stderr.startswith(
                    "chhlang: official@example.org is not closed: the disk is full"
                )
                assert "ended all the same: 1" in refused.stderr
                assert thief.get("/").status_code == 302
                assert manager.post("/sign-out").status_code == 302
                assert manager.get("/").status_code == 302
                assert counts(site.database) == before
            assert sign_in(site.server.test_client(), "viewer").status_code == 302
            told = audit.latest(site.database, 3)
            assert [(row.actor, row.action) for row in told] == [
                ("viewer@example.org", "signed in"),
                ("manager@example.org", "signed out"),
                ("official@example.org", "signed out"),
            ]
            assert thief.get("/").status_code == 302
            assert chain(site.database).sound


@contextlib.contextmanager
def two_disks(tmp_path):
    """Records on a large disk, accounts and trail on a small one; gives the address and the small one."""
    folder = tmp_path / "data"
    folder.mkdir()
    with small_disk(tmp_path / "small", "8m") as small:
        (small / "chhlang-operations.db").touch(mode=0o600)
        (folder / "chhlang-operations.db").symlink_to(small / "chhlang-operations.db")
        url = f"sqlite:///{folder / 'chhlang.db'}"
        open_database(url).dispose()
        yield url, small


def imported(database):
    with database.reading() as connection:
        return connection.exec_driver_sql("SELECT count(*) FROM batch").scalar()


def test_an_import_whose_trail_has_no_space_is_stored_says_so_and_gets_its_line_by_itself(tmp_path, caplog):
    with two_disks(tmp_path) as (url, small):
        cli, database = CommandLine(url), open_database(url)
        path = write_csv(tmp_path / "a.csv", record(record_id="1"))
        with fill_up(small, database), caplog.at_level(logging.WARNING):
            done = cli("import", path, "--format", "json")
            assert (done.code, done.one["accepted"], imported(database)) == (0, 1, 1)
            assert "what was asked for is stored. Its line of the audit trail (import) waits" in caplog.text
            assert "the disk is full" in caplog.text
            assert "not stored" not in caplog.text + done.stderr
            assert "import" not in actions(database)
            again = cli("import", path, "--format", "json")  # nothing is doubled
            assert (again.code, again.one["duplicate"]) == (0, 1)
        shown = cli("audit", "show", "--what", "import", "--format", "json").json()
        assert [line["detail"]["accepted"] for line in shown] == [1, 0]
        assert chain(database).sound
        database.dispose()


def test_a_file_through_the_browser_whose_trail_has_no_space_is_stored_once(tmp_path, monkeypatch):
    with two_disks(tmp_path) as (url, small), upload_site(url, CHHLANG_UPLOADS=str(tmp_path / "up")) as site:
        from db.operations import lease_queue, uploads

        client = site.client()
        number = brought(site, client, write_csv(tmp_path / "a.csv", record(record_id="1")))
        assert client.post(f"/imports/{number}/mapping", data={"mapping": "schema"}).status_code == 303
        site.run()
        assert client.post(f"/imports/{number}/store").status_code == 303
        begin_final, filled = uploads.begin_final, contextlib.ExitStack()

        def begin(*asked):
            answer = begin_final(*asked)
            filled.enter_context(fill_up(small, site.database))  # just before the commit
            return answer

        with filled, monkeypatch.context() as patched:
            patched.setattr(uploads, "begin_final", begin)
            patched.setattr(lease_queue, "SILENT_AFTER", 1e9)
            patched.setattr(leases, "PAUSE", 0.0)
            site.run()  # also the next look into the queue is refused
            assert imported(site.database) == 1
        monkeypatch.setattr(lease_queue, "SILENT_AFTER", -1.0)
        site.run()
        assert site.upload(number).status == "done"
        assert "1" in page(client, number)
        assert imported(site.database) >= 1
        (line,) = [json.loads(r.detail) for r in audit.latest(site.database) if r.action == "import"][-1:]
        assert line["accepted"] == 1
        assert chain(site.database).sound
