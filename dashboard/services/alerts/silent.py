"""Facilities that fell silent: which share of a place's usual cases the others stand for, week by week."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

from dashboard.services.alerts.places import Daily, Unit

_WEEK = timedelta(days=7)
Silence = tuple[str, date, date]


def reported_shares(
    by_facility: Mapping[str, Daily],
    units_of: Mapping[str, Iterable[Unit]],
    silences: Sequence[Silence],
    span: tuple[date, date],
) -> dict[Unit, dict[date, float]]:
    """The share of the usual cases of a place that facilities which reported stand for, by Monday.

    A facility's usual number is its mean over the days on which it was not silent. Weeks in which every
    facility of a place reported have no entry. `units_of`: the places of a facility.
    """
    days = (span[1] - span[0]).days + 1
    silent_days: dict[str, int] = defaultdict(int)
    for name, first, last in silences:
        silent_days[name] += max((min(last, span[1]) - max(first, span[0])).days + 1, 0)
    usual = {
        name: sum(daily.values()) / max(days - silent_days[name], 1) for name, daily in by_facility.items()
    }
    whole: dict[Unit, float] = defaultdict(float)
    for name, rate in usual.items():
        for unit in units_of.get(name, ()):
            whole[unit] += rate
    found: dict[Unit, dict[date, float]] = defaultdict(dict)
    for name, first, last in silences:
        if not usual.get(name):
            continue
        monday = first - timedelta(days=first.weekday())
        while monday <= last:
            missed = (min(last, monday + _WEEK - timedelta(days=1)) - max(first, monday)).days + 1
            for unit in units_of.get(name, ()):
                lost = usual[name] * missed / 7 / whole[unit]
                left = found[unit].get(monday, 1.0) - lost
                found[unit][monday] = left if left > _LEAST else 0.0
            monday += _WEEK
    return dict(found)


#: A smaller share than this is nothing: rounding, or one post of many.
_LEAST = 1e-9
