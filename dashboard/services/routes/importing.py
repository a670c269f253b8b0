"""Importing a file of roads or of flows: from the file to its receipt."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dashboard.permissions import Grant
from dashboard.services.imports import versioned
from dashboard.services.imports.options import ImportOptions
from dashboard.services.imports.receipts import file_limits
from dashboard.services.imports.versioned import Imported, Kind
from dashboard.services.routes.places import PlaceFinder
from dashboard.settings import Settings
from db.core.engine import Database
from db.intake.routes.read import read_routes
from db.routes import store
from surveillance.texts import N_

KIND = Kind(
    "routes import",
    N_("roads and flows are imported by accounts of the whole country"),
    N_("{field}: there is no such entry to take back"),
    store.VERSIONS.decide,
    store.store,
)
check = KIND.check
_PLAINLY = ImportOptions()


@dataclass(frozen=True)
class RoutesImported(Imported):
    """A receipt, and whether the file was of `roads` or of `flows`."""

    kind: str

    def record(self) -> dict[str, Any]:
        """The receipt with its notes, for a program."""
        return super().record() | {"kind": self.kind}


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
    found = read_routes(
        path,
        find,
        options.day,
        source=versioned.source_of(options),
        dates=options.dates,
        era=options.era,
        limits=file_limits(settings),
        sheet=options.sheet,
    )
    notes = versioned.without_source(found)
    made = versioned.store_file(
        database, grant, KIND, path, options, found, found.entries, lambda _connection, _decided: notes
    )
    return RoutesImported(made.receipt, made.reading, made.notes, made.reasons, found.kind)
