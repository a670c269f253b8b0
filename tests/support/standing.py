"""A round of standing questions with invented answers, for pages that show them."""

from __future__ import annotations

from datetime import UTC, date, datetime

from dashboard.services.clusters.models import NO_CASE
from dashboard.services.clusters.queue import TOO_LITTLE_MEMORY
from dashboard.services.clusters.standing import QUIET, StandingScans
from db.clusters import standing as rounds
from db.core.engine import write_transaction
from db.core.scope import Scope
from db.maintenance.opening import open_database
from db.operations.lease_queue import DONE, FAILED
from db.tables.operations import cluster, cluster_run

#: What the first questions are answered with: place, cases, change.
_FOUND = (
    ("DEMO-HC-16-02", 35, "new"),
    ("KH16", 22, None),
    ("TH03", 48, "growing"),
    ("DEMO-VMW-15-03", 12, "shrinking"),
    ("KH05", 9, "unchanged"),
    ("VN11", 4, "extent"),
)


def answered_round(url: str) -> None:
    """Ask the standing questions of a demo, and answer them: the first find clusters, the last fail.

    No question of a person is answered by these runs.
    """
    database = open_database(url)
    StandingScans(2).look(database, datetime.now(UTC) + 2 * QUIET)
    this = rounds.latest(database)
    assert this is not None
    runs = [run for _, run in rounds.questions(database, this, Scope.everything()) if run is not None]
    gone = runs[-2].id
    with write_transaction(database.operations) as connection:
        done = {"status": DONE, "parameters": "{}", "finished_at": this.made_at}
        alone = {"share_hash": cluster_run.c.id, "series_hash": cluster_run.c.id}
        connection.execute(cluster_run.update().values(done | alone))
        for run, error in ((runs[-2], TOO_LITTLE_MEMORY), (runs[-1], NO_CASE)):
            failed = {"status": FAILED, "error": error, "error_values": '{"start": "", "end": ""}'}
            connection.execute(cluster_run.update().where(cluster_run.c.id == run.id).values(failed))
        after = cluster_run.update().where(cluster_run.c.id == runs[0].id)
        connection.execute(after.values(previous=gone))
        answers = [(run.id, *found) for run, found in zip(runs, _FOUND, strict=False)]
        for number, centre, cases, change in [*answers, (gone, "DEMO-HC-01-01", 7, None)]:
            connection.execute(
                cluster.insert().values(
                    run=number, rank=1, key=f"{number}-1", change=change, centre=centre, n_locations=3,
                    start=date(2026, 6, 10), end=date(2026, 6, 26), observed=cases, expected=2.5, llr=9.0,
                    p_value=0.001, recurrence_interval_days=1_000.0, rate="high", warnings="[]", curve="{}",
                )
            )  # fmt: skip
    database.dispose()
