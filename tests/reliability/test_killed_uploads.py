"""The runner of files is killed in the middle: nothing is lost or stored twice, and the page says so."""

from __future__ import annotations

import os
import signal

import pytest
import sqlalchemy as sa

from dashboard.server import jobs
from dashboard.services import leases
from dashboard.services.uploads import files as uploads
from dashboard.services.uploads import queue as upload_queue
from db.core.engine import write_transaction
from db.operations import uploads as rows
from db.operations.lease_queue import MOST_ATTEMPTS
from db.tables.records import batch, episode
from db.tables.uploads import upload
from tests.reliability.test_job_runner import alive, children, linux, until
from tests.support import forked
from tests.support.files import csv_text, record
from tests.support.upload_site import answer, bring, brought, content, page, upload_site

#: The runner, killed by itself at one place; its settings come from outside.
KILLED = """
import os, signal, sys
from dashboard.services import store
from dashboard.services.uploads import queue as upload_queue
from dashboard.services.imports.returned_rows import ReturnedFile
from dashboard.settings import Settings
from db.ingest import import_run
from db.ingest.line_lists import LineListRun
settings = Settings.read()
database = store.open_store(settings)
def strike(*_args, **_more):
    os.kill(os.getpid(), signal.SIGKILL)
place = sys.argv[1]
if place == "before the last transaction":
    LineListRun.decide = strike
elif place == "inside it":
    import_run.write_notices = strike
elif place == "after it":
    ReturnedFile.keep = strike
elif place == "after the import":
    upload_queue.uploads.close = strike
upload_queue.work(database, settings)
"""
PLACES = {
    "before the last transaction": False,
    "inside it": False,
    "after it": True,
    "after the import": True,
}
ROWS = [record(record_id=str(n)) for n in range(30)] + [record(record_id="x", date_visit="never")]


@pytest.fixture
def site(database_url, tmp_path):
    with upload_site(database_url, CHHLANG_UPLOADS=str(tmp_path / "uploads")) as made:
        yield made


@pytest.fixture
def supervisor(site):
    child = jobs.start(site.settings)
    yield child
    child.stop()


def counted(site, table):
    with site.database.reading() as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(table)).scalar()


def silent(site, number):
    """As if half a minute had gone by."""
    with write_transaction(site.database.operations) as connection:
        connection.execute(upload.update().where(upload.c.id == number).values(heartbeat=1.0))


def asked_to_store(site, client, data):
    number = brought(site, client, data)
    assert answer(site, client, number, "mapping", mapping="schema") == 303
    assert client.post(f"/imports/{number}/store").status_code == 303
    return number


@linux
@pytest.mark.parametrize("place", PLACES)
def test_killed_at_any_place_the_file_is_stored_once_and_its_receipt_is_true(site, place):
    client = site.client()
    number = asked_to_store(site, client, content(*ROWS))
    env = {**os.environ, **site.settings.for_imports()}
    struck = forked.run(KILLED, place, env=env, timeout=60)
    assert struck.returncode == -signal.SIGKILL, struck.stderr
    assert counted(site, episode) == (30 if PLACES[place] else 0)
    assert site.upload(number).status == "storing"
    assert client.post(f"/imports/{number}/cancel").status_code == 303
    assert site.upload(number).cancelled_by is None, "too late: it may have been stored"
    site.run()
    assert site.upload(number).status == "storing", "its runner may be alive"
    silent(site, number)
    site.run()
    held = site.upload(number)
    assert held.status == "done"
    assert held.counts == {
        "rows": 31, "accepted": 30, "amended": 0, "withdrawn": 0, "duplicate": 0, "rejected": 1
    }  # fmt: skip
    assert counted(site, episode) == 30
    shown = page(client, number)
    assert ("nothing was stored twice" in shown) is PLACES[place]
    with client.post(f"/imports/{number}/returned") as got:
        assert got.status_code == 200 and "never" in got.get_data(as_text=True)
    assert site.left(number) == ["receipt.json"]


@pytest.mark.full
@linux
def test_killed_from_outside_by_the_runner_that_serve_starts_it_is_tried_again(site, supervisor):
    client = site.client()
    number = bring(client, csv_text([record(record_id=str(n)) for n in range(60_000)]).encode())
    until(lambda: site.upload(number).status == "asked")
    client.post(f"/imports/{number}/mapping", data={"mapping": "schema"})
    until(lambda: site.upload(number).status == "reading")
    (worker,) = children(supervisor.pid)
    os.kill(worker, signal.SIGKILL)
    until(lambda: not alive(worker))
    silent(site, number)
    until(lambda: site.upload(number).status == "asked")
    assert site.upload(number).attempts == 2
    assert counted(site, batch) == 0


