"""Sums of a reception centre are those of its entries, in whatever order and however often these come."""

from __future__ import annotations

import json
import random
from collections import Counter
from datetime import UTC, date, datetime, timedelta

import hypothesis
import pytest
import sqlalchemy as sa
from hypothesis import strategies as st

from dashboard.permissions import Grant
from dashboard.services.reception import entries as service
from dashboard.services.upkeep.verify import verify
from db.maintenance.opening import open_database
from db.reception import check, retention, store
from db.reception import sums as stored_sums
from db.tables.reception.records import (
    CUBES,
    SEALED,
    cube_arrivals,
    reception_entry,
    reception_record,
    sealed_subject,
)
from tests.support.examples import examples
from tests.support.reception import number

pytestmark = pytest.mark.sql

START = datetime(2025, 6, 1, tzinfo=UTC)
NURSE = Grant.custodian()


def some_entries(draw: random.Random, count: int) -> list[dict]:
    """Entries of three vans and a few people, who change vans, come twice, and are taken back."""
    found = []
    for _ in range(count):
        van = draw.choice(("van a", "van b", "van c"))
        kind = draw.choice(
            ("van", "arrival", "arrival", "arrival", "assessment", "service", "session", "referral")
        )
        subject, item = draw.choice("pqrstu"), ""
        own_van = draw.choice((van, van, van, ""))
        if kind in ("household", "outreach"):
            subject, own_van = f"{kind} {draw.choice('ab')}", ""
        if kind == "van" or (kind in ("service", "session") and draw.random() < 0.4):
            subject, own_van = van, van
        marks = subject == van and kind == "service"
        if kind == "service":
            given = (
                ("food", "items") if marks else ("food", "items", "test_tb", "test_malaria", "vaccination")
            )
            item = draw.choice(given)
        elif kind == "session":
            item = draw.choice(("risks", "prevention"))
        elif kind == "referral":
            item = number(draw.choice("xy"))
        found.append(
            {
                "id": number(draw.random()),
                "kind": kind,
                "subject": number(subject),
                "item": item,
                "van": number(own_van) if own_van else "",
                "crossing": draw.choice(("TH01", "TH01", "TH02", "informal")),
                "station": "desk",
                "made_at": (START + timedelta(minutes=draw.randrange(4000))).isoformat(),
                "fields": fields_of(draw, kind),
            }
        )
    return found


def fields_of(draw: random.Random, kind: str) -> dict:
    moment = draw.choice((None, "2025-06-01T10:00", "2025-06-02T11:30"))
    left_out = [number(one) for one in draw.sample("pqrstu", 3)]
    possible = {
        "van": {
            "one_in": (None, 1, 5), "men": (0, 20), "women": (3, None),
            "surge": (True, None), "urgent": (1, 0),
        },
        "arrival": {
            "sex": ("male", "female", None), "age_years": (3, 31, None), "age_band": ("0-4", None),
            "province_home": ("KH01", "KH12", None), "movement": ("deported", "returning", "commuter", None),
            "destination": ("KH12", "KH02", None), "residence": ("mobile", "resident", None),
        },
        "assessment": {
            "danger_signs": ([], ["bleeding"], None), "symptoms": ([], ["cough"], ["fever"], None),
            "assessed_at": ("2025-06-01T10:20", "2025-06-01", None),
            "pregnant": (True, False, None), "vaccination": ("complete", "incomplete", "none", None),
        },
        "service": {
            "offered": (True, False), "done": (True, False, None), "result": ("positive", "negative", None),
        },
        "session": {"minutes": (10, 20)},
        "household": {
            "province_home": ("KH01", None), "remote": (True, False, None), "to_vaccinate": (0, 2, None),
        },
        "outreach": {
            "province_home": ("KH01", "KH02"), "sessions": (1, 2), "items_given": (5, None),
            "activity": ("security_forces", "other", "fishing", None),
        },
        "referral": {
            "partner": ("tb_service", "art_site"), "outcome": ("treated", "refused", None),
            "direction": ("from", "to", None),
            "medicine": ("art", "tb", None), "sent_at": ("2025-06-01T12:00", "2025-06-01", None),
        },
    }[kind]  # fmt: skip
    named = {
        "van": "arrived_at", "arrival": "arrived_at", "assessment": "urgent_met_at", "service": "given_at",
        "session": "held_at", "referral": "arrived_at", "household": "visited_on", "outreach": "held_on",
    }[kind]  # fmt: skip
    fields = {name: draw.choice(values) for name, values in possible.items() if draw.random() < 0.6}
    if named.endswith("_on"):
        fields |= {named: moment[:10]} if moment else {}
    elif moment is not None or kind != "van":
        fields[named] = moment
    if kind in ("service", "session") and draw.random() < 0.5:
        fields["except"] = left_out
    if draw.random() < 0.1:
        fields["record_status"] = "withdrawn"
    elif draw.random() < 0.1:
        fields["record_status"] = "current"
    return fields or {"record_status": "current"}


