"""`backup` and `restore`: what was held is held again, on either database; a damaged file changes nothing."""

from __future__ import annotations

import hashlib
import json
import stat
import zipfile
from pathlib import Path

import pytest
import sqlalchemy as sa

from db.core.engine import connect, write_transaction
from db.core.urls import parse_url
from db.maintenance import backup, exchange, migrate
from db.maintenance.archive import MANIFEST
from db.maintenance.opening import open_database
from db.operations import audit, audit_chain
from db.tables.operations import audit as table
from db.tables.records import batch
from surveillance.line_list import ADDED_COLUMNS
from tests.support.command_line import KEY, CommandLine
from tests.support.files import record, write_csv
from tests.support.matrix import some
from tests.support.state import assert_sound, everything

pytestmark = pytest.mark.sql

ODD = "tab\there, back\\slash, \\N, line\nend, ខ្មែរ, 'quote\""
FACILITIES = (
    {"facility_id": "HC1", "province": "KH01", "latitude": "13.1000000000000014", "longitude": "102.55"},
    {"facility_id": "HC2", "name_en": "\\N", "name_km": "មណ្ឌល", "province": "KH02"},
)


@pytest.fixture
def filled(cli, tmp_path, prepared):
    """A database with a bit of everything."""
    prepared(lambda: _fill(cli, tmp_path))
    return cli


def _fill(cli, tmp_path):
    assert cli("facilities", "import", write_csv(tmp_path / "f.csv", *FACILITIES)).code == 0
    rows = [
        record(
            record_id=str(n), person_id=f"P{n}", sex=("male", "female")[n % 2], age_years=n, eligible="yes"
        )
        for n in range(40)
    ]
    rows += [record(record_id="\\x41", facility_id=r"a\b"), record(disease="?")]
    assert cli("import", write_csv(tmp_path / "one.csv", *rows)).code == 0
    assert cli("import", write_csv(tmp_path / "two.csv", record(record_id="1", age_years=77))).code == 0
    assert cli("accounts", "add", "one@health.example", "--role", "viewer").code == 0
    database = open_database(cli.url)
    with write_transaction(database.operations) as connection:
        audit.append(connection, "2025-01-01T00:00:00+00:00", "test", "odd", ODD)
    database.dispose()


def audit_of(url, *, chained=True):
    """What the audit trail holds, but for what restoring itself adds; `chained`: its hashes too."""
    columns = sorted(table.c.keys())
    kept = [n for n, name in enumerate(columns) if chained or name not in ("hash", "previous", "token")]
    return [
        tuple(row[n] for n in kept)
        for row in everything(url, without=())["audit"]
        if "restore" not in row and "backup" not in row
    ]


def same(one: str, other: str, *, chained: bool = True) -> None:
    """Two databases hold the same."""
    held, again = everything(one), everything(other)
    # what an older backup held is marked as held before identifiers had one form
    again["meta"] = [row for row in again["meta"] if row[0] != "held_before"]
    assert held.keys() == again.keys()
    for name, rows in held.items():
        assert rows == again[name], name
    assert audit_of(one, chained=chained) == audit_of(other, chained=chained)
    database = connect(other)
    with database.operations.connect() as connection:
        assert audit_chain.verify(connection).sound
    database.dispose()
    assert_sound(other)


def make(cli, path, *options):
    """Make a backup, and say what the command said of it."""
    done = cli("backup", path, *options, "--format", "json")
    assert done.code == 0, done.stderr
    return done.one


def test_what_is_restored_is_what_was_held(filled, new_database, tmp_path):
    said = make(filled, tmp_path / "b.zip")
    assert (said["records"], said["files"], said["accounts"]) == (41, 2, 1)
    with new_database() as url:
        done = CommandLine(url)("restore", tmp_path / "b.zip")
        assert done.code == 0, done.stderr
        assert "41 records" in done.stdout
        same(filled.url, url)
        # The numbers of new rows go on where the old ones end, and the same file is still the same.
        again = CommandLine(url)("import", tmp_path / "two.csv", "--format", "json").one
        assert (again["batch"], again["duplicate"]) == (3, 1)


@pytest.mark.postgres
@pytest.mark.parametrize("way", some(["to PostgreSQL", "to SQLite"], ["to PostgreSQL"]))
def test_a_backup_of_one_kind_of_database_fills_the_other(way, sqlite_files, postgres_server, tmp_path):
    makers = (sqlite_files, postgres_server) if way == "to PostgreSQL" else (postgres_server, sqlite_files)
    with makers[0].fresh(migrated=True) as one, makers[1].fresh(migrated=False) as other:
        cli = CommandLine(one)
        cli("facilities", "import", write_csv(tmp_path / "f.csv", *FACILITIES))
        rows = [record(record_id=str(n), person_id=f"P{n}", province_home="TH") for n in range(30)]
        cli("import", write_csv(tmp_path / "one.csv", *rows))
        cli("accounts", "add", "one@health.example", "--role", "viewer", "--provinces", "KH01")
        make(cli, tmp_path / "b.zip")
        done = CommandLine(other)("restore", tmp_path / "b.zip")
        assert done.code == 0, done.stderr
        same(one, other)
        back = CommandLine(one)("restore", tmp_path / "b.zip", "--replace")
        assert back.code == 0, back.stderr
        same(other, one)


