"""An account of some provinces sees crossings by the records of its own facilities, and by no others."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations

from dashboard.filters import CoverageQuery
from dashboard.permissions import Grant
from dashboard.services.coverage.panel import panel
from dashboard.services.coverage.table import CoverageTable, coverage
from dashboard.services.coverage.view import view
from dashboard.services.imports import pipeline as imports
from dashboard.services.imports.facilities import import_facilities
from dashboard.settings import Settings
from db.core.engine import Database, write_transaction
from db.core.scope import Scope
from db.cubes import border
from db.cubes import query as cube_query
from db.cubes import update as cubes
from db.cubes.query import CubeQuery
from db.maintenance.opening import open_database
from db.retention import archiving
from db.tables.archived import sealed_crossing
from db.tables.records import BORDER, batch, cube_stratum, cube_total
from geodata.crossings import ALL_CROSSINGS
from surveillance.epiweek import time_cell_number
from surveillance.errors import NotPermittedError, UsageError
from tests.support import messy
from tests.support.command_line import KEY
from tests.support.files import record, write_csv
from tests.support.migrations import script
from tests.support.state import assert_sound

TODAY = date(2026, 6, 15)
SETTINGS = Settings.read({"CHHLANG_SECRET_KEY": KEY})
OWN = ("HC1", "POST", "MRC")
QUESTIONS = {
    "all": CoverageQuery("tb", by="crossing"),
    "one filter": CoverageQuery("tb", by="crossing", groups={"sex": ("female",)}),
    "two filters": CoverageQuery(
        "tb", by="crossing", groups={"sex": ("female", "male"), "residence": ("mobile", "unknown")}
    ),
    "completion": CoverageQuery("malaria", by="crossing", measure="completion"),
    "a period": CoverageQuery(
        "tb", by="crossing", measure="eligibility", start=date(2024, 7, 1), end=date(2024, 12, 31)
    ),
}


def official(*provinces: str) -> Grant:
    """An official of these provinces of care; of the whole country where none is named."""
    scope = Scope.of(*provinces) if provinces else Scope.everything()
    return Grant("official@health.example", "official", scope)


@pytest.fixture
def both(database_url, tmp_path, new_database, maker) -> Iterator[tuple[Database, Database]]:
    """A database of several provinces, and one that holds only what the facilities of KH01 sent."""
    rows = [written | {"record_id": str(n)} for n, (written, _) in enumerate(messy.rows(300, seed=11))]
    own = [row for row in rows if row["facility_id"].strip().upper() in OWN]
    assert 50 < len(own) < 250
    listed = write_csv(tmp_path / "f.csv", *messy.FACILITIES)
    with new_database() as other:
        made = []
        for url, part in ((database_url, rows), (other, own)):
            if not maker.take((__name__, len(part)), url):
                database = open_database(url)
                import_facilities(database, Grant.custodian(), listed)
                path = write_csv(tmp_path / f"{len(part)}.csv", *part)
                imports.import_file(database, Grant.custodian(), SETTINGS, path)
                database.dispose()
                maker.keep((__name__, len(part)), url)
            made.append(open_database(url))
        yield made[0], made[1]
        for database in made:
            database.dispose()


def values(table: CoverageTable) -> dict[str, object]:
    """Values by crossing, of those with anybody to count or not known."""
    return {row.area.code: row.value for row in table.rows if row.value.denominator or row.value.unknown}


@pytest.mark.parametrize("query", QUESTIONS.values(), ids=QUESTIONS)
def test_a_province_sees_of_each_crossing_what_a_country_of_this_province_alone_would_see(query, both):
    every, own = both
    table, _, shift = view(every, official("KH01"), query, None, TODAY)
    whole = view(own, official(), query, None, TODAY)
    assert table.total == whole[0].total
    assert table.total.denominator
    assert values(table) == values(whole[0])
    assert shift == whole[2]
    for code in (None, "TH01", "VN01", "informal", "unknown"):
        mine = panel(every, official("KH01"), query, code, TODAY, "quarter")
        assert mine == replace(panel(own, official(), query, code, TODAY, "quarter"), begins=mine.begins)
        assert mine.groups


def test_the_rows_are_its_own_gates_those_its_records_name_and_what_is_no_gate(both):
    table = coverage(both[0], official("KH01"), QUESTIONS["all"], TODAY)
    codes = [row.area.code for row in table.rows]
    gates = [c.id for c in ALL_CROSSINGS.values() if c.pcode == "KH01"]
    assert len(gates) >= 3
    assert set(gates) | {"VN01", "informal", "airport", "unknown"} == set(codes)  # Bavet lies in Svay Rieng
    assert not [row for row in table.rows if row.value.status == "hidden"]


def test_two_provinces_are_the_sum_of_each_and_one_without_records_has_none(both):
    query = QUESTIONS["all"]
    one, two, each = (
        coverage(both[0], official(*provinces), query, TODAY)
        for provinces in (("KH01",), ("KH02",), ("KH01", "KH02"))
    )
    assert one.total.denominator + two.total.denominator == each.total.denominator
    assert two.total.denominator
    nothing = coverage(both[0], official("KH24"), query, TODAY)
    assert {row.value.status for row in nothing.rows} == {"not reported"}


@pytest.mark.parametrize("disease", ["hiv", "syphilis"])
def test_hiv_and_syphilis_are_in_no_cube_of_crossings_and_stay_hidden(disease, both):
    every, _ = both
    with every.reading() as connection:
        for cube in (cube_total[BORDER], cube_stratum[BORDER]):
            found = set(connection.execute(sa.select(cube.c.disease).distinct()).scalars())
            assert found == {"tb", "malaria"}
    table = coverage(every, official("KH01"), CoverageQuery(disease, by="crossing"), TODAY)
    assert {row.value.status for row in table.rows} == {"hidden"}
    assert (table.total.status, table.total.denominator) == ("hidden", None)


def test_the_cube_that_does_not_know_who_gave_care_stays_refused(both):
    with both[0].reading() as connection, pytest.raises(NotPermittedError):
        cube_query.by_place(connection, Scope.of("KH01"), CubeQuery("tb", "crossing", "testing"))


def test_crossings_within_a_province_are_shown_as_they_were_on_an_earlier_day(both, tmp_path):
    every = both[0]
    with every.writing() as connection:
        connection.execute(batch.update().values(received_at="2026-06-01T10:00:00+00:00"))
    asked = [
        (official(province), QUESTIONS[name], code)
        for province in ("KH01", "KH02")
        for name in ("all", "one filter", "two filters")
        for code in ("TH01", None)
    ]
    before = [as_then(view(every, *question, TODAY)) for question in asked]
    news = record(record_id="1", facility_id="HC1", disease="tb", crossing="TH01", date_visit="2025-05-01")
    imports.import_file(every, Grant.custodian(), SETTINGS, write_csv(tmp_path / "news.csv", news))
    assert as_then(view(every, *asked[1], TODAY)) != before[1]
    for (grant, query, code), shown in zip(asked, before, strict=True):
        then = view(every, grant, replace(query, as_of=date(2026, 6, 2)), code, TODAY)
        assert as_then(then) == shown


def as_then(shown: tuple) -> tuple:
    """What is shown, without the question."""
    table, side, shift = shown
    return [(row.area.code, row.value) for row in table.rows], table.total, shift, *vars(side).values()


def test_what_is_sealed_stays_in_the_crossings_and_moves_with_its_facility(both):
    every, _ = both
    query = replace(QUESTIONS["all"], measure="eligibility")
    before = values(coverage(every, official("KH01"), query, TODAY))
    with every.writing() as connection:
        archiving.seal(connection, time_cell_number(date(2025, 1, 6)), "2026-06-01", lambda _: None)
        assert connection.execute(sa.select(sa.func.sum(sealed_crossing.c.records))).scalar()
        assert "hiv" not in set(connection.execute(sa.select(sealed_crossing.c.disease)).scalars())
    assert values(coverage(every, official("KH01"), query, TODAY)) == before
    assert_sound(every.records.url.render_as_string(hide_password=False))


def test_what_is_sealed_follows_a_facility_to_another_province(both, tmp_path):
    every, _ = both
    query = replace(QUESTIONS["all"], measure="eligibility")
    together = coverage(every, official("KH01", "KH02"), query, TODAY).total
    with every.writing() as connection:
        archiving.seal(connection, time_cell_number(date(2025, 1, 6)), "2026-06-01", lambda _: None)
    moved = write_csv(tmp_path / "m.csv", *({"facility_id": name, "province": "KH02"} for name in OWN))
    import_facilities(every, Grant.custodian(), moved)
    assert coverage(every, official("KH02"), query, TODAY).total == together
    assert coverage(every, official("KH01"), query, TODAY).total.status == "not reported"
    assert_sound(every.records.url.render_as_string(hide_password=False))


# --- databases made before ---------------------------------------------------------------------


def migrated_anew(database: Database) -> None:
    """As if the database had been made by the version before, and opened by this one."""
    revision = script("records", "records_0016")
    for step in (revision.downgrade, revision.upgrade):
        with (
            write_transaction(database.records) as connection,
            Operations.context(MigrationContext.configure(connection)),
        ):
            step()
    with database.writing() as connection:
        cubes.fill_borders_if_empty(connection)


def test_a_database_made_before_knows_the_crossings_of_a_province_once_it_is_opened(both):
    every, _ = both
    query = QUESTIONS["two filters"]
    before = view(every, official("KH01"), query, "TH01", TODAY)
    migrated_anew(every)
    assert as_then(view(every, official("KH01"), query, "TH01", TODAY)) == as_then(before)
    assert_sound(every.records.url.render_as_string(hide_password=False))
    with every.reading() as connection:
        assert border.held_from(connection) is None


def test_what_an_earlier_version_sealed_is_not_known_by_crossing_and_province_and_the_answer_says_so(both):
    every, _ = both
    with every.writing() as connection:
        archiving.seal(connection, time_cell_number(date(2025, 1, 6)), "2026-06-01", lambda _: None)
    migrated_anew(every)
    with every.reading() as connection:
        first = border.held_from(connection)
    assert first is not None
    assert first >= date(2025, 1, 6)
    query = replace(QUESTIONS["all"], start=date(2024, 1, 1), end=first + timedelta(days=90))
    table = coverage(every, official("KH01"), query, TODAY)
    assert table.period is not None
    assert (table.period.start, table.known_from) == (first, first)
    assert coverage(every, official("KH01"), replace(query, start=first), TODAY).known_from is None
    with pytest.raises(UsageError, match="crossings are known"):
        coverage(every, official("KH01"), replace(query, end=date(2024, 12, 31)), TODAY)
    assert coverage(every, official(), query, TODAY).known_from is None
    assert_sound(every.records.url.render_as_string(hide_password=False))
