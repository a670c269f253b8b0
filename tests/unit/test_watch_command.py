"""A watched folder: what has arrived is imported once and moved away; nothing is overwritten."""

from __future__ import annotations

import json
import signal
import time

import pytest
import sqlalchemy as sa

from dashboard.permissions import Grant
from dashboard.services.imports import watched_folder
from dashboard.services.imports.options import ImportOptions
from dashboard.settings import Settings
from db.maintenance.opening import open_database
from db.operations import saved_mappings
from db.tables.records import episode
from tests.support.files import read_csv, record, write_csv
from tests.support.foreign import FILES

ONCE = ("--once", "--seconds", "0.05")


@pytest.fixture
def inbox(tmp_path):
    folder = tmp_path / "inbox"
    folder.mkdir()
    return folder


def held(url):
    database = open_database(url)
    with database.reading() as connection:
        count = connection.execute(sa.select(sa.func.count()).select_from(episode)).scalar()
    database.dispose()
    return count


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_file_is_imported_and_moved_away_with_its_receipt_and_its_returned_rows(cli, database_url, inbox):
    write_csv(inbox / "a.csv", record(record_id="1"), record(record_id="2", date_visit="never"))
    done = cli("watch", inbox, "--source", "clinic", *ONCE)
    assert done.code == 0, done.stderr
    assert "2 rows, 1 rejected" in done.stdout
    assert names(inbox) == ["done", "failed"]
    assert names(inbox / "done") == ["a.csv", "a.csv.receipt.json", "a.returned.csv"]
    receipt = json.loads((inbox / "done" / "a.csv.receipt.json").read_text(encoding="utf-8"))
    assert receipt["rows"] == 2 == receipt["accepted"] + receipt["rejected"]
    assert receipt["returned_file"] == "a.returned.csv"
    (row,) = read_csv(inbox / "done" / "a.returned.csv")
    assert row["date_visit"] == "never" and row["chhlang_reason"]
    assert held(database_url) == 1


def test_a_name_that_comes_again_overwrites_nothing(sqlite_cli, sqlite_url, inbox):
    for number in range(3):
        write_csv(inbox / "a.csv", record(record_id=str(number)), record(record_id="x", date_visit="?"))
        assert sqlite_cli("watch", inbox, *ONCE).code == 0
    assert names(inbox / "done") == [
        "a-2.csv", "a-2.csv.receipt.json", "a-2.returned.csv", "a-3.csv", "a-3.csv.receipt.json",
        "a-3.returned.csv", "a.csv", "a.csv.receipt.json", "a.returned.csv",
    ]  # fmt: skip
    assert held(sqlite_url) == 3


def test_what_cannot_be_read_goes_to_failed_with_the_reason(sqlite_cli, inbox):
    (inbox / "bad.xlsx").write_bytes(b"PK\x03\x04 nothing")
    write_csv(inbox / "good.csv", record())
    write_csv(inbox / "unsure.csv", record(date_visit="03/04/2025"))
    done = sqlite_cli("watch", inbox, *ONCE)
    assert done.code == 3 and "2 files" in done.stderr
    assert names(inbox / "done") == ["good.csv", "good.csv.receipt.json"]
    assert names(inbox / "failed") == [
        "bad.xlsx", "bad.xlsx.receipt.json", "unsure.csv", "unsure.csv.receipt.json"
    ]  # fmt: skip
    said = json.loads((inbox / "failed" / "unsure.csv.receipt.json").read_text(encoding="utf-8"))
    assert "two ways" in said["error"]
    (inbox / "failed" / "unsure.csv").rename(inbox / "unsure.csv")
    assert sqlite_cli("watch", inbox, "--dates", "day-first", *ONCE).code == 0
    assert "unsure.csv" in names(inbox / "done")


