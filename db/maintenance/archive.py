"""The archive of a backup: a ZIP of a text file for each table, and a manifest that says what is in it.

It holds no key. It is the same from SQLite and from PostgreSQL, and either can be filled from it.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from db.maintenance.copy_text import Field
from surveillance.errors import UnreadableFileError

FORMAT = 1
MANIFEST = "manifest.json"
HISTORIES = ("records", "operations")
_BLOCK = 1 << 20
_LARGEST_MANIFEST = 10_000_000
#: What is done, and how many rows of which table are done.
Progress = Callable[[str, str, int], None]


@dataclass(frozen=True)
class Member:
    """One table of one history: its columns in the order of the file, its rows and the file's fingerprint."""

    history: str
    table: str
    columns: tuple[Field, ...]
    rows: int
    sha256: str

    @property
    def path(self) -> str:
        """Its file in the archive."""
        return f"{self.history}/{self.table}.tsv"


@dataclass(frozen=True)
class Manifest:
    """What a backup holds. `key_check` tells which key its pseudonyms need, and nothing of the key.

    `trail`: number and hash of the newest line of its audit trail; None where lines had none yet.
    """

    version: str
    made_at: str
    made_from: str
    demo: bool
    key_check: str | None
    revisions: Mapping[str, str]
    counts: Mapping[str, int]
    members: tuple[Member, ...]
    trail: tuple[int, str] | None = None

    def text(self) -> str:
        """As it stands in the archive."""
        return json.dumps({"format": FORMAT} | asdict(self), indent=1)

    @classmethod
    def of(cls, text: str) -> Manifest:
        """Read it.

        Raises
        ------
        ValueError, KeyError, TypeError
            It is not one, or of a later format.
        """
        said: dict[str, Any] = json.loads(text)
        if said.pop("format") != FORMAT:
            raise ValueError("format")
        members = [
            Member(**item | {"columns": tuple(Field(**column) for column in item["columns"])})
            for item in said.pop("members")
        ]
        if set(said["revisions"]) != set(HISTORIES) or not {m.history for m in members} <= set(HISTORIES):
            raise ValueError("revisions")
        if (trail := said.pop("trail", None)) is not None:
            number, fingerprint = trail
            trail = int(number), str(fingerprint)
        return cls(**said, members=tuple(members), trail=trail)


class Hashed:
    """Passes bytes on and takes their fingerprint."""

    def __init__(self, put: Callable[[Any], Any]) -> None:
        self._put, self._sum = put, hashlib.sha256()

    def __call__(self, block: Any) -> None:
        """Pass on one block."""
        self._sum.update(block)
        self._put(block)

    @property
    def sha256(self) -> str:
        """Fingerprint of everything passed on."""
        return self._sum.hexdigest()


class Archive:
    """A backup that is read. Every fault of the file is an UnreadableFileError."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._zip = zipfile.ZipFile(path)
            with self._zip.open(MANIFEST) as source:
                self.manifest = Manifest.of(source.read(_LARGEST_MANIFEST).decode())
        except FileNotFoundError:
            raise UnreadableFileError(f"{path}: there is no such file") from None
        except OSError as error:
            raise UnreadableFileError(f"{path}: cannot be read ({error.strerror})") from error
        except (zipfile.BadZipFile, zlib.error, EOFError, KeyError, ValueError, TypeError) as error:
            raise UnreadableFileError(
                f"{path}: is not a backup of Chhlang, is not whole, or was made by a later version. "
                "Nothing was changed; take another backup"
            ) from error

    def open(self, member: Member) -> IO[bytes]:
        """The rows of a table."""
        raw: Any = self._zip.open(member.path)
        return io.BufferedReader(raw, _BLOCK)

    def check(self, progress: Progress) -> None:
        """Read the whole archive and compare it with its manifest.

        Raises
        ------
        UnreadableFileError
            A table is missing, damaged, or not what the manifest says.
        """
        for member in self.manifest.members:
            digest, rows = hashlib.sha256(), 0
            try:
                with self.open(member) as source:
                    while block := source.read(_BLOCK):
                        digest.update(block)
                        rows += block.count(b"\n")
                        progress("checking", member.table, rows)
            except (zipfile.BadZipFile, zlib.error, EOFError, KeyError, OSError, RuntimeError) as error:
                raise self._damaged(member) from error
            if (digest.hexdigest(), rows) != (member.sha256, member.rows):
                raise self._damaged(member)

    def _damaged(self, member: Member) -> UnreadableFileError:
        return UnreadableFileError(
            f"{self.path}: the table {member.table} in it is damaged. "
            "Nothing was changed; take another backup"
        )

    def close(self) -> None:
        """Close the file."""
        self._zip.close()
