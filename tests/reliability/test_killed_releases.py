"""Killed while a release is prepared or issued: nothing is half stored, and it can be begun again."""

from __future__ import annotations

import pytest

from dashboard.services.releases import desk, queue
from db.core.engine import write_transaction
from db.maintenance.opening import open_database
from db.operations import releases as stored
from db.operations.lease_queue import SILENT_AFTER
from db.tables.releases import release
from tests.support import forked, release_data, releases
from tests.support.releases import made, stand_ins

pytestmark = pytest.mark.process

#: Ends itself, as by SIGKILL, in the middle of a transaction: after so many writes of content, or of a line
#: of the trail.
KILLED = """
import os, signal, sys
from db.maintenance.opening import open_database
from db.operations import audit
from dashboard.services.releases import desk, queue
from tests.support.releases import stand_ins
database = open_database(os.environ["DATABASE_URL"])
write = audit.write
def die(connection, actor, action, detail):
    if action == sys.argv[1]:
        os.kill(os.getpid(), signal.SIGKILL)
    return write(connection, actor, action, detail)
audit.write = die
with stand_ins():
    if sys.argv[1] == "release issued":
        desk.issue(database, desk.grant_of(database, "administrator@example.org"), 1)
    else:
        queue.work(database)
"""


@pytest.fixture
def held(sqlite_prepared, sqlite_cli, sqlite_url, tmp_path):
    sqlite_prepared(lambda: releases.fill(sqlite_cli, tmp_path), "killed releases")
    database = open_database(sqlite_url)
    yield database
    database.dispose()


def killed(cli, action):
    done = forked.run(KILLED, action, env=cli.environment(), timeout=120)
    assert done.returncode == -9, done.stderr


def read(database, number=1):
    with database.operations.connect() as connection:
        return (
            stored.get(connection, number),
            stored.contents(connection, number),
            stored.frozen(connection, number),
        )


def silent(database):
    """Its runner gives no sign of life any more."""
    with write_transaction(database.operations) as connection:
        connection.execute(release.update().values(heartbeat=release.c.heartbeat - SILENT_AFTER - 1))


@pytest.mark.parametrize("action", ["release prepared", "release audited"])
def test_killed_while_it_is_stored_it_is_stored_whole_by_the_next_runner(held, sqlite_cli, action):
    desk.ask(
        held,
        desk.grant_of(held, "manager@example.org"),
        since=releases.SINCE,
        until=release_data.LAST,
        lag_days=0,
    )
    killed(sqlite_cli, action)
    before, contents, sums = read(held)
    prepared = action == "release audited"
    assert (before.status, before.prepared, before.audit_digest) == ("working", prepared, None)
    assert (bool(contents), bool(sums)) == (prepared, prepared)
    silent(held)
    with stand_ins():
        assert queue.work(held)
    after, contents, sums = read(held)
    assert after.passed
    assert len(contents) > 3 < len(sums)


def test_killed_while_it_is_issued_it_is_not_issued_and_can_be(held, sqlite_cli):
    made(held)
    killed(sqlite_cli, "release issued")
    assert read(held)[0].issued_at is None
    desk.issue(held, desk.grant_of(held, "administrator@example.org"), 1)
    assert read(held)[0].issued_at is not None
