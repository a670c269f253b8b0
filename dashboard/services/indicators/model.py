"""The answer to a question about an indicator."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dashboard.services.coverage.periods import Period
from dashboard.services.places.areas import Area
from dashboard.services.releases.stamps import Release
from surveillance.coverage.estimates import few_came
from surveillance.indicators.model import Indicator
from surveillance.indicators.values import Value

#: Columns of the table, as the command and the files write them.
COLUMNS = ("code", "name", "numerator", "denominator", "value", "lower", "upper", "status")
#: What JSON tells besides.
MORE = (
    "unknown",
    "denominator_kind",
    "denominator_year",
    "denominator_source",
    "reports_due",
    "reports_received",
)
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
    #: Reports of its facilities that came, and that were due; None where that is not asked or not told.
    reports: tuple[int, int] | None = None
    #: Whether it stands in an issued release.
    issued: bool = False

    @property
    def few_reports(self) -> bool:
        """Whether so few of the reports that were due came that the value may not be that of the area."""
        return few_came(self.reports)

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
            "reports_due": self.reports and self.reports[1],
            "reports_received": self.reports and self.reports[0],
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
    #: The release that answers all of it, or the rows of other provinces; None where none does.
    release: Release | None = None

    def records(self, language: str = "en") -> list[dict[str, Any]]:
        """The table as rows of `COLUMNS` and `MORE`; of a release each says which."""
        if self.release is None:
            return [row.record(language) for row in self.rows]
        return [row.record(language) | self.release.columns(issued=row.issued) for row in self.rows]
