"""Tables of the operations database: accounts, the audit trail, runs of cluster detection, decisions.

With SQLite they live in a second file, so that a long import never keeps anybody from signing in, or a scan
from saying how far it is.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import DeclarativeBase, relationship

from db.tables.records import RowNumber, metadata


class Base(DeclarativeBase):
    """Operations tables share the naming rules of the records tables, not their metadata."""

    metadata = MetaData(naming_convention=metadata.naming_convention)


account_roles = Table(
    "account_role",
    Base.metadata,
    Column("account", ForeignKey("account.id"), primary_key=True),
    Column("role", ForeignKey("role.id"), primary_key=True),
)


class Role(Base):
    """What a person may do; the table of what each role may do is dashboard/permissions.py."""

    __tablename__ = "role"
    id = Column(RowNumber, primary_key=True)
    name = Column(String(40), unique=True, nullable=False)
    description = Column(String(200))
    permissions = Column(Text)

    def get_permissions(self) -> set[str]:
        """None of the sign-in library's own: what a role may do is decided in one table."""
        return set()


class Account(Base):
    """A person who may sign in. `provinces`: the scope, as `Scope.text` writes it; NULL means all.

    Provinces of care stand there alone, space-separated, as they did before there were other scopes.
    """

    __tablename__ = "account"
    id = Column(RowNumber, primary_key=True)
    email = Column(String(255), unique=True, nullable=False)
    password = Column(String(255))
    active = Column(Boolean, nullable=False)
    fs_uniquifier = Column(String(64), unique=True, nullable=False)
    provinces = Column(Text)
    demo = Column(Boolean, nullable=False, default=False)
    created_at = Column(String(32), nullable=False)
    roles = relationship("Role", secondary=account_roles, lazy="joined")


#: The trail. Triggers refuse to change or remove a line. `hash`: of the line and of `previous`, the hash of
#: the line before. `token`: of a line that was noted elsewhere first, so that it comes once.
audit = Table(
    "audit",
    Base.metadata,
    Column("id", RowNumber, primary_key=True),
    Column("at", String(32), nullable=False),
    Column("actor", String(255), nullable=False),
    Column("action", String(40), nullable=False),
    Column("detail", Text, nullable=False),
    Column("token", String(32)),
    Column("previous", String(64), nullable=False, server_default=text("''")),
    Column("hash", String(64), nullable=False, server_default=text("''")),
    Index("ix_audit_at", "at"),
    Index("ix_audit_token", "token", unique=True),
)

#: Number and hash of the trail's newest line, one row: the next line follows it, and a cut end is noticed.
audit_head = Table(
    "audit_head",
    Base.metadata,
    Column("name", String(8), primary_key=True),
    Column("line", BigInteger, nullable=False),
    Column("hash", String(64), nullable=False),
)


def lease() -> tuple[Column, ...]:
    """Columns of a table that is a queue (db.operations.lease_queue).

    `heartbeat`: when its runner last gave a sign of life; `started_at`: when one last began with it.
    """
    return (
        Column("status", String(10), nullable=False, index=True),
        Column("attempts", Integer, nullable=False),
        Column("heartbeat", Float),
        Column("started_at", String(32)),
        Column("cancelled_by", String(255)),
    )


#: One run of cluster detection: its place in the queue, progress, and origin. `scope`: as `Scope.text`
#: writes it; NULL means all. `share_hash`: same question, data, scope and version, hence one run.
#: `series_hash`: same question whatever the days and the data, hence compared with one another. `at_once`: of
#: the command line, beside the queue. `error`: why it failed, with places for `error_values` (JSON).
#: `standing`: asked by the system, and by no person since.
cluster_run = Table(
    "cluster_run",
    Base.metadata,
    Column("id", String(12), primary_key=True),
    Column("made_at", String(32), nullable=False),
    Column("author", String(255), nullable=False),
    Column("scope", Text),
    Column("query", Text, nullable=False),
    Column("share_hash", String(64), nullable=False, index=True),
    Column("series_hash", String(64), nullable=False, index=True),
    Column("data_version", BigInteger, nullable=False),
    Column("places_version", String(16), nullable=False),
    Column("seed", BigInteger, nullable=False),
    *lease(),
    Column("done", Integer, nullable=False),
    Column("total", Integer, nullable=False),
    Column("finished_at", String(32)),
    Column("error", Text),
    Column("engine_version", Integer),
    Column("parameters", Text),
    Column("previous", String(12)),
    Column("at_once", Boolean),
    Column("error_values", Text),
    Column("standing", Boolean),
)

#: One time that the standing questions were asked, `cause`: after an import, or at night. `data_version`: the
#: newest batch then.
standing_round = Table(
    "standing_round",
    Base.metadata,
    Column("id", RowNumber, primary_key=True),
    Column("made_at", String(32), nullable=False),
    Column("cause", String(10), nullable=False),
    Column("data_version", BigInteger, nullable=False),
)

