"""A delivered line list: its rows as records."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import ClassVar

from dashboard.messages import Translate
from dashboard.permissions import Grant
from dashboard.services import store
from dashboard.services.imports import declared_coverage
from dashboard.services.imports.delivery import Delivery, facts_of
from dashboard.services.imports.options import ImportOptions
from dashboard.services.imports.receipts import Noted, of_reading
from db.core.engine import Database
from db.cubes import archived_sums
from db.identity import held_before
from db.ingest import unmatched_places
from db.ingest.archived_gate import SealedGate
from db.ingest.import_run import ReadFacts
from db.ingest.line_lists import LineListRun
from db.intake.cleaning.delivery import Opener, days_of, open_delivery, places_of
from db.intake.cleaning.line_list import Cleaned, Cleaner, Rejected
from db.intake.mappings.file import shipped
from db.intake.mappings.model import Mapping
from db.intake.mappings.table import Delivered
from db.intake.values.notices import Notices
from db.intake.values.place_tokens import PlaceTokens
from db.intake.values.pseudonym import Pseudonymiser
from geodata.gazetteer import gazetteer
from surveillance.errors import UnreadableFileError
from surveillance.line_list import RECORD_COLUMNS
from surveillance.texts import N_

HINT = N_("; `python app.py mapping suggest FILE` looks for them under other names")


class LineListDelivery(Delivery[Cleaned]):
    """A line list whose header has been read and understood.

    Raises
    ------
    UnreadableFileError
        The file cannot be read as a line list.
    ConfigurationError
        It may hold person numbers, and the key is another than this database's.
    """

    columns: ClassVar[Sequence[str]] = RECORD_COLUMNS
    mapping: Mapping

    def __init__(
        self,
        database: Database,
        grant: Grant,
        mapping: Mapping,
        opener: Opener,
        path: Path,
        pseudonymise: Pseudonymiser,
        options: ImportOptions,
        *,
        keeps_legal_status: bool,
    ) -> None:
        self.mapping, self._options, self._pseudonymise = mapping, options, pseudonymise
        same_numbers = options.same_numbers or mapping.same_numbers
        self.facts = facts_of(path, grant, options, mapping, options.declared, same_numbers)
        self._table = open_delivery(opener, path.name, mapping)
        declared_coverage.refuse_a_page(options.declared, self._table.table, self.facts.name)
        self._order, self.era = days_of(
            opener, path.name, mapping, options.dates, self._table.called, options.era
        )
        place_tokens, earlier = _place_tokens(database, pseudonymise), held_before.earlier_rows(database)
        self._cleaner = Cleaner(
            self._table.header,
            self.facts.source,
            options.day,
            places_of(mapping, gazetteer()),
            pseudonymise,
            keeps_legal_status,
            self._order,
            excel_1904=self._table.excel_1904,
            sent_width=self._table.sent_width,
            place_tokens=place_tokens,
            earlier=earlier if earlier.held.batch else None,
            numbered=same_numbers != "new",
            era=self.era,
        )
        _check_required(self._cleaner, self._table, path.name, options.fields, plain=mapping.is_plain)
        self._gate = SealedGate(database, self.facts.source, self.facts.sha256, pseudonymise, place_tokens)
        self._expected = {archived_sums.SEALS: self._gate.fact}
        if "person_id" in self._table.header and options.stores:
            self._expected |= store.hold_to_key(database, pseudonymise)

    @property
    def sent_header(self) -> list[str]:
        """Its columns as they were sent."""
        return self._table.sent_header

    def run(self, database: Database) -> LineListRun:
        """The run that takes its parts."""
        return LineListRun(database, self.facts, stores=self._options.stores)

    def parts(self) -> Iterator[Cleaned]:
        """Its rows, chunk by chunk, cleaned; what is known of archived records is set apart."""
        notices = self._cleaner.notices
        for chunk in self._table.chunks:
            cleaned, repeated = self._gate(chunk, self._cleaner.clean(chunk))
            notices.settle({item.row.number for item in cleaned.rejected} | repeated)
            rejected = [in_senders_words(item, self._table) for item in cleaned.rejected]
            yield replace(cleaned, rejected=rejected, repeated=len(repeated))
        if unmarked := self._cleaner.place_reader.texts.unmarked:
            notices.add_without_token(len(unmarked), unmarked[0])

    def read_facts(self, database: Database) -> ReadFacts:
        """What is known when every part has been read.

        Raises
        ------
        ConfigurationError
            It has texts of places to mark, and the key is another than this database's.
        """
        texts, expected = self._cleaner.place_reader.texts, self._expected
        if texts.rows and self._options.stores:  # marks of another key would lead nowhere
            expected = expected | store.hold_to_key(database, self._pseudonymise)
        return ReadFacts(self._cleaner.notices, texts, self._order.used, expected)

    def noted(self) -> Noted:
        """What was read in another way than plainly, or not understood."""
        return of_reading(self._table.table) + listed(self._table, self._cleaner.notices, self.mapping)


def _place_tokens(database: Database, pseudonymise: Pseudonymiser) -> PlaceTokens:
    """Marks texts that no place matches under the keys of the pseudonyms, where there is one."""
    with database.reading() as connection:
        return PlaceTokens(
            pseudonymise.keys, unmatched_places.resolved(connection), unmatched_places.marks(connection)
        )


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


def in_senders_words(item: Rejected, table: Delivered) -> Rejected:
    """A rejected row whose reasons also name the columns that its sender knows."""
    return Rejected(item.row, tuple(map(table.in_senders_words, item.reasons)))


def listed(table: Delivered, notices: Notices, reading: Mapping) -> Noted:
    """Columns, groups and rows that were not read, and values that were not understood."""
    companions = table.companions
    named = {name for name, _ in companions}
    rows = [("companion_column", name, other, 0, 1) for name, other in companions]
    named |= table.groups.keys()
    rows += [("ignored_column", name, "", 0, 1) for name in table.ignored if name.strip() not in named]
    rows += [("unread_group", name, "", count, 1) for name, count in table.groups.items()]
    lacking = [] if reading.name in shipped() else table.lacking  # those name what a file may have
    rows += [("lacking_column", column, field, 0, 1) for column, field in lacking]
    rows += [("no_visit", column, text, *seen) for (column, text), seen in table.no_visits.items()]
    return rows + [(*key, count, notices.first[key]) for key, count in notices.rows.most_common()]
