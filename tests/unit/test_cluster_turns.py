"""The queue is everybody's: people take turns, nobody fills it, and what is too large is refused at once."""

from __future__ import annotations

from datetime import date, timedelta

import pandas as pd
import pytest

from dashboard.cluster_filters import ClusterQuery
from dashboard.components.clusters.standing import standing
from dashboard.messages import translator
from dashboard.permissions import Grant
from dashboard.services import leases
from dashboard.services.clusters import data as cluster_data
from dashboard.services.clusters import queue as cluster_queue
from dashboard.services.clusters import runs as clusters
from db.clusters import runs as cluster_runs
from db.core.engine import write_transaction
from db.operations.lease_queue import FAILED
from db.tables.operations import cluster_run
from surveillance.errors import StatisticsError, UsageError
from surveillance.scan import scan
from tests.support import outbreaks
from tests.support.cluster_site import QUERY, grant, result_of

pytestmark = pytest.mark.sql


def ask(database, who, seed, **more):
    return clusters.start(database, grant(who), ClusterQuery("measles", by="facility", seed=seed, **more))


def change(database, number, **values):
    with write_transaction(database.operations) as connection:
        connection.execute(cluster_run.update().where(cluster_run.c.id == number).values(values))


def test_people_take_turns(filled):
    many = [ask(filled, "many", seed) for seed in range(3)]
    one = ask(filled, "one", 9)
    other = ask(filled, "other", 10)
    order = []
    while run := cluster_runs.claim(filled):
        order.append(run.id)
        cluster_runs.close(filled, run.id, FAILED, "why")
    assert order == [many[0], one, other, many[1], many[2]]


def test_a_run_under_way_counts_among_those_of_its_author(filled):
    for seed in range(clusters.MOST_WAITING):
        ask(filled, "many", seed)
    cluster_runs.claim(filled)
    with pytest.raises(UsageError, match="5 of your runs are waiting or running"):
        ask(filled, "many", 99)


def test_one_person_starts_so_many_runs_an_hour(filled, monkeypatch):
    monkeypatch.setattr(clusters, "MOST_AN_HOUR", 2)
    numbers = [ask(filled, "many", seed) for seed in range(2)]
    for number in numbers:
        clusters.cancel(filled, grant("many"), number)
    with pytest.raises(UsageError, match="2 runs within the last hour"):
        ask(filled, "many", 99)
    assert ask(filled, "another", 99)
    change(filled, numbers[0], made_at="2025-01-01T00:00:00.000+00:00")
    assert ask(filled, "many", 99)


def at_once(database, seed):
    query = ClusterQuery(**QUERY.__dict__ | {"seed": seed})
    return clusters.ask(database, Grant.custodian(), query, at_once=True)[0]


@pytest.mark.in_turn()  # PostgreSQL: people take turns
def test_a_run_at_once_keeps_nobody_waiting_and_fails_with_its_command(filled):
    beside = [at_once(filled, seed) for seed in range(7)]
    waiting = ask(filled, "one", 1)
    assert cluster_runs.claim(filled).id == waiting
    change(filled, beside[0], heartbeat=1.0)
    assert cluster_runs.waiting(filled)
    assert cluster_runs.claim(filled) is None
    ended = clusters.status(filled, Grant.custodian(), beside[0])
    assert (ended.status, "give it again" in str(ended.problem)) == ("failed", True)
    assert clusters.status(filled, Grant.custodian(), beside[1]).status == "running"


@pytest.mark.in_turn()
def test_a_long_run_gives_way_where_somebody_else_waits(filled, monkeypatch):
    monkeypatch.setattr(leases, "BEAT", 0.02)
    ask(filled, "one", 1)
    run = cluster_runs.claim(filled)
    ask(filled, "one", 2)  # of the same person: may wait
    pulse = cluster_queue.RunPulse(filled, run, longest_with_others=0.05, abandon=lambda _: None)
    pulse.start()
    pulse.join(0.5)
    assert pulse.too_long is None and not pulse.stopping()
    ask(filled, "other", 3)
    pulse.join(5)
    pulse.finish()
    assert pulse.outcome() == ("failed", cluster_queue.OTHERS_WAIT)
    assert cluster_queue.PATIENCE <= 10


