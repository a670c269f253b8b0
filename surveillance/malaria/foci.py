"""The villages that malaria came from: active, residual or cleared, by their last local case."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Literal

from surveillance.texts import N_

Status = Literal["active", "residual", "cleared"]
STATUSES: dict[Status, str] = {"active": N_("Active"), "residual": N_("Residual"), "cleared": N_("Cleared")}
#: Months after the last local case until which a focus is active, and residual: see `status_of`.
ACTIVE_MONTHS, RESIDUAL_MONTHS = 12, 36
#: Origins of an infection that was acquired where it was found.
LOCAL = frozenset({"indigenous", "introduced"})


@dataclass(frozen=True)
class VillageCases:
    """Confirmed cases of one village and one origin: how many, and the last day of diagnosis."""

    village: str
    origin: str
    cases: int
    last: date


@dataclass(frozen=True)
class Focus:
    """A village with a local case. `unclassified`: cases of unknown origin, which may be local, too."""

    village: str
    status: Status
    last_local: date
    local: int
    brought: int
    unclassified: int
    last_unclassified: date | None


def months_since(day: date, today: date) -> int:
    """Return the fewest months that reach from a day to another: 12 up to its anniversary, 13 after it.

    Parameters
    ----------
    day, today : date
        `today` is not before `day`.

    Returns
    -------
    int

    Raises
    ------
    ValueError
        `today` lies before `day`.

    Examples
    --------
    >>> [months_since(date(2025, 6, 15), date(2026, 6, day)) for day in (15, 16)]
    [12, 13]
    """
    if today < day:
        raise ValueError("the day lies in the future")
    whole = 12 * (today.year - day.year) + today.month - day.month
    return whole + (today.day > day.day)


def status_of(last_local: date, today: date) -> Status:
    """Return what a village is, by its last local case.

    Parameters
    ----------
    last_local, today : date

    Returns
    -------
    {"active", "residual", "cleared"}
        Active for 12 months, residual in the months from the 13th to the 36th, cleared afterwards.

    Raises
    ------
    ValueError
        The case lies in the future.

    References
    ----------
    World Health Organization (2017). A framework for malaria elimination. ISBN 978-92-4-151198-8.

    Examples
    --------
    >>> [status_of(date(year, 6, 15), date(2026, 6, 30)) for year in (2026, 2024, 2022)]
    ['active', 'residual', 'cleared']
    """
    months = months_since(last_local, today)
    if months <= ACTIVE_MONTHS:
        return "active"
    return "residual" if months <= RESIDUAL_MONTHS else "cleared"


def register(counted: Iterable[VillageCases], today: date) -> list[Focus]:
    """Return the register of foci: each village that ever had a local case.

    A village without a case that is known to be local is no focus; :func:`unclassified` tells those whose
    cases have an unknown origin, since each of these may be a local one.

    Parameters
    ----------
    counted : iterable of VillageCases
    today : date

    Returns
    -------
    list of Focus
        Active ones first, then by the last local case, newest first.

    Raises
    ------
    ValueError
        A local case lies in the future.

    Examples
    --------
    >>> found = register([VillageCases("01020304", "indigenous", 2, date(2026, 5, 1))], date(2026, 6, 30))
    >>> [(focus.village, focus.status, focus.local) for focus in found]
    [('01020304', 'active', 2)]
    """
    villages: dict[str, list[VillageCases]] = {}
    for one in counted:
        villages.setdefault(one.village, []).append(one)
    found = []
    for village, rows in villages.items():
        local = [row for row in rows if row.origin in LOCAL]
        if not local:
            continue
        last = max(row.last for row in local)
        open_ = [row for row in rows if row.origin == "unknown"]
        found.append(
            Focus(
                village,
                status_of(last, today),
                last,
                sum(row.cases for row in local),
                sum(row.cases for row in rows if row.origin not in LOCAL and row.origin != "unknown"),
                sum(row.cases for row in open_),
                max((row.last for row in open_), default=None),
            )
        )
    order = list(STATUSES)
    return sorted(
        found, key=lambda focus: (order.index(focus.status), -focus.last_local.toordinal(), focus.village)
    )


def unclassified(counted: Iterable[VillageCases]) -> list[VillageCases]:
    """Return villages without a local case that have cases of unknown origin.

    Parameters
    ----------
    counted : iterable of VillageCases

    Returns
    -------
    list of VillageCases
        The newest first.

    Examples
    --------
    >>> unclassified([VillageCases("01020304", "unknown", 1, date(2026, 5, 1))])[0].cases
    1
    """
    rows = list(counted)
    local = {row.village for row in rows if row.origin in LOCAL}
    open_ = [row for row in rows if row.origin == "unknown" and row.village not in local]
    return sorted(open_, key=lambda row: (-row.last.toordinal(), row.village))
