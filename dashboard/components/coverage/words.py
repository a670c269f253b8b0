"""Small things that table, panel and heading say in the same words."""

from __future__ import annotations

import re
from typing import Any

from dashboard.components import scope_words
from dashboard.messages import Translate
from dashboard.permissions import Grant
from dashboard.services.coverage.changes import Changes
from dashboard.services.coverage.periods import Facts
from dashboard.services.coverage.table import CoverageTable
from dashboard.services.disclosure.rules import FEW
from surveillance.coverage.estimates import Change
from surveillance.coverage.indicators import Measure

_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})")


def what_is_counted(measure: Measure, t: Translate) -> str:
    """Numerator and denominator in words."""
    if measure.code == "testing":
        return t("tested, of those seen and eligible")
    return f"{t(measure.numerator)} / {t(measure.denominator)}"


def total_name(table: CoverageTable, grant: Grant, t: Translate) -> str:
    """What the sum of the rows is a sum of: for some accounts not the country, and never of hidden rows."""
    if not grant.scope.national and (table.release is None or table.mixed):
        return scope_words.together(grant.scope, t)
    if 0 < table.hidden < len(table.rows):
        return t("All areas shown; {count} hidden").format(count=table.hidden)
    return t("All areas together")


def whole_days(text: str) -> list[Any]:
    """A text whose days are never broken at their hyphens."""
    from dash import html  # noqa: PLC0415 - slow to load, and the command line needs none

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


def notes(facts: Facts | None, t: Translate) -> list[str]:
    """Sentences that hold for every area compared: what is not paired, not known then, or not compared."""
    if facts is None:
        return []
    if facts.incomplete is not None:
        text = t(
            "No change is shown: {year} is known up to {day} only, and persons cannot be cut within a year."
        )
        return [text.format(year=facts.earlier.start.year + 1, day=facts.incomplete.isoformat())]
    said = []
    if facts.too_long:
        said.append(
            t(
                "The period is longer than a year and would overlap the same time of the year before: it is "
                "compared with the period before."
            )
        )
    if not facts.of_facilities:
        said.append(t("Facilities are not paired here: the sums of both periods are compared."))
    if facts.kind == "year":
        if facts.known_on is not None:
            text = t("The year before is taken as it was known after the same delay, on {day}.")
            said.append(text.format(day=facts.known_on.isoformat()))
        elif facts.kept is not None:
            said.append(t("The year before is taken as it is known now: what was known then is not kept."))
        else:
            said.append(t("The year before is taken as it is known now."))
    return said


def before_records(shift: Changes, t: Translate) -> list[str]:
    """That the records begin after the earlier window does; nothing where it is not so."""
    if shift.begins is None or shift.earlier is None:
        return []
    text = t("No change is shown against {before}: there are no records before {day}.")
    return [text.format(before=earlier(shift.earlier, t), day=shift.begins.isoformat())]


def how_compared(facts: Facts, change: Change, t: Translate) -> list[str]:
    """Sentences on what is compared, where it is not simply the two sums as they are known now."""
    said = []
    if facts.now is not None:
        text = t("Compared in whole weeks: {start} – {end}.")
        said.append(text.format(start=facts.now.start.isoformat(), end=facts.now.end.isoformat()))
    if (paired := _paired(facts, change, t)) is not None:
        said.append(paired)
    return [*said, *notes(facts, t)]


def _paired(facts: Facts, change: Change, t: Translate) -> str | None:
    """Facilities, and their weeks or months, that are compared and that are left out: one count of each."""
    if change.facilities is None:
        return None
    counts = {
        "count": change.facilities,
        "alone": change.left_out,
        "people": change.people_left_out,
        "kept": facts.kept,
        "left_out": facts.left_out or 0,
    }
    if facts.kept is None:
        if change.facilities == 1 and not change.left_out:
            return None
        text = t("Each facility is compared with itself: {count} with people in both periods.")
        if change.left_out:
            more = t("Left out: {alone} with people in one period only ({people:,} people).")
            text = f"{text} {more}"
    elif facts.unit == "month":
        text = t(
            "Each facility is compared with itself: {count} with people in both years, in {kept:,} "
            "facility-months with a report in both; {left_out:,} with a report in one year only are left out."
        )
    else:
        text = t(
            "Each facility is compared with itself: {count} with people in both years, in {kept:,} "
            "facility-weeks with a report in both; {left_out:,} with a report in one year only are left out."
        )
    if facts.kept is not None and change.left_out:
        text += " " + t(
            "Of those with a report in both, {alone} with people in one year only ({people:,} people) are "
            "left out, too."
        )
    return text.format(**counts)


def signs(table: CoverageTable, t: Translate) -> list[str]:
    """What the signs of a table mean, where it has any: counts of reports, and hidden small counts."""
    return [said for said in (reports_in(table.reports, t), t(FEW) if table.few else "") if said]


#: Stands beside what counts aggregate reports.
REPORTS_SIGN = "Σ"


def reports_in(count: int, t: Translate) -> str:
    """That aggregate reports are counted; blank where none is."""
    if not count:
        return ""
    return t("Σ: with {count:,} aggregate reports (counts without persons), in place of line lists.").format(
        count=count
    )
