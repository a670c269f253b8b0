"""What day it is."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo


def today_in_cambodia() -> date:
    """The day it is in Phnom Penh."""
    return datetime.now(ZoneInfo("Asia/Phnom_Penh")).date()
