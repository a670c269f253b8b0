"""The database made before identifiers had one form (tests/fixtures/made_before)."""

from __future__ import annotations

import shlex
import zipfile
from pathlib import Path

from tests.support.command_line import CommandLine

FOLDER = Path(__file__).resolve().parents[1] / "fixtures" / "made_before"
BACKUP = FOLDER / "made_before.zip"
#: What that version wrote when it was asked for a backup of its databases.
THEIR_BACKUP = FOLDER / "their_backup.zip"


def commands(verb: str) -> list[list[str]]:
    """Commands that made it and begin with `verb`, their files by their whole paths."""
    lines = (FOLDER / "commands.txt").read_text(encoding="utf-8").splitlines()
    parts = [shlex.split(line) for line in lines]
    return [
        [str(FOLDER / part) if (FOLDER / part).is_file() else part for part in line]
        for line in parts
        if line[0] == verb
    ]


def restored(app: CommandLine) -> CommandLine:
    """Restore it into the empty database of `app`."""
    done = app("restore", str(BACKUP))
    assert done.code == 0, done.stderr
    return app


def unpack_databases(folder: Path) -> None:
    """Put the two SQLite files of that version into a folder, readable by others as it left them."""
    with zipfile.ZipFile(FOLDER / "databases.zip") as archive:
        archive.extractall(folder)
    for path in folder.glob("*.db"):
        path.chmod(0o644)
