"""Unrecognised places wait on a list; said once what they mean, every record with them is placed."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from db.cubes import update as cubes
from db.maintenance.opening import open_database
from db.operations import audit
from db.tables.records import cube_total, episode
from tests.support.files import record, write_csv

OTHER_KEY = "another key for the tests, also of no use"
OUTCOMES = ("accepted", "amended", "withdrawn", "duplicate", "rejected")


@pytest.fixture
def bring(cli, tmp_path):
    """Import rows; what became of them, without the zeros."""
    made = iter(range(100))

    def brought(*rows, env=None, options=()):
        path = write_csv(tmp_path / f"{next(made)}.csv", *rows)
        done = cli("import", path, *options, "--format", "json", env=env)
        assert done.code == 0, done.stderr
        return {outcome: done.one[outcome] for outcome in OUTCOMES if done.one[outcome]}

    return brought


@pytest.fixture
def counted(database_url):
    """Records by place in a cube, after checking that the cubes are the sums of the records."""

    def look(dimension="home"):
        database = open_database(database_url)
        cube = cube_total[dimension]
        query = sa.select(cube.c.place, sa.func.sum(cube.c.records)).group_by(cube.c.place)
        with database.writing() as connection:
            found = {place: int(n) for place, n in connection.execute(query)}
            cubes.rebuild(connection)
            assert {place: int(n) for place, n in connection.execute(query)} == found
        database.dispose()
        return found

    return look


@pytest.fixture
def places(cli):
    """`places` with some arguments; its answer."""

    def asked(*arguments, env=None):
        done = cli("places", *arguments, "--format", "json", env=env)
        assert done.code == 0, done.stderr
        return done.json()

    return asked


def test_a_text_is_resolved_once_and_every_record_with_it_is_placed(bring, counted, places):
    rows = [record(record_id=str(n), province_home="Atlantis") for n in range(3)]
    rows.append(record(province_home="atlantis ", sex="male"))
    bring(*rows, record(record_id="8", province_home="Lemuria"), record(record_id="9", province_home="KH12"))
    assert counted() == {"unknown": 5, "KH12": 1}
    listed = places("list")
    assert [(item["field"], item["text"], item["rows"]) for item in listed] == [
        ("province_home", "Atlantis", 4),
        ("province_home", None, 1),
    ]
    (done,) = places("resolve", "ATLANTIS", "Banteay Meanchey")
    assert (done["code"], done["records"]) == ("KH01", 4)
    assert counted() == {"unknown": 1, "KH01": 4, "KH12": 1}
    assert [item["rows"] for item in places("list")] == [1]
    assert {item["code"] for item in places("list", "--all")} == {"KH01", None}


def test_the_same_file_again_is_duplicates_and_an_amendment_stays_one(bring, counted, places):
    rows = [record(record_id="1", province_home="Atlantis"), record(province_home="Atlantis")]
    bring(*rows)
    places("resolve", "Atlantis", "KH01")
    assert bring(*rows) == {"duplicate": 2}
    assert bring(*rows, record(record_id="2", province_home="Atlantis")) == {"duplicate": 2, "accepted": 1}
    assert counted() == {"KH01": 3}
    assert bring(record(record_id="1", province_home="Atlantis", sex="male")) == {"amended": 1}
    assert bring(record(record_id="1", province_home="Lemuria", sex="male")) == {"amended": 1}
    assert counted() == {"KH01": 2, "unknown": 1}
    assert bring(record(record_id="1", province_home="KH24", sex="male")) == {"amended": 1}
    assert counted() == {"KH01": 2, "KH24": 1}


def test_a_resolution_can_be_changed_and_taken_back(bring, counted, places):
    bring(*(record(record_id=str(n), province_home="Atlantis") for n in range(2)))
    places("resolve", "Atlantis", "KH01")
    places("resolve", "Atlantis", "TH")
    assert counted() == {"TH": 2}
    assert places("undo", "Atlantis")[0]["records"] == 2
    assert counted() == {"unknown": 2}
    bring(record(record_id="7", province_home="Atlantis"))
    assert counted() == {"unknown": 3}
    places("resolve", "Atlantis", "unknown")  # it says nothing: off the list
    assert places("list") == []
    assert counted() == {"unknown": 3}


def test_every_kind_of_place_goes_to_its_own_cubes(bring, counted, places, database_url):
    bring(
        record(
            record_id="1", crossing="Back gate", place_infection="Far village", province_home="Far village"
        )
    )
    places("resolve", "Back gate", "Poipet")
    places("resolve", "far village", "17020401")
    assert counted("crossing") == {"TH01": 1}
    assert counted("infection") == {"KH17": 1}
    assert counted("home") == {"KH17": 1}
    database = open_database(database_url)
    with database.reading() as connection:
        assert connection.execute(sa.select(episode.c.commune_infection)).scalars().all() == ["170204"]
    database.dispose()
    places("undo", "far village", "--field", "place_infection")
    assert (counted("infection"), counted("home")) == ({"unknown": 1}, {"KH17": 1})


def test_what_cannot_be_placed_is_refused(cli, bring):
    bring(record(record_id="1", province_home="Gate", crossing="Gate"))
    for arguments, said in (
        (("resolve", "Nowhere", "KH01"), "no record names such a place"),
        (("resolve", "Gate", "KH01"), "crossing and province_home"),
        (("resolve", "Gate", "KH99", "--field", "province_home"), "'KH99' is not a known place"),
        (("resolve", "Gate", "KH01", "--field", "crossing"), "'KH01' is not a known crossing"),
        (("undo", "0123456789abcdef"), "no record names such a place"),
    ):
        done = cli("places", *arguments)
        assert (done.code, done.stdout) == (2, "")
        assert said in done.stderr


def test_a_text_that_few_rows_agree_on_is_not_kept_and_is_resolved_by_its_mark(
    cli, bring, counted, places, database_url
):
    bring(*(record(record_id=str(n), province_home="Canary Place") for n in range(2)))
    (item,) = places("list")
    assert item["text"] is None
    assert "may be somebody's name" in cli("places", "list").stderr
    places("resolve", item["mark"][:10], "KH02")
    assert counted() == {"KH02": 2}
    database = open_database(database_url)
    held = []
    for engine in {database.records, database.operations}:
        tables = sa.MetaData()
        tables.reflect(engine)
        with engine.connect() as connection:
            held += [
                str(row) for table in tables.sorted_tables for row in connection.execute(sa.select(table))
            ]
    lines = [(line.action, line.detail) for line in audit.latest(database)]
    database.dispose()
    assert not [text for text in held if "canary" in text.casefold()]
    assert ("places resolve", item["mark"]) in [(a, item["mark"]) for a, d in lines if item["mark"] in d]


def test_without_a_key_places_wait_nowhere_and_the_receipt_says_so(cli, bring, places, counted, tmp_path):
    rows = [record(record_id="1", province_home="Atlantis"), record(province_home="Atlantis")]
    path = write_csv(tmp_path / "a.csv", *rows)
    done = cli("import", path, env={"CHHLANG_SECRET_KEY": None})
    assert "2 unknown places are not on the worklist" in done.stdout
    assert places("list") == []
    again = cli("import", path, "--format", "json").one  # with a key the same file puts them there
    assert (again["amended"], again["accepted"]) == (2, 0)
    assert [item["rows"] for item in places("list")] == [2]
    assert cli("import", path, "--format", "json").one["duplicate"] == 2
    assert counted() == {"unknown": 2}


def test_another_key_is_refused(cli, bring, tmp_path):
    bring(record(province_home="Atlantis"))
    path = write_csv(tmp_path / "b.csv", record(record_id="2", province_home="Lemuria"))
    done = cli("import", path, env={"CHHLANG_SECRET_KEY": OTHER_KEY})
    assert done.code == 2
    assert "another key" in done.stderr


def test_a_resolved_place_is_no_longer_listed_as_not_understood(cli, bring, places, database, tmp_path):
    from dashboard.permissions import Grant
    from dashboard.services.imports.data_status import not_understood

    rows = [record(record_id=str(n), province_home="Atlantis") for n in range(3)]
    bring(*rows)
    assert "Atlantis" in {item["text"] for item in not_understood(database, Grant.custodian())}
    places("resolve", "Atlantis", "KH01")
    path = write_csv(tmp_path / "more.csv", record(record_id="x", province_home="Atlantis"))
    assert "Atlantis" not in cli("import", path).stdout
    assert "Atlantis" not in {item["text"] for item in not_understood(database, Grant.custodian())}
