"""`verify` finds what does not agree, and mends the cubes where it is asked to."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from db.cubes import read as cube_read
from db.maintenance.opening import open_database
from db.tables.records import batch, cube_group, cube_stratum, cube_total, episode
from tests.support.files import record, write_csv


@pytest.fixture
def filled(cli, tmp_path):
    """A database with two files in it, an amendment and a withdrawal among them."""
    rows = [record(record_id=str(n), sex=("male", "female")[n % 2], crossing="Poipet") for n in range(7)]
    assert cli("import", write_csv(tmp_path / "a.csv", *rows)).code == 0
    changed = [record(record_id="1", sex="other"), record(sex="male")]
    taken = {"record_id": "2", "record_status": "withdrawn", "facility_id": "HC1"}
    columns = [*rows[0], "record_status"]
    path = write_csv(tmp_path / "b.csv", *changed, taken, columns=columns)
    assert cli("import", path, "--format", "json").one["withdrawn"] == 1
    return cli


@pytest.fixture
def change(database_url):
    """Write into the database past all rules."""

    def changed(*statements):
        database = open_database(database_url)
        with database.writing() as connection:
            for statement in statements:
                connection.execute(statement)
        database.dispose()

    return changed


def test_what_was_imported_agrees(filled, monkeypatch):
    done = filled("verify")
    assert (done.code, done.stdout) == (0, "7 current records\neverything agrees\n")
    monkeypatch.setattr(cube_read, "PART", 3)
    assert filled("verify", "--rebuild").code == 0


def test_an_empty_database_agrees(cli):
    assert cli("verify").code == 0


def test_cubes_that_differ_are_named_and_mended_only_when_asked(filled, change):
    total, group, stratum = cube_total["care"], cube_group["home"], cube_stratum["crossing"]
    change(
        total.update().values(records=total.c.records + 1),
        group.delete().where(group.c.axis == "sex"),
        stratum.insert().from_select(
            list(stratum.c.keys()),
            sa.select(*(sa.literal("dengue", c.type) if c.name == "disease" else c for c in stratum.c)),
        ),
    )
    for _ in range(2):
        done = filled("verify", "--format", "json")
        assert done.code == 1
        found = {item["cube"]: item["cells"] for item in done.one["cubes"]}
        assert set(found) == {total.name, group.name, stratum.name}
        assert found[total.name] == 1
        assert found[group.name] == 3
    said = filled("verify")
    assert "cube_care: 1 cells differ from the records" in said.stdout
    assert "`verify --rebuild` mends the cubes" in said.stdout
    mended = filled("verify", "--rebuild")
    assert mended.code == 0
    assert "the cubes are mended" in mended.stdout
    assert filled("verify").stdout.endswith("everything agrees\n")


def test_receipts_that_do_not_agree_with_the_rows_are_found_and_not_mended(filled, change):
    change(batch.update().where(batch.c.id == 1).values(accepted=batch.c.accepted + 1))
    done = filled("verify", "--rebuild")
    assert done.code == 1
    assert "batch 1: rows and the sum of what became of them differ (7 and 8)" in done.stdout
    assert "batch 1: accepted and amended, and versions stored differ (8 and 7)" in done.stdout
    assert "receipts say 8 current records, 7 are held" in done.stdout
    change(
        batch.update().where(batch.c.id == 1).values(accepted=batch.c.accepted - 1),
        episode.update().where(episode.c.superseded_batch == 2, episode.c.batch == 1).values(sex="other"),
    )
    assert filled("verify").code == 0


def test_a_lost_reference_is_found(filled, database_url, backend):
    if backend == "postgresql":
        return  # it lets nobody lose one
    database = open_database(database_url)
    with database.records.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
        connection.exec_driver_sql("DELETE FROM batch WHERE id = 2")
    database.dispose()
    done = filled("verify")
    assert done.code == 1
    assert "episode.batch: 2 rows refer to what is not there" in done.stdout
    assert "episode.superseded_batch: 2 rows refer to what is not there" in done.stdout


def test_verifying_is_audited_and_a_verification_in_passing_leaves_no_table(filled, database_url):
    from db.operations import audit

    filled("verify")
    database = open_database(database_url)
    assert audit.latest(database)[0].action == "verify"
    with database.reading() as connection:
        assert not [name for name in sa.inspect(connection).get_table_names() if "expected" in name]
    database.dispose()