def test_a_period_never_reaches_beyond_the_records(filled):
    long = ClusterQuery(**QUERY.__dict__ | {"start": date(1990, 1, 1), "end": date(2100, 1, 1)})
    number = clusters.start(filled, grant(), long)
    assert cluster_queue.work(filled)
    used = result_of(filled, number).parameters
    assert used["start"] == outbreaks.FIRST.isoformat()
    assert used["end"] <= outbreaks.LAST.isoformat()
    for days in ((date(1990, 1, 1), date(1999, 1, 1)), (date(2050, 1, 1), None), (date(2050, 1, 1),) * 2):
        query = ClusterQuery(**QUERY.__dict__ | {"start": days[0], "end": days[1]})
        number = clusters.start(filled, grant(), query)
        cluster_queue.work(filled)
        assert clusters.status(filled, grant(), number).status == "failed"


def test_why_a_run_failed_is_said_in_the_language_of_the_reader(filled):
    query = ClusterQuery(**QUERY.__dict__ | {"start": date(1990, 1, 1), "end": date(1999, 1, 1)})
    number = clusters.start(filled, grant(), query)
    cluster_queue.work(filled)
    failed = clusters.status(filled, grant(), number)
    assert str(failed.problem).startswith("no case from 1990-01-01 to 1999-01-01 has a location")
    khmer = standing(failed, translator("km"))
    assert "1990-01-01" in khmer and "no case" not in khmer
    with pytest.raises(UsageError, match="no case from 1990-01-01"):
        clusters.result(filled, grant(), number)


AXES = ("weekday", "residence", "sex", "age")
HUGE = {"time_unit": "day", "max_duration": 5_000, "replicates": 9_999}


@pytest.mark.parametrize(
    ("places", "days", "more", "fits"),
    [
        (1_700, 365, {"time_unit": "day", "replicates": 999}, True),
        (1_700, 365, {"time_unit": "week", "replicates": 9_999}, True),
        (1_700, 1_500, HUGE, False),
        (19, 1_500, HUGE, True),  # few cases: few windows
        (1_700, 365, {"time_unit": "week", "covariates": AXES}, True),
        (1_700, 1_500, {"time_unit": "day", "max_duration": 7, "replicates": 9, "covariates": AXES}, False),
    ],
    ids=range(6),
)
def test_a_scan_of_many_hours_is_refused_before_it_begins(places, days, more, fits):
    many = 300_000 if places > 19 else 19
    cases = pd.DataFrame({"location": [n % places for n in range(many)],
                          "date": [n % days for n in range(many)]})  # fmt: skip
    for axis, values in (("sex", 3), ("age", 7), ("residence", 4)):
        cases[axis] = [n * 7 // 3 % 1_009 % values for n in range(many)]
    query = ClusterQuery("tb", by="facility", model="space-time-permutation", time="retrospective")
    query = ClusterQuery(**query.__dict__ | more)
    end = date(2020, 1, 1) + timedelta(days=days - 1)

    def check():
        cluster_data.check_size(query, cases, 1_700, date(2020, 1, 1), end)

    if fits:
        check()
    else:
        with pytest.raises(StatisticsError, match="shorter period"):
            check()


def test_a_scan_asks_whether_to_stop_before_its_first_replicate():
    places = pd.DataFrame({"location": range(200), "x": range(200), "y": 0})
    days = pd.date_range("2025-01-01", periods=60)
    cases = pd.DataFrame({"location": [n % 200 for n in range(600)], "count": 1,
                          "date": [days[n * 7 % 60] for n in range(600)]})  # fmt: skip
    asked, before_first = [], []
    scan(
        cases, places, model="space-time-permutation", time="retrospective", replicates=2, workers=1,
        cancel=lambda: bool(asked.append(1)),
        progress=lambda done, _: before_first.append((done, len(asked))),
    )  # fmt: skip
    assert before_first[0][0] == 0 and before_first[0][1] >= 6
    assert len(asked) - before_first[-1][1] > 200  # and while it looks through each centre of the data
