"""What a scan of the records cannot judge, and what watches it: places of half of all, places that grew."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pandas as pd

from dashboard.cluster_filters import BERNOULLI, PERMUTATION, POISSON, ClusterQuery
from dashboard.services.clusters.data import ClusterData
from dashboard.services.disclosure.before_storing import few
from surveillance.clusters import population_shift
from surveillance.clusters.reported_size import FEWEST_IN_REPORTED, FEWEST_PLACES, REPORTED_SHARE
from surveillance.errors import StatisticsError
from surveillance.scan import scan

if TYPE_CHECKING:
    from surveillance.scan.settings import Rates, Time

#: Most places that are named; a scan of small zones alone could leave out very many.
_MOST_NAMED = 10
_LEAST_SHARE = 1e-9


@dataclass(frozen=True)
class Large:
    """A place that holds more than a scan may report as one zone.

    `locations`: all that stand at its point. `share`: of the cases, tested or population of the scan.
    `by_larger_size`: a larger reported size would let the scan report it.
    """

    locations: tuple[str, ...]
    share: float
    by_larger_size: bool


def large_places(query: ClusterQuery, data: ClusterData, locations: pd.DataFrame) -> list[Large]:
    """Places that no zone of the scan may hold, or that are above what it reports, the largest first.

    The size of a place is what the engine takes for it: persons tested (Bernoulli), cases (permutation), or
    residents (Poisson). By crossing and province a single place may be reported up to half of all.
    """
    if query.purely_temporal:
        return []
    sizes = _sizes(query, data, locations)
    if sizes is None or not sizes.sum():
        return []
    points = locations.set_index("location").loc[sizes.index, ["latitude", "longitude"]]
    held = pd.DataFrame({"size": sizes, "point": list(points.itertuples(index=False, name=None))})
    reported = query.max_reported_share if query.by == "facility" else None
    unjudged = 0.0
    found = []
    for _, rows in held.groupby("point"):
        share = float(rows["size"].sum() / sizes.sum())
        if share > query.max_population_share:
            unjudged += share
            found.append(Large(tuple(map(str, rows.index)), share, by_larger_size=False))
    for _, rows in held.groupby("point"):
        share = float(rows["size"].sum() / sizes.sum())
        if reported is not None and reported * (1 - unjudged) < share <= query.max_population_share:
            found.append(Large(tuple(map(str, rows.index)), share, by_larger_size=True))
    return sorted(found, key=lambda place: (place.by_larger_size, -place.share, place.locations))


def _sizes(query: ClusterQuery, data: ClusterData, locations: pd.DataFrame) -> pd.Series | None:
    """What each location holds, by code; None where the population is given apart."""
    if query.model == POISSON:
        if "population" not in locations:
            return None
        return locations.set_index("location")["population"].astype(float)
    column = "tested" if query.model == BERNOULLI else "count"
    return data.cases.groupby("location")[column].sum()


def with_room(query: ClusterQuery, data: ClusterData, locations: pd.DataFrame) -> ClusterQuery:
    """The question, without the usual tenth where that leaves no room for a cluster of facilities.

    A tenth of ten cases is one case: nothing could be reported. It applies where it holds at least five cases
    (or the fewest asked for) and ten facilities or more have any; else what is scanned is reported.
    """
    usual = (
        query.by == "facility" and query.max_reported_share == REPORTED_SHARE and not query.purely_temporal
    )
    sizes = _sizes(query, data, locations)
    if not usual or query.model == POISSON or sizes is None:
        return query
    large = [place for place in large_places(query, data, locations) if not place.by_larger_size]
    rest = 1.0 - sum(place.share for place in large)
    room = REPORTED_SHARE * rest * float(data.cases["count"].sum())
    enough = room >= max(FEWEST_IN_REPORTED, query.min_cases) and len(sizes) >= FEWEST_PLACES
    return query if enough else replace(query, max_reported_share=query.max_population_share)


def reported_sizes(query: ClusterQuery, large: list[Large]) -> dict[str, Any]:
    """How large a reported cluster may be, in the engine's words.

    The share that is asked for is one of the places that the scan can judge: where a single place holds 85%,
    a tenth of all would be two thirds of the others.
    """
    asked = query.max_reported_share
    if asked is None or query.purely_temporal or asked >= query.max_population_share:
        return {}
    rest = 1.0 - sum(place.share for place in large if not place.by_larger_size)
    return {
        "max_reported_share": max(asked * rest, _LEAST_SHARE),
        "report_single_places": query.by != "facility",
    }


def cautions(
    query: ClusterQuery, data: ClusterData, large: list[Large], workers: int | None
) -> dict[str, Any]:
    """Parameters of a run that say what it cannot judge."""
    sensitive = query.sensitive
    said: dict[str, Any] = {}
    if query.max_reported_share is not None and not query.purely_temporal:
        said["reported_share_asked"] = query.max_reported_share
    if large:
        said["cannot_be_judged"] = [
            {"locations": list(place.locations), "share": None if sensitive else round(place.share, 4),
             "by_larger_size": place.by_larger_size, "watched": _watched(query, data, place, workers)}
            for place in large[:_MOST_NAMED]
        ]  # fmt: skip
        if len(large) > _MOST_NAMED:
            said["cannot_be_judged_more"] = len(large) - _MOST_NAMED
    days = (data.end - data.start).days + 1
    if query.model == PERMUTATION and days > population_shift.SHORT_PERIOD:
        found = None if sensitive else _grown(query, data)
        said["population_shift"] = {"grown": found and [asdict(place) for place in found]}
    return said


def _watched(
    query: ClusterQuery, data: ClusterData, place: Large, workers: int | None
) -> dict[str, Any] | None:
    """The strongest time of a place, by a scan of time alone in the place itself; None where it has too few.

    Positives among its tested where the run compares these, else its cases against its own usual number.
    """
    rows = data.of_study()
    rows = rows[rows["location"].isin(place.locations)]
    tested = query.model == BERNOULLI
    rows = rows[rows["tested" if tested else "count"] > 0]
    timed = query.time != "none"
    silent = data.silent[data.silent["location"].isin(place.locations)].assign(location="place")
    cases = rows[["date", "count", "tested"]].assign(location="place")
    at = pd.DataFrame({"location": ["place"], "x": [0.0], "y": [0.0], "population": [1.0]})
    try:
        found = scan(
            cases,
            at,
            model="bernoulli" if tested else "poisson",
            time=cast("Time", query.time) if timed else "retrospective",
            time_unit=str(query.time_unit) if timed or query.indicator else "week",
            start=data.start,
            end=data.end,
            min_duration=query.min_duration if timed else 1,
            max_duration=query.max_duration if timed else None,
            rates=cast("Rates", query.rates),
            min_cases=query.min_cases,
            purely_temporal=True,
            replicates=query.replicates,
            seed=query.seed,
            silent=silent if len(silent) and not tested and len(place.locations) == 1 else None,
            workers=workers,
        ).clusters
    except StatisticsError:  # too few cases, or no window fits: there is nothing to say
        return None
    if found.empty or (query.sensitive and few(int(found.iloc[0]["observed"]))):
        return None
    first = found.iloc[0]
    interval = first["recurrence_interval_days"]
    return {
        "start": first["start"].isoformat(),
        "end": first["end"].isoformat(),
        "observed": int(first["observed"]),
        "expected": round(float(first["expected"]), 4),
        "p_value": float(first["p_value"]),
        "recurrence_interval_days": None if pd.isna(interval) else float(interval),
        "rate": str(first["rate"]),
    }


def _grown(query: ClusterQuery, data: ClusterData) -> list[population_shift.Grown] | None:
    """Places whose share of the people seen grew; None where the records cannot tell: each is a case."""
    if query.cases_are == "all" or query.dimension == "infection":
        return None
    middle = data.start + timedelta(days=(data.end - data.start).days // 2)
    rows = data.daily[data.daily["location"].isin(data.locations["location"])]
    rows = rows[rows["date"] >= np.datetime64(data.start)]
    rows = rows.assign(beside=rows["records"] - rows["count"])
    if not rows["beside"].sum():
        return None
    late = rows["date"] > np.datetime64(middle)
    sums = [part.groupby("location")["beside"].sum() for part in (rows[~late], rows[late])]
    return population_shift.grown(*({str(name): int(many) for name, many in half.items()} for half in sums))
