"""Cluster detection for pages and commands: starting runs, where they stand, what they found.

A run belongs to the scope of the account that started it: only accounts of exactly these provinces see it.
Results hold small counts, so every function asks for the permission to look for clusters.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import Any

from dashboard.cluster_filters import POISSON, ClusterQuery
from dashboard.permissions import SYSTEM, Grant, Permission
from dashboard.services.clusters.across import asked as across
from dashboard.services.clusters.across.kept import places_across
from dashboard.services.clusters.defaults import resolve
from dashboard.services.clusters.locations import places
from dashboard.services.clusters.models import (
    BaselineShift,
    Cluster,
    ClusterResult,
    ClusterRun,
    Context,
    Member,
    NotScanned,
    QueuedRun,
)
from dashboard.services.clusters.shares import asked as shares
from dashboard.services.disclosure import clusters as disclosed
from dashboard.services.disclosure import rules
from dashboard.services.disclosure.undisclosed import Undisclosed
from dashboard.services.places import remote_group
from dashboard.services.routes import held as routes_held
from dashboard.settings import VERSION
from db.clusters import case_counts
from db.clusters import results as cluster_results
from db.clusters import runs as cluster_runs
from db.clusters.runs import NewRun, Run
from db.core.engine import Database, together
from db.operations import audit
from db.operations.lease_queue import DONE
from surveillance.clusters.changes import GONE
from surveillance.engine_version import ENGINE_VERSION
from surveillance.errors import NotPermittedError, UsageError

#: Runs that one person may have in the queue or under way at a time, and may ask for within an hour.
MOST_WAITING, MOST_AN_HOUR = 5, 30


def start(database: Database, grant: Grant, query: ClusterQuery) -> str:
    """Queue a run, or join the one that answers the same question of the same data; its id.

    Raises
    ------
    NotPermittedError
        The grant does not hold clusters, the breakdown is never made, or it lies outside the scope.
    UsageError
        The parts of the question contradict each other, or this person has asked for too many runs.
    """
    return ask(database, grant, query)[0]


def ask(
    database: Database,
    grant: Grant,
    query: ClusterQuery,
    *,
    at_once: bool = False,
    population: str | None = None,
    nearness: str | None = None,
) -> tuple[str, bool]:
    """As :func:`start`, and whether the run is a new one.

    `population`, `nearness`: fingerprints of a table of people, and of one of roads or flows.
    """
    return _ask(database, grant, query, at_once=at_once, population=population, nearness=nearness)


def ask_standing(database: Database, grant: Grant, query: ClusterQuery) -> str:
    """As :func:`start`, for the system: such a run waits behind those of people. Its round is audited.

    Raises
    ------
    NotPermittedError
        The breakdown is never made, or lies outside the scope.
    """
    return _ask(database, grant, query, standing=True)[0]


def _ask(
    database: Database,
    grant: Grant,
    query: ClusterQuery,
    *,
    at_once: bool = False,
    population: str | None = None,
    nearness: str | None = None,
    standing: bool = False,
) -> tuple[str, bool]:
    """The run's id, and whether it is a new one; with its line of the trail, or not at all."""
    grant.check(Permission.RUN_CLUSTERS)
    with database.reading() as connection:
        resolved = resolve(connection, grant, query, population_given=population is not None)
        data_version = case_counts.data_version(connection)
        places = case_counts.places_version(connection)
        places_version = remote_group.places_version(database, resolved, places)
        if resolved.with_neighbours:
            places_version = across.with_files(connection, places_version)
        if resolved.along is not None:
            places_version = routes_held.with_file(connection, places_version)
    text = resolved.canonical()
    series = resolved.series()
    if population is not None:  # another population is another question
        series = hashlib.sha256(f"{series} {population}".encode()).hexdigest()
    if nearness is not None:  # and so are other roads
        series = hashlib.sha256(f"{series} {nearness}".encode()).hexdigest()
    shared = [
        text, series, data_version, places_version, cluster_runs.scope_text(grant.scope), VERSION, population,
        ENGINE_VERSION, *shares.rests_on(database, resolved),
    ]  # fmt: skip
    asked = NewRun(
        author=grant.actor,
        scope=grant.scope,
        query=text,
        share_hash=hashlib.sha256(json.dumps(shared).encode()).hexdigest(),
        series_hash=series,
        data_version=data_version,
        places_version=places_version,
        seed=resolved.seed,
        total=resolved.replicates,
        standing=standing,
    )
    with together(database.operations):
        number, new = cluster_runs.ask(
            database, asked, most_waiting=MOST_WAITING, most_an_hour=MOST_AN_HOUR, at_once=at_once
        )
        if not standing:
            said = resolved.parameters() | {"run": number, "new": new}
            audit.record(database, grant.actor, "clusters", said)
    return number, new


