"""Importing a file of population figures: from the file to its receipt."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from dashboard.permissions import Grant
from dashboard.services.denominators.areas import Finder, area_name
from dashboard.services.denominators.read import denominator_of
from dashboard.services.imports import versioned
from dashboard.services.imports.options import ImportOptions
from dashboard.services.imports.receipts import file_limits
from dashboard.services.imports.versioned import Imported, Kind
from dashboard.settings import Settings
from db.core.engine import Connection, Database
from db.denominators import store
from db.intake.denominators.read import Figures, read_figures
from db.intake.values.reasons import Reason
from db.tables.districts import placed
from db.versions.store import Decided
from surveillance.denominators.agreement import Disagreement, disagreements
from surveillance.denominators.kinds import KINDS
from surveillance.texts import N_

KIND = Kind(
    "population import",
    N_("population figures are imported by accounts of the whole country"),
    N_("{field}: there is no such figure to take back"),
    store.decide,
    store.store,
)
check = KIND.check
_PLAINLY = ImportOptions()
_TOLD: dict[str, str] = {
    "sexes_exceed": N_(
        "{area}, {year}, {kind}: the sexes together are {part}, more than the total of {whole}"
    ),
    "ages_exceed": N_("{area}, {year}, {kind}: the ages together are {part}, more than the total of {whole}"),
    "ages_overlap": N_("{area}, {year}, {kind}: ranges of ages overlap; they are not summed"),
    "provinces_exceed": N_(
        "{area}, {year}, {kind}: the provinces together are {part}, more than the country's {whole}"
    ),
    "exceeds_population": N_("{area}, {year}, {kind}: {part} is more than the population of {whole}"),
    "far_from_other_year": N_(
        "{area}, {year}, {kind}: {part} is far from the {whole} of the figure before it"
    ),
}


def import_population(
    database: Database,
    grant: Grant,
    settings: Settings,
    path: Path,
    options: ImportOptions = _PLAINLY,
    language: str = "en",
) -> Imported:
    """Import a file of figures: one transaction, every row accounted for.

    Parameters
    ----------
    options : ImportOptions
        Its sheet, dry run and language; `source` says who says so, of rows that name no source.
    language : str
        In which areas are named in notes.

    Raises
    ------
    NotPermittedError
        The grant does not hold imports for the whole country.
    UnreadableFileError
        The file cannot be read, or lacks a column; nothing is stored.
    """
    check(grant)
    with database.reading() as connection:
        finder = Finder.of(placed.names(connection))
    found = read_figures(
        path,
        finder,
        options.day.year,
        source=versioned.source_of(options),
        limits=file_limits(settings),
        sheet=options.sheet,
    )

    def notes(connection: Connection, decided: Decided) -> list[Reason]:
        return _notes(connection, found, decided, language, stored=options.stores)

    return versioned.store_file(database, grant, KIND, path, options, found, found.figures, notes)


def _notes(
    connection: Connection, found: Figures, decided: Decided, language: str, *, stored: bool
) -> list[Reason]:
    """What of the file has to be looked at, though it was taken."""
    notes: list[Reason] = []
    if found.buddhist:
        notes.append(
            Reason(
                "years of the Buddhist era were read as 543 ahead; rows: {rows}, the first is row {first}",
                rows=len(found.buddhist),
                first=found.buddhist[0],
            )
        )
    notes += versioned.without_source(found)
    told = decided.told(found.figures)
    if not told:
        return notes
    areas = {figure.area for figure in told}
    held = [denominator_of(row) for row in store.listed(connection)]
    if not stored:  # a dry run tells what would not agree
        keys = {figure.key for figure in told}
        held = [
            one for one in held if (one.kind, one.area, one.year, one.sex or "", one.age or "") not in keys
        ]
        held += [denominator_of(store.VERSIONS.row_of(figure)) for figure in told]
    mine = {(figure.kind, figure.year) for figure in told}
    return notes + _told([one for one in disagreements(held) if _concerns(one, areas, mine)], language)


def _concerns(one: Disagreement, areas: set[str], mine: set[tuple[str, int]]) -> bool:
    """Whether a disagreement is about the file: another one has been told before."""
    same = (one.kind, one.year) in mine or ("population", one.year) in mine
    return same and (one.area in areas or one.what == "provinces_exceed")


def _told(found: Sequence[Disagreement], language: str) -> list[Reason]:
    return [
        Reason(
            _TOLD[one.what],
            area=area_name(one.area, language),
            year=one.year,
            kind=Reason(KINDS[one.kind].name),
            part=f"{one.part:,.0f}",
            whole=f"{one.whole:,.0f}",
        )
        for one in found
    ]
