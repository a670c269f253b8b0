"""What stands over the map: which question this is, and what is wrong with it or cannot be answered."""

from __future__ import annotations

from datetime import date
from typing import Any

from dash import html

from dashboard.components.addresses import map_page
from dashboard.components.controls import AXIS_NAMES, REMOTE_NAMES, VIEWS
from dashboard.components.coverage import issued_words
from dashboard.components.coverage.widening import widened
from dashboard.components.coverage.words import what_is_counted, whole_days
from dashboard.filters import AS_OF
from dashboard.messages import Translate
from dashboard.pages.explorer.question import MapQuestion
from dashboard.services.coverage.table import CoverageTable
from dashboard.services.disclosure import rules
from dashboard.services.disclosure.rules import BY_YEAR_ONLY
from surveillance.coverage.cohorts import longest_follow_up
from surveillance.coverage.indicators import MEASURES, OF_POSITIVES
from surveillance.diseases import DISEASES
from surveillance.vocabulary import AXES, SENSITIVE_AXES

#: What is left out of a question that has no issued figures, by the reason.
_NOT_ISSUED: dict[str, tuple[str, ...]] = {
    rules.NOT_PERSONS: ("count",),
    rules.NOT_EARLIER: (AS_OF,),
    rules.NOT_MEASURED: ("measure",),
    rules.NOT_TWO_GROUPS: tuple(AXES),
    rules.NOT_GROUPED: tuple(AXES),
    rules.NOT_APART: tuple(AXES),
    rules.NOT_REMOTE: ("remote",),
}


def subtitle(
    table: CoverageTable, t: Translate, asked: tuple[date | None, date | None] = (None, None)
) -> list[Any]:
    """What is counted, view, days that were used, groups; of completion also when it is judged.

    `asked`: the days that the address names; where others are counted, that is said.
    """
    query, period = table.query, table.period
    counted = what_is_counted(MEASURES[query.measure], t)
    parts = [counted[:1].upper() + counted[1:], t(VIEWS[f"{query.by}:{query.place}"])]
    if period is not None:
        parts.append(f"{period.start.isoformat()} – {period.end.isoformat()}")
    if query.as_of is not None:
        parts.append(t("as it was shown on {day}").format(day=query.as_of.isoformat()))
    for axis, codes in query.groups.items():
        names = ", ".join(t(value.name) for value in AXES[axis] if value.code in codes)
        parts.append(f"{t(AXIS_NAMES[axis])}: {names}")
    if query.remote is not None:
        parts.append(t(REMOTE_NAMES[query.remote]))
    found = whole_days(" · ".join(parts))
    if said := widened(table, asked, t):
        found += [html.Br(), html.Strong(whole_days(said), className="widened")]
    for said in issued_words.of_table(table, t):
        found += [html.Br(), html.Span(whole_days(said), className="issued")]
    if query.persons and period is not None:
        words = t("Persons: each once in {year}, with the first episode of that year.")
        found += [html.Br(), words.format(year=period.start.year)]
        if table.unnumbered:
            words = t(
                "{count:,} records have no person number and may belong to a person already counted: they "
                "are unknown."
            )
            found += [" ", words.format(count=table.unnumbered)]
    if MEASURES[query.measure].by_start:
        days, longest = DISEASES[query.disease].follow_up_days, longest_follow_up(query.disease)
        words = t("People whose treatment began in this period; completion is judged {days} days later.")
        if longest != days:
            words = t(
                "People whose treatment began in this period; completion is judged {days} days later, with "
                "weekly primaquine {longest} days."
            )
        found += [html.Br(), words.format(days=days, longest=longest)]
    return found


def past(question: MapQuestion, t: Translate) -> list[Any]:
    """That the reader looks at an earlier day, and the way back; nothing where it is the present."""
    day = question.as_of
    if day is None:
        return []
    shown = t("This is as it was shown at the end of {day} in Phnom Penh, not the present.")
    since = t("Facilities, and places resolved since, are where they are known to be now.")
    found: list[Any] = [html.Strong(whole_days(shown.format(day=day.isoformat()))), " ", since, " "]
    return [html.P([*found, _link(question, {AS_OF: ""}, t("Back to the present"))])]


def problems(question: MapQuestion, reason: str, t: Translate) -> list[Any]:
    """What was wrong in the address, and the reason why nothing is shown, with a way to what is.

    `reason`: of the rules, or of the table (`CoverageTable.reason`).
    """
    left_out = t("This part of the address is left out.")
    found: list[Any] = [html.P(whole_days(f"{error.in_words(t)}. {left_out}")) for error in question.problems]
    if reason:
        found.append(html.P(t(reason)))
    if reason and reason not in (rules.NOTHING_ISSUED, rules.NOT_OF_DISEASE):
        found.append(html.P(_instead(question, reason, t)))
    return found


def limits(table: CoverageTable, elsewhere: str, t: Translate) -> list[Any]:
    """What an account of some provinces is not told, and from which day on the answer is known."""
    found: list[Any] = [html.P(t(BY_YEAR_ONLY))] if table.yearly and table.period is not None else []
    if elsewhere:
        said = t("Your account does not cover the area that the address names: {area}.")
        found.append(html.P(said.format(area=elsewhere[:40])))
    if table.known_from:
        said = t(
            "Crossings are known by province of care from {day} on; older records were reduced to sums "
            "before that was counted."
        )
        found.append(html.P(whole_days(said.format(day=table.known_from.isoformat()))))
    return found


def _instead(question: MapQuestion, reason: str, t: Translate) -> list[Any]:
    """Links to the nearest questions that have an answer."""
    if not question.unanswerable:
        return _by_care(question, reason, t)
    links: list[Any] = []
    for code in OF_POSITIVES:
        links += [_link(question, {"measure": code}, t(MEASURES[code].name)), " "]
    return links


def _by_care(question: MapQuestion, reason: str, t: Translate) -> list[Any]:
    left_out: tuple[str, ...] = (*SENSITIVE_AXES, "remote") if question.never_shown else ()
    if reason == BY_YEAR_ONLY:
        left_out = (*AXES, AS_OF, "remote")
    left_out += _NOT_ISSUED.get(reason, ())
    changes = dict.fromkeys(("by", "place", *left_out), "")
    name = f"{t(DISEASES[question.disease].name)}: {t(VIEWS['province:care'])}"
    return [_link(question, changes, name)]


def _link(question: MapQuestion, changes: dict[str, str], text: str) -> html.A:
    address = {k: v for k, v in (dict(question.given) | changes).items() if v and k != "area"}
    return html.A(text, href=map_page(address))
