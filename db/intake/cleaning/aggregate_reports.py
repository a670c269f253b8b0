"""From rows of an aggregate report to values: each row becomes one, or is rejected with all its reasons.

Rows are those of DHIS2 data value sets: data element, period, organisation unit, categories, value.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from hashlib import blake2b
from typing import Any

from db.intake.cleaning.day_columns import facility_advice, required
from db.intake.cleaning.line_list import Rejected
from db.intake.dates.eras import FileEra
from db.intake.dates.parse import Eras
from db.intake.files.readers import Row
from db.intake.mappings.aggregates import COLUMNS
from db.intake.mappings.data_elements import Element, ElementMap
from db.intake.values import earlier_forms
from db.intake.values.codes import clean_text, match_key, visible
from db.intake.values.digits import plain, translated
from db.intake.values.identifiers import shown
from db.intake.values.notices import Notices
from db.intake.values.reasons import Reason
from surveillance.epiweek import time_cell_number
from surveillance.report_periods import parse_report_period
from surveillance.strata import stratum
from surveillance.vocabulary import AXES, UNKNOWN, normalise, parse_yes_no

REQUIRED = ("data_element", "period", "org_unit", "value")
#: More persons than any report can count: a number in the wrong column.
_MOST = 10_000_000
_Days = tuple[date, date] | None


@dataclass
class CleanedValues:
    """One chunk after cleaning. `records` are tuples in the order of `VALUE_COLUMNS`."""

    records: list[tuple[Any, ...]]
    rejected: list[Rejected]
    #: Row number -> identity that its value had before identifiers had one form, where that is another.
    earlier: dict[int, bytes]


@dataclass
class ValueCleaner:
    """Cleans the chunks of one file.

    Parameters
    ----------
    header : list of str
        What each column holds (aggregate_mapping.COLUMNS), or its own name.
    source : str
        Who delivers: part of a value's identity.
    today : date
        Day of the import in Phnom Penh; no period may begin after it.
    elements : ElementMap
        What the sender's names mean.
    era : FileEra
        Settles periods in years of the Buddhist era.
    """

    header: list[str]
    source: str
    today: date
    elements: ElementMap
    notices: Notices = field(default_factory=Notices)
    #: Key of a facility's number.
    facility_key: Callable[[str], str] = match_key
    #: Settles years of the Buddhist era.
    era: FileEra = field(default_factory=FileEra)
    #: Rows whose data element is known and not wanted: left out, and counted here.
    left_out: int = 0

    def __post_init__(self) -> None:
        self._position = {name: i for i, name in enumerate(self.header) if name in COLUMNS}
        self._memo: dict[str, dict[str, Any]] = {name: {} for name in COLUMNS}
        self._strata: dict[tuple[str, tuple[tuple[str, str], ...]], int] = {}
        self._earlier: dict[int, bytes] = {}

    def missing_required(self) -> list[str]:
        """Required columns that the header lacks."""
        return [name for name in REQUIRED if name not in self._position]

    def ignored_columns(self) -> list[str]:
        """Columns that are neither read nor stored."""
        return [name for name in self.header if name and name not in COLUMNS]

    def clean(self, rows: list[Row]) -> CleanedValues:
        """Clean one chunk."""
        records, rejected = [], []
        self._earlier = {}
        for row in rows:
            cells = {name: row.cells[at] for name, at in self._position.items() if at < len(row.cells)}
            if self.elements.is_ignored(cells.get("data_element", "")):
                self.left_out += 1
                continue
            reasons: list[Reason] = []
            record = self._record(cells, row.number, reasons)
            if reasons or record is None:
                rejected.append(Rejected(row, tuple(reasons)))
            else:
                records.append(record)
        self.notices.settle({item.row.number for item in rejected})
        return CleanedValues(records, rejected, self._earlier)

    def _record(self, cells: Mapping[str, str], number: int, reasons: list[Reason]) -> tuple[Any, ...] | None:
        element = self._element(cells.get("data_element", ""), reasons)
        period = self._period(cells.get("period", ""), number, reasons)
        facility, key = self._facility(cells.get("org_unit", ""), reasons)
        value = self._value(cells, reasons)
        if reasons or element is None or period is None:
            return None
        combo = cells.get("category", "")
        groups = self._once("category", combo, self.elements.category)
        if groups is None:
            self.notices.add("unread_value", "category", combo, number)
        code = self._stratum(element, groups or {})
        first, last = period
        combos = ("" if self.elements.is_plain(c) else c for c in (combo, cells.get("attribute", "")))
        named = (cells.get("data_element", ""), *combos)
        identity = (self.source, key, *map(normalise, named), first.isoformat(), last.isoformat())
        then = (self.source, key, *map(earlier_forms.normalise, named), first.isoformat(), last.isoformat())
        if then != identity:
            self._earlier[number] = _fingerprint(then)
        content = (element.disease, element.item, str(code), "" if value is None else str(value))
        return (
            _fingerprint(identity), _fingerprint(content), number, facility, key, element.disease,
            element.item, first.isoformat(), last.isoformat(),
            time_cell_number(first), time_cell_number(last), code, value,
        )  # fmt: skip

    def _once(self, name: str, text: str, read: Callable[[str], Any]) -> Any:
        memo = self._memo[name]
        if text not in memo:
            try:
                memo[text] = read(text)
            except ValueError:
                memo[text] = None
        return memo[text]

    def _element(self, text: str, reasons: list[Reason]) -> Element | None:
        found: Element | None = self._once("data_element", text, self.elements.element)
        if found is None:
            shown = visible(text, 60)
            reasons.append(
                Reason(
                    "{field}: '{text}' is not in the mapping; add it there, or list it as ignored",
                    field="dataElement",
                    text=shown,
                )
                if shown
                else Reason("{field}: is blank", field="dataElement")
            )
        return found

    def _period(self, text: str, number: int, reasons: list[Reason]) -> tuple[date, date] | None:
        thai, cambodian = self._once("period", text, _report_periods) or (None, None)
        found: tuple[date, date] | None = thai
        if thai != cambodian:
            first = Eras(thai and thai[0], cambodian and cambodian[0])
            found = thai if self.era.settle(first, "period", text, number) == first.thai else cambodian
        shown = visible(text, 20)
        if found is None:
            advice = Reason(
                "use a week (2025W07), a month (202503), a quarter (2025Q1), half a year (2025S1) or a year "
                "(2025)"
            )
            if thai is not None:
                advice = Reason(
                    "a week, and a period with days of April or May, can lie in two Cambodian years; write "
                    "the year of the common era"
                )
            reasons.append(
                Reason(
                    "{field}: '{text}' cannot be read; {advice}", field="period", text=shown, advice=advice
                )
            )
        elif found[0] > self.today:
            reasons.append(
                Reason(
                    "{field}: {text} begins after the day of import ({today})",
                    field="period",
                    text=shown,
                    today=self.today.isoformat(),
                )
            )
        return found

    def _facility(self, text: str, reasons: list[Reason]) -> tuple[str, str]:
        found: tuple[str, str] = self._once(
            "org_unit", text, lambda t: (shown(clean_text(t)), self.facility_key(t))
        )
        if not found[1]:
            reasons.append(required("orgUnit", text, facility_advice(text)))
        return found

    def _value(self, cells: Mapping[str, str], reasons: list[Reason]) -> int | None:
        """Persons counted; None where the value is taken back."""
        text = cells.get("value", "")
        said = cells.get("deleted", "")
        deleted = self._once("deleted", said, lambda t: t.strip() != "" and parse_yes_no(t))
        if deleted is None and normalise(said) != UNKNOWN:
            advice = Reason("write yes or no, or leave it blank")
            shown = visible(said, 20)
            reasons.append(
                Reason(
                    "{field}: '{text}' cannot be read; {advice}",
                    field="deleted",
                    text=shown,
                    advice=advice,
                )
            )
        if deleted:
            return None
        found: int | None = self._once("value", text, _whole)
        if found is None:
            shown = visible(text, 20)
            reasons.append(
                Reason(
                    "{field}: '{text}' is not a count; write a whole number of persons, 0 or more",
                    field="value",
                    text=shown,
                )
                if shown
                else Reason(
                    "{field}: is blank; {advice}",
                    field="value",
                    advice=Reason("write 0 where no person was counted, or leave the row out"),
                )
            )
        return found

    def _stratum(self, element: Element, groups: Mapping[str, str]) -> int:
        key = (element.disease, tuple(sorted({**element.groups, **groups}.items())))
        if key not in self._strata:
            self._strata[key] = stratum(element.disease, dict.fromkeys(AXES, UNKNOWN) | dict(key[1]))
        return self._strata[key]


def _report_periods(text: str) -> tuple[_Days, _Days]:
    """First and last day by the Thai and by the Cambodian reckoning: the same but in the Buddhist era."""
    thai = parse_report_period(translated(text))
    try:
        return thai, parse_report_period(translated(text), "cambodian")
    except ValueError:
        return thai, None


def _whole(text: str) -> int:
    stripped = plain(text)
    if stripped.endswith(".0"):
        stripped = stripped[:-2]
    if not (stripped.isascii() and stripped.isdigit() and len(stripped) <= 9) or int(stripped) > _MOST:
        raise ValueError(text)
    return int(stripped)


def _fingerprint(parts: tuple[str, ...]) -> bytes:
    return blake2b("\x1f".join(parts).encode(), digest_size=16).digest()
