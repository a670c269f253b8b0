"""What the first page says of each disease: the last complete weeks, and how they changed.

Every number is one that the map shows for the same question (`asked`): the page leads there.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from threading import Lock
from time import monotonic
from typing import Any

from dashboard.filters import CoverageQuery
from dashboard.permissions import Grant, Permission
from dashboard.services.calendar import entries as calendar
from dashboard.services.coverage.as_of import reading_of
from dashboard.services.coverage.changes import Changes, changes_of
from dashboard.services.coverage.comparison import facility_weeks
from dashboard.services.coverage.panel import Panel, panel_of
from dashboard.services.coverage.source import Reading
from dashboard.services.coverage.table import CoverageTable, table_of
from dashboard.services.disclosure import changes as disclosed
from dashboard.services.disclosure import rules
from dashboard.services.disclosure.weeks import Weeks, of_places
from dashboard.services.imports.data_status import DataStatus
from dashboard.services.releases.stamps import Release
from db.core.engine import Database
from surveillance.calendar.entries import weeks_compared
from surveillance.coverage.count_change import CountChange
from surveillance.coverage.estimates import Change
from surveillance.diseases import BY_QUARTER, DISEASES
from surveillance.errors import UsageError
from surveillance.vocabulary import RETURNING
from surveillance.windows import COMPARISONS, Comparison, Window, compared, last_quarters, last_weeks

#: Weeks that are looked at together, and weeks of the curve beside a number.
WEEKS, CURVE, _YEAR = 4, 26, 52
#: What is said of each disease: whether people are tested, how many are found, whether they are treated.
MEASURES_SHOWN = ("testing", "positivity", "treatment")
#: Diseases that are looked at by the quarter; HIV and syphilis always.
QUARTERLY = frozenset(BY_QUARTER) | {code for code, disease in DISEASES.items() if disease.sensitive}
#: Diseases in elimination: while so few cases are found in the weeks, each case is a task.
IN_ELIMINATION, MOST_TASKS = frozenset({"malaria"}), 20
#: Answers kept in memory: how many, and for how many seconds.
_MOST, _SECONDS = 64, 300.0
#: So many seconds after a reader asked, the answer is no longer made before it is asked for.
_LATELY = 3600.0


@dataclass(frozen=True)
class Asked:
    """One disease and one measure over the last complete weeks (or quarter), against those before."""

    query: CoverageQuery
    table: CoverageTable
    changes: Changes
    #: The same over the curve's weeks.
    curve: Panel | None = None
    #: Persons with what is measured, in the facility-weeks reported in both windows; None where not compared.
    count: CountChange | None = None
    facility_weeks: int = 0
    #: Against the same weeks (or quarter) of the year before: the share, and persons with what is measured.
    year: Change | None = None
    year_count: CountChange | None = None
    #: The area of the map that a link leads to; blank: all of them. A page of one area holds its own `total`.
    area: str = ""


@dataclass(frozen=True)
class Crossings:
    """Recorded patients of each crossing, of every disease but HIV and syphilis.

    `before`: whether the weeks before are known wholly.
    """

    of: Mapping[str, Weeks] = field(default_factory=dict)
    before: bool = True


@dataclass(frozen=True)
class Overview:
    """Everything that the first page asks of the cubes. `week`: the last complete one of the data."""

    week: Window | None
    weeks: Window | None
    quarter: Window | None
    asked: tuple[Asked, ...] = ()
    #: What the map of the page shows: a year of tests for TB, by home province where the account may see it.
    map: Asked | None = None
    crossings: Crossings = field(default_factory=Crossings)
    #: How many of the weeks are compared, with those before and with the year before: the others hold days
    #: that the calendar leaves out.
    compared: Mapping[Comparison, int] = field(default_factory=dict)
    #: The release that the page shows; None where the cubes answer. `week`, `weeks`: then its last month.
    release: Release | None = None

    def leading_to(self, area: str) -> Overview:
        """The same, with links to one area of the map: for a reader who may see more than that area."""
        shown = tuple(replace(one, area=area) for one in self.asked)
        return replace(self, asked=shown)

    def of(self, disease: str, measure: str) -> Asked | None:
        """One disease and measure; None where the account is not shown it."""
        return next((a for a in self.asked if (a.query.disease, a.query.measure) == (disease, measure)), None)


def windows(status: DataStatus) -> tuple[Window, Window, Window] | None:
    """The last complete week, weeks and quarter of the data; None without records."""
    if status.last_visit is None:
        return None
    return (
        last_weeks(status.last_visit, 1),
        last_weeks(status.last_visit, WEEKS),
        last_quarters(status.last_visit, 1),
    )


def questions(grant: Grant, weeks: Window, quarter: Window) -> Iterable[CoverageQuery]:
    """One question for each disease of the grant's programmes and measure, over the weeks or the quarter."""
    for code in grant.scope.covered(DISEASES):
        window = quarter if code in QUARTERLY else weeks
        for measure in MEASURES_SHOWN:
            yield CoverageQuery(
                disease=code,
                measure=measure,
                by="province",
                start=window.first,
                end=window.last,
                compare="before",
            )