def own(database: Database, grant: Grant, number: str) -> Run:
    """A run that this grant may see; a look at one that it may not is audited.

    Raises
    ------
    NotPermittedError
        The grant does not hold clusters.
    UsageError
        The number is unknown; the same is said of another scope's run.
    """
    check(database, grant, Permission.RUN_CLUSTERS, number)
    found = cluster_runs.get(database, grant.scope, number)
    if found is None:
        if cluster_runs.get(database, None, number) is not None:
            audit.record(database, grant.actor, "refused", {"run": number, "why": "another scope"})
        raise UsageError(
            "there is no such run of cluster detection, or it is of other places or programmes than yours"
        )
    query = ClusterQuery.from_canonical(found.query)
    disclosed.check(grant, query.disease)
    if reason := shares.reason_refused(grant, query) or across.reason_refused(grant, query):
        raise NotPermittedError(reason)
    return found


def told(database: Database, grant: Grant, run: Run) -> cluster_results.Found:
    """What a run stored, as this grant may see it."""
    box = Undisclosed(cluster_results.read(database, run.id))
    return disclosed.found(grant, box)


def check(database: Database, grant: Grant, permission: Permission, number: str) -> None:
    """Refuse what is not granted for a run, and write the refusal into the audit trail.

    Raises
    ------
    NotPermittedError
        The role does not hold the permission.
    """
    if not grant.can(permission) and cluster_runs.get(database, None, number) is not None:
        audit.record(database, grant.actor, "refused", {"run": number, "why": str(permission)})
    grant.check(permission)


def public(run: Run) -> ClusterRun:
    """A run as pages get it."""
    held = {name: getattr(run, name) for name in ClusterRun.__dataclass_fields__ if hasattr(run, name)}
    provinces = run.scope.provinces
    return ClusterRun(
        **held
        | {
            "query": ClusterQuery.from_canonical(run.query),
            "provinces": None if provinces is None else tuple(sorted(provinces)),
            "ways": run.parameters.get("ways") or {},
            "way_points": run.parameters.get("way_points") or {},
            "nobody": tuple(run.parameters.get("nobody_counted") or ()),
            "data_version": run.parameters.get("data_version_read") or run.data_version,
            "start": run.parameters.get("start"),
            "end": run.parameters.get("end"),
        }
    )


def status(database: Database, grant: Grant, number: str) -> ClusterRun:
    """Where a run stands.

    Raises
    ------
    NotPermittedError
        The grant does not hold clusters.
    UsageError
        There is no such run, or it is another scope's.
    """
    return public(own(database, grant, number))


def listed(database: Database, grant: Grant, limit: int = 50) -> list[ClusterRun]:
    """Runs of this scope, the newest first.

    Raises
    ------
    NotPermittedError
        The grant does not hold clusters.
    """
    grant.check(Permission.RUN_CLUSTERS)
    runs = [public(run) for run in cluster_runs.listed(database, grant.scope, limit)]
    return [
        run
        for run in runs
        if not (
            rules.by_year_only(grant, run.query.disease)
            or shares.reason_refused(grant, run.query)
            or across.reason_refused(grant, run.query)
        )
    ]


def cancel(database: Database, grant: Grant, number: str) -> bool:
    """Stop a run; whether there was anything to stop.

    Accounts of the whole country and administrators may stop a run of any scope; one that the system asked
    for, only administrators.

    Raises
    ------
    NotPermittedError
        The grant does not hold clusters, nor accounts; or it may not stop what the system asked for.
    UsageError
        There is no such run, or it is another scope's.
    """
    held = cluster_runs.get(database, None, number)
    if held is not None and held.author == SYSTEM:
        check(database, grant, Permission.MANAGE_ACCOUNTS, number)
    if not _looks_after_queue(grant) or cluster_runs.get(database, None, number) is None:
        own(database, grant, number)
    with together(database.operations):
        stopped = cluster_runs.cancel(database, number, grant.actor)
        if stopped:
            audit.record(database, grant.actor, "clusters cancelled", {"run": number})
    return stopped


