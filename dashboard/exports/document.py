"""Clusters as one JSON document. What is infinite is the text "infinity", and what is not there null."""

from __future__ import annotations

import json
import math
from datetime import date
from typing import Any

from dashboard.exports.clusters import ClusterExport, cluster_rows, member_rows

#: Columns of the tables that a document holds once, at its top.
ONCE = ("run_id", "note", "location_names")


def document(export: ClusterExport) -> dict[str, Any]:
    """`parameters`, `clusters` and `members`; numbers unrounded, days as YYYY-MM-DD."""
    return {
        "parameters": json_value(export.parameters()),
        "clusters": [_record(row) for row in cluster_rows(export)],
        "members": [_record(row) for row in member_rows(export)],
    }


def json_text(export: ClusterExport) -> str:
    """The document as text."""
    return json.dumps(document(export), ensure_ascii=False, allow_nan=False)


def json_bytes(export: ClusterExport) -> bytes:
    """The document as a file."""
    return (json_text(export) + "\n").encode()


def _record(row: dict[str, Any]) -> dict[str, Any]:
    return {name: json_value(value) for name, value in row.items() if name not in ONCE}


def json_value(value: Any) -> Any:
    """A value as JSON can hold it.

    >>> json_value([1.5, float("inf"), float("nan"), date(2025, 1, 31)])
    [1.5, 'infinity', None, '2025-01-31']
    """
    if isinstance(value, dict):
        return {str(name): json_value(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [json_value(part) for part in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None if math.isnan(value) else "infinity" if value > 0 else "-infinity"
    return value.isoformat() if isinstance(value, date) else value
