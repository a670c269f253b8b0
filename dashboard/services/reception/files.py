"""Importing files of reception centres: one kind of record, every row accounted for, one transaction."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dashboard.permissions import Grant, Permission
from dashboard.services.imports.options import ImportOptions
from dashboard.services.imports.receipts import file_limits
from dashboard.services.imports.returned_rows import ReturnedFile
from dashboard.services.reception.entries import PLACES, SEALED, may_see
from dashboard.settings import Settings
from db.core.engine import Connection, Database
from db.intake.cleaning.line_list import Rejected
from db.intake.cleaning.reception import Deliveries, read_records
from db.intake.files.readers import Row
from db.intake.values.reasons import Reason
from db.operations import audit
from db.reception import read, store
from geodata.gazetteer import gazetteer
from surveillance.epiweek import TIME_ZONE
from surveillance.errors import UsageError
from surveillance.reception.entries import Entry, is_withdrawn
from surveillance.reception.kinds import KINDS

_PLAINLY = ImportOptions()
#: Kinds that come in files: whoever hands a child over enters it.
IMPORTED = tuple(kind.code for kind in KINDS.values() if kind.counted)
_NOT_HELD = Reason("withdraws a record that is not held")
_ELSEWHERE = Reason("{field}: this crossing is none of your account's", field="crossing")
_WHY_NOT = {
    store.DIFFERS: Reason("another entry with this number is held; enter it again"),
    store.SEALED: Reason(SEALED),
}


@dataclass(frozen=True)
class RecordsReceipt:
    """What became of every row: rows = accepted + amended + withdrawn + duplicate + rejected."""

    file: str
    kind: str
    rows: int
    accepted: int
    amended: int
    withdrawn: int
    duplicate: int
    rejected: int
    returned_file: str | None
    #: Columns that are none of the kind's fields.
    ignored: tuple[str, ...]

    def record(self) -> dict[str, Any]:
        """The receipt as one row."""
        return asdict(self)


def import_records(
    database: Database,
    grant: Grant,
    settings: Settings,
    path: Path,
    kind: str,
    options: ImportOptions = _PLAINLY,
    now: datetime | None = None,
) -> tuple[RecordsReceipt, list[tuple[int, str]]]:
    """Import a file of one kind; returns its receipt, and why its first rows go back.

    Parameters
    ----------
    options : ImportOptions
        Its source, dates, era, sheet, dry run and language.
    now : datetime, optional
        The moment of the import.

    Raises
    ------
    NotPermittedError
        The grant does not hold imports, or the kind is for nurses alone.
    UsageError
        The kind does not come in files.
    UnreadableFileError, AmbiguousDatesError, AmbiguousEraError
        The file cannot be read; nothing is stored.
    """
    grant.check(Permission.IMPORT_FILES)
    if kind not in IMPORTED:
        raise UsageError("kind: use one of {kinds}", "kind", kinds=", ".join(IMPORTED))
    if KINDS[kind].private:
        grant.check(Permission.READ_REFERRALS)
    now = now or datetime.now(UTC)
    found = read_records(
        path,
        KINDS[kind],
        options.source,
        gazetteer(),
        PLACES,
        now,
        options.today or now.astimezone(TIME_ZONE).date(),
        dates=options.dates,
        era=options.era,
        sheet=options.sheet,
        limits=file_limits(settings),
    )
    counts = dict.fromkeys(("accepted", "amended", "withdrawn", "duplicate"), 0)
    counts["duplicate"] = found.repeated
    opened = ReturnedFile(path, found.header, writes=options.stores, t=options.t, fields=options.fields)
    with opened as returned:
        with store.writing(database) as connection:
            _store(connection, grant, found, counts, now, keeps=options.stores)
            returned.add(sorted(found.rejected, key=lambda one: one.row.number))
            if options.stores:
                returned.finish()
                said = {"kind": kind, "rows": found.rows, **counts, "rejected": len(found.rejected)}
                audit.write(connection, grant.actor, "arrivals imported", said)
        returned.keep()
    receipt = RecordsReceipt(
        str(path),
        kind,
        found.rows,
        **counts,
        rejected=len(found.rejected),
        returned_file=returned.name,
        ignored=tuple(found.ignored),
    )
    return receipt, returned.first_reasons


def _store(
    connection: Connection,
    grant: Grant,
    found: Deliveries,
    counts: dict[str, int],
    now: datetime,
    *,
    keeps: bool,
) -> None:
    """Store the entries and count what became of them; what cannot be stored is added to the rejected."""
    subjects = sorted({entry.subject for _, entry in found.entries})
    held: dict[tuple[str, str, str], str] = {}
    for start in range(0, len(subjects), 5_000):
        for one in read.of_subjects(connection, subjects[start : start + 5_000]):
            held[one.key] = one.crossing
    rows: list[Row] = []
    entries: list[Entry] = []
    for row, entry in found.entries:
        places = {entry.crossing, held.get(entry.record, entry.crossing)}
        if not all(may_see(grant, place) for place in places):
            found.rejected.append(Rejected(row, (_ELSEWHERE,)))
        elif is_withdrawn(entry.fields) and entry.record not in held:
            found.rejected.append(Rejected(row, (_NOT_HELD,)))
        else:
            rows.append(row)
            entries.append(entry)
    trial = connection.begin_nested()
    outcomes = store.store(connection, entries, author=grant.actor, device="", received=now)
    (trial.commit if keeps else trial.rollback)()
    for row, entry, outcome in zip(rows, entries, outcomes, strict=True):
        if outcome in _WHY_NOT:
            found.rejected.append(Rejected(row, (_WHY_NOT[outcome],)))
        elif outcome == store.HELD:
            counts["duplicate"] += 1
        elif entry.record not in held:
            counts["accepted"] += 1
        else:
            counts["withdrawn" if is_withdrawn(entry.fields) else "amended"] += 1
