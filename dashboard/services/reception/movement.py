"""Where people who arrived come from and go to, and where infections were acquired, by crossing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from dashboard.permissions import Grant
from dashboard.services.disclosure import arrivals
from dashboard.services.reception import centre, counts
from db.core.engine import Database
from surveillance.errors import NotPermittedError, UsageError
from surveillance.reception.flows import KINDS, Flow, Route, kind_of, routes
from surveillance.vocabulary import UNKNOWN
from surveillance.windows import Window, last_weeks

#: Days that one question may cover, and weeks that it covers unless it names days.
MOST_DAYS, USUAL_WEEKS = 366, 4


@dataclass(frozen=True)
class Movement:
    """Arrivals of some days by route.

    `kinds`: people by kind of movement; `chosen`: the one that routes are of, blank for all. `unknown_until`:
    up to which day old sums name no destination. `recorded`: the last day of arrivals, where that is why
    earlier weeks are shown.
    """

    crossing: str | None
    window: Window
    chosen: str
    routes: dict[Route, int]
    kinds: dict[str, int]
    unknown_until: date | None
    recorded: date | None = None

    @property
    def people(self) -> int:
        """How many movements."""
        return sum(self.routes.values())

    def by(self, part: str) -> dict[str, int]:
        """Movements by one part of a route, the largest first, unknown last."""
        found: Counter[str] = Counter()
        for route, number in self.routes.items():
            found[getattr(route, part)] += number
        return dict(sorted(found.items(), key=lambda item: (item[0] == UNKNOWN, -item[1], item[0])))


def movement(
    database: Database,
    grant: Grant,
    crossing: str | None,
    window: Window | None,
    chosen: str,
    today: date,
) -> Movement:
    """Arrivals of some days by route; without days, of the last complete weeks of what is recorded.

    Raises
    ------
    NotPermittedError
        The account is shown no counts of a centre, or not of this crossing.
    UsageError
        The days are in the wrong order or too many, or there is no such kind of movement.
    """
    if not arrivals.may_count(grant):
        raise NotPermittedError("your account is shown no counts of a reception centre")
    if crossing is not None and crossing not in counts.crossings(grant):
        raise NotPermittedError("this crossing is none of your account's")
    if chosen and chosen not in KINDS:
        raise UsageError("kind: choose one of {kinds}", "kind", kinds=", ".join(KINDS))
    recorded = None
    if window is None:
        window = last_weeks(today, USUAL_WEEKS)
        last = centre.last_day(database, grant, crossing)
        if last is not None and last < window.first:
            recorded, window = last, last_weeks(last, USUAL_WEEKS)
    _check_days(window)
    box = counts.flows(database, grant, crossing, window.first, window.last)
    held = arrivals.told(grant, box) or {}
    gaps = counts.gaps(database, grant, crossing, window.first)
    return Movement(
        crossing,
        window,
        chosen,
        routes(held, [chosen] if chosen else None),
        _kinds(held),
        gaps.get("flows"),
        recorded,
    )


def _kinds(held: dict[Flow, int]) -> dict[str, int]:
    found = dict.fromkeys(KINDS, 0)
    for flow, number in held.items():
        found[kind_of(flow)] += number
    return found


def _check_days(window: Window) -> None:
    if window.first > window.last:
        raise UsageError("the first day lies after the last", "from")
    if (window.last - window.first).days >= MOST_DAYS:
        raise UsageError("ask for at most {days} days", "from", days=MOST_DAYS)


def largest(found: Movement, most: int) -> Sequence[tuple[Route, int]]:
    """The largest routes, at most so many."""
    return list(found.routes.items())[:most]
