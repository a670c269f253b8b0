"""The import of a delivered file, read from top to bottom."""

from __future__ import annotations

from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from dashboard.permissions import Grant, Permission
from dashboard.services import store
from dashboard.services.imports.aggregate_reports import ReportDelivery
from dashboard.services.imports.delivery import Delivery
from dashboard.services.imports.line_lists import LineListDelivery
from dashboard.services.imports.observer import ImportObserver
from dashboard.services.imports.options import ImportOptions
from dashboard.services.imports.receipts import Imported, Receipt, file_limits
from dashboard.services.imports.returned_rows import ReturnedFile
from dashboard.settings import Settings
from db.core.engine import Database
from db.intake.files.readers import read_table
from db.intake.mappings.aggregates import AggregateMapping
from db.intake.mappings.file import load, of_kind
from db.operations import outbox
from geodata.gazetteer import gazetteer
from surveillance.reception.file_kinds import LINE_LIST

_PLAINLY, _UNOBSERVED = ImportOptions(), ImportObserver()


def import_file(
    database: Database,
    grant: Grant,
    settings: Settings,
    path: Path,
    options: ImportOptions = _PLAINLY,
    observer: ImportObserver = _UNOBSERVED,
) -> Imported:
    """Import a line list or aggregate reports: one transaction, every row accounted for.

    Parameters
    ----------
    observer : ImportObserver
        Hears how far it is, and may stop it between two chunks of rows.

    Raises
    ------
    NotPermittedError
        The grant does not hold imports.
    UnreadableFileError
        The file cannot be read as what its mapping says; nothing is stored.
    AmbiguousDatesError
        Its dates can be read in two ways, and nothing tells which; nothing is stored.
    SameNumbersError
        Its numbers are held for other people, or stand in it twice, and it was not answered what they are;
        nothing is stored.
    AmbiguousEraError
        So can its years of the Buddhist era; nothing is stored.
    MappingError
        The mapping is missing or wrong.
    ConfigurationError
        The file holds person numbers and no key is set, or another than this database's.
    CancelledError
        The observer stopped it; nothing is stored.
    UsageError
        Something is declared of aggregate reports, which name their own periods.
    """
    grant.check(Permission.IMPORT_FILES)
    delivery = _open(database, grant, settings, path, options)
    header = delivery.sent_header
    batch: int | None = None
    with ReturnedFile(path, header, writes=options.stores, t=options.t, fields=options.fields) as returned:
        with delivery.run(database) as run:
            for part in delivery.parts():
                run.stage(part)
                returned.add(part.rejected)
                observer.seen(delivery.columns, part.records)
                observer.progress(run.counts.rows)
                observer.raise_if_cancelled()
            read = delivery.read_facts(database)
            if options.stores:
                if not run.may_refuse:  # no lock need wait for the disk
                    returned.finish()
                observer.before_commit()
            returned.add(run.decide(read))
            if options.stores:
                returned.finish()
                batch = run.commit(delivery.era.noted)
            else:
                run.preview()
        returned.keep()
    if batch is not None:
        outbox.carry(database)
    counts = asdict(run.counts)
    receipt = Receipt(
        str(path),
        batch,
        **counts,
        returned_file=returned.name,
        mapping={
            "name": delivery.mapping.name,
            "version": delivery.mapping.version,
            "fingerprint": delivery.mapping.fingerprint,
            "date_order": read.date_order,
            "era": delivery.era.used,
        },
    )
    return Imported(receipt, delivery.noted(), returned.first_reasons)


def _open(
    database: Database, grant: Grant, settings: Settings, path: Path, options: ImportOptions
) -> Delivery[Any]:
    """Read the header of a file through its mapping."""
    pseudonymise = store.pseudonymiser(settings, database)
    chosen = options.mapping
    mapping = load(chosen, gazetteer()) if isinstance(chosen, str) else chosen
    opener = partial(read_table, path, limits=file_limits(settings), sheet=options.sheet)
    if isinstance(mapping, AggregateMapping):
        return ReportDelivery(database, grant, mapping, opener, path, options)
    mapping = of_kind(mapping, LINE_LIST)
    keeps = settings.keep_legal_status
    return LineListDelivery(
        database, grant, mapping, opener, path, pseudonymise, options, keeps_legal_status=keeps
    )
