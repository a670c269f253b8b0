"""What the page of one province, district, crossing or facility holds, and the windows it is of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from dashboard.filters import CoverageQuery
from dashboard.permissions import Grant
from dashboard.services.coverage.panel import TrendPoint
from dashboard.services.coverage.periods import Period
from dashboard.services.coverage.table import AreaValue
from dashboard.services.imports.data_status import DataStatus
from dashboard.services.place_pages.place import PROVINCE, Place
from dashboard.services.releases.stamps import Release
from dashboard.services.today.overview import WEEKS, Asked
from surveillance.coverage.estimates import Estimate
from surveillance.coverage.ranks import Rank
from surveillance.diseases import DISEASES
from surveillance.windows import Window, last_weeks

#: Weeks of a year, of curve, cascade, groups and ranks.
YEAR = 52
#: What the page counts of each disease: records, the tested, those found positive, those treated.
RECORDED, TESTED, POSITIVE, TREATED = MEASURES_SHOWN = ("yield", "testing", "positivity", "treatment")
#: The steps of the cascade, and what the ranks compare.
CASCADE = ("eligibility", "testing", "positivity", "treatment", "completion")
RANKED = ("testing", "positivity", "treatment")


@dataclass(frozen=True)
class Windows:
    """The last complete week, weeks and year of the data."""

    week: Window
    weeks: Window
    year: Window


@dataclass(frozen=True)
class Line:
    """One disease: its values of each window by measure; those of the weeks as the first page asks them.

    `days`: the year that was used, where it is another one than that of the page.
    """

    disease: str
    weeks: Mapping[str, Asked] = field(default_factory=dict)
    week: Mapping[str, Estimate] = field(default_factory=dict)
    year: Mapping[str, Estimate] = field(default_factory=dict)
    days: Period | None = None
    #: The issued periods of each measure of the year, as files name them; none where the cubes answer.
    periods: Mapping[str, str] = field(default_factory=dict)

    @property
    def recorded(self) -> int | None:
        """Records of the year; None where that is hidden."""
        return recorded(self.year[RECORDED]) if RECORDED in self.year else None


@dataclass(frozen=True)
class Step:
    """One step of the cascade, with the period it was counted in."""

    query: CoverageQuery
    value: Estimate
    period: Period | None


@dataclass(frozen=True)
class Standing:
    """Where the place stands among its like. `next`: the place after it; of the last one, before it."""

    query: CoverageQuery
    value: Estimate
    rank: Rank
    of: int
    next: AreaValue | None = None
    apart: bool = False


@dataclass(frozen=True)
class Curve:
    """Weeks of a year to the end of the data, and by their first day the same weeks of the year before."""

    query: CoverageQuery | None = None
    weeks: tuple[TrendPoint, ...] = ()
    before: Mapping[date, Estimate] = field(default_factory=dict)


@dataclass(frozen=True)
class Groups:
    """The values of one axis: who was tested, and who of them was found positive."""

    axis: str
    tested: tuple[tuple[str, Estimate], ...]
    positive: Mapping[str, Estimate]


@dataclass(frozen=True)
class PlacePage:
    """Everything that the page asks of the cubes. `disease`: the one that is looked at; None without data."""

    place: Place
    windows: Windows | None
    disease: str | None = None
    lines: tuple[Line, ...] = ()
    cascade: tuple[Step, ...] = ()
    curve: Curve = Curve()
    groups: tuple[Groups, ...] = ()
    standings: tuple[Standing, ...] = ()
    #: How many weeks are compared with those before: the others hold days that the calendar leaves out.
    compared: int = WEEKS
    #: The release that answers; None where the cubes do. All is then of one year, `windows.year`.
    release: Release | None = None
    #: Why nothing is shown.
    reason: str = ""

    @property
    def line(self) -> Line | None:
        """The disease that is looked at."""
        return next((one for one in self.lines if one.disease == self.disease), None)


def windows(status: DataStatus) -> Windows | None:
    """The windows of the page; None without a complete week of data."""
    if status.first_visit is None or status.last_visit is None:
        return None
    year = last_weeks(status.last_visit, YEAR)
    begins = max(year.first, status.first_visit - timedelta(days=status.first_visit.weekday()))
    if begins > year.last:
        return None
    week, weeks = (last_weeks(status.last_visit, number) for number in (1, WEEKS))
    return Windows(week, weeks, Window(begins, year.last))


def recorded(value: Estimate) -> int | None:
    """How many records lie behind a measure of all records."""
    if value.denominator is None or value.unknown is None:
        return None
    return value.denominator + value.unknown


def offered(place: Place, grant: Grant) -> list[str]:
    """Diseases of the grant's programmes that are shown of a place: HIV and syphilis by province only."""
    kept = [code for code, one in DISEASES.items() if place.kind == PROVINCE or not one.sensitive]
    return grant.scope.covered(kept)
