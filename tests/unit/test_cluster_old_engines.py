"""Runs of an engine whose recurrence intervals were wrong: marked everywhere, and compared with nothing."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from datetime import timedelta

import sqlalchemy as sa

from dashboard.components.clusters import verdict as cluster_verdict
from dashboard.exports.files import render
from dashboard.messages import translator
from dashboard.services.clusters import detail as cluster_detail
from dashboard.services.clusters import export as cluster_exports
from dashboard.services.clusters import history as cluster_history
from dashboard.services.clusters import runs as clusters
from dashboard.services.clusters.models import INTERVAL_WAS_WRONG
from db.core.engine import write_transaction
from db.tables.operations import cluster_run
from surveillance import engine_version
from tests.support import outbreaks
from tests.unit.test_cluster_runs import PROSPECTIVE, epidemiologist, ran

#: A question that allows for earlier analyses, of sizes that stay the same.
ROLLING = replace(PROSPECTIVE, earlier_analyses=9, max_population_share=1.0, max_radius_km=30.0)


def grow_old(database, number: str) -> None:
    """As if engine 1 had made a run."""
    with write_transaction(database.operations) as connection:
        connection.execute(sa.update(cluster_run).where(cluster_run.c.id == number).values(engine_version=1))


def test_an_old_run_with_earlier_analyses_is_marked_and_compared_with_nothing(filled):
    grant = epidemiologist()
    before = ran(filled, grant, replace(ROLLING, end=outbreaks.OUTBREAK_LAST - timedelta(days=5)))
    right = ran(filled, grant, ROLLING)
    assert right.previous.id == before.run.id
    assert not right.run.interval_was_wrong
    assert right.clusters[0].recurrence_interval_days > 1

    grow_old(filled, right.run.id)
    old = clusters.result(filled, grant, right.run.id)
    assert old.run.interval_was_wrong
    assert {item.recurrence_interval_days for item in old.clusters} == {None}
    assert (old.previous, old.gone, {item.change for item in old.clusters}) == (None, (), {None})
    assert cluster_verdict.notes(old, "en", str)[0] == INTERVAL_WAS_WRONG
    assert cluster_verdict.notes(old, "km", translator("km"))[0] != INTERVAL_WAS_WRONG
    assert cluster_detail.detail(filled, grant, right.run.id, 1).cluster.recurrence_interval_days is None
    (listed, _) = cluster_history.history(filled, grant)
    assert {one.recurrence_interval_days for one in listed.clusters} == {None}

    export = cluster_exports.export(filled, grant, right.run.id, "csv", language="en", link="/")
    rows = list(csv.DictReader(io.StringIO(render(export, "csv").decode("utf-8-sig"))))
    assert rows[0]["note"].startswith(INTERVAL_WAS_WRONG)
    assert {row["recurrence_interval_days"] for row in rows} == {""}
    assert json.loads(rows[0]["parameters"])["engine_version"] == 1

    # The run after it is compared with the one before it.
    after = ran(filled, grant, replace(ROLLING, end=outbreaks.OUTBREAK_LAST + timedelta(days=1)))
    assert after.previous.id == before.run.id
    # A comparison that was stored with such a run is shown no more.
    grow_old(filled, before.run.id)
    assert clusters.result(filled, grant, after.run.id).previous is None


def test_an_old_run_without_earlier_analyses_stays_as_it_was(filled):
    grant = epidemiologist()
    run = ran(filled, grant, PROSPECTIVE)
    grow_old(filled, run.run.id)
    old = clusters.result(filled, grant, run.run.id)
    assert not old.run.interval_was_wrong
    assert old.clusters == run.clusters


def test_the_same_question_is_asked_anew_of_another_engine(filled, monkeypatch):
    grant = epidemiologist()
    first = clusters.start(filled, grant, PROSPECTIVE)
    assert clusters.start(filled, grant, PROSPECTIVE) == first
    monkeypatch.setattr(clusters, "ENGINE_VERSION", engine_version.ENGINE_VERSION + 1)
    assert clusters.start(filled, grant, PROSPECTIVE) != first
