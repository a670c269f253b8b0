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


def _smallest(row: Mapping[str, Any], *, both_sides: bool) -> int:
    """The smallest number that a row tells: those observed, and of a share also those who are not."""
    observed, whole = int(row["observed"]), row.get("population")
    return min(observed, int(whole) - observed) if both_sides and whole is not None else observed


def large_enough(clusters: Rows, *, both_sides: bool = False) -> Rows:
    """Clusters that may be told of; the others go with their curve, members and context.

    `both_sides`: neither those observed nor the others who were counted may be few.
    """
    return [row for row in clusters if not few(_smallest(row, both_sides=both_sides))]


def of_share(said: Mapping[str, Any]) -> dict[str, Any]:
    """What a run says of an indicator, without the number of those not known where they are few."""
    return {
        name: None if name == "unknown" and value and few(value) else value for name, value in said.items()
    }


def of_ranks(rows: Rows, clusters: Rows) -> Rows:
    """Rows that belong to some clusters, by rank."""
    held = {row["rank"] for row in clusters}
    return [row for row in rows if row["rank"] in held]


def members(rows: Rows, *, both_sides: bool = False) -> Rows:
    """Members without the numbers of those with few cases; `both_sides`: or with few who are none.

    Where that is one alone, the numbers of the next smallest go, too: it would be the cluster less the rest.
    """
    hidden: set[tuple[int, str]] = set()
    for rank in {row["rank"] for row in rows}:
        own = [(_smallest(row, both_sides=both_sides), row) for row in rows if row["rank"] == rank]
        own.sort(key=lambda one: one[0])
        ordered = [row for _, row in own]
        many = sum(few(number) for number, _ in own)
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