def may_cancel(grant: Grant, run: ClusterRun) -> bool:
    """Whether a run that this grant sees is one that it may stop."""
    return run.author != SYSTEM or grant.can(Permission.MANAGE_ACCOUNTS)


def may_take(grant: Grant, query: ClusterQuery) -> bool:
    """Whether an account is given what a run scanned: numbers by place and day, perhaps of single people."""
    entitled = rules.entitled(grant) and grant.can(Permission.EXPORT_TABLES)
    return entitled and not query.sensitive and query.model != POISSON


def _looks_after_queue(grant: Grant) -> bool:
    national = grant.scope.whole and grant.can(Permission.RUN_CLUSTERS)
    return national or grant.can(Permission.MANAGE_ACCOUNTS)


def others(database: Database, grant: Grant) -> list[QueuedRun]:
    """Runs of other scopes that wait or are worked on, for accounts that may stop them; not what they ask.

    Raises
    ------
    NotPermittedError
        The grant holds neither clusters nor accounts.
    """
    if not _looks_after_queue(grant):
        grant.check(Permission.RUN_CLUSTERS)
        return []
    return [
        QueuedRun(run.id, run.author, run.status, run.made_at)
        for run in cluster_runs.under_way(database)
        if cluster_runs.scope_text(run.scope) != cluster_runs.scope_text(grant.scope)
        and (run.author != SYSTEM or grant.can(Permission.MANAGE_ACCOUNTS))
    ]


def result(database: Database, grant: Grant, number: str) -> ClusterResult:
    """What a run found; audited.

    Raises
    ------
    NotPermittedError
        The grant does not hold clusters.
    UsageError
        There is no such run, it is another scope's, or it is not done.
    """
    run = own(database, grant, number)
    if run.status != DONE:
        raise UsageError(
            "this run is {status}; it has no result {reason}",
            status=run.status,
            reason=str(public(run).problem or ""),
        )
    found = told(database, grant, run)
    query = ClusterQuery.from_canonical(run.query)
    with database.reading() as connection:
        known = places(connection, grant.scope, query.dimension) | places_across(run.parameters)
    clusters = read_clusters(found, public(run))
    before = cluster_runs.get(database, grant.scope, run.previous) if run.previous else None
    gone: tuple[Cluster, ...] = ()
    if before is not None and (public(run).interval_was_wrong or public(before).interval_was_wrong):
        before = None  # nothing is compared with a run whose recurrence intervals were wrong
        clusters = tuple(replace(item, change=None, previous_rank=None) for item in clusters)
    if before is not None:
        went_on = {item.previous_rank for item in clusters}
        earlier = read_clusters(told(database, grant, before), public(before))
        gone = tuple(replace(item, change=GONE) for item in earlier if item.rank not in went_on)
    audit.record(database, grant.actor, "clusters seen", {"run": number})
    return ClusterResult(
        run=public(run),
        clusters=clusters,
        not_scanned=tuple(NotScanned(**row) for row in found.not_scanned),
        parameters=disclosed.parameters(grant, Undisclosed(run.parameters))
        | {"engine_version": run.engine_version},
        places=known,
        previous=public(before) if before else None,
        gone=gone,
    )


def read_clusters(found: cluster_results.Found, run: ClusterRun) -> tuple[Cluster, ...]:
    """Stored clusters of a run with members, context and warnings; without intervals that were wrong."""
    without: dict[str, Any] = {"recurrence_interval_days": None} if run.interval_was_wrong else {}

    def of(rows: cluster_results.Rows, rank: int) -> list[dict[str, Any]]:
        return [{k: v for k, v in row.items() if k != "rank"} for row in rows if row["rank"] == rank]

    return tuple(
        Cluster(
            **dict(row)
            | {
                "members": tuple(Member(**item) for item in of(found.members, row["rank"])),
                "context": tuple(Context(**item) for item in of(found.context, row["rank"])),
                "warnings": tuple(BaselineShift(**item) for item in row["warnings"]),
                "time_unit": str(run.query.time_unit),
                "replicates": run.query.replicates,
            }
            | without
        )
        for row in found.clusters
    )
