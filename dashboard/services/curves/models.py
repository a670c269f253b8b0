"""What a curve is made of, as it may be shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from dashboard.curve_filters import CASES, CurveQuery
from dashboard.services.coverage.periods import Period
from dashboard.services.nowcast.models import Expected, ExpectedWeek
from dashboard.services.releases.stamps import Release
from surveillance.coverage.estimates import Estimate
from surveillance.curves import COMPLETE
from surveillance.epiweek import PeriodKind
from surveillance.status import Status


@dataclass(frozen=True)
class Number:
    """A count of people as it may be shown; None where `status` says why. `few`: hidden as small."""

    count: int | None
    status: Status
    few: bool = False


@dataclass(frozen=True)
class CurvePoint:
    """One step of a curve.

    Parameters
    ----------
    whole : bool
        Whether no day of the step was cut off by the period.
    running : bool
        Whether the step ends after the last day of the data.
    incomplete : bool
        Whether fewer facilities than usual reported on it.
    reporting : int, optional
        Facilities that reported on it; None where that is not known.
    before : Number, optional
        The same step of the year before; None where records begin later.
    parts : tuple of Number
        By the values of the curve's group, in order.
    expected : ExpectedWeek, optional
        How many are expected when all records have come; None where the step is not one of the last weeks.
    """

    label: str
    begins: date
    first: date
    last: date
    cases: Number
    patients: Number
    whole: bool = True
    running: bool = False
    incomplete: bool = False
    reporting: int | None = None
    before: Number | None = None
    #: Facilities that reported on the same step of the year before, and of them on this one.
    reporting_before: int | None = None
    reporting_both: int | None = None
    #: Reports that came and that were due by its last day; None where that is not told.
    reports: tuple[int, int] | None = None
    reporters: frozenset[str] = frozenset()
    parts: tuple[Number, ...] = ()
    expected: ExpectedWeek | None = None

    @property
    def others_before(self) -> bool:
        """Whether other facilities than now reported the year before: fewer than four in five the same."""
        if self.before is None or self.reporting_before is None or self.reporting_both is None:
            return False
        return self.reporting_both < COMPLETE * max(self.reporting_before, self.reporting or 0)

    def shown(self, what: str) -> Number:
        """The number that is drawn."""
        return self.cases if what == CASES else self.patients


@dataclass(frozen=True)
class Curve:
    """A question and its answer.

    Parameters
    ----------
    undated : Number, optional
        Of those seen in the period those without the day; None where the curve is by the visit.
    known_on : date, optional
        The year before is as it was known at the end of that day; None: as it is known now.
    groups : tuple of str
        Codes of the parts.
    hidden : str
        Why nothing is shown; blank where something is.
    step : {"week", "month", "quarter", "year"}
        May be coarser than asked.
    known_from : date, optional
        First day from which single records are held, where the question began before it.
    """

    query: CurveQuery
    period: Period | None
    step: PeriodKind
    points: tuple[CurvePoint, ...] = ()
    total: Number | None = None
    undated: Number | None = None
    known_on: date | None = None
    groups: tuple[str, ...] = ()
    reports: int = 0
    hidden: str = ""
    known_from: date | None = None
    #: The release that answers; None where the records do.
    release: Release | None = None
    #: What is expected of the last weeks, or why nothing is; None where the steps are not weeks.
    expected: Expected | None = None

    @property
    def few(self) -> bool:
        """Whether something is hidden since a count is small."""
        shown = [self.total, self.undated]
        for point in self.points:
            shown += [point.cases, point.patients, point.before, *point.parts]
        return any(one is not None and one.few for one in shown)


def counted_in(value: Estimate) -> Number:
    """How many the numerator of an issued value counts."""
    if value.numerator is None:
        return Number(None, value.status, value.few)
    if value.status is Status.NOT_REPORTED:
        return Number(None, value.status)
    return Number(value.numerator, Status.VALUE if value.numerator else Status.ZERO)


def number_of(value: Estimate, measure: str, what: str) -> Number:
    """How many cases or patients a value counts: none where the value does not tell it."""
    if value.status in (Status.HIDDEN, Status.NOT_REPORTED):
        return Number(None, value.status, value.few)
    everybody = (
        None if value.denominator is None or value.unknown is None else value.denominator + value.unknown
    )
    count = value.numerator if what == CASES and measure == "yield" else everybody
    if count is None:
        return Number(None, Status.HIDDEN if value.few else value.status, value.few)
    return Number(count, Status.ZERO if count == 0 else Status.VALUE)
