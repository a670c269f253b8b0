"""Whatever happens to records, the cube of persons is each person's first episode of each year."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from dashboard.permissions import Grant
from dashboard.services import identifiers
from dashboard.services.imports import pipeline as imports
from dashboard.services.imports.facilities import import_facilities
from dashboard.services.imports.options import ImportOptions
from dashboard.services.upkeep import verify
from dashboard.settings import Settings
from db.cubes import staged_records
from db.history import as_of
from db.maintenance.opening import open_database
from db.persons import read as person_read
from db.persons import update as persons
from db.retention import archiving
from surveillance.coverage.indicators import STEPS, all_states, contradiction
from surveillance.epiweek import time_cell_number
from surveillance.errors import UsageError
from tests.support.examples import examples
from tests.support.files import csv_text
from tests.support.persons import counted, held

pytestmark = pytest.mark.sql

CUSTODIAN = Grant.custodian()
SETTINGS = Settings.read({"CHHLANG_SECRET_KEY": "3f9ac1d07be248516c8e7d20b4a6f913"})
TODAY = date(2025, 6, 1)
WORD = {True: "yes", False: "no", None: ""}
STATES = [answers for _, answers in all_states() if contradiction(answers, False) is None]


@st.composite
def rows(draw: st.DrawFn) -> dict[str, str]:
    """One row; few persons, facilities and days, so that they often meet."""
    answers = dict(zip(STEPS, map(WORD.get, draw(st.sampled_from(STATES))), strict=True))
    return answers | {
        "record_id": draw(st.sampled_from(("", "1", "2", "3", "4"))),
        "record_status": draw(st.sampled_from(("", "", "", "", "withdrawn"))),
        "facility_id": draw(st.sampled_from(("HC1", "HC1", "HC2"))),
        "disease": draw(st.sampled_from(("tb", "tb", "hiv"))),
        "date_visit": draw(
            st.sampled_from(("2023-12-31", "2024-01-01", "2024-01-02", "2024-12-30", "2025-02-01"))
        ),
        "person_id": draw(st.sampled_from(("", "P1", "P1", "P2", "p 2"))),
        "person_id_issuer": draw(st.sampled_from(("", "National", "NATIONAL ", "Ward"))),
        "province_home": draw(st.sampled_from(("", "KH01", "nowhere"))),
        "crossing": draw(st.sampled_from(("", "TH01"))),
        "sex": draw(st.sampled_from(("", "female"))),
        "movement": draw(st.sampled_from(("", "deported"))),
    }


FILES = st.tuples(st.just("import"), st.lists(rows(), min_size=1, max_size=8))
FACILITIES = st.tuples(st.just("facilities"), st.sampled_from(("KH01", "KH02")))
DECLARED = st.tuples(st.sampled_from(("share", "unshare")), st.sampled_from(("national", "ward")))
TAKEN = st.lists(st.one_of(FILES, FILES, FILES, FACILITIES, DECLARED), min_size=2, max_size=7)
QUICK = settings(
    max_examples=examples(5),
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def take(database, folder, kind, what):
    """One step."""
    if kind == "import":
        path = folder / "list.csv"
        path.write_text(csv_text(what), encoding="utf-8")
        imports.import_file(
            database, CUSTODIAN, SETTINGS, path, ImportOptions(today=TODAY, same_numbers="amend")
        )
    elif kind == "facilities":
        path = folder / "facilities.csv"
        path.write_text(csv_text([{"facility_id": "HC1", "province": what}]), encoding="utf-8")
        import_facilities(database, CUSTODIAN, path)
    elif kind == "share":
        identifiers.share(database, CUSTODIAN, SETTINGS, what)
    else:
        try:
            identifiers.unshare(database, CUSTODIAN, SETTINGS, what)
        except UsageError as error:
            assert "not declared" in str(error)


@pytest.mark.in_turn()
@QUICK
@given(
    steps=TAKEN,
    kept=st.sampled_from((0, 1, staged_records.MOST)),
    part=st.sampled_from((2, person_read.PART)),
)
def test_after_any_steps_the_cube_holds_each_person_once_a_year(new_database, tmp_path, steps, kept, part):
    with new_database() as url, pytest.MonkeyPatch.context() as patch:
        patch.setattr(staged_records, "MOST", kept)
        patch.setattr(person_read, "PART", part)
        patch.setattr(persons, "_MANY", 0)
        database = open_database(url)
        for step in steps:
            take(database, tmp_path, *step)
            with database.reading() as connection:
                assert held(connection) == counted(connection)
        database.dispose()


@pytest.mark.in_turn()  # PostgreSQL: tests/property/test_storing.py
@QUICK
@given(files=st.lists(st.lists(rows(), min_size=1, max_size=6), min_size=2, max_size=4))
def test_as_of_an_earlier_file_the_cube_is_what_it_was_then(new_database, tmp_path, files):
    with new_database() as url:
        database = open_database(url)
        then = []
        for file in files:
            take(database, tmp_path, "import", file)
            with database.reading() as connection:
                then.append(held(connection))
        for number, cube in enumerate(then, start=1):
            with as_of.reading_as_of(database, number) as connection:
                assert held(connection) == cube
        database.dispose()


@pytest.mark.in_turn()  # PostgreSQL: tests/property/test_sealed_beside_held.py
@QUICK
@given(
    files=st.lists(st.lists(rows(), min_size=1, max_size=8), min_size=1, max_size=3),
    later=st.lists(rows(), max_size=4),
)
def test_sealing_changes_no_count_of_persons_and_nobody_is_counted_again(
    new_database, tmp_path, files, later
):
    with new_database() as url:
        database = open_database(url)
        for file in files:
            take(database, tmp_path, "import", file)
        with database.reading() as connection:
            before = held(connection)
        for day in (date(2024, 1, 2), date(2025, 1, 1)):
            with database.writing() as connection:
                archiving.seal(connection, time_cell_number(day), "2025-06-01", lambda _: None)
            with database.reading() as connection:
                assert held(connection) == before
            assert verify.verify(database, CUSTODIAN).sound
        if later:
            take(database, tmp_path, "import", later)
            assert verify.verify(database, CUSTODIAN).sound
        database.dispose()


@pytest.mark.in_turn("kept", "scanned")
@pytest.mark.parametrize("kept", [0, staged_records.MOST])
@pytest.mark.parametrize("scanned", [0, 10])
def test_many_parts_give_what_one_gives(new_database, tmp_path, monkeypatch, kept, scanned):
    """`scanned` 0: touched persons are looked up, as in a large database."""
    monkeypatch.setattr(person_read, "PART", 3)
    monkeypatch.setattr(person_read, "_SCANNED", scanned)
    monkeypatch.setattr(staged_records, "MOST", kept)
    monkeypatch.setattr(persons, "_MANY", 0)
    many = [
        {"facility_id": f"HC{n % 3}", "disease": "tb", "date_visit": f"2025-01-{n % 28 + 1:02}"}
        | {"person_id": str(n * 7 % 11) if n % 5 else "", "record_id": str(n), "tested": "yes"}
        for n in range(60)
    ]
    with new_database() as url:
        database = open_database(url)
        for number in range(3):
            file = [row | {"record_id": f"{number}-{row['record_id']}"} for row in many[number * 15 :]]
            take(database, tmp_path, "import", file)
            with database.reading() as connection:
                assert held(connection) == counted(connection)
        with database.writing() as connection:
            persons.rebuild(connection)
        with database.reading() as connection:
            assert held(connection) == counted(connection)
        database.dispose()


@pytest.mark.parametrize(("shared", "found"), [(False, 2), (True, 1)])
def test_a_number_is_one_person_across_facilities_only_where_its_issuer_is_shared(
    shared, found, new_database, tmp_path
):
    rows_ = [
        {"facility_id": name, "disease": "tb", "date_visit": "2025-01-05", "tested": "yes"}
        | {"person_id": "77", "person_id_issuer": "National"}
        for name in ("HC1", "HC2")
    ]
    with new_database() as url:
        database = open_database(url)
        if shared:
            identifiers.share(database, CUSTODIAN, SETTINGS, " national")
        take(database, tmp_path, "import", rows_)
        with database.reading() as connection:
            cube = held(connection)
        assert cube["tb", "care", "", 2025, 0, "unknown"]["records"] == found
        (issuer,) = identifiers.listed(database, CUSTODIAN, SETTINGS)
        assert (issuer.shared, issuer.records, issuer.facilities, issuer.persons) == (shared, 2, 2, 1)
        database.dispose()
