"""Tables of the reception centre: entries of its stations, the records they make, and sums of these.

They lie with the operations, so that a desk writes while a long import holds the records (decision 63).
"""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Date, Index, Integer, String, Table, Text

from db.tables.operations import Base
from surveillance.reception.flows import FLOWS
from surveillance.reception.lasting import COURSES, LASTING
from surveillance.reception.steps import PREVENTION, STEPS, TALLIES

#: What one station wrote at one moment. Only added to; triggers refuse a change. `id`: made on the device, so
#: that nothing is stored twice. `van`: blank without one. `fields`: JSON, those that the entry writes.
#: `made_at`: by the device's clock, never after `received_at`.
reception_entry = Table(
    "reception_entry",
    Base.metadata,
    Column("id", String(32), primary_key=True),
    Column("kind", String(12), nullable=False),
    Column("subject", String(32), nullable=False),
    Column("item", String(32), nullable=False),
    Column("van", String(32), nullable=False),
    Column("crossing", String(16), nullable=False),
    Column("station", String(12), nullable=False),
    Column("author", String(255), nullable=False),
    Column("device", String(32), nullable=False),
    Column("made_at", String(32), nullable=False),
    Column("received_at", String(32), nullable=False),
    Column("fields", Text, nullable=False),
    Index("ix_reception_entry_subject", "subject", "kind", "item"),
)

#: What a record says now: the newest value of each field. `day`: on which it counts; `entered`: on which it
#: was first entered. `partner`, `slip`: of a referral, to be found by. `due`: from which day on a worklist
#: looks at it, if any does (`surveillance.reception.worklists.due`).
reception_record = Table(
    "reception_record",
    Base.metadata,
    Column("subject", String(32), primary_key=True),
    Column("kind", String(12), primary_key=True),
    Column("item", String(32), primary_key=True),
    Column("van", String(32), nullable=False),
    Column("crossing", String(16), nullable=False),
    Column("day", Date, nullable=False),
    Column("entered", Date, nullable=False),
    Column("withdrawn", Boolean, nullable=False),
    Column("partner", String(24)),
    Column("slip", String(12)),
    Column("fields", Text, nullable=False),
    Column("due", Date),
    Index("ix_reception_record_due", "kind", "crossing", "due"),
    Index("ix_reception_record_van", "van"),
    Index("ix_reception_record_day", "kind", "crossing", "day"),
    Index("ix_reception_record_slip", "slip"),
)


def _people(name: str) -> Table:
    return Table(
        name,
        Base.metadata,
        Column("day", Date, primary_key=True),
        Column("crossing", String(16), primary_key=True),
        Column("province_home", String(16), primary_key=True),
        Column("sex", String(8), primary_key=True),
        Column("age", String(8), primary_key=True),
        Column("movement", String(20), primary_key=True),
        *(Column(step, Integer, nullable=False) for step in STEPS),
    )


def _vans(name: str) -> Table:
    return Table(
        name,
        Base.metadata,
        Column("day", Date, primary_key=True),
        Column("crossing", String(16), primary_key=True),
        *(Column(tally, Integer, nullable=False) for tally in TALLIES),
    )


def _prevention(name: str) -> Table:
    return Table(
        name,
        Base.metadata,
        Column("day", Date, primary_key=True),
        Column("kind", String(12), primary_key=True),
        Column("province_home", String(16), primary_key=True),
        Column("remote", String(8), primary_key=True),
        Column("activity", String(20), primary_key=True),
        *(Column(number, Integer, nullable=False) for number in PREVENTION),
    )


def _lasting(name: str) -> Table:
    return Table(
        name,
        Base.metadata,
        Column("day", Date, primary_key=True),
        Column("crossing", String(16), primary_key=True),
        Column("step", String(12), primary_key=True),
        Column("minutes", Integer, primary_key=True, autoincrement=False),
        *(Column(number, Integer, nullable=False) for number in LASTING),
    )


def _courses(name: str) -> Table:
    return Table(
        name,
        Base.metadata,
        Column("day", Date, primary_key=True),
        Column("crossing", String(16), primary_key=True),
        Column("sent", Date, primary_key=True),
        Column("arrived", String(10), primary_key=True),
        Column("outcome", String(20), primary_key=True),
        *(Column(number, Integer, nullable=False) for number in COURSES),
    )


def _flows(name: str) -> Table:
    return Table(
        name,
        Base.metadata,
        Column("day", Date, primary_key=True),
        Column("crossing", String(16), primary_key=True),
        Column("home", String(16), primary_key=True),
        Column("destination", String(16), primary_key=True),
        Column("movement", String(20), primary_key=True),
        Column("residence", String(20), primary_key=True),
        *(Column(number, Integer, nullable=False) for number in FLOWS),
    )


#: People who reached each step, by day and what may be shown of them.
cube_arrivals = _people("cube_arrivals")
#: What vans say of themselves, by day and crossing.
cube_arrival_vans = _vans("cube_arrival_vans")
#: What households and days of outreach say of themselves.
cube_prevention = _prevention("cube_prevention")
#: How many people each step took so many minutes, by day and crossing.
cube_arrival_times = _lasting("cube_arrival_times")
#: How many referrals were sent on a day, arrived on a day (blank: not yet) and have an outcome.
cube_referrals = _courses("cube_referrals")
#: Arrivals by home, crossing and destination.
cube_arrival_flows = _flows("cube_arrival_flows")
CUBES = (
    cube_arrivals,
    cube_arrival_vans,
    cube_prevention,
    cube_arrival_times,
    cube_referrals,
    cube_arrival_flows,
)
#: The same of records that are too old to be held one by one; the cubes hold these, too.
SEALED = (
    _people("sealed_arrivals"),
    _vans("sealed_arrival_vans"),
    _prevention("sealed_prevention"),
    _lasting("sealed_arrival_times"),
    _courses("sealed_referrals"),
    _flows("sealed_arrival_flows"),
)
#: What sums of old records do not say, since it was counted only after they were reduced: up to which day.
sum_gap = Table(
    "sum_gap",
    Base.metadata,
    Column("what", String(12), primary_key=True),
    Column("crossing", String(16), primary_key=True),
    Column("until", Date, nullable=False),
)
#: Vans, people, households that were reduced to sums: what comes of them later is refused.
sealed_subject = Table("sealed_subject", Base.metadata, Column("subject", String(32), primary_key=True))
