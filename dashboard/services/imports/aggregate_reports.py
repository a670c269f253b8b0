"""A delivered file of aggregate reports: its rows as values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

from dashboard.permissions import Grant
from dashboard.services.imports.delivery import Delivery, facts_of
from dashboard.services.imports.options import ImportOptions
from dashboard.services.imports.receipts import Noted, of_reading
from db.batches.declared_coverage import Declared
from db.core.engine import Database
from db.identity import held_before
from db.ingest.aggregate_reports import ReportRun
from db.ingest.import_run import ReadFacts
from db.intake.cleaning.aggregate_reports import CleanedValues, ValueCleaner
from db.intake.cleaning.delivery import Opener
from db.intake.dates.eras import FileEra, is_thai
from db.intake.dates.order import Evidence
from db.intake.mappings.aggregates import AggregateMapping
from db.intake.mappings.data_elements import ElementMap, columns_of
from db.tables.aggregates import VALUE_COLUMNS
from surveillance.errors import UnreadableFileError, UsageError
from surveillance.line_list import RETURNED_COLUMNS


class ReportDelivery(Delivery[CleanedValues]):
    """A file of reports whose header has been read and understood.

    Raises
    ------
    UnreadableFileError
        The file cannot be read as reports.
    UsageError
        The delivery declares a period: reports name their own.
    """

    columns: ClassVar[Sequence[str]] = VALUE_COLUMNS
    mapping: AggregateMapping

    def __init__(
        self,
        database: Database,
        grant: Grant,
        mapping: AggregateMapping,
        opener: Opener,
        path: Path,
        options: ImportOptions,
    ) -> None:
        if options.declared.covers:
            raise UsageError("--covers: is said of line lists; aggregate reports name their own periods")
        self.mapping, self._options = mapping, options
        self.facts = facts_of(path, grant, options, mapping, Declared())
        known = frozenset(name for names in mapping.columns.values() for name in names)
        self._table = opener(known | frozenset(mapping.ignore))
        with database.reading() as connection:
            self._held = held_before.read(connection)
        self.era = FileEra(
            options.era or mapping.era,
            lambda: Evidence(thai=any(map(is_thai, self._table.sent_header))),
            path.name,
            {"period": ", ".join(mapping.columns["period"])},
        )
        self._cleaner = ValueCleaner(
            columns_of(self._table.header, mapping),
            self.facts.source,
            options.day,
            ElementMap.of(mapping),
            facility_key=self._held.facility_key,
            era=self.era,
        )
        if missing := self._cleaner.missing_required():
            looked = "; ".join(f"{name} (looked for {', '.join(mapping.columns[name])})" for name in missing)
            raise UnreadableFileError("{file}: the header lacks {columns}", file=path.name, columns=looked)

    @property
    def sent_header(self) -> list[str]:
        """Its columns as they were sent."""
        return list(self._table.sent_header) or list(self._table.header)

    def run(self, database: Database) -> ReportRun:
        """The run that takes its parts."""
        return ReportRun(database, self.facts, stores=self._options.stores)

    def parts(self) -> Iterator[CleanedValues]:
        """Its rows, chunk by chunk, cleaned."""
        for chunk in self._table.chunks:
            cleaned = self._cleaner.clean(chunk)
            yield cleaned if self._held.batch else replace(cleaned, earlier={})

    def read_facts(self, database: Database) -> ReadFacts:
        """What is known when every part has been read."""
        return ReadFacts(self._cleaner.notices)

    def noted(self) -> Noted:
        """What was read in another way than plainly, or not understood."""
        cleaner, quiet = self._cleaner, frozenset((*self.mapping.ignore, *RETURNED_COLUMNS))
        noted = of_reading(self._table)
        ignored = [name for name in cleaner.ignored_columns() if name not in quiet]
        noted += [("ignored_column", name, "", 0, 1) for name in ignored]
        if cleaner.left_out:
            noted.append(("ignored_element", "data_element", "", cleaner.left_out, 1))
        rows = cleaner.notices.rows.most_common()
        return noted + [(*key, count, cleaner.notices.first[key]) for key, count in rows]
