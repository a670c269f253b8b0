"""Orders of neighbours in place of as the crow flies: supplied, or along roads by the shortest way."""

from __future__ import annotations

import heapq
from collections.abc import Collection, Mapping, Sequence
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from surveillance.errors import StatisticsError
from surveillance.scan.problem.inputs import locate, need_columns, read_names, read_numbers, refuse
from surveillance.texts import N_

NetworkOrder = Literal["shortest", "satscan"]
NETWORK_ORDERS = ("shortest", "satscan")
Roads = list[list[tuple[int, float]]]


def read_neighbours(
    neighbours: Mapping[str, Sequence[str]] | pd.DataFrame, known: Mapping[str, int]
) -> list[tuple[int, NDArray[np.int64]]]:
    """Read the neighbours that a user supplies, and check them.

    Parameters
    ----------
    neighbours : mapping of str to sequence of str, or DataFrame
        As :func:`surveillance.scan.scan` takes them.
    known : mapping of str to int
        Number of each location.

    Returns
    -------
    list of (int, ndarray of int)
        Centre and order of locations; a centre comes first in its own list.

    Raises
    ------
    StatisticsError
        A location is unknown or stands twice in one list, or there is no list.

    Examples
    --------
    >>> read_neighbours({"b": ["a"]}, {"a": 0, "b": 1})
    [(1, array([1, 0]))]
    """
    if isinstance(neighbours, pd.DataFrame):
        need_columns(neighbours, "neighbours", ["centre", "location"])
        centres = read_names(neighbours, "neighbours", "centre")
        members = read_names(neighbours, "neighbours")
        lists: dict[str, list[str]] = {}
        for centre, member in zip(centres, members, strict=True):
            lists.setdefault(centre, []).append(member)
    else:
        lists = {str(centre): [str(name) for name in order] for centre, order in neighbours.items()}
    if not lists:
        raise StatisticsError("neighbours is empty: give an order of locations for each centre")
    found = []
    for centre, order in lists.items():
        names = np.array([centre, *(name for name in order if name != centre)], dtype=object)
        numbers = locate(names, known, f"neighbours of {centre}")
        if np.unique(numbers).size < numbers.size:
            raise StatisticsError(f"neighbours of {centre}: a location is listed twice; keep the first")
        found.append((int(numbers[0]), numbers))
    return found


def network_orders(
    network: pd.DataFrame,
    known: Mapping[str, int],
    order: NetworkOrder = "shortest",
    farthest: float | None = None,
    through: Collection[str] = (),
) -> list[tuple[int, NDArray[np.int64]]]:
    """Order the locations around each centre by how far they are along roads.

    Parameters
    ----------
    network : DataFrame, shape (n, 3)
        `from`, `to` and `distance`: a road once, or once for each direction. Where the directions have
        different distances, their mean is taken.
    known : mapping of str to int
        Number of each location.
    order : {"shortest", "satscan"}
        By the shortest way; or as SaTScan does, where a place keeps the length of the way by which it was
        first met, even if another is shorter.
    farthest : float, optional
        The largest distance, in the unit of the table.
    through : collection of str
        Places that roads lead through and that are no locations: they are in no order.

    Returns
    -------
    list of (int, ndarray of int)
        Centre and order of locations, the centre first. Locations that no road reaches are in no other order.
        Of equal distances the location whose code comes first is first.

    Raises
    ------
    StatisticsError
        A location is unknown, a distance is no number, or a road is there twice or leads nowhere else.

    References
    ----------
    Dijkstra EW (1959). A note on two problems in connexion with graphs. Numerische Mathematik 1:269-271.
    doi:10.1007/BF01386390

    Examples
    --------
    >>> roads = pd.DataFrame({"from": ["a", "a", "b"], "to": ["b", "c", "c"], "distance": [1.0, 5.0, 2.0]})
    >>> network_orders(roads, {"a": 0, "b": 1, "c": 2})[0][1].tolist()
    [0, 1, 2]
    """
    every = _with(known, through)
    roads = _roads(network, every)
    rank = _rank(every)
    found = []
    for centre in range(len(known)):
        reached = _reached(roads, centre, rank, first_met=order == "satscan")
        kept = [
            place
            for length, place in reached
            if place < len(known) and (farthest is None or length <= farthest * (1 + 1e-12))
        ]
        found.append((centre, np.array(kept, dtype=np.int64)))
    return found


