"""The scan itself: frames in, clusters out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, Literal

import numba
import numpy as np
import pandas as pd

from surveillance.engine_version import ENGINE_VERSION
from surveillance.epiweek import as_day
from surveillance.errors import CancelledError, StatisticsError
from surveillance.scan.brief import brief
from surveillance.scan.clusters import select
from surveillance.scan.gini import SIGNIFICANT, joined, shares_to_try
from surveillance.scan.iterative import Scanned, iterate, tables_of
from surveillance.scan.problem.arrays import Neighbours, Problem, make_problem, period_of
from surveillance.scan.replicates import Cancel, Executor, Progress, replicate_maxima, threads
from surveillance.scan.result import ScanResult
from surveillance.scan.search import Search, limited_zones, make_zones, reported_zones
from surveillance.scan.settings import Model, Rates, Settings, Time
from surveillance.scan.several import SeveralSearch, limited_by_all, tables_of_sets
from surveillance.scan.sparse import lean
from surveillance.texts import N_

ONE_SET = N_("several data sets are scanned together without the iterative scan and without Gini")


def scan(
    cases: pd.DataFrame | Sequence[pd.DataFrame],
    locations: pd.DataFrame,
    *,
    model: Model,
    time: Time = "none",
    time_unit: str = "day",
    start: date | str | None = None,
    end: date | str | None = None,
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
    min_relative_risk: float | None = None,
    iterative: bool = False,
    iterative_p: float = 0.05,
    iterative_most: int = 10,
    report: Iterable[str] = ("hierarchical",),
    network: pd.DataFrame | None = None,
    network_order: Literal["shortest", "satscan"] = "shortest",
    trend: Literal["log-linear", "stratified", "seasonal"] | None = None,
    relative_risks: pd.DataFrame | None = None,
    flows: pd.DataFrame | None = None,
    through: Collection[str] = (),
    analysed_every: int = 1,
    executor: Executor | None = None,
    workers: int | None = None,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
) -> ScanResult:
    """Find clusters in space, in space and time, or in time alone.

    Parameters
    ----------
    cases : DataFrame, shape (n, any)
        `location` and `count`, cases; without `count` each row is one case. With time also `date`, a date or
        a text such as 2025-01-31. For the Bernoulli model also `tested`, persons of whom `count` were
        positive. Also the columns named as covariates. A location may have any number of rows. Several
        frames are scanned together: by the sum of their log likelihood ratios, of high rates over the sets
        that have more cases than expected, of low ones over those that have fewer.
    locations : DataFrame, shape (m, any)
        `location`, and `latitude` and `longitude` in degrees or `x` and `y` in one unit of length. For the
        Poisson model also `population`, persons.
    model : {"poisson", "bernoulli", "space-time-permutation"}
        Cases against a population, positives among persons tested, or cases alone.
    time : {"none", "retrospective", "prospective"}
        Retrospective: any window of time. Prospective: windows that reach the last day.
    time_unit : {"day", "week", "month", "year"}
        Units are counted back from the last day; the first may be shorter.
    start, end : date or str, optional
        First and last day of the study period; those of the cases unless given.
    min_duration : int
        Shortest window, in units of time.
    max_duration : int or float, optional
        Longest window: an int in units of time, a float as a share of the period; 0.5 unless given.
    max_population_share : float
        Largest share of the population that a zone may hold, above 0 and at most 1. The population are
        persons (Poisson), persons tested (Bernoulli) or cases (permutation).
    max_radius_km : float, optional
        Largest distance from the centre, in km; in the unit of `x` and `y` where those are given.
    rates : {"high", "low", "both"}
        Whether clusters have more or fewer cases than expected.
    min_cases : int
        Fewest cases of a cluster of high rates.
    covariates : tuple of str
        Columns to standardise by. Poisson: indirectly, and `population` has these columns too. Permutation:
        cases are shuffled within strata, such as days of the week.
    population : DataFrame, shape (k, any), optional
        `location`, `population` in persons, the covariates, and `date` where the population changes; it
        changes evenly between two dates.
    neighbours : mapping of str to sequence of str, or DataFrame, optional
        For each centre its locations, nearest first, in place of positions; a frame has the columns
        `centre` and `location`.
    silent : DataFrame, shape (k, 3), optional
        `location`, `start` and `end` of times in which a location sent no report. Nothing is expected there
        and no replicate puts a case there; otherwise facilities that fall silent make clusters of the others.
    purely_temporal : bool
        Look at time alone, all locations together.
    replicates : int
        Replicates of the Monte Carlo test.
    seed : int
        From 0 to 2^63 - 1. One seed gives one answer for any number of threads, processes or machines.
    earlier_analyses : int
        Prospective analyses made before this one, one for each earlier unit of time. Each replicate takes its
        maximum over the windows of all these analyses, so that *p* holds for the whole series; the recurrence
        interval is that of one analysis. A share of what the model counts changes between analyses and cannot
        limit the size: give a radius and `max_population_share` 1, or `limit_by`.
    max_reported_share : float, optional
        Largest share of the population that a reported cluster may hold; `max_population_share` unless
        given. Replicates are searched up to `max_population_share`, so that *p* holds for the whole search.
        Where the best zone of a centre is larger, the best of its smaller zones is found.
    report_single_places : bool
        Report zones of one place that hold more than `max_reported_share`, too.
    limit_by : {"population"}, optional
        Shares are those of the column `population` of `locations`, in place of what the model counts.
    min_relative_risk : float, optional
        Zones of high rates whose relative risk is below it do not count, in the data and in the replicates.
        Of the permutation model it is observed by expected cases.
    iterative : bool
        Of a scan in space report the most likely cluster, take its locations out, and scan again. Each *p* is
        that of its own scan.
    iterative_p : float
        The scan is repeated while *p* is no larger.
    iterative_most : int
        Most scans.
    report : iterable of {"hierarchical", "gini"}
        "hierarchical": the most likely cluster, the next that shares no place with it, and so on. "gini": of
        scans in space, the same with the largest size at which significant clusters tell most (their Gini
        coefficient is highest). With "gini" the clusters have two more columns, `gini` and `hierarchical`:
        whether a cluster is of that list, and for the first also significant.
    network : DataFrame, shape (k, 3), optional
        `from`, `to` and `distance` of roads, in place of positions: zones grow along them. `max_radius_km` is
        then in the unit of `distance`.
    network_order : {"shortest", "satscan"}
        By the shortest way; or as SaTScan orders them, where a place keeps the length of the way by which it
        was first met.
    trend : {"log-linear", "stratified", "seasonal"}, optional
        Of the Poisson model. "log-linear": what is expected grows or falls evenly, on the logarithmic scale,
        as the cases of all places together do. "seasonal": and differs by the month of the year as they do.
        "stratified": each unit of time expects its own cases, a window is compared with the other places in
        its units alone, and replicates keep the cases of each unit.
    relative_risks : DataFrame, shape (k, 2 to 4), optional
        Of the Poisson model: `location`, `relative_risk` and, where it holds for a time alone, `from` and
        `to`, its first and last day. Expected cases are multiplied by it and scaled to their sum. `all` is
        every location; rows about one place and day are multiplied. A cluster that is known already is such
        a risk: then it is not found again.
    flows : DataFrame, shape (k, 3), optional
        `from`, `to` and `people` who went, in place of positions: zones grow along their ways, by effective
        distance.
    through : collection of str
        Places that `network` or `flows` name and that are no locations: junctions, or gates that people pass.
    analysed_every : int
        Units of time from one prospective analysis to the next.
    executor : object with `map`, optional
        Runs the replicates; threads unless given.
    workers : int, optional
        Number of threads.
    progress : callable, optional
        Called with the replicates done and the replicates to do.
    cancel : callable, optional
        Asked between steps; a true answer stops the scan.

    Returns
    -------
    ScanResult
        `clusters` (a row for each cluster, most likely first), `members` (a row for each location of a
        cluster), `maxima` (largest log likelihood ratio of each replicate, shape (replicates,)) and
        `parameters` (what was asked for, and what the data decided).

    Raises
    ------
    StatisticsError
        The input is wrong; names the table, the rows and the remedy.
    CancelledError
        `cancel` stopped the scan.

    References
    ----------
    Kulldorff M (1997). Communications in Statistics: Theory and Methods 26:1481-1496.
    doi:10.1080/03610929708831995
    Kulldorff M (2001). Journal of the Royal Statistical Society A 164:61-72. doi:10.1111/1467-985X.00186
    Kulldorff M et al. (2005). PLoS Medicine 2:e59. doi:10.1371/journal.pmed.0020059

    Examples
    --------
    >>> places = pd.DataFrame({"location": list("abcdef"), "x": range(6), "y": 0, "population": 100})
    >>> cases = pd.DataFrame({"location": ["b", "c", "f"], "count": [9, 8, 2]})
    >>> found = scan(cases, places, model="poisson")
    >>> found.clusters.loc[0, "locations"], int(found.clusters.loc[0, "observed"])
    (['b', 'c'], 17)
    """
    settings = Settings(
        model, time, time_unit, as_day("start", start), as_day("end", end), min_duration,
        max_duration, max_population_share, max_radius_km,
        rates, min_cases, tuple(covariates), purely_temporal, replicates, seed, earlier_analyses,
        max_reported_share, report_single_places, limit_by, min_relative_risk,
        iterative, iterative_p, iterative_most, tuple(report), network_order, trend, analysed_every,
    )  # fmt: skip
    tables = (population, neighbours, silent, network, relative_risks, flows, through)
    if not isinstance(cases, pd.DataFrame):
        if len(cases) != 1:
            runs = (executor, workers, progress, cancel)
            return _several(list(cases), locations, settings, tables, *runs)
        cases = cases[0]
    problem = make_problem(cases, locations, settings, *tables)
    lengths = settings.lengths(len(problem.units)) if problem.units else (1, 1)
    with threads(workers) as pool:

        def once(of: Problem) -> Scanned:
            return _scanned(of, lengths, pool.map, executor or pool, progress, cancel)

        first = once(problem)
        found = iterate(first, once) if settings.iterative and first.clusters else [first]
    clusters, members = tables_of(found)
    if "gini" in settings.report:
        clusters["hierarchical"] = np.array(first.hierarchical, bool)
        clusters["gini"] = np.array(first.chosen, bool) & (clusters["p_value"] < SIGNIFICANT)
    return ScanResult(
        clusters,
        members,
        first.maxima,
        settings.record() | _used(problem, lengths if problem.units is not None else None),
    )


def _several(
    cases: list[pd.DataFrame],
    locations: pd.DataFrame,
    settings: Settings,
    tables: tuple[Any, ...],
    executor: Executor | None,
    workers: int | None,
    progress: Progress | None,
    cancel: Cancel | None,
) -> ScanResult:
    """Scan several data sets of the same places and days together."""
    if settings.iterative or "gini" in settings.report:
        raise StatisticsError(ONE_SET)
    start, end = period_of(cases, settings)
    settings = replace(settings, start=start, end=end)
    problems = limited_by_all(
        [_of_set(n, one, locations, settings, tables) for n, one in enumerate(cases, 1)]
    )
    problem = problems[0]
    lengths = settings.lengths(len(problem.units)) if problem.units else (1, 1)
    with threads(workers) as pool:
        each = _asking(pool.map, cancel)
        zones = make_zones(problem, each)
        search = SeveralSearch(problems, zones, *lengths, settings.earlier_analyses)
        search.prepare(lambda: _stop_if(cancel))
        maxima = replicate_maxima(search, executor or pool, progress, cancel)
        floor = float(maxima.min()) if maxima.size else 0.0
        told = reported_zones(problem, zones)
        candidates = SeveralSearch(problems, told, *lengths).candidates(floor, each)
    found = select(problem, told, candidates, search.tie)
    clusters, members, sets = tables_of_sets(problems, told, found, maxima)
    used = _used(problem, lengths if problem.units is not None else None)
    used["cases"] = sum(one.total for one in problems)
    used["cases_of_sets"] = [one.total for one in problems]
    if settings.model == "bernoulli":
        used["tested"] = sum(int(one.size) for one in problems)
    return ScanResult(clusters, members, maxima, settings.record() | used, sets)


def _of_set(
    number: int, cases: pd.DataFrame, locations: pd.DataFrame, settings: Settings, tables: tuple[Any, ...]
) -> Problem:
    """Make the problem of one of several data sets; a fault says of which."""
    try:
        return make_problem(cases, locations, settings, *tables)
    except StatisticsError as error:
        raise StatisticsError(f"data set {number}: {error}") from error


def _scanned(
    problem: Problem,
    lengths: tuple[int, int],
    run: Callable[..., Iterable[Any]],
    executor: Executor,
    progress: Progress | None,
    cancel: Cancel | None,
) -> Scanned:
    """Scan once: the maxima of the replicates first, then the clusters of the data."""
    settings = problem.settings
    each = _asking(run, cancel)
    zones = make_zones(problem, each)
    thin = lean(zones, problem.sizes.weights)
    short = brief(problem, *lengths)
    search = short.search(thin.zones, settings.earlier_analyses)
    search.prepare(lambda: _stop_if(cancel))
    maxima = replicate_maxima(search, executor, progress, cancel)
    floor = float(maxima.min()) if maxima.size else 0.0
    if settings.max_reported_share is not None:
        zones = reported_zones(problem, zones)
        thin = lean(zones, problem.sizes.weights)
    if settings.max_reported_share is not None or settings.earlier_analyses:
        search = short.search(thin.zones)  # of the data: this analysis alone
    candidates = thin.in_full(short.in_full(search.candidates(floor, each)))
    _stop_if(cancel)
    found = Scanned(problem, zones, select(problem, zones, candidates), maxima)
    if "gini" not in settings.report:
        return found
    lists = []
    for share in shares_to_try(settings.max_population_share):
        smaller = limited_zones(problem, zones, share)
        thin = lean(smaller, problem.sizes.weights)
        of = thin.in_full(Search(problem, thin.zones, *lengths).candidates(floor, each))
        lists.append(Scanned(problem, smaller, select(problem, smaller, of), maxima))
        _stop_if(cancel)
    return joined(found, lists)


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
    """Record what the data decided, and the versions that could change an answer."""
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