def mapped(grant: Grant, status: DataStatus, week: Window) -> CoverageQuery:
    """The question of the map: which returning migrants are tested for TB, in the last 52 complete weeks."""
    first = last_weeks(week.last, _YEAR).first
    begins = max(first, status.first_visit) if status.first_visit else first
    place = "home" if grant.scope.national else "care"
    return CoverageQuery(
        disease="tb",
        measure="testing",
        by="province",
        place=place,
        groups={"movement": RETURNING},
        start=begins,
        end=week.last,
    )


def overview(database: Database, grant: Grant, status: DataStatus, today: date) -> Overview:
    """Ask everything, or answer from memory what was asked within five minutes of the same data.

    Raises
    ------
    NotPermittedError
        The grant does not hold coverage.
    """
    grant.check(Permission.SEE_COVERAGE)
    with _LOCK:
        _ASKED[grant.role, grant.scope] = monotonic(), grant
        while len(_ASKED) > _MOST:
            _ASKED.popitem(last=False)
    return _answer(database, grant, status, today, _SECONDS)


def asked_lately() -> list[Grant]:
    """One reader of each role and scope that asked within the last hour."""
    since = monotonic() - _LATELY
    with _LOCK:
        return [grant for asked, grant in _ASKED.values() if asked > since]


def renew(database: Database, grants: Iterable[Grant], status: DataStatus, today: date) -> None:
    """Make anew what these readers would be told, where it is not held or soon ends.

    So a reader seldom waits for it, after an import neither.
    """
    for grant in grants:
        _answer(database, grant, status, today, _SECONDS / 2)


def _answer(database: Database, grant: Grant, status: DataStatus, today: date, seconds: float) -> Overview:
    """What is held and at most so old, or a new answer."""
    found = windows(status)
    if found is None:
        return Overview(None, None, None)
    week, weeks, quarter = found
    entries = calendar.entries(database, grant)
    kept = {kind: weeks_compared(entries, weeks, kind) for kind in COMPARISONS}
    key = (str(database.records.url), grant.role, grant.scope, status, today, *kept.values())
    with _LOCK:
        since, held = _HELD.get(key, (0.0, None))
    if held is not None and monotonic() - since < seconds:
        return held
    asked = list(questions(grant, weeks, quarter))
    if not asked:  # of no programme
        return Overview(None, None, None)
    with reading_of(database, grant, asked[0], today) as reading:
        _ = reading.begins, reading.facilities  # read once, for every question
        reading.together_with(MEASURES_SHOWN)
        answers = tuple(_ask(reading, query, kept) for query in asked)
        made = Overview(
            week,
            weeks,
            quarter,
            answers,
            _mapped(reading, mapped(grant, status, week)),
            _crossings(reading, week),
            kept,
        )
    with _LOCK:
        _HELD[key] = monotonic(), made
        _HELD.move_to_end(key)
        # Nobody is given one that is too old, and each holds the tables of all diseases.
        while len(_HELD) > _MOST or (_HELD and monotonic() - next(iter(_HELD.values()))[0] >= _SECONDS):
            _HELD.popitem(last=False)
    return made


