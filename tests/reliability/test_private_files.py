"""What Chhlang writes, its owner alone may read: 0600 and 0700, under any umask; checked at start."""

from __future__ import annotations

import logging
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from dashboard.services.upkeep import rights
from dashboard.services.uploads.folder import Folder
from dashboard.settings import Settings
from db.core import private_files
from db.core.engine import connect
from surveillance.errors import UsageError
from tests.support.command_line import ROOT, CommandLine
from tests.support.files import record, write_csv

pytestmark = [pytest.mark.process, pytest.mark.skipif(os.name != "posix", reason="rights are of POSIX")]


def open_paths(folder: Path) -> list[str]:
    """What others may do something with, below a folder and itself."""
    return [str(path) for path in (folder, *folder.rglob("*")) if stat.S_IMODE(path.lstat().st_mode) & 0o077]


@pytest.mark.parametrize(
    "umask", [0o000, *(pytest.param(one, marks=pytest.mark.full) for one in (0o022, 0o027))]
)
def test_a_database_and_what_lies_beside_it_are_private_while_it_is_written(umask, tmp_path):
    before = os.umask(umask)
    try:
        database = connect(f"sqlite:///{tmp_path / 'new' / 'deep' / 'chhlang.db'}")
        with database.writing() as connection:
            connection.exec_driver_sql("CREATE TABLE a (b)")
        names = {path.name for path in (tmp_path / "new" / "deep").iterdir()}
        assert {"chhlang.db", "chhlang.db-wal", "chhlang.db-shm"} <= names
        assert open_paths(tmp_path / "new") == []
        database.dispose()
    finally:
        os.umask(before)


@pytest.mark.parametrize("whole", [False, pytest.param(True, marks=pytest.mark.full)])
def test_commands_leave_nothing_open_under_an_open_umask(whole, tmp_path):
    folder = tmp_path / "data"
    command = CommandLine(f"sqlite:///{folder / 'chhlang.db'}", separate=True)
    out = tmp_path / "out"
    out.mkdir(mode=0o700)
    bad = write_csv(out / "a.csv", record(), record(date_visit="never"))
    bad.chmod(0o600)
    script = (
        "import os, subprocess, sys; os.umask(0)\n"
        "for line in sys.argv[2:]:\n"
        "    subprocess.run([sys.executable, sys.argv[1], *line.split('|')], check=False)\n"
    )
    lines = (f"import|{bad}", "backup", f"backup|{out / 'b.zip'}") if whole else (f"import|{bad}",)
    subprocess.run(
        [sys.executable, "-c", script, str(ROOT / "app.py"), *lines],
        env=command.environment(), cwd=ROOT, check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    assert len(list(folder.rglob("*.zip"))) == whole
    assert (out / "b.zip").exists() == whole
    assert list(out.glob("a.returned*"))
    assert open_paths(folder) + open_paths(out) == []


def test_an_older_installation_is_narrowed_at_its_start(tmp_path):
    url = f"sqlite:///{tmp_path / 'chhlang.db'}"
    for name in ("chhlang.db", "chhlang-operations.db", "chhlang.db-wal"):
        (tmp_path / name).touch(mode=0o644)
        (tmp_path / name).chmod(0o644)
    for name in ("chhlang-uploads", "backups"):
        (tmp_path / name).mkdir()
        (tmp_path / name).chmod(0o755)
    tmp_path.chmod(0o755)
    said = rights.narrowed(Settings.read({"DATABASE_URL": url}))
    assert [path for path in open_paths(tmp_path) if path != str(tmp_path)] == []
    assert said == [
        f"{tmp_path}: others on this machine may look into it; "
        f"its owner mends that with: chmod 700 {tmp_path}"
    ]
    tmp_path.chmod(0o700)
    assert rights.narrowed(Settings.read({"DATABASE_URL": url})) == []


def test_what_cannot_be_narrowed_is_said(tmp_path, monkeypatch):
    path = tmp_path / "chhlang.db"
    path.touch()
    path.chmod(0o644)
    monkeypatch.setattr(private_files, "narrow", lambda _: None)  # as with another owner's file
    said = rights.narrowed(Settings.read({"DATABASE_URL": f"sqlite:///{path}"}))
    assert any("chmod 600" in sentence and str(path) in sentence for sentence in said)


def test_a_folder_that_the_service_may_not_write_to_is_named_in_the_log(tmp_path, caplog):
    """As where root owns the code: the sender is told to ask, and the log says what to set."""
    (tmp_path / "taken").touch()
    folder = Folder.of(Settings.read({"CHHLANG_UPLOADS": str(tmp_path / "taken" / "uploads")}))
    with caplog.at_level(logging.ERROR, "chhlang"), pytest.raises(UsageError, match="tell its administrator"):
        folder.new(1)
    (line,) = caplog.messages
    assert str(tmp_path / "taken" / "uploads") in line
    assert "CHHLANG_UPLOADS" in line


def test_a_backup_without_a_place_says_what_to_set(sqlite_cli, tmp_path):
    (tmp_path / "taken").touch()
    done = sqlite_cli("backup", env={"CHHLANG_BACKUPS": str(tmp_path / "taken" / "backups")})
    assert (done.code, done.stderr.count("\n")) == (3, 1)
    assert "set CHHLANG_BACKUPS" in done.stderr
    named = tmp_path / "deep" / "backups"
    assert sqlite_cli("backup", env={"CHHLANG_BACKUPS": str(named)}).code == 0
    assert len(list(named.iterdir())) == 1
