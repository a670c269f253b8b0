"""Reading a list of facilities. A value that cannot be read is named, and leaves the held value."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Protocol

from db.intake.dates.cells import DayReader, Unread
from db.intake.dates.eras import FileEra, is_thai
from db.intake.dates.order import FileOrder, look_through
from db.intake.dates.parse import DateOrder
from db.intake.files.readers import Row, Table, read_table
from db.intake.files.second_header import is_label
from db.intake.values.codes import clean_text, match_key, visible
from db.intake.values.identifiers import is_damaged, shown
from surveillance.calendar.buddhist_era import Era
from surveillance.errors import UnreadableFileError
from surveillance.vocabulary import FACILITY_KIND, REPORT_FREQUENCY, UNKNOWN, lookup, normalise

COLUMNS = (
    "facility_id", "name_en", "name_km", "province", "district", "commune", "latitude", "longitude", "kind",
    "crossing", "reports_from", "reports_to", "operational_district", "moh_code", "report_frequency",
    "report_deadline_days",
)  # fmt: skip
_DAYS = ("reports_from", "reports_to")
_REQUIRED = ("facility_id", "province")
_LEFT_OUT = {
    "above_header": "stands above the header; left out",
    "second_header": "is a second header; left out",
    "repeated_header": "repeats the header; left out",
    "totals_row": "is a sum of other rows; left out",
}
#: Columns kept as text, with their longest length.
_PLAIN = {
    "name_en": 200,
    "name_km": 200,
    "district": 80,
    "commune": 80,
    "operational_district": 80,
    "moh_code": 40,
}


class FacilityPlaces(Protocol):
    """What reading a facility list asks of the gazetteer."""

    def match_province(self, text: str) -> str | None:
        """Code of a province."""

    def match_crossing(self, text: str) -> str | None:
        """Code of a crossing."""


#: None where the point is good, else what is wrong with it.
PointCheck = Callable[[float, float], str | None]


@dataclass
class FacilityList:
    """Facilities as they will be stored, and what was wrong: (row number, message).

    What could not be read of a facility is not among its values: it is unknown, or stays as it is held.
    """

    facilities: list[dict[str, Any]] = field(default_factory=list)
    messages: list[tuple[int, str]] = field(default_factory=list)
    rejected: int = 0
    #: Row of each facility.
    numbers: list[int] = field(default_factory=list)


def read_facilities(
    path: Path,
    places: FacilityPlaces,
    check_point: PointCheck,
    today: date,
    *,
    dates: DateOrder | None = None,
    era: Era | None = None,
) -> FacilityList:
    """Read a CSV or XLSX of facilities.

    Parameters
    ----------
    today : date
        The day of the import in Phnom Penh.
    dates, era
        How the file writes days, where it does not show it.

    Raises
    ------
    UnreadableFileError
        The file cannot be read, or lacks facility_id or province.
    AmbiguousDatesError, AmbiguousEraError
        A day can be two, and nothing tells which.
    """
    table = read_table(path, frozenset(COLUMNS))
    missing = [name for name in _REQUIRED if name not in table.header]
    if missing:
        raise UnreadableFileError(f"{path.name}: the header lacks {' and '.join(missing)}")
    result = FacilityList()
    keys: dict[str, int] = {}
    given = {*table.header, "facility_key"}  # a column the file lacks says nothing of what is held
    rows = list(_rows(table.chunks))
    columns = {name: table.header.index(name) for name in _DAYS if name in table.header}
    days = day_reader(path.name, table, rows, columns, today, dates, era)
    for row in rows:
        cells = dict(zip(table.header, row.cells, strict=False))
        reader = _Reader(cells, row.number, places, check_point, days, result)
        facility = reader.facility()
        if facility is None:
            result.rejected += 1
        elif facility["facility_key"] in keys:
            first = keys[facility["facility_key"]]
            result.messages.append(
                (row.number, f"facility_id: stands in row {first} already; this row is left")
            )
            result.rejected += 1
        else:
            keys[facility["facility_key"]] = row.number
            result.facilities.append({k: v for k, v in facility.items() if k in given - reader.unread})
            result.numbers.append(row.number)
    result.messages.extend((number, _LEFT_OUT[why]) for number, why in table.left_out)
    return result


def _rows(chunks: Iterator[list[Row]]) -> Iterator[Row]:
    for chunk in chunks:
        yield from chunk


def day_reader(
    file: str,
    table: Table,
    rows: list[Row],
    columns: dict[str, int],
    today: date,
    dates: DateOrder | None,
    era: Era | None,
) -> DayReader:
    """A reader of the days of a file, which stand in these columns.

    Raises
    ------
    AmbiguousDatesError, AmbiguousEraError
        A day can be two, and nothing tells which.
    """
    found = look_through([rows], columns, era or "thai")
    found.thai = found.thai or any(map(is_thai, table.sent_header))
    order, reckoning = FileOrder(dates, lambda: found, file), FileEra(era, lambda: found, file)
    return DayReader(order, reckoning, today, excel_1904=table.excel_1904)


@dataclass
class _Reader:
    cells: dict[str, str]
    number: int
    places: FacilityPlaces
    check_point: PointCheck
    days: DayReader
    result: FacilityList
    #: Columns of which something stood there that could not be read.
    unread: set[str] = field(default_factory=set)

    def facility(self) -> dict[str, Any] | None:
        name = shown(clean_text(self._cell("facility_id")))
        province = self._cell("province")
        if not name or not province:
            self._say("facility_id and province are required; this row is left")
            return None
        if is_damaged(name):
            self._say(
                f"facility_id: the digits of '{name}' are lost; write it in full, as text; this row is left"
            )
            return None
        if match_key(name) == UNKNOWN:
            self._say("facility_id: 'unknown' stands for facilities that are not listed; this row is left")
            return None
        if is_label(name) and self.places.match_province(province) is None:
            self._say(f"'{visible(name, 40)}' and '{visible(province, 40)}' name columns; this row is left")
            return None
        latitude, longitude = self._point()
        return {
            "facility_id": name,
            "facility_key": match_key(name),
            **{column: clean_text(self._cell(column), n) or None for column, n in _PLAIN.items()},
            "province": self._province(province),
            "latitude": latitude,
            "longitude": longitude,
            "kind": self._code("kind", lookup(FACILITY_KIND)),
            "crossing": self._crossing(),
            "reports_from": self._date("reports_from"),
            "reports_to": self._date("reports_to"),
            "report_frequency": self._code("report_frequency", lookup(REPORT_FREQUENCY)),
            "report_deadline_days": self._days(),
        }

    def _cell(self, name: str) -> str:
        return self.cells.get(name, "").strip()

    def _say(self, message: str) -> None:
        self.result.messages.append((self.number, message))

    def _unread(self, message: str, *names: str) -> None:
        self.unread.update(names)
        self._say(f"{', '.join(names)}: {message}; not read, what is held stays")

    def _province(self, text: str) -> str:
        code = self.places.match_province(text)
        if code is None:
            self._say(f"province: '{visible(text, 40)}' is not known; the facility counts under unknown")
        return code or UNKNOWN

    def _crossing(self) -> str | None:
        text = self._cell("crossing")
        code = self.places.match_crossing(text) if text else None
        if text and code is None:
            self._unread(f"'{visible(text, 40)}' is not known", "crossing")
        return code

    def _point(self) -> tuple[float | None, float | None]:
        texts = self._cell("latitude"), self._cell("longitude")
        if not any(texts):
            return None, None
        try:
            latitude, longitude = float(texts[0]), float(texts[1])
        except ValueError:
            seen = " and ".join(f"'{visible(text, 40)}'" for text in texts)
            self._unread(f"{seen} are not two numbers", "latitude", "longitude")
            return None, None
        wrong = self.check_point(latitude, longitude)
        if wrong:
            self._unread(wrong, "latitude", "longitude")
            return None, None
        return latitude, longitude

    def _code(self, name: str, table: dict[str, str]) -> str | None:
        text = self._cell(name)
        code = table.get(normalise(text))
        if text and code is None:
            self._unread(
                f"'{visible(text, 40)}' is not one of {', '.join(sorted(set(table.values())))}", name
            )
        return code

    def _date(self, name: str) -> date | None:
        text = self._cell(name)
        seen = visible(text, 40)
        found = self.days.read(name, text, self.number)
        if isinstance(found, date):
            return found
        if found is Unread.PLACEHOLDER:
            self._unread(f"'{seen}' stands for a day that is not known", name)
        elif found is Unread.OTHER_ORDER:
            self._unread(f"'{seen}' is no day in the order that --dates declares", name)
        elif found is not Unread.BLANK:
            self._unread(f"'{seen}' is not a date as YYYY-MM-DD", name)
        return None

    def _days(self) -> int | None:
        text = self._cell("report_deadline_days")
        if not text:
            return None
        if text.isascii() and text.isdigit() and len(text) < 5:
            return int(text)
        self._unread(f"'{visible(text, 40)}' is not a whole number of days", "report_deadline_days")
        return None
