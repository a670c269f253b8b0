"""Roads or flows of the records, as a scan along them takes them, and the routes that its map draws."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from typing import Any

import pandas as pd

from dashboard.cluster_filters import ClusterQuery
from dashboard.services.clusters.locations import places
from dashboard.services.denominators.areas import OD
from dashboard.services.routes.held import file_of
from db.core.engine import Connection
from db.core.scope import Scope
from db.routes.store import Node, ways_on
from db.tables.routes import FLOWS, ROADS
from surveillance.errors import StatisticsError
from surveillance.scan.problem.network import routes
from surveillance.texts import N_

#: Kind of place -> the level of its ends in the table.
_LEVELS = {"facility": "facility", "district": "operational_district", "crossing": "crossing"}
_PROVINCE = "province"
#: Level -> kind of place by which its positions are looked up.
_PLACED = {"facility": "facility", "operational_district": "district", "crossing": "crossing",
           _PROVINCE: "home"}  # fmt: skip
NO_WAY = {
    ROADS: N_(
        "the table of roads that holds on {day} joins no two of the places that are scanned: import roads "
        "between these (routes import), or choose circles"
    ),
    FLOWS: N_(
        "the table of flows that holds on {day} joins no two of the places that are scanned: import flows "
        "between these (routes import), or choose circles"
    ),
}
Point = tuple[float, float]


@dataclass(frozen=True)
class Along:
    """A table that a scan grows its zones along.

    `table`: `from`, `to`, and `distance` or `people`. `through`: places in it that are not scanned, `points`:
    where they are. `off`: places that are scanned and not in it. `file`: the newest file of roads and flows
    then.
    """

    kind: str
    table: pd.DataFrame
    through: Sequence[str]
    points: Mapping[str, Point]
    off: int
    file: int
    known: Mapping[str, int] = field(default_factory=dict)

    def arguments(self) -> dict[str, Any]:
        """What the engine is given."""
        return {"network" if self.kind == ROADS else "flows": self.table, "through": list(self.through)}

    def parameters(self) -> dict[str, Any]:
        """What a run says of it."""
        return {"along": self.kind, "routes_file": self.file, "places_off_the_way": self.off}

    def drawn(
        self, clusters: Sequence[Mapping[str, Any]], members: Sequence[Mapping[str, Any]]
    ) -> dict[str, Any]:
        """The way from each cluster's centre to its members, by rank: ends of lines, and where they are.

        Places on the way whose position is not known are passed over.
        """
        ways: dict[str, list[list[str]]] = {}
        for cluster in clusters:
            inside = [one["location"] for one in members if one["rank"] == cluster["rank"]]
            lines: set[tuple[str, str]] = set()
            if cluster["centre"] is not None:
                for way in routes(self.table, self.known, cluster["centre"], inside, self.through):
                    shown = [name for name in way if name in self.known or name in self.points]
                    lines |= {(a, b) for a, b in pairwise(shown)}
            ways[str(cluster["rank"])] = [list(pair) for pair in sorted(lines)]
        used = {name for lines in ways.values() for pair in lines for name in pair} - self.known.keys()
        return {"ways": ways, "way_points": {name: list(self.points[name]) for name in sorted(used)}}


def along_of(
    connection: Connection, query: ClusterQuery, day: date, version: str, scanned: Collection[str]
) -> Along | None:
    """The table that a question asks for, as it holds on the last day of its period; None for circles.

    Parameters
    ----------
    version : str
        What a run rests on beside the records, :func:`dashboard.services.routes.held.with_file`.
    scanned : collection of str
        The locations.

    Raises
    ------
    StatisticsError
        It joins no two of the locations.
    """
    if query.along is None:
        return None
    level = _LEVELS.get(query.dimension, _PROVINCE)

    def name(node: Node) -> str:
        return node[1].removeprefix(OD) if node[0] == level else f"{node[0]}:{node[1]}"

    file = file_of(version)
    ways = ways_on(connection, query.along, day, file)
    known = {code: number for number, code in enumerate(scanned)}
    nodes = {name(node): node for way in ways for node in (way.start, way.end)}
    if len(nodes.keys() & known.keys()) < 2:
        raise StatisticsError(NO_WAY[query.along], day=day)
    column = "distance" if query.along == ROADS else "people"
    rows = [(name(way.start), name(way.end), way.amount) for way in ways]
    between = {code: node for code, node in nodes.items() if code not in known}
    return Along(
        query.along,
        pd.DataFrame(rows, columns=["from", "to", column]),
        sorted(between),
        _points(connection, between),
        len(known.keys() - nodes.keys()),
        file,
        known,
    )


def _points(connection: Connection, nodes: Mapping[str, Node]) -> dict[str, Point]:
    """Where places are, of those whose position is known; roads are the whole country's."""
    found: dict[str, Point] = {}
    for level, dimension in _PLACED.items():
        some = {name: code for name, (of, code) in nodes.items() if of == level}
        known = places(connection, Scope.everything(), dimension) if some else {}
        for name, code in some.items():
            place = known.get(code.removeprefix(OD))
            if place is not None and place.position is not None:
                found[name] = place.position
    return found
