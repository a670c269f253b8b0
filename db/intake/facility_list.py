"""Reading a list of facilities. A bad coordinate loses that point, with a message, not the file."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Protocol

from db.intake.dates import read_day
from db.intake.numbers import is_damaged, shown
from db.intake.readers import Row, read_table
from db.intake.values import clean_text, match_key, visible
from surveillance.errors import UnreadableFileError
from surveillance.vocabulary import FACILITY_KIND, REPORT_FREQUENCY, UNKNOWN, lookup, normalise

COLUMNS = (
    "facility_id", "name_en", "name_km", "province", "district", "commune", "latitude", "longitude", "kind",
    "crossing", "reports_from", "reports_to", "operational_district", "moh_code", "report_frequency",
    "report_deadline_days",
)  # fmt: skip
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
    """Facilities as they will be stored, and what was wrong: (row number, message)."""

    facilities: list[dict[str, Any]] = field(default_factory=list)
    messages: list[tuple[int, str]] = field(default_factory=list)
    rejected: int = 0


def read_facilities(path: Path, places: FacilityPlaces, check_point: PointCheck) -> FacilityList:
    """Read a CSV or XLSX of facilities.

    Raises
    ------
    UnreadableFileError
        The file cannot be read, or lacks facility_id or province.
    """
    table = read_table(path, frozenset(COLUMNS))
    missing = [name for name in _REQUIRED if name not in table.header]
    if missing:
        raise UnreadableFileError(f"{path.name}: the header lacks {' and '.join(missing)}")
    result = FacilityList()
    keys: dict[str, int] = {}
    given = {*table.header, "facility_key"}  # a column the file lacks says nothing of what is held
    for row in _rows(table.chunks):
        cells = dict(zip(table.header, row.cells, strict=False))
        facility = _Reader(cells, row.number, places, check_point, result).facility()
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
            result.facilities.append({k: v for k, v in facility.items() if k in given})
    result.messages.extend((number, _LEFT_OUT[why]) for number, why in table.left_out)
    return result


def _rows(chunks: Iterator[list[Row]]) -> Iterator[Row]:
    for chunk in chunks:
        yield from chunk


@dataclass
class _Reader:
    cells: dict[str, str]
    number: int
    places: FacilityPlaces
    check_point: PointCheck
    result: FacilityList

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

    def _province(self, text: str) -> str:
        code = self.places.match_province(text)
        if code is None:
            self._say(f"province: '{visible(text, 40)}' is not known; the facility counts under unknown")
        return code or UNKNOWN

    def _crossing(self) -> str | None:
        text = self._cell("crossing")
        code = self.places.match_crossing(text) if text else None
        if text and code is None:
            self._say(f"crossing: '{visible(text, 40)}' is not known; left blank")
        return code

    def _point(self) -> tuple[float | None, float | None]:
        texts = self._cell("latitude"), self._cell("longitude")
        if not any(texts):
            return None, None
        try:
            latitude, longitude = float(texts[0]), float(texts[1])
        except ValueError:
            self._say("latitude, longitude: not two numbers; the facility is kept without a position")
            return None, None
        wrong = self.check_point(latitude, longitude)
        if wrong:
            self._say(f"latitude, longitude: {wrong}; the facility is kept without a position")
            return None, None
        return latitude, longitude

    def _code(self, name: str, table: dict[str, str]) -> str | None:
        text = self._cell(name)
        code = table.get(normalise(text))
        if text and code is None:
            self._say(f"{name}: '{visible(text, 40)}' is not one of {', '.join(sorted(set(table.values())))}")
        return code

    def _date(self, name: str) -> date | None:
        text = self._cell(name)
        day = _day_or_none(text)
        if text and day is None:
            self._say(f"{name}: '{visible(text, 40)}' is not a date as YYYY-MM-DD; left blank")
        return day

    def _days(self) -> int | None:
        text = self._cell("report_deadline_days")
        if not text:
            return None
        if text.isascii() and text.isdigit() and len(text) < 5:
            return int(text)
        self._say("report_deadline_days: not a whole number of days; left blank")
        return None


def _day_or_none(text: str) -> date | None:
    """The day a text names, where it can be only one."""
    try:
        day = read_day(text)
    except (ValueError, OverflowError):
        return None
    return day if isinstance(day, date) else None