def by_hand(database) -> tuple[dict, ...]:
    """The same sums, slowly and from the entries alone."""
    with database.operations.connect() as connection:
        rows = [dict(row) for row in connection.execute(sa.select(reception_entry)).mappings()]
    rows.sort(key=lambda row: (row["made_at"], row["id"]))
    records, at, first = {}, {}, {}
    for row in rows:
        key = (row["kind"], row["subject"], row["item"])
        for name, value in json.loads(row["fields"]).items():
            records.setdefault(key, {})[name] = value
        at[row["subject"]] = (row["van"], row["crossing"])
        first.setdefault(key, row["made_at"])
    records = {
        key: {name: value for name, value in fields.items() if value is not None}
        for key, fields in records.items()
    }
    people, vans, prevention, lasting, courses, flows = (Counter() for _ in range(6))

    def stands(key):
        return key in records and records[key].get("record_status") != "withdrawn"

    def local_day(text):
        return (datetime.fromisoformat(text) + timedelta(hours=7)).date().isoformat()

    for (kind, subject, item_), fields in records.items():
        van, crossing = at[subject]
        if kind in ("household", "outreach") and stands((kind, subject, "")):
            day = fields.get("visited_on") or fields.get("held_on") or local_day(first[kind, subject, ""])
            remote = {None: "unknown", True: "yes", False: "no"}[fields.get("remote")]
            group = fields.get("activity", "unknown").replace("security_forces", "other")
            place = (day, kind, fields.get("province_home", "unknown"), remote, group)
            prevention[(*place, "records")] += 1
            for name in ("sessions", "items_given", "to_vaccinate"):
                prevention[(*place, name)] += fields.get(name, 0)
        if kind == "van" and stands((kind, subject, "")):
            day = fields.get("arrived_at", "")[:10] or local_day(first[kind, subject, ""])
            vans[day, crossing, "vans"] += 1
            vans[day, crossing, "surges"] += fields.get("surge") is True
            for name in ("men", "women", "boys", "girls", "urgent"):
                vans[day, crossing, name] += fields.get(name, 0)
        if kind == "session" and stands((kind, subject, item_)) and fields.get("held_at"):
            vans[fields["held_at"][:10], crossing, "sessions"] += 1
        if kind == "referral" and stands((kind, subject, item_)):
            told = (fields.get("partner"), fields.get("medicine"), fields.get("direction"))
            if told[0] == "tb_service" and told[1] != "art" and told[2] != "from":
                moments = [fields.get("sent_at"), fields.get("arrived_at")]
                moments += [records.get(("van", van, ""), {}).get("arrived_at")]
                moments += [local_day(first[kind, subject, item_])]
                day = next(one[:10] for one in moments if one)
                sent = (fields.get("sent_at") or day)[:10]
                arrived = fields.get("arrived_at", "")[:10]
                courses[day, crossing, sent, arrived, fields.get("outcome", ""), "referrals"] += 1
        if kind != "arrival" or not stands((kind, subject, "")):
            continue
        # A van that was made in error still says on which day it came, but marks nobody.
        of_van = records.get(("van", van, ""), {})
        day = (fields.get("arrived_at") or of_van.get("arrived_at", ""))[:10]
        day = day or local_day(first[kind, subject, ""])
        weight = of_van.get("one_in", 1) if stands(("van", van, "")) else 1
        steps, seen = {"arrived"}, {}
        for (other, whose, item), said in records.items():
            if not stands((other, whose, item)):
                continue
            mine = whose == subject
            marked = whose == van and stands(("van", van, "")) and subject not in said.get("except", ())
            if other == "service" and item in ("food", "items") and said.get("given_at") and (mine or marked):
                steps.add(item)
            if other == "session" and said.get("held_at") and (mine or marked):
                steps.add("session")
            times = {"food": said.get("given_at")} if other == "service" and item == "food" else {}
            times |= {"session": said.get("held_at")} if other == "session" else {}
            times |= {"assessed": said.get("assessed_at")} if other == "assessment" else {}
            to_them = said.get("direction") != "from" and said.get("medicine") != "art"
            if other == "referral" and said.get("partner") == "tb_service" and to_them:
                times |= {"referred": said.get("sent_at"), "reached": said.get("arrived_at")}
            for name, moment in times.items():
                if moment and "T" in moment and (mine or marked):
                    seen.setdefault(name, []).append(datetime.fromisoformat(moment))
            if not mine:
                continue
            if other == "assessment":
                steps.add("assessed")
                if said.get("danger_signs"):
                    steps |= {"urgent"} | ({"urgent_met"} if said.get("urgent_met_at") else set())
                if said.get("symptoms"):
                    steps |= {"symptoms"} | ({"presumptive_tb"} if said["symptoms"] == ["cough"] else set())
                steps |= {"pregnant"} if said.get("pregnant") else set()
                steps |= {"to_vaccinate"} if said.get("vaccination") in ("incomplete", "none") else set()
            if other == "service" and item.startswith("test_"):
                if said.get("done") or said.get("result"):
                    steps |= {"offered", "tested"} | (
                        {"positive"} if said.get("result") == "positive" else set()
                    )
                elif said.get("offered"):
                    steps.add("offered")
            if other == "referral" and said.get("partner") == "tb_service":
                steps |= {"tb_treatment"} if said.get("medicine") == "tb" else set()
            if other == "referral" and said.get("partner") == "tb_service" and to_them:
                steps |= {"referred"} | ({"reached"} if said.get("arrived_at") else set())
                steps |= {"ended"} if said.get("outcome") else set()
                steps |= {"treated"} if said.get("outcome") == "treated" else set()
        years = fields.get("age_years")
        band = fields.get("age_band", "unknown") if years is None else {3: "0-4", 31: "25-49"}[years]
        movement = fields.get("movement", "unknown")
        movement = "returning,deported" if movement in ("returning", "deported") else movement
        cell = (
            day,
            crossing,
            fields.get("province_home", "unknown"),
            fields.get("sex", "unknown"),
            band,
            movement,
        )
        for step in steps:
            people[(*cell, step)] += weight
        way = (fields.get("province_home", "unknown"), fields.get("destination", "unknown"))
        flows[(day, crossing, *way, movement, fields.get("residence", "unknown"), "people")] += weight
        came = fields.get("arrived_at") or (of_van.get("arrived_at") if stands(("van", van, "")) else None)
        first_seen = {name: min(moments) for name, moments in seen.items()}
        for name, moment in first_seen.items():
            begin = first_seen.get("referred") if name == "reached" else came and datetime.fromisoformat(came)
            if begin:
                lasting[day, crossing, name, (moment - begin).total_seconds() // 60, "people"] += 1
    return +people, +vans, +prevention, +lasting, +courses, +flows


def as_stored(database) -> tuple[dict, ...]:
    with database.operations.connect() as connection:
        found = stored_sums.stored(connection)
    return tuple(
        Counter({(*map(str, key), name): n for (key, name), n in one.items()})
        if one is not found.lasting
        else Counter({(str(key[0]), *key[1:], name): n for (key, name), n in one.items()})
        for one in found
    )


def empty(database) -> None:
    with store.writing(database) as connection:
        for table in (reception_entry, reception_record, *CUBES, *SEALED, sealed_subject):
            connection.execute(table.delete())


@pytest.fixture
def database(database_url):
    opened = open_database(database_url)
    yield opened
    opened.dispose()


def test_sums_equal_the_entries_however_they_come(database):
    @hypothesis.settings(max_examples=examples(60))
    @hypothesis.given(st.integers(0, 2**32))
    def holds(seed):
        empty(database)
        draw = random.Random(seed)
        sent = some_entries(draw, draw.randrange(1, 120))
        later = START + timedelta(days=30)
        while sent:
            some, sent = sent[: draw.randrange(1, 30)], sent[draw.randrange(0, 30) :]
            receipts = service.receive(database, NURSE, some, now=later)
            assert {one.status for one in receipts} <= {"accepted", "held"}, receipts
        assert as_stored(database) == by_hand(database)
        with store.writing(database) as connection:
            assert check.check(connection, rebuild=False) == []

    holds()


def test_the_order_of_entries_changes_nothing(database):
    sent = some_entries(random.Random(7), 200)
    found = []
    for seed in range(3):
        empty(database)
        order = random.Random(seed).sample(sent, len(sent))
        service.receive(database, NURSE, order, now=START + timedelta(days=30))
        with database.operations.connect() as connection:
            rows = connection.execute(sa.select(reception_record))
            found.append((sorted(map(tuple, rows), key=lambda row: row[:3]), as_stored(database)))
    assert found[0] == found[1] == found[2]
    assert found[0][0]


def test_what_does_not_fit_is_named_and_mended(database):
    service.receive(database, NURSE, some_entries(random.Random(8), 200), now=START + timedelta(days=30))
    whole = as_stored(database)
    with store.writing(database) as connection:
        connection.execute(cube_arrivals.update().values(arrived=cube_arrivals.c.arrived + 1))
        gone = sa.select(reception_record.c.subject).limit(1).scalar_subquery()
        connection.execute(reception_record.delete().where(reception_record.c.subject == gone))
    assert not verify(database, NURSE).sound
    with store.checking(database, mending=True) as connection:
        found = check.check(connection, rebuild=True)
    assert {"reception_record", "cube_arrivals"} <= {one.table for one in found}
    assert verify(database, NURSE).sound
    assert as_stored(database) == whole


def test_old_records_become_sums_and_nothing_counts_otherwise(database):
    later, boundary = START + timedelta(days=99), date(2025, 7, 1)
    sent = some_entries(random.Random(9), 200)
    sent += [in_august(one) for one in some_entries(random.Random(10), 200)]
    service.receive(database, NURSE, sent, now=later)
    whole, told = as_stored(database), entries_held(database)
    with store.writing(database) as connection:
        trial = connection.begin_nested()
        would = retention.seal(connection, boundary)
        trial.rollback()
    assert entries_held(database) == told
    with store.writing(database) as connection:
        assert retention.seal(connection, boundary) == would
    assert would[0] > 0
    assert 0 < entries_held(database) < told
    assert as_stored(database) == whole
    assert verify(database, NURSE).sound
    # What was sealed comes again: it is neither counted twice nor lost without a word.
    again = service.receive(database, NURSE, sent, now=later)
    assert {one.status for one in again} == {"held", "refused"}
    assert {str(why) for one in again for why in one.reasons} == {service.SEALED}
    assert as_stored(database) == whole
    with store.writing(database) as connection:
        assert retention.seal(connection, boundary) == (0, [])


def in_august(entry: dict) -> dict:
    """The same of other vans and people, two months later."""
    moved = json.loads(json.dumps(entry).replace("2025-06-0", "2025-08-0"))
    return moved | {name: number(moved[name]) if moved[name] else "" for name in ("id", "subject", "van")}


def entries_held(database) -> int:
    with database.operations.connect() as connection:
        return connection.scalar(sa.select(sa.func.count()).select_from(reception_entry))