def flow_orders(
    flows: pd.DataFrame, known: Mapping[str, int], through: Collection[str] = ()
) -> list[tuple[int, NDArray[np.int64]]]:
    """Order the locations around each centre by how many people go there from it.

    Parameters
    ----------
    flows : DataFrame, shape (n, 3)
        `from`, `to` and `people`: how many went. Each way once; nobody is not on the table, or 0.
    known : mapping of str to int
        Number of each location.
    through : collection of str
        Places that people passed and that are no locations: they are in no order.

    Returns
    -------
    list of (int, ndarray of int)
        Centre and order of locations, the centre first: by effective distance. A step of
        that distance is 1 - log of
        the share of the people who leave a place and go to the next; of ways with several steps the shortest
        counts. Locations that nobody reaches are left out; of equal distances the code that comes first is
        first.

    Raises
    ------
    StatisticsError
        A location is unknown, a number is no number, or a way is there twice or leads nowhere else.

    References
    ----------
    Brockmann D, Helbing D (2013). The hidden geometry of complex, network-driven contagion phenomena. Science
    342:1337-1342. doi:10.1126/science.1245200

    Examples
    --------
    >>> went = pd.DataFrame({"from": ["a", "a", "c"], "to": ["b", "c", "d"], "people": [1, 9, 5]})
    >>> flow_orders(went, {"a": 0, "b": 1, "c": 2, "d": 3})[0][1].tolist()
    [0, 2, 3, 1]
    """
    every = _with(known, through)
    ways, rank = _ways(flows, every), _rank(every)
    reached = (_reached(ways, centre, rank, first_met=False) for centre in range(len(known)))
    return [
        (centre, np.array([place for _, place in found if place < len(known)], dtype=np.int64))
        for centre, found in enumerate(reached)
    ]


def routes(
    table: pd.DataFrame,
    known: Mapping[str, int],
    centre: str,
    members: Collection[str],
    through: Collection[str] = (),
    order: NetworkOrder = "shortest",
) -> list[list[str]]:
    """Find the way from a centre to each of some locations, by roads or by flows of people.

    Parameters
    ----------
    table : DataFrame, shape (n, 3)
        As :func:`network_orders` or, with a column `people`, :func:`flow_orders` takes it.
    known : mapping of str to int
        Number of each location.
    centre : str
    members : collection of str
        Where the ways lead to; one that no way reaches has none.
    through : collection of str
        Places on the way that are no locations.
    order : {"shortest", "satscan"}
        Of roads, as :func:`network_orders` has it.

    Returns
    -------
    list of list of str
        Every place on the way, the centre first and the member last.

    Raises
    ------
    StatisticsError
        As :func:`network_orders` and :func:`flow_orders` say.

    Examples
    --------
    >>> roads = pd.DataFrame({"from": ["a", "j"], "to": ["j", "b"], "distance": [1.0, 2.0]})
    >>> routes(roads, {"a": 0, "b": 1}, "a", ["b"], through=["j"])
    [['a', 'j', 'b']]
    """
    every = _with(known, through)
    names = list(every)
    graph = _ways(table, every) if "people" in table.columns else _roads(table, every)
    before: dict[int, int] = {}
    _reached(graph, every[centre], _rank(every), first_met=order == "satscan", before=before)
    found = []
    for member in sorted(set(members) - {centre}):
        way = [every[member]]
        while way[-1] in before:
            way.append(before[way[-1]])
        if way[-1] == every[centre]:
            found.append([names[place] for place in reversed(way)])
    return found


