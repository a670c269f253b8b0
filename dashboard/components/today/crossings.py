"""Recorded patients of each crossing in words: last week, the weeks, the weeks before, a small curve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dashboard.components.addresses import crossing_page, map_page
from dashboard.components.calendar_words import closed_on
from dashboard.components.coverage.first_page import polylines
from dashboard.messages import Translate
from dashboard.permissions import Grant
from dashboard.services.calendar import entries as calendar
from dashboard.services.disclosure.weeks import Weeks
from dashboard.services.place_pages.place import slug
from dashboard.services.today.overview import CURVE, Overview
from geodata.crossings import ALL_CROSSINGS, Crossing
from surveillance.calendar.entries import Entry
from surveillance.diseases import DISEASES
from surveillance.vocabulary import UNKNOWN
from surveillance.windows import Window

#: Crossings that the card lists; the others are one press away.
MOST = 4


@dataclass(frozen=True)
class CrossingRow:
    """One crossing. `last`, `now`, `earlier`: texts; a dash where it is not known. `closed`: since when."""

    name: str
    href: str
    last: str
    now: str
    earlier: str
    curve: tuple[str, ...]
    curve_says: str
    closed: str = ""


@dataclass(frozen=True)
class CrossingCard:
    """The card: its rows, the address of all crossings, and whether only some provinces' patients count."""

    rows: list[CrossingRow]
    all: str
    own: bool


def card(
    found: Overview, grant: Grant, entries: Sequence[Entry], language: str, t: Translate
) -> CrossingCard | None:
    """Crossings of the reader's provinces first, then those with the most patients; None without any.

    `entries`: of the calendar; a crossing that was closed all the time has no zero.
    """
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
    disease = next(iter(grant.scope.covered(["tb", *DISEASES])), "tb")
    question = {"disease": disease, "from": found.weeks.first.isoformat(), "to": found.weeks.last.isoformat()}
    windows = found.week, found.weeks
    rows = [
        _row(ALL_CROSSINGS[code], held[code], found.crossings.before, (entries, *windows), language, t)
        for code in codes[:MOST]
    ]
    part = not grant.scope.national and any(code not in grant.scope.crossings for code in codes[:MOST])
    return CrossingCard(rows, map_page({**question, "by": "crossing"}), part)


def _own(crossing: Crossing, grant: Grant) -> bool:
    scope = grant.scope
    return crossing.id in scope.crossings or (
        scope.provinces is not None and crossing.pcode in scope.provinces
    )


def _row(
    crossing: Crossing,
    weeks: Weeks,
    before: bool,
    held: tuple[Sequence[Entry], Window, Window],
    language: str,
    t: Translate,
) -> CrossingRow:
    entries, week, long = held
    said_closed = closed_on(entries, week.last, t).get(crossing.id, "")
    said = t("{count} weeks; at most {most:,} in one").format(count=CURVE, most=max(weeks.curve, default=0))
    return CrossingRow(
        crossing.name(language),
        crossing_page(slug(crossing.name_en)),
        _open(weeks.last, crossing, entries, week, t),
        _open(weeks.now, crossing, entries, long, t),
        _text(weeks.earlier) if before else "–",
        polylines(weeks.curve),
        said,
        said_closed,
    )


def _open(
    count: int | None, crossing: Crossing, entries: Sequence[Entry], window: Window, t: Translate
) -> str:
    """A count; where nobody came since it was closed on every day, that."""
    if count == 0 and calendar.closed_share(entries, crossing.id, *window).whole:
        return t("closed")
    return _text(count)


def _text(count: int | None) -> str:
    """A count; what may not be told is few, or would give few away."""
    return "·" if count is None else f"{count:,}"
