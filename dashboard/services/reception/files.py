"""Importing files of reception centres: one kind of record, every row accounted for, one transaction."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dashboard.permissions import Grant, Permission
from dashboard.services.imports.line_lists import listed
from dashboard.services.imports.observer import ImportObserver
from dashboard.services.imports.options import ImportOptions
from dashboard.services.imports.receipts import Imported, Noted, Receipt, file_limits, of_reading
from dashboard.services.imports.returned_rows import ReturnedFile
from dashboard.services.reception.entries import PLACES, SEALED, may_see
from dashboard.settings import Settings
from db.core.engine import Connection, Database
from db.identity.reused_numbers import Contradiction, question, to_ask
from db.intake.cleaning.line_list import Rejected
from db.intake.cleaning.reception import Asked, Deliveries, read_records
from db.intake.files.readers import Row
from db.intake.mappings.file import load, of_kind
from db.intake.mappings.model import Mapping
from db.intake.values.reasons import Reason
from db.operations import audit
from db.reception import read, store
from db.reception.store import Record
from geodata.gazetteer import gazetteer
from surveillance.epiweek import TIME_ZONE
from surveillance.errors import UsageError
from surveillance.reception.entries import Entry, is_withdrawn
from surveillance.reception.file_kinds import OF_A_CENTRE
from surveillance.reception.kinds import KINDS

_PLAINLY, _UNOBSERVED = ImportOptions(), ImportObserver()
#: Kinds that come in files.
IMPORTED = OF_A_CENTRE
_NOT_HELD = Reason("withdraws a record that is not held")
_ELSEWHERE = Reason("{field}: this crossing is none of your account's", field="crossing")
_WHY_NOT = {
    store.DIFFERS: Reason("another entry with this number is held; enter it again"),
    store.SEALED: Reason(SEALED),
}
#: Fields that tell people and vans apart, where one number stands for two.
_TELLING = ("arrived_at", "held_on", "sex", "age_years", "letter", "province_home")
#: Days that a moment may be moved, and years that an age may differ, in a correction of what is held.
_DAYS, _YEARS = 6, 2
#: Records that an observer is shown.
_SHOWN = 20


def import_records(
    database: Database,
    grant: Grant,
    settings: Settings,
    path: Path,
    kind: str,
    options: ImportOptions = _PLAINLY,
    now: datetime | None = None,
    observer: ImportObserver = _UNOBSERVED,
) -> Imported:
    """Import a file of one kind: one transaction, every row accounted for.

    Parameters
    ----------
    options : ImportOptions
        Its source, mapping, dates, era, sheet, dry run and language.
    now : datetime, optional
        The moment of the import.
    observer : ImportObserver
        Hears how far it is, and may stop it before anything is stored.

    Raises
    ------
    NotPermittedError
        The grant does not hold imports, or the kind is for nurses alone.
    UsageError
        The kind does not come in files.
    MappingError
        The mapping is missing or wrong, or reads files of another kind.
    UnreadableFileError, AmbiguousDatesError, AmbiguousEraError
        The file cannot be read; nothing is stored.
    SameNumbersError
        Its numbers are held for other people, or stand in it twice; nothing is stored.
    CancelledError
        The observer stopped it; nothing is stored.
    """
    if kind not in IMPORTED:
        raise UsageError("kind: use one of {kinds}", "kind", kinds=", ".join(IMPORTED))
    if KINDS[kind].private:
        grant.check(Permission.READ_REFERRALS)
    if not (KINDS[kind].private and grant.can(Permission.IMPORT_REFERRALS)):
        grant.check(Permission.IMPORT_FILES)
    now = now or datetime.now(UTC)
    chosen = options.mapping
    mapping = of_kind(load(chosen, gazetteer()) if isinstance(chosen, str) else chosen, kind)
    same_numbers = options.same_numbers or mapping.same_numbers
    asked = Asked(
        options.source,
        mapping,
        now,
        options.today or now.astimezone(TIME_ZONE).date(),
        dates=options.dates,
        era=options.era,
        sheet=options.sheet,
        limits=file_limits(settings),
        numbered=same_numbers != "new",
    )
    found = read_records(path, asked, gazetteer(), PLACES)
    columns = ("crossing", "item", *KINDS[kind].by_name)
    observer.seen(columns, [_shown(entry, columns) for _, entry in found.last[:_SHOWN]])
    observer.progress(found.rows)
    observer.raise_if_cancelled()
    if options.stores:
        observer.before_commit()  # outside of the transaction: both write to one database
    counts = dict.fromkeys(("accepted", "amended", "withdrawn", "duplicate"), 0)
    opened = ReturnedFile(
        path, found.delivered.sent_header, writes=options.stores, t=options.t, fields=options.fields
    )
    with opened as returned:
        with store.writing(database) as connection:
            held = _held(connection, found)
            if same_numbers is None:
                _hold_numbers(found, held, options.called or path.name)
            _store(connection, grant, found, held, counts, keeps=options.stores)
            returned.add(sorted(found.rejected, key=lambda one: one.row.number))
            if options.stores:
                returned.finish()
                said = {"kind": kind, "rows": found.rows, **counts, "rejected": len(found.rejected)}
                audit.write(connection, grant.actor, "arrivals imported", said | found.era.noted)
        returned.keep()
    receipt = Receipt(
        str(path),
        None,
        found.rows,
        **counts,
        rejected=len(found.rejected),
        returned_file=returned.name,
        mapping=_read_by(mapping, found),
    )
    return Imported(receipt, _noted(found), returned.first_reasons)


def _read_by(mapping: Mapping, found: Deliveries) -> dict[str, str | None]:
    return {
        "name": mapping.name,
        "version": mapping.version,
        "fingerprint": mapping.fingerprint,
        "date_order": found.order.used,
        "era": found.era.used,
    }


def _noted(found: Deliveries) -> Noted:
    return of_reading(found.delivered.table) + listed(found.delivered, found.notices, found.mapping)


def _shown(entry: Entry, columns: tuple[str, ...]) -> tuple[Any, ...]:
    """One record for its sender to look at; identifiers are numbers of ours, and say nothing."""
    said = {"crossing": entry.crossing, "item": entry.item if KINDS[entry.kind].items else ""}
    for name, value in entry.fields.items():
        listed = ", ".join(value) if isinstance(value, list) else value
        said[name] = "" if KINDS[entry.kind].by_name[name].type == "people" else listed
    return tuple(said.get(name) for name in columns)


def _held(connection: Connection, found: Deliveries) -> dict[tuple[str, str, str], Record]:
    """Records that the file's subjects have."""
    subjects = sorted({entry.subject for _, entry in found.entries})
    return {
        one.key: one
        for start in range(0, len(subjects), 5_000)
        for one in read.of_subjects(connection, subjects[start : start + 5_000])
    }


