"""Where people who arrive come from and go to: home, crossing, destination, as sums. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from typing import NamedTuple

from surveillance.reception.steps import Records, people
from surveillance.vocabulary import UNKNOWN

#: The number of a row of these sums.
FLOWS = ("people",)
#: Length of stay -> how pages call those who stayed so long.
SHORT, LONG = frozenset({"mobile"}), frozenset({"migrant", "resident"})


class Flow(NamedTuple):
    """What arrivals are counted by. Returning by choice and deported are one movement."""

    day: date
    crossing: str
    home: str
    destination: str
    movement: str
    residence: str


class Route(NamedTuple):
    """Home, crossing and destination, whatever the day and the kind of movement."""

    home: str
    crossing: str
    destination: str


def flows(records: Records, days: Mapping[str, tuple[date, str]]) -> Counter[tuple[Flow, str]]:
    """Count the people of one van by where they come from and go to.

    Parameters
    ----------
    records : mapping
        Current fields of every record of the van; records of one person who came without a van.
    days : mapping of str to (date, str)
        Day and crossing of each person's arrival, by subject.

    Returns
    -------
    Counter
        Flow and `people` -> how many; one who was entered for k people counts k. These are movements:
        a person who crosses twice is counted twice.

    Examples
    --------
    >>> arrival = {"province_home": "KH02", "destination": "KH12", "movement": "deported"}
    >>> found = flows({("arrival", "p", ""): arrival}, {"p": (date(2025, 6, 1), "TH01")})
    >>> [(flow.home, flow.destination, flow.movement, people) for (flow, _), people in found.items()]
    [('KH02', 'KH12', 'returning,deported', 1)]
    """
    found: Counter[tuple[Flow, str]] = Counter()
    for person in people(records, days):
        said = records["arrival", person.subject, ""]
        cell = person.cell
        flow = Flow(
            cell.day,
            cell.crossing,
            cell.province_home,
            said.get("destination") or UNKNOWN,
            cell.movement,
            said.get("residence") or UNKNOWN,
        )
        found[flow, "people"] += person.weight
    return found


def routes(counted: Mapping[Flow, int], chosen: Iterable[str] | None = None) -> dict[Route, int]:
    """Sum flows over days and kinds of movement.

    Parameters
    ----------
    counted : mapping of Flow to int
    chosen : iterable of str, optional
        Kinds of :func:`kind_of` that are kept; by default all.

    Returns
    -------
    dict of Route to int
        The largest first.

    Examples
    --------
    >>> flow = Flow(date(2025, 6, 1), "TH01", "KH02", "KH12", "commuter", "mobile")
    >>> routes({flow: 3}, ["commuter"]), routes({flow: 3}, ["returning"])
    ({Route(home='KH02', crossing='TH01', destination='KH12'): 3}, {})
    """
    kept = None if chosen is None else frozenset(chosen)
    found: Counter[Route] = Counter()
    for flow, number in counted.items():
        if kept is None or kind_of(flow) in kept:
            found[Route(flow.home, flow.crossing, flow.destination)] += number
    return dict(sorted(found.items(), key=lambda item: (-item[1], item[0])))


#: Kinds of movement that are told apart, in order.
KINDS = ("returning", "commuter", "short", "long", "other")


def kind_of(flow: Flow) -> str:
    """Return the kind of a movement: returnees and daily commuters first, others by their length of stay.

    Parameters
    ----------
    flow : Flow

    Returns
    -------
    str
        One of `KINDS`. Short: less than 6 months; long: 6 months or more (Canavati et al. 2016,
        doi:10.1186/s12936-016-1309-y); other: the length of stay is not known.

    Examples
    --------
    >>> kind_of(Flow(date(2025, 6, 1), "TH01", "KH02", "KH02", "outbound", "mobile"))
    'short'
    """
    if flow.movement.startswith("returning"):
        return "returning"
    if flow.movement == "commuter":
        return "commuter"
    if flow.residence in SHORT:
        return "short"
    return "long" if flow.residence in LONG else "other"
