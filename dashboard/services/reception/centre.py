"""The centre's page, the sheet of a day, and the cards: what is shown of arrivals and referrals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime

from dashboard.permissions import Grant
from dashboard.services.disclosure import arrivals
from dashboard.services.disclosure.arrivals import Arrivals
from dashboard.services.reception import counts
from db.core.engine import Database
from surveillance.errors import NotPermittedError, UsageError
from surveillance.reception import centre as pure
from surveillance.reception.cascade import Cascade, Followed, Share, cascade_of, share
from surveillance.reception.centre import Step
from surveillance.reception.delays import Delay, delay_of
from surveillance.windows import Window, last_weeks

#: Days that one question may cover.
MOST_DAYS = 92
_TALLIED = ("men", "women", "boys", "girls")
#: What the answer in one click says.
ANSWER = ("arrived", "assessed", "tested", "referred", "reached")


@dataclass(frozen=True)
class Day:
    """Arrivals of one day at one crossing; `counted`: by the vans at the door; `surge`: it was tallied."""

    day: date
    crossing: str
    vans: int
    counted: int
    entered: int
    surge: bool


@dataclass(frozen=True)
class Home:
    """Arrivals of one home province or crossing, or daily commuters, and how many of them were tested."""

    code: str
    arrived: int
    tested: Share


@dataclass(frozen=True)
class Centre:
    """The centre's page."""

    crossing: str | None
    window: Window
    answer: dict[str, int]
    days: list[Day]
    funnel: list[Step]
    commuters: list[Step]
    times: dict[str, Delay]
    waiting: dict[str, int]
    lost: int | None
    homes: list[Home]
    crossings: list[Home]
    referrals: Cascade
    days_to_arrive: Delay
    #: What sums of old records do not say of these days, and up to which day.
    gaps: Mapping[str, date]
    #: The last day of which arrivals are held, where that is why an earlier week is shown.
    recorded: date | None = None


@dataclass(frozen=True)
class DaySheet:
    """The sheet of one day at one crossing. `expected`: as many as the vans counted at the door."""

    crossing: str | None
    day: date
    vans: int
    expected: int
    arrivals: Arrivals
    urgent_open: int
    sessions: int | None
    referred: int
    reached: int
    lost: int | None
    #: What sums of old records do not say of this day, and up to which day.
    gaps: Mapping[str, date]


def page(
    database: Database, grant: Grant, crossing: str | None, window: Window | None, today: date
) -> Centre:
    """What a centre did in some days; without a window in the last complete week of what is recorded.

    Raises
    ------
    NotPermittedError
        The account is shown no counts of a centre, or not of this crossing.
    UsageError
        The days are in the wrong order, or too many.
    """
    recorded = None
    if window is None:
        window = last_weeks(today, 1)
        last = last_day(database, grant, crossing)
        if last is not None and last < window.first:  # nothing was recorded since: that is not nobody
            recorded, window = last, last_weeks(last, 1)
    if window.first > window.last:
        raise UsageError("the first day lies after the last", "from")
    if (window.last - window.first).days >= MOST_DAYS:
        raise UsageError("ask for at most {days} days", "from", days=MOST_DAYS)
    found = _counted(database, grant, crossing, window, today)
    others, commuters = (pure.only(found.cells, commuters=which) for which in (False, True))
    return Centre(
        crossing,
        window,
        {step: pure.total(found.cells, step) for step in ANSWER},
        _days(found),
        pure.funnel(others),
        pure.funnel(commuters),
        found.times,
        found.waiting,
        found.lost,
        _tested(found, "province_home"),
        _tested(found, "crossing"),
        cascade_of(found.followed, today),
        _days_to_arrive(found.followed),
        found.gaps,
        recorded,
    )


@dataclass(frozen=True)
class Then:
    """What a centre did in some days, as it was known at a moment."""

    answer: dict[str, int]
    lost: int | None
    homes: list[Home]
    crossings: list[Home]


def known_then(database: Database, grant: Grant, window: Window, moment: datetime) -> Then | None:
    """What the centres of an account did, by the entries that had come before a moment; None: not known.

    Raises
    ------
    NotPermittedError
        The account is shown no counts of a centre.
    """
    _check(grant, None)
    box = counts.known_then(database, grant, window.first, window.last, moment)
    if box is None:
        return None
    found = arrivals.told(grant, box)
    if found is None:
        raise _refusal()
    return Then(
        {step: pure.total(found.cells, step) for step in ANSWER},
        found.lost,
        _tested(found, "province_home"),
        _tested(found, "crossing"),
    )


def last_day(database: Database, grant: Grant, crossing: str | None) -> date | None:
    """The last day of which arrivals or vans are held; None without one, and for who may not count."""
    return counts.last_day(database, grant, crossing) if arrivals.may_count(grant) else None


