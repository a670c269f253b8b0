"""What became of a file: its receipt, what was noted in it, and how large it might have been."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from dashboard.settings import Settings
from db.intake.files.readers import Limits, Table
from db.intake.values.notices import kept_text

#: Notices whose text says how the file was read, or stands in its header or mapping; that of any other is
#: what a cell holds.
_OF_THE_FILE = frozenset({"read_as", "other_sheet", "companion_column", "no_visit", "lacking_column"})
#: What was accepted and not understood: (kind, field, text, rows, first row).
Noted = list[tuple[str, str, str, int, int]]


@dataclass(frozen=True)
class Receipt:
    """What became of every row of a file: rows = accepted + amended + withdrawn + duplicate + rejected."""

    file: str
    batch: int | None
    rows: int
    accepted: int
    amended: int
    withdrawn: int
    duplicate: int
    rejected: int
    returned_file: str | None
    #: Name, version and fingerprint of what read the file, and the order in which its days were read.
    mapping: dict[str, str | None]

    def record(self) -> dict[str, Any]:
        """The receipt as one row."""
        return asdict(self)


@dataclass(frozen=True)
class Imported:
    """A receipt, and what was accepted and not understood: (kind, field, text, rows, first row)."""

    receipt: Receipt
    notices: list[tuple[str, str, str, int, int]]
    reasons: list[tuple[int, str]]

    def record(self) -> dict[str, Any]:
        """The receipt with its notices, for a program: what it keeps holds no text that may be a name."""
        return self.receipt.record() | {
            "notices": [
                {
                    "kind": kind,
                    "field": field,
                    "text": _kept(kind, text, rows),
                    "rows": rows,
                    "first_row": first,
                }
                for kind, field, text, rows, first in self.notices
            ]
        }


def _kept(kind: str, text: str, rows: int) -> str:
    return text if kind in _OF_THE_FILE else kept_text(kind, text, rows)


def file_limits(settings: Settings) -> Limits:
    """How large a file these settings let in."""
    size = settings.max_file_mb * 1024 * 1024
    return Limits(
        file=size,
        unpacked=4 * size,
        rows=settings.max_rows,
        memory=settings.reader_memory_mb * 1024 * 1024,
        seconds=settings.reader_seconds,
    )


def of_reading(table: Table) -> list[tuple[str, str, str, int, int]]:
    """What was read in another way than plainly: an encoding, other sheets, and each row left out."""
    found = [("read_as", "", table.form, 0, 1)] if table.form else []
    found += [("other_sheet", "", name, 0, 1) for name in table.other_sheets]
    above = [number for number, why in table.left_out if why == "above_header"]
    if above:
        found.append(("above_header", "", "", len(above), above[0]))
    return found + [(why, "", "", 1, number) for number, why in table.left_out if why != "above_header"]
