"""Importing a file of roads or of flows: from the file to its receipt."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dashboard.permissions import Grant, Permission
from dashboard.services.imports.options import DEFAULT_SOURCE, ImportOptions
from dashboard.services.imports.receipts import Noted, Receipt, file_limits, of_reading
from dashboard.services.imports.returned_rows import ReturnedFile
from dashboard.services.routes.places import PlaceFinder
from dashboard.settings import Settings
from db.core.engine import Database, wait_for_other_writers
from db.dated import versions
from db.intake.cleaning.line_list import Rejected
from db.intake.files.readers import sha256_of
from db.intake.routes.read import Entries, read_routes
from db.intake.values.reasons import Reason
from db.operations import outbox
from db.routes.store import ROUTES
from surveillance.errors import NotPermittedError

#: What the audit trail calls an import.
ACTION = "routes import"
_PLAINLY = ImportOptions()
_NOT_HELD = Reason("{field}: there is no such entry to take back", field="record_status")


@dataclass(frozen=True)
class RoutesImported:
    """A receipt, what was noted, and why the first rows were rejected."""

    receipt: Receipt
    #: `roads` or `flows`.
    kind: str
    #: How the file was read, as for line lists.
    reading: Noted
    notes: list[Reason]
    reasons: list[tuple[int, str]]

    def record(self) -> dict[str, Any]:
        """The receipt with its notes, for a program."""
        kept = ("kind", "field", "text", "rows", "first_row")
        return self.receipt.record() | {
            "kind": self.kind,
            "notices": [dict(zip(kept, one, strict=True)) for one in self.reading],
            "notes": [str(one) for one in self.notes],
        }


def check(grant: Grant) -> None:
    """Refuse whoever may not import, or only for some places: roads and flows are everybody's.

    Raises
    ------
    NotPermittedError
        It does.
    """
    grant.check(Permission.IMPORT_FILES)
    if not grant.scope.national:
        raise NotPermittedError("roads and flows are imported by accounts of the whole country")


def import_routes(
    database: Database, grant: Grant, settings: Settings, path: Path, options: ImportOptions = _PLAINLY
) -> RoutesImported:
    """Import a file of roads or of flows: one transaction, every row accounted for.

    Parameters
    ----------
    options : ImportOptions
        Its sheet, dry run, order of days and language; `source` says who says so, of rows that name none.

    Raises
    ------
    NotPermittedError
        The grant does not hold imports for the whole country.
    UnreadableFileError
        The file cannot be read, or lacks a column; nothing is stored.
    AmbiguousDatesError, AmbiguousEraError
        A day can be two, and nothing tells which.
    """
    check(grant)
    with database.reading() as connection:
        find = PlaceFinder.of(connection)
    sha256 = sha256_of(path)
    found = read_routes(
        path,
        find,
        options.day,
        source="" if options.source == DEFAULT_SOURCE else options.source,
        dates=options.dates,
        era=options.era,
        limits=file_limits(settings),
        sheet=options.sheet,
    )
    header = found.table.sent_header or found.table.header
    number: int | None = None
    with ReturnedFile(path, header, writes=options.stores, t=options.t, fields=options.fields) as returned:
        with database.records.connect() as connection:
            connection.execution_options(chhlang_write=options.stores)
            with connection.begin() as transaction:
                if options.stores:
                    wait_for_other_writers(connection)
                decided = versions.decide(connection, ROUTES, found.entries, sha256)
                counts = _counts(found, decided)
                called = options.called or path.name
                if options.stores:
                    number = versions.store(
                        connection, ROUTES, found.entries, decided, file_name=called, sha256=sha256,
                        actor=grant.actor, counts=counts,
                    )  # fmt: skip
                returned.add(sorted(found.rejected, key=lambda one: one.row.number))
                if options.stores:
                    returned.finish()
                    said = {"batch": number, "file": called, "kind": found.kind, **counts}
                    outbox.write(connection, database, grant.actor, ACTION, said)
                else:
                    transaction.rollback()
        returned.keep()
    if options.stores:
        outbox.carry(database)
    receipt = Receipt(
        str(path),
        number,
        **counts,
        returned_file=returned.name,
        mapping=dict.fromkeys(("name", "version", "fingerprint", "date_order", "era")),
    )
    return RoutesImported(receipt, found.kind, _reading(found), _notes(found), returned.first_reasons)


def _counts(found: Entries, decided: versions.Decided) -> dict[str, int]:
    """Rows by outcome; rows that take back what is not held are added to the rejected."""
    for entry, outcome in zip(found.entries, decided.outcomes, strict=True):
        if outcome == versions.NOT_HELD:
            found.rejected.append(Rejected(entry.row, (_NOT_HELD,)))
    names = (versions.ACCEPTED, versions.AMENDED, versions.WITHDRAWN, versions.DUPLICATE)
    return {
        "rows": found.rows,
        **{name: decided.count(name) for name in names},
        "rejected": len(found.rejected),
    }


def _reading(found: Entries) -> Noted:
    return of_reading(found.table) + [("ignored_column", name, "", 0, 1) for name in found.ignored]


def _notes(found: Entries) -> list[Reason]:
    """What of the file has to be looked at, though it was taken."""
    notes: list[Reason] = []
    if found.without_source:
        notes.append(
            Reason(
                "no source is named; rows: {rows}, the first is row {first}; name one, so that readers "
                "can judge",
                rows=len(found.without_source),
                first=found.without_source[0],
            )
        )
    return notes
