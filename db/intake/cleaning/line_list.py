"""From rows of text to records: every row becomes a record or is rejected with all its reasons.

Work is done a column at a time, and each distinct text of a column is read once.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import compress
from typing import Any

from db.intake.cleaning.age_columns import AgeColumns
from db.intake.cleaning.assembly import Assembler
from db.intake.cleaning.cascades import CascadeReader
from db.intake.cleaning.day_columns import DayColumns, facility_advice, required
from db.intake.cleaning.earlier_rows import Earlier, Prints
from db.intake.cleaning.optional_columns import OptionalColumns
from db.intake.cleaning.places import PlaceReader, Places
from db.intake.cleaning.result_column import ResultColumn, with_items
from db.intake.cleaning.withdrawals import FIELD as STATUS
from db.intake.cleaning.withdrawals import NEEDED, StatusReader, Withdrawal
from db.intake.dates.ages import with_day, year_alone
from db.intake.dates.eras import FileEra
from db.intake.dates.order import FileOrder
from db.intake.files.readers import Row
from db.intake.values.amounts import AMOUNTS
from db.intake.values.codes import clean_text, match_key
from db.intake.values.identifiers import is_damaged, shown
from db.intake.values.notices import Notices
from db.intake.values.place_tokens import PlaceTokens
from db.intake.values.pseudonym import Pseudonymiser
from db.intake.values.reasons import Reason
from surveillance import vocabulary as v
from surveillance.coverage.indicators import STEPS
from surveillance.diseases import DISEASES
from surveillance.line_list import AGE_SOURCES, FIELDS, READ, REQUIRED
from surveillance.results import parse_detail


@dataclass(frozen=True)
class Rejected:
    """A row that contradicts itself or cannot be read, as it came."""

    row: Row
    reasons: tuple[Reason, ...]


@dataclass
class Cleaned:
    """One chunk after cleaning. `records` are tuples in the order of `RECORD_COLUMNS`."""

    records: list[tuple[Any, ...]]
    rejected: list[Rejected]
    withdrawals: list[Withdrawal] = field(default_factory=list)
    #: Row number, field and mark of each text that no place matches.
    unplaced: list[tuple[int, str, str]] = field(default_factory=list)
    #: What rows would have been under the forms of before (db.identity.held_before).
    earlier: Prints = field(default_factory=dict)
    #: Rows that say again what is known of an archived record (db.ingest.archived_gate).
    repeated: int = 0


_DATES = tuple(f.name for f in FIELDS if f.type == "date")
_CODES = tuple(
    f.name for f in FIELDS if f.type == "code" and f.name not in ("disease", "legal_status", STATUS)
)
#: Numbers that are wanted whole.
_NUMBERS = ("record_id", "person_id", "person_id_issuer", "arrival_id")


@dataclass
class Cleaner:
    """Cleans the chunks of one file.

    Parameters
    ----------
    header : list of str
        Column names of the file, folded to lower case.
    source : str
        Who delivers: part of a record's identity.
    today : date
        Day of the import in Phnom Penh; no date may lie after it.
    places, pseudonymise
        The gazetteer, and the keyed replacement of person numbers.
    keep_legal_status : bool
        Whether the programme has switched legal status on.
    order : FileOrder
        Settles days that are written as two small numbers.
    excel_1904 : bool
        Whether day numbers count from 1904.
    sent_width : int or None
        Columns of the header as it was sent, where rows hold what was sent beside what a mapping made of it.
    place_tokens : PlaceTokens
        The keyed tokens of texts that no place matches.
    earlier : Earlier or None
        Forms of before, where the database holds records of then.
    numbered : bool
        Whether the sender's numbers tell records apart.
    era : FileEra
        Settles years of the Buddhist era.
    """

    header: list[str]
    source: str
    today: date
    places: Places
    pseudonymise: Pseudonymiser
    keep_legal_status: bool = False
    order: FileOrder = field(default_factory=FileOrder)
    excel_1904: bool = False
    sent_width: int | None = None
    place_tokens: PlaceTokens = field(default_factory=PlaceTokens)
    notices: Notices = field(default_factory=Notices)
    earlier: Earlier | None = None
    numbered: bool = True
    era: FileEra = field(default_factory=FileEra)

    def __post_init__(self) -> None:
        self._position = {name: i for i, name in enumerate(self.header) if name in READ}
        self._lookup = {f.name: v.lookup(f.values) for f in FIELDS if f.values}
        self._memo: dict[str, dict[str, Any]] = {f.name: {} for f in FIELDS}
        self._optional = OptionalColumns(self.notices)
        self._days = DayColumns(
            self.order, self.today, self.notices, excel_1904=self.excel_1904, era=self.era
        )
        self._ages = AgeColumns(self._optional, self.notices)
        self._results = ResultColumn(self.notices)
        self._cascades = CascadeReader()
        self._assembler = Assembler(self.source, self.pseudonymise, self.earlier, numbered=self.numbered)
        self.notices.issuers = self._assembler.issuers
        self._statuses = StatusReader(self._position, self.source, self._facility_key)
        self.place_reader = PlaceReader(self.places, self.place_tokens, self.notices)

    def missing_required(self) -> list[str]:
        """Required columns that the header lacks; to withdraw records fewer will do."""
        required = NEEDED if STATUS in self._position else REQUIRED
        return [name for name in required if name not in self._position]

    def clean(self, rows: list[Row]) -> Cleaned:
        """Clean one chunk. Its notices wait until it is known which rows go back (`Notices.settle`)."""
        given = self._statuses.sort(rows)
        rows = given.rows
        reasons: dict[int, list[Reason]] = {}
        columns = self._columns(rows, reasons)
        numbers = [row.number for row in rows]
        read: dict[str, list[Any]] = {}
        for name in _DATES:
            read[name] = self._days.read(name, columns[name], numbers, reasons)
        read["disease"] = self._read_disease(columns["disease"], reasons)
        read["facility_id"] = self._read_facilities(columns["facility_id"], reasons)
        for name in _CODES:
            read[name] = self._read_codes(name, columns[name], numbers)
        for step in STEPS:
            if step != "positive":
                read[step] = self._optional.read(step, columns[step], numbers, _yes_no, None)
        read["positive"], items = self._results.read(columns["positive"], read["disease"], numbers)
        born = columns.get("birth_date")
        births = None if born is None else self._read_births(born, numbers, reasons)
        read["age_years"] = self._ages.read(columns, numbers, read["date_visit"], births)
        for name, parse in AMOUNTS.items():
            read[name] = self._optional.read(name, columns[name], numbers, parse, None)
        read["detail"] = with_items(self._read_details(columns["detail"], numbers), items)
        read["cascade"] = self._cascades.states(read, reasons)
        then = self._as_then(columns, read)
        if reasons:
            accepted = [i not in reasons for i in range(len(rows))]
            numbers = list(compress(numbers, accepted))
            columns = {name: list(compress(column, accepted)) for name, column in columns.items()}
            read = {name: list(compress(column, accepted)) for name, column in read.items()}
            then = {name: list(compress(column, accepted)) for name, column in then.items()}
        self._note_damaged(columns, numbers)
        places = self.place_reader.read(columns, numbers)
        read |= places.values
        read["legal_status"] = self._read_legal_status(columns["legal_status"])
        rejected = [Rejected(rows[i], tuple(reasons[i])) for i in sorted(reasons)]
        rejected += [Rejected(row, (reason,)) for row, reason in given.refused]
        records = self._assembler.records(columns, numbers, read, places.marks, then)
        return Cleaned(records, rejected, given.withdrawals, places.rows(numbers), self._assembler.prints)

    def _as_then(self, columns: dict[str, Sequence[str]], read: dict[str, list[Any]]) -> dict[str, list[Any]]:
        """Columns that were read in another way before, where that matters."""
        if self.earlier is None:
            return {}
        made: dict[str, list[Any] | None] = {
            name: self.earlier.codes(name, columns[name], read[name], v.UNKNOWN) for name in _CODES
        }
        made |= {step: self.earlier.answers(columns[step], read[step]) for step in STEPS}
        then = {name: column for name, column in made.items() if column is not None}
        if then:
            then["cascade"] = self._cascades.states(read | then, {})
        return {name: column for name, column in then.items() if name not in STEPS}

    def _note_damaged(self, columns: dict[str, Sequence[str]], numbers: list[int]) -> None:
        """Note numbers whose digits are lost: they tell neither records nor persons apart."""
        for name in _NUMBERS:
            damaged = {text for text in set(columns[name]) if is_damaged(text)}
            if damaged:
                for text, number in zip(columns[name], numbers, strict=True):
                    if text in damaged:
                        self.notices.add("damaged_number", name, text, number)

    def _facility_key(self, text: str) -> str:
        return match_key(text) if self.earlier is None else self.earlier.held.facility_key(text)

    # --- columns -------------------------------------------------------------------------------

    def _columns(self, rows: list[Row], reasons: dict[int, list[Reason]]) -> dict[str, Sequence[str]]:
        """The cells of every field, blank where the file has none; of `AGE_SOURCES` those it has."""
        width = len(self.header)
        sent_width = self.sent_width or width
        plain = sent_width == width and all(len(row.cells) == width and row.sent is None for row in rows)
        for i, row in enumerate(() if plain else rows):
            cells = row.cells
            sent = cells if row.sent is None else row.sent
            if len(sent) > sent_width and any(cell.strip() for cell in sent[sent_width:]):
                reasons.setdefault(i, []).append(
                    Reason(
                        "the row has {cells} cells and the header {columns}: a separator too many?",
                        cells=len(sent),
                        columns=sent_width,
                    )
                )
            if len(cells) < width:
                cells.extend([""] * (width - len(cells)))
        columns = list(zip(*(row.cells for row in rows), strict=False))  # longer rows end at the shortest
        blank = ("",) * len(rows)
        return {
            f.name: columns[at] if rows and (at := self._position.get(f.name)) is not None else blank
            for f in (*FIELDS, *AGE_SOURCES)
            if f not in AGE_SOURCES or f.name in self._position
        }

    def _read_codes(self, name: str, column: Sequence[str], numbers: list[int]) -> list[str]:
        table = self._lookup[name]

        def parse(text: str) -> str:
            code = table.get(v.normalise(text))
            if code is None:
                raise ValueError(text)
            return code

        return self._optional.read(name, column, numbers, parse, v.UNKNOWN)

    def _read_births(
        self, column: Sequence[str], numbers: Sequence[int], reasons: dict[int, list[Reason]]
    ) -> list[date | int | None]:
        """Days of birth; a year that stands alone is a year, and of a month alone the 15th is taken."""
        years = {text: year for text in set(column) if (year := year_alone(text)) is not None}
        texts = ["" if text in years else with_day(text, self.era.declared) for text in column]
        days = self._days.read("birth_date", texts, numbers, reasons)
        return [years.get(text, day) for text, day in zip(column, days, strict=True)]

    def _read_disease(self, column: Sequence[str], reasons: dict[int, list[Reason]]) -> list[str | None]:
        memo, table = self._memo["disease"], self._lookup["disease"]
        for text in set(column).difference(memo):
            memo[text] = table.get(v.normalise(text))
        codes = list(map(memo.__getitem__, column))
        for i, code in enumerate(codes):
            if code is None:
                known = ", ".join(DISEASES)
                reasons.setdefault(i, []).append(
                    required("disease", column[i], Reason("use one of {known}", known=known))
                )
        return codes

    def _read_facilities(
        self, column: Sequence[str], reasons: dict[int, list[Reason]]
    ) -> list[tuple[str, str]]:
        memo = self._memo["facility_id"]
        for text in set(column).difference(memo):
            memo[text] = (shown(clean_text(text)), self._facility_key(text))
        facilities = list(map(memo.__getitem__, column))
        for i, (_, key) in enumerate(facilities):
            if not key:
                advice = facility_advice(column[i])
                reasons.setdefault(i, []).append(required("facility_id", column[i], advice))
        return facilities

    def _read_details(self, column: Sequence[str], numbers: list[int]) -> list[str | None]:
        memo = self._memo["detail"]
        for text in set(column).difference(memo):
            memo[text] = parse_detail(text)
        details = list(map(memo.__getitem__, column))
        for (_, left_out), number in zip(details, numbers, strict=True):
            if left_out:
                self.notices.add("unread_value", "detail", "", number)
        return [kept for kept, _ in details]

    def _read_legal_status(self, column: Sequence[str]) -> list[str | None]:
        """Dropped before anything is stored, unless the programme has switched it on."""
        if not self.keep_legal_status:
            return [None] * len(column)
        table = self._lookup["legal_status"]
        return [table.get(v.normalise(text), v.UNKNOWN) for text in column]


def _yes_no(text: str) -> bool | None:
    return None if v.normalise(text) == v.UNKNOWN else v.parse_yes_no(text)
