"""Importing files: from the delivered file to its receipt, and the file of returned rows."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from dashboard.messages import Translate
from dashboard.permissions import Grant, Permission
from dashboard.services import store
from dashboard.services.imports import declared_coverage
from dashboard.services.imports import trail as import_trail
from dashboard.services.imports.aggregate_reports import import_reports
from dashboard.services.imports.receipts import (
    NOBODY,
    Follower,
    Imported,
    Progress,
    Receipt,
    file_limits,
    of_reading,
)
from dashboard.services.imports.returned_rows import ReturnedFile
from dashboard.settings import Settings
from db.batches.declared_coverage import Declared
from db.core.engine import Database
from db.cubes import archived_sums
from db.identity import held_before
from db.ingest import facilities, unmatched_places
from db.ingest import line_lists as records
from db.ingest.archived_gate import SealedGate
from db.ingest.line_lists import FileFacts, Stage
from db.intake.cleaning.delivery import days_of, open_delivery, places_of
from db.intake.cleaning.facility_list import read_facilities
from db.intake.cleaning.line_list import Cleaner, Rejected
from db.intake.cleaning.withdrawals import NO_SUCH_RECORD, HeldBack
from db.intake.dates.parse import DateOrder
from db.intake.files.readers import read_table, sha256_of
from db.intake.mappings.aggregates import AggregateMapping
from db.intake.mappings.file import DEFAULT, load, shipped
from db.intake.mappings.model import SAME_NUMBERS, Mapping, SameNumbers
from db.intake.mappings.table import Delivered
from db.intake.values.notices import Notices
from db.intake.values.place_tokens import PlaceMarker
from db.intake.values.pseudonym import Pseudonymiser
from db.operations import audit
from geodata.distance import point_problem
from geodata.gazetteer import gazetteer
from surveillance.buddhist_era import Era
from surveillance.errors import UnreadableFileError, UsageError

__all__ = ["SAME_NUMBERS"]
DEFAULT_SOURCE = "default"
DEFAULT_MAPPING = DEFAULT
HINT = "; `python app.py mapping suggest FILE` looks for them under other names"


def today_in_cambodia() -> date:
    """The day it is in Phnom Penh."""
    return datetime.now(ZoneInfo("Asia/Phnom_Penh")).date()


def _check_required(cleaner: Cleaner, table: Delivered, file: str, fields: Translate, *, plain: bool) -> None:
    missing = cleaner.missing_required()
    if missing and table.groups:
        raise UnreadableFileError(
            "{file}: the header lacks {columns}. Entries of a repeat group ({groups}) were not read: if they "
            "are the persons, name the group in a mapping (repeat)",
            file=file,
            columns=", ".join(map(fields, missing)),
            groups=", ".join(f"{name}: {count:,}" for name, count in table.groups.items()),
        )
    if missing:
        raise UnreadableFileError(
            "{file}: the header lacks {columns}; a line list needs these columns{hint}",
            file=file,
            columns=", ".join(fields(name) + table.missing(name).removeprefix(name) for name in missing),
            hint=HINT if plain else "",
        )


def import_file(
    database: Database,
    grant: Grant,
    settings: Settings,
    path: Path,
    *,
    source: str = DEFAULT_SOURCE,
    mapping: str | Mapping | AggregateMapping = DEFAULT_MAPPING,
    dates: DateOrder | None = None,
    same_numbers: SameNumbers | None = None,
    era: Era | None = None,
    sheet: str | None = None,
    dry_run: bool = False,
    today: date | None = None,
    progress: Progress | None = None,
    declared: Declared | None = None,
    called: str | None = None,
    follower: Follower = NOBODY,
    t: Translate = str,
    fields: Translate = str,
) -> Imported:
    """Import a line list: one transaction, every row accounted for.

    Parameters
    ----------
    mapping : str, Mapping or AggregateMapping
        Name of a shipped mapping, path of one, or the mapping itself.
    dates : DateOrder, optional
        Answers in which order the file writes day and month as numbers.
    same_numbers : SameNumbers, optional
        Answers what numbers are that are held for other people: `amend` (corrections), or `new` (no
        identity).
    era : Era, optional
        Answers of which reckoning its years of the Buddhist era are.
    declared : Declared, optional
        What the file covers; :mod:`dashboard.services.imports.declared_coverage` reads it.
    called : str, optional
        The file's name as its sender knows it, where the path has another.
    follower : Follower
        May stop it between two chunks of rows.
    t : Translate
        Says why rows are returned in the sender's language.
    fields : Translate
        What a field is called where it is shown; by its code unless given.

    Raises
    ------
    NotPermittedError
        The grant does not hold imports.
    UnreadableFileError
        The file cannot be read as a line list; nothing is stored.
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
        The follower stopped it; nothing is stored.
    UsageError
        Something is declared of aggregate reports, which name their own periods.
    """
    grant.check(Permission.IMPORT_FILES)
    import_trail.mend(database)
    pseudonymise = store.pseudonymiser(settings, database)
    places = gazetteer()
    reading = load(mapping, places) if isinstance(mapping, str) else mapping
    opener = partial(read_table, path, limits=file_limits(settings), sheet=sheet)
    if isinstance(reading, AggregateMapping):
        _refuse_covers(declared)
        return import_reports(
            database,
            grant,
            reading,
            opener,
            path,
            source,
            dry_run,
            today or today_in_cambodia(),
            progress,
            called,
            follower,
            t,
            fields,
            era,
        )
    facts = FileFacts(
        source[:80],
        (called or path.name)[:255],
        sha256_of(path),
        grant.actor,
        declared or Declared(),
        reading.name,
        reading.stamp,
        same_numbers=same_numbers or reading.same_numbers,
    )
    table = open_delivery(opener, path.name, reading)
    declared_coverage.refuse_a_page(facts.declared, table.table, facts.name)
    order, reckoning = days_of(opener, path.name, reading, dates, table.called, era)
    marker, earlier = _marker(database, pseudonymise), held_before.earlier_rows(database)
    cleaner = Cleaner(
        table.header,
        facts.source,
        today or today_in_cambodia(),
        places_of(reading, places),
        pseudonymise,
        settings.keep_legal_status,
        order,
        excel_1904=table.excel_1904,
        sent_width=table.sent_width,
        marker=marker,
        earlier=earlier if earlier.held.batch else None,
        numbered=facts.same_numbers != "new",
        era=reckoning,
    )
    _check_required(cleaner, table, path.name, fields, plain=reading.is_plain)
    gate = SealedGate(database, facts.source, facts.sha256, pseudonymise, marker)
    expected = {archived_sums.SEALS: gate.fact}
    if "person_id" in table.header and not dry_run:
        expected |= store.hold_to_key(database, pseudonymise)
    with ReturnedFile(path, table.sent_header, writes=not dry_run, t=t, fields=fields) as returned:

        def settled(refused: list[int]) -> None:
            returned.add([Rejected(row, (NO_SUCH_RECORD,)) for row in held_back.rows(refused)])
            if held_back and not dry_run:
                returned.finish()

        def work(stage: Stage) -> int | None:
            _fill(stage, table, cleaner, gate, returned, held_back, progress, follower)
            texts = cleaner.place_reader.texts
            if texts.rows and not dry_run:  # marks of another key would lead nowhere
                expected.update(store.hold_to_key(database, pseudonymise))
            if not held_back and not dry_run:  # nothing more can be refused: no lock need wait for the disk
                returned.finish()
            number = None
            if dry_run:
                stage.preview(facts, cleaner.notices, settled)
            else:
                follower.at_last()
                read = replace(facts, date_order=order.used, expected=expected)
                number = stage.close(read, cleaner.notices, texts, settled)
            counts.update(asdict(stage.counts))
            return number

        held_back = HeldBack()
        counts: dict[str, int] = {}
        batch = records.run_stage(database, work)
        returned.keep()
    receipt = Receipt(
        str(path),
        batch,
        **counts,
        returned_file=returned.name,
        mapping={
            "name": reading.name,
            "version": reading.version,
            "fingerprint": reading.fingerprint,
            "date_order": order.used,
            "era": reckoning.used,
        },
    )
    if not dry_run:
        import_trail.write(database, grant.actor, batch, facts.source, counts | reckoning.noted)
    found = of_reading(table.table) + _listed(table, cleaner, reading)
    return Imported(receipt, found, returned.first_reasons)


def _refuse_covers(declared: Declared | None) -> None:
    if declared is not None and declared.covers:
        raise UsageError("--covers: is said of line lists; aggregate reports name their own periods")


def _marker(database: Database, pseudonymise: Pseudonymiser) -> PlaceMarker:
    """Marks texts that no place matches under the keys of the pseudonyms, where there is one."""
    with database.reading() as connection:
        return PlaceMarker(
            pseudonymise.keys, unmatched_places.resolved(connection), unmatched_places.marks(connection)
        )


def _fill(
    stage: Stage,
    table: Delivered,
    cleaner: Cleaner,
    gate: SealedGate,
    returned: ReturnedFile,
    held_back: HeldBack,
    progress: Progress | None,
    follower: Follower,
) -> None:
    for chunk in table.chunks:
        cleaned, repeated = gate(chunk, cleaner.clean(chunk))
        cleaner.notices.settle({item.row.number for item in cleaned.rejected} | repeated)
        follower.seen(cleaned.records)
        stage.add(cleaned, len(repeated))
        held_back.keep(cleaned.withdrawals)
        returned.add([in_senders_words(item, table) for item in cleaned.rejected])
        if progress:
            progress(stage.counts.rows)
        follower.go_on()
    if unmarked := cleaner.place_reader.texts.unmarked:
        cleaner.notices.add_unmarked(len(unmarked), unmarked[0])


def in_senders_words(item: Rejected, table: Delivered) -> Rejected:
    """A rejected row whose reasons also name the columns that its sender knows."""
    return Rejected(item.row, tuple(map(table.in_senders_words, item.reasons)))


def _listed(table: Delivered, cleaner: Cleaner, reading: Mapping) -> list[tuple[str, str, str, int, int]]:
    companions = table.companions
    named = {name for name, _ in companions}
    rows = [("companion_column", name, other, 0, 1) for name, other in companions]
    named |= table.groups.keys()
    rows += [("ignored_column", name, "", 0, 1) for name in table.ignored if name.strip() not in named]
    rows += [("unread_group", name, "", count, 1) for name, count in table.groups.items()]
    lacking = [] if reading.name in shipped() else table.lacking  # those name what a file may have
    rows += [("lacking_column", column, field, 0, 1) for column, field in lacking]
    rows += [("no_visit", column, text, *seen) for (column, text), seen in table.no_visits.items()]
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
    database: Database,
    grant: Grant,
    path: Path,
    *,
    dates: DateOrder | None = None,
    era: Era | None = None,
) -> tuple[FacilityReceipt, list[tuple[int, str]]]:
    """Import a list of facilities; returns the receipt and (row, message) for what was wrong.

    Parameters
    ----------
    dates, era
        How the file writes days, where it does not show it.

    Raises
    ------
    NotPermittedError
        The grant does not hold imports.
    UnreadableFileError
        The file cannot be read as a facility list.
    AmbiguousDatesError, AmbiguousEraError
        A day can be two, and nothing tells which.
    """
    grant.check(Permission.IMPORT_FILES)
    today = today_in_cambodia()
    listed = read_facilities(path, gazetteer(), _point_message, today, dates=dates, era=era)
    with database.reading() as connection:
        held_before.keep_keys(connection, listed.facilities)
    counts = facilities.store(database, listed.facilities)
    receipt = FacilityReceipt(
        str(path), len(listed.facilities) + listed.rejected, **asdict(counts), rejected=listed.rejected
    )
    audit.record(database, grant.actor, "facilities import", receipt.record() | {"file": path.name})
    return receipt, listed.messages


def _point_message(latitude: float, longitude: float) -> str | None:
    problem = point_problem(latitude, longitude)
    return None if problem is None else problem.sentence
