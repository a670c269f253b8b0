"""Reading a file of operational districts: each row says where a facility belongs, and since when."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from db.intake.cleaning.facility_list import FacilityPlaces, day_reader
from db.intake.cleaning.line_list import Rejected
from db.intake.cleaning.versioned_rows import STATUS, RowReader, entries_of, ignored, known_names, places_of
from db.intake.dates.parse import DateOrder
from db.intake.files.limits import DEFAULT, Limits
from db.intake.files.readers import Row, Table, read_table
from db.intake.values.codes import clean_text, match_key
from db.intake.values.reasons import Reason
from surveillance.calendar.buddhist_era import Era
from surveillance.errors import UnreadableFileError
from surveillance.sameness import letters, same
from surveillance.texts import N_
from surveillance.vocabulary import UNKNOWN, normalise

#: Columns in the order in which an export writes them.
COLUMNS = ("facility_id", "operational_district", "province", "from", "source")
_REQUIRED = ("facility_id", "operational_district")
#: Further names of each column, the likeliest first.
_NAMES: dict[str, tuple[str, ...]] = {
    "facility_id": (
        "facility", "facility code", "health facility", "health centre", "hf code", "លេខកូដមណ្ឌលសុខភាព",
    ),
    "operational_district": ("od", "od name", "operational district", "district", "ស្រុកប្រតិបត្តិ"),
    "province": ("province name", "province code", "phd", "ខេត្ត", "រាជធានី ខេត្ត", "ខេត្ត/រាជធានី"),
    "from": ("valid_from", "valid from", "since", "start", "start date", "ចាប់ពី", "ថ្ងៃចាប់ផ្តើម"),
    "source": ("reference", "ប្រភព"),
    STATUS: ("status", "ស្ថានភាព"),
}  # fmt: skip
_LONGEST = 80
_SAME = N_("row {row} of this file says something else of the same facility and day: keep one of them")
_NOT_YET = N_("{field}: {text} has not come yet; import the move when it has happened")
#: Words that say what kind of district it is, and are no part of its name.
_WORDS = ("od", "operational district", letters("ស្រុកប្រតិបត្តិ"))


@dataclass(frozen=True)
class Listed:
    """A facility as the list has it."""

    facility_id: str
    province: str


@dataclass(frozen=True)
class Entry:
    """One row: the district of a facility from a day on; `since` empty: as long as it is known."""

    row: Row
    facility_key: str
    since: str
    district: str
    source: str
    withdrawn: bool = False

    @property
    def key(self) -> tuple[str, str]:
        """What tells it from other entries."""
        return self.facility_key, self.since

    @property
    def content(self) -> tuple[str, str]:
        """What it says."""
        return self.district, self.source


@dataclass
class Entries:
    """What a file holds."""

    table: Table
    entries: list[Entry] = field(default_factory=list)
    rejected: list[Rejected] = field(default_factory=list)
    rows: int = 0
    #: Columns that were not read, as their sender wrote them.
    ignored: list[str] = field(default_factory=list)
    #: Rows without a source.
    without_source: list[int] = field(default_factory=list)


@dataclass(frozen=True)
class Known:
    """What rows are held against: facilities of the list by key, and districts by folded name."""

    facilities: Mapping[str, Listed]
    districts: Mapping[str, str]
    places: FacilityPlaces

    def district(self, text: str) -> str:
        """The name of a district, as it is written already where it is known under another spelling.

        >>> Known({}, {"poipet": "Poipet"}, None).district("OD  POIPET")
        'Poipet'
        """
        name = clean_text(text, _LONGEST)
        return self.districts.get(folded(name), name)


def folded(name: str) -> str:
    """A name of a district without the words that say that it is one.

    >>> folded("Poipet OD") == folded("Operational District Poipet") == folded("poipet")
    True
    """
    found = same(name)
    for word in _WORDS:
        found = found.removeprefix(f"{word} ").removesuffix(f" {word}")
    return found.strip() or same(name)


def read_districts(
    path: Path,
    known: Known,
    today: date,
    *,
    source: str = "",
    dates: DateOrder | None = None,
    era: Era | None = None,
    limits: Limits = DEFAULT,
    sheet: str | None = None,
) -> Entries:
    """Read a CSV or workbook of facilities and their operational districts.

    Parameters
    ----------
    today : date
        Day of the import in Phnom Penh: a move is known once it has happened.
    source : str
        Who says so, of rows that do not name it.
    dates, era
        How the file writes days, where it does not show it.

    Raises
    ------
    UnreadableFileError
        The file cannot be read, or lacks facility_id or operational_district.
    AmbiguousDatesError, AmbiguousEraError
        A day can be two, and nothing tells which.
    """
    table = read_table(path, known_names(_NAMES), limits=limits, sheet=sheet)
    places = places_of(table.header, _NAMES)
    if missing := [name for name in _REQUIRED if name not in places]:
        raise UnreadableFileError(
            "{file}: the header lacks {columns}: name the columns facility_id and operational_district",
            file=path.name,
            columns=", ".join(missing),
        )
    found = Entries(table)
    found.ignored = ignored(table, places)
    rows = [row for chunk in table.chunks for row in chunk]
    found.rows = len(rows)
    columns = {"from": places["from"]} if "from" in places else {}
    days = day_reader(path.name, table, rows, columns, today, dates, era)

    def read(row: Row) -> tuple[Entry | None, list[Reason]]:
        reader = _RowReader(row, places, source, known)
        return reader.entry(reader.since("from", days, today, _NOT_YET)), reader.reasons

    found.entries = entries_of(found, rows, read, _SAME)
    return found


@dataclass
class _RowReader(RowReader):
    """Reads one row of districts."""

    known: Known

    def entry(self, since: str | None) -> Entry | None:
        """The entry; None where something is wrong."""
        withdrawn, listed = self.withdrawn(), self._facility()
        district = self.known.district(self.cell("operational_district"))
        if not district and not withdrawn:
            self.say(N_("{field}: is blank"), "operational_district")
        elif district and normalise(district) == UNKNOWN:
            self.say(N_("{field}: 'unknown' is no district"), "operational_district")
        if listed is not None:
            self._check_province(listed)
        if self.reasons or listed is None or since is None:
            return None
        key = match_key(listed.facility_id)
        return Entry(self.row, key, since, "" if withdrawn else district, self.source(), withdrawn)

    def _facility(self) -> Listed | None:
        text = self.cell("facility_id")
        listed = self.known.facilities.get(match_key(text))
        if not text:
            self.say(N_("{field}: is blank"), "facility_id")
        elif listed is None:
            self.say(
                N_("{field}: '{text}' is not in the facility list; import it there first"),
                "facility_id",
                text=self.seen("facility_id"),
            )
        return listed

    def _check_province(self, listed: Listed) -> None:
        """Refuse a province that is another one than the facility's: the list alone moves it there."""
        text = self.cell("province")
        if not text:
            return
        code = self.known.places.match_province(text)
        if code is None:
            self.say(
                N_("{field}: '{text}' is no province; write its name, or a code such as KH01"),
                "province",
                text=self.seen("province"),
            )
        elif code != listed.province:
            self.say(
                N_(
                    "{field}: the facility list has the facility in {listed}, not in {code}; a facility that "
                    "changed its province is moved by the facility list, with all its records"
                ),
                "province",
                listed=listed.province,
                code=code,
            )
