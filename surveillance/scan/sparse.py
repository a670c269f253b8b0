"""Places that hold nothing, left out of zones: exactly the same maxima and clusters, in less time.

Where cases (permutation), persons tested (Bernoulli) or people (Poisson) are at a few places alone, a zone
gains nothing by a place that holds none: neither cases, in the data or in any replicate, nor expected ones.
So zones are looked at without these, and zones of several centres that are then the same but once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surveillance.scan.problem.zones import Zones
from surveillance.scan.search import Candidate


@dataclass(frozen=True)
class LeanZones:
    """Different lists of places that hold anything. `centres[i]`: those of the full zones with list i.

    `kept`: where in the full zones the places of the lists stand, by centre; None: everywhere.
    """

    zones: Zones
    full: Zones
    centres: list[list[int]]
    kept: NDArray[np.bool_] | None

    def in_full(self, candidates: Iterable[Candidate]) -> list[Candidate]:
        """Candidates of the full zones: of every centre with the list, and counted with the empty places."""
        if self.kept is None:
            return list(candidates)
        found = []
        for item in candidates:
            for centre in self.centres[item.centre]:
                first, last = self.full.first[centre : centre + 2]
                places = int(np.flatnonzero(self.kept[first:last])[item.places - 1]) + 1
                found.append(item._replace(centre=centre, places=places))
        return found


def lean(zones: Zones, weights: NDArray[np.float64]) -> LeanZones:
    """Leave places without weight out of zones.

    Parameters
    ----------
    zones : Zones
    weights : ndarray of float, shape (places,)

    Returns
    -------
    LeanZones

    Examples
    --------
    >>> zones = Zones(np.array([0, 1, 2], np.uint16), np.array([0, 3]))
    >>> lean(zones, np.array([1.0, 0.0, 1.0])).zones.near.tolist()
    [0, 2]
    """
    if (weights > 0).all():  # copies of all lists would cost memory for nothing
        return LeanZones(zones, zones, [[centre] for centre in range(zones.centres)], None)
    kept = weights[zones.near] > 0
    lists: dict[bytes, int] = {}
    centres: list[list[int]] = []
    parts: list[NDArray] = []
    for centre in range(zones.centres):
        first, last = zones.first[centre : centre + 2]
        part = zones.near[first:last][kept[first:last]]
        number = lists.setdefault(part.tobytes(), len(parts))
        if number == len(parts):
            parts.append(part)
            centres.append([])
        centres[number].append(centre)
    edges = np.zeros(len(parts) + 1, np.int64)
    edges[1:] = np.cumsum([part.size for part in parts])
    near = np.concatenate(parts) if parts else zones.near[:0]
    return LeanZones(Zones(np.ascontiguousarray(near), edges), zones, centres, kept)
