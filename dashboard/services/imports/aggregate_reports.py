"""Importing aggregate reports: as a line list, with values in place of records."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from datetime import date
from pathlib import Path

from dashboard.messages import Translate
from dashboard.permissions import Grant
from dashboard.services.imports import trail as import_trail
from dashboard.services.imports.receipts import Follower, Imported, Progress, Receipt, of_reading
from dashboard.services.imports.returned_rows import ReturnedFile
from db.core.engine import Database
from db.identity import held_before
from db.ingest import aggregate_reports as aggregate_intake
from db.ingest.aggregate_reports import ValueStage
from db.ingest.line_lists import FileFacts
from db.intake.cleaning.aggregate_reports import ValueCleaner
from db.intake.dates.eras import FileEra, is_thai
from db.intake.dates.order import Evidence
from db.intake.files.readers import Table, sha256_of
from db.intake.mappings.aggregates import AggregateMapping
from db.intake.mappings.data_elements import ElementMap, columns_of
from surveillance.buddhist_era import Era
from surveillance.errors import UnreadableFileError
from surveillance.line_list import RETURNED_COLUMNS


def import_reports(
    database: Database,
    grant: Grant,
    reading: AggregateMapping,
    opener: Callable[[frozenset[str]], Table],
    path: Path,
    source: str,
    dry_run: bool,
    today: date,
    progress: Progress | None,
    called: str | None,
    follower: Follower,
    t: Translate = str,
    fields: Translate = str,
    era: Era | None = None,
) -> Imported:
    """Import aggregate reports: as a line list, with values in place of records."""
    facts = FileFacts(
        source[:80],
        (called or path.name)[:255],
        sha256_of(path),
        grant.actor,
        mapping=reading.name,
        mapping_version=reading.stamp,
    )
    known = frozenset(name for names in reading.columns.values() for name in names)
    table = opener(known | frozenset(reading.ignore))
    with database.reading() as connection:
        held = held_before.read(connection)
    reckoning = FileEra(
        era or reading.era,
        lambda: Evidence(thai=any(map(is_thai, table.sent_header))),
        path.name,
        {"period": ", ".join(reading.columns["period"])},
    )
    cleaner = ValueCleaner(
        columns_of(table.header, reading),
        facts.source,
        today,
        ElementMap.of(reading),
        facility_key=held.facility_key,
        era=reckoning,
    )
    if missing := cleaner.missing_required():
        looked = "; ".join(f"{name} (looked for {', '.join(reading.columns[name])})" for name in missing)
        raise UnreadableFileError("{file}: the header lacks {columns}", file=path.name, columns=looked)
    counts: dict[str, int] = {}
    sent = list(table.sent_header) or list(table.header)
    with ReturnedFile(path, sent, writes=not dry_run, t=t, fields=fields) as returned:

        def work(stage: ValueStage) -> int | None:
            for chunk in table.chunks:
                cleaned = cleaner.clean(chunk)
                follower.seen_values(cleaned.records)
                stage.add(cleaned.records, len(cleaned.rejected), cleaner.earlier if held.batch else None)
                returned.add(cleaned.rejected)
                if progress:
                    progress(stage.counts.rows)
                follower.go_on()
            number = None
            if dry_run:
                stage.preview(facts, cleaner.notices)
            else:
                returned.finish()
                follower.at_last()
                number = stage.close(facts, cleaner.notices)
            counts.update(asdict(stage.counts))
            return number

        batch = aggregate_intake.run_stage(database, work)
        returned.keep()
    read_by = {"name": reading.name, "version": reading.version, "fingerprint": reading.fingerprint}
    receipt = Receipt(
        str(path),
        batch,
        **counts,
        returned_file=returned.name,
        mapping=read_by | {"date_order": None, "era": reckoning.used},
    )
    if not dry_run:
        import_trail.write(database, grant.actor, batch, facts.source, counts | reckoning.noted)
    quiet = frozenset((*reading.ignore, *RETURNED_COLUMNS))
    noted = of_reading(table)
    noted += [("ignored_column", name, "", 0, 1) for name in cleaner.ignored_columns() if name not in quiet]
    if cleaner.left_out:
        noted.append(("ignored_element", "data_element", "", cleaner.left_out, 1))
    rows = cleaner.notices.rows.most_common()
    noted += [(*key, count, cleaner.notices.first[key]) for key, count in rows]
    return Imported(receipt, noted, returned.first_reasons)
