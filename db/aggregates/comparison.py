"""Reports and line lists of the same facility and period, side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy import select
from sqlalchemy.engine import Connection

from db.aggregates import update as aggregates
from db.core.scope import Scope
from db.cubes.query import CoverageSums
from db.tables import in_scope
from db.tables.aggregates import aggregate_value
from db.tables.records import SUM_COLUMNS, facility
from surveillance.coverage.aggregates import Span, nested
from surveillance.vocabulary import UNKNOWN


@dataclass(frozen=True)
class Pair:
    """What a facility reported for a period, and what its line list holds for it.

    `counts`: which of the two is shown: `report`; `line list` where that is declared complete; `neither` of
    a report that lies across the end of a shorter one, so that neither is a part of the other.
    """

    facility: str
    province: str
    span: Span
    report: CoverageSums
    line_list: CoverageSums
    counts: str


def pairs(connection: Connection, scope: Scope, disease: str, measure: str) -> list[Pair]:
    """Every report of a disease, by facility and period."""
    names = select(aggregate_value.c.facility_key).where(
        aggregate_value.c.disease == disease,
        aggregate_value.c.superseded_batch.is_(None),
        *in_scope.programmes(scope, aggregate_value.c.disease),
    )
    known = {
        row.facility_key: (row.facility_id, row.province)
        for row in connection.execute(
            select(facility.c.facility_key, facility.c.facility_id, facility.c.province).where(
                *in_scope.facilities(scope)
            )
        )
    }
    keys = [
        name
        for name in sorted(connection.execute(names.distinct()).scalars())
        if scope.national or name in known
    ]
    reports = {k: v for k, v in aggregates.reports_of(connection, keys).items() if k.disease == disease}
    lists = aggregates.line_lists(connection, reports.items())
    complete = aggregates.declared_complete(connection, keys)
    columns = [SUM_COLUMNS.index(f"{measure}_{part}") for part in ("numerator", "denominator", "unknown")]
    chosen = [SUM_COLUMNS.index("records"), *columns]
    found = []
    for key, spans in reports.items():
        inside, _ = nested(list(spans))
        name, province = known.get(key.facility, (key.facility, UNKNOWN))
        for span in sorted(spans):
            declared = any(
                whole.first <= span.first and span.last <= whole.last
                for whole in complete.get(key.facility, [])
            )
            counts = "line list" if declared else "report" if span in inside else "neither"
            reported = _total(aggregates.sums_of_report(disease, spans[span]))
            listed = _total(
                {at: sums for at, sums in lists.get(key, {}).items() if span.first <= at[0] <= span.last}
            )
            report, line_list = (CoverageSums(*(int(sums[i]) for i in chosen)) for sums in (reported, listed))
            found.append(Pair(name, province, span, report, line_list, counts))
    return sorted(found, key=lambda pair: (pair.province, pair.facility, pair.span))


def _total(strata: Mapping[Any, np.ndarray]) -> np.ndarray:
    return sum(strata.values(), np.zeros(len(SUM_COLUMNS), np.int64))
