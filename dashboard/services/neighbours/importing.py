"""Importing a file of a neighbour (areas, populations, counts): from the file to its receipt."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from dashboard.permissions import Grant
from dashboard.services.imports import versioned
from dashboard.services.imports.options import ImportOptions
from dashboard.services.imports.receipts import file_limits
from dashboard.services.imports.versioned import Imported, Kind
from dashboard.settings import Settings
from db.core.engine import Database
from db.intake.neighbours.read import Entries, Known, read_neighbours
from db.intake.neighbours.rows import Given
from db.intake.values.codes import clean_text
from db.intake.values.reasons import Reason
from db.neighbours import store
from db.tables.neighbours import KINDS
from surveillance.diseases import disease_lookup
from surveillance.errors import UsageError
from surveillance.texts import N_
from surveillance.vocabulary import normalise

_LONGEST = 300
_KINDS = {
    kind: Kind(
        "neighbours import",
        N_("files of neighbours are imported by accounts of the whole country"),
        N_("{field}: there is no such entry to take back"),
        partial(store.decide, kind=kind),
        partial(store.store, kind=kind),
    )
    for kind in KINDS
}
check = _KINDS[KINDS[0]].check
_PLAINLY = ImportOptions()


@dataclass(frozen=True)
class Said:
    """What is said of rows that do not say it. `licence`: terms of use; `disease`: a code or name."""

    licence: str = ""
    disease: str = ""
    published: bool = False

    def with_source(self, source: str) -> Given:
        """The same for the reader.

        Raises
        ------
        UsageError
            There is no such disease.
        """
        disease = disease_lookup().get(normalise(self.disease)) if self.disease else ""
        if disease is None:
            raise UsageError("--disease: '{given}' is no disease that is under surveillance here", "disease",
                             given=self.disease[:40])  # fmt: skip
        return Given(source, clean_text(self.licence, _LONGEST), disease, self.published)


@dataclass(frozen=True)
class NeighboursImported(Imported):
    """A receipt, and whether the file was of `areas`, `population` or `counts`."""

    kind: str

    def record(self) -> dict[str, Any]:
        """The receipt with its notes, for a program."""
        return super().record() | {"kind": self.kind}


def import_neighbours(
    database: Database,
    grant: Grant,
    settings: Settings,
    path: Path,
    options: ImportOptions = _PLAINLY,
    said: Said | None = None,
) -> NeighboursImported:
    """Import a file of a neighbour: one transaction, every row accounted for.

    Parameters
    ----------
    options : ImportOptions
        Its sheet, dry run, order of days, era and language; `source` says who says so.
    said : Said, optional
        Licence, disease and whether it was published, of rows that do not say it.

    Raises
    ------
    NotPermittedError
        The grant does not hold imports for the whole country.
    UnreadableFileError
        The file cannot be read, or lacks a column; nothing is stored.
    AmbiguousDatesError, AmbiguousEraError
        A day or year can be two, and nothing tells which.
    """
    check(grant)
    given = (said or Said()).with_source(versioned.source_of(options))
    with database.reading() as connection:
        known = Known(store.levels(connection), store.used(connection))
    found = read_neighbours(
        path,
        known,
        options.day,
        given=given,
        dates=options.dates,
        era=options.era,
        limits=file_limits(settings),
        sheet=options.sheet,
    )
    notes = _notes(found)
    made = versioned.store_file(
        database, grant, _KINDS[found.kind], path, options, found, found.entries, lambda *_: notes
    )
    return NeighboursImported(made.receipt, made.reading, made.notes, made.reasons, found.kind)


def _notes(found: Entries) -> list[Reason]:
    """What of the file has to be looked at, though it was taken."""
    notes = versioned.without_source(found)
    if found.buddhist:
        notes.insert(
            0,
            Reason(
                "years of the Buddhist era were read as 543 ahead; rows: {rows}, the first is row {first}",
                rows=len(found.buddhist),
                first=found.buddhist[0],
            ),
        )
    return notes
