"""The days of a cascade or a funnel that were not asked for: a year up to the last day of the data."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import TypeVar

from dashboard.cascade_filters import CascadeQuery
from dashboard.funnel_filters import FunnelQuery
from surveillance.windows import add_months

_Q = TypeVar("_Q", CascadeQuery, FunnelQuery)


def with_days(asked: _Q, last: date | None) -> tuple[_Q, _Q]:
    """Return what was asked, and the same with its days.

    The form shows the days that count. Sent back unchanged they are not asked for, so that an address that is
    kept goes on with the data.
    """
    if last is None:
        return asked, asked
    if (asked.start, asked.end) == (add_months(last, -12), last):
        asked = replace(asked, start=None, end=None)
    if asked.start is not None:
        return asked, asked
    end = asked.end or last
    return asked, replace(asked, start=add_months(end, -12), end=end)
