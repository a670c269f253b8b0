"""Databases for tests: empty, migrated or filled, on SQLite and on PostgreSQL, one for each that asks."""

from __future__ import annotations

import itertools
import shutil
import subprocess
import sys
from collections.abc import Hashable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.engine import make_url

from db.maintenance.opening import open_database
from tests.support import postgres_server

_NUMBERS = itertools.count(1)


class Postgres:
    """One running server: makes and drops databases."""

    def __init__(self, folder: str) -> None:
        self._folder = folder
        self._template = False
        self._kept: dict[Hashable, str] = {}

    def _run(self, *statements: str) -> None:
        import psycopg

        with psycopg.connect(postgres_server.address(self._folder, "postgres"), autocommit=True) as session:
            for statement in statements:
                session.execute(statement)

    @contextmanager
    def fresh(self, *, migrated: bool) -> Iterator[str]:
        """Address of a new database, dropped afterwards."""
        template = "template0"
        if migrated:
            template = "chhlang_template"
            if not self._template:
                self._run(f"CREATE DATABASE {template} TEMPLATE template0")
                open_database(postgres_server.address(self._folder, template)).dispose()
                self._template = True
        name = f"chhlang_{next(_NUMBERS)}"
        self._run(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        try:
            yield postgres_server.address(self._folder, name)
        finally:
            self._run(f"DROP DATABASE {name} WITH (FORCE)")

    @contextmanager
    def copy_of(self, url: str) -> Iterator[str]:
        """Address of a copy of one of these databases, which nobody may be using."""
        name = f"chhlang_{next(_NUMBERS)}"
        self._run(f"CREATE DATABASE {name} TEMPLATE {make_url(url).database}")
        try:
            yield postgres_server.address(self._folder, name)
        finally:
            self._run(f"DROP DATABASE {name} WITH (FORCE)")

    def keep(self, key: Hashable, url: str) -> None:
        """Remember what a database holds, which nobody may be using."""
        self._kept[key] = f"chhlang_kept_{next(_NUMBERS)}"
        self._run(f"CREATE DATABASE {self._kept[key]} TEMPLATE {make_url(url).database} STRATEGY FILE_COPY")

    def take(self, key: Hashable, url: str) -> bool:
        """Make a database what was remembered under a key; whether there was anything."""
        if key not in self._kept:
            return False
        name = make_url(url).database
        self._run(
            f"DROP DATABASE {name} WITH (FORCE)",
            f"CREATE DATABASE {name} TEMPLATE {self._kept[key]} STRATEGY FILE_COPY",
        )
        return True


@contextmanager
def postgres(settings: Mapping[str, str] | None = None) -> Iterator[Postgres]:
    """Start a server, quick rather than safe unless told otherwise; leave neither process nor file behind."""
    named = [f"{name}={value}" for name, value in (settings or {}).items()]
    with subprocess.Popen(
        [sys.executable, postgres_server.__file__, *named],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as keeper:
        assert keeper.stdin and keeper.stdout
        folder = keeper.stdout.readline().strip()
        try:
            if not folder:
                raise RuntimeError("the tests' PostgreSQL did not start; what it said stands above")
            yield Postgres(folder)
        finally:
            keeper.stdin.close()
            keeper.wait(60)


class Sqlite:
    """Databases as files below one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._template: Path | None = None
        self._kept: dict[Hashable, Path] = {}

    @contextmanager
    def fresh(self, *, migrated: bool) -> Iterator[str]:
        """Address of a new database, in a folder of its own."""
        place = self._folder / str(next(_NUMBERS))
        place.mkdir()
        if migrated:
            if self._template is None:
                self._template = self._folder / "template"
                self._template.mkdir()
                open_database(f"sqlite:///{self._template / 'chhlang.db'}").dispose()
            for file in self._template.iterdir():
                shutil.copy(file, place)
        yield f"sqlite:///{place / 'chhlang.db'}"
        shutil.rmtree(place, ignore_errors=True)

    @contextmanager
    def copy_of(self, url: str) -> Iterator[str]:
        """Address of a copy of one of these databases, which nobody may be using."""
        place = self._folder / str(next(_NUMBERS))
        shutil.copytree(_folder_of(url), place)
        yield f"sqlite:///{place / 'chhlang.db'}"
        shutil.rmtree(place, ignore_errors=True)

    def keep(self, key: Hashable, url: str) -> None:
        """Remember what a database holds, which nobody may be using."""
        self._kept[key] = self._folder / f"kept-{next(_NUMBERS)}"
        shutil.copytree(_folder_of(url), self._kept[key])

    def take(self, key: Hashable, url: str) -> bool:
        """Make a database what was remembered under a key; whether there was anything."""
        if key not in self._kept:
            return False
        place = _folder_of(url)
        shutil.rmtree(place)
        shutil.copytree(self._kept[key], place)
        return True


def _folder_of(url: str) -> Path:
    return Path(str(make_url(url).database)).parent
