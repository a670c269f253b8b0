"""When the first record of each facility and cell was reported, against a walk over every record."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from db.batches import report_evidence
from db.core.scope import Scope
from db.history import as_of
from db.tables.records import batch, episode, facility
from surveillance.epiweek import TIME_ZONE, time_cell_number
from tests.support.examples import examples

pytestmark = pytest.mark.sql

FIRST, LAST = date(2026, 1, 26), date(2026, 2, 15)
DISEASES = ("tb", "malaria", "measles", "hiv", "syphilis")
PROVINCES = {"One": "KH01", "Two": "KH01", "Three": "KH02"}
BLANK = {
    column.name: 0 if isinstance(column.type, sa.Integer) else "unknown"
    for column in episode.columns
    if not column.nullable and column.name != "id"
}
#: Midnight in Phnom Penh is 17 o'clock in UTC.
HOURS = (-8, -7.001, -7, -6.999, -0.001, 0, 0.001, 12)


def made(seed):
    """Batches out of order, about midnight, some with a day of sending; versions, some of them ended."""
    draw = random.Random(seed)
    sent = {"source": "s", "file_name": "f", "file_sha256": "0", "actor": "a"}
    counts = dict.fromkeys(("rows", "accepted", "amended", "withdrawn", "duplicate", "rejected"), 0)
    many = draw.randrange(1, 13)
    batches = []
    for number in range(1, many + 1):
        moment = datetime(2026, 2, draw.randrange(1, 9), tzinfo=UTC) + timedelta(hours=draw.choice(HOURS))
        on = date(2026, 2, draw.randrange(1, 28)) if draw.random() < 0.3 else None
        at = moment.isoformat(timespec="seconds")
        batches.append({"id": number, **sent, **counts, "received_at": at, "sent_on": on})
    records = []
    for number in range(draw.randrange(60)):
        name, began = draw.choice((*PROVINCES, "Nowhere")), draw.randrange(1, many + 1)
        day = FIRST + timedelta(days=draw.randrange(-8, 30))
        ended = draw.randrange(began, many + 1) if draw.random() < 0.3 else None
        told = day + timedelta(days=draw.randrange(15)) if draw.random() < 0.5 else None
        records.append(
            BLANK
            | {
                "identity": number.to_bytes(16, "big"), "content": b"0" * 16, "facility": name,
                "facility_id": name, "facility_key": name.lower(), "date_visit": day, "date_report": told,
                "disease": draw.choice(DISEASES), "period": time_cell_number(day), "batch": began,
                "superseded_batch": ended,
            }
        )  # fmt: skip
    return batches, records


def by_hand(batches, records, names, disease):
    """Day of the first report of each facility and cell."""
    days = {
        one["id"]: one["sent_on"] or datetime.fromisoformat(one["received_at"]).astimezone(TIME_ZONE).date()
        for one in batches
    }
    found = {}
    for one in records:
        if one["facility"] not in names or one["disease"] in ("hiv", "syphilis"):
            continue
        if disease not in (None, one["disease"]):
            continue
        if not time_cell_number(FIRST) <= one["period"] <= time_cell_number(LAST):
            continue
        key = one["facility"], one["period"]
        found[key] = min(found.get(key, date.max), one["date_report"] or days[one["batch"]])
    return found


def test_the_first_report_of_a_cell_is_that_of_a_walk_over_every_record(database):
    with database.writing() as connection:
        rows = [
            {"facility_id": name, "facility_key": name.lower(), "province": province}
            for name, province in PROVINCES.items()
        ]
        connection.execute(facility.insert(), rows)
    some = 0
    for seed in range(examples(200)):
        batches, records = made(seed)
        with database.writing() as connection:
            connection.execute(episode.delete())
            connection.execute(batch.delete())
            connection.execute(batch.insert(), batches)
            if records:
                connection.execute(episode.insert(), records)
        for scope, names in ((Scope.everything(), set(PROVINCES)), (Scope.of("KH02"), {"Three"})):
            for disease in (None, "malaria", "hiv"):
                with database.reading() as connection:
                    found = report_evidence.came(connection, scope, FIRST, LAST, disease)
                assert found == by_hand(batches, records, names, disease), seed
                some += len(found)
        number = batches[len(batches) // 2]["id"]
        held = [one for one in records if one["batch"] <= number]
        with as_of.reading_as_of(database, number, as_of.OF_FACILITIES) as connection:
            found = report_evidence.came(connection, Scope.everything(), FIRST, LAST, None)
        assert found == by_hand(batches, held, set(PROVINCES), None), seed
    assert some > 10
