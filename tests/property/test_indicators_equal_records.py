"""Sums of indicators are those of the current records, whatever came, ended, moved, was placed or sealed."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from dashboard.permissions import Grant
from dashboard.services.clock import today_in_cambodia
from dashboard.services.imports import pipeline as imports
from dashboard.services.imports.facilities import import_facilities
from dashboard.services.imports.options import ImportOptions
from dashboard.settings import Settings
from db.history import as_of
from db.indicators import update
from db.indicators.contributions import facts_of
from db.maintenance.opening import open_database
from db.maintenance.verify import verify
from db.retention import archiving
from db.tables.indicators.sums import OF_OTHERS, OF_SENSITIVE, PLACES, cube_indicator, sealed_indicator
from db.tables.records import batch, episode
from surveillance.epiweek import time_cell_number
from surveillance.indicators import table
from surveillance.indicators.model import Count, OfRecords
from tests.support.command_line import KEY
from tests.support.files import csv_text, record, write_csv

pytestmark = pytest.mark.sql

SETTINGS = Settings.read({"CHHLANG_SECRET_KEY": KEY})
FACILITIES = ({"facility_id": "HC1", "province": "KH01"}, {"facility_id": "HC2", "province": "KH02"})
DETAILS = {
    "malaria": ("species=pv; primaquine=14_days; g6pd=normal", "species=pf; antimalarial=asmq",
                "notified_within_1_day=yes"),
    "tb": ("xpert=positive; xray=yes", "xpert=trace", "contact=yes; screened=yes; tpt_eligible=yes"),
    "hiv": ("previously_diagnosed=yes", "treatment_basis=preventive"),
    "awd": ("dehydration=severe", "screened=yes; symptomatic=yes; referred=no"),
}  # fmt: skip


def rows(seed: int, count: int = 120) -> list[dict[str, str]]:
    """Records of a few weeks, of which some come again, with every field that an indicator looks at."""
    draw, found = random.Random(seed), []
    for number in range(count):
        day = date(2022, 12, 26) + timedelta(days=draw.randrange(30))

        def later(most: int, day: date = day) -> str:
            days = draw.randrange(-1, most)
            return "" if draw.random() < 0.4 else (day + timedelta(days=days)).isoformat()

        disease = draw.choice(("malaria", "malaria", "tb", "hiv", "awd"))
        tested, positive = draw.choice(("yes", "yes", "")), draw.choice(("yes", "yes", "no", ""))
        treated = draw.choice(("yes", "")) if positive == "yes" else ""
        found.append(
            record(
                record_id=str(number % (count * 3 // 4)) if draw.random() < 0.9 else "",
                facility_id=draw.choice(("HC1", "hc1", "HC2", "elsewhere")),
                disease=disease,
                date_visit=day.isoformat(),
                date_result=later(3),
                date_notified=later(5),
                date_investigated=later(9),
                date_responded=later(12),
                date_treated=later(40) if treated else "",
                date_viral_load=later(300),
                viral_load=draw.choice(("", "<40", "990", "12,000")),
                g6pd_activity=draw.choice(("", "25", "80")),
                province_home=draw.choice(("KH01", "KH12", "", "no such place")),
                crossing=draw.choice(("TH01", "", "no such gate")),
                age_years=draw.choice(("1", "30", "")),
                eligible=draw.choice(("yes", "yes", "")) if tested else draw.choice(("yes", "no", "")),
                tested=tested,
                positive=positive if tested else "",
                treated=treated if tested else "",
                completed=draw.choice(("yes", "no", "")) if treated and tested else "",
                test_method=draw.choice(("", "rdt", "microscopy", "molecular")),
                case_status=draw.choice(("", "confirmed")),
                origin=draw.choice(("", "imported", "indigenous")),
                outcome=draw.choice(("", "died", "lost_to_follow_up")) if treated and tested else "",
                detail=draw.choice(("", *DETAILS[disease])),
            )
        )
    return found


def by_hand(connection) -> dict[tuple, tuple[int, int, int]]:
    """Every sum, from one record after the other."""
    found: dict[tuple, Counter] = {}
    current = sa.select(episode).where(episode.c.superseded_batch.is_(None))
    for one in connection.execute(current).mappings():
        facts = facts_of(one)
        for key, row in table.OF_RECORDS.items():
            if one["disease"] not in row.diseases:
                continue
            assert isinstance(row.counted, OfRecords)
            added = row.counted.rule(facts)
            period = one["start_period" if row.period == "cohort" else "period"]
            for kind in OF_SENSITIVE if row.sensitive else OF_OTHERS:
                sums = found.setdefault((key, kind, period, one[PLACES[kind]], one["disease"]), Counter())
                sums.update(added._asdict())
    return {
        key: tuple(sums[name] for name in Count._fields) for key, sums in found.items() if any(sums.values())
    }


def held(connection, of=cube_indicator) -> dict[tuple, tuple[int, int, int]]:
    """Every sum that is kept."""
    return {tuple(row[:5]): tuple(row[5:]) for row in connection.execute(sa.select(of))}


@pytest.fixture
def bring(database, tmp_path):
    """Import rows, as if they had come some days ago; then sums must be those by hand."""
    count = 0

    def bringing(rows, days_ago=0):
        nonlocal count
        count += 1
        path = tmp_path / f"{count}.csv"
        path.write_text(csv_text(rows), encoding="utf-8")
        imports.import_file(database, Grant.custodian(), SETTINGS, path, ImportOptions(same_numbers="amend"))
        with database.writing() as connection:
            came = f"{today_in_cambodia() - timedelta(days=days_ago)}T16:00:00+00:00"
            connection.execute(batch.update().where(batch.c.id == count).values(received_at=came))
        check(database)

    import_facilities(database, Grant.custodian(), write_csv(tmp_path / "f.csv", *FACILITIES))
    return bringing


def check(database) -> None:
    with database.reading() as connection:
        found = held(connection)
        assert found == by_hand(connection)
        assert found


def test_files_that_add_amend_and_withdraw_leave_the_sums_of_the_current_records(
    database, bring, cli, tmp_path, monkeypatch
):
    monkeypatch.setattr(update, "_PART", 50)
    bring(rows(1))
    bring(rows(2))
    gone = [
        {
            "record_id": str(n),
            "facility_id": "HC1",
            "record_status": "withdrawn",
            "disease": "",
            "date_visit": "",
        }
        for n in range(40)
    ]
    bring(gone)
    with database.reading() as connection:
        keys = {key[0] for key in held(connection)}
        assert len(keys) > 30, keys  # most indicators count something here
        assert {key[1] for key in held(connection)} == set(PLACES)
    moved = [{"facility_id": "HC1", "province": "KH24"}, {"facility_id": "elsewhere", "province": "KH02"}]
    import_facilities(database, Grant.custodian(), write_csv(tmp_path / "moved.csv", *moved))
    check(database)
    done = cli("places", "resolve", "--field", "province_home", "no such place", "KH03")
    assert done.code == 0, done.stderr
    check(database)
    with database.writing() as connection:
        found = verify(connection, rebuild=False)
        assert found.sound, found.cubes
        connection.execute(cube_indicator.update().values(numerator=99))
        assert [one.cube for one in verify(connection, rebuild=True).cubes] == ["cube_indicator"]
    check(database)


@pytest.mark.in_turn()  # PostgreSQL: files that add, amend and withdraw
def test_as_of_an_earlier_day_the_sums_are_those_of_then(database, bring):
    bring(rows(3), days_ago=9)
    with database.reading() as connection:
        then = held(connection)
    bring(rows(4))
    number = 1
    with as_of.reading_as_of(database, number) as connection:
        assert held(connection) == then


@pytest.mark.in_turn()  # PostgreSQL: files that add, amend and withdraw
def test_sealing_changes_no_sum_and_a_new_indicator_is_then_unknown(
    database, bring, monkeypatch, database_url
):
    bring(rows(5))
    with database.reading() as connection:
        before = held(connection)
    boundary = time_cell_number(date(2023, 1, 9))
    with database.writing() as connection:
        sealed = archiving.seal(connection, boundary, "2026-01-01", lambda _: None)
        assert sealed.records
        assert held(connection) == before
        assert held(connection, sealed_indicator)
        assert verify(connection, rebuild=False).sound
        assert update.known_from(connection, 8) is None
    row = table.OF_RECORDS[8]
    assert isinstance(row.counted, OfRecords)
    changed = replace(row, counted=replace(row.counted, edition=2))
    monkeypatch.setitem(table.OF_RECORDS, 8, changed)
    again = open_database(database_url)  # sums what is new by itself
    with again.reading() as connection:
        own = {key: sums for key, sums in held(connection).items() if key[0] == 8}
        assert own == {key: sums for key, sums in by_hand(connection).items() if key[0] == 8}
        assert held(connection) | own == held(connection)
        assert {key: sums for key, sums in before.items() if key[0] != 8}.items() <= held(connection).items()
        assert update.known_from(connection, 8) == boundary
        assert update.known_from(connection, 11) is None
    again.dispose()


@pytest.mark.in_turn()
def test_an_indicator_that_is_gone_leaves_no_sum(database, bring, monkeypatch, database_url):
    bring(rows(6, 40))
    monkeypatch.delitem(table.OF_RECORDS, 8)
    again = open_database(database_url)
    with again.reading() as connection:
        assert 8 not in {key[0] for key in held(connection)}
        assert update.is_current(connection)
    again.dispose()
