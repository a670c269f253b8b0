"""The day of a moment in Phnom Penh, worked out by the database."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Date
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

#: How far Phnom Penh's clocks are ahead of UTC, on every day since 1970.
HOURS = 7


class day_in_cambodia(FunctionElement):  # noqa: N801 - written like a function of SQL
    """`day_in_cambodia(moment)`: day of an ISO 8601 text in whole seconds with offset, as receipts are."""

    type = Date()
    name = "day_in_cambodia"
    inherit_cache = True


@compiles(day_in_cambodia, "sqlite")
def _sqlite(element: day_in_cambodia, compiler: Any, **more: Any) -> str:
    (moment,) = (compiler.process(part, **more) for part in element.clauses)
    return f"date({moment}, '+{HOURS} hours')"


@compiles(day_in_cambodia)
def _others(element: day_in_cambodia, compiler: Any, **more: Any) -> str:
    (moment,) = (compiler.process(part, **more) for part in element.clauses)
    return f"CAST(CAST({moment} AS timestamptz) AT TIME ZONE 'UTC' + INTERVAL '{HOURS} hours' AS date)"
