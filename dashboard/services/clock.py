"""What day it is, and what time."""

from __future__ import annotations

from datetime import UTC, date, datetime

from surveillance.epiweek import TIME_ZONE


def today_in_cambodia() -> date:
    """The day it is in Phnom Penh."""
    return datetime.now(TIME_ZONE).date()


def now_in_cambodia() -> datetime:
    """This moment, by the clock of Phnom Penh."""
    return datetime.now(TIME_ZONE)


def now_text() -> str:
    """This moment, as moments are stored."""
    return datetime.now(UTC).isoformat()
