"""What contradicts itself in a question of clusters."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from dashboard.cluster_filters.across import across_contradictions
from dashboard.cluster_filters.shares import share_contradictions
from dashboard.cluster_filters.values import (
    BERNOULLI,
    BY_RADIUS,
    BY_RADIUS_OR_PEOPLE,
    PERMUTATION,
    POISSON,
    REACHED,
)
from dashboard.filters import REMOTE_PEOPLE, days_turned, place_without
from surveillance.errors import UsageError

if TYPE_CHECKING:
    from dashboard.cluster_filters import ClusterQuery


def contradictions(query: ClusterQuery) -> Iterator[UsageError]:
    """What in a question contradicts itself, and what to choose instead."""
    if wrong := place_without(query.by, query.place):
        yield wrong
    if wrong := days_turned(query.start, query.end):
        yield wrong
    if isinstance(query.max_duration, int) and query.max_duration < query.min_duration:
        yield UsageError(
            "max_duration: {longest} is below min_duration ({shortest})",
            "max_duration",
            longest=query.max_duration,
            shortest=query.min_duration,
        )
    if query.model == PERMUTATION and query.time == "none":
        yield UsageError(
            "time: the space-time permutation model needs time; choose retrospective or prospective",
            "time",
        )
    if query.purely_temporal and (query.model == PERMUTATION or query.time == "none"):
        yield UsageError(
            "purely_temporal: needs time (retrospective or prospective) and another model than the "
            "space-time permutation, which keeps each day's cases as they are",
            "purely_temporal",
        )
    yield from share_contradictions(query)
    yield from across_contradictions(query)
    yield from _sizes(query)
    yield from _more(query)
    if wrong := _wrong_limit(query):
        yield wrong
    if query.model == POISSON and query.remote is not None:
        yield UsageError(REMOTE_PEOPLE, "remote")
    if query.model == BERNOULLI and query.cases_are == "all":
        yield UsageError(
            "cases_are: the bernoulli model compares positives with all who were tested; choose "
            "positive, or the space-time permutation model for all records",
            "cases_are",
        )
    if query.cases_are in REACHED and query.model not in (None, BERNOULLI):
        yield UsageError(
            "cases_are: those tested, or who completed, are compared with all who should have been, by "
            "the bernoulli model",
            "cases_are",
        )
    if query.cases_are in REACHED and query.min_relative_risk is not None:
        yield UsageError(
            "min_relative_risk: is 1 or more, and of clusters of high rates", "min_relative_risk"
        )
    if query.model == BERNOULLI and query.covariates:
        yield UsageError(
            "covariates: the bernoulli model takes none; choose the space-time permutation model",
            "covariates",
        )


def _more(query: ClusterQuery) -> Iterator[UsageError]:
    if query.along and query.purely_temporal:
        yield UsageError("along: a scan of time alone has no zones in space; leave it out", "along")
    if query.along == "flows" and query.max_radius_km is not None:
        yield UsageError("max_radius_km: flows of people have no radius; leave it out", "max_radius_km")
    in_space = query.model != PERMUTATION and query.time in (None, "none")
    if query.iterative and not in_space:
        yield UsageError("iterative: looks at space alone; choose no time", "iterative")
    if "gini" in query.report and (not in_space or query.iterative or query.rates == "low"):
        yield UsageError(
            "report: the Gini coefficient chooses among clusters of high rates in space alone; choose no "
            "time, and no scan again",
            "report",
        )
    if query.min_relative_risk is not None and (query.min_relative_risk < 1 or query.rates == "low"):
        yield UsageError(
            "min_relative_risk: is 1 or more, and of clusters of high rates", "min_relative_risk"
        )
    if query.trend is not None and (query.model not in (None, POISSON) or query.time == "none"):
        yield UsageError("trend: is adjusted for in space and time, by the poisson model alone", "trend")
    if query.analysed_every > 1 and query.time not in (None, "prospective"):
        yield UsageError(
            "analysed_every: matters to prospective scans only; choose prospective", "analysed_every"
        )


def _sizes(query: ClusterQuery) -> Iterator[UsageError]:
    if query.max_reported_share is None:
        return
    if query.max_reported_share > query.max_population_share:
        yield UsageError(
            "max_reported_share: {reported} is above the largest share that is scanned ({scanned})",
            "max_reported_share",
            reported=query.max_reported_share,
            scanned=query.max_population_share,
        )
    if query.purely_temporal:
        yield UsageError(
            "max_reported_share: a purely temporal scan takes all locations together and has no such size",
            "max_reported_share",
        )


def _wrong_limit(query: ClusterQuery) -> UsageError | None:
    """What is wrong with a limit of people, or with earlier analyses of a size that was another one in
    each of them."""
    if query.limit_by is not None and query.model not in (None, POISSON):
        return UsageError(
            "limit_by: the records have no column of people; it goes with the poisson model and a table "
            "of people (--population on the command line)",
            "limit_by",
        )
    if not query.earlier_analyses:
        return None
    if query.time not in (None, "prospective"):
        return UsageError(
            "earlier_analyses: are allowed for in prospective scans only; choose prospective",
            "earlier_analyses",
        )
    if query.max_population_share < 1 and query.limit_by is None and not query.purely_temporal:
        return UsageError(BY_RADIUS_OR_PEOPLE if query.model == POISSON else BY_RADIUS, "earlier_analyses")
    return None