def _with(known: Mapping[str, int], through: Collection[str]) -> dict[str, int]:
    """Give numbers to locations and, after them, to places that are none."""
    held = sorted(known, key=lambda name: known[name])
    return {name: number for number, name in enumerate([*held, *sorted(set(through) - known.keys())])}


def _ways(flows: pd.DataFrame, known: Mapping[str, int]) -> Roads:
    """Read the steps from each place, with their effective distance."""
    need_columns(flows, "flows", ["from", "to", "people"])
    ends = [locate(read_names(flows, "flows", column), known, "flows") for column in ("from", "to")]
    people = read_numbers(flows, "flows", "people")
    refuse(people < 0, "flows", "people is negative", "it is 0 or more")
    refuse(ends[0] == ends[1], "flows", "a way leads from a place to itself", "leave the row out")
    told = pd.DataFrame({"from": ends[0], "to": ends[1]})
    refuse(told.duplicated().to_numpy(), "flows", "the way is told of twice", "write the sum as one row")
    if not people.sum() > 0:
        raise StatisticsError(N_("flows is empty: give how many people went from one location to another"))
    leaving = np.bincount(ends[0], people, len(known))
    ways: Roads = [[] for _ in known]
    for start, end, many in zip(*ends, people, strict=True):
        if many > 0:
            ways[start].append((int(end), 1.0 - float(np.log(many / leaving[start]))))
    return ways


def _rank(known: Mapping[str, int]) -> NDArray[np.int64]:
    """Place of each location among their codes."""
    rank = np.empty(len(known), dtype=np.int64)
    rank[[known[name] for name in sorted(known, key=str)]] = np.arange(len(known))
    return rank


def _roads(network: pd.DataFrame, known: Mapping[str, int]) -> Roads:
    """Read the roads from each location."""
    need_columns(network, "network", ["from", "to", "distance"])
    if network.empty:
        raise StatisticsError(N_("network is empty: give the roads between locations"))
    ends = [locate(read_names(network, "network", column), known, "network") for column in ("from", "to")]
    lengths = read_numbers(network, "network", "distance")
    refuse(lengths < 0, "network", "distance is negative", "a distance is 0 or more")
    refuse(ends[0] == ends[1], "network", "a road leads from a place to itself", "leave the row out")
    told = pd.DataFrame({"from": ends[0], "to": ends[1]})
    refuse(told.duplicated().to_numpy(), "network", "the road is told of twice", "keep one of the rows")
    both: dict[tuple[int, int], list[float]] = {}
    for start, end, length in zip(*ends, lengths, strict=True):
        both.setdefault((min(start, end), max(start, end)), []).append(float(length))
    roads: Roads = [[] for _ in known]
    for (start, end), told_lengths in both.items():
        length = sum(told_lengths) / len(told_lengths)
        roads[start].append((end, length))
        roads[end].append((start, length))
    return roads


def _reached(
    roads: Roads,
    centre: int,
    rank: NDArray[np.int64],
    *,
    first_met: bool,
    before: dict[int, int] | None = None,
) -> list[tuple[float, int]]:
    """List the places that roads reach with their distance, the nearest first.

    `before`: filled with the place from which each was reached.
    """
    shortest = {centre: 0.0}
    waiting = [(0.0, -1, centre)]
    done: set[int] = set()
    found: list[tuple[float, int]] = []
    while waiting:
        length, _, place = heapq.heappop(waiting)
        if place in done or length > shortest[place]:
            continue
        done.add(place)
        found.append((length, place))
        for other, road in roads[place]:
            if other in done or (other in shortest and (first_met or shortest[other] <= length + road)):
                continue
            shortest[other] = length + road
            if before is not None:
                before[other] = place
            heapq.heappush(waiting, (length + road, int(rank[other]), other))
    return found
