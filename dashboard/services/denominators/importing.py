"""Importing a file of population figures: from the file to its receipt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from dashboard.permissions import Grant, Permission
from dashboard.services.denominators.areas import Finder, area_name
from dashboard.services.denominators.read import denominator_of
from dashboard.services.imports.options import DEFAULT_SOURCE, ImportOptions
from dashboard.services.imports.receipts import Noted, Receipt, file_limits, of_reading
from dashboard.services.imports.returned_rows import ReturnedFile
from dashboard.settings import Settings
from db.core.engine import Connection, Database, wait_for_other_writers
from db.denominators import store
from db.intake.cleaning.line_list import Rejected
from db.intake.denominators.read import Figures, read_figures
from db.intake.files.readers import sha256_of
from db.intake.values.reasons import Reason
from db.operations import outbox
from surveillance.denominators.agreement import Disagreement, disagreements
from surveillance.denominators.kinds import KINDS
from surveillance.errors import NotPermittedError
from surveillance.texts import N_

#: What the audit trail calls an import.
ACTION = "population import"
_PLAINLY = ImportOptions()
_NOT_HELD = Reason("{field}: there is no such figure to take back", field="record_status")
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


@dataclass(frozen=True)
class PopulationImported:
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


def check(grant: Grant) -> None:
    """Refuse whoever may not import, or only for some provinces: figures are everybody's.

    Raises
    ------
    NotPermittedError
        It does.
    """
    grant.check(Permission.IMPORT_FILES)
    if not grant.scope.national:
        raise NotPermittedError("population figures are imported by accounts of the whole country")


def import_population(
    database: Database,
    grant: Grant,
    settings: Settings,
    path: Path,
    options: ImportOptions = _PLAINLY,
    language: str = "en",
) -> PopulationImported:
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
        finder = Finder.of(store.operational_districts(connection))
    sha256 = sha256_of(path)
    source = "" if options.source == DEFAULT_SOURCE else options.source
    found = read_figures(
        path, finder, options.day.year, source=source, limits=file_limits(settings), sheet=options.sheet
    )
    header = found.table.sent_header or found.table.header
    number: int | None = None
    with ReturnedFile(path, header, writes=options.stores, t=options.t, fields=options.fields) as returned:
        with database.records.connect() as connection:
            connection.execution_options(chhlang_write=options.stores)
            with connection.begin() as transaction:
                if options.stores:
                    wait_for_other_writers(connection)
                decided = store.decide(connection, found.figures, sha256)
                counts = _counts(found, decided)
                number = store.store(
                    connection, found.figures, decided, file_name=options.called or path.name, sha256=sha256,
                    actor=grant.actor, counts=counts,
                ) if options.stores else None  # fmt: skip
                notes = _notes(connection, found, decided, language, stored=options.stores)
                returned.add(sorted(found.rejected, key=lambda one: one.row.number))
                if options.stores:
                    returned.finish()
                    said = {"batch": number, "file": options.called or path.name, **counts}
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
    return PopulationImported(receipt, _reading(found), notes, returned.first_reasons)


def _counts(found: Figures, decided: store.Decided) -> dict[str, int]:
    """Rows by outcome; rows that take back what is not held are added to the rejected."""
    for figure, outcome in zip(found.figures, decided.outcomes, strict=True):
        if outcome == store.NOT_HELD:
            found.rejected.append(Rejected(figure.row, (_NOT_HELD,)))
    names = (store.ACCEPTED, store.AMENDED, store.WITHDRAWN, store.DUPLICATE)
    return {
        "rows": found.rows,
        **{name: decided.count(name) for name in names},
        "rejected": len(found.rejected),
    }


def _reading(found: Figures) -> Noted:
    return of_reading(found.table) + [("ignored_column", name, "", 0, 1) for name in found.ignored]


def _notes(
    connection: Connection, found: Figures, decided: store.Decided, language: str, *, stored: bool
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
    if found.without_source:
        notes.append(
            Reason(
                "no source is named; rows: {rows}, the first is row {first}; name one, so that readers "
                "can judge",
                rows=len(found.without_source),
                first=found.without_source[0],
            )
        )
    told = [
        (figure, outcome)
        for figure, outcome in zip(found.figures, decided.outcomes, strict=True)
        if outcome in (store.ACCEPTED, store.AMENDED)
    ]
    if not told:
        return notes
    areas = {figure.area for figure, _ in told}
    held = [denominator_of(row) for row in store.listed(connection)]
    if not stored:  # a dry run tells what would not agree
        keys = {figure.key for figure, _ in told}
        held = [
            one for one in held if (one.kind, one.area, one.year, one.sex or "", one.age or "") not in keys
        ]
        held += [
            denominator_of(
                dict(zip(("kind", "area", "year", "sex", "age"), figure.key, strict=True))
                | dict(zip(("value", "lower", "upper", "source", "grade"), figure.content, strict=True))
            )
            for figure, _ in told
        ]
    mine = {(figure.kind, figure.year) for figure, _ in told}
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
