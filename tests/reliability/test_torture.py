"""Kills and full disks, a few of each: `make torture` does hundreds. A small disk that really is full."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations

from db.core.engine import write_transaction
from db.core.urls import parse_url
from db.maintenance import migrate
from db.maintenance.opening import open_database
from tests.support import forked
from tests.support.command_line import ROOT, CommandLine
from tests.support.disks import small_disk
from tests.support.files import record, write_csv
from tests.support.migrations import script
from tests.support.state import TRAIL, assert_sound, everything

pytestmark = [
    pytest.mark.sql,
    pytest.mark.process,
    pytest.mark.skipif(sys.platform == "win32", reason="there is neither fork nor limit"),
]
#: `app.py` in a process that may write no file larger than its first argument says.
LIMITED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]),) * 2)
from dashboard.commands import main
sys.exit(main(sys.argv[2:]))
"""


@pytest.mark.full
@pytest.mark.parametrize("what", ["kills", "full-disk", "delivery"])
@pytest.mark.parametrize("database", ["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
@pytest.mark.parametrize("count", [8])
def test_a_few_rounds_leave_nothing_half_done(what, database, count):
    asked = [what, "--seed", "3", "--count", str(count), "--database", database]
    done = subprocess.run(
        [sys.executable, "-m", "tests.torture", *asked],
        cwd=ROOT, capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    assert f"{what} {database} seed 3 count {count}" in done.stdout


@pytest.mark.full  # tests/security/test_hostile_files.py reads some
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="measured by /proc")
def test_each_kind_of_bomb_costs_little_as_an_upload():
    """In a process of its own: what this one holds already would count."""
    asked = ["bombs", "--seed", "15", "--count", "15"]
    done = subprocess.run(
        [sys.executable, "-m", "tests.torture", *asked],
        cwd=ROOT, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-3000:]
    assert "'wrong': 0" in done.stdout


@pytest.mark.full  # forty guesses, the short form: tests/security/test_guesses.py
def test_guesses_by_the_hundred_are_looked_at_by_the_dozen():
    asked = ["guesses", "--seed", "3", "--count", "600", "--database", "sqlite"]
    done = subprocess.run(
        [sys.executable, "-m", "tests.torture", *asked],
        cwd=ROOT, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]


def limited(cli, size, *arguments):
    """Run a command that may write no file larger than `size`."""
    return forked.run(LIMITED, size, *arguments, env=cli.environment(), timeout=120)


def test_a_migration_on_a_full_disk_says_so_and_changes_nothing(sqlite_cli, tmp_path):
    assert sqlite_cli("import", write_csv(tmp_path / "a.csv", record(record_id="1"))).code == 0
    database = open_database(sqlite_cli.url)
    with (
        write_transaction(database.records) as connection,
        Operations.context(MigrationContext.configure(connection)),
    ):
        newest = script("records", migrate.HEADS["records"])
        newest.downgrade()
        table = migrate.version_table("records")
        connection.exec_driver_sql(f"UPDATE {table} SET version_num = '{newest.down_revision}'")
    database.dispose()
    folder = Path(str(parse_url(sqlite_cli.url).database)).parent
    before = sorted(path.name for path in folder.glob("*.db"))
    done = limited(sqlite_cli, 20_000, "coverage", "--disease", "tb", "--by", "province")
    assert done.returncode == 4
    assert done.stderr.startswith("chhlang: the disk ")
    assert done.stderr.count("\n") == 1
    assert sorted(path.name for path in folder.glob("*.db")) == before  # no half of a copy
    assert sqlite_cli("coverage", "--disease", "tb", "--by", "province").code == 0  # now there is room
    assert_sound(sqlite_cli.url)


@pytest.mark.full  # tests/reliability/test_full_disk_served.py fills one
def test_on_a_disk_that_is_really_full_everything_is_refused_and_old_data_stay_readable(tmp_path):
    small = write_csv(tmp_path / "small.csv", record(record_id="1"), record(record_id="2"))
    many = [record(record_id=str(n), age_years=n % 90, person_id=str(n)) for n in range(9_000)]
    large = write_csv(tmp_path / "large.csv", *many)
    with small_disk(tmp_path / "disk", "3m") as disk:
        cli = CommandLine(f"sqlite:///{disk / 'chhlang.db'}", separate=True)
        assert cli("import", small).code == 0
        mostly = (*TRAIL, "meta")  # which key it is, is noted before the file is read
        before = everything(cli.url, without=mostly)
        done = cli("import", large)
        assert done.code == 4
        assert done.stderr.splitlines()[-1].startswith("chhlang: the disk is full")
        assert everything(cli.url, without=mostly) == before
        (disk / "ballast").write_bytes(b"0" * 500_000)
        with contextlib.suppress(OSError):
            (disk / "more").write_bytes(b"0" * 3_000_000)
        done = cli("backup", disk / "backup.zip")
        assert done.code in (3, 4)
        assert done.stderr.count("\n") == 1
        assert sorted(path.name for path in disk.iterdir() if "backup" in path.name) == []
        (disk / "ballast").unlink()
        (disk / "more").unlink()
        assert cli("import", small, "--format", "json").one["duplicate"] == 2
        assert_sound(cli.url)
