"""Replicates on the workers of a scheduler: the same digits as here, whatever dies in between."""

from __future__ import annotations

import contextlib
import gc
import operator
import time
import warnings

import numpy as np
import pandas as pd
import pytest

from dashboard.batches import scheduler, work
from dashboard.batches.executors import open_executor
from dashboard.services.clusters import queue as cluster_queue
from docs import corridors
from docs.simulated import mapped
from surveillance.errors import CancelledError, ConfigurationError, UsageError
from surveillance.scan import scan
from tests.support.schedulers import Cluster

pytest.importorskip("distributed", reason="requirements-distributed.txt is not installed")

pytestmark = pytest.mark.process
CANARY = "villagecanary"


def data(places: int = 200, cases: int = 300) -> tuple[pd.DataFrame, pd.DataFrame]:
    random = np.random.default_rng(7)
    names = [f"{CANARY}{at}" for at in range(places)]
    where = pd.DataFrame(
        {"location": names, "x": random.random(places), "y": random.random(places), "population": 100}
    )
    return pd.DataFrame({"location": random.choice(names, cases)}), where


def asked(replicates: int = 999, **more):
    return scan(*data(), model="poisson", replicates=replicates, **more)


def test_a_simulation_gives_the_same_digits_on_workers(cluster):
    items = [(4, 2.5, run) for run in range(3)]
    there = mapped("docs.corridors", "one_run", items, cluster.address)
    assert there == [corridors.one_run(item) for item in items]
    assert corridors.row(4, 2.5, there).startswith("| 4 | 2.5 | ")


@pytest.fixture(scope="module", autouse=True)
def _sockets():
    """Dask leaves sockets of attempts that failed to be closed by the collector of garbage."""
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


@pytest.fixture(scope="module")
def here():
    return asked(2999)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    made = Cluster(tmp_path_factory.mktemp("scheduler"))
    try:
        yield made.start(workers=2)
    finally:
        made.stop()


@pytest.fixture
def told():
    return []


@pytest.fixture
def workers(cluster, told):
    with open_executor(cluster.address, 2, told=told.append) as executor:
        yield executor


def same(one, other):
    assert (one.maxima == other.maxima).all()
    pd.testing.assert_frame_equal(one.clusters, other.clusters, check_exact=True)


def test_workers_give_the_digits_of_this_process_and_name_no_place(cluster, workers, here, told):
    steps = []
    same(asked(2999, executor=workers, progress=lambda done, _: steps.append(done)), here)
    assert steps == sorted(steps) and steps[-1] == 2999 and len(steps) > 3
    assert not told
    with pytest.raises(ValueError, match="invalid literal"):  # what fails there is raised here
        list(workers.map(int, [CANARY]))
    same(asked(2999, executor=workers), here)
    said = cluster.said()
    assert "batch-" in said and CANARY + "1" not in said, "a log holds what was worked on"


def test_a_batch_asked_twice_is_the_same(workers):
    square = operator.methodcaller("__pow__", 2)
    assert list(workers.map(square, [3, 1, 3])) == [9, 1, 9]


def test_a_scan_on_workers_is_stopped(workers):
    steps = []
    with pytest.raises(CancelledError):
        asked(
            200_000,
            executor=workers,
            progress=lambda done, _: steps.append(done),
            cancel=lambda: len(steps) > 5,
        )
    assert len(steps) < 12
    assert list(workers.map(abs, [-1])) == [1]  # what was on its way is called back: the next is worked on


def test_a_worker_that_dies_costs_its_batches_alone(cluster, workers, here, told):
    victim = cluster.workers[1]

    def kill(done: int, _: int) -> None:
        if done > 500 and victim.poll() is None:
            victim.kill()

    same(asked(2999, executor=workers, progress=kill), here)
    assert victim.wait() and not told


def test_a_worker_of_another_version_is_refused(cluster, monkeypatch):
    monkeypatch.setattr(scheduler, "own_versions", lambda: work.own_versions() | {"engine": "0"})
    with (
        pytest.raises(ConfigurationError, match=r"a worker has engine \d+ \(not 0\); install the same"),
        open_executor(cluster.address),
    ):
        pytest.fail("opened")


def test_the_work_goes_on_here_where_the_scheduler_dies(tmp_path, here, told):
    own = Cluster(tmp_path)
    try:
        own.start(workers=1)

        def kill(done: int, _: int) -> None:
            if done > 500 and own.scheduler.poll() is None:
                own.scheduler.kill()

        with open_executor(own.address, 2, told=told.append) as executor:
            same(asked(2999, executor=executor, progress=kill), here)
            same(asked(2999, executor=executor), here)  # and is not looked for again
    finally:
        own.stop()
    assert told == [f"the scheduler at {own.address} is gone: what is left is worked on here"]


def test_nobody_there_and_no_worker_are_said_in_time(tmp_path):
    began = time.monotonic()
    with (
        pytest.raises(UsageError, match=r"no scheduler answers at tcp://127\.0\.0\.1:9 within 1 seconds"),
        open_executor("tcp://127.0.0.1:9", patience=1),
    ):
        pytest.fail("opened")
    own = Cluster(tmp_path)
    try:
        own.start()
        with (
            pytest.raises(
                UsageError, match="has no worker after 1 seconds; start one: python -m dask worker"
            ),
            open_executor(own.address, patience=1),
        ):
            pytest.fail("opened")
    finally:
        own.stop()
    assert time.monotonic() - began < 60


def test_another_machine_is_reached_over_tls_alone():
    for address in ("tcp://10.0.0.7:8786", "tcp://scan.example.org:8786"):
        with pytest.raises(UsageError, match="reach it over TLS"), open_executor(address):
            pytest.fail("opened")
    with (
        pytest.raises(UsageError, match="needs certificates: name them in"),
        open_executor("tls://10.0.0.7:8786"),
    ):
        pytest.fail("opened")


def test_processes_of_this_machine_give_the_same_digits(here):
    with open_executor("processes", 1) as executor:
        same(asked(2999, executor=executor), here)


def test_a_queued_run_whose_scheduler_cannot_be_used_is_worked_on_here(monkeypatch, caplog):
    monkeypatch.setenv("DASK_SCHEDULER_ADDRESS", "tcp://10.0.0.7:8786")
    with contextlib.ExitStack() as opened:
        assert cluster_queue._workers(opened) is None
    assert "worked on without the scheduler: tcp://10.0.0.7:8786 is another machine" in caplog.text
