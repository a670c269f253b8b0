"""Small things that table, panel and heading say in the same words."""

from __future__ import annotations

import re
from typing import Any

from dash import html

from dashboard.messages import Translate
from dashboard.permissions import Grant
from dashboard.services.comparison import Facts
from dashboard.services.coverage import CoverageTable
from surveillance.indicators import Measure

_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})")


def what_is_counted(measure: Measure, t: Translate) -> str:
    """Numerator and denominator in words."""
    if measure.code == "testing":
        return t("tested, of those seen and eligible")
    return f"{t(measure.numerator)} / {t(measure.denominator)}"


def total_name(table: CoverageTable, grant: Grant, t: Translate) -> str:
    """What the sum of the rows is a sum of: for some accounts not the country, and never of hidden rows."""
    if not grant.scope.national:
        return t("Your provinces together")
    if 0 < table.hidden < len(table.rows):
        return t("All areas shown; {count} hidden").format(count=table.hidden)
    return t("All areas together")


def whole_days(text: str) -> list[Any]:
    """A text whose days are never broken at their hyphens."""
    parts = _DAY.split(text)
    return [
        html.Span(part, className="day") if number % 2 else part for number, part in enumerate(parts) if part
    ]


def earlier(facts: Facts, t: Translate) -> str:
    """The earlier window by its name and days."""
    days = f"{facts.earlier.start.isoformat()} – {facts.earlier.end.isoformat()}"
    if facts.kind == "year":
        return t("the same time of the year before ({days})").format(days=days)
    return t("the period before ({days})").format(days=days)


def how_compared(facts: Facts, t: Translate) -> list[str]:
    """Sentences on what is compared, where it is not simply the two sums as they are known now."""
    said = []
    if facts.now is not None:
        text = t("Compared in whole weeks: {start} – {end}.")
        said.append(text.format(start=facts.now.start.isoformat(), end=facts.now.end.isoformat()))
    if facts.kept is not None:
        text = t(
            "Each facility is compared with itself: {kept:,} facility-weeks with a report in both years; "
            "{left_out:,} with a report in one year only are left out."
        )
        if facts.unit == "month":
            text = t(
                "Each facility is compared with itself: {kept:,} facility-months with a report in both "
                "years; {left_out:,} with a report in one year only are left out."
            )
        said.append(text.format(kept=facts.kept, left_out=facts.left_out or 0))
        if facts.known_on is None:
            said.append(t("The year before is taken as it is known now: what was known then is not kept."))
        else:
            text = t("The year before is taken as it was known after the same delay, on {day}.")
            said.append(text.format(day=facts.known_on.isoformat()))
    return said


#: Stands beside what counts aggregate reports.
REPORTS_SIGN = "Σ"


def reports_in(count: int, t: Translate) -> str:
    """That aggregate reports are counted; blank where none is."""
    if not count:
        return ""
    return t("Σ: with {count:,} aggregate reports (counts without persons), in place of line lists.").format(
        count=count
    )
