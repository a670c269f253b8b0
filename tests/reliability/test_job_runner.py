"""The job runner: one run at a time, stopped when asked, killed without loss, gone with its server."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from dashboard.cluster_filters import ClusterQuery
from dashboard.permissions import Grant
from dashboard.server import jobs
from dashboard.services import leases
from dashboard.services.clusters import execute as cluster_execution
from dashboard.services.clusters import queue as cluster_queue
from dashboard.services.clusters import runs as clusters
from dashboard.services.clusters import watch as cluster_watch
from dashboard.settings import Settings
from db.clusters import runs as cluster_runs
from db.clusters import standing as standing_rounds
from db.core.engine import write_transaction
from db.maintenance.opening import open_database
from db.tables.operations import cluster_run
from db.tables.records import batch
from surveillance.errors import CancelledError, StatisticsError
from tests.support import outbreaks
from tests.support.command_line import KEY, ROOT, CommandLine

QUICK = ClusterQuery("measles", by="facility", replicates=99)
#: Takes a minute or more: many replicates of every day.
LONG = ClusterQuery(
    "measles",
    by="facility",
    model="space-time-permutation",
    time="retrospective",
    time_unit="day",
    replicates=9_999,
    cases_are="all",
)
CUSTODIAN = Grant.custodian()


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def backend(request):
    """For the whole module, as the runner that tests share."""
    return request.param


@pytest.fixture(scope="module")
def at_work(backend, request, tmp_path_factory):
    """A runner as `serve` starts it, and its database with one outbreak: to start one takes two seconds."""
    maker = request.getfixturevalue("sqlite_files" if backend == "sqlite" else "postgres_server")
    with maker.fresh(migrated=True) as url:
        outbreaks.fill(CommandLine(url), tmp_path_factory.mktemp("at_work"))
        database = open_database(url)
        child = jobs.start(Settings.read({"DATABASE_URL": url, "CHHLANG_STANDING_SCANS": "no"}))
        yield database, child
        child.stop()
        database.dispose()


def until(true, patience=90.0):
    """Wait for something to become true."""
    end = time.monotonic() + patience
    while not (found := true()):
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.1)
    return found


def children(pid: int) -> list[int]:
    """Processes that a process has started."""
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii")
    return [int(number) for number in text.split()]


def alive(pid: int) -> bool:
    """Whether a process is there and no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc")


def test_the_runner_works_through_the_queue(at_work):
    filled, _ = at_work
    first, second = (
        clusters.start(filled, CUSTODIAN, query) for query in (QUICK, ClusterQuery("measles", replicates=9))
    )
    for number in (first, second):
        until(lambda number=number: clusters.status(filled, CUSTODIAN, number).over)
        assert clusters.status(filled, CUSTODIAN, number).status == "done"
    one, other = (clusters.status(filled, CUSTODIAN, number) for number in (first, second))
    assert one.finished_at <= other.started_at  # one at a time


@pytest.mark.full
def test_a_server_asks_by_itself_and_its_runner_answers(filled, database_url):
    """A file came while the server was off: what stands is asked at start, and answered."""
    with write_transaction(filled.records) as connection:
        connection.execute(batch.update().values(received_at="2026-01-01T00:00:00+00:00"))
    child = jobs.start(Settings.read({"DATABASE_URL": database_url}))
    try:
        this = until(lambda: standing_rounds.latest(filled))
        everything = CUSTODIAN.scope
        until(lambda: (held := standing_rounds.questions(filled, this, everything))
              and all(run is not None and run.status == "done" for _, run in held))  # fmt: skip
    finally:
        child.stop()
    found = cluster_watch.watch(filled, CUSTODIAN)
    assert (found.asked, found.answered, found.cause) == (3, 3, "import")


def test_a_run_that_is_cancelled_stops_and_the_next_one_goes_on(at_work):
    filled, _ = at_work
    another = replace(QUICK, replicates=19)  # asked by no other test, and so not answered yet
    long, quick = (clusters.start(filled, CUSTODIAN, query) for query in (LONG, another))
    until(lambda: clusters.status(filled, CUSTODIAN, long).done > 0)
    assert clusters.status(filled, CUSTODIAN, quick).status == "queued"
    assert clusters.cancel(filled, CUSTODIAN, long)
    until(lambda: clusters.status(filled, CUSTODIAN, long).over)
    stopped = clusters.status(filled, CUSTODIAN, long)
    assert (stopped.status, stopped.cancelled_by) == ("cancelled", "command line")
    until(lambda: clusters.status(filled, CUSTODIAN, quick).status == "done")


@linux
def test_a_killed_runner_costs_an_attempt_and_nothing_else(at_work):
    filled, supervisor = at_work
    number = clusters.start(filled, CUSTODIAN, LONG)
    until(lambda: clusters.status(filled, CUSTODIAN, number).status == "running")
    (worker,) = children(supervisor.pid)
    os.kill(worker, signal.SIGKILL)
    until(lambda: worker not in children(supervisor.pid) or not alive(worker))
    assert clusters.status(filled, CUSTODIAN, number).status == "running"  # nobody could say otherwise
    with write_transaction(filled.operations) as connection:  # as if half a minute had gone by
        connection.execute(cluster_run.update().where(cluster_run.c.id == number).values(heartbeat=1.0))
    until(lambda: [pid for pid in children(supervisor.pid) if pid != worker])
    until(lambda: clusters.status(filled, CUSTODIAN, number).done > 0)
    clusters.cancel(filled, CUSTODIAN, number)
    until(lambda: clusters.status(filled, CUSTODIAN, number).over)


