"""Tables of alerts, in the operations database: what was raised, each step of its life, and each run."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Date, Float, ForeignKey, Index, Integer, String, Table, Text

from db.tables.operations import Base
from db.tables.records import RowNumber

#: An alert. `day`, `first`, `count`, `threshold`, `counts`, `curve` are as seen when it was raised (`counts`
#: and `curve`: JSON, cases by day), from the records up to batch `data_version`; `last_day`, `last_count` and
#: `last_counts` are of the last time that it was told to have grown. `also`: JSON, larger places of the same
#: event. `province`, `district`, `facility` say whose it is; a blank province is the whole country.
#: `level_now`: who is to look at it; it goes up while nobody owns it.
alert = Table(
    "alert",
    Base.metadata,
    Column("id", RowNumber, primary_key=True),
    Column("rule", String(40), nullable=False),
    Column("version", Integer, nullable=False),
    Column("disease", String(16), nullable=False),
    Column("level", String(10), nullable=False),
    Column("place", String(80), nullable=False),
    Column("province", String(8)),
    Column("district", String(80)),
    Column("facility", String(80)),
    Column("immediate", Boolean, nullable=False),
    Column("raised_at", String(32), nullable=False),
    Column("data_version", Integer, nullable=False),
    Column("first", Date, nullable=False),
    Column("day", Date, nullable=False),
    Column("first_case", Date, nullable=False),
    Column("count", Integer, nullable=False),
    Column("threshold", Float, nullable=False),
    Column("above", Boolean, nullable=False),
    Column("counts", Text, nullable=False),
    Column("curve", Text, nullable=False),
    Column("also", Text, nullable=False),
    Column("last_day", Date, nullable=False),
    Column("last_count", Integer, nullable=False),
    Column("last_counts", Text, nullable=False),
    Column("level_now", String(10), nullable=False),
    Column("owner", String(255)),
    Column("looked_at", String(32)),
    Column("verified", Boolean),
    Column("event", String(80)),
    Column("outcome", String(16)),
    Column("closed_at", String(32)),
    Index("ix_alert_rule_place", "rule", "level", "place"),
)

#: What happened to an alert, in order. `detail`: JSON.
alert_step = Table(
    "alert_step",
    Base.metadata,
    Column("id", RowNumber, primary_key=True),
    Column("alert", ForeignKey("alert.id"), nullable=False, index=True),
    Column("at", String(32), nullable=False),
    Column("actor", String(255), nullable=False),
    Column("kind", String(12), nullable=False),
    Column("detail", Text, nullable=False),
)

#: A run of the rules that came to its end: for days from `first` to `day`. `asked`: rules times places;
#: `alarms` among them, `raised` of these as alerts.
alert_run = Table(
    "alert_run",
    Base.metadata,
    Column("id", RowNumber, primary_key=True),
    Column("made_at", String(32), nullable=False),
    Column("data_version", Integer, nullable=False),
    Column("first", Date, nullable=False),
    Column("day", Date, nullable=False),
    Column("asked", Integer, nullable=False),
    Column("alarms", Integer, nullable=False),
    Column("raised", Integer, nullable=False),
)