#: A question of a round, in the order of `number`: of everybody's records (`scope` NULL) or of some
#: provinces'. `places`: kind of place, as `by:place`. `run`: what answers it, NULL until it is asked; one run
#: answers it in every round until the data change.
standing_question = Table(
    "standing_question",
    Base.metadata,
    Column("round", ForeignKey("standing_round.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("scope", Text),
    Column("disease", String(20), nullable=False),
    Column("places", String(20), nullable=False),
    Column("run", ForeignKey("cluster_run.id"), index=True),
)

#: What was decided: by whom, for which province (`area` NULL: the whole country), who does it until when, and
#: whether it was done.
decision = Table(
    "decision",
    Base.metadata,
    Column("id", RowNumber, primary_key=True),
    Column("made_at", String(32), nullable=False),
    Column("author", String(255), nullable=False),
    Column("area", String(4)),
    Column("text", Text, nullable=False),
    Column("owner", String(100), nullable=False),
    Column("due", Date, nullable=False),
    Column("done_at", String(32)),
    Column("done_by", String(255)),
    Column("programme", String(16)),
)

#: Festivals, public holidays, events, and when crossings were closed (`last` NULL: still closed).
calendar_entry = Table(
    "calendar_entry",
    Base.metadata,
    Column("key", String(80), primary_key=True),
    Column("kind", String(12), nullable=False),
    Column("first", Date, nullable=False),
    Column("last", Date),
    Column("crossing", String(16), nullable=False),
    Column("name_en", String(80), nullable=False),
    Column("name_km", String(80), nullable=False),
    Column("compare", Boolean, nullable=False),
    Column("computed", Boolean, nullable=False),
    Column("source", String(300), nullable=False),
    Column("changed_at", String(32), nullable=False),
    Column("changed_by", String(255), nullable=False),
)


def _run() -> Column:
    return Column("run", ForeignKey("cluster_run.id"), primary_key=True)


def _rank() -> Column:
    return Column("rank", Integer, primary_key=True, autoincrement=False)


#: A cluster of a run. `key` goes on from the run before where the cluster does. `curve`, `warnings`: JSON.
cluster = Table(
    "cluster",
    Base.metadata,
    _run(),
    _rank(),
    Column("key", String(20), nullable=False),
    Column("change", String(10)),
    Column("previous_rank", Integer),
    Column("centre", String(80)),
    Column("n_locations", Integer, nullable=False),
    Column("radius_km", Float),
    Column("start", Date),
    Column("end", Date),
    Column("observed", Integer, nullable=False),
    Column("expected", Float, nullable=False),
    Column("observed_expected", Float),
    Column("relative_risk", Float),
    Column("llr", Float, nullable=False),
    Column("p_value", Float),
    Column("gumbel_p_value", Float),
    Column("recurrence_interval_days", Float),
    Column("population", Float),
    Column("rate", String(4), nullable=False),
    Column("warnings", Text, nullable=False),
    Column("curve", Text, nullable=False),
)

#: A location of a cluster. Numbers are NULL where they are withheld.
cluster_member = Table(
    "cluster_member",
    Base.metadata,
    _run(),
    _rank(),
    Column("location", String(80), primary_key=True),
    Column("observed", Integer),
    Column("expected", Float),
    Column("observed_expected", Float),
    Column("relative_risk", Float),
    Column("population", Float),
)

#: What else moved: `side` inside or outside, `span` during or before. NULL: not counted.
cluster_context = Table(
    "cluster_context",
    Base.metadata,
    _run(),
    _rank(),
    Column("side", String(8), primary_key=True),
    Column("span", String(8), primary_key=True),
    Column("records", Integer),
    Column("cases", Integer, nullable=False),
    Column("tested", Integer),
    Column("arrivals", Integer),
    Column("facilities_reporting", Integer),
)

#: A location left out. Counts are NULL where they are withheld.
cluster_not_scanned = Table(
    "cluster_not_scanned",
    Base.metadata,
    _run(),
    Column("location", String(80), primary_key=True),
    Column("reason", String(20), nullable=False),
    Column("records", Integer),
    Column("cases", Integer),
    Column("tested", Integer),
)

#: A view of the map that a person keeps under a name: a question, never an answer. `role`: shared with it.
saved_view = Table(
    "saved_view",
    Base.metadata,
    Column("id", RowNumber, primary_key=True),
    Column("owner", String(255), nullable=False),
    Column("name", String(80), nullable=False),
    Column("question", Text, nullable=False),
    Column("role", String(40)),
    Column("created_at", String(32), nullable=False),
    UniqueConstraint("owner", "name"),
    Index("ix_saved_view_role", "role"),
)

#: The view that a person's map opens with.
default_view = Table(
    "default_view",
    Base.metadata,
    Column("actor", String(255), primary_key=True),
    Column("view", ForeignKey("saved_view.id"), nullable=False, index=True),
)

#: What became of a finding about the quality of the data: who looks after it, and what is known. Findings
#: themselves are computed. `month`: its first day; of a whole period none. `field`: blank where none is
#: meant.
data_quality_item = Table(
    "data_quality_item",
    Base.metadata,
    Column("id", RowNumber, primary_key=True),
    Column("kind", String(12), nullable=False),
    Column("field", String(40), nullable=False),
    Column("month", String(10), nullable=False),
    Column("facility", String(80), nullable=False),
    Column("state", String(12), nullable=False),
    Column("owner", String(100), nullable=False),
    Column("note", Text, nullable=False),
    Column("changed_at", String(32), nullable=False),
    Column("changed_by", String(255), nullable=False),
    UniqueConstraint("kind", "field", "month", "facility"),
)
