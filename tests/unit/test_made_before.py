"""A database made before identifiers had one form: it opens, agrees, and knows its own files again."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from db.core.urls import parse_url
from db.maintenance.opening import open_database
from db.tables.records import episode
from tests.support.command_line import CommandLine
from tests.support.files import record, write_csv
from tests.support.made_before import FOLDER, commands, restored

pytestmark = pytest.mark.sql


@pytest.fixture
def app(prepared, cli: CommandLine) -> CommandLine:
    """The command line on the database, restored once and copied for each test."""
    prepared(lambda: restored(cli))
    return cli


NOTHING = {"accepted": 0, "amended": 0, "withdrawn": 0}


def found(app, *arguments):
    done = app(*arguments, "--format", "json")
    assert done.code == 0, done.stderr
    return done.one


def counted(receipt):
    return {name: receipt[name] for name in NOTHING}


def records(app) -> list[tuple]:
    database = open_database(parse_url(app.url))
    with database.reading() as connection:
        rows = connection.execute(
            sa.select(episode.c.record_id, episode.c.facility_key, episode.c.sex, episode.c.arrival_id)
            .where(episode.c.superseded_batch.is_(None))
            .order_by(episode.c.id)
        ).all()
    database.dispose()
    return [tuple(row) for row in rows]


def test_it_is_restored_and_agrees(empty_url: str):
    verified = restored(CommandLine(empty_url))("verify")
    assert verified.code == 0, verified.stdout + verified.stderr


@pytest.mark.in_turn()
def test_its_files_again_add_nothing(app: CommandLine):
    before = records(app)
    for command in commands("import"):
        assert counted(found(app, *command)) == NOTHING, command
    assert records(app) == before
    listed = app(*commands("facilities")[0])
    assert "4 unchanged" in listed.stdout, listed.stdout
    assert app("verify").code == 0


@pytest.mark.in_turn()  # PostgreSQL: it is restored and agrees, above
@pytest.mark.in_turn("more")
@pytest.mark.parametrize("more", ["", "\nJUST-NOW,HC1,tb,2025-06-01,male,40"])
def test_rows_of_its_files_in_another_file_add_nothing_but_what_is_new(app: CommandLine, tmp_path, more):
    """A longer file is another file: its bytes are not known, its rows are."""
    for name, source in (("register.csv", "clinic"), ("unnumbered.csv", "clinic"), ("doubles.csv", "clinic")):
        path = tmp_path / name
        header, *rows = (FOLDER / name).read_text(encoding="utf-8").splitlines()
        if name == "register.csv":  # two rows of it were amended, or withdrawn, by a later file
            rows = [row for row in rows if not row.startswith(("102.0", "103"))]
        new = [more.strip()] if more and name == "register.csv" else []
        path.write_text("\n".join([header, *rows, *new, ""]), encoding="utf-8")
        receipt = found(app, "import", path, "--source", source)
        assert counted(receipt) == NOTHING | {"accepted": len(new)}, (name, receipt)
    assert app("verify").code == 0


@pytest.mark.in_turn()
def test_a_number_written_without_its_zero_amends_the_record_that_is_held(app: CommandLine, tmp_path):
    path = write_csv(
        tmp_path / "corrected.csv",
        record(record_id="101", facility_id="HC1", date_visit="2025-01-02", sex="female", age_years="32"),
        record(record_id="401", facility_id="101", date_visit="2025-04-03", sex="male"),
    )
    assert counted(found(app, "import", path, "--source", "clinic")) == NOTHING | {
        "amended": 1,
        "accepted": 1,
    }
    assert counted(found(app, "import", path, "--source", "declared")) == NOTHING | {
        "amended": 1,
        "accepted": 1,
    }


def test_a_person_who_is_held_stays_one_person_however_the_number_is_written(app: CommandLine, tmp_path):
    visits = [
        record(record_id="N1", facility_id="HC1", date_visit="2025-06-02", person_id="5001"),
        record(record_id="N2", facility_id="HC1", date_visit="2025-06-03", person_id="5001.0"),
        record(
            record_id="N3",
            facility_id="HC1",
            date_visit="2025-06-03",
            person_id="5003",
            person_id_issuer="MOH.7",
        ),
    ]
    found(app, "import", write_csv(tmp_path / "later.csv", *visits), "--source", "clinic")
    database = open_database(parse_url(app.url))
    with database.reading() as connection:
        persons = dict(
            connection.execute(
                sa.select(episode.c.record_id, episode.c.person).where(
                    episode.c.record_id.in_(("101", "103", "N1", "N2", "N3"))
                )
            ).all()
        )
    database.dispose()
    assert persons["101"] is not None
    assert persons["N1"] == persons["N2"] == persons["101"]
    assert persons["N3"] == persons["103"]


@pytest.mark.in_turn()
def test_what_was_resolved_stays_resolved(app: CommandLine, tmp_path):
    path = write_csv(tmp_path / "more.csv", record(record_id="P1", place_infection="ព្រៃស្រ្តី"))
    assert found(app, "import", path)["accepted"] == 1
    assert "ព្រៃស្រ្តី" not in app("places", "list").stdout
    assert app("places", "undo", "ព្រៃស្រ្តី").code == 0


@pytest.mark.in_turn()
def test_what_it_declared_is_declared_again_under_the_number_without_its_zero(app: CommandLine, tmp_path):
    path = write_csv(
        tmp_path / "may.csv", record(record_id="403", facility_id="101", date_visit="2025-05-02")
    )
    options = ("--source", "declared", "--covers", "101.0", "2025-05-01", "2025-05-31", "--complete")
    assert found(app, "import", path, *options)["accepted"] == 1
