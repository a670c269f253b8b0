"""One queue for all kinds of work, each in its own table: leases, attempts, cancelling and fair turns."""

from __future__ import annotations

import time

import pytest
import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations

from db.clusters import runs as cluster_runs
from db.core.engine import write_transaction
from db.operations import lease_queue, uploads
from db.operations.lease_queue import CANCELLED, DONE, FAILED, MOST_ATTEMPTS, STOPPING, LeaseQueue, moment
from db.tables.operations import cluster_run, lease
from db.tables.uploads import upload
from tests.support.migrations import script

letter = sa.Table(
    "letter",
    sa.MetaData(),
    sa.Column("id", sa.String(12), primary_key=True),
    sa.Column("writer", sa.String(20)),
    sa.Column("made_at", sa.String(32)),
    sa.Column("ended_at", sa.String(32)),
    sa.Column("pages", sa.Integer),
    *lease(),
)
QUEUE = LeaseQueue(
    letter,
    lock=8_421_900_199,
    owner="writer",
    asked_at="made_at",
    ended_at="ended_at",
    waiting="waiting",
    working=("written",),
    taken=sa.literal("written"),
    idle=("waiting",),
    fresh={"pages": 0},
)
FACTS = {
    "name": "a.csv", "ending": ".csv", "size": 1, "sha256": "0" * 64, "source": "s", "covers": {},
    "language": "en",
}  # fmt: skip


@pytest.fixture
def letters(database):
    """A queue of a third kind."""
    with write_transaction(database.operations) as connection:
        letter.create(connection)
    return database


def put(database, *numbers, writer="one"):
    with write_transaction(database.operations) as connection:
        for number in numbers:
            new = {"id": number, "writer": writer, "made_at": moment(), "status": "waiting", "attempts": 0}
            connection.execute(letter.insert().values(new))
            time.sleep(0.002)


def fall_silent(database, table, number):
    with write_transaction(database.operations) as connection:
        connection.execute(table.update().where(table.c.id == number).values(heartbeat=1.0))


def status(database, number):
    with database.operations.connect() as connection:
        return connection.execute(sa.select(letter.c.status).where(letter.c.id == number)).scalar_one()


def test_any_table_with_a_lease_is_a_queue_and_people_take_turns(letters):
    put(letters, "a1", "a2", "a3", writer="a")
    put(letters, "b1", writer="b")
    order = []
    while row := QUEUE.claim(letters):
        assert QUEUE.claim(letters) is None  # one at a time
        order.append(row["id"])
        assert row["status"] == "written" and row["attempts"] == 1
        assert QUEUE.close(letters, row["id"], DONE)
        assert not QUEUE.close(letters, row["id"], FAILED)  # it is its runner's no longer
    assert order == ["a1", "b1", "a2", "a3"]


def test_a_silent_runner_costs_an_attempt_and_the_third_the_row(letters):
    put(letters, "a1")
    for attempt in range(1, MOST_ATTEMPTS + 1):
        assert QUEUE.claim(letters)["attempts"] == attempt
        assert not QUEUE.wanted(letters)
        fall_silent(letters, letter, "a1")
        assert QUEUE.wanted(letters)
    assert QUEUE.claim(letters) is None
    assert status(letters, "a1") == FAILED


def test_a_lease_that_is_renewed_is_kept_and_hears_of_cancelling(letters):
    put(letters, "a1", "a2")
    assert QUEUE.claim(letters)["id"] == "a1"
    fall_silent(letters, letter, "a1")
    assert QUEUE.pulse(letters, "a1", pages=3)
    assert QUEUE.claim(letters) is None
    assert QUEUE.cancel(letters, "a2", "who") == CANCELLED
    assert QUEUE.cancel(letters, "a1", "who") == STOPPING
    assert QUEUE.cancel(letters, "a1", "who") is None
    assert not QUEUE.pulse(letters, "a1", pages=4)
    fall_silent(letters, letter, "a1")
    assert QUEUE.claim(letters) is None
    assert status(letters, "a1") == CANCELLED


def test_runs_and_files_are_worked_on_beside_each_other(database):
    """A scan delays no clinic's file: each queue has its own lock, and its own runner."""
    queues = cluster_runs.QUEUE, uploads.QUEUE
    assert len({queue.lock for queue in queues} | {QUEUE.lock}) == 3
    assert {queue.table.name for queue in queues} == {"cluster_run", "upload"}
    assert all({column.name for column in lease()} <= set(queue.table.c.keys()) for queue in queues)
    assert lease_queue.SILENT_AFTER > 10


def test_senders_take_turns_with_their_files(database):
    for number, actor in (("a1", "a"), ("a2", "a"), ("a3", "a"), ("b1", "b")):
        uploads.add(database, number, FACTS | {"actor": actor}, most=5)
        time.sleep(0.002)
    order = []
    while taken := uploads.claim(database):
        order.append(taken.id)
        uploads.close(database, taken.id, FAILED)
    assert order == ["a1", "b1", "a2", "a3"]


def test_what_waits_when_the_queues_become_one_waits_on(database):
    """Files and runs in every status, as a database of before holds them."""
    newer = script("operations", "operations_0007")

    def do(step):
        with (
            write_transaction(database.operations) as connection,
            Operations.context(MigrationContext.configure(connection)),
        ):
            step()

    for number in ("lost", "waits"):
        uploads.add(database, number, FACTS | {"actor": "a"}, most=5)
        time.sleep(0.002)
    assert uploads.claim(database).id == "lost"
    fall_silent(database, upload, "lost")
    run = {
        "id": "r1", "made_at": moment(), "author": "a", "query": "{}", "share_hash": "", "series_hash": "",
        "seed": 1, "data_version": 1, "places_version": "1", "status": "queued", "done": 0, "total": 9,
        "attempts": 0,
    }  # fmt: skip
    with write_transaction(database.operations) as connection:
        connection.execute(cluster_run.insert().values(run))
    do(newer.downgrade)
    with database.operations.connect() as connection:
        assert "started_at" not in {c["name"] for c in sa.inspect(connection).get_columns("upload")}
    do(newer.upgrade)
    assert uploads.waiting(database) and cluster_runs.waiting(database)
    assert cluster_runs.claim(database).id == "r1"
    first = uploads.claim(database)
    assert (first.id, first.status, first.attempts) == ("lost", "reading", 2)
    assert uploads.close(database, "lost", FAILED)
    assert uploads.claim(database).id == "waits"
