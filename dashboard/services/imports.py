"""Importing files: from the delivered file to its receipt, and the file of returned rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from dashboard.permissions import Grant, Permission
from dashboard.services import store
from dashboard.services.returned import ReturnedFile
from dashboard.settings import Settings
from db import audit, facilities, records, sealed
from db.engine import Database
from db.intake.cleaning import Cleaner, Notices
from db.intake.facility_list import read_facilities
from db.intake.readers import read_table, sha256_of
from db.intake.sealed_gate import SealedGate
from db.records import FileFacts, Stage
from geodata.distance import point_problem
from geodata.gazetteer import Gazetteer
from surveillance.errors import UnreadableFileError
from surveillance.line_list import BY_NAME

DEFAULT_SOURCE = "default"
#: Called after each chunk with the rows read so far.
Progress = Callable[[int], None]


def today_in_cambodia() -> date:
    """The day it is in Phnom Penh."""
    return datetime.now(ZoneInfo("Asia/Phnom_Penh")).date()


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

    def record(self) -> dict[str, Any]:
        """The receipt as one row."""
        return asdict(self)


@dataclass(frozen=True)
class Imported:
    """A receipt, and what was accepted and not understood: (kind, field, text, rows, first row)."""

    receipt: Receipt
    notices: list[tuple[str, str, str, int, int]]
    reasons: list[tuple[int, str]]


def import_file(
    database: Database,
    grant: Grant,
    settings: Settings,
    path: Path,
    *,
    source: str = DEFAULT_SOURCE,
    dry_run: bool = False,
    today: date | None = None,
    progress: Progress | None = None,
) -> Imported:
    """Import a line list: one transaction, every row accounted for.

    Raises
    ------
    NotPermittedError
        The grant does not hold imports.
    UnreadableFileError
        The file cannot be read as a line list; nothing is stored.
    ConfigurationError
        The file holds person numbers and no key is set, or another than this database's.
    """
    grant.check(Permission.IMPORT_FILES)
    pseudonymise = store.pseudonymiser(settings, database)
    facts = FileFacts(source[:80], path.name[:255], sha256_of(path), grant.actor)
    table = read_table(path, frozenset(BY_NAME))
    cleaner = Cleaner(
        table.header,
        facts.source,
        today or today_in_cambodia(),
        Gazetteer(),
        pseudonymise,
        settings.keep_legal_status,
    )
    missing = cleaner.missing_required()
    if missing:
        raise UnreadableFileError(
            f"{path.name}: the header lacks {', '.join(missing)}; a line list needs these columns"
        )
    if "person_id" in table.header and not dry_run:
        facts = replace(facts, expected=store.hold_to_key(database, pseudonymise))
    with database.reading() as connection:
        gate = SealedGate(connection, facts.source, pseudonymise)
    facts = replace(facts, expected=dict(facts.expected) | {sealed.SEALS: gate.fact})
    with ReturnedFile(path, table.header, writes=not dry_run) as returned:

        def work(stage: Stage) -> int | None:
            for chunk in table.chunks:
                with database.reading() as connection:
                    cleaned, repeated = gate(connection, chunk, cleaner.clean(chunk))
                cleaner.notices.settle({item.row.number for item in cleaned.rejected} | repeated)
                stage.add(cleaned.records, len(cleaned.rejected), len(repeated))
                returned.add(cleaned.rejected)
                if progress:
                    progress(stage.counts.rows)
            if dry_run:
                stage.preview(facts, cleaner.notices)
            counts.update(asdict(stage.counts))
            if dry_run:
                return None
            returned.finish()
            number = stage.close(facts, cleaner.notices)
            counts.update(asdict(stage.counts))
            return number

        counts: dict[str, int] = {}
        batch = records.run_stage(database, work)
        returned.keep()
    receipt = Receipt(str(path), batch, **counts, returned_file=returned.name)
    if not dry_run:
        audit.record(database, grant.actor, "import", {"batch": batch, "source": facts.source, **counts})
    return Imported(receipt, _listed(cleaner), returned.first_reasons)


def _listed(cleaner: Cleaner) -> list[tuple[str, str, str, int, int]]:
    rows = [("ignored_column", name, "", 0, 1) for name in cleaner.ignored_columns()]
    notices: Notices = cleaner.notices
    return rows + [(*key, count, notices.first[key]) for key, count in notices.rows.most_common()]


@dataclass(frozen=True)
class FacilityReceipt:
    """What became of a facility list: rows = added + changed + unchanged + rejected."""

    file: str
    rows: int
    added: int
    changed: int
    unchanged: int
    rejected: int

    def record(self) -> dict[str, Any]:
        """The receipt as one row."""
        return asdict(self)


def import_facilities(
    database: Database, grant: Grant, path: Path
) -> tuple[FacilityReceipt, list[tuple[int, str]]]:
    """Import a list of facilities; returns the receipt and (row, message) for what was wrong.

    Raises
    ------
    NotPermittedError
        The grant does not hold imports.
    UnreadableFileError
        The file cannot be read as a facility list.
    """
    grant.check(Permission.IMPORT_FILES)
    listed = read_facilities(path, Gazetteer(), _point_message)
    counts = facilities.store(database, listed.facilities)
    receipt = FacilityReceipt(
        str(path), len(listed.facilities) + listed.rejected, **asdict(counts), rejected=listed.rejected
    )
    audit.record(database, grant.actor, "facilities import", receipt.record() | {"file": path.name})
    return receipt, listed.messages


def _point_message(latitude: float, longitude: float) -> str | None:
    problem = point_problem(latitude, longitude)
    return None if problem is None else problem.sentence
