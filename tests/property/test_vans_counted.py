"""Sums over vans are those of the current records, whatever came, ended, was placed, sealed or restored."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations

from dashboard.filters import CoverageQuery
from dashboard.permissions import Grant
from dashboard.services.clock import today_in_cambodia
from dashboard.services.coverage.view import view
from dashboard.services.imports import pipeline as imports
from dashboard.services.imports.facilities import import_facilities
from dashboard.services.imports.options import ImportOptions
from dashboard.settings import Settings
from db.core.engine import write_transaction
from db.history import as_of
from db.maintenance import migrate
from db.maintenance.opening import open_database
from db.maintenance.verify import verify
from db.retention import archiving
from db.tables.records import batch
from db.tables.vans import cube_correlation, cube_van, sealed_van
from db.vans import update as vans
from surveillance.coverage.design_effect import VanSums, correlation
from surveillance.epiweek import time_cell_first_day, time_cell_number
from tests.support.brute_force import Model
from tests.support.command_line import KEY, CommandLine
from tests.support.files import csv_text, record, write_csv
from tests.support.migrations import script
from tests.support.vans_by_hand import sums_over_vans

pytestmark = pytest.mark.sql

SETTINGS = Settings.read({"CHHLANG_SECRET_KEY": KEY})
FACILITIES = ({"facility_id": "HC1", "province": "KH01"}, {"facility_id": "HC2", "province": "KH02"})
SPLIT = date(2023, 1, 1)


def van_rows(seed: int, count: int = 300) -> list[dict[str, str]]:
    """Records of a few days, most of them of people by van; numbers of vans come again on other days."""
    draw, found = random.Random(seed), []
    for number in range(count):
        day = date(2022, 12, 26) + timedelta(days=draw.randrange(12))
        tested, positive = draw.choice(("yes", "yes", "no")), draw.choice(("yes", "no", "no"))
        treated = tested == positive == "yes"
        found.append(
            record(
                record_id=str(number % (count * 3 // 4)) if draw.random() < 0.9 else "",
                facility_id=draw.choice(("HC1", "HC1", "hc1", "HC2", "elsewhere")),
                disease=draw.choice(("tb", "tb", "malaria", "hiv")),
                date_visit=day.isoformat(),
                arrival_id=draw.choice(("1", "2", "V3", "")),
                province_home=draw.choice(("KH01", "KH12", "", "no such place")),
                crossing=draw.choice(("TH01", "", "no such gate")),
                place_infection=draw.choice(("KH16", "TH", "")),
                eligible="yes",
                tested=tested,
                positive=positive if tested == "yes" else "",
                treated="yes" if treated else "",
                completed=draw.choice(("yes", "no", "")) if treated else "",
                date_treated=(day + timedelta(days=draw.choice((0, 0, 9)))).isoformat() if treated else "",
            )
        )
    return found


@pytest.fixture
def held(database, tmp_path):
    """A database with a model of it; each file of vans comes into both."""

    class Held:
        def __init__(self):
            self.database, self.model, self.files = database, Model(), 0

        def bring(self, rows, days_ago=0):
            self.files += 1
            text = csv_text(rows)
            path = tmp_path / f"{self.files}.csv"
            path.write_text(text, encoding="utf-8")
            imports.import_file(
                database, Grant.custodian(), SETTINGS, path, ImportOptions(same_numbers="amend")
            )
            self.model.import_file("default", text, rows)
            with database.writing() as connection:
                came = f"{today_in_cambodia() - timedelta(days=days_ago)}T16:00:00+00:00"
                connection.execute(batch.update().where(batch.c.id == self.files).values(received_at=came))

        def expected(self):
            return sums_over_vans(self.model, self.model.records())

        def sums(self, table=cube_van):
            with database.reading() as connection:
                return rows_of(connection, table)

        def correlations(self):
            with database.reading() as connection:
                return list(map(tuple, connection.execute(sa.select(cube_correlation))))

        def sound(self):
            with database.writing() as connection:
                found = verify(connection, rebuild=False)
            assert found.sound, found.cubes

    import_facilities(database, Grant.custodian(), write_csv(tmp_path / "f.csv", *FACILITIES))
    return Held()


def rows_of(connection, table):
    """Sums over vans as the model has them."""
    return {tuple(row[:5]): tuple(row[5:]) for row in connection.execute(sa.select(table))}


@pytest.mark.in_turn("part")
@pytest.mark.parametrize("part", [50_000, 20])
def test_files_that_add_amend_and_withdraw_leave_the_sums_of_the_current_records(held, part, monkeypatch):
    monkeypatch.setattr(vans, "_PART", part)
    for seed in (1, 2):
        held.bring(van_rows(seed))
        assert held.sums() == held.expected()
        assert held.sums()
    gone = [
        {"record_id": row["record_id"], "facility_id": row["facility_id"], "record_status": "withdrawn"}
        for row in held.model.records()
        if row["record_id"]
    ][:60]
    held.bring([record(**row, disease="tb", date_visit="2022-12-27") for row in gone])
    assert held.sums() == held.expected()
    held.sound()
    with held.database.writing() as connection:
        before = rows_of(connection, cube_van)
        vans.rebuild(connection)
        assert rows_of(connection, cube_van) == before


def test_nothing_is_kept_of_hiv_and_syphilis_and_nothing_of_people_without_a_van(held):
    rows = van_rows(3)
    held.bring([row | {"disease": disease} for row in rows for disease in ("hiv", "syphilis")])
    held.bring([row | {"arrival_id": "", "record_id": ""} for row in rows])
    assert held.sums() == {}
    assert held.correlations() == []


def test_the_same_file_again_changes_nothing(held):
    held.bring(van_rows(4))
    before = held.sums(), held.correlations()
    held.bring(van_rows(4))
    assert (held.sums(), held.correlations()) == before


@pytest.mark.in_turn()  # PostgreSQL: files that add, amend and withdraw, above
def test_one_file_or_one_row_after_the_other_come_to_the_same(held, new_database, tmp_path):
    rows = [row | {"record_id": str(number)} for number, row in enumerate(van_rows(5, 24))]
    held.bring(rows)
    with new_database() as url:
        other = open_database(url)
        for number, row in enumerate(rows):
            path = write_csv(tmp_path / f"one{number}.csv", row)
            imports.import_file(other, Grant.custodian(), SETTINGS, path, ImportOptions(same_numbers="amend"))
        with other.reading() as connection:
            assert rows_of(connection, cube_van) == held.sums()
            found = list(map(tuple, connection.execute(sa.select(cube_correlation))))
        other.dispose()
    assert found == held.correlations()


def test_the_correlation_is_that_between_vans_of_one_facility(held):
    held.bring(van_rows(6))
    strata = {}
    for (disease, measure, kind, place, cell), sums in held.sums().items():
        if kind == "key":
            stratum = strata.setdefault((disease, measure), {})
            key = place, cell // 364
            stratum[key] = stratum.get(key, VanSums()) + VanSums(*sums)
    expected = {key: correlation([s[name] for name in sorted(s)]) for key, s in strata.items()}
    found = {(disease, measure): value for disease, measure, value, _ in held.correlations()}
    assert found == {key: pytest.approx(value) for key, value in expected.items() if value is not None}
    assert found


@pytest.mark.in_turn()
def test_a_place_that_is_resolved_later_takes_its_vans_along(held, cli):
    held.bring(van_rows(7))
    assert held.sums() == held.expected()
    code = cli("places", "resolve", "--field", "province_home", "no such place", "KH03")
    assert code.code == 0, code.stderr
    held.model.resolved["province_home", "no such place"] = "KH03"
    assert held.sums() == held.expected()
    held.sound()


@pytest.mark.in_turn()
def test_as_of_an_earlier_day_the_sums_are_those_of_then(held):
    held.bring(van_rows(8), days_ago=9)
    then, alike = held.sums(), held.correlations()
    query = CoverageQuery("tb", measure="positivity", start=date(2022, 12, 26), end=date(2023, 1, 8))
    today = today_in_cambodia()
    shown = str(view(held.database, Grant.custodian(), query, "KH01", today)[:2])
    held.bring(van_rows(9))
    assert held.sums() != then
    with as_of.reading_as_of(held.database, 1) as connection:
        assert rows_of(connection, cube_van) == then
        assert list(map(tuple, connection.execute(sa.select(cube_correlation)))) == alike
    back = replace(query, as_of=today - timedelta(days=5))
    again = view(held.database, Grant.custodian(), back, "KH01", today)[:2]
    assert str(again).replace(repr(back.as_of), "None") == shown


@pytest.mark.in_turn()
def test_sealing_old_records_changes_no_sum(held):
    held.bring(van_rows(10))
    before, alike = held.sums(), held.correlations()
    boundary = time_cell_first_day(SPLIT)
    with held.database.writing() as connection:
        done = archiving.seal(connection, time_cell_number(boundary), "2026-01-01", lambda _: None)
    assert done.records
    assert held.sums(sealed_van)
    assert held.sums() == before
    held.sound()
    with held.database.writing() as connection:
        vans.rebuild(connection)
    assert held.sums() == before
    assert held.correlations() == alike


@pytest.mark.in_turn()  # PostgreSQL: tests/unit/test_backup.py
def test_a_backup_holds_what_the_sums_are_made_of(held, cli, new_database, tmp_path):
    held.bring(van_rows(11))
    with held.database.writing() as connection:
        archiving.seal(connection, time_cell_number(time_cell_first_day(SPLIT)), "2026-01-01", lambda _: None)
    archive = tmp_path / "b.zip"
    assert cli("backup", archive).code == 0
    with new_database() as url:
        done = CommandLine(url)("restore", archive)
        assert done.code == 0, done.stderr
        other = open_database(url)
        with other.reading() as connection:
            assert rows_of(connection, cube_van) == held.sums()
            assert list(map(tuple, connection.execute(sa.select(cube_correlation)))) == held.correlations()
        other.dispose()


@pytest.mark.in_turn()
def test_a_database_of_an_earlier_version_is_filled_when_it_is_opened(held, database_url):
    held.bring(van_rows(12))
    before, alike = held.sums(), held.correlations()
    earlier = script("records", "records_0015")
    with (
        write_transaction(held.database.records) as connection,
        Operations.context(MigrationContext.configure(connection)),
    ):
        later = script("records", migrate.HEADS["records"])
        while later.revision != earlier.revision:
            later.downgrade()
            later = script("records", later.down_revision)
        earlier.downgrade()
        table = migrate.version_table("records")
        connection.exec_driver_sql(f"UPDATE {table} SET version_num = '{earlier.down_revision}'")
    opened = open_database(database_url)
    opened.dispose()
    assert before
    assert (held.sums(), held.correlations()) == (before, alike)
    held.bring(van_rows(12))
    assert (held.sums(), held.correlations()) == (before, alike)
    held.sound()
