"""A clinic's file into a database of many millions of records, and the map while a long import runs."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path

from dashboard.demo.care import FACILITY_IDS
from dashboard.demo.records import record_chunks
from dashboard.filters import CoverageQuery
from dashboard.permissions import Grant
from dashboard.server import serve
from dashboard.services import store
from dashboard.services.clock import today_in_cambodia
from dashboard.services.coverage import table as coverage
from dashboard.services.imports import pipeline as imports
from dashboard.services.imports.options import ImportOptions
from db.core.engine import Database
from tests.bench.data import KEY, fill, settings_for, write_line_list
from tests.bench.filling import multiply
from tests.bench.maps import QUESTIONS
from tests.bench.measure import Took, say, show, timed

CLINIC = 5_000
_LAST_YEAR = "2025-07-01"
_TIMES = 5
_READERS = 8
#: Seconds between two questions of one reader.
_PAUSE = 0.1
_ASKED = ("no filter, a year", "one filter, a year", "several filters, a year", "several filters, five years")


def run(folder: Path, facilities: Path, url: str | None, imported: int, records: int, during: int) -> None:
    """Measure at `records`, of which `imported` are imported and the others copies of them.

    Parameters
    ----------
    url : str, optional
        A database that is filled already, and that the measuring adds to; else one is made.
    during : int
        Rows of the file that is imported while the map is asked for.
    """
    if url is None:
        url = f"sqlite:///{folder / 'large.db'}"
        line_list = write_line_list(folder, imported)
        database, took = fill(url, facilities, line_list)
        line_list.unlink()
        say(f"imported {imported:,} in {took.wall:.0f} s, {took.cpu:.0f} s of processor time")
        if records > imported:
            multiply(database, records // imported)
    else:
        database = store.open_store(settings_for(url))
    with database.reading() as connection:
        held = connection.exec_driver_sql("SELECT count(*) FROM episode").scalar_one()
    say(f"{held:,} records are held")
    _clinic(folder, database, url, held)
    _readers(folder, database, url, held, during)
    database.dispose()


def _file(folder: Path, seed: int, rows: int) -> Path:
    path = folder / f"file-{seed}-{rows}.csv"
    for number, frame in enumerate(record_chunks(seed, rows, 50_000)):
        frame.to_csv(path, mode="a", header=number == 0, index=False, lineterminator="\n")
    return path


def _clinic_file(folder: Path, seed: int) -> Path:
    """A year of one facility."""
    (frame,) = record_chunks(seed, 10 * CLINIC, 10 * CLINIC)
    frame = frame[frame["date_visit"] >= _LAST_YEAR].head(CLINIC)
    if len(frame) < CLINIC:
        raise RuntimeError(f"only {len(frame):,} rows are of the last year")
    path = folder / f"clinic-{seed}.csv"
    facility = FACILITY_IDS[seed % len(FACILITY_IDS)]
    frame.assign(facility_id=facility, person_id_issuer="").to_csv(path, index=False, lineterminator="\n")
    return path


def _clinic(folder: Path, database: Database, url: str, held: int) -> None:
    settings = settings_for(url)
    rows = []
    for kind, write in (
        ("a year of one clinic", _clinic_file),
        ("five years of the whole country", lambda folder, seed: _file(folder, seed, CLINIC)),
    ):
        found: list[Took] = []
        for number in range(_TIMES):
            path = write(folder, 1000 + number)
            with timed() as took:
                imports.import_file(
                    database,
                    Grant.custodian(),
                    settings,
                    path,
                    ImportOptions(source=f"clinic {time.time_ns()}"),
                )
            found.append(took)
            path.unlink()
        walls, cpus = [t.wall for t in found], [t.cpu for t in found]
        rows.append(
            (
                kind,
                f"{statistics.median(walls):.2f}",
                f"{min(walls):.2f}",
                f"{max(walls):.2f}",
                f"{statistics.median(cpus):.2f}",
            )
        )
    show(
        f"A file of {CLINIC:,} rows into {held:,} records, {_TIMES} times (to reach: 2 s)",
        ("", "median wall s", "least", "most", "median cpu s"),
        rows,
    )


def _readers(folder: Path, database: Database, url: str, held: int, during: int) -> None:
    sys.setswitchinterval(serve.TURN)
    path = _file(folder, 2000, during)
    rows = []
    for name in _ASKED:
        took = _asked(database, name, threading.Event(), times=20)
        rows.append((f"{name}: alone", *_described(took)))
    command = [sys.executable, "app.py", "import", str(path), "--source", f"readers {time.time_ns()}"]
    environment = os.environ | {"DATABASE_URL": url, "CHHLANG_SECRET_KEY": KEY}
    started = time.perf_counter()
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as process:
        found: dict[str, list[Took]] = {name: [] for name in _ASKED}
        over = threading.Event()

        def read(number: int) -> None:
            while not over.is_set():
                for name in _ASKED[number % 2 :: 2]:
                    found[name] += _asked(database, name, over, times=1)
                    time.sleep(_PAUSE)

        readers = [threading.Thread(target=read, args=(number,)) for number in range(_READERS)]
        for reader in readers:
            reader.start()
        process.wait()
        over.set()
        for reader in readers:
            reader.join()
    if process.returncode:
        raise RuntimeError(f"the import ended with {process.returncode}")
    say(f"an import of {during:,} rows took {time.perf_counter() - started:.0f} s beside {_READERS} readers")
    rows += [(f"{name}: {_READERS} readers", *_described(took)) for name, took in found.items()]
    path.unlink()
    show(
        f"The map at {held:,} records while {during:,} rows are imported (p50, to reach: 50 ms)",
        ("", "asked", "p50 wall ms", "p95 wall ms", "p50 cpu ms"),
        rows,
    )


def _asked(database: Database, name: str, over: threading.Event, times: int) -> list[Took]:
    query, grant, today = CoverageQuery.read(QUESTIONS[name]), Grant.custodian(), today_in_cambodia()
    found = []
    for _ in range(times):
        if over.is_set():
            break
        wall, cpu = time.perf_counter(), time.thread_time()
        coverage.coverage(database, grant, query, today)
        found.append(Took(time.perf_counter() - wall, time.thread_time() - cpu))
    return found


def _described(took: list[Took]) -> tuple[str, str, str, str]:
    walls = sorted(t.wall for t in took)
    return (
        f"{len(took):,}",
        f"{1e3 * statistics.median(walls):.1f}",
        f"{1e3 * walls[int(0.95 * (len(walls) - 1))]:.1f}",
        f"{1e3 * statistics.median(t.cpu for t in took):.1f}",
    )
