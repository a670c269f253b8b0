"""Importing a file of a table that keeps every version (figures, districts): from the file to its receipt."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from dashboard.permissions import Grant, Permission
from dashboard.services.imports.options import DEFAULT_SOURCE, ImportOptions
from dashboard.services.imports.receipts import Noted, Receipt, of_reading
from dashboard.services.imports.returned_rows import ReturnedFile
from db.core.engine import Connection, Database, wait_for_other_writers
from db.intake.cleaning.line_list import Rejected
from db.intake.files.readers import Row, Table, sha256_of
from db.intake.values.reasons import Reason
from db.operations import outbox
from db.versions.store import ACCEPTED, AMENDED, DUPLICATE, NOT_HELD, WITHDRAWN, Decided
from surveillance.errors import NotPermittedError


class Found(Protocol):
    """What a file holds, as its reader gives it."""

    table: Table
    rejected: list[Rejected]
    rows: int
    ignored: list[str]
    without_source: list[int]


class Store(Protocol):
    """Writes a file's receipt and versions; the number of the file."""

    def __call__(
        self,
        connection: Connection,
        entries: Any,
        decided: Decided,
        /,
        *,
        file_name: str,
        sha256: str,
        actor: str,
        counts: Mapping[str, int],
    ) -> int: ...


@dataclass(frozen=True)
class Imported:
    """A receipt, what was noted, and why the first rows were rejected."""

    receipt: Receipt
    #: How the file was read, as for line lists.
    reading: Noted
    notes: list[Reason]
    reasons: list[tuple[int, str]]

    def record(self) -> dict[str, Any]:
        """The receipt with its notes, for a program."""
        kept = ("kind", "field", "text", "rows", "first_row")
        return self.receipt.record() | {
            "notices": [dict(zip(kept, one, strict=True)) for one in self.reading],
            "notes": [str(one) for one in self.notes],
        }


@dataclass(frozen=True)
class Kind:
    """A kind of table.

    Attributes
    ----------
    action : str
        What the audit trail calls an import.
    refused : str
        Why an account of some places may not import it.
    not_held : str
        Why a row is rejected that takes back what is not held.
    decide, store : callable
        What becomes of entries, and writing them (`db.denominators.store`, `db.districts.store`).
    """

    action: str
    refused: str
    not_held: str
    decide: Callable[[Connection, Any, str], Decided]
    store: Store
    held_back: Reason = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "held_back", Reason(self.not_held, field="record_status"))

    def check(self, grant: Grant) -> None:
        """Refuse whoever may not import, or only for some places: such tables are everybody's.

        Raises
        ------
        NotPermittedError
            It does.
        """
        grant.check(Permission.IMPORT_FILES)
        if not grant.scope.national:
            raise NotPermittedError(self.refused)


def source_of(options: ImportOptions) -> str:
    """Who says so, of rows that name no source; blank where nobody said."""
    return "" if options.source == DEFAULT_SOURCE else options.source


def store_file(
    database: Database,
    grant: Grant,
    kind: Kind,
    path: Path,
    options: ImportOptions,
    found: Found,
    entries: Sequence[Any],
    notes: Callable[[Connection, Decided], list[Reason]],
) -> Imported:
    """Store what was read of a file: one transaction, every row accounted for.

    Parameters
    ----------
    entries : sequence
        Those of `found`, in the order of their rows.
    notes : callable
        What of the file has to be looked at, though it was taken; asked in the transaction.
    """
    header = found.table.sent_header or found.table.header
    called, number = options.called or path.name, None
    sha256 = sha256_of(path)
    with ReturnedFile(path, header, writes=options.stores, t=options.t, fields=options.fields) as returned:
        with database.records.connect() as connection:
            connection.execution_options(chhlang_write=options.stores)
            with connection.begin() as transaction:
                if options.stores:
                    wait_for_other_writers(connection)
                decided = kind.decide(connection, entries, sha256)
                counts = _counts(kind, found, entries, decided)
                if options.stores:
                    number = kind.store(
                        connection, entries, decided, file_name=called, sha256=sha256,
                        actor=grant.actor, counts=counts,
                    )  # fmt: skip
                noted = notes(connection, decided)
                returned.add(sorted(found.rejected, key=lambda one: one.row.number))
                if options.stores:
                    returned.finish()
                    said = {"batch": number, "file": called, **counts}
                    outbox.write(connection, database, grant.actor, kind.action, said)
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
    reading = of_reading(found.table) + [("ignored_column", name, "", 0, 1) for name in found.ignored]
    return Imported(receipt, reading, noted, returned.first_reasons)


def _counts(kind: Kind, found: Found, entries: Sequence[Any], decided: Decided) -> dict[str, int]:
    """Rows by outcome; rows that take back what is not held are added to the rejected."""
    for entry, outcome in zip(entries, decided.outcomes, strict=True):
        if outcome == NOT_HELD:
            row: Row = entry.row
            found.rejected.append(Rejected(row, (kind.held_back,)))
    return {
        "rows": found.rows,
        **{name: decided.count(name) for name in (ACCEPTED, AMENDED, WITHDRAWN, DUPLICATE)},
        "rejected": len(found.rejected),
    }


def without_source(found: Found) -> list[Reason]:
    """That rows name no source."""
    if not found.without_source:
        return []
    return [
        Reason(
            "no source is named; rows: {rows}, the first is row {first}; name one, so that readers can judge",
            rows=len(found.without_source),
            first=found.without_source[0],
        )
    ]
