"""Tables of releases: who prepared and issued them, their audit, what they publish, and the sums behind it.

What a release publishes never changes once it is issued; triggers see to that.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Integer,
    LargeBinary,
    SmallInteger,
    String,
    Table,
    Text,
)

from db.tables.operations import Base, lease
from db.tables.records import RowNumber

#: One release, and its place in the queue of those that are prepared. `since`, `until`: the days of the data
#: that it was made from; `lag_days`: days after its end before a period is issued. `thresholds`: of people,
#: space-separated. `previous`: the release that was in force, NULL for the first. `task`: `prepare` or
#: `audit`. `at_once`: of the command line, beside the queue. `digest`: of what it publishes. `utility`: how
#: much is hidden (JSON). `audit_digest`: of what was audited. `audit_report`: its words and figures (JSON).
#: `audit_proofs`: what it proved, compressed, so that a later audit does not prove it again.
release = Table(
    "release",
    Base.metadata,
    Column("id", RowNumber, primary_key=True),
    Column("made_at", String(32), nullable=False),
    Column("author", String(255), nullable=False),
    Column("since", Date),
    Column("until", Date, nullable=False),
    Column("lag_days", Integer, nullable=False),
    Column("thresholds", String(40), nullable=False),
    Column("previous", ForeignKey("release.id")),
    Column("data_version", BigInteger, nullable=False),
    *lease(),
    Column("task", String(10), nullable=False),
    Column("at_once", Boolean),
    Column("done", Integer, nullable=False),
    Column("total", Integer, nullable=False),
    Column("finished_at", String(32)),
    Column("error", Text),
    Column("error_values", Text),
    Column("digest", String(64)),
    Column("utility", Text),
    Column("audit_digest", String(64)),
    Column("audit_passed", Boolean),
    Column("audit_report", Text),
    Column("audit_proofs", LargeBinary),
    Column("audited_at", String(32)),
    Column("audited_by", String(255)),
    Column("issued_at", String(32), index=True),
    Column("issued_by", String(255)),
)

#: What a release publishes of a disease at a threshold (compressed columns), and its fingerprint.
release_content = Table(
    "release_content",
    Base.metadata,
    Column("release", ForeignKey("release.id"), primary_key=True),
    Column("disease", String(16), primary_key=True),
    Column("threshold", SmallInteger, primary_key=True, autoincrement=False),
    Column("digest", String(64), nullable=False),
    Column("content", LargeBinary, nullable=False),
)

#: The sums that the figures of a disease were made from, as they were then: no page reads them. Later
#: releases carry issued periods over from here.
release_frozen = Table(
    "release_frozen",
    Base.metadata,
    Column("release", ForeignKey("release.id"), primary_key=True),
    Column("disease", String(16), primary_key=True),
    Column("content", LargeBinary, nullable=False),
)