@linux
@pytest.mark.parametrize("killed", [pytest.param("supervisor", marks=pytest.mark.full), "server"])
def test_nothing_outlives_whoever_started_it(killed, filled, database_url):
    code = (
        "import sys, time; from dashboard.server import jobs; from dashboard.settings import Settings; "
        f"print(jobs.start(Settings.read({{'DATABASE_URL': {database_url!r}, "
        "'CHHLANG_STANDING_SCANS': 'no'})).pid, flush=True); "
        "time.sleep(99)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as server:
        supervisor = int(server.stdout.readline())
        number = clusters.start(filled, CUSTODIAN, LONG)
        until(lambda: clusters.status(filled, CUSTODIAN, number).status == "running")
        (worker,) = children(supervisor)
        os.kill(supervisor if killed == "supervisor" else server.pid, signal.SIGKILL)
        until(lambda: not alive(supervisor) and not alive(worker), patience=20)
        server.kill()


@linux
@pytest.mark.full  # a stop leaves nobody: tests/reliability/test_server_processes.py
def test_the_server_has_a_runner_and_takes_it_along(filled, database_url):
    if filled.dialect != "sqlite":
        pytest.skip("the same whatever the database")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with CommandLine(database_url, separate=True).start("serve", "--port", port) as server:
        number = clusters.start(filled, CUSTODIAN, QUICK)
        until(lambda: clusters.status(filled, CUSTODIAN, number).status == "done")
        below = children(server.pid)
        below += [pid for child in below for pid in children(child)]
        assert len(below) >= 3  # web workers, supervisor, worker
        server.terminate()
        server.communicate(timeout=60)
        until(lambda: not any(map(alive, below)), patience=20)


def taken(database, query):
    """A run that has just been taken from the queue."""
    clusters.start(database, CUSTODIAN, query)
    return cluster_runs.claim(database)


def test_a_run_that_takes_too_long_fails_with_what_to_do(filled, monkeypatch):
    monkeypatch.setattr(leases, "BEAT", 0.05)
    run = taken(filled, LONG)
    pulse = cluster_queue.RunPulse(filled, run, longest=0.1)
    pulse.start()
    with pytest.raises(CancelledError):
        cluster_execution.execute(filled, run, progress=pulse.progress, cancel=pulse.stopping, workers=1)
    pulse.finish()
    status, why = pulse.outcome()
    assert status == "failed"
    assert "fewer replicates" in why


def test_an_engine_that_does_not_stop_is_left_behind(filled, monkeypatch):
    monkeypatch.setattr(leases, "BEAT", 0.05)
    left = []
    run = taken(filled, QUICK)
    clusters.cancel(filled, CUSTODIAN, run.id)
    pulse = cluster_queue.RunPulse(filled, run, patience=0.1, abandon=left.append)
    pulse.start()
    pulse.join(20)
    assert left == [1]
    assert clusters.status(filled, CUSTODIAN, run.id).status == "cancelled"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (StatisticsError("take a longer period"), "take a longer period"),
        (MemoryError(), "too little memory"),
        (ValueError("a patient's value"), "reference"),
    ],
    ids=lambda part: type(part).__name__,
)
def test_whatever_goes_wrong_the_run_ends_with_a_reason_and_no_value_in_it(error, said, filled, monkeypatch):
    def fail(*_args, **_more):
        raise error

    monkeypatch.setattr(cluster_execution, "execute", fail)
    number = clusters.start(filled, CUSTODIAN, QUICK)
    assert cluster_queue.work(filled)
    ended = clusters.status(filled, CUSTODIAN, number)
    assert ended.status == "failed"
    assert said in str(ended.problem)
    assert "patient" not in str(ended.problem)
    assert not cluster_queue.work(filled)


def test_progress_is_written_once_a_second_at_most(filled, monkeypatch):
    beats = []
    pulse = cluster_runs.pulse
    monkeypatch.setattr(cluster_runs, "pulse", lambda *args: (beats.append(args[2]), pulse(*args))[1])
    number = clusters.start(filled, CUSTODIAN, QUICK)
    began = time.monotonic()
    assert cluster_queue.work(filled)
    assert len(beats) <= (time.monotonic() - began) / leases.BEAT
    assert clusters.status(filled, CUSTODIAN, number).status == "done"


def test_a_worker_without_work_leaves_without_a_word(sqlite_url):
    """Its parent still holds the pipe by which it would be told to end."""
    told = (
        "import sys; from dashboard.server import jobs; jobs._IDLE = 0.0; sys.exit(jobs.main(['--imports']))"
    )
    with subprocess.Popen(
        [sys.executable, "-c", told], cwd=ROOT,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    ) as worker:  # fmt: skip
        assert worker.stdin and worker.stdout
        worker.stdin.write(
            json.dumps({"DATABASE_URL": sqlite_url, "CHHLANG_SECRET_KEY": KEY}).encode() + b"\n"
        )
        worker.stdin.flush()
        assert (worker.wait(300), worker.stdout.read()) == (0, b"")


def test_the_module_says_how_it_is_used(capsys):
    assert jobs.main(["--what"]) == 2
    assert "usage" in capsys.readouterr().err
