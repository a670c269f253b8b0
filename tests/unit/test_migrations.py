"""Databases are created and migrated by whatever opens them; only `demo` writes demo data."""

from __future__ import annotations

import os
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory

import db.maintenance.migrate
from dashboard.demo.records import still_to_come
from db.core.engine import connect, write_transaction
from db.core.urls import parse_url
from db.maintenance.opening import open_database
from db.tables import meta, schema
from db.tables.records import (
    batch,
    cascade_state,
    cube_group,
    cube_stratum,
    cube_total,
    episode,
    facility,
)
from db.tables.schema import TABLES
from surveillance.coverage.indicators import MEASURES, all_states, contribution
from surveillance.diseases import DISEASES
from surveillance.strata import AXIS_NUMBER, DISEASE_NUMBER
from tests.support import forked
from tests.support.command_line import CommandLine
from tests.support.files import record, write_csv
from tests.support.migrations import script

pytestmark = pytest.mark.sql

HISTORIES = TABLES


def test_every_module_of_tables_is_known_to_what_backs_up_restores_and_migrates():
    """A table whose module nobody loaded would be in no backup."""
    folder = Path(schema.__file__).parent
    with_tables = {
        path.stem for path in folder.glob("*.py") if re.search(r"\bTable\(", path.read_text("utf-8"))
    }
    assert len(with_tables) >= 9
    assert with_tables <= set(re.findall(r"\w+", Path(schema.__file__).read_text("utf-8")))


DAYS = ("2025-01-01", "2025-01-08", "2025-03-04")
FOLDER = Path(db.maintenance.migrate.__file__).parents[1] / "migrations"


def own(tables):
    """Leaves out the version tables, and what belongs to the other history."""

    def include(_object, name, kind, _reflected, _compared):
        return kind != "table" or name in tables

    return include


@pytest.mark.parametrize("history", HISTORIES)
def test_the_migrations_make_the_tables_that_the_code_knows(history, database):
    tables = HISTORIES[history]
    engine = getattr(database, history)
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={"compare_type": True, "compare_server_default": True, "include_object": own(tables.tables)},
        )
        assert compare_metadata(context, tables) == []
        held = set(sa.inspect(connection).get_table_names())
    expected = set(tables.tables)
    if database.records is database.operations:  # PostgreSQL holds both
        expected = {name for one in HISTORIES.values() for name in one.tables}
    versions = {name for name in held if name.startswith("alembic_version_")}
    assert held - versions == expected
    assert db.maintenance.migrate.version_table(history) in versions


@pytest.mark.parametrize("history", HISTORIES)
def test_the_newest_revision_is_the_one_in_the_scripts(history):
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.set_main_option("version_locations", str(FOLDER / history))
    config.set_main_option("path_separator", "newline")
    scripts = ScriptDirectory.from_config(config)
    assert scripts.get_heads() == [db.maintenance.migrate.HEADS[history]]
    assert len(list(scripts.walk_revisions())) == len(list((FOLDER / history).glob("*.py")))


def test_every_cascade_is_stored_as_the_indicators_say(database):
    with database.reading() as connection:
        held = {row["state"]: dict(row) for row in connection.execute(sa.select(cascade_state)).mappings()}
    assert len(held) == 243
    for state, answers in all_states():
        for code, measure in MEASURES.items():
            for part, value in contribution(measure, answers)._asdict().items():
                # What belongs to a cohort is not counted by the cells of the cubes.
                assert held[state][f"{code}_{part}"] == (0 if measure.by_start else value)


@pytest.mark.in_turn()  # PostgreSQL: two that open it at once
def test_a_second_opening_does_nothing(empty_url, monkeypatch):
    open_database(empty_url).dispose()
    monkeypatch.setattr(db.maintenance.migrate, "_upgrade", lambda *_: pytest.fail("migrated again"))
    open_database(empty_url).dispose()


