"""Every table of both databases, by history.

A table is known once its module is loaded. What backs up, restores or migrates asks here, so that no table is
left out, whichever modules a command loads.
"""

from __future__ import annotations

from db.tables import (  # noqa: F401
    aggregates,
    archived,
    cohorts,
    deliveries,
    denominators,
    districts,
    indicators,
    meta,
    neighbours,
    persons,
    releases,
    routes,
    signing_in,
    systems,
    uploads,
    vans,
)
from db.tables.districts import home as district_sums  # noqa: F401
from db.tables.indicators import sums as indicator_sums  # noqa: F401
from db.tables.operations import Base
from db.tables.reception import desk as reception_desk  # noqa: F401
from db.tables.reception import load as reception_load  # noqa: F401
from db.tables.reception import records as reception_records  # noqa: F401
from db.tables.reception import remote as reception_remote  # noqa: F401
from db.tables.records import metadata
from db.tables.watch import alerts, messages  # noqa: F401

#: The tables of each history.
TABLES = {"records": metadata, "operations": Base.metadata}
