"""A run of cluster detection as a row of its table: what it holds, and whose it is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import RowMapping

from db.core.scope import Scope
from db.tables.operations import cluster_run as run

QUEUED, RUNNING = "queued", "running"


@dataclass(frozen=True)
class NewRun:
    """A run about to be asked for. `standing`: by the system, for no person."""

    author: str
    scope: Scope
    query: str
    share_hash: str
    series_hash: str
    data_version: int
    places_version: str
    seed: int
    total: int
    standing: bool = False


@dataclass(frozen=True)
class Run:
    """A run as it stands. `parameters`: what the engine used, once it is done.

    `error`: why it failed, with places for `error_values`. `standing`: asked by the system, and by no person
    since.
    """

    id: str
    made_at: str
    author: str
    scope: Scope
    query: str
    series_hash: str
    data_version: int
    places_version: str
    status: str
    done: int
    total: int
    started_at: str | None
    finished_at: str | None
    cancelled_by: str | None
    error: str | None
    error_values: Mapping[str, Any]
    at_once: bool
    standing: bool
    engine_version: int | None
    previous: str | None
    parameters: Mapping[str, Any]


def scope_text(scope: Scope) -> str | None:
    """A scope as it is stored; two are the same exactly where their texts are."""
    return scope.text


def same_scope(scope: Scope) -> sa.ColumnElement[bool]:
    """Condition that a run is of exactly this scope."""
    text = scope_text(scope)
    return run.c.scope.is_(None) if text is None else run.c.scope == text


def read_run(row: RowMapping) -> Run:
    """A row of the table as a run."""
    made = {
        "scope": Scope.read(row["scope"]),
        "parameters": json.loads(row["parameters"] or "{}"),
        "error_values": json.loads(row["error_values"] or "{}"),
        "at_once": bool(row["at_once"]),
        "standing": bool(row["standing"]),
    }
    return Run(**made, **{name: row[name] for name in Run.__dataclass_fields__ if name not in made})