def test_a_backup_can_be_read_by_its_owner_alone_and_holds_no_key(filled, tmp_path):
    path = tmp_path / "b.zip"
    said = make(filled, path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with zipfile.ZipFile(path) as archive:
        whole = b"".join(archive.read(name) for name in archive.namelist())
    assert KEY.encode() not in whole
    assert KEY.encode().hex().encode() not in whole
    assert json.loads(zipfile.ZipFile(path).read(MANIFEST))["key_check"] == said["key_check"]
    assert b"P17" not in whole
    other = filled(
        "restore", path, "--check", env={"CHHLANG_SECRET_KEY": "another key, and a good deal longer"}
    )
    assert other.code == 0
    assert said["key_check"] in other.stderr
    assert "that key is not set" in other.stderr
    assert "is the one" in filled("restore", path, "--check").stdout


@pytest.mark.in_turn()  # PostgreSQL: what is restored is what was held, above
def test_a_database_that_holds_data_is_only_replaced_when_that_is_said(filled, tmp_path):
    make(filled, tmp_path / "b.zip")
    before = everything(filled.url)
    refused = filled("restore", tmp_path / "b.zip")
    assert refused.code == 2
    assert "--replace" in refused.stderr
    assert everything(filled.url) == before
    filled("import", write_csv(tmp_path / "three.csv", record(record_id="new")))
    assert everything(filled.url) != before
    assert filled("restore", tmp_path / "b.zip", "--replace").code == 0
    assert everything(filled.url) == before


def damaged(path: Path, kind: str) -> None:
    """Harm a backup."""
    content = bytearray(path.read_bytes())
    if kind == "cut off":
        path.write_bytes(content[: len(content) // 2])
    elif kind == "a bit turned":
        with zipfile.ZipFile(path) as archive:
            largest = max(archive.infolist(), key=lambda member: member.compress_size)
        # In the middle of the largest table: of what stands around the tables some bits say nothing.
        content[largest.header_offset + 30 + len(largest.filename) + largest.compress_size // 2] ^= 4
        path.write_bytes(content)
    elif kind == "something else":
        path.write_bytes(b"not an archive")
    else:
        with zipfile.ZipFile(path) as archive:
            held = {name: archive.read(name) for name in archive.namelist()}
        manifest = json.loads(held[MANIFEST])
        if kind == "a row missing":
            held["records/episode.tsv"] = held["records/episode.tsv"].partition(b"\n")[2]
        elif kind == "a table missing":
            del held["records/episode.tsv"]
        elif kind == "a later version":
            manifest["revisions"]["records"] = "records_9999"
        elif kind == "a later format":
            manifest["format"] = 2
        held[MANIFEST] = json.dumps(manifest).encode()
        with zipfile.ZipFile(path, "w") as archive:
            for name, text in held.items():
                archive.writestr(name, text)


KINDS = ["cut off", "a bit turned", "something else", "a row missing", "a table missing", "a later version"]


@pytest.mark.in_turn("kind")
@pytest.mark.parametrize("kind", [*KINDS, "a later format"])
def test_a_damaged_backup_is_refused_and_nothing_is_touched(kind, filled, tmp_path):
    path = tmp_path / "b.zip"
    make(filled, path)
    damaged(path, kind)
    before = everything(filled.url)
    done = filled("restore", path, "--replace")
    assert done.code in (2, 3), kind
    assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.stderr
    assert everything(filled.url) == before


def test_a_missing_backup_is_named(sqlite_cli, tmp_path):
    done = sqlite_cli("restore", tmp_path / "none.zip")
    assert done.code == 3
    assert "none.zip: there is no such file" in done.stderr


@pytest.mark.in_turn()  # PostgreSQL: tests/unit/test_made_before.py
def test_older_backups_are_migrated_when_they_are_restored(filled, new_database, tmp_path):
    path = tmp_path / "b.zip"
    make(filled, path)
    with zipfile.ZipFile(path) as archive:
        held = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(held[MANIFEST])
    # As an earlier version would have written it: its revisions, and only the tables that it had.
    manifest["revisions"] = {"records": "records_0005", "operations": "operations_0001"}
    had = {"meta", "facility", "batch", "notice", "episode", "account", "account_role", "role", "audit"}
    manifest["members"] = [member for member in manifest["members"] if member["table"] in had]
    later = (
        ("records", "episode", (*reversed(ADDED_COLUMNS), "issuer")),
        ("records", "batch", ("sent_on",)),
        ("operations", "audit", ("hash", "previous", "token")),
    )
    for history, named, columns in later:
        member = next(member for member in manifest["members"] if member["table"] == named)
        name = f"{history}/{named}.tsv"
        for column in columns:
            assert member["columns"].pop()["name"] == column
            lines = held[name].splitlines()
            held[name] = b"".join(line.rpartition(b"\t")[0] + b"\n" for line in lines)
        member["sha256"] = hashlib.sha256(held[name]).hexdigest()
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in held.items():
            archive.writestr(name, json.dumps(manifest) if name == MANIFEST else text)
    with new_database() as url:
        done = CommandLine(url)("restore", path)
        assert done.code == 0, done.stderr
        same(filled.url, url, chained=False)  # its lines had no hashes, and were given them
        database = connect(url)
        for history, head in migrate.HEADS.items():
            with getattr(database, history).connect() as connection:
                table = migrate.version_table(history)
                assert connection.exec_driver_sql(f"SELECT version_num FROM {table}").scalar() == head
        database.dispose()


def test_only_the_newest_backups_of_a_folder_are_kept(sqlite_cli, tmp_path):
    folder = tmp_path / "backups"
    folder.mkdir()
    for day in range(1, 5):
        (folder / f"{backup.NAME}2025010{day}T000000Z.zip").write_bytes(b"")
    (folder / "of-my-own.zip").write_bytes(b"")
    said = make(sqlite_cli, folder, "--keep", "2")
    assert len(said["dropped"]) == 3
    kept = sorted(path.name for path in folder.iterdir())
    assert kept == [f"{backup.NAME}20250104T000000Z.zip", Path(said["file"]).name, "of-my-own.zip"]
    for wrong in ((folder / "x.zip", "--keep", "2"), (folder, "--keep", "0")):
        done = sqlite_cli("backup", *wrong)
        assert (done.code, "--keep" in done.stderr) == (2, True)


def test_without_a_name_the_backup_lies_beside_the_database(sqlite_cli):
    done = sqlite_cli("backup", "--format", "json").one
    beside = Path(str(parse_url(sqlite_cli.url).database)).parent
    assert Path(done["file"]).parent == beside / "backups"
    assert stat.S_IMODE((beside / "backups").stat().st_mode) == 0o700


def test_a_restore_is_refused_while_something_writes(filled, tmp_path):
    path = tmp_path / "b.zip"
    make(filled, path)
    before = everything(filled.url)
    database = open_database(filled.url)
    with database.writing() as connection:
        connection.execute(batch.update().values(actor="somebody"))
        done = filled("restore", path, "--replace")
        assert done.code == 2
        assert "stop it" in done.stderr
        connection.rollback()
    database.dispose()
    assert everything(filled.url) == before


def test_a_restore_notices_what_is_written_while_it_works(filled, tmp_path, monkeypatch):
    if not filled.url.startswith("sqlite"):
        pytest.skip("PostgreSQL lets nobody write meanwhile")
    path = tmp_path / "b.zip"
    make(filled, path)
    refuse = exchange.Place.refuse_changed

    def written_meanwhile(place, reason):
        database = open_database(filled.url)
        with database.writing() as connection:
            connection.execute(batch.update().values(actor="somebody"))
        database.dispose()
        refuse(place, reason)

    monkeypatch.setattr(exchange.Place, "refuse_changed", written_meanwhile)
    done = filled("restore", path, "--replace")
    assert done.code == 2
    database = open_database(filled.url)
    with database.reading() as connection:
        assert set(connection.execute(sa.select(batch.c.actor)).scalars()) == {"somebody"}
    database.dispose()
    left = [p.name for p in Path(str(parse_url(filled.url).database)).parent.iterdir() if "restor" in p.name]
    assert left == []


def test_readers_and_an_import_go_on_while_a_backup_is_made(filled, tmp_path, monkeypatch):
    """What comes after the first look is not in the backup, whichever table is being copied."""
    copy, after = backup._copy, []

    def with_an_import(*given):
        if not after:
            after.append(filled("import", write_csv(tmp_path / "late.csv", record(record_id="late"))).code)
        return copy(*given)

    monkeypatch.setattr(backup, "_copy", with_an_import)
    said = make(filled, tmp_path / "b.zip")
    assert after == [0]
    assert (said["records"], said["files"]) == (41, 2)
    assert len(everything(filled.url)["batch"]) == 3


def test_a_restore_that_a_full_disk_holds_up_says_that_it_is_begun_and_is_ended_by_what_opens_next(
    sqlite_cli, sqlite_files, tmp_path, monkeypatch
):
    assert sqlite_cli("import", write_csv(tmp_path / "a.csv", record(record_id="1"))).code == 0
    make(sqlite_cli, tmp_path / "b.zip")
    put, copied = exchange._copy_pages, []

    def copy(source, target):
        copied.append(target.name)
        if copied == ["chhlang.db", "chhlang-operations.db"]:
            full = exchange.sqlite3.OperationalError("database or disk is full")
            full.sqlite_errorcode = 13
            raise full
        put(source, target)

    monkeypatch.setattr(exchange, "_copy_pages", copy)
    with sqlite_files.fresh(migrated=False) as url:
        other = CommandLine(url)
        done = other("restore", tmp_path / "b.zip")
        assert done.code == 4
        assert done.stderr.splitlines()[-1].startswith(
            "chhlang: the restore is begun and was held up (the disk is full"
        )
        assert "not stored" not in done.stderr
        same(sqlite_cli.url, url)
        assert len(copied) == 4
