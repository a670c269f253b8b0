"""A server with one finished run of cluster detection for the country, and one for some provinces."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask import Flask

from dashboard.cluster_filters import ClusterQuery
from dashboard.permissions import Grant
from dashboard.services import store
from dashboard.services.clusters import queue as cluster_queue
from dashboard.services.clusters import runs as clusters
from dashboard.services.clusters.models import ClusterResult
from db.core.engine import Database
from db.core.scope import Scope
from tests.support import outbreaks
from tests.support.accounts import add_accounts
from tests.support.command_line import CommandLine
from tests.support.files import write_csv
from tests.support.servers import Sqlite
from tests.support.web import served, settings

#: A name that a browser must never take for markup.
HOSTILE = "</script><img src=x onerror=alert(1)> R & D"
QUERY = ClusterQuery(
    "measles",
    by="facility",
    model="space-time-permutation",
    time="retrospective",
    time_unit="week",
    max_duration=4,
    replicates=99,
)
#: Accounts beyond those that every server of the tests has.
MORE = {
    "epidemiologist": ("epidemiologist", None),
    "manager": ("data_manager", None),
    "reception": ("reception", None),
}


@dataclass(frozen=True)
class Site:
    """`run`: of the country; `provincial`: of somebody who answers for one province."""

    server: Flask
    database: Database
    run: str
    provincial: str


def grant(name: str = "epi", *provinces: str) -> Grant:
    """An epidemiologist of the country, or of some provinces."""
    scope = Scope.of(*provinces) if provinces else Scope.everything()
    return Grant(f"{name}@example.org", "epidemiologist", scope)


def ran(database: Database, who: Grant, query: ClusterQuery) -> str:
    """The id of a run that has been worked on."""
    number = clusters.start(database, who, query)
    while cluster_queue.work(database):
        pass
    assert clusters.status(database, who, number).status == "done"
    return number


def result_of(database: Database, number: str, who: Grant | None = None) -> ClusterResult:
    """What a run found."""
    return clusters.result(database, who or grant(), number)


@contextmanager
def cluster_site(files: Sqlite, folder: Path) -> Iterator[Site]:
    """Serve it on SQLite. The records and runs are made once in a process, and copied afterwards."""
    with files.fresh(migrated=True) as url:
        if not files.take("cluster site", url):
            _fill(url, folder)
            with _opened(url) as (database, *_):
                add_accounts(database, MORE)
            files.keep("cluster site", url)
        with _opened(url) as (database, run, provincial), served(url) as server:
            yield Site(server, database, run, provincial)


def _fill(url: str, folder: Path) -> None:
    cli = CommandLine(url)
    listed: list[dict[str, Any]] = [
        {"name_en": HOSTILE, "name_km": HOSTILE, "operational_district": "Poipet"}
        | ({"operational_district": "Thmar Koul"} if facility["province"] == "KH02" else {})
        | facility
        for facility in outbreaks.FACILITIES
    ]
    assert cli("facilities", "import", write_csv(folder / "named.csv", *listed)).code == 0
    assert cli("import", write_csv(folder / "list.csv", *outbreaks.rows())).code == 0


@contextmanager
def _opened(url: str) -> Iterator[tuple[Database, str, str]]:
    """The database and both runs, which are worked on where they are not done."""
    database = store.open_store(settings(url))
    try:
        yield database, ran(database, grant(), QUERY), ran(database, grant("provincial", "KH02"), QUERY)
    finally:
        database.dispose()
