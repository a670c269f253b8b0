"""Working on one run, from its question to its stored result. Web workers do not load this."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any

import pandas as pd

from dashboard.cluster_filters import REACHED, ClusterQuery
from dashboard.permissions import SYSTEM
from dashboard.services.clusters.across.joined import joined, sent_to
from dashboard.services.clusters.cautions import cautions, large_places, reported_sizes, with_room
from dashboard.services.clusters.context import ContextCounter, frame_rows
from dashboard.services.clusters.data import NOBODY_COUNTED, ClusterData, engine_arguments, gather
from dashboard.services.clusters.nearness.along import along_of
from dashboard.services.clusters.shares import counted
from dashboard.services.clusters.shares.asked import day_of
from dashboard.services.disclosure import before_storing
from dashboard.services.own_files.people import places_without_row
from dashboard.services.places.remote_group import stays_of_run
from db.clusters import results as cluster_results
from db.clusters import runs as cluster_runs
from db.clusters.results import Found
from db.clusters.runs import Run
from db.core.engine import Database
from db.operations.lease_queue import moment
from surveillance.clusters.changes import Extent, compare
from surveillance.epiweek import TIME_ZONE
from surveillance.errors import CancelledError, StatisticsError
from surveillance.scan import ScanResult, scan
from surveillance.scan.problem.inputs import refuse, refuse_repeated
from surveillance.scan.replicates import Executor
from surveillance.texts import N_

#: How the engine names rows of what it was given.
_ROWS = re.compile(r"^cases, rows? [\d, ]+(?: and \d+ more)?")
_MOST_NAMED = 5
Progress = Callable[[int, int], None]
Cancel = Callable[[], bool]


def execute(
    database: Database,
    run: Run,
    *,
    progress: Progress | None = None,
    cancel: Cancel | None = None,
    workers: int | None = None,
    executor: Executor | None = None,
    population: pd.DataFrame | None = None,
    source: Mapping[str, str] | None = None,
    nearness: Mapping[str, pd.DataFrame] | None = None,
) -> None:
    """Scan what a run asks for, and store what was found. `source`: where the tables come from. `nearness`:
    roads (`network`) or flows of people (`flows`), along which zones grow in place of circles.

    Raises
    ------
    UserError
        The question has no answer; says why, for the run's page.
    CancelledError
        A user cancelled the run, or another runner has taken it over.
    """
    query = ClusterQuery.from_canonical(run.query)
    of_share: dict[str, Any] = {}
    of_both: dict[str, Any] = {}
    if query.indicator is None:
        stays = stays_of_run(database, query, run.places_version)
        with database.reading() as connection:
            sent = sent_to(connection, run.scope, query, run.places_version)
            span = sent.span if sent else None
            data = gather(connection, run.scope, query, run.data_version, population, stays, span)
        both = joined(query, data, sent, population)
        data, population, of_both = both.data, both.with_people(population), both.parameters()
    else:
        held = counted.gather(database, run.scope, query, day_of(run.made_at))
        data, of_share = held.data, dict(held.parameters)
        empty = [row["location"] for row in data.not_scanned if row["reason"] == NOBODY_COUNTED]
        of_share["nobody_counted"] = empty
        if held.data_version != run.data_version:  # records came in while it waited
            of_share["data_version_read"] = held.data_version
    with database.reading() as connection:
        along = along_of(connection, query, data.end, run.places_version, data.locations["location"])
    locations = data.locations
    if population is not None and "population" in population and (not query.covariates or query.limit_by):
        locations = locations.merge(_people(population))
    roomy = with_room(query, data, locations)
    large = large_places(roomy, data, locations)
    arguments = (
        engine_arguments(query, data)
        | reported_sizes(roomy, large)
        | {
            "population": population if query.covariates or _dated(population) else None,
            "workers": workers,
            "executor": executor,
            "progress": progress,
            "cancel": cancel,
        }
        | (along.arguments() if along else dict(nearness or {}))
        | {"network_order": (source or {}).get("network_order", "shortest")}
    )
    if population is not None:
        _check_groups(data.cases, population, query.covariates)
    try:
        result, adjusted = _scan_around_silence(data, locations, arguments)
    except StatisticsError as error:  # no file has these rows, and a row may be a single person
        raise StatisticsError(_ROWS.sub("cases", error.text), **error.values) from error
    previous = cluster_runs.before(database, run.scope, run, data.end, rather_before=_day_of(run))
    found = _found(database, run, query, data, (result, adjusted), previous)
    found.parameters.update(cautions(query, data, large, workers))
    found.parameters.update(before_storing.of_share(of_share) if query.sensitive else of_share)
    found.parameters.update(places_without_row(data.placed, population))
    if roomy != query:
        found.parameters["reported_share_widened"] = True
    found.parameters.update({**(source or {}), **of_both})
    for table in (nearness or {}).values():
        found.parameters["ways"] = ways_within(table, found.members)
    if along is not None:
        found.parameters.update(along.parameters() | along.drawn(found.clusters, found.members))
    version = int(result.parameters["versions"]["engine"])
    number = previous.id if previous else None
    if not cluster_results.store(database, run.id, found, engine_version=version, previous=number):
        raise CancelledError("the run was taken away before its result was stored")


def ways_within(table: pd.DataFrame, members: Sequence[Mapping[str, Any]]) -> dict[str, list[list[str]]]:
    """Roads, or ways that people went, between the members of each cluster: by rank, the two ends of each."""
    of: dict[int, set[str]] = {}
    for member in members:
        of.setdefault(member["rank"], set()).add(member["location"])
    ends = sorted({tuple(sorted(pair)) for pair in zip(table["from"], table["to"], strict=True)})
    return {
        str(rank): [list(pair) for pair in ends if set(pair) <= places] for rank, places in sorted(of.items())
    }


def _day_of(run: Run) -> str:
    """When the day began, in Cambodia, on which the system asked for a run; empty for a person's run.

    What stands is compared with the day before: several imports a day would leave nothing new by the evening.
    """
    if run.author != SYSTEM:
        return ""
    asked = datetime.fromisoformat(run.made_at).astimezone(TIME_ZONE)
    return moment(asked.replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC))


def _people(population: pd.DataFrame) -> pd.DataFrame:
    """People of each location: all groups together; of several dates the average.

    Raises
    ------
    StatisticsError
        A number is not one, or several rows are of one place, date and group.
    """
    refuse_repeated(population)
    numbers = pd.to_numeric(population["population"], errors="coerce")
    refuse(numbers.isna(), "population", "population is empty or not a number", "correct it")
    people = population.assign(location=population["location"].astype(str), population=numbers)
    by = [name for name in ("location", "date") if name in people]
    sums = people.groupby(by, as_index=False)["population"].sum()
    return sums.groupby("location", as_index=False)["population"].mean()


def _check_groups(cases: pd.DataFrame, population: pd.DataFrame, covariates: tuple[str, ...]) -> None:
    """Refuse cases of groups that the population does not have, in words of the records.

    Raises
    ------
    StatisticsError
        Names the groups.
    """
    keys = list(covariates)
    if not keys or not set(keys) <= set(population.columns):
        return  # what is missing is said by the engine
    known = set(population[keys].astype(str).itertuples(index=False, name=None))
    held = cases.loc[cases["count"] > 0, keys].drop_duplicates().astype(str).sort_values(keys)
    missing = [
        ", ".join(f"{key} {value}" for key, value in zip(keys, values, strict=True))
        for values in held.itertuples(index=False, name=None)
        if values not in known
    ]
    if missing:
        raise StatisticsError(
            N_(
                "the population has no people of these groups, which have cases: {groups}. Add them to the "
                "population, or adjust for less"
            ),
            groups="; ".join(missing[:_MOST_NAMED]) + (" …" if len(missing) > _MOST_NAMED else ""),
        )


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
    counter = ContextCounter(query, data, adjusted=adjusted)
    members = frame_rows(result.members.rename(columns={"cluster": "rank"}))
    clusters: list[dict[str, Any]] = []
    context: list[dict[str, Any]] = []
    not_scanned = data.not_scanned
    parameters = _parameters(query, data, result) | {"silence_adjusted": adjusted}
    lists = result.clusters.columns.intersection(["hierarchical", "gini"])
    for name in lists:  # of which list a cluster is, by rank
        parameters[f"ranks_{name}"] = result.clusters.loc[result.clusters[name], "rank"].astype(int).tolist()
    ranked = frame_rows(result.clusters.drop(columns=lists))
    if query.cases_are in REACHED:  # the distribution is that of maxima of high rates
        ranked = [row | {"gumbel_p_value": None} for row in ranked]
    if query.sensitive:
        told = before_storing.large_enough(ranked, both_sides=query.indicator is not None)
        parameters["withheld_clusters"] = len(ranked) - len(told)
        members = before_storing.of_ranks(members, told)
        ranked, members = told, before_storing.members(members, both_sides=query.indicator is not None)
        not_scanned = [
            row if row["reason"] == NOBODY_COUNTED else before_storing.counts([row])[0] for row in not_scanned
        ]
        others = parameters["tested"] - parameters["cases"] if query.indicator else None
        if before_storing.few(parameters["cases"]) or before_storing.few(others):
            parameters["cases"] = None
    for row in ranked:
        places = row.pop("locations")
        rows = counter.context(places, row["start"] or data.start, row["end"] or data.end)
        row |= {"warnings": counter.warnings(rows), "curve": counter.curve(places, row)}
        clusters.append(row)
        context.extend(_context_row(row["rank"], item) for item in rows)
    _go_on(database, run, clusters, members, previous)
    return Found(clusters, members, context, not_scanned, parameters)


def _context_row(rank: int, item: dict[str, Any]) -> dict[str, Any]:
    count = item["count"]
    return {
        "rank": rank,
        "side": item["side"],
        "span": item["span"],
        "records": count.records,
        "cases": item["cases"],
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
        **({"indicator": query.indicator} if query.indicator else {"cases_are": query.cases_are}),
        "last_complete_day": _day(complete),
        "ends_incomplete": query.time != "none" and complete is not None and data.end > complete,
        "silences": len(data.silent),
    }


def _day(day: date | None) -> str | None:
    return None if day is None else day.isoformat()
