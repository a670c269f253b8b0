"""Runs with what they found in short, and what a run waits for: the list of runs, and the page of one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from dashboard.permissions import Grant
from dashboard.services.clusters import runs as clusters
from dashboard.services.clusters.models import ClusterRun
from db.clusters import results as cluster_results
from db.core.engine import Database
from surveillance.clusters.chance import Strength


@dataclass(frozen=True)
class PastRun:
    """One run; `clusters`: the strength of each that it found, empty while it is not done."""

    run: ClusterRun
    clusters: tuple[Strength, ...]


def history(database: Database, grant: Grant, limit: int = 50) -> list[PastRun]:
    """Runs of this scope, the newest first.

    Raises
    ------
    NotPermittedError
        The grant does not hold clusters.
    """
    runs = clusters.listed(database, grant, limit)
    found = cluster_results.strengths(database, [run.id for run in runs])
    return [PastRun(run, tuple(_strengths(run, found.get(run.id, ())))) for run in runs]


def _strengths(run: ClusterRun, held: Iterable[tuple[float | None, float | None]]) -> Iterator[Strength]:
    for p_value, interval in held:
        yield Strength(p_value, None if run.interval_was_wrong else interval)


def ahead(database: Database, grant: Grant, number: str) -> int:
    """Runs of anybody that were asked for before this one and are not over.

    Raises
    ------
    NotPermittedError
        The grant does not hold clusters.
    UsageError
        There is no such run, or it is another scope's.
    """
    return cluster_results.asked_before(database, clusters.own(database, grant, number))