def test_what_is_no_file_of_ours_is_let_be(sqlite_cli, inbox, tmp_path):
    for name in ("notes.docx", ".hidden.csv", "~$open.xlsx", "list.csv.part"):
        (inbox / name).write_text("x", encoding="utf-8")
    (inbox / "folder.csv").mkdir()
    target = write_csv(tmp_path / "elsewhere.csv", record())
    (inbox / "link.csv").symlink_to(target)
    before = names(inbox)
    assert sqlite_cli("watch", inbox, *ONCE).code == 0
    assert names(inbox) == sorted([*before, "done", "failed"])
    assert target.exists()


@pytest.mark.parametrize("arguments", [("/nowhere/at/all",), (".", "--mapping", "no-such")], ids=str)
def test_a_folder_or_mapping_that_is_none_is_refused(sqlite_cli, inbox, arguments, monkeypatch):
    monkeypatch.chdir(inbox)
    done = sqlite_cli("watch", *arguments, *ONCE)
    assert done.code == 2 and done.stderr.startswith("chhlang: ")


def test_a_file_is_left_alone_while_it_grows(sqlite_url, inbox):
    database = open_database(sqlite_url)
    settings = Settings.read({"DATABASE_URL": sqlite_url})
    watch = watched_folder.Watch(database, Grant.custodian(), settings, inbox, ImportOptions(source="x"))
    path = write_csv(inbox / "a.csv", record(record_id="1"))
    assert list(watch.arrived()) == [] and watch.growing
    write_csv(path, record(record_id="1"), record(record_id="2"))
    assert list(watch.arrived()) == [] and watch.growing
    ((where, receipt),) = watch.arrived()
    assert where == inbox / "done" / "a.csv" and receipt["rows"] == 2
    assert list(watch.arrived()) == [] and not watch.growing
    database.dispose()


def test_mappings_that_come_with_chhlang_and_those_made_in_the_browser_are_known(
    sqlite_cli, sqlite_url, inbox
):
    FILES["malaria system"].write(inbox)
    assert sqlite_cli("watch", inbox, "--mapping", "malaria-mis", *ONCE).code == 0
    database = open_database(sqlite_url)
    text = (
        'name = "made-here"\nversion = 1\nkind = "line-list"\n[columns]\nfacility_id = "Centre"\n'
        'date_visit = "Seen"\n[constants]\ndisease = "tb"\n'
    )
    assert saved_mappings.keep(database, "made-here", 1, text, "someone")
    database.dispose()
    write_csv(inbox / "ours.csv", {"Centre": "HC1", "Seen": "2025-03-04"})
    done = sqlite_cli("watch", inbox, "--mapping", "made-here", *ONCE)
    assert done.code == 0 and "1 rows, 0 rejected" in done.stdout, done.stderr
    path = write_csv(inbox.parent / "by-hand.csv", {"Centre": "HC2", "Seen": "2025-03-04"})
    done = sqlite_cli("import", path, "--mapping", "made-here")
    assert done.code == 0 and "mapping made-here, version 1" in done.stdout, done.stderr
    assert sqlite_cli("import", path, "--mapping", "made-there").code == 2
    counts = {"dataElement": "malaria tested", "period": "202501", "orgUnit": "HC1", "value": "3"}
    write_csv(inbox / "counts.csv", counts)
    done = sqlite_cli("watch", inbox, "--mapping", "dhis2-values", *ONCE)
    assert done.code == 0 and "1 rows" in done.stdout, done.stdout + done.stderr


def test_it_goes_on_until_it_is_stopped(run_cli, inbox, database_url):
    with run_cli.start("watch", inbox, "--seconds", "0.1") as process:
        try:
            for number in range(2):
                write_csv(inbox / "a.csv", record(record_id=str(number)))
                end = time.monotonic() + 60
                while (inbox / "a.csv").exists():
                    assert time.monotonic() < end and process.poll() is None
                    time.sleep(0.05)
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=30)
        finally:
            process.kill()
    assert held(database_url) == 2
    assert "a-2.csv" in names(inbox / "done")