#: `app.py`, in a process of its own.
COMMAND = "import sys; from dashboard.commands import main; sys.exit(main(sys.argv[1:]))"


@pytest.mark.skipif(os.name != "posix", reason="processes are forked")
def test_two_that_open_a_new_database_at_once_both_succeed(empty_url):
    environment = CommandLine(empty_url).environment()
    asked = ("coverage", "--disease", "tb", "--by", "province", "--format", "json")
    with ThreadPoolExecutor(2) as pool:
        begun = [pool.submit(forked.run, COMMAND, *asked, env=environment, timeout=60) for _ in range(2)]
        done = [one.result() for one in begun]
    assert [one.returncode for one in done] == [0, 0], done


@pytest.mark.parametrize("history", HISTORIES)
def test_a_database_of_a_later_version_is_refused_clearly_and_left_as_it_is(history, cli, database_url):
    database = connect(database_url)
    table = db.maintenance.migrate.version_table(history)
    with write_transaction(getattr(database, history)) as connection:
        connection.exec_driver_sql(f"UPDATE {table} SET version_num = 'later_0099'")
    database.dispose()
    done = cli("coverage", "--disease", "tb", "--by", "province")
    assert (done.code, done.stdout) == (2, "")
    assert "made by a later version of Chhlang" in done.stderr
    assert "Traceback" not in done.stderr
    with getattr(database, history).connect() as connection:
        assert connection.exec_driver_sql(f"SELECT version_num FROM {table}").scalar() == "later_0099"
    database.dispose()
    url = parse_url(database_url)
    if url.get_backend_name() == "sqlite":  # no copy is made of what is not going to be changed
        files = [path.name for path in Path(str(url.database)).parent.glob("*.db")]
        assert sorted(files) == ["chhlang-operations.db", "chhlang.db"]


COMMANDS = {
    "coverage": ("coverage", "--disease", "tb", "--by", "facility", "--format", "json"),
    "a dry run": ("import", "list.csv", "--dry-run"),
    "a file that is missing": ("import", "missing.csv"),
    "a facility list that is missing": ("facilities", "import", "missing.csv"),
    "the accounts": ("accounts", "list", "--format", "json"),
}


