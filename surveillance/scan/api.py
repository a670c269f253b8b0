"""The scan itself: frames in, clusters out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import Any, Literal

import numba
import numpy as np
import pandas as pd

from surveillance.engine_version import ENGINE_VERSION
from surveillance.errors import CancelledError
from surveillance.scan.clusters import cluster_table, member_table, select
from surveillance.scan.problem.arrays import Neighbours, Problem, make_problem
from surveillance.scan.replicates import Cancel, Executor, Progress, replicate_maxima, threads
from surveillance.scan.result import ScanResult
from surveillance.scan.search import Search, make_zones, reported_zones
from surveillance.scan.settings import Model, Rates, Settings, Time
from surveillance.scan.sparse import lean


def scan(
    cases: pd.DataFrame,
    locations: pd.DataFrame,
    *,
    model: Model,
    time: Time = "none",
    time_unit: str = "day",
    start: date | None = None,
    end: date | None = None,
    min_duration: int = 1,
    max_duration: int | float | None = None,
    max_population_share: float = 0.5,
    max_radius_km: float | None = None,
    rates: Rates = "high",
    min_cases: int = 2,
    covariates: tuple[str, ...] = (),
    population: pd.DataFrame | None = None,
    neighbours: Neighbours | None = None,
    silent: pd.DataFrame | None = None,
    purely_temporal: bool = False,
    replicates: int = 999,
    seed: int = 1,
    earlier_analyses: int = 0,
    max_reported_share: float | None = None,
    report_single_places: bool = False,
    limit_by: Literal["population"] | None = None,
    executor: Executor | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> ScanResult:
    """Find clusters in space, in space and time, or in time alone.

    Parameters
    ----------
    cases : frame with `location` and `count`; with time also `date`; for the Bernoulli model also `tested`,
    of
        whom `count` were positive; and the columns named as covariates. Any number of rows for each location.
    locations : frame with `location` and either `latitude` and `longitude` (degrees) or `x` and `y` (the
    radius
        is then in their unit, `max_radius_km` too); for the Poisson model also `population`.
    model : "poisson" (cases against a population), "bernoulli" (positives among tested), or
        "space-time-permutation" (cases alone).
    time : "none", "retrospective" (any window) or "prospective" (windows that reach the last day).
    time_unit : "day", "week", "month" or "year", counted back from the last day; the first may be a short
    one. start, end : study period, both days included; the first and last day with a case unless given.
    min_duration, max_duration : length of a window in units; the longest also as a share of the period (0.5
        unless given).
    max_population_share : most of the population (Bernoulli: tested; permutation: cases) that a zone may
    hold. max_radius_km : largest distance from the centre.
    rates : "high", "low" or "both".
    min_cases : fewest cases of a cluster of high rates.
    covariates : columns to standardise by. Poisson: indirectly, `population` then has these columns too.
        Permutation: cases are shuffled within strata (day of the week, for example).
    population : frame with `location`, `population`, covariates, and `date` where it changes (evenly between
        two dates).
    neighbours : an order of locations for each centre, nearest first, in place of positions: a mapping, or a
        frame with `centre` and `location`.
    silent : times in which a location sent no report: frame with `location`, `start`, `end`. Nothing is
        expected there, and no replicate puts a case there; else facilities that fall silent make clusters
        of those that do not.
    purely_temporal : look at time alone, all locations together.
    replicates, seed : of the Monte Carlo test. The same seed gives the same answer for any number of threads,
        processes or machines.
    earlier_analyses : prospective analyses made before this one, one at each earlier unit of time. Each
        replicate takes its maximum over every window that one of all these analyses looks at, so that p is
        that of the whole series; the recurrence interval is per analysis. A share of what the model counts
        cannot limit the size then, since it changes: give a radius and `max_population_share` 1, or
        `limit_by`.
    max_reported_share : most of the population that a reported cluster may hold. The data are searched only
        up to this size, the replicates up to `max_population_share`, so that p-values are of the whole
        search. Nothing is left out afterwards: of a centre whose best zone is larger, the best of those small
        enough is found. As large as is scanned unless given.
    report_single_places : a zone of one place may be reported though it holds more than
        `max_reported_share`.
    limit_by : "population": `max_population_share` (and `max_reported_share`) is a share of the column
        `population` of `locations`, in place of what the model counts.
    executor : anything with `map`; threads unless given. workers : number of threads.
    progress : called with replicates done and to do. cancel : asked between steps; true stops the scan.

    Raises
    ------
    StatisticsError
        Wrong input: says which rows, and what to do.
    CancelledError
        `cancel` said so.

    References
    ----------
    Kulldorff M (1997), Communications in Statistics: Theory and Methods 26(6):1481-1496,
    doi:10.1080/03610929708831995. Kulldorff M (2001), Journal of the Royal Statistical Society A
    164(1):61-72, doi:10.1111/1467-985X.00186. Kulldorff M et al. (2005), PLoS Medicine 2(3):e59,
    doi:10.1371/journal.pmed.0020059.

    Examples
    --------
    >>> places = pd.DataFrame({"location": list("abcdef"), "x": range(6), "y": 0, "population": 100})
    >>> found = scan(
    ...     pd.DataFrame({"location": ["b", "c", "f"], "count": [9, 8, 2]}), places, model="poisson"
    ... )
    >>> found.clusters.loc[0, "locations"], int(found.clusters.loc[0, "observed"])
    (['b', 'c'], 17)
    """
    settings = Settings(
        model, time, time_unit, start, end, min_duration, max_duration, max_population_share, max_radius_km,
        rates, min_cases, tuple(covariates), purely_temporal, replicates, seed, earlier_analyses,
        max_reported_share, report_single_places, limit_by,
    )  # fmt: skip
    problem = make_problem(cases, locations, settings, population, neighbours, silent)
    timed = problem.units is not None
    shortest, longest = settings.lengths(len(problem.units)) if problem.units else (1, 1)
    with threads(workers) as pool:
        each = _asking(pool.map, cancel)
        zones = make_zones(problem, each)
        thin = lean(zones, problem.sizes.weights)
        search = Search(problem, thin.zones, shortest, longest, settings.earlier_analyses)
        search.prepare(lambda: _stop_if(cancel))
        maxima = replicate_maxima(search, executor or pool, progress, cancel)
        floor = float(maxima.min()) if maxima.size else 0.0
        if settings.max_reported_share is not None:
            zones = reported_zones(problem, zones)
            thin = lean(zones, problem.sizes.weights)
        if settings.max_reported_share is not None or settings.earlier_analyses:
            search = Search(problem, thin.zones, shortest, longest)  # of the data: this analysis alone
        candidates = thin.in_full(search.candidates(floor, each))
    _stop_if(cancel)
    clusters = select(problem, zones, candidates)
    return ScanResult(
        cluster_table(problem, zones, clusters, maxima),
        member_table(problem, clusters),
        maxima,
        settings.record() | _used(problem, (shortest, longest) if timed else None),
    )


def _asking(run: Callable[..., Iterable[Any]], cancel: Cancel | None) -> Callable[..., Iterator[Any]]:
    """Like `run`, a kind of `map`, but asks after each result whether to stop."""

    def each(function: Callable[..., Any], items: Iterable[Any]) -> Iterator[Any]:
        for found in run(function, items):
            _stop_if(cancel)
            yield found

    return each


def _stop_if(cancel: Cancel | None) -> None:
    if cancel and cancel():
        raise CancelledError("the scan was stopped")


def _used(problem: Problem, lengths: tuple[int, int] | None) -> dict[str, Any]:
    """What the data decided, and the versions that could change an answer."""
    used: dict[str, Any] = {}
    if problem.units and lengths:
        used["start"] = problem.units.starts[0].isoformat()
        used["end"] = problem.units.ends[-1].isoformat()
        used["time_units"] = len(problem.units)
        used["min_duration"], used["max_duration"] = lengths
    if problem.silent is not None:
        used["silent_location_units"] = int(problem.silent.sum())
    used["locations"] = int(problem.locations.size)
    used["cases"] = problem.total
    if problem.settings.model == "bernoulli":
        used["tested"] = int(problem.size)
    used["versions"] = {"engine": ENGINE_VERSION, "numpy": np.__version__, "numba": numba.__version__}
    return used