@pytest.mark.full
@linux
def test_a_file_that_is_cancelled_at_work_leaves_nothing(site, supervisor):
    client = site.client()
    number = bring(client, csv_text([record(record_id=str(n)) for n in range(100_000)]).encode())
    until(lambda: site.upload(number).status == "asked")
    client.post(f"/imports/{number}/mapping", data={"mapping": "schema"})
    until(lambda: site.upload(number).status == "asked")
    client.post(f"/imports/{number}/store")
    until(lambda: site.upload(number).rows > 0)
    assert client.get(f"/imports/{number}/status").get_json()["final"] is False
    client.post(f"/imports/{number}/cancel")
    until(lambda: site.upload(number).over)
    assert site.upload(number).status == "cancelled"
    assert (counted(site, episode), counted(site, batch), site.left(number)) == (0, 0, [])
    assert "cancelled" in page(client, number)


@pytest.mark.full  # tests/reliability/test_server_processes.py: a stop leaves nobody
@linux
def test_the_runner_goes_with_the_server(site, supervisor):
    client = site.client()
    number = bring(client, content())
    until(lambda: site.upload(number).status == "asked")
    (worker,) = children(supervisor.pid)
    supervisor.stop()
    until(lambda: not alive(worker), patience=20)


def test_in_the_last_transaction_it_cannot_be_cancelled_and_the_page_says_so(site, monkeypatch):
    client = site.client()
    number = asked_to_store(site, client, content(*ROWS))
    said = {}
    begin = rows.begin_final

    def look(database, which):
        begun = begin(database, which)
        client.post(f"/imports/{number}/cancel")
        said["page"] = page(client, number)
        said["status"] = client.get(f"/imports/{number}/status").get_json()
        return begun

    monkeypatch.setattr(rows, "begin_final", look)
    site.run()
    assert site.upload(number).status == "done" and counted(site, episode) == 30
    assert said["status"]["final"] is True
    assert "can no longer be cancelled" in said["page"] and "/cancel" not in said["page"]


def test_cancelled_just_before_the_last_transaction_nothing_is_stored(site, monkeypatch):
    client = site.client()
    number = asked_to_store(site, client, content(*ROWS))
    begin = rows.begin_final

    def cancel_first(database, which):
        client.post(f"/imports/{number}/cancel")
        return begin(database, which)

    monkeypatch.setattr(rows, "begin_final", cancel_first)
    site.run()
    assert site.upload(number).status == "cancelled" and site.left(number) == []
    assert counted(site, batch) == 0


def test_a_file_that_outlives_three_runners_fails(site):
    client = site.client()
    number = brought(site, client, content())
    client.post(f"/imports/{number}/mapping", data={"mapping": "schema"})
    for _ in range(MOST_ATTEMPTS):
        assert rows.claim(site.database).id == number
        silent(site, number)
    assert rows.claim(site.database) is None
    assert site.upload(number).status == "failed"
    assert "Nothing was stored" in page(client, number)


def test_of_one_that_outlives_them_while_it_is_stored_nobody_claims_to_know(site):
    client = site.client()
    number = asked_to_store(site, client, content())
    for _ in range(MOST_ATTEMPTS):
        assert rows.claim(site.database).id == number
        assert rows.begin_final(site.database, number)
        silent(site, number)
    assert rows.claim(site.database) is None
    assert "it may be stored" in page(client, number)


def test_signs_of_life_are_written_while_a_file_is_worked_on(site, monkeypatch):
    monkeypatch.setattr(leases, "BEAT", 0.05)
    client = site.client()
    number = brought(site, client, content())
    client.post(f"/imports/{number}/mapping", data={"mapping": "schema"})
    taken = rows.claim(site.database)
    silent(site, number)
    pulse = upload_queue.UploadPulse(site.database, taken)
    pulse.start()
    pulse.progress(7)
    until(lambda: site.upload(number).rows == 7)
    assert not rows.waiting(site.database)
    uploads.cancel(site.database, upload_queue.grant_of(site.database, taken.actor), site.settings, taken)
    until(pulse.stopping)
    pulse.finish()
