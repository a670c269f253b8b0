"""What a run of HIV or syphilis keeps to itself: clusters, members and counts of fewer than five cases.

It is withheld before anything is stored, so that pages, files, and what the next run is compared with agree.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dashboard.services.disclosure.rules import FEWEST

Rows = list[dict[str, Any]]


def few(count: int | None) -> bool:
    """Whether a count is too small to be stored, zero too; what is not counted is not."""
    return count is not None and count < FEWEST


def large_enough(clusters: Rows) -> Rows:
    """Clusters that may be told of; the others go with their curve, members and context."""
    return [row for row in clusters if not few(row["observed"])]


def of_ranks(rows: Rows, clusters: Rows) -> Rows:
    """Rows that belong to some clusters, by rank."""
    held = {row["rank"] for row in clusters}
    return [row for row in rows if row["rank"] in held]


def members(rows: Rows) -> Rows:
    """Members without the numbers of those with few cases.

    Where that is one alone, the numbers of the next smallest go, too: it would be the cluster less the rest.
    """
    hidden: set[tuple[int, str]] = set()
    for rank in {row["rank"] for row in rows}:
        ordered = sorted((row for row in rows if row["rank"] == rank), key=lambda row: row["observed"])
        many = sum(few(row["observed"]) for row in ordered)
        hidden |= {(rank, row["location"]) for row in ordered[: 2 if many == 1 else many]}
    return [_without_numbers(row) if (row["rank"], row["location"]) in hidden else row for row in rows]


def _without_numbers(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value if name in ("rank", "location") else None for name, value in row.items()}


def counts(rows: Rows) -> Rows:
    """Rows of counts without those that are small."""
    return [
        {name: None if isinstance(value, int) and few(value) else value for name, value in row.items()}
        for row in rows
    ]
