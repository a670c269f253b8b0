"""The private folder of files that come through the browser: each in a folder of its own, for a day at most.

Only the server's own account may open it. No path is made of what a sender wrote: a folder is named by the
file's random number, and holds the file, notes on what was seen in it, and the rows that go back.
"""

from __future__ import annotations

import contextlib
import json
import logging
import re
import secrets
import shutil
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dashboard.settings import Settings, data_folder
from db.core import private_files
from db.core.engine import Database
from db.core.urls import parse_url
from db.intake.files.parse import ENDINGS
from db.intake.values.codes import clean_text
from db.operations import uploads
from db.operations.lease_queue import CANCELLED, OVER, moment
from surveillance.errors import UsageError

_log = logging.getLogger("chhlang")
NUMBER = re.compile(r"[0-9a-f]{16}")
#: Bytes that stay free on the disk whatever comes.
SPARE = 256 * 1024 * 1024
_NAME = 120
_PRIVATE = 0o700


def shown_name(given: str) -> str:
    """The name of a file without folders and unseen characters, as people may be shown it.

    >>> shown_name("C:\\\\Users\\\\me\\\\..\\\\list\\u202e.csv")
    'list.csv'
    """
    name = clean_text(given.replace("\\", "/").rpartition("/")[2], len(given))
    stem, dot, ending = name.rpartition(".")
    room = _NAME - len(ending) - 1
    return (f"{stem[:room]}{dot}{ending}" if dot and room > 0 else name[:_NAME]) or "file"


def ending_of(name: str) -> str:
    """The ending by which a file is known.

    Raises
    ------
    UsageError
        Files of this kind are not read.
    """
    ending = f".{name.rpartition('.')[2].lower()}" if "." in name else ""
    if ending not in ENDINGS:
        raise UsageError(
            "{name}: files of this kind are not read; save it as CSV or XLSX", name=shown_name(name)
        )
    return ending


@dataclass(frozen=True)
class Folder:
    """Where the files of one server lie."""

    root: Path

    @classmethod
    def of(cls, settings: Settings) -> Folder:
        """The folder that the settings name, or the one beside the database."""
        if settings.uploads:
            return cls(Path(settings.uploads))
        url = parse_url(settings.database_url)
        if url.get_backend_name() == "sqlite":
            path = Path(str(url.database)).absolute()
            return cls(path.with_name(f"{path.stem}-uploads"))
        return cls(data_folder() / "uploads")

    def new(self, size: int) -> str:
        """Make the folder of a new file, and return its number.

        Raises
        ------
        UsageError
            The disk has no room for `size` bytes, or cannot be written to.
        """
        try:
            private_files.make_folder(self.root)
            self.root.chmod(_PRIVATE)
            if shutil.disk_usage(self.root).free < size + SPARE:
                raise UsageError("the server's disk is nearly full; tell its administrator")
            number = secrets.token_hex(8)
            (self.root / number).mkdir(mode=_PRIVATE)
        except OSError as error:
            _log.error(
                "files cannot be kept in %s (%s): let the service's account own that folder, or name another "
                "in CHHLANG_UPLOADS", self.root, error.strerror,
            )  # fmt: skip
            raise UsageError("the server cannot keep files now; tell its administrator") from error
        return number

    def at(self, number: str) -> Path:
        """The folder of a file; only a number of ours is made a path of."""
        if not NUMBER.fullmatch(number):
            raise UsageError("there is no such file")
        return self.root / number

    def file(self, number: str, ending: str) -> Path:
        """Where a file itself lies."""
        return self.at(number) / f"delivered-{number}{ending}"

    def note(self, number: str, name: str, content: Any) -> None:
        """Keep what was seen in a file beside it; whole, or not at all."""
        partial = self.at(number) / f".{name}.partial"
        partial.write_text(json.dumps(content, ensure_ascii=False, default=str), encoding="utf-8")
        partial.replace(self.at(number) / f"{name}.json")

    def noted(self, number: str, name: str) -> Any:
        """What was kept under a name; None where there is nothing (any more)."""
        try:
            return json.loads((self.at(number) / f"{name}.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None

    def forget(self, number: str, *names: str) -> None:
        """Take notes away."""
        for name in names:
            (self.at(number) / f"{name}.json").unlink(missing_ok=True)

    def returned(self, number: str) -> Path | None:
        """The newest file of returned rows."""
        found = sorted(self.at(number).glob("delivered-*.returned-*"), key=lambda path: path.stat().st_mtime)
        return found[-1] if found else None

    def drop(self, number: str, *, keep: tuple[str, ...] = ()) -> None:
        """Delete the folder of a file, or all in it but notes and files that begin with one of `keep`."""
        folder = self.at(number)
        if not keep:
            shutil.rmtree(folder, ignore_errors=True)
            return
        with contextlib.suppress(OSError):
            for path in folder.iterdir():
                if not path.name.startswith(keep):
                    path.unlink(missing_ok=True)


def sweep(database: Database, folder: Folder, now: datetime | None = None) -> None:
    """Delete what is kept no longer: of files that ended a day ago, of none that anybody knows of."""
    uploads.expire(database, now)
    if not folder.root.is_dir():
        return
    numbers = [path.name for path in folder.root.iterdir() if NUMBER.fullmatch(path.name)]
    if not numbers:
        return
    known = uploads.standing(database, numbers)
    since = moment((now or datetime.now(UTC)) - uploads.KEPT)
    for number in numbers:
        if number not in known:
            if _age(folder.at(number)) > uploads.KEPT.total_seconds():
                folder.drop(number)
            continue
        status, ended_at, returned = known[number]
        if status == CANCELLED or (status in OVER and (ended_at or "") <= since):
            folder.drop(number)
        elif status in OVER:
            kept = ("receipt.json", *(("delivered-" + number + ".returned-",) if returned == "ready" else ()))
            folder.drop(number, keep=kept)


def _age(path: Path) -> float:
    with contextlib.suppress(OSError):
        return time.time() - path.stat().st_mtime
    return 0.0
