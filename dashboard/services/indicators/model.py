"""The answer to a question about an indicator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dashboard.services.coverage.periods import Period
from dashboard.services.places.areas import Area
from surveillance.indicators.model import Indicator
from surveillance.indicators.values import Value

#: Columns of the table, as the command and the files write them.
COLUMNS = ("code", "name", "numerator", "denominator", "value", "lower", "upper", "status")
#: What JSON tells besides.
MORE = ("unknown", "denominator_kind", "denominator_year", "denominator_source")
#: Code of the country as an area.
COUNTRY = Area("KH", "Cambodia", "កម្ពុជា")


@dataclass(frozen=True)
class Divisor:
    """What an area's cases are divided by: whom it counts, in which year, and who says so."""

    kind: str
    year: int
    source: str
    value: float
    lower: float | None = None
    upper: float | None = None

    @property
    def limits(self) -> tuple[float, float] | None:
        """Its interval, where its source gives one."""
        return None if self.lower is None or self.upper is None else (self.lower, self.upper)


@dataclass(frozen=True)
class IndicatorRow:
    """One area with its value, and what it was divided by where that was imported."""

    area: Area
    value: Value
    divisor: Divisor | None = None

    def record(self, language: str = "en") -> dict[str, Any]:
        """The row by `COLUMNS` and `MORE`, numbers unrounded, None where empty."""
        value, divisor = self.value, self.divisor
        people = value.denominator
        whole = people is not None and float(people).is_integer()
        return {
            "code": self.area.code,
            "name": self.area.name(language),
            "numerator": value.numerator,
            "denominator": int(people) if people is not None and whole else people,
            "value": value.value,
            "lower": value.lower,
            "upper": value.upper,
            "status": value.status.value,
            "unknown": value.unknown,
            "denominator_kind": divisor and divisor.kind,
            "denominator_year": divisor and divisor.year,
            "denominator_source": divisor and divisor.source,
        }


@dataclass(frozen=True)
class IndicatorTable:
    """A question, the period it used (None where there is nothing), its rows, and what is to be said of it.

    `notes` are sentences with their values: (sentence, values).
    """

    indicator: Indicator
    by: str
    period: Period | None
    rows: tuple[IndicatorRow, ...]
    total: IndicatorRow
    notes: tuple[tuple[str, dict[str, Any]], ...] = ()

    def records(self, language: str = "en") -> list[dict[str, Any]]:
        """The table as rows of `COLUMNS` and `MORE`."""
        return [row.record(language) for row in self.rows]
