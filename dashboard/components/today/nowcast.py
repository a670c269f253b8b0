"""The card of nowcasts: what is expected of the last complete week, of the diseases with most cases."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dashboard.components.addresses import curve_page
from dashboard.components.coverage.first_page import FEWEST
from dashboard.components.curves import nowcast_words
from dashboard.messages import Translate
from dashboard.services.nowcast.models import Expected
from dashboard.services.today.overview import QUARTERLY, Overview
from surveillance.diseases import DISEASES

#: Diseases that the card names.
MOST = 3


@dataclass(frozen=True)
class NowcastLine:
    """One disease: what is expected, how many have come, and the curve that it leads to."""

    name: str
    text: str
    beneath: str
    href: str


def diseases(found: Overview) -> list[str]:
    """The diseases that are looked at by the week with most cases, of which enough are known to tell."""
    cases = {
        one.query.disease: one.table.total.numerator or 0
        for one in found.asked
        if one.query.measure == "positivity" and one.query.disease not in QUARTERLY
    }
    told = [code for code, count in cases.items() if count >= FEWEST]
    return sorted(told, key=lambda code: (-cases[code], code))[:MOST]


def lines(found: Overview, expected: Sequence[tuple[str, Expected]], t: Translate) -> list[NowcastLine]:
    """A line for each disease whose week is told. Fewer than five people stand on no first page."""
    made = []
    for code, held in expected:
        week = held.of(found.week.first) if found.week else None
        asked = found.of(code, "positivity")
        if week is None or asked is None or week.reported < FEWEST or week.state == "too little":
            continue
        text = t("all in") if week.state == "complete" else nowcast_words.expected(week, t)
        beneath = t("{count:,} cases have come").format(count=week.reported)
        made.append(NowcastLine(t(DISEASES[code].name), text, beneath, curve_page(asked.query, dated=False)))
    return made
