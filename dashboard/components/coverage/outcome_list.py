"""What became of those who started treatment, and until when that is known."""

from __future__ import annotations

from typing import Any

from dash import html

from dashboard.components.coverage.words import whole_days
from dashboard.components.folded import folded_on_phones
from dashboard.figures import theme
from dashboard.messages import Translate
from dashboard.services.coverage.outcomes import Outcomes
from surveillance.coverage.cohorts import OUTCOMES
from surveillance.texts import N_

#: How the panel calls each outcome.
NAMES = {
    "cured": N_("Cured"),
    "completed": N_("Treatment completed"),
    "died": N_("Died"),
    "failed": N_("Treatment failed"),
    "lost": N_("Lost to follow-up"),
    "not_evaluated": N_("Not evaluated"),
}


def outcome_list(outcomes: Outcomes, t: Translate) -> list[Any]:
    """Until when outcomes are known, and each outcome with its share of those who are due."""
    sums = outcomes.sums
    parts: list[Any] = [html.P(whole_days(text), className="reporting") for text in known(outcomes, t)]
    if sums.denominator:
        title = t("Outcomes of those who are due")
        parts.append(folded_on_phones(title, [html.H3(title), _table(outcomes, t)]))
    left = []
    if sums.moved:
        left.append(t("Moved to second-line treatment, and left out: {count:,}.").format(count=sums.moved))
    if sums.not_due:
        left.append(t("Not yet due, and left out: {count:,}.").format(count=sums.not_due))
    return [*parts, *(html.P(text, className="reporting") for text in left)]


def known(outcomes: Outcomes, t: Translate) -> list[str]:
    """Until when outcomes are known, as sentences; none where no treatment started."""
    said, found = [], outcomes.known
    if found.first is not None and found.last is not None:
        first, last = found.first.isoformat(), found.last.isoformat()
        if found.weekly:
            text = t("Outcomes are judged up to {day}, the end of the last whole week of the data.")
        elif found.facilities == 1:
            text = t("Outcomes are known up to {day}: the last outcome, or change of one, of the facility.")
        elif first == last:
            text = t(
                "Outcomes of {count} facilities are known up to {day}, each by its last outcome or change."
            )
        else:
            text = t(
                "Outcomes of {count} facilities are known up to days from {first} to {day}, each by its last "
                "outcome or change."
            )
        said.append(text.format(day=last, first=first, count=found.facilities))
    if found.silent and found.weekly:
        said.append(t("The data do not hold a whole week yet."))
    elif found.silent:
        text = t("Facilities without any outcome so far: {count}. Those who started there are not yet due.")
        said.append(text.format(count=found.silent))
    return said


def _table(outcomes: Outcomes, t: Translate) -> html.Table:
    sums = outcomes.sums
    heads = [
        html.Th(t("Outcome"), scope="col"),
        html.Th(t("Counted"), scope="col", className="number"),
        html.Th(t("Per cent"), scope="col", className="number"),
    ]
    named = [(t(NAMES[name]), getattr(sums, name)) for name in OUTCOMES]
    named.append((t("All who are due"), sums.denominator))
    rows = [
        html.Tr(
            [
                html.Th(name, scope="row"),
                html.Td(f"{count:,}", className="number"),
                html.Td(theme.percent(count / sums.denominator), className="number"),
            ]
        )
        for name, count in named
    ]
    return html.Table([html.Thead(html.Tr(heads)), html.Tbody(rows)], className="areas small")
