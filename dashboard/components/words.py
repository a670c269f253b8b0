"""Small things that table, panel and heading say in the same words."""

from __future__ import annotations

import re
from typing import Any

from dash import html

from dashboard.messages import Translate
from dashboard.permissions import Grant
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


#: Stands beside what counts aggregate reports.
REPORTS_SIGN = "Σ"


def reports_in(count: int, t: Translate) -> str:
    """That aggregate reports are counted; blank where none is."""
    if not count:
        return ""
    return t("Σ: with {count:,} aggregate reports (counts without persons), in place of line lists.").format(
        count=count
    )
