"""A slow, obvious scan: loops and logarithms, one window at a time. Tests hold the fast one to it.

It shares no code with the kernels, and skips nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

Table = Sequence[Sequence[float]]
#: Ratio, places of the zone, first unit, unit after the last.
Window = tuple[float, tuple[int, ...], int, int]


def log_likelihood_ratio(c: float, m: float, cases: float, size: float, bernoulli: bool) -> float:
    """Compute the log likelihood ratio of one window by the formulas of the paper.

    Parameters
    ----------
    c : float
        Cases in the window.
    m : float
        Size of the window: expected cases (Poisson) or persons tested (Bernoulli).
    cases, size : float
        The same of all places and units.
    bernoulli : bool
        Whether the model is Bernoulli's; else Poisson's.

    Returns
    -------
    float

    References
    ----------
    Kulldorff M (1997). Communications in Statistics: Theory and Methods 26:1481-1496.
    doi:10.1080/03610929708831995

    Examples
    --------
    >>> round(log_likelihood_ratio(10, 5, 20, 20, bernoulli=False), 4)
    2.8768
    """

    def term(part: float, of: float) -> float:
        return part * math.log(part / of) if part > 0 else 0.0

    if bernoulli:
        out, rest = size - m, cases - c
        inside = term(c, m) + term(m - c, m)
        outside = term(rest, out) + term(out - rest, out)
        return inside + outside - term(cases, size) - term(size - cases, size)
    expected = m * cases / size
    return term(c, expected) + term(cases - c, cases - expected)


@dataclass(frozen=True)
class Oracle:
    """A problem in plain lists.

    Cases and sizes of each place and unit, the zones of each centre, in order, and how many locations are at
    each place. `within`: whether a window is compared with the other places in its own units alone, which are
    expected to have as many cases as they have. `ends`: the unit after the last of a window -> the longest
    window that may end there. Prospective: one end, or with earlier analyses the end of each; else every end.
    """

    cases: Table
    sizes: Table
    zones: Sequence[Sequence[Sequence[int]]]
    at_place: Sequence[int]
    time: str
    shortest: int
    ends: Mapping[int, int]
    bernoulli: bool
    high: bool
    low: bool
    least: int
    risk: float = 0.0
    against_rest: bool = True
    within: bool = False

    def windows(self, start: int, stop: int) -> Iterator[tuple[int, int]]:
        """Every run of units from `start` to `stop - 1` that the settings allow."""
        for after, longest in self.ends.items():
            for first in range(start, after - self.shortest + 1):
                if after <= stop and after - first <= longest:
                    yield first, after

    def ratio(self, zone: Sequence[int], first: int, after: int, total: float, size: float) -> float:
        """Ratio of one window; 0 where its rate is not of the kind looked for."""
        c = sum(self.cases[place][unit] for place in zone for unit in range(first, after))
        m = sum(self.sizes[place][unit] for place in zone for unit in range(first, after))
        if self.within:
            total = size = sum(row[unit] for row in self.cases for unit in range(first, after))
        if m <= 0 or m >= size * (1 - 1e-12):
            return 0.0
        more, less = c / m > total / size, c / m < total / size
        if not ((more and self.high and c >= self.least) or (less and self.low)):
            return 0.0
        if more and self.risk:
            expected = m * total / size
            outside = (total - c) / (total - expected) if self.against_rest else 1.0
            if outside > 0 and c / expected / outside < self.risk * (1 - 1e-12):
                return 0.0
        return log_likelihood_ratio(c, m, total, size, self.bernoulli)

    def tie(self) -> float:
        """Ratios no farther apart than this are equal: so far rounding may part them."""
        return 64 * 2.0**-52 * max(1.0, sum(map(sum, self.sizes if self.bernoulli else self.cases)))

    def best(self, centre: int, start: int, stop: int) -> Window | None:
        """Return a centre's best window within some units; with equal ones fewer places, earlier, shorter."""
        total = sum(map(sum, self.cases))
        size = sum(map(sum, self.sizes))
        found = [
            (ratio, tuple(zone), first, after)
            for zone in self.zones[centre]
            for first, after in self.windows(start, stop)
            if (ratio := self.ratio(zone, first, after, total, size)) > 1e-9
        ]
        if not found:
            return None
        highest = max(found)[0]
        equal = [window for window in found if window[0] >= highest - self.tie()]
        return min(equal, key=lambda window: (len(window[1]), *window[2:]))

    def maximum(self) -> float:
        """Return the largest ratio of all windows; 0 without windows."""
        units = len(self.cases[0])
        best = [self.best(centre, 0, units) for centre in range(len(self.zones))]
        return max((window[0] for window in best if window), default=0.0)

    def candidates(self, centre: int, start: int, stop: int) -> list[Window]:
        """List a centre's best window; with any time allowed also its best before and after it, and on."""
        window = self.best(centre, start, stop)
        if window is None or self.time != "retrospective":
            return [window] if window else []
        before = self.candidates(centre, start, window[2])
        return [window, *before, *self.candidates(centre, window[3], stop)]

    def clusters(self) -> list[Window]:
        """Every cluster, most likely first: no two share both a place and a unit of time."""
        units = len(self.cases[0])
        pool = [
            (window, (sum(self.at_place[place] for place in window[1]), centre, *window[2:]))
            for centre in range(len(self.zones))
            for window in self.candidates(centre, 0, units)
        ]
        kept: list[Window] = []
        while pool:
            highest = max(window[0] for window, _ in pool)
            equal = [item for item in pool if item[0][0] >= highest - self.tie()]
            pool = [item for item in pool if item[0][0] < highest - self.tie()]
            for window, _ in sorted(equal, key=lambda item: item[1]):
                if not any(
                    set(window[1]) & set(other[1]) and window[2] < other[3] and other[2] < window[3]
                    for other in kept
                ):
                    kept.append(window)
        return kept
