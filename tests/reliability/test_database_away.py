"""PostgreSQL that is away, full, of another encoding or somebody else's: one line, and work that goes on."""

from __future__ import annotations

import logging
import threading
from contextlib import contextmanager

import psycopg
import pytest
from sqlalchemy.engine import make_url

from dashboard.services import store
from db.core import errors
from db.maintenance import in_use
from tests.support.command_line import CommandLine
from tests.support.files import record, write_csv
from tests.support.servers import Postgres
from tests.support.web import served, sign_in, signed_in

pytestmark = pytest.mark.postgres


@pytest.fixture
def url(postgres_server: Postgres):
    """Address of a migrated database on PostgreSQL."""
    with postgres_server.fresh(migrated=True) as made:
        yield made


@contextmanager
def asking(url, database="postgres"):
    """A session of its own, as the server's administrator."""
    with psycopg.connect(
        str(make_url(url).set(drivername="postgresql", database=database)), autocommit=True
    ) as session:
        yield session


@contextmanager
def away(url):
    """While this lasts the server answers nobody who asks for this database."""
    name = make_url(url).database
    with asking(url) as session:
        session.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        session.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,))
        try:
            yield
        finally:
            session.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")


def test_pages_say_so_with_one_line_of_the_log_and_come_back(url, caplog):
    with served(url) as server:
        client = signed_in(server, "official")
        with away(url), caplog.at_level(logging.DEBUG, "chhlang"):
            for path in (
                "/",
                "/map",
                "/data",
                "/sign-in",
                "/no-such-page",
                "/export/coverage.csv",
                "/map/table",
            ):
                caplog.clear()
                answer = client.get(path)
                assert answer.status_code == 503, path
                lines = [one for one in caplog.records if one.name != "sqlalchemy"]
                assert [len(one.getMessage().splitlines()) for one in lines] == [1], path
                assert all(not one.exc_info for one in lines)
                reference = lines[0].getMessage().split()[1]
                page = answer.get_data(as_text=True)
                assert (reference in page and "<h1>" in page) or path not in ("/", "/data", "/no-such-page")
                assert "Content-Security-Policy" in answer.headers
            assert sign_in(server.test_client(), "official").status_code == 503
            km = client.get("/", headers={"Accept-Language": "km"}).get_data(as_text=True)
            assert '<html lang="km">' in km
        assert client.get("/data").status_code == 200


def test_a_command_says_it_in_one_line(url, tmp_path):
    cli = CommandLine(url)
    path = write_csv(tmp_path / "a.csv", record())
    with away(url):
        for arguments in (
            ("import", path),
            ("backup", tmp_path / "b.zip"),
            ("watch", tmp_path, "--once"),
            ("verify",),
        ):
            done = cli(*arguments)
            assert (done.code, done.stderr.count("\n")) == (2, 1), done.stderr
            assert "the database cannot be opened" in done.stderr


@pytest.mark.parametrize("command", ["import", "backup"])
def test_a_connection_that_is_lost_on_the_way_is_one_line(command, url, tmp_path, monkeypatch):
    from dashboard.services.imports import pipeline
    from db.maintenance import backup

    def lost(*_given, **_more):
        with asking(url, make_url(url).database) as session:
            session.execute("SELECT pg_terminate_backend(pg_backend_pid())")

    monkeypatch.setattr(pipeline, "import_file", lost)
    monkeypatch.setattr(backup, "make", lost)
    target = write_csv(tmp_path / "a.csv", record()) if command == "import" else tmp_path / "b.zip"
    done = CommandLine(url)(command, target)
    assert (done.code, done.stderr.count("\n")) == (4, 1), done.stderr
    assert "does not answer, or ended the connection" in done.stderr


def test_watch_goes_on_when_the_server_is_there_again(url, tmp_path, monkeypatch):
    cli = CommandLine(url)
    path = write_csv(tmp_path / "a.csv", record())
    looks = iter(range(1_000))

    gone = away(url)

    def slept(_seconds):
        turn = next(looks)
        if turn == 0:
            gone.__enter__()
        elif turn == 4:
            gone.__exit__(None, None, None)
        elif turn > 4 and not path.exists():
            raise KeyboardInterrupt
        elif turn > 20:
            raise AssertionError

    from dashboard.commands import watching

    monkeypatch.setattr(watching.time, "sleep", slept)
    done = cli("watch", tmp_path)
    assert done.code == 130
    assert done.stderr.count("watching goes on") == 1
    assert (tmp_path / "done" / "a.csv").exists()