@pytest.mark.in_turn("arguments")
@pytest.mark.parametrize("arguments", COMMANDS.values(), ids=COMMANDS)
def test_every_command_creates_its_database_and_leaves_it_empty(arguments, empty_url, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_csv(tmp_path / "list.csv", record())
    assert CommandLine(empty_url)(*arguments).code in (0, 3)
    database = connect(empty_url)
    with database.reading() as connection:
        for table in (batch, episode, facility):
            assert connection.execute(sa.select(sa.func.count()).select_from(table)).scalar() == 0
        assert not meta.is_demo(connection)
    with database.operations.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM account").scalar() == 0
    database.dispose()


@pytest.mark.parametrize("url", ["mysql://host/name", "nonsense", "sqlite://", "sqlite:////proc/no/such.db"])
def test_an_address_that_will_not_do_is_refused_clearly(url):
    done = CommandLine(url)("coverage", "--disease", "tb", "--by", "province")
    assert (done.code, done.stdout) == (2, "")
    assert done.stderr.startswith("chhlang: ")
    assert "Traceback" not in done.stderr


def is_demo(url: str) -> tuple[bool, int]:
    """Whether a database is marked as the demo, and how many records it holds."""
    database = open_database(url)
    with database.reading() as connection:
        found = meta.is_demo(connection), connection.execute(sa.select(sa.func.count(episode.c.id))).scalar()
    database.dispose()
    return found


@pytest.mark.full  # tests/docs/test_commands.py fills one
@pytest.mark.in_turn()  # PostgreSQL: the demo is a file that is imported
def test_the_demo_fills_an_empty_database_and_marks_it(cli, database_url, tmp_path):
    done = cli(
        "demo", "--without-release", "--records", "2000", "--seed", "3", env={"CHHLANG_SECRET_KEY": None}
    )
    assert done.code == 0, done.stderr
    assert "official@demo.example" in done.stdout
    known = 2000 - int(still_to_come(3, 2000).sum())  # the others are reported later
    assert is_demo(database_url) == (True, known)
    again = cli("demo", "--without-release", "--records", "2000")
    assert again.code == 2
    assert "holds data already" in again.stderr
    assert cli("demo", "--without-release", "--records", "2000", "--if-empty").code == 0
    assert is_demo(database_url) == (True, known)
    cli("import", write_csv(tmp_path / "real.csv", record()))
    assert is_demo(database_url) == (True, known + 1)  # it stays marked as one


FIRST = {
    "a line list": ("import", "list.csv"),
    "a facility list": ("facilities", "import", "facilities.csv"),
    "an account": ("accounts", "add", "someone@health.example", "--role", "viewer"),
}


@pytest.mark.parametrize("arguments", FIRST.values(), ids=FIRST)
def test_the_demo_is_never_mixed_with(arguments, cli, database_url, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_csv(tmp_path / "list.csv", record())
    write_csv(tmp_path / "facilities.csv", {"facility_id": "HC1", "province": "KH01"})
    assert cli(*arguments).code == 0
    before = is_demo(database_url)
    done = cli("demo", "--without-release", "--records", "2000")
    assert (done.code, done.stdout) == (2, "")
    assert "never mixed with data" in done.stderr
    assert cli("demo", "--without-release", "--records", "2000", "--if-empty").code == 0
    assert is_demo(database_url) == before
    assert before[0] is False


@pytest.mark.parametrize(
    "options", [("--records", "10"), ("--records", "many"), ("--seed", "-1")], ids=" ".join
)
def test_a_demo_that_cannot_be_made_ends_with_2_and_leaves_the_database_empty(options, sqlite_cli):
    assert sqlite_cli("demo", *options).code == 2
    assert is_demo(sqlite_cli.url) == (False, 0)


def test_the_strata_of_care_keep_their_rows_when_their_key_changes(cli, database_url, tmp_path):
    rows = [record(date_visit=day, eligible="yes", sex=sex) for day in DAYS for sex in ("male", "female")]
    cli("import", write_csv(tmp_path / "a.csv", *rows))
    cube = cube_stratum["care"]
    columns = [cube.c[name] for name in sorted(cube.c.keys())]
    database = open_database(database_url)

    def held():
        with database.reading() as connection:
            return sorted(map(tuple, connection.execute(sa.select(*columns))))

    before = held()
    assert len(before) == len(rows)
    moves, numbers = script("records", "records_0004"), script("records", "records_0013")
    keys = [["disease", "period", "place", "stratum"], ["disease", "stratum", "period", "place"]]

    def do(step):
        with (
            write_transaction(database.records) as connection,
            Operations.context(MigrationContext.configure(connection)),
        ):
            step()

    for first, then, order in (
        (numbers.downgrade, moves.downgrade, keys[0]),
        (moves.upgrade, numbers.upgrade, keys[1]),
    ):
        do(first)
        do(then)
        with database.reading() as connection:
            assert sa.inspect(connection).get_pk_constraint(cube.name)["constrained_columns"] == order
    assert held() == before
    cli("import", write_csv(tmp_path / "b.csv", record(date_visit="2024-05-06", record_id="1")))
    assert len(held()) == len(before) + 1
    database.dispose()


def test_the_cubes_keep_their_rows_when_diseases_and_axes_become_numbers(cli, database_url, tmp_path):
    rows = [
        record(date_visit=day, sex=sex, disease=disease)
        for day in DAYS
        for sex in ("male", "")
        for number, disease in enumerate(DISEASES)
        for _ in range(number + 1)  # no two of them count the same
    ]
    cli("import", write_csv(tmp_path / "a.csv", *rows))
    database, numbers = open_database(database_url), script("records", "records_0013")
    cubes = [*cube_total.values(), *cube_group.values(), *cube_stratum.values()]

    def held():
        with database.reading() as connection:
            queries = (sa.select(*map(sa.column, cube.c.keys())).select_from(cube) for cube in cubes)
            return [sorted(map(tuple, connection.execute(query))) for query in queries]

    def as_numbers(rows):
        known = DISEASE_NUMBER | AXIS_NUMBER
        return [sorted(tuple(known.get(value, value) for value in row) for row in table) for table in rows]

    before = held()
    assert all(before)
    assert {row[0] for row in before[0]} == set(DISEASE_NUMBER.values())
    for step in (numbers.downgrade, numbers.upgrade):
        with (
            write_transaction(database.records) as connection,
            Operations.context(MigrationContext.configure(connection)),
        ):
            step()
        if step is numbers.downgrade:  # each text that of its number, not only as many of them
            assert as_numbers(held()) == before
            assert {row[0] for row in held()[0]} == set(DISEASES)
    assert held() == before
    database.dispose()


def test_an_older_database_gets_its_cohorts_and_keeps_what_is_sealed_of_them(cli, database_url, tmp_path):
    cli("facilities", "import", write_csv(tmp_path / "f.csv", {"facility_id": "HC1", "province": "KH01"}))
    started = {"disease": "malaria", "positive": "yes", "treated": "yes", "province_home": "KH12"}
    old = [record(record_id=str(n), date_visit="2024-01-09", **started) for n in range(3)]
    hiv = record(record_id="h", **started | {"disease": "hiv"}) | {"date_visit": "2024-01-09"}
    assert cli("import", write_csv(tmp_path / "a.csv", *old, hiv)).code == 0
    assert cli("retain", "--older-than", "1y").code == 0
    held = [
        record(record_id=f"new{n}", date_visit="2026-08-03", **started)
        | {"outcome": said, "date_outcome": day}
        for n, (said, day) in enumerate((("cured", "2026-09-20"), ("", ""), ("died", "2026-08-10")))
    ]
    assert cli("import", write_csv(tmp_path / "b.csv", *held)).code == 0
    database = open_database(database_url)
    said = "completion_numerator = 1, completion_denominator = 2, completion_unknown = 1"
    with (
        write_transaction(database.records) as connection,
        Operations.context(MigrationContext.configure(connection)),
    ):
        step = db.maintenance.migrate.HEADS["records"]
        while step != "records_0013":
            script("records", step).downgrade()
            step = script("records", step).down_revision
        for table in ("sealed_sum", "sealed_line_list"):  # as they were kept before
            connection.exec_driver_sql(f"UPDATE {table} SET {said} WHERE disease = 'malaria'")
        connection.exec_driver_sql("UPDATE cube_home SET completion_denominator = 7")
        connection.exec_driver_sql("UPDATE alembic_version_records SET version_num = 'records_0013'")
    database.dispose()

    def asked(*by):
        done = cli("coverage", "--disease", "malaria", *by, "--measure", "completion", "--format", "json")
        (row,) = [row for row in done.json() if row["denominator"]]
        names = ("cured", "completed", "died", "failed", "lost", "not_evaluated", "unknown", "not_yet_due")
        return tuple(row[name] for name in names)

    assert asked("--by", "province") == (1, 1, 1, 0, 0, 2, 1, 0)
    assert asked("--by", "province", "--place", "home") == (1, 1, 1, 0, 0, 2, 1, 0)
    assert asked("--by", "facility") == (1, 1, 1, 0, 0, 2, 1, 0)
    done = cli("verify")
    assert done.code == 0, done.stdout + done.stderr
    for name in ("a", "b"):
        receipt = cli("import", tmp_path / f"{name}.csv")
        assert receipt.code == 0, receipt.stderr
    assert asked("--by", "province") == (1, 1, 1, 0, 0, 2, 1, 0)
