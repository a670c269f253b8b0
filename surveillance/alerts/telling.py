"""When a message about alerts goes out: quiet hours, days of a digest, pauses between attempts. Pure."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Literal

Timing = Literal["once", "day", "week"]
TIMINGS: tuple[Timing, ...] = ("once", "day", "week")
#: Pauses after the first, second, ... attempt that was refused. After the last attempt a message is given up.
PAUSES = (
    timedelta(minutes=1),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=6),
    timedelta(hours=12),
)
#: A message that could not go out for so long is given up: nobody opens an alert of last month at night.
TOO_OLD = timedelta(days=3)
_DAY = timedelta(days=1)
_WEEK = 7


def after_quiet(now: datetime, quiet: tuple[int, int] | None) -> datetime:
    """Return the earliest moment from now on that lies outside quiet hours.

    Parameters
    ----------
    now : datetime
        By the clock of the person.
    quiet : tuple of int, optional
        The hour at which the quiet begins and the one at which it ends, 0 to 23. It may pass midnight. Two
        equal hours are no quiet at all.

    Returns
    -------
    datetime

    Examples
    --------
    >>> after_quiet(datetime(2026, 5, 1, 23, 30), (22, 6))
    datetime.datetime(2026, 5, 2, 6, 0)
    >>> after_quiet(datetime(2026, 5, 1, 21, 59), (22, 6))
    datetime.datetime(2026, 5, 1, 21, 59)
    """
    if quiet is None or quiet[0] == quiet[1]:
        return now
    begins, ends = quiet
    passes = begins > ends
    late, early = now.hour >= begins, now.hour < ends
    if not ((late or early) if passes else (late and early)):
        return now
    woken = now.replace(hour=ends, minute=0, second=0, microsecond=0)
    return woken + _DAY if passes and late else woken


def digest_days(now: datetime, timing: Timing, hour: int, until: date | None) -> tuple[date, date] | None:
    """Return the days of the digest that is due.

    Parameters
    ----------
    now : datetime
        By the clock of the reader.
    timing : {"once", "day", "week"}
        A digest of each day, or of each week on Mondays; "once" has none.
    hour : int
        From which hour on, 0 to 23.
    until : date, optional
        The last day of the digest before; None: there was none.

    Returns
    -------
    tuple of date, or None
        First and last day: up to yesterday, or up to Sunday. Days of digests that were missed are in the
        next one. None where no digest is due.

    Examples
    --------
    >>> digest_days(datetime(2026, 5, 4, 7), "day", 7, date(2026, 5, 1))
    (datetime.date(2026, 5, 2), datetime.date(2026, 5, 3))
    >>> digest_days(datetime(2026, 5, 6, 9), "week", 7, None)
    (datetime.date(2026, 4, 27), datetime.date(2026, 5, 3))
    >>> digest_days(datetime(2026, 5, 4, 6, 59), "day", 7, date(2026, 5, 2)) is None
    True
    """
    if timing == "once":
        return None
    turned = now.date() if now.hour >= hour else now.date() - _DAY
    if timing == "week":
        turned -= turned.weekday() * _DAY
    last = turned - _DAY
    if until is None:
        return last - (_WEEK - 1 if timing == "week" else 0) * _DAY, last
    return (until + _DAY, last) if until < last else None


def next_try(tries: int) -> timedelta | None:
    """Return how long to wait after so many attempts that were refused.

    Parameters
    ----------
    tries : int
        At least 1.

    Returns
    -------
    timedelta, or None
        None: no further attempt is made.

    Examples
    --------
    >>> next_try(1), next_try(7) is None
    (datetime.timedelta(seconds=60), True)
    """
    return PAUSES[tries - 1] if tries <= len(PAUSES) else None
