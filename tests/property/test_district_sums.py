"""Sums by district are those of the current records, and add up to their province's, whatever happened."""

from __future__ import annotations

import random
from collections import Counter
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from dashboard.permissions import Grant
from dashboard.services.clock import today_in_cambodia
from dashboard.services.districts.home import district_table
from dashboard.services.imports import pipeline as imports
from dashboard.services.imports.facilities import import_facilities
from dashboard.services.imports.options import ImportOptions
from dashboard.settings import Settings
from db.history import as_of
from db.maintenance.verify import verify
from db.retention import archiving
from db.tables.districts.home import cube_district, sealed_district
from db.tables.records import MEASURE_COLUMNS, batch, episode
from geodata.gazetteer import districts
from surveillance.coverage.indicators import MEASURES, all_states, contribution
from surveillance.diseases import DISEASES
from surveillance.epiweek import time_cell_number
from tests.support.command_line import KEY
from tests.support.files import csv_text, record, write_csv

SETTINGS = Settings.read({"CHHLANG_SECRET_KEY": KEY})
FACILITIES = ({"facility_id": "HC1", "province": "KH01"}, {"facility_id": "HC2", "province": "KH02"})
ADDED = {
    state: {
        f"{code}_{part}": 0 if measure.by_start else getattr(contribution(measure, answers), part)
        for code, measure in MEASURES.items()
        for part in ("numerator", "denominator", "unknown")
    }
    for state, answers in all_states()
}


def rows(seed: int, count: int = 90) -> list[dict[str, str]]:
    """Records of a few weeks, of which some come again, with every way to say where home is."""
    draw, found = random.Random(seed), []
    homes = (
        ("KH01", "0102"), ("KH01", "Ou Chrov"), ("KH01", ""), ("KH01", "0201"), ("KH01", "no such district"),
        ("", "2204"), ("", "ស្រុកថ្មពួក"), ("KH22", "Samraong"), ("KH21", "Samraong"), ("", "Samraong"), ("", ""),
        ("Oddar Meanchey", "22040101"), ("no such place", "0102"), ("TH", "0102"), ("KH25", "0310"),
    )  # fmt: skip
    places = (*homes, ("01020304", ""), ("010203", "0102"), ("010203", "0103"))
    for number in range(count):
        home, acquired = draw.choice(homes), draw.choice(places)
        tested, positive = draw.choice(("yes", "yes", "")), draw.choice(("yes", "no", ""))
        day = date(2022, 12, 26) + timedelta(days=draw.randrange(30))
        found.append(
            record(
                record_id=str(number % (count * 3 // 4)) if draw.random() < 0.9 else "",
                facility_id=draw.choice(("HC1", "HC2", "elsewhere")),
                disease=draw.choice(("malaria", "malaria", "tb", "hiv")),
                date_visit=day.isoformat(),
                province_home=home[0],
                district_home=home[1],
                place_infection=acquired[0],
                district_infection=acquired[1],
                eligible="yes" if tested else draw.choice(("yes", "no", "")),
                tested=tested,
                positive=positive if tested else "",
            )
        )
    return found


def by_hand(connection) -> dict[tuple, tuple[int, ...]]:
    """Every sum, from one record after the other."""
    found: dict[tuple, Counter] = {}
    for one in connection.execute(sa.select(episode).where(episode.c.superseded_batch.is_(None))).mappings():
        if DISEASES[one["disease"]].sensitive:
            continue
        commune = (one["commune_infection"] or "")[:4]
        for kind, code in (
            ("home", one["district_home"]),
            ("infection", one["district_infection"] or commune),
        ):
            if code:
                sums = found.setdefault((kind, one["disease"], one["period"], code), Counter())
                sums.update({"records": 1} | ADDED[one["cascade"]])
    return {key: tuple(sums[name] for name in ("records", *MEASURE_COLUMNS)) for key, sums in found.items()}


def held(connection, of=cube_district) -> dict[tuple, tuple[int, ...]]:
    """Every sum that is kept."""
    return {tuple(row[:4]): tuple(row[4:]) for row in connection.execute(sa.select(of))}


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
        assert {key[0] for key in found} == {"home", "infection"}
        assert {key[3] for key in found} <= districts().keys()
    for place in ("home", "infection"):
        for disease in ("malaria", "tb"):
            measure = "testing" if place == "home" else "treatment"
            table = district_table(database, Grant.custodian(), place=place, disease=disease, measure=measure)
            for whole in table.provinces:
                parts = [row for row in table.rows if row.province == whole.area.code]
                assert whole.records == sum(row.records for row in parts)
                assert min(row.records for row in parts) >= 0
                for name in ("numerator", "denominator", "unknown"):
                    one = getattr(whole.value, name) or 0
                    assert one == sum(getattr(row.value, name) or 0 for row in parts), (place, name)


def test_files_that_add_amend_and_withdraw_leave_the_sums_of_the_current_records(database, bring, cli):
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
    done = cli("places", "resolve", "--field", "province_home", "no such place", "KH03")
    assert done.code == 0, done.stderr
    check(database)
    with database.writing() as connection:
        assert verify(connection, rebuild=False).sound
        connection.execute(cube_district.update().values(records=99))
        assert [one.cube for one in verify(connection, rebuild=True).cubes] == ["cube_district"]
    check(database)


def test_as_of_an_earlier_day_and_after_sealing_the_sums_are_what_they_were(database, bring):
    bring(rows(3), days_ago=9)
    with database.reading() as connection:
        then = held(connection)
    bring(rows(4))
    with as_of.reading_as_of(database, 1) as connection:
        assert held(connection) == then
    with database.writing() as connection:
        before = held(connection)
        sealed = archiving.seal(connection, time_cell_number(date(2023, 1, 9)), "2026-01-01", lambda _: None)
        assert sealed.records
        assert held(connection) == before
        assert held(connection, sealed_district)
        assert verify(connection, rebuild=False).sound
