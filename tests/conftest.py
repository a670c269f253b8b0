"""Databases and commands for every test: SQLite and PostgreSQL, a fresh database for each."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from functools import partial

import hypothesis
import pytest

from db.core.engine import Database
from db.maintenance.opening import open_database
from tests.support.command_line import CommandLine
from tests.support.servers import Postgres, Sqlite, postgres

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell starts what runs in its background deaf to Ctrl+C, and so would be every command of the tests.
    signal.signal(signal.SIGINT, signal.default_int_handler)

# How long an example takes is no test: the machine may be busy with others. The examples are the same each
# time: a test that fails once in thousands of runs says nothing of the change it was run for. New ones are
# drawn by `make torture`, which sets EXAMPLES.
EXAMPLES = "CHHLANG_TEST_EXAMPLES"
_USUAL = {"deadline": None, "suppress_health_check": [hypothesis.HealthCheck.too_slow]}
hypothesis.settings.register_profile("same", derandomize=True, **_USUAL)
hypothesis.settings.register_profile("new", derandomize=False, database=None, print_blob=True, **_USUAL)
hypothesis.settings.load_profile(os.environ.get(EXAMPLES, "same"))

#: Gives the address of a new, migrated database for as long as a `with` lasts.
NewDatabase = Callable[[], AbstractContextManager[str]]
BACKENDS = ("sqlite", pytest.param("postgresql", marks=pytest.mark.postgres))


@pytest.fixture(scope="session")
def sqlite_files(tmp_path_factory: pytest.TempPathFactory) -> Sqlite:
    """Where SQLite databases are made."""
    return Sqlite(tmp_path_factory.mktemp("databases"))


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Postgres]:
    """One PostgreSQL for the session (for each worker, with several)."""
    if os.name != "posix":
        pytest.skip("the embedded PostgreSQL is only driven on Linux and macOS")
    with postgres() as server:
        yield server


@pytest.fixture(params=BACKENDS)
def backend(request: pytest.FixtureRequest) -> str:
    """`sqlite` or `postgresql`: a test that uses it, or any of the below, runs on both."""
    return request.param


@pytest.fixture
def maker(backend: str, request: pytest.FixtureRequest) -> Sqlite | Postgres:
    """What makes databases of the backend."""
    return request.getfixturevalue("sqlite_files" if backend == "sqlite" else "postgres_server")


@pytest.fixture
def new_database(maker: Sqlite | Postgres) -> NewDatabase:
    """Makes migrated databases, for tests that need several."""
    return partial(maker.fresh, migrated=True)


@pytest.fixture
def empty_url(maker: Sqlite | Postgres) -> Iterator[str]:
    """Address of a database in which there is nothing at all."""
    with maker.fresh(migrated=False) as url:
        yield url


@pytest.fixture
def database_url(new_database: NewDatabase) -> Iterator[str]:
    """Address of a migrated database without data."""
    with new_database() as url:
        yield url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A migrated database without data, opened."""
    opened = open_database(database_url)
    yield opened
    opened.dispose()


@pytest.fixture
def sqlite_url(sqlite_files: Sqlite) -> Iterator[str]:
    """Address of a migrated SQLite database without data, where one backend is enough."""
    with sqlite_files.fresh(migrated=True) as url:
        yield url


@pytest.fixture
def cli(database_url: str) -> CommandLine:
    """`app.py` on a fresh database, run inside the test's process: quick."""
    return CommandLine(database_url)


@pytest.fixture
def sqlite_cli(sqlite_url: str) -> CommandLine:
    """As `cli`, on SQLite alone."""
    return CommandLine(sqlite_url)


@pytest.fixture
def run_cli(database_url: str) -> CommandLine:
    """`app.py` on a fresh database, in a process of its own, as a user runs it."""
    return CommandLine(database_url, separate=True)
