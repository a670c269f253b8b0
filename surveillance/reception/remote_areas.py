"""Remote areas: a dated attribute of a facility or a commune, and when a facility was in one. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from surveillance.epiweek import time_cell_number
from surveillance.errors import UsageError
from surveillance.sameness import same
from surveillance.texts import N_
from surveillance.vocabulary import Value
from surveillance.windows import Window

FACILITY, COMMUNE = "facility", "commune"
#: Every day that a list may name.
_EVER = Window(date(1900, 1, 1), date(2199, 12, 31))
KINDS = (Value(FACILITY, N_("Facility")), Value(COMMUNE, N_("Commune")))


@dataclass(frozen=True)
class Remote:
    """A place that is remote from a day on, until a day (None: still).

    Parameters
    ----------
    kind : str
        `facility` or `commune`.
    place : str
        Number of the facility, or the commune as the list of facilities writes it.
    first : date
    last : date or None
    source : str
        Who says so; never blank.
    """

    kind: str
    place: str
    first: date
    last: date | None
    source: str

    def __post_init__(self) -> None:
        """Refuse a place without a name, days in the wrong order, or no source."""
        if self.kind not in (FACILITY, COMMUNE):
            raise UsageError("choose a facility or a commune", "kind")
        if not self.place.strip():
            raise UsageError("name the facility or the commune", "place")
        if self.last is not None and self.last < self.first:
            raise UsageError("the first day lies after the last", "first")
        if not self.source.strip():
            raise UsageError("say who says that it is remote", "source")

    def holds(self, facility: str, commune: str | None) -> bool:
        """Say whether a facility is in this place: by its number, or by its commune."""
        held = facility if self.kind == FACILITY else commune or ""
        return bool(held) and same(held) == same(self.place)


def remote_days(
    areas: Iterable[Remote], facility: str, commune: str | None, window: Window
) -> tuple[Window, ...]:
    """Return the parts of a window in which a facility lay in a remote area.

    Parameters
    ----------
    areas : iterable of Remote
    facility : str
    commune : str or None
        Commune of the facility, as the list of facilities writes it.
    window : Window

    Returns
    -------
    tuple of Window
        In order, without overlaps; none where it never was.

    Examples
    --------
    >>> day = lambda number: date(2025, 6, number)
    >>> areas = [Remote("facility", "HC 1", day(1), day(4), "survey"),
    ...          Remote("commune", "Ou Chrov", day(4), day(9), "survey"),
    ...          Remote("facility", "HC 1", day(20), None, "survey")]
    >>> found = remote_days(areas, "hc 1", "Ou chrov", Window(day(3), day(22)))
    >>> [(part.first.day, part.last.day) for part in found]
    [(3, 9), (20, 22)]
    """
    parts = sorted(
        Window(max(one.first, window.first), min(one.last or window.last, window.last))
        for one in areas
        if one.holds(facility, commune)
    )
    found: list[Window] = []
    for part in parts:
        if part.first > part.last:
            continue
        if found and part.first <= found[-1].last + timedelta(days=1):
            found[-1] = Window(found[-1].first, max(found[-1].last, part.last))
        else:
            found.append(part)
    return tuple(found)


def remote_cells(
    areas: Iterable[Remote], facilities: Mapping[str, str | None]
) -> dict[tuple[tuple[int, int], ...], list[str]]:
    """Return the cells of time in which facilities lay in remote areas, whole cells.

    Parameters
    ----------
    areas : iterable of Remote
    facilities : mapping of str to (str or None)
        Number of each facility -> its commune.

    Returns
    -------
    dict of tuple to list of str
        First and last cell of each stay (:func:`surveillance.epiweek.time_cell_number`) -> the facilities
        that have just these stays, sorted. A facility that never was in a remote area is left out.

    Examples
    --------
    >>> day = lambda number: date(2025, 6, number)
    >>> areas = [Remote("commune", "Ou Chrov", day(4), day(9), "survey")]
    >>> found = remote_cells(areas, {"HC 2": "Ou Chrov", "HC 1": "ou chrov", "HC 3": None})
    >>> [(len(stays), names) for stays, names in found.items()]
    [(1, ['HC 1', 'HC 2'])]
    """
    held = list(areas)
    found: dict[tuple[tuple[int, int], ...], list[str]] = {}
    for name in sorted(facilities):
        parts = remote_days(held, name, facilities[name], _EVER)
        stays = tuple((time_cell_number(part.first), time_cell_number(part.last)) for part in parts)
        if stays:
            found.setdefault(stays, []).append(name)
    return found