@pytest.mark.parametrize("encoding", ["SQL_ASCII", pytest.param("LATIN1", marks=pytest.mark.full)])
def test_a_database_that_cannot_hold_khmer_is_refused_by_the_first_command(encoding, url, postgres_server):
    name = f"narrow_{encoding.lower()}"
    with asking(url) as session:
        session.execute(f"CREATE DATABASE {name} ENCODING '{encoding}' LOCALE 'C' TEMPLATE template0")
        try:
            done = CommandLine(str(make_url(url).set(database=name)))("accounts", "list")
            assert (done.code, done.stderr.count("\n")) == (2, 1)
            assert f"has the encoding {encoding}" in done.stderr
            assert "createdb --owner=chhlang --encoding=UTF8 --template=template0" in done.stderr
        finally:
            session.execute(f"DROP DATABASE {name} WITH (FORCE)")


def test_an_account_that_owns_nothing_is_refused_by_the_first_command(url, postgres_server):
    with asking(url) as session:
        session.execute("CREATE ROLE owns_nothing LOGIN")
        session.execute("CREATE DATABASE of_others TEMPLATE template0")
        try:
            poor = str(make_url(url).set(database="of_others", username="owns_nothing"))
            done = CommandLine(poor)("accounts", "list")
            assert (done.code, done.stderr.count("\n")) == (2, 1)
            assert "ALTER DATABASE of_others OWNER TO owns_nothing" in done.stderr
            owner = str(make_url(url).set(database="of_others"))
            assert CommandLine(owner)("accounts", "list").code == 0
            with asking(url, "of_others") as inside:
                inside.execute("GRANT CREATE ON SCHEMA public TO owns_nothing")
            done = CommandLine(poor)("accounts", "list")  # may make tables, and read none that are there
            assert (done.code, done.stderr.count("\n")) == (4, 1)
            assert "let it own the database and what is in it" in done.stderr
        finally:
            session.execute("DROP DATABASE of_others WITH (FORCE)")
            session.execute("DROP ROLE owns_nothing")


def test_no_free_connection_is_said_as_such():
    error = psycopg.OperationalError("FATAL:  sorry, too many clients already")
    assert "max_connections" in str(errors.explain(error))
    assert not store.is_away(error)


@pytest.mark.sql
def test_a_restore_is_refused_under_a_live_server_that_idles(cli, database_url, tmp_path):
    backup = tmp_path / "b.zip"
    assert cli("backup", backup).code == 0
    stop, up = threading.Event(), threading.Event()

    def server():
        with in_use.serving(database_url):
            database = store.open_store(store.Settings.read({"DATABASE_URL": database_url}))
            with database.records.connect() as connection:  # as the job runner's, between two looks
                connection.exec_driver_sql("SELECT 1")
                connection.rollback()
                up.set()
                stop.wait(120)
            database.dispose()

    thread = threading.Thread(target=server)
    thread.start()
    try:
        assert up.wait(60)
        for more in (("--replace",), ()):
            done = cli("restore", backup, *more)
            assert (done.code, done.stderr.count("\n")) == (2, 1)
            assert "a server is using this database" in done.stderr
    finally:
        stop.set()
        thread.join()
    assert cli("restore", backup, "--replace").code == 0


@pytest.mark.process
@pytest.mark.full
def test_two_that_fill_the_demo_at_once_fill_it_once(tmp_path):
    cli = CommandLine(f"sqlite:///{tmp_path / 'chhlang.db'}", separate=True)
    begun = [cli.start("demo", "--if-empty", "--without-release", "--records", "1000") for _ in range(2)]
    ends = [one.communicate(timeout=180) for one in begun]
    assert [one.returncode for one in begun] == [0, 0], ends
    assert sorted(bool(out) for out, _ in ends) == [False, True]
