"""Recorded patients of each crossing in words: last week, the weeks, the weeks before, a small curve."""

from __future__ import annotations

from dataclasses import dataclass

from dashboard.components.addresses import crossing_page, map_page
from dashboard.components.coverage.first_page import polylines
from dashboard.messages import Translate
from dashboard.permissions import Grant
from dashboard.services.disclosure.weeks import Weeks
from dashboard.services.place_pages.place import slug
from dashboard.services.today.overview import CURVE, Overview
from geodata.crossings import ALL_CROSSINGS, Crossing
from surveillance.vocabulary import UNKNOWN

#: Crossings that the card lists; the others are one press away.
MOST = 4


@dataclass(frozen=True)
class CrossingRow:
    """One crossing. `last`, `now`, `earlier`: texts; a dash where it is not known."""

    name: str
    href: str
    last: str
    now: str
    earlier: str
    curve: tuple[str, ...]
    curve_says: str


@dataclass(frozen=True)
class CrossingCard:
    """The card: its rows, the address of all crossings, and whether only some provinces' patients count."""

    rows: list[CrossingRow]
    all: str
    own: bool


def card(found: Overview, grant: Grant, language: str, t: Translate) -> CrossingCard | None:
    """Crossings of the reader's provinces first, then those with the most patients; None without any."""
    held = {
        code: weeks
        for code, weeks in found.crossings.of.items()
        if code != UNKNOWN and code in ALL_CROSSINGS and (weeks.now or _own(ALL_CROSSINGS[code], grant))
    }
    if not held or found.week is None or found.weeks is None:
        return None
    codes = sorted(
        held, key=lambda code: (not _own(ALL_CROSSINGS[code], grant), -(held[code].now or 0), code)
    )
    question = {"disease": "tb", "from": found.weeks.first.isoformat(), "to": found.weeks.last.isoformat()}
    rows = [
        _row(ALL_CROSSINGS[code], held[code], found.crossings.before, language, t) for code in codes[:MOST]
    ]
    return CrossingCard(rows, map_page({**question, "by": "crossing"}), not grant.scope.national)


def _own(crossing: Crossing, grant: Grant) -> bool:
    provinces = grant.scope.provinces
    return provinces is not None and crossing.pcode in provinces


def _row(crossing: Crossing, weeks: Weeks, before: bool, language: str, t: Translate) -> CrossingRow:
    said = t("{count} weeks; at most {most:,} in one").format(count=CURVE, most=max(weeks.curve, default=0))
    return CrossingRow(
        crossing.name(language),
        crossing_page(slug(crossing.name_en)),
        _text(weeks.last),
        _text(weeks.now),
        _text(weeks.earlier) if before else "–",
        polylines(weeks.curve),
        said,
    )


def _text(count: int | None) -> str:
    """A count; what may not be told is few, or would give few away."""
    return "·" if count is None else f"{count:,}"