def _hold_numbers(found: Deliveries, held: dict[tuple[str, str, str], Record], file: str) -> None:
    """Refuse a file whose numbers stand for other people, as far as can be told (decision 30).

    Raises
    ------
    SameNumbersError
        It has to be answered what they are.
    """
    contradictions = list(_contradictions(found, held))
    numbers = [entry.record for _, entry in found.entries]
    matched = sum(record in held for record in numbers) + len(numbers) - len(set(numbers))
    if asked := to_ask(contradictions, matched, len(numbers)):
        raise question(asked, file)


def _contradictions(found: Deliveries, held: dict[tuple[str, str, str], Record]) -> Iterator[Contradiction]:
    seen: dict[tuple[str, str, str], tuple[int, dict[str, Any]]] = {}
    for row, entry in found.entries:
        if is_withdrawn(entry.fields):
            continue
        now = _told(entry.fields) | ({"van_id": entry.van} if entry.van else {})
        if entry.record in seen:
            other, then = seen[entry.record]
            if slight := tuple(_differing(now, then, 0, 1)):
                fields = tuple(_differing(now, then, _DAYS, _YEARS))
                yield Contradiction(row.number, other, entry.subject, fields, slight)
        elif (record := held.get(entry.record)) is not None:
            then = _told(record.values) | ({"van_id": record.van} if record.van else {})
            if slight := tuple(_differing(now, then, 0, 1)):
                fields = tuple(_differing(now, then, _DAYS, _YEARS))
                yield Contradiction(row.number, None, entry.subject, fields, slight)
        seen[entry.record] = row.number, seen.get(entry.record, (0, {}))[1] | now


def _told(fields: Any) -> dict[str, Any]:
    return {name: fields[name] for name in _TELLING if fields.get(name) not in (None, "unknown")}


def _differing(now: dict[str, Any], then: dict[str, Any], days: int, years: int) -> Iterator[str]:
    """Fields that say of two rows that they are about different people."""
    for name in now.keys() & then.keys():
        one, other = now[name], then[name]
        if name in ("arrived_at", "held_on"):
            apart = abs((datetime.fromisoformat(one[:10]) - datetime.fromisoformat(other[:10])).days)
            differs = apart > days
        elif name == "age_years":
            differs = abs(one - other) > years
        else:
            differs = one != other
        if differs:
            yield name


def _store(
    connection: Connection,
    grant: Grant,
    found: Deliveries,
    held: dict[tuple[str, str, str], Record],
    counts: dict[str, int],
    *,
    keeps: bool,
) -> None:
    """Store the entries and count what became of them; what cannot be stored is added to the rejected."""
    last = found.last
    counts["duplicate"] = len(found.entries) - len(last)
    rows: list[Row] = []
    entries: list[Entry] = []
    for row, entry in last:
        known = held.get(entry.record)
        places = {entry.crossing, known.crossing if known is not None else entry.crossing}
        if not all(may_see(grant, place) for place in places):
            found.rejected.append(Rejected(row, (_ELSEWHERE,)))
        elif is_withdrawn(entry.fields) and entry.record not in held:
            found.rejected.append(Rejected(row, (_NOT_HELD,)))
        else:
            rows.append(row)
            entries.append(entry)
    trial = connection.begin_nested()
    outcomes = store.store(connection, entries, author=grant.actor, device="", received=found.now)
    (trial.commit if keeps else trial.rollback)()
    for row, entry, outcome in zip(rows, entries, outcomes, strict=True):
        if outcome in _WHY_NOT:
            found.rejected.append(Rejected(row, (_WHY_NOT[outcome],)))
        elif outcome == store.HELD:
            counts["duplicate"] += 1
        elif entry.record not in held:
            counts["accepted"] += 1
        else:
            counts["withdrawn" if is_withdrawn(entry.fields) else "amended"] += 1