_LOCK = Lock()
_HELD: OrderedDict[Any, tuple[float, Overview]] = OrderedDict()
#: Who asked last, of each role and scope, and when.
_ASKED: OrderedDict[Any, tuple[float, Grant]] = OrderedDict()


def _mapped(reading: Reading, query: CoverageQuery) -> Asked | None:
    """The question of the map; of everybody where nobody is recorded as a returning migrant.

    None for an account of other programmes, or of no province.
    """
    if rules.refusal(reading.grant, query):
        return None
    table = table_of(reading.of(query))
    if table.total.denominator == 0:
        query = replace(query, groups={})
        table = table_of(reading.of(query))
    return Asked(query, table, Changes())


def _crossings(any_reading: Reading, week: Window) -> Crossings:
    """Recorded patients of each crossing by week; none where crossings are not known of the weeks."""
    query = CoverageQuery(any_reading.query.disease, by="crossing", start=week.first, end=week.last)
    try:
        reading = any_reading.of(replace(query, start=last_weeks(week.last, CURVE).first))
    except UsageError:  # of old records the province of care is not known
        return Crossings()
    if reading.period is None:
        return Crossings()
    earlier = last_weeks(week.last, 2 * WEEKS).first
    begins = max(filter(None, (any_reading.begins, reading.period.start)))
    found = of_places(reading.records_by_week(reading.period), week.first, WEEKS, CURVE)
    return Crossings(found, begins <= earlier)


def _ask(any_reading: Reading, query: CoverageQuery, kept: Mapping[Comparison, int]) -> Asked:
    """`kept`: how many of the weeks are compared; quarters are compared whole."""
    reading = any_reading.of(query)
    table = table_of(reading)
    before, year = (_compared(any_reading, query, kept, kind) for kind in COMPARISONS)
    changes = Changes() if before is None else changes_of(before, _table_of(before, reading, table))
    if query.measure != "positivity":
        total = (
            None
            if year is None
            else changes_of(year, replace(_table_of(year, reading, table), rows=[])).total
        )
        return Asked(query, table, changes, year=total)
    count, weeks = (None, 0) if before is None else count_of(before)
    yearly = None if year is None else count_of(year)[0]
    return Asked(query, table, changes, _curve(reading), count, weeks, year_count=yearly)


def _compared(
    any_reading: Reading, query: CoverageQuery, kept: Mapping[Comparison, int], kind: Comparison
) -> Reading | None:
    """The question as it is compared: its last weeks without those that are left out; None without any."""
    asked = replace(query, compare=kind)
    if query.disease in QUARTERLY or query.end is None:
        return any_reading.of(asked)
    weeks = kept[kind]
    return any_reading.of(replace(asked, start=last_weeks(query.end, weeks).first)) if weeks else None


def _table_of(compared_as: Reading, reading: Reading, table: CoverageTable) -> CoverageTable:
    """The table of a reading: the one that is read already where its days are the same."""
    same = compared_as.query.start == reading.query.start
    return table if same else table_of(compared_as)


def count_of(reading: Reading, area: str | None = None) -> tuple[CountChange | None, int]:
    """How the number of those with what is measured changed, and in how many facility-weeks it was compared.

    Of one area, or (`None`) of all together. None where it is not compared, or may not be told.
    """
    pairs = None if reading.period is None else facility_weeks(reading, area)
    return (None, 0) if pairs is None else disclosed.counts(reading.grant, pairs, _days(reading.query))


def _days(query: CoverageQuery) -> tuple[int, int]:
    """Days of the window and of the earlier one."""
    if (
        query.start is None
        or query.end is None
        or (pair := compared(Window(query.start, query.end), query.comparison)) is None
    ):
        return 1, 1
    now, earlier = ((window.last - window.first).days + 1 for window in (pair.now, pair.earlier))
    return now, earlier


def _curve(reading: Reading) -> Panel | None:
    query = reading.query
    if query.end is None or query.disease in QUARTERLY:
        return None
    longer = reading.of(replace(query, start=last_weeks(query.end, CURVE).first))
    return panel_of(longer, None, "week", table_of(longer))
