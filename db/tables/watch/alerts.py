"""Tables of alerts, in the operations database: what was raised, each step of its life, and each run."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Date, Float, ForeignKey, Index, Integer, String, Table, Text

from db.tables.operations import Base
from db.tables.records import RowNumber

#: An alert. `day`, `first`, `count`, `threshold`, `counts`, `curve` are as seen when it was raised (`counts`
#: and `curve`: JSON, cases by day), from the records up to batch `data_version`; `last_day`, `last_count` and
#: `last_counts` are of the last time that it was told to have grown. `also`: JSON, larger places of the same
#: event. `province`, `district`, `facility` say whose it is; a blank province is the whole country.
#: `level_now`: who is to look at it; it goes up while nobody owns it. `recurrence`: days in which chance
#: brings one as strong to one question, where that is known. `cluster`: the key by which a cluster of the
#: standing scans goes on, and `path` its page. `night`: of an alert found by looking back, the night on which
#: it would have been told. `outbreak`: the known outbreak that it belongs to. `met`: JSON, other rules
#: that its cases met, and with which cases.
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
    Column("recurrence", Float),
    Column("cluster", String(20)),
    Column("path", String(40)),
    Column("night", Date),
    Column("outbreak", ForeignKey("outbreak.id"), index=True),
    Column("met", Text),
    Column("told_count", Integer),
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
#: `alarms` among them, `raised` of these as alerts. `chance`: how many alarms a month chance was allowed
#: among questions that chance makes alarm, and `allowed` how many questions these were.
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
    Column("chance", Float),
    Column("allowed", Integer),
)

#: A known outbreak or other event. `source`: `alert` (made of one), `missed` (entered by a person, since no
#: alert told of it) or `file` (another system's). `reference`: its number there; none comes twice. `last`
#: NULL: it goes on. `emerged`, `detected`, `notified`, `responded`: the days of 7-1-7.
outbreak = Table(
    "outbreak",
    Base.metadata,
    Column("id", RowNumber, primary_key=True),
    Column("name", String(80), nullable=False),
    Column("disease", String(16), nullable=False),
    Column("level", String(10), nullable=False),
    Column("place", String(80), nullable=False),
    Column("province", String(8)),
    Column("district", String(80)),
    Column("facility", String(80)),
    Column("first", Date, nullable=False),
    Column("last", Date),
    Column("cases", Integer),
    Column("source", String(8), nullable=False),
    Column("reference", String(80), unique=True),
    Column("emerged", Date),
    Column("detected", Date),
    Column("notified", Date),
    Column("responded", Date),
    Column("made_at", String(32), nullable=False),
    Column("made_by", String(255), nullable=False),
)

#: What the last day of an outbreak was said to be, and since when; of one whose last day was never changed
#: there is no row. Only added to.
outbreak_last = Table(
    "outbreak_last",
    Base.metadata,
    Column("id", RowNumber, primary_key=True),
    Column("outbreak", ForeignKey("outbreak.id"), nullable=False, index=True),
    Column("at", String(32), nullable=False),
    Column("last", Date),
)

#: A standing scan as the watch looks at it. `first_look`: the day of the records from which on earlier
#: analyses count; it is fixed when the question is first looked at. `run`: the last one whose clusters were
#: weighed, `looked_on` the day in Cambodia. `deeper`: a run of the same question with more replicates. Of a
#: slow disease, which is scanned once a month: `month`, the last day of the last month that was looked at,
#: and `deeper`, the scan of the next one.
watched_scan = Table(
    "watched_scan",
    Base.metadata,
    Column("disease", String(16), primary_key=True),
    Column("places", String(20), primary_key=True),
    Column("first_look", Date, nullable=False),
    Column("run", String(12)),
    Column("looked_on", Date),
    Column("data_version", Integer),
    Column("deeper", String(12)),
    Column("month", Date),
)

#: A class that a person gave to a case: to the record of which `version` was the version at hand, whatever
#: became of the record since. `batch`, `row_number`: of that version, so that a number that the database
#: gives a second time is not taken for it. `day`: of the visit. `before`: the class that held. `after`: NULL
#: where the class that the rules find holds again. Only added to; rows of sealed days are taken away.
case_class = Table(
    "case_class",
    Base.metadata,
    Column("id", RowNumber, primary_key=True),
    Column("version", RowNumber, nullable=False, index=True),
    Column("batch", RowNumber, nullable=False),
    Column("row_number", Integer, nullable=False),
    Column("disease", String(16), nullable=False),
    Column("day", Date, nullable=False),
    Column("before", String(12), nullable=False),
    Column("after", String(12)),
    Column("reason", String(300), nullable=False),
    Column("actor", String(255), nullable=False),
    Column("at", String(32), nullable=False),
    Index("ix_case_class_disease_day", "disease", "day"),
)
