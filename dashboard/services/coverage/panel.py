"""One area in depth: its value, its change, its trend and its groups."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date

from dashboard.filters import CoverageQuery
from dashboard.permissions import Grant, Permission
from dashboard.services.coverage.as_of import reading_of
from dashboard.services.coverage.changes import Changes, changes_of
from dashboard.services.coverage.comparison import Compared, area_of_facility, compare, facts_of
from dashboard.services.coverage.issued.instead import Instead, instead_of
from dashboard.services.coverage.outcomes import Outcomes
from dashboard.services.coverage.periods import Facts, Period
from dashboard.services.coverage.source import Reading
from dashboard.services.coverage.steps import groups, steps
from dashboard.services.coverage.table import CoverageTable, table_of
from dashboard.services.disclosure import rules
from dashboard.services.disclosure import values as disclosed
from dashboard.services.releases.stamps import Release
from db.core.engine import Database
from surveillance.coverage.estimates import Change, Estimate
from surveillance.epiweek import PeriodKind, period_label, period_last_day
from surveillance.status import Status


@dataclass(frozen=True)
class TrendPoint:
    """One week, month, quarter or year, cut to the period asked for; `whole` where nothing was cut off."""

    label: str
    start: date
    end: date
    value: Estimate
    whole: bool


@dataclass(frozen=True)
class Reporting:
    """How many facilities were due to report in the period, and how many of them sent any record."""

    due: int
    reported: int


@dataclass(frozen=True)
class Panel:
    """One area (`code` None: the whole table) in depth. `groups`: axis -> (value's code, value).

    `facts`: what it is compared with. `compared` is the value that is compared with `earlier`: `now`, or that
    of whole weeks, or of the facilities that reported in both windows. `earlier` is None where records begin
    (`begins`) only after the earlier window does: part of a window is nothing to compare with.
    """

    code: str | None
    period: Period | None
    now: Estimate
    facts: Facts | None = None
    compared: Estimate | None = None
    earlier: Estimate | None = None
    change: Change | None = None
    begins: date | None = None
    trend: list[TrendPoint] = field(default_factory=list)
    step: PeriodKind = "week"
    groups: dict[str, list[tuple[str, Estimate]]] = field(default_factory=dict)
    reporting: Reporting | None = None
    #: Where the compared facilities hold too few of its people for a change: people compared, and people.
    too_few: tuple[int, int] | None = None
    #: Whether filters are set: the groups are then those of the records they keep.
    filtered: bool = False
    #: Aggregate reports counted in it, in place of line lists.
    reports: int = 0
    #: Of completion, what became of those who started.
    outcomes: Outcomes | None = None
    #: Whether the account is shown this disease by calendar years only.
    yearly: bool = False
    #: Whether its change is hidden since a count is small.
    few_compared: bool = False
    #: The release that answers; None where the cubes do.
    release: Release | None = None
    #: Where the value is hidden: longer periods, or all places together, that the release shows.
    instead: tuple[Instead, ...] = ()
    #: The days of the groups, where these are others; and their issued periods, as files name them.
    groups_of: Period | None = None
    groups_said: str = ""

    @property
    def few(self) -> bool:
        """Whether something is hidden since a count is small."""
        shown = [self.now, *(point.value for point in self.trend)]
        return any(value.few for value in (*shown, *(v for held in self.groups.values() for _, v in held)))


def panel(
    database: Database,
    grant: Grant,
    query: CoverageQuery,
    code: str | None,
    today: date,
    kind: PeriodKind | None = None,
) -> Panel:
    """Look at one area, or with `code` None at all of them together.

    Raises
    ------
    NotPermittedError
        The grant does not hold coverage.
    """
    grant.check(Permission.SEE_COVERAGE)
    with reading_of(database, grant, query, today) as reading:
        table = table_of(reading)
        return panel_of(reading, code, kind, table, changes=changes_of(reading, table))


def panel_of(
    reading: Reading,
    code: str | None,
    kind: PeriodKind | None,
    table: CoverageTable,
    with_what: Compared | None = None,
    changes: Changes | None = None,
) -> Panel:
    """The panel of a question that is allowed and being read.

    `table`: the table beside the panel. What is hidden there is hidden here.
    `with_what`: what it is compared with, where that is read already.
    `changes`: as the table shows them: that of one area among those of the others.
    """
    used = reading.period
    row = next((row for row in table.rows if row.area.code == code), None)
    known = table.total if code is None else row.value if row else None
    hidden = known is not None and known.status is Status.HIDDEN and reading.release is None
    elsewhere = reading.by_district and code is not None and row is None
    if elsewhere or not _within_reach(reading, code) or hidden:
        few = known is not None and known.few
        return Panel(code, None, known if known and few else disclosed.HIDDEN, release=reading.release)
    if used is None:
        return Panel(code, None, disclosed.NOTHING)
    now = known or disclosed.one(reading.grant, reading.total(code))
    with_what = with_what or compare(reading)
    facts = with_what.facts_at(code) if with_what else facts_of(reading)
    since = None if with_what is None else with_what.of(reading.grant, code, now)
    changes = changes or Changes()
    few_compared = code in changes.few or bool(since and since[1].few)
    return Panel(
        code,
        used,
        now,
        facts,
        since[0] if since else None,
        since[1] if since else None,
        None if few_compared else changes.change_of(code),
        reading.begins,
        *_trend(reading, used, kind, code, now),
        _groups(reading, used, code, now),
        _reporting(reading, used, code),
        changes.too_few.get(code),
        bool(reading.query.groups),
        reading.reports_of.get(code, 0) if code else sum(reading.reports_of.values()),
        table.outcomes if code is None else row.outcomes if row else None,
        reading.yearly,
        few_compared,
        reading.release,
        instead_of(reading, code, now),
        *reading.groups_span(code),
    )


def trend_of(
    reading: Reading, code: str | None, kind: PeriodKind, known: Estimate
) -> tuple[list[TrendPoint], PeriodKind]:
    """The trend alone, as the panel of an area (None: of all together) has it, and its step.

    `known`: the value of the period.
    """
    used = reading.period
    if used is None or not _is_told(reading, known) or not _within_reach(reading, code):
        return [], kind
    return _trend(reading, used, kind, code, known)


def groups_of(reading: Reading, code: str, known: Estimate) -> dict[str, list[tuple[str, Estimate]]]:
    """The groups alone, as the panel of an area has them. `known`: the value of all groups together."""
    used = reading.period
    if used is None or not _is_told(reading, known) or not _within_reach(reading, code):
        return {}
    return _groups(reading, used, code, known)


def _is_told(reading: Reading, known: Estimate) -> bool:
    """Whether parts of a value may be looked at: of a hidden one only those that are issued."""
    return known.status is not Status.HIDDEN or reading.release is not None


def _within_reach(reading: Reading, code: str | None) -> bool:
    if reading.out_of_reach:
        return False
    by_care = reading.query.dimension == "care"
    return code is None or not by_care or not rules.hides_area(reading.grant, "care", code)


def _trend(
    reading: Reading, used: Period, asked: PeriodKind | None, code: str | None, now: Estimate
) -> tuple[list[TrendPoint], PeriodKind]:
    """Every period in order as far as there is data, and the step. The points add up to `now`."""
    found = steps(reading, used, asked, code)
    kind = found.kind
    if reading.query.persons:  # persons of a year beside those of other years: they do not add up
        values = disclosed.apart(reading.grant, found.counts)
    else:
        values = disclosed.of_total(reading.grant, found.counts, now)
    values = [
        replace(value, reports=reading.reports_at(code, Period(*span)))
        for span, value in zip(found.spans, values, strict=True)
    ]
    points = [
        TrendPoint(period_label(start, kind), *span, value, span == (start, period_last_day(start, kind)))
        for start, span, value in zip(found.starts, found.spans, values, strict=True)
    ]
    return points, kind


def _groups(
    reading: Reading, used: Period, code: str | None, now: Estimate
) -> dict[str, list[tuple[str, Estimate]]]:
    """Values that filters keep of each axis that is stored, in order. Those of one axis add up to `now`."""
    if reading.yearly:
        return {}
    found = groups(reading, used, code)
    return {
        axis: list(zip(codes, disclosed.of_total(reading.grant, found.counts[axis], now), strict=True))
        for axis, codes in found.values.items()
    }


def _reporting(reading: Reading, used: Period, code: str | None) -> Reporting | None:
    """Facilities due and reporting, where the area is one of care; of a district those of it at the end."""
    if reading.query.dimension not in ("care", "district"):
        return None
    area = area_of_facility(reading)
    due = [
        item["facility_id"]
        for item in reading.facilities
        if (code is None or area.get(item["facility_id"]) == code)
        and (item["reports_from"] is None or item["reports_from"] <= used.end)
        and (item["reports_to"] is None or item["reports_to"] >= used.start)
    ]
    return Reporting(len(due), sum(name in reading.sent for name in due))
