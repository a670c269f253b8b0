"""Counts of line lists with what aggregate reports add to them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from db.cubes.query import Sums

NOTHING = Sums(0, 0, 0, 0)


def sum_of(row: Any, added: Sums) -> Sums:
    return Sums(*(int(getattr(row, name)) + int(getattr(added, name)) for name in Sums._fields))


def with_reports(rows: Mapping[Any, Any], added: Mapping[Any, tuple[int, Sums]]) -> Mapping[Any, Any]:
    """Counts of line lists with what reports add to them."""
    if not added:
        return rows
    return {**rows, **{key: sum_of(rows.get(key, NOTHING), sums) for key, (_, sums) in added.items()}}


def followed(row: Any) -> int:
    """Persons who started, or may have: most of those not yet due have a blank outcome."""
    return int(row.denominator + row.unknown) if row else 0
