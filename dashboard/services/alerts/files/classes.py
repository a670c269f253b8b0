"""Classes of cases by a file: record, class, reason; each row is checked as the page checks a form."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from dashboard.permissions import Grant
from dashboard.services.alerts import classes
from dashboard.services.alerts.classes import CLASSES, UNDO
from db.core.engine import Database
from db.core.errors import StorageError, explain
from db.intake.files.limits import DEFAULT, Limits
from db.intake.files.readers import Row, read_table, sha256_of
from db.intake.values.digits import plain
from db.operations import audit
from surveillance.errors import UnreadableFileError, UsageError

#: Columns of a file; the last one may be missing.
COLUMNS = ("record", "class", "reason", "seen")
NEEDED = COLUMNS[:3]
#: What a row may say.
CHOICES = (*CLASSES, UNDO)
#: Most rows of a file, and bytes of one that is sent to the page: as many rows, each with the longest reason.
MOST, LARGEST = 5_000, 6_000_000
ACCEPTED, DUPLICATE, REJECTED = "accepted", "duplicate", "rejected"
#: A whole number with or without separators, and with the zeros that a spreadsheet adds.
_WHOLE = re.compile(r"(\d{1,12}|\d{1,3}(?:[ ,]\d{3}){1,3})(?:\.0+)?")


@dataclass(frozen=True)
class Receipt:
    """What became of the rows of a file: rows = accepted + duplicate + rejected.

    Parameters
    ----------
    duplicate : int
        The case has this class already, given by a person; or there is none to take back.
    reasons : tuple of (int, str)
        Of each rejected row its number in the file, the header being 1, and why.
    """

    file: str
    sha256: str
    rows: int
    accepted: int
    duplicate: int
    rejected: int
    dry_run: bool
    reasons: tuple[tuple[int, str], ...]

    def record(self) -> dict[str, Any]:
        """The receipt for a program."""
        return asdict(self)


def import_classes(
    database: Database,
    grant: Grant,
    path: Path,
    now: datetime,
    t: Callable[[str], str],
    *,
    dry_run: bool = False,
    called: str = "",
    limits: Limits = DEFAULT,
) -> Receipt:
    """Give classes to the cases of a file, row by row; the same file a second time changes nothing.

    Where it ends halfway, the rows before are stored: bring the file again. `called`: the name of the file,
    where it was sent. `limits`: how large it may be. A dry run stands in the trail, too: it tells which cases
    have a class that a person gave.

    Raises
    ------
    NotPermittedError
        The account may not give classes.
    UnreadableFileError
        The file cannot be read.
    UsageError
        A column is missing, there are too many rows, or the database takes nothing more.
    """
    classes.check(grant)
    name = called or path.name
    rows = list(_rows(path, name, limits))
    giving = _Giving(database, grant, now, dry_run)
    told: Counter[str] = Counter()
    reasons = []
    for number, cells in rows:
        try:
            told[giving.row(number, cells)] += 1
        except UsageError as error:
            told[REJECTED] += 1
            reasons.append((number, error.in_words(t)))
        except Exception as error:
            if dry_run or not isinstance(explain(error), StorageError):
                raise
            # The usual sentence says that nothing was changed.
            raise UsageError(
                "row {row}: the database takes nothing now; rows stored before it: {accepted}. Bring the "
                "file again later: these will count as duplicates",
                row=number,
                accepted=f"{told[ACCEPTED]:,}",
            ) from error
    receipt = Receipt(
        name,
        sha256_of(path),
        len(rows),
        told[ACCEPTED],
        told[DUPLICATE],
        told[REJECTED],
        dry_run,
        tuple(reasons),
    )
    said = {"sha256": receipt.sha256, "rows": receipt.rows, "accepted": receipt.accepted}
    said |= {"rejected": receipt.rejected}
    if dry_run:
        audit.record(database, grant.actor, "case classes tried", said)
    else:
        audit.record(database, grant.actor, "case classes imported", said)
    return receipt


@dataclass(frozen=True)
class _Giving:
    """Giving the classes of one file: by whom, when, and in which row each case stood first."""

    database: Database
    grant: Grant
    now: datetime
    dry_run: bool
    first: dict[int, int] = field(default_factory=dict)

    def row(self, number: int, cells: dict[str, str]) -> str:
        """What became of a row.

        Raises
        ------
        UsageError
            It is rejected; says why.
        """
        case, to = _number(cells["record"]), plain(cells["class"])
        if to not in CHOICES:
            raise UsageError(
                "class: '{given}' is none of {all}",
                "class",
                given=cells["class"][:40],
                all=", ".join(CHOICES),
            )

        def first(version: int) -> None:
            if (earlier := self.first.setdefault(version, number)) != number:
                raise UsageError("row {row} is of the same case: say one class of each", row=earlier)

        changed = classes.give_by_row(
            self.database, self.grant, case, to, cells["reason"], self.now, _seen(cells.get("seen", "")),
            first, dry_run=self.dry_run,
        )  # fmt: skip
        return ACCEPTED if changed else DUPLICATE


def _seen(text: str) -> str | None:
    """The number of the newest change as it was seen; None: the row does not say."""
    match = _WHOLE.fullmatch(plain(text))
    return (_digits(match[1]) if match else text) or None


def _digits(text: str) -> str:
    return re.sub("[ ,]", "", text)


def _number(text: str) -> int:
    """The number of a case, as people and spreadsheets write it."""
    match = _WHOLE.fullmatch(plain(text))
    if match is None:
        raise UsageError("record: '{given}' is not the number of a case, such as 1234", given=text[:40])
    return int(_digits(match[1]))


def _rows(path: Path, name: str, limits: Limits) -> Iterator[tuple[int, dict[str, str]]]:
    """Each row with its number, as texts by column.

    Raises
    ------
    UnreadableFileError
        A row has more cells than the header.
    UsageError
        A column is missing, or there are too many rows.
    """
    table = read_table(path, frozenset(COLUMNS), limits=limits)
    missing = [column for column in NEEDED if column not in table.header]
    if missing:
        raise UsageError(
            "{file}: there is no column {columns}; its columns are {all}",
            file=name,
            columns=", ".join(missing),
            all=", ".join(COLUMNS),
        )
    places = {column: table.header.index(column) for column in COLUMNS if column in table.header}
    count = 0
    for chunk in table.chunks:
        for row in chunk:
            count += 1
            if count > MOST:
                raise UsageError("{file}: at most {most} rows at a time", file=name, most=f"{MOST:,}")
            yield row.number, _cells(row, places, len(table.header), name)
    if table.left_out:
        raise UnreadableFileError(
            "{file}, row {row}: it is no row of the table; take it out of the file",
            file=name,
            row=table.left_out[0][0],
        )


def _cells(row: Row, places: dict[str, int], width: int, name: str) -> dict[str, str]:
    if any(cell.strip() for cell in row.cells[width:]):
        raise UnreadableFileError(
            "{file}, row {row}: {cells} cells, but the header has {width}; put a text that holds the "
            "separator in double quotes",
            file=name,
            row=row.number,
            cells=len(row.cells),
            width=width,
        )
    return {
        column: row.cells[place].strip() if place < len(row.cells) else "" for column, place in places.items()
    }
