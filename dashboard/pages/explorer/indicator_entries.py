"""Some indicators of one place, each as the map shows it: for the pages of places and the first page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from flask import url_for

from dashboard.components.addresses import map_page
from dashboard.components.indicators import painted as look
from dashboard.figures import theme
from dashboard.messages import Translate
from dashboard.pages.explorer import indicator_view
from dashboard.pages.explorer.question import MapQuestion, completed
from dashboard.permissions import Grant
from dashboard.services.imports.data_status import DataStatus
from dashboard.services.indicators.model import IndicatorRow
from dashboard.services.store import Database
from surveillance.coverage.estimates import MOST_UNKNOWN
from surveillance.errors import UsageError
from surveillance.indicators.model import Indicator
from surveillance.indicators.scale import beyond_target, has_target
from surveillance.windows import Window, compared

#: Fewer people than this say nothing of a target.
FEWEST = 5


@dataclass(frozen=True)
class Entry:
    """An indicator of one place: its row of the map's usual period, and of the year before."""

    indicator: Indicator
    question: MapQuestion
    row: IndicatorRow
    before: IndicatorRow | None = None

    @property
    def beyond(self) -> bool:
        """Whether it misses its target by more than chance."""
        return self.judged and beyond_target(self.indicator, self.row.value)

    @property
    def judged(self) -> bool:
        """Whether the value is told, of five or more, and no more than a fifth is unknown.

        What is divided by the people of an area is not judged: records are of people on the move, and the
        target is for everybody.
        """
        value = self.row.value
        if self.indicator.of or value.value is None or (value.denominator or 0) < FEWEST:
            return False
        return (value.unknown or 0) <= MOST_UNKNOWN * ((value.denominator or 0) + (value.unknown or 0))


@dataclass(frozen=True)
class Line:
    """The same in words. `mark`: that few reports came, with how many."""

    name: str
    value: str
    interval: str
    target: str
    before: str
    mark: str
    beyond: bool
    days: str
    on_map: str
    page: str


def entries(
    database: Database,
    grant: Grant,
    status: DataStatus,
    today: date,
    indicators: Iterable[Indicator],
    by: str = "province",
    area: str = "",
    *,
    earlier: bool = False,
) -> list[Entry]:
    """Each indicator that can be known of a place; of all together where no area is named.

    `earlier`: with the same time of the year before.
    """
    found = []
    for indicator in indicators:
        if indicator.refusal(by):
            continue
        question = _question(indicator, by, status, today)
        row = None if question is None else _row(database, grant, question, area, today)
        if question is None or row is None:
            continue
        before = _year_before(database, grant, question, area, today) if earlier else None
        found.append(Entry(indicator, question, row, before))
    return found


def _question(indicator: Indicator, by: str, status: DataStatus, today: date) -> MapQuestion | None:
    given = {"measure": indicator.id, "by": by}
    try:
        return completed(MapQuestion.read(given), status, today)
    except UsageError:
        return None


def _row(
    database: Database, grant: Grant, question: MapQuestion, area: str, today: date, *, reports: bool = True
) -> IndicatorRow | None:
    answer = indicator_view.ask(database, grant, question, today, reports=reports)
    if answer.found is None:
        return None
    if not area:
        return answer.found.total
    return next((row for row in answer.found.rows if row.area.code == area), None)


def _year_before(
    database: Database, grant: Grant, question: MapQuestion, area: str, today: date
) -> IndicatorRow | None:
    if question.start is None or question.end is None:
        return None
    pair = compared(Window(question.start, question.end), "year")
    if pair is None:
        return None
    earlier = replace(question, start=pair.earlier.first, end=pair.earlier.last)
    return _row(database, grant, earlier, area, today, reports=False)


def line(entry: Entry, area: str, t: Translate) -> Line:
    """One indicator in words, with the ways to its map and its page."""
    indicator, row, question = entry.indicator, entry.row, entry.question
    value = row.value
    interval = ""
    if value.lower is not None and value.upper is not None:
        interval = f"({look.shown(indicator, value.lower)}–{look.shown(indicator, value.upper)})"
    target = ""
    if has_target(indicator):
        target = look.shown(indicator, float(indicator.target or 0)).replace(".0%", "%")
    before = entry.before.value.value if entry.before is not None else None
    said = look.shown(indicator, value.value)
    if value.value is None:
        absent = look.absence(row, indicator)
        said = f"{absent.sign} {t(absent.label)}"
    elif not look.is_share(indicator):
        said = f"{said} {t(indicator.unit)}"
    few = row.few_reports and row.reports is not None
    address = {"measure": indicator.id, "by": question.by} | ({"area": area} if area else {})
    return Line(
        t(indicator.name),
        said,
        interval,
        target,
        look.shown(indicator, before),
        f"{theme.FEW_REPORTS} {look.reports_said(row.reports, t)}" if few and row.reports else "",
        entry.beyond,
        f"{question.start} – {question.end}",
        map_page(address),
        url_for("indicators.one", name=indicator.id, by=question.by),
    )
