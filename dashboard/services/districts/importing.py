"""Importing a file of operational districts: from the file to its receipt."""

from __future__ import annotations

from pathlib import Path

from dashboard.permissions import Grant
from dashboard.services.imports import versioned
from dashboard.services.imports.options import ImportOptions
from dashboard.services.imports.receipts import file_limits
from dashboard.services.imports.versioned import Imported, Kind
from dashboard.settings import Settings
from db.core.engine import Connection, Database
from db.districts import store
from db.intake.districts.read import Entries, Known, Listed, folded, read_districts
from db.intake.values.reasons import Reason
from db.tables.districts import placed
from geodata.gazetteer import gazetteer
from surveillance.texts import N_

KIND = Kind(
    "districts import",
    N_("districts of facilities are imported by accounts of the whole country"),
    N_("{field}: there is no such entry to take back"),
    store.VERSIONS.decide,
    store.store,
)
check = KIND.check
_PLAINLY = ImportOptions()


def import_districts(
    database: Database, grant: Grant, settings: Settings, path: Path, options: ImportOptions = _PLAINLY
) -> Imported:
    """Import a file of districts: one transaction, every row accounted for.

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
        known = _known(connection)
    found = read_districts(
        path,
        known,
        options.day,
        source=versioned.source_of(options),
        dates=options.dates,
        era=options.era,
        limits=file_limits(settings),
        sheet=options.sheet,
    )
    notes = _new_names(found, known) + versioned.without_source(found)
    return versioned.store_file(
        database, grant, KIND, path, options, found, found.entries, lambda _connection, _decided: notes
    )


def _known(connection: Connection) -> Known:
    facilities = {key: Listed(name, province) for key, name, province in store.listed_facilities(connection)}
    return Known(facilities, {folded(name): name for name in placed.names(connection)}, gazetteer())


def _new_names(found: Entries, known: Known) -> list[Reason]:
    """That names are new: they may be spellings of others."""
    held = set(known.districts.values())
    new = sorted({one.district for one in found.entries if one.district} - held)
    if not new:
        return []
    return [
        Reason(
            "operational districts that no list had before: {names}; look whether one is a spelling of "
            "another",
            names=", ".join(new[:20]) + (" ..." if len(new) > 20 else ""),
        )
    ]
