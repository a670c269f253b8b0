"""A folder that is watched: each file that has arrived is imported, and moved away with its receipt."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from dashboard.permissions import Grant
from dashboard.services.imports import pipeline
from dashboard.services.imports.options import ImportOptions
from dashboard.settings import Settings
from db.core.engine import Database
from db.intake.files.parse import ENDINGS
from surveillance.errors import UnreadableFileError, UsageError

DONE, FAILED = "done", "failed"


class Watch:
    """Imports the files of a folder, each once it has stopped growing.

    Raises
    ------
    UsageError
        The folder does not exist, or finished files cannot be moved below it.
    """

    def __init__(
        self, database: Database, grant: Grant, settings: Settings, folder: Path, options: ImportOptions
    ) -> None:
        self._database, self._grant, self._settings = database, grant, settings
        self._folder, self._options, self._t = folder, options, options.t
        self._seen: dict[Path, tuple[int, int]] = {}
        if not folder.is_dir():
            raise UsageError(f"{folder}: is no folder")
        for name in (DONE, FAILED):
            try:
                (folder / name).mkdir(exist_ok=True)
            except OSError as error:
                raise UsageError(f"{folder / name}: cannot be made ({error.strerror})") from error

    @property
    def growing(self) -> bool:
        """Whether any file was still changing at the last look."""
        return bool(self._seen)

    def look(self) -> list[Path]:
        """Remember how each file stands; those that stand as they did at the last look have arrived."""
        now: dict[Path, tuple[int, int]] = {}
        for path in sorted(self._folder.iterdir()):
            if path.name.startswith((".", "~$")) or path.suffix.lower() not in ENDINGS or path.is_symlink():
                continue
            try:
                stat = path.stat()
            except OSError:
                continue  # it has gone again
            if path.is_file():
                now[path] = (stat.st_size, stat.st_mtime_ns)
        arrived = [path for path, state in now.items() if self._seen.get(path) == state]
        self._seen = {path: state for path, state in now.items() if path not in arrived}
        return arrived

    def arrived(self) -> Iterator[tuple[Path, dict[str, Any]]]:
        """Import what has arrived; gives where each file is now, and its receipt."""
        for path in self.look():
            receipt = self._imported(path)
            try:
                yield self._away(path, receipt), receipt
            except OSError as error:
                raise UsageError(
                    f"{path}: was looked at, and cannot be moved away ({error.strerror}); "
                    "to import it again changes nothing"
                ) from error

    def _imported(self, path: Path) -> dict[str, Any]:
        try:
            done = pipeline.import_file(self._database, self._grant, self._settings, path, self._options)
        except UnreadableFileError as error:
            return {"file": path.name, "error": error.in_words(self._t)}
        receipt = done.record() | {"file": path.name, "returned_file": None}
        if done.receipt.returned_file:
            receipt["returned_file"] = Path(done.receipt.returned_file).name
        return receipt

    def _away(self, path: Path, receipt: dict[str, Any]) -> Path:
        """Move a file, its returned rows and its receipt away, under a name that is not taken."""
        place = self._folder / (FAILED if "error" in receipt else DONE)
        number = 1
        while any((place / name).exists() for name in self._names(path, number)):
            number += 1
        target, note = (place / name for name in self._names(path, number))
        returned = receipt.get("returned_file")
        if returned:
            kept = place / f"{target.stem}.returned{Path(returned).suffix}"
            while kept.exists():
                kept = kept.with_name(f"{kept.stem}-again{kept.suffix}")
            (self._folder / returned).rename(kept)
            receipt["returned_file"] = kept.name
        note.write_text(json.dumps(receipt, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
        path.rename(target)
        return target

    @staticmethod
    def _names(path: Path, number: int) -> tuple[str, str]:
        again = "" if number == 1 else f"-{number}"
        return f"{path.stem}{again}{path.suffix}", f"{path.stem}{again}{path.suffix}.receipt.json"