def arrived(database: Database, grant: Grant, crossing: str, window: Window) -> int | None:
    """How many people were entered at the centre of a crossing; None where the account is not told.

    None, too, where no arrival was entered there by the end of these days: then nothing is known.
    """
    if not arrivals.may_count(grant) or crossing not in counts.crossings(grant):
        return None
    first = counts.first_day(database, grant, crossing)
    if first is None or first > window.last:
        return None
    held = arrivals.told(grant, counts.homes(database, grant, crossing, window.first, window.last))
    return sum((held or {}).values())


def day_sheet(database: Database, grant: Grant, crossing: str | None, day: date, today: date) -> DaySheet:
    """The sheet of a day.

    Raises
    ------
    NotPermittedError
        The account is shown no counts of a centre, or not of this crossing.
    """
    _check(grant, crossing)
    box = counts.counted(database, grant, crossing, day, day, today, timed=False)
    by_age = arrivals.of_day(grant, box.map(lambda held: pure.sexes_and_ages(held.cells)))
    found = arrivals.told(grant, box)
    if found is None or by_age is None:
        raise _refusal()
    urgent, met = (pure.total(found.cells, step) for step in ("urgent", "urgent_met"))
    tallied = [tally for _, tally in sorted(found.vans.items())]
    return DaySheet(
        crossing,
        day,
        sum(tally["vans"] for tally in tallied),
        sum(tally[name] for tally in tallied for name in _TALLIED),
        by_age,
        urgent - met,
        found.sessions,
        pure.total(found.cells, "referred"),
        pure.total(found.cells, "reached"),
        found.lost,
        found.gaps,
    )


def may_see(grant: Grant) -> bool:
    """Whether an account is shown counts of a centre, of any crossing."""
    return arrivals.may_count(grant) and bool(counts.crossings(grant))


def _counted(
    database: Database, grant: Grant, crossing: str | None, window: Window, today: date
) -> counts.Counted:
    _check(grant, crossing)
    box = counts.counted(database, grant, crossing, window.first, window.last, today)
    found = arrivals.told(grant, box)
    if found is None:
        raise _refusal()
    return found


def _check(grant: Grant, crossing: str | None) -> None:
    if not arrivals.may_count(grant):
        raise _refusal()
    if crossing is not None and crossing not in counts.crossings(grant):
        raise NotPermittedError("this crossing is none of your account's")


def _refusal() -> NotPermittedError:
    return NotPermittedError("your account is shown no counts of a reception centre")


def _days_to_arrive(found: Mapping[Followed, int]) -> Delay:
    taken: dict[int, int] = {}
    untaken = 0
    for one, many in found.items():
        if one.arrived is None:
            untaken += many
        else:
            days = (one.arrived - one.sent).days
            taken[days] = taken.get(days, 0) + many
    return delay_of(taken, untaken)


def _days(found: counts.Counted) -> list[Day]:
    entered: dict[tuple[date, str], int] = {}
    for cell, steps in found.cells.items():
        key = (cell.day, cell.crossing)
        entered[key] = entered.get(key, 0) + steps.get("arrived", 0)
    made = []
    for day, crossing in sorted(entered.keys() | found.vans.keys()):
        said = found.vans.get((day, crossing), {})
        counted = sum(said.get(name, 0) for name in _TALLIED)
        here = entered.get((day, crossing), 0)
        if not (said.get("vans") or here):  # a session was held of a van of another day
            continue
        made.append(Day(day, crossing, said.get("vans", 0), counted, here, bool(said.get("surges"))))
    return made


def _tested(found: counts.Counted, field: str) -> list[Home]:
    """Tested of arrivals, by the arrival's own records; daily commuters have a row of their own, the last."""
    others, commuters = (pure.only(found.cells, commuters=which) for which in (False, True))
    made = [_home(code, sums) for code, sums in pure.by(others, field).items()]
    made.sort(key=lambda one: (-one.arrived, one.code))
    apart = pure.by(commuters, "movement")
    return made + [_home(code, sums) for code, sums in apart.items() if sums.get("arrived", 0)]


def _home(code: str, sums: Mapping[str, int]) -> Home:
    return Home(code, sums.get("arrived", 0), share(sums.get("tested", 0), sums.get("arrived", 0)))


def crossings(grant: Grant) -> list[str]:
    """Crossings whose arrivals an account may count."""
    return counts.crossings(grant)


def counts_informal(grant: Grant) -> bool:
    """Whether an account counts people who were entered under no gate."""
    return "informal" in counts.crossings(grant)


def brief(database: Database, grant: Grant, today: date) -> dict[str, int | None] | None:
    """What the first page says: `came`, `before`, `urgent`, `lost`; None in place of one to four people.

    None altogether where the account is shown no counts, or has no crossing.
    """
    if not may_see(grant):
        return None
    return arrivals.on_first_page(grant, counts.brief(database, grant, today).map(asdict))
