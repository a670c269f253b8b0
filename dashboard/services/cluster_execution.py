"""Working on one run, from its question to its stored result. Web workers do not load this."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pandas as pd

from dashboard.cluster_filters import ClusterQuery
from dashboard.services.cluster_data import ClusterData, engine_arguments, gather
from dashboard.services.cluster_surroundings import Surroundings, frame_rows
from db import cluster_results, cluster_runs
from db.cluster_results import Found
from db.cluster_runs import Run
from db.engine import Database
from surveillance.cluster_changes import Extent, compare
from surveillance.errors import CancelledError, StatisticsError
from surveillance.scan import ScanResult, scan

Progress = Callable[[int, int], None]
Cancel = Callable[[], bool]


def execute(
    database: Database,
    run: Run,
    *,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
    workers: int | None = None,
    population: pd.DataFrame | None = None,
) -> None:
    """Scan what a run asks for, and store what was found.

    Raises
    ------
    UserError
        The question has no answer; says why, for the run's page.
    CancelledError
        Somebody asked for it to stop, or another runner has taken it over.
    """
    query = ClusterQuery.from_canonical(run.query)
    with database.reading() as connection:
        data = gather(connection, run.scope, query, run.data_version, population)
    locations = data.locations
    if population is not None and "population" in population and not query.covariates:
        people = population.assign(location=population["location"].astype(str))
        locations = locations.merge(people.groupby("location", as_index=False)["population"].sum())
    arguments = engine_arguments(query, data) | {
        "population": population if query.covariates or _dated(population) else None,
        "workers": workers,
        "progress": progress,
        "cancel": cancel,
    }
    result, adjusted = _scan_around_silence(data, locations, arguments)
    previous = cluster_runs.before(database, run.scope, run)
    found = _found(database, run, query, data, (result, adjusted), previous)
    version = int(result.parameters["versions"]["engine"])
    number = previous.id if previous else None
    if not cluster_results.store(database, run.id, found, engine_version=version, previous=number):
        raise CancelledError("the run was taken away before its result was stored")


def _scan_around_silence(
    data: ClusterData, locations: pd.DataFrame, arguments: dict[str, Any]
) -> tuple[ScanResult, bool]:
    """The scan, and whether it allowed for facilities that fell silent.

    Where too few facilities reported at the same times the engine cannot say what to expect; the scan is then
    made without, and the result says so.
    """
    if not data.silent.empty:
        try:
            return scan(data.cases, locations, **arguments, silent=data.silent), True
        except StatisticsError:  # if it has another reason, the scan without raises it again
            pass
    return scan(data.cases, locations, **arguments), False


def _dated(population: pd.DataFrame | None) -> bool:
    return population is not None and "date" in population


def _found(
    database: Database,
    run: Run,
    query: ClusterQuery,
    data: ClusterData,
    scanned: tuple[ScanResult, bool],
    previous: Run | None,
) -> Found:
    result, adjusted = scanned
    surroundings = Surroundings(query, data, adjusted=adjusted)
    members = frame_rows(result.members.rename(columns={"cluster": "rank"}))
    clusters, context = [], []
    for row in frame_rows(result.clusters):
        places = row.pop("locations")
        rows = surroundings.context(places, row["start"] or data.start, row["end"] or data.end)
        row |= {"warnings": surroundings.warnings(rows), "curve": surroundings.curve(places, row)}
        clusters.append(row)
        context.extend(_context_row(row["rank"], item, query) for item in rows)
    _go_on(database, run, clusters, members, previous)
    return Found(
        clusters,
        members,
        context,
        data.not_scanned,
        _parameters(query, data, result) | {"silence_adjusted": adjusted},
    )


def _context_row(rank: int, item: dict[str, Any], query: ClusterQuery) -> dict[str, Any]:
    count = item["count"]
    return {
        "rank": rank,
        "side": item["side"],
        "span": item["span"],
        "records": count.records,
        "cases": count.records if query.cases_are == "all" else count.cases,
        "tested": count.tested,
        "arrivals": count.arrivals,
        "facilities_reporting": count.facilities_reporting,
    }


def _go_on(
    database: Database,
    run: Run,
    clusters: list[dict[str, Any]],
    members: list[dict[str, Any]],
    previous: Run | None,
) -> None:
    """Give each cluster its key: that of the cluster it goes on from, in the run before, else a new one."""
    keys: dict[int, str] = {}
    changes = {}
    if previous is not None:
        held = cluster_results.read(database, previous.id)
        keys = {row["rank"]: row["key"] for row in held.clusters}
        before = extents(held.clusters, held.members)
        changes = {item.rank: item for item in compare(extents(clusters, members), before)[0]}
    for row in clusters:
        change = changes.get(row["rank"])
        row["change"] = change.change if change else None
        row["previous_rank"] = change.before if change else None
        came_from = keys.get(change.before) if change and change.before else None
        row["key"] = came_from or f"{run.id}-{row['rank']}"


def extents(clusters: Any, members: Any) -> list[Extent]:
    """Where and when stored clusters are."""
    places: dict[int, set[str]] = {}
    for member in members:
        places.setdefault(member["rank"], set()).add(member["location"])
    return [
        Extent(
            row["rank"],
            row["rate"],
            frozenset(places.get(row["rank"], ())),
            row["start"],
            row["end"],
            row["observed"],
            row["expected"],
        )
        for row in clusters
    ]


def _parameters(query: ClusterQuery, data: ClusterData, result: ScanResult) -> dict[str, Any]:
    """What the engine used, and what of the data bears on how to read it."""
    complete = data.last_complete
    return result.parameters | {
        "start": _day(data.start),
        "end": _day(data.end),
        "cases_are": query.cases_are,
        "last_complete_day": _day(complete),
        "ends_incomplete": query.time != "none" and complete is not None and data.end > complete,
        "silences": len(data.silent),
    }


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
