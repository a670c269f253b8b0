"""Units of time that hold nothing, left out of a permutation: exactly the same answer, in less time.

Replicates of the permutation shuffle the times of the cases among them: a unit without a case has none in any
replicate, and expects none. So a few dozen cases over years of days are looked at as so many units, not as
thousands. Which windows there are is said by the longest one that may end in each unit that is left.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from surveillance.scan.problem.arrays import Problem
from surveillance.scan.problem.sizes import Sizes
from surveillance.scan.problem.zones import Zones
from surveillance.scan.search import Candidate, Search


@dataclass(frozen=True)
class BriefTime:
    """A problem without its empty units. `kept`: the units that are left; None: all are, nothing is changed.

    `longest`: the longest window in units of the full problem. `longest_at`: the longest that may end in each
    unit that is left, in such units.
    """

    problem: Problem
    shortest: int
    longest: int
    kept: NDArray[np.int64] | None = None
    longest_at: NDArray[np.int64] | None = None

    def search(self, zones: Zones, earlier: int = 0) -> Search:
        """Make the search of some zones."""
        if self.longest_at is None:
            return Search(self.problem, zones, self.shortest, self.longest, earlier)
        return Search(self.problem, zones, 1, int(self.longest_at.max()), longest_at=self.longest_at)

    def in_full(self, candidates: Iterable[Candidate]) -> list[Candidate]:
        """Candidates in units of the full problem.

        Of windows that differ by empty units alone the earliest is reported, and of these the shortest.
        """
        if self.kept is None:
            return list(candidates)
        free = np.concatenate([[0], self.kept[:-1] + 1])  # the first unit after the one kept before
        found = []
        for item in candidates:
            stop = int(self.kept[item.stop - 1]) + 1
            found.append(item._replace(start=max(int(free[item.start]), stop - self.longest), stop=stop))
        return found


def brief(problem: Problem, shortest: int, longest: int) -> BriefTime:
    """Leave the units without a case out of a retrospective permutation.

    Parameters
    ----------
    problem : Problem
    shortest, longest : int
        Lengths of windows, in units of time.

    Returns
    -------
    BriefTime

    Examples
    --------
    >>> import pandas as pd
    >>> from surveillance.scan.problem.arrays import make_problem
    >>> from surveillance.scan.settings import Settings
    >>> places = pd.DataFrame({"location": ["a", "b"], "x": [0, 1], "y": 0})
    >>> days = pd.DataFrame({"location": ["a", "b", "b"], "date": ["2025-01-01", "2025-01-04", "2025-01-07"]})
    >>> problem = make_problem(days, places, Settings("space-time-permutation", "retrospective"))
    >>> brief(problem, 1, 3).kept.tolist()
    [0, 3, 6]

    A window of three days holds one day with a case, one of four days two:

    >>> brief(problem, 1, 3).longest_at.tolist(), brief(problem, 1, 4).longest_at.tolist()
    ([1, 1, 1], [1, 2, 2])
    """
    settings = problem.settings
    full = BriefTime(problem, shortest, longest)
    if settings.model != "space-time-permutation" or settings.time != "retrospective" or shortest > 1:
        return full
    kept = np.flatnonzero(problem.cases.any(axis=0))
    if kept.size == problem.cases.shape[1]:
        return full
    sizes = problem.sizes
    cells = None if sizes.cells is None else np.ascontiguousarray(sizes.cells[:, kept])
    strata = problem.strata.copy()
    strata[:, 2] = np.searchsorted(kept, strata[:, 2])
    short = replace(
        problem,
        cases=np.ascontiguousarray(problem.cases[:, kept]),
        sizes=Sizes(sizes.weights, sizes.share[kept], cells),
        strata=strata,
        silent=None if problem.silent is None else np.ascontiguousarray(problem.silent[:, kept]),
    )
    longest_at = np.arange(kept.size) + 1 - np.searchsorted(kept, kept - longest, side="right")
    return BriefTime(short, shortest, longest, kept, longest_at)
