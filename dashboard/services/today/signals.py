"""Signals: that cases cluster somewhere, for accounts that are not shown the cluster itself.

Told are the disease, the provinces, and how large it is in wide steps; never a count, what was expected, or
how unlikely it is. The size is told only where the release in force shows the cases of these provinces over
the months that hold the cluster, and where these cases less those of the signal may be anything from 1 to
k - 1, or are surely more: so a signal tells no small number that the release does not tell.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from dashboard.permissions import Grant, Permission
from dashboard.services.clusters.locations import places
from dashboard.services.clusters.watch import WatchedCluster, locations_of, size_of, watch
from dashboard.services.disclosure import rules
from dashboard.services.disclosure.clusters import leaves_doubt
from dashboard.services.releases.figures import Figures, State
from dashboard.services.releases.in_force import figures_for
from db.core.engine import Database
from db.core.scope import Scope
from geodata.provinces import PROVINCES
from surveillance.epiweek import period_first_day, period_last_day


@dataclass(frozen=True)
class Signal:
    """A cluster as somebody is told of who may not see it.

    `places`: kind of place, as `by:place`. `size`: fewest and most cases (None: or more); None: not told.
    """

    disease: str
    places: str
    provinces: tuple[str, ...]
    size: tuple[int, int | None] | None = None


def signals(
    database: Database, grant: Grant, *, before: str | None = None, figures: Figures | None = None
) -> tuple[Signal, ...]:
    """Signals of the questions that stand for the country, outside the provinces that the account is entitled
    to; none of HIV and syphilis.

    `before`, `figures`: of the questions asked before a moment, with the figures that were in force then.

    Raises
    ------
    NotPermittedError
        The grant does not hold coverage.
    """
    grant.check(Permission.SEE_COVERAGE)
    if rules.entitled(grant) and grant.scope.national:
        return ()
    found = watch(database, Grant.custodian(), audited=False, before=before)
    held = locations_of(database, found)
    if before is None:
        figures = figures_for(database, rules.as_reader(grant))
    told: dict[Signal, None] = {}
    for item in found.of_interest():
        codes = held.get((item.run, item.rank)) or frozenset(filter(None, (item.centre,)))
        provinces = _provinces(database, item, codes)
        if provinces and grant.scope.covers(item.disease) and not _own(grant, item, provinces):
            signal = _signal(grant, item, provinces, figures)
            if signal is not None:
                told[signal] = None
    return tuple(told)


def _own(grant: Grant, item: WatchedCluster, provinces: tuple[str, ...]) -> bool:
    """Whether the account sees the cluster itself: of care in its own provinces."""
    if not rules.entitled(grant) or item.places not in ("province:care", "facility:care"):
        return False
    return all(grant.scope.holds(code) for code in provinces)


def _provinces(database: Database, item: WatchedCluster, codes: frozenset[str]) -> tuple[str, ...]:
    """The provinces of a cluster's locations, in order; a country and what is unknown has none."""
    known = set(codes) & set(PROVINCES)
    if others := set(codes) - known:
        by, _, place = item.places.partition(":")
        with database.reading() as connection:
            held = places(connection, Scope.everything(), place if by == "province" else by)
        known |= {held[code].area.province or "" for code in others if code in held}
    return tuple(code for code in PROVINCES if code in known)


def _signal(
    grant: Grant, item: WatchedCluster, provinces: tuple[str, ...], figures: Figures | None
) -> Signal | None:
    size = size_of(grant, item)
    if size is None:
        return None
    cases = _issued(figures, item, provinces) if item.places.endswith(":care") else None
    told = cases is not None and leaves_doubt(cases, size, grant.threshold)
    return Signal(item.disease, item.places, provinces, size if told else None)


def _issued(figures: Figures | None, item: WatchedCluster, provinces: tuple[str, ...]) -> int | None:
    """Cases of the provinces over the months that hold the cluster; None where the release hides some."""
    if figures is None or item.start is None or item.end is None:
        return None
    months = months_of(item.start, item.end)
    cells = [figures.union(item.disease, "positivity", "care", code, months) for code in provinces]
    if any(one.state is not State.SHOWN or one.numerator is None for one in cells):
        return None
    return sum(one.numerator or 0 for one in cells)


def months_of(start: date, end: date) -> list[tuple[str, date]]:
    """The months that hold some days, as periods of a release."""
    found: list[tuple[str, date]] = []
    first = period_first_day(start, "month")
    while first <= end:
        found.append(("month", first))
        first = period_last_day(first, "month") + timedelta(days=1)
    return found


def by_province(found: tuple[Signal, ...]) -> Mapping[str, list[Signal]]:
    """The signals of each province."""
    held: dict[str, list[Signal]] = {}
    for one in found:
        for code in one.provinces:
            held.setdefault(code, []).append(one)
    return held
