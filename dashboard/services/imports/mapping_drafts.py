"""Mappings for people: those there are, what one says, and suggestions for a new one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from db.intake.files.readers import read_table
from db.intake.mappings import file as mapping_file
from db.intake.mappings.draft import draft
from db.intake.mappings.suggest import Suggestion, suggest, synonyms
from geodata.gazetteer import gazetteer
from surveillance.errors import UsageError
from surveillance.reception.file_kinds import LINE_LIST, fields_of

#: Rows that suggestions are made from.
SAMPLE = 500


def listed() -> list[dict[str, Any]]:
    """Shipped mappings: `name, version, kind, fingerprint, description`."""
    found = [mapping_file.load(name) for name in mapping_file.shipped()]
    return [
        {
            "name": one.name,
            "version": one.version,
            "kind": one.kind,
            "fingerprint": one.fingerprint,
            "description": one.description,
        }
        for one in found
    ]


def text_of(name_or_file: str) -> str:
    """The text of a mapping.

    Raises
    ------
    MappingError
        No mapping has that name.
    """
    return mapping_file.find(name_or_file).read_text(encoding="utf-8-sig", errors="replace")


def checked(name_or_file: str) -> str:
    """One sentence on a mapping that can be used.

    Raises
    ------
    MappingError
        It cannot be used; the message holds everything that is wrong with it.
    """
    found = mapping_file.load(name_or_file, gazetteer())
    return f"{found.name}, version {found.version} ({found.fingerprint}): can be used"


@dataclass(frozen=True)
class Offer:
    """Suggestions for a file, and the rows they were made from."""

    suggestions: list[Suggestion]
    sample: Sequence[Sequence[str]]
    kind: str = LINE_LIST

    def as_file(self, name: str) -> str:
        """A mapping file begun from them, to be looked at."""
        folded = re.sub(r"[^a-z0-9._-]+", "-", name.casefold()).strip("-._")[:40]
        return draft(folded or "our-mapping", self.suggestions, self.sample, self.kind)


def offer(path: Path, language: str = "en", kind: str = LINE_LIST) -> Offer:
    """Suggest what the columns of a file hold.

    Raises
    ------
    UnreadableFileError
        The file cannot be read as a table.
    """
    known = frozenset(fields_of(kind)) | frozenset(synonyms(kind))
    table = read_table(path, known)
    header = list(table.sent_header) or list(table.header)
    first = next(iter(table.chunks), [])
    sample = [row.cells for row in first[:SAMPLE]]
    return Offer(suggest(header, sample, language, gazetteer(), kind), sample, kind)


def write_new(path: Path, text: str) -> None:
    """Write a file that is not there yet.

    Raises
    ------
    UsageError
        It is there already, or cannot be written.
    """
    try:
        with path.open("x", encoding="utf-8", newline="\n") as handle:
            handle.write(text)
    except FileExistsError as error:
        raise UsageError(f"{path}: is there already; name another file") from error
    except OSError as error:
        raise UsageError(f"{path}: cannot be written ({error.strerror})") from error
