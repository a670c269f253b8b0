"""Databases and commands for every test: SQLite and PostgreSQL, a fresh database for each."""

from __future__ import annotations

import gc
import os
import signal
import tempfile
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
import sqlalchemy as sa
from _pytest.unraisableexception import gc_collect_iterations_key
from sqlalchemy.util import LRUCache

from dashboard.services import sessions
from db.core.engine import Database
from db.maintenance.opening import open_database
from tests.support import lanes, outbreaks, quiet_workers, together
from tests.support.accounts import cheap_hashing
from tests.support.command_line import CommandLine
from tests.support.examples import load_profile
from tests.support.postgres_server import memory
from tests.support.servers import Postgres, Sqlite, postgres
from tests.support.shared_work import shared_migrations, shared_servers
from tests.support.slow_fixtures import SlowFixtures

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # A shell starts what runs in its background deaf to Ctrl+C, and so would be every command of the tests.
    signal.signal(signal.SIGINT, signal.default_int_handler)

#: Objects made before garbage is looked for, and how often in what is older.
_SELDOM = (150_000, 50, 100)
gc.set_threshold(*_SELDOM)
load_profile()
if (roomy := memory()) is not None:
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(roomy))  # where pytest makes the folders of tests


def pytest_configure(config: pytest.Config) -> None:
    """Hold quick tests to their lane, measure fixtures, and let workers say little."""
    quiet_workers.hush(config)
    config.pluginmanager.register(lanes.Guard(), "chhlang-lanes")
    config.pluginmanager.register(SlowFixtures(), "chhlang-slow-fixtures")
    config.stash[gc_collect_iterations_key] = 1  # five take six seconds of each process, at its end


@pytest.hookimpl(tryfirst=True)  # before `-m` looks at the marks
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test by what it uses, and order the files."""
    lanes.mark_all(items)
    lanes.arrange(items)


def pytest_collection_finish() -> None:
    """Look for garbage less often, and not in what was loaded: that took a sixth of the time."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Let one worker take the files that need the same server."""
    return together.scheduler(config, log)


#: Gives the address of a new, migrated database for as long as a `with` lasts.
NewDatabase = Callable[[], AbstractContextManager[str]]
#: Fills a database by a function, once: `prepared(lambda: outbreaks.fill(cli, tmp_path))`.
Prepared = Callable[..., None]
BACKENDS = ("sqlite", pytest.param("postgresql", marks=pytest.mark.postgres))


class _Statements(LRUCache):
    """Compiled statements of every engine of one kind: SQLAlchemy's keys begin with one engine's dialect."""

    def get(self, key: Any, default: Any = None) -> Any:
        return super().get(key[1:], default)

    def __setitem__(self, key: Any, compiled: Any) -> None:
        super().__setitem__(key[1:], compiled)


@pytest.fixture(scope="session", autouse=True)
def _statements() -> Iterator[None]:
    """Tests have databases of their own, and share the statements that SQLAlchemy has compiled for them."""
    compiled: dict[str, LRUCache] = defaultdict(lambda: _Statements(3_000))
    create = sa.create_engine

    def shared(*arguments: Any, **options: Any) -> sa.Engine:
        engine = create(*arguments, **options)
        engine.update_execution_options(compiled_cache=compiled[engine.dialect.name])
        return engine

    with mock.patch.object(sa, "create_engine", shared):
        yield


@pytest.fixture(scope="session", autouse=True)
def _cheap_hashing() -> Iterator[None]:
    """Passwords of tests are hashed in a moment."""
    with cheap_hashing():
        yield


@pytest.fixture(scope="session", autouse=True)
def _servers() -> Iterator[None]:
    """Servers compile their templates and addresses, databases load their migrations: once in a process."""
    with shared_servers(), shared_migrations():
        yield


@pytest.fixture(scope="session", autouse=True)
def _sessions_of_postgresql() -> Iterator[None]:
    """A server on PostgreSQL keeps its file of sessions in a folder of the tests."""
    with (
        tempfile.TemporaryDirectory(prefix="chhlang-sessions-", dir=memory()) as folder,
        mock.patch.object(sessions, "machine_folder", lambda: Path(folder)),
    ):
        yield


@pytest.fixture(scope="session")
def sqlite_files() -> Iterator[Sqlite]:
    """Where SQLite databases are made; in memory where there is room."""
    with tempfile.TemporaryDirectory(prefix="chhlang-sqlite-", dir=memory()) as folder:
        yield Sqlite(Path(folder))


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


def _prepared(maker: Sqlite | Postgres, url: str) -> Prepared:
    def fill(made_by: Callable[[], object], *values: Hashable) -> None:
        key = (made_by.__module__, made_by.__qualname__, *values)
        if not maker.take(key, url):
            made_by()
            maker.keep(key, url)

    return fill


@pytest.fixture
def prepared(maker: Sqlite | Postgres, database_url: str) -> Prepared:
    """Fills the test's database: the first time by calling a function, then by copies of what it made.

    The function is known by its name and by the values given with it; it must do the same each time, and
    leave the database closed.
    """
    return _prepared(maker, database_url)


@pytest.fixture
def sqlite_prepared(sqlite_files: Sqlite, sqlite_url: str) -> Prepared:
    """As `prepared`, on SQLite alone."""
    return _prepared(sqlite_files, sqlite_url)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A migrated database without data, opened."""
    opened = open_database(database_url)
    yield opened
    opened.dispose()


@pytest.fixture
def filled(cli: CommandLine, database_url: str, tmp_path: Path, prepared: Prepared) -> Iterator[Database]:
    """A database with one outbreak of measles, opened; a module of other records has its own `filled`."""
    prepared(lambda: outbreaks.fill(cli, tmp_path))
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
