"""A problem made ready for the kernels: maxima of replicates, and candidates of the data."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from surveillance.scan.bounds import Groups, group_lengths, lane_bounds, lane_cells, lane_share, window_bounds
from surveillance.scan.draws import Dealer, make_dealer
from surveillance.scan.kernels import cylinders, lanes
from surveillance.scan.kernels.likelihood import TOLERANCE, critical_tables, rounding, size_edges
from surveillance.scan.kernels.vectors import LANES, padded, zeros
from surveillance.scan.kernels.within import critical_tables_within
from surveillance.scan.problem.arrays import Problem
from surveillance.scan.problem.sizes import Sizes
from surveillance.scan.problem.zones import Blocks, Zones, cut, nearest, ordered, reported
from surveillance.scan.settings import Settings

#: Zeros before running sums: their number is a multiple of it, so that sums begin a line of memory.
_STEP = 32
_CLASSES = 2048
#: Of sizes, and of cases in the units of a window, where these two are compared.
_CLASSES_WITHIN, _TIMES_WITHIN = 384, 48
#: Levels of the ladder: close together where the maxima of replicates lie.
_LEVELS = np.concatenate(
    [[0.0, 2.0, 3.0, 4.0], np.arange(5.0, 16.0, 0.5), [16, 18, 20, 25, 30, 40, 60, 100, 200]]
)
#: Growth of the expected count within a block, in standard deviations.
_LANE_SCALE, _CYLINDER_SCALE = 0.6, 1.2
_NARROW = 60_000
#: Cells of a table of critical counts from which on there are fewer of them.
_LARGE_TABLE = 1_000_000


class Candidate(NamedTuple):
    """One window of the data: its ratio, centre, number of places, first unit and the unit after the last."""

    ratio: float
    centre: int
    places: int
    start: int
    stop: int


def ends_of(settings: Settings, units: int, longest: int, earlier: int) -> NDArray[np.int64]:
    """Return the longest window that may end in each unit.

    Parameters
    ----------
    settings : Settings
    units : int
        Units of time.
    longest : int
        The longest window of all.
    earlier : int
        Earlier analyses whose windows are looked at, too.

    Returns
    -------
    ndarray of int, shape (units,)
        0 where none ends.

    Examples
    --------
    Of five days, analysed every second day, with one earlier analysis:

    >>> settings = Settings(
    ...     "poisson", "prospective", max_duration=2, max_radius_km=1.0, max_population_share=1.0,
    ...     analysed_every=2,
    ... )
    >>> ends_of(settings, 5, 2, 1).tolist()
    [0, 0, 2, 0, 2]
    """
    if settings.time == "retrospective":
        return np.full(units, longest)
    return np.array(replace(settings, earlier_analyses=earlier).longest_at_ends(units))


def make_zones(problem: Problem, run: Callable[[Callable, Iterable], Iterable] = map) -> Zones:
    """Make the zones of every centre, as the settings cap them.

    Parameters
    ----------
    problem : Problem
    run : callable
        Like `map`.

    Returns
    -------
    Zones

    Raises
    ------
    AssertionError
        The places have neither positions nor an order.

    Examples
    --------
    >>> import pandas as pd
    >>> from surveillance.scan.problem.arrays import make_problem
    >>> from surveillance.scan.settings import Settings
    >>> places = pd.DataFrame({"location": list("abcd"), "x": range(4), "y": 0, "population": 100})
    >>> problem = make_problem(pd.DataFrame({"location": list("ab")}), places, Settings("poisson"))
    >>> make_zones(problem).of(0, 2).tolist()
    [0, 1]
    """
    settings = problem.settings
    population = problem.limits
    if settings.purely_temporal:
        return Zones(np.zeros(1, np.uint16), np.array([0, 1]))
    cap = settings.max_population_share * float(population.sum())
    if problem.orders is not None:
        return ordered([order for _, order in problem.orders], population, cap)
    farthest = np.inf
    if settings.max_radius_km is not None:
        farthest = settings.max_radius_km**2
        if problem.degrees:
            farthest = (2 * np.sin(min(settings.max_radius_km / (2 * 6367.0), np.pi / 2))) ** 2
        farthest *= 1 + 1e-12
    if problem.points is None:
        raise AssertionError("places have neither positions nor an order")
    return nearest(problem.points, population, cap, farthest, run)


def reported_zones(problem: Problem, zones: Zones) -> Zones:
    """Select the zones that the settings let be reported.

    Parameters
    ----------
    problem : Problem
    zones : Zones
        All that are scanned.

    Returns
    -------
    Zones

    Examples
    --------
    >>> import pandas as pd
    >>> from surveillance.scan.problem.arrays import make_problem
    >>> from surveillance.scan.settings import Settings
    >>> places = pd.DataFrame({"location": list("abcd"), "x": range(4), "y": 0, "population": 100})
    >>> settings = Settings("poisson", max_reported_share=0.25)
    >>> problem = make_problem(pd.DataFrame({"location": list("ab")}), places, settings)
    >>> np.diff(reported_zones(problem, make_zones(problem)).first).tolist()
    [1, 1, 1, 1]
    """
    settings = problem.settings
    if settings.max_reported_share is None:
        return zones
    return limited_zones(problem, zones, settings.max_reported_share, single=settings.report_single_places)


def limited_zones(problem: Problem, zones: Zones, share: float, *, single: bool = False) -> Zones:
    """Select the zones that hold at most a share of the population.

    Parameters
    ----------
    problem : Problem
    zones : Zones
    share : float
        The largest share.
    single : bool
        A zone of one place is selected whatever it holds.

    Returns
    -------
    Zones

    Examples
    --------
    >>> import pandas as pd
    >>> from surveillance.scan.problem.arrays import make_problem
    >>> from surveillance.scan.settings import Settings
    >>> places = pd.DataFrame({"location": list("abcd"), "x": range(4), "y": 0, "population": 100})
    >>> problem = make_problem(pd.DataFrame({"location": list("ab")}), places, Settings("poisson"))
    >>> np.diff(limited_zones(problem, make_zones(problem), 0.25).first).tolist()
    [1, 1, 1, 1]
    """
    population = problem.limits
    return reported(zones, population, share * float(population.sum()), single=single)


@dataclass(frozen=True)
class Search:
    """Everything the kernels need of one problem; replicates differ only in their counts.

    `earlier`: earlier analyses whose windows are looked at, too. `longest_at`: the longest window that may
    end in each unit of time, where the settings do not say it.
    """

    problem: Problem
    zones: Zones
    shortest: int
    longest: int
    earlier: int = 0
    longest_at: NDArray[np.int64] | None = None

    @property
    def spread(self) -> bool:
        """Whether windows may end elsewhere than on the last day."""
        problem = self.problem
        return problem.settings.time == "retrospective" or self.earlier > 0 or problem.within is not None

    @property
    def at_once(self) -> int:
        """Replicates worked through side by side."""
        return 1 if self.spread else max(1, LANES // (self.longest - self.shortest + 1))

    @cached_property
    def dtype(self) -> type:
        """Of counts: the narrowest that holds all cases."""
        return np.uint16 if self.problem.total < _NARROW else np.int32

    @cached_property
    def dealer(self) -> Dealer:
        """How replicates are made."""
        return make_dealer(self.problem, self._late)

    @cached_property
    def _late(self) -> int:
        """The first unit of time that a window may reach; those before it are one unit to the kernels."""
        units = self.problem.cases.shape[1]
        problem = self.problem
        if units == 1 or problem.settings.time == "retrospective" or problem.within is not None:
            return 0
        return max(0, units - self.longest - self.earlier * problem.settings.analysed_every)

    @cached_property
    def _sizes(self) -> Sizes:
        """Sizes by the units that cylinders are made of."""
        sizes, late = self.problem.sizes, self._late
        return sizes.folded(late) if self.spread and late else sizes

    @cached_property
    def _ends(self) -> NDArray[np.int64]:
        """Longest cylinder that ends in each unit; 0: none does."""
        if self.longest_at is not None:
            return self.longest_at
        units = self.problem.cases.shape[1]
        longest = ends_of(self.problem.settings, units, self.longest, self.earlier)
        return longest if not self._late else np.concatenate([[0], longest[self._late :]])

    @cached_property
    def blocks(self) -> Blocks:
        """Zones cut by their expected cases in the longest window."""
        problem = self.problem
        share = 1.0 if problem.settings.time == "none" else min(1.0, self.longest / problem.cases.shape[1])
        scale = _CYLINDER_SCALE if self.spread else _LANE_SCALE
        return cut(self.zones, problem.sizes.weights, problem.total / problem.size * share, scale)

    @property
    def _tie(self) -> float:
        return rounding(self.problem.kind, self.problem.total, self.problem.size)

    @property
    def _risk(self) -> tuple[float, bool]:
        """The least relative risk, 0 for any; and whether it is against that outside the window."""
        settings = self.problem.settings
        return float(settings.min_relative_risk or 0.0), settings.model != "space-time-permutation"

    @cached_property
    def _lists(self) -> tuple[NDArray, ...]:
        return (self.zones.near, self.zones.first)

    @cached_property
    def _tables(self) -> tuple[NDArray, NDArray, NDArray | None]:
        problem = self.problem
        edges = size_edges(problem.size, _CLASSES)
        high, low = critical_tables(
            problem.kind, problem.total, problem.size, self.levels, edges, problem.settings.min_cases,
            problem.settings.high, problem.settings.low,
            max(TOLERANCE, self._tie),
        )  # fmt: skip
        return edges, high, low

    def _classes(self, smallest: NDArray, largest: NDArray) -> tuple[NDArray, NDArray]:
        """Classes of sizes that bound those given from below and from above."""
        edges = self._tables[0]
        below = np.searchsorted(edges, smallest * (1 - 1e-12), side="right") - 1
        above = np.searchsorted(edges, largest * (1 + 1e-12), side="left")
        return np.maximum(below, 0), np.minimum(above, edges.size - 1)

    @cached_property
    def _lane_data(self) -> tuple[Any, ...]:
        """Arguments of the lane kernels that replicates share."""
        problem, blocks, settings = self.problem, self.blocks, self.problem.settings
        kinds = (problem.sizes, self.shortest, self.longest, settings.time == "none")
        share, cells = lane_share(*kinds), lane_cells(*kinds)
        block_cells, smallest, largest = lane_bounds(self.zones, blocks, share, cells)
        return block_cells, share, cells, *self._classes(smallest, largest)

    def _best_lanes(
        self, counts: NDArray, replicates: int, order: NDArray[np.int64], floor: float, apart: bool
    ) -> tuple[NDArray, ...]:
        """Find the largest ratio of each replicate; with `apart` each centre's ratio, places and window."""
        problem, blocks, settings = self.problem, self.blocks, self.problem.settings
        block_cells, share, cells, below, above = self._lane_data
        _, high, low = self._tables
        lanes_of_all = counts.shape[1]
        bars = [zeros(blocks.classes, lanes_of_all, self.dtype) for _ in range(2)]
        bars[0][:] = np.iinfo(self.dtype).max  # columns without a replicate pass nothing
        rows = [zeros(1, lanes_of_all, self.dtype)[0] for _ in range(2)]
        best = np.zeros(replicates)
        many = self.zones.centres if apart else 1
        found = (np.full(many, floor), np.zeros(many, np.int64), np.zeros(many, np.int64))
        lanes.maxima(
            *self._lists, order, blocks.first, blocks.stop, blocks.number, blocks.before, block_cells,
            problem.sizes.weights, share, cells, counts, problem.kind, problem.total, problem.size,
            self.levels, high, low, below, above, settings.min_cases, *self._risk, self._tie, floor, apart,
            *bars, *rows, best, np.zeros(best.size, np.int64), *found,
        )  # fmt: skip
        return best, *found

    @cached_property
    def _groups(self) -> Groups:
        """Lengths of windows in groups, for each class of blocks."""
        problem = self.problem
        per_unit = self.blocks.largest * (problem.total / problem.size / problem.sizes.share.size)
        return group_lengths(self.shortest, self.longest, per_unit)

    @cached_property
    def levels(self) -> NDArray[np.float64]:
        """Levels of the ladder: fewer where a table of critical counts for each would be large."""
        cells = self._groups.shortest.size * self._sizes.share.size if self.spread else 1
        return _LEVELS if cells < _LARGE_TABLE else _LEVELS[::2].copy()

    @cached_property
    def _bars(self) -> tuple[Any, ...]:
        """Critical counts of every level, group of lengths and last unit; and the groups."""
        groups = self._groups
        bounds = window_bounds(self.zones, self.blocks, self._sizes, groups)
        if self.problem.within is None:
            below, above = self._classes(*bounds)
            _, high, low = self._tables
        else:
            below, above, high, low = self._within(self.problem.within, *bounds)
        return (
            self._narrow(high, below), None if low is None else self._narrow(low, above),
            groups.first, groups.shortest, groups.longest,
        )  # fmt: skip

    def _within(
        self, within: NDArray[np.int64], smallest: NDArray, largest: NDArray
    ) -> tuple[NDArray, NDArray, NDArray, NDArray | None]:
        """Classes that bound windows, and their tables, where windows are compared with their own time."""
        settings, total = self.problem.settings, self.problem.total
        edges, times = size_edges(total, _CLASSES_WITHIN), size_edges(total, _TIMES_WITHIN)
        ends = np.arange(within.size - 1) + 1
        fewest = within[ends][None, :] - within[np.maximum(ends[None, :] - self._groups.shortest[:, None], 0)]
        time = np.searchsorted(times, fewest * (1 + 1e-12), side="right") - 1
        below = np.searchsorted(edges, smallest * (1 - 1e-12), side="right") - 1
        above = np.searchsorted(edges, largest * (1 + 1e-12), side="left")
        high, low = critical_tables_within(
            total, self.levels, times, edges, settings.min_cases, settings.high, settings.low,
            max(TOLERANCE, self._tie),
        )  # fmt: skip
        flat = [np.clip(time, 0, None) * edges.size + np.clip(of, 0, edges.size - 1) for of in (below, above)]
        rows = self.levels.size
        return flat[0], flat[1], high.reshape(rows, -1), None if low is None else low.reshape(rows, -1)

    def _narrow(self, table: NDArray, classes: NDArray) -> NDArray:
        """Look a table up for every class, in the type of the counts; a view would be read at random."""
        narrow = np.minimum(table, np.iinfo(self.dtype).max).astype(self.dtype)
        levels, (groups, units) = table.shape[0], classes.shape
        found = zeros(levels * groups, padded(units), self.dtype).reshape(levels, groups, padded(units))
        for level in range(levels):
            narrow[level].take(classes, out=found[level, :, :units])
        return found

    @cached_property
    def _time_data(self) -> tuple[Any, ...]:
        sizes = self._sizes
        share = np.concatenate([[0.0], np.cumsum(sizes.share)])
        cells = None
        if sizes.cells is not None:
            cells = np.zeros((sizes.cells.shape[0], sizes.cells.shape[1] + 1))
            np.cumsum(sizes.cells, axis=1, out=cells[:, 1:])
        return self.blocks.before, sizes.weights, share, cells

    def _best_cylinder(
        self, running: NDArray, order: NDArray[np.int64], start: int, stop: int, floor: float
    ) -> tuple[float, int, int, int]:
        """Find the best window of some centres within some units; places and units for one centre."""
        problem, blocks, settings = self.problem, self.blocks, self.problem.settings
        rows = zeros(2, running.shape[1], self.dtype)
        sizes = np.zeros((2, self._sizes.share.size + 1))
        first_end = max(start, int(np.flatnonzero(self._ends)[0]))
        found: tuple[float, int, int, int] = cylinders.best_window(
            order, start, stop, first_end, self._ends, floor, *self._lists, blocks.first, blocks.stop,
            blocks.number, *self._time_data, running, self._pad, problem.kind, problem.total,
            problem.size, problem.within, self.levels, *self._bars, settings.min_cases, *self._risk,
            self._tie, *rows, *sizes,
        )  # fmt: skip
        return found

    def _order(self, index: int) -> NDArray[np.int64]:
        """Centres in an order of its own: a maximum met early spares the rest work."""
        return np.random.default_rng([self.problem.settings.seed, index]).permutation(self.zones.centres)

    def prepare(self, before_each: Callable[[], None] = lambda: None) -> None:
        """Do the work that replicates share, before threads ask for it; `before_each` step something else."""
        of_time: tuple[str, ...] = ("_lane_data",)
        if self.spread:
            of_time = ("_ends", "_groups", "levels", "_bars", "_time_data")
        tables = () if self.problem.within is not None else ("_tables",)
        for step in ("dealer", *tables, "blocks", *of_time):
            before_each()
            getattr(self, step)

    def maxima(self, first: int, last: int) -> NDArray[np.float64]:
        """Largest ratio of replicates `first` to `last - 1`; never more than `at_once` of them."""
        seed = self.problem.settings.seed
        if self.spread:
            tables = (self.dealer.deal(seed, index) for index in range(first, last))
            units, start = self._sizes.share.size, min(self._late, 1)
            return np.array(
                [
                    self._best_cylinder(self._running(table), self._order(first), start, units, 0.0)[0]
                    for table in tables
                ]
            )
        kinds = self.longest - self.shortest + 1
        counts = zeros(self.problem.places, padded((last - first) * kinds), self.dtype)
        for number, index in enumerate(range(first, last)):
            self._into_lanes(self.dealer.deal(seed, index), counts[:, number * kinds : (number + 1) * kinds])
        return self._best_lanes(counts, last - first, self._order(first), 0.0, False)[0]

    def _into_lanes(self, table: NDArray, lanes_of_one: NDArray) -> None:
        """Cases in the last `shortest`, ..., `longest` units; or in the only one."""
        if table.shape[1] == 1:
            lanes_of_one[:, 0] = table[:, 0]
            return
        backwards = np.cumsum(table[:, ::-1], axis=1)
        lanes_of_one[:] = backwards[:, self.shortest - 1 : self.longest]

    def _running(self, table: NDArray) -> NDArray:
        """Return running sums over time, after at least as many zeros as the longest window has units."""
        places, units = table.shape
        first = self._pad + 1
        found = zeros(places, first + padded(units), self.dtype)
        np.cumsum(table, axis=1, out=found[:, first : first + units])
        return found

    @property
    def _pad(self) -> int:
        """Zeros before running sums, but for one."""
        return -(-(self.longest + 1) // _STEP) * _STEP - 1

    def candidates(
        self, floor: float, run: Callable[[Callable, Iterable], Iterable] = map
    ) -> list[Candidate]:
        """Windows of the data above `floor`: each centre's best, and any time: its best before and after."""
        units = self.problem.cases.shape[1]
        floor = max(floor, TOLERANCE)
        if self.spread:
            running = self._running(self.problem.cases)

            def of(centre: int) -> list[Candidate]:
                found, waiting = [], [(0, units)]
                while waiting:
                    start, stop = waiting.pop()
                    best = self._best_cylinder(running, np.array([centre]), start, stop, floor)
                    if best[1]:
                        found.append(Candidate(best[0], centre, *best[1:]))
                        if self.problem.settings.time == "retrospective":
                            after = [(start, best[2]), (best[3], stop)]
                            waiting += [(a, b) for a, b in after if a < b]
                return found

            return [item for part in run(of, range(self.zones.centres)) for item in part]
        kinds = self.longest - self.shortest + 1
        counts = zeros(self.problem.places, padded(kinds), self.dtype)
        self._into_lanes(self.problem.cases, counts[:, :kinds])
        _, ratio, places, window = self._best_lanes(counts, 1, np.arange(self.zones.centres), floor, True)
        start = units - self.shortest - window if units > 1 else np.zeros_like(window)
        return [
            Candidate(float(ratio[i]), int(i), int(places[i]), int(start[i]), units)
            for i in np.flatnonzero(places)
        ]
