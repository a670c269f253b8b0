"""What a page costs the server: the first time, and again. Every page that a reader opens, signed in.

The first page and those of places keep their answers for some minutes: `first` is without them. Percentiles
are over `_RUNS` requests of the same page.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from pathlib import Path

from flask.testing import FlaskClient

from dashboard.services import store
from db.core.engine import Database
from tests.bench.data import add_account, fill, move_facilities, settings_for, write_line_list
from tests.bench.filling import multiply
from tests.bench.maps import signed_in
from tests.bench.measure import Took, say, show, timed
from tests.support.servers import Sqlite

#: Addresses, each with the question that it opens with.
PAGES = (
    "/",
    "/map",
    "/reporting",
    "/crossings/poipet",
    "/decisions",
    "/views",
    "/clusters",
    "/clusters/standing",
    "/data",
    "/map?by=district&disease=tb",
    "/map?by=district&disease=tb&area=Demo+OD+01-1&from=2021-07-01&to=2026-06-30",
    "/map?by=district&measure=malaria_notified_1_day",
    "/indicators/malaria_testing?by=district",
    "/indicators/malaria_notified_1_day?by=district",
    "/indicators/tb_yield?by=district",
    "/rates?disease=malaria&by=district",
    "/funnel?disease=tb&by=district",
    "/curves?disease=malaria&place=district&area=Demo+OD+01-1",
    "/curves?disease=malaria&what=malaria_testing&place=district&area=Demo+OD+01-1",
    "/reporting?by=district",
    "/provinces/KH01/districts",
)
#: To reach: half of all requests within so many milliseconds.
_TARGET = 50
_RUNS = 25


def run(
    folder: Path,
    facilities: Path,
    records: int,
    imported: int,
    pages: Sequence[str] = PAGES,
    filled: str | None = None,
) -> None:
    """Measure every page over `records` records: `imported` of them imported, the others copies.

    `filled`: address of a database that holds them already, with the account of `add_account`.
    """
    if filled:
        database = store.open_store(settings_for(filled))
        _measure(database, filled, records, pages)
        database.dispose()
        return
    with Sqlite(folder).fresh(migrated=True) as url:
        database, _ = fill(url, facilities, write_line_list(folder, imported))
        if records > imported:
            multiply(database, records // imported)
        add_account(database)
        move_facilities(database, folder, url)
        _measure(database, url, records, pages)
        database.dispose()


def _measure(database: Database, url: str, records: int, pages: Sequence[str]) -> None:
    client = signed_in(database, url)
    _get(client, "/sign-in")  # templates and modules of all pages
    rows = []
    for page in pages:
        first = _took(client, page)
        if first is None:
            say(f"{page} is not a page of this version")
            continue
        again = [took for _ in range(_RUNS) if (took := _took(client, page))]
        walls = sorted(1000 * took.wall for took in again)
        rows.append(
            (
                page,
                f"{1000 * first.cpu:.0f}",
                f"{statistics.median(walls):.0f}",
                f"{walls[int(0.95 * len(walls))]:.0f}",
                f"{1000 * statistics.median(took.cpu for took in again):.0f}",
                str(_TARGET),
            )
        )
    header = ("", "first, cpu ms", "again: p50, ms", "p95, ms", "cpu ms", "p50 to reach")
    show(f"Pages at {records:,} records", header, rows)


def _took(client: FlaskClient, page: str) -> Took | None:
    with timed() as took:
        status = _get(client, page)
    return took if status == 200 else None


def _get(client: FlaskClient, page: str) -> int:
    answer = client.get(page)
    answer.get_data()
    return answer.status_code
