"""What a run of cluster detection found: written once, with the run's end, and read by its id.

The reader has been given the run by `db.clusters.runs.get`, which holds it to a scope.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy import Table, func, select

from db.clusters import runs as cluster_runs
from db.core.engine import Database, write_transaction
from db.tables.operations import cluster, cluster_context, cluster_member, cluster_not_scanned
from db.tables.operations import cluster_run as run

Rows = Sequence[Mapping[str, Any]]
_JSON = ("warnings", "curve")


@dataclass(frozen=True)
class Found:
    """The tables of one run, as rows by column. A cluster's `curve` is left out where many are read."""

    clusters: Rows = ()
    members: Rows = ()
    context: Rows = ()
    not_scanned: Rows = ()
    parameters: dict[str, Any] = field(default_factory=dict)


def _plain(value: Any) -> Any:
    """What is not there is NULL; a relative risk may be infinite, where all cases are inside."""
    return None if isinstance(value, float) and math.isnan(value) else value


def store(
    database: Database, number: str, found: Found, *, engine_version: int, previous: str | None
) -> bool:
    """Write a result and end its run in one transaction; false, and nothing written, if it was taken away."""
    with write_transaction(database.operations) as connection:
        if not cluster_runs.finish(
            connection,
            number,
            engine_version=engine_version,
            parameters=found.parameters,
            previous=previous,
        ):
            return False
        for table, rows in _tables(found):
            written = [
                {name: json.dumps(value) if name in _JSON else _plain(value) for name, value in row.items()}
                | {"run": number}
                for row in rows
            ]
            if written:
                connection.execute(table.insert(), written)
    return True


def _tables(found: Found) -> tuple[tuple[Table, Rows], ...]:
    return (
        (cluster, found.clusters),
        (cluster_member, found.members),
        (cluster_context, found.context),
        (cluster_not_scanned, found.not_scanned),
    )


def read(database: Database, number: str) -> Found:
    """Everything a run found, but the curves."""
    with database.operations.connect() as connection:

        def rows(table: Table) -> list[dict[str, Any]]:
            columns = [column for column in table.columns if column.name not in ("run", "curve")]
            query = select(*columns).where(table.c.run == number).order_by(*table.primary_key.columns)
            return [dict(row) for row in connection.execute(query).mappings()]

        clusters = rows(cluster)
        for row in clusters:
            row["warnings"] = json.loads(row["warnings"])
        return Found(clusters, rows(cluster_member), rows(cluster_context), rows(cluster_not_scanned))


def of_runs(database: Database, numbers: Sequence[str]) -> dict[str, Found]:
    """Of some runs the clusters alone, by rank, without curves and warnings."""
    left_out = ("curve", "warnings")
    columns = [column for column in cluster.columns if column.name not in left_out]
    query = select(*columns).where(cluster.c.run.in_(numbers)).order_by(cluster.c.run, cluster.c.rank)
    rows: dict[str, list[dict[str, Any]]] = {number: [] for number in numbers}
    with database.operations.connect() as connection:
        for row in connection.execute(query).mappings():
            rows[row["run"]].append({name: value for name, value in row.items() if name != "run"})
    return {number: Found(found) for number, found in rows.items()}


def locations(database: Database, numbers: Sequence[str]) -> dict[tuple[str, int], frozenset[str]]:
    """Of some runs the locations of each cluster, by run and rank."""
    columns = cluster_member.c.run, cluster_member.c.rank, cluster_member.c.location
    found: dict[tuple[str, int], set[str]] = {}
    with database.operations.connect() as connection:
        for number, rank, location in connection.execute(
            select(*columns).where(cluster_member.c.run.in_(numbers))
        ):
            found.setdefault((number, rank), set()).add(location)
    return {key: frozenset(held) for key, held in found.items()}


def strengths(
    database: Database, numbers: Sequence[str]
) -> dict[str, list[tuple[float | None, float | None]]]:
    """Of some runs the clusters' p-values and recurrence intervals in days, by rank."""
    columns = cluster.c.run, cluster.c.p_value, cluster.c.recurrence_interval_days
    query = select(*columns).where(cluster.c.run.in_(numbers)).order_by(cluster.c.run, cluster.c.rank)
    found: dict[str, list[tuple[float | None, float | None]]] = {}
    with database.operations.connect() as connection:
        for number, p_value, interval in connection.execute(query):
            found.setdefault(number, []).append((p_value, interval))
    return found


def asked_before(database: Database, this: cluster_runs.Run) -> int:
    """How many runs of the queue, of any scope, were asked for before a run and are not over.

    Standing runs that wait are behind it, unless it is one of them.
    """
    behind = sa.and_(run.c.status == cluster_runs.QUEUED, run.c.standing.is_(True))
    earlier = (
        run.c.status.in_((cluster_runs.QUEUED, cluster_runs.RUNNING)),
        sa.true() if this.standing else sa.not_(behind),
        run.c.made_at < this.made_at,
        run.c.at_once.is_not(True),
    )
    with database.operations.connect() as connection:
        return int(connection.execute(select(func.count()).where(*earlier)).scalar_one())


def curve(database: Database, number: str, rank: int) -> dict[str, Any]:
    """The curve of one cluster; empty where there is no such cluster."""
    query = select(cluster.c.curve).where(cluster.c.run == number, cluster.c.rank == rank)
    with database.operations.connect() as connection:
        text = connection.execute(query).scalar()
    return json.loads(text) if text else {}
