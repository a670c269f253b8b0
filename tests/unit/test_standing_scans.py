"""Questions that ask themselves: one round for a burst, behind people's runs, kept or pruned, and listed."""

from __future__ import annotations

import html
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from dashboard.cluster_filters import ClusterQuery
from dashboard.permissions import Grant
from dashboard.services import leases
from dashboard.services.accounts import set_active
from dashboard.services.clusters import execute as cluster_execution
from dashboard.services.clusters import history as cluster_history
from dashboard.services.clusters import queue as cluster_queue
from dashboard.services.clusters import runs as clusters
from dashboard.services.clusters import standing
from dashboard.services.clusters import watch as cluster_watch
from dashboard.services.clusters.models import NO_CASE
from dashboard.services.disclosure import rules
from db.clusters import runs as cluster_runs
from db.clusters import standing as rounds
from db.core.engine import write_transaction
from db.core.scope import Scope
from db.operations import audit, uploads
from db.operations.lease_queue import DONE, FAILED
from db.tables.operations import cluster, cluster_run, standing_question, standing_round
from db.tables.records import batch
from db.tables.uploads import upload
from surveillance.errors import CancelledError, NotPermittedError, StatisticsError
from tests.support import outbreaks
from tests.support.accounts import add_accounts
from tests.support.cluster_site import grant
from tests.support.files import write_csv
from tests.support.web import served, signed_in

NATIONAL, PROVINCIAL = grant(), grant("provincial", "KH02")
ADMINISTRATOR = Grant("admin@example.org", "administrator", Scope.everything())
HOUR = 2
LATER = timedelta(minutes=5)


@pytest.fixture(autouse=True)
def _few_replicates(monkeypatch):
    """Standing questions of few replicates are answered in a moment."""
    usual = standing.query_of
    monkeypatch.setattr(standing, "query_of", lambda *asked: replace(usual(*asked), replicates=99))


def now(later=timedelta()):
    return datetime.now(UTC) + LATER + later


def answer_all(database):
    """Work on everything in the queue; ids in the order they were taken."""
    taken = []
    while run := cluster_runs.claim(database):
        try:
            cluster_execution.execute(database, run, workers=1)
        except StatisticsError as error:
            cluster_runs.close(database, run.id, FAILED, error.text, **error.values)
        taken.append(run.id)
    return taken


def close_all(database, status=FAILED):
    """End everything in the queue without any work."""
    taken = []
    while run := cluster_runs.claim(database):
        cluster_runs.close(database, run.id, status, "why")
        taken.append(run)
    return taken


def more_data(cli, tmp_path, number):
    row = outbreaks.rows()[0] | {"record_id": f"more-{number}"}
    assert cli("import", write_csv(tmp_path / f"more-{number}.csv", row)).code == 0


def asked(database, this=None):
    this = this or rounds.latest(database)
    return [(item, run) for item, run in rounds.questions(database, this, Scope.everything())]


def test_after_an_import_the_questions_are_asked_once_nationally_and_for_each_scope(filled):
    accounts = {
        "one": ("official", ("KH02",)),
        "same": ("epidemiologist", ("KH02",)),
        "two": ("official", ("KH02", "KH01")),
        "viewer": ("viewer", ("KH03",)),  # may not look for clusters
        "closed": ("official", ("KH01",)),
    }
    add_accounts(filled, accounts)
    set_active(filled, Grant.custodian(), "closed@example.org", False)
    scans = standing.StandingScans(HOUR)
    with filled.records.connect() as connection:
        came = datetime.fromisoformat(connection.scalar(sa.select(sa.func.max(batch.c.received_at))))
    assert 0 < scans.look(filled, came + timedelta(seconds=5)) <= 60  # the file has just come
    assert rounds.latest(filled) is None
    assert scans.look(filled, now()) == standing.EVERY
    first = rounds.latest(filled)
    assert (first.cause, first.data_version) == ("import", 1)
    runs = cluster_runs.under_way(filled)
    by_scope = [(run.author, cluster_runs.scope_text(run.scope)) for run in runs]
    assert by_scope == [(clusters.SYSTEM, None)] * 3 + [
        (clusters.SYSTEM, "KH01 KH02"),
        (clusters.SYSTEM, "KH02"),
    ]
    scans.look(filled, now(LATER))
    standing.StandingScans(HOUR).look(filled, now(LATER))  # the server was started anew
    assert rounds.latest(filled) == first
    (line,) = [row for row in audit.latest(filled) if row.action == "standing scans"]
    assert line.actor == clusters.SYSTEM and '"questions": 5' in line.detail


@pytest.mark.sql
def test_files_that_come_while_the_server_runs_are_one_burst_and_replace_what_waits(filled, cli, tmp_path):
    scans = standing.StandingScans(HOUR)
    scans.look(filled, now())
    first = rounds.latest(filled)
    running = cluster_runs.claim(filled)
    for number in range(3):
        more_data(cli, tmp_path, number)
        assert scans.look(filled, now(LATER + timedelta(seconds=number * 30))) <= 60
        assert rounds.latest(filled) == first
    scans.look(filled, now(2 * LATER))
    second = rounds.latest(filled)
    assert (second.data_version, second.id > first.id) == (4, True)
    old = [clusters.status(filled, NATIONAL, item.run) for item, _ in asked(filled, first)]
    assert sorted(run.status for run in old) == ["cancelled", "cancelled", "running"]
    assert {run.cancelled_by for run in old if run.id != running.id} == {clusters.SYSTEM}
    assert {run.status for _, run in asked(filled)} == {"queued"}


@pytest.mark.sql
def test_what_was_not_answered_in_one_round_comes_first_in_the_next(filled, cli, tmp_path, monkeypatch):
    monkeypatch.setattr(standing, "FIRST", ())
    scans = standing.StandingScans(HOUR)
    scans.look(filled, now())
    assert [item.places for item, _ in asked(filled)] == [*standing.VIEWS]
    cluster_runs.claim(filled)
    with write_transaction(filled.operations) as connection:
        taken = cluster_run.update().where(cluster_run.c.status == "running")
        connection.execute(taken.values(status=DONE))
    more_data(cli, tmp_path, 1)
    standing.StandingScans(HOUR).look(filled, now(LATER))
    assert [item.places for item, _ in asked(filled)] == [*standing.VIEWS[1:], standing.VIEWS[0]]


def test_a_file_that_is_being_stored_is_part_of_the_burst(filled):
    facts = {
        "name": "a.csv", "ending": ".csv", "size": 1, "sha256": "0" * 64, "source": "s", "covers": {},
        "language": "en", "actor": "a",
    }  # fmt: skip
    uploads.add(filled, "u1", facts, most=5)
    assert not uploads.storing(filled)  # it is only looked at so far
    scans = standing.StandingScans(HOUR)
    with write_transaction(filled.operations) as connection:
        connection.execute(upload.update().values(task=uploads.STORE))
    assert uploads.storing(filled) and scans.look(filled, now()) == standing.EVERY
    assert uploads.claim(filled).status == "storing"
    scans.look(filled, now())
    assert rounds.latest(filled) is None
    uploads.close(filled, "u1", FAILED)
    scans.look(filled, now())
    assert rounds.latest(filled).cause == "import"


def test_a_night_without_new_data_costs_nothing_and_one_that_was_missed_is_made_up_for(filled):
    standing.StandingScans(HOUR).look(filled, now())
    answer_all(filled)
    first = rounds.latest(filled)
    standing.StandingScans(HOUR).look(filled, now(timedelta(days=3)))
    second = rounds.latest(filled)
    assert (second.cause, second.id > first.id) == ("night", True)
    assert not cluster_runs.waiting(filled)
    assert [run.id for _, run in asked(filled, second)] == [run.id for _, run in asked(filled, first)]


def test_a_round_that_was_begun_and_not_asked_is_asked_by_the_next_process(filled, monkeypatch):
    scans = standing.StandingScans(HOUR)
    with monkeypatch.context() as broken:
        broken.setattr(scans, "_ask", lambda *_: pytest.fail("killed"))
        with pytest.raises(pytest.fail.Exception):
            scans.look(filled, now())
    assert len(rounds.unasked(filled, rounds.latest(filled))) == 3
    assert cluster_watch.watch(filled, NATIONAL).count("waiting") == 3
    standing.StandingScans(HOUR).look(filled, now())
    assert rounds.unasked(filled, rounds.latest(filled)) == []
    assert len(cluster_runs.under_way(filled)) == 3


@pytest.mark.sql
def test_of_two_processes_that_see_the_same_one_begins_the_round(filled):
    question = rounds.Question(Scope.everything(), "measles", "facility:care")
    first = rounds.begin(filled, None, "import", 1, [question])
    assert first is not None and rounds.begin(filled, None, "import", 1, [question]) is None
    assert rounds.begin(filled, first, "night", 1, []).id > first.id
    assert rounds.rounds(filled)[0].cause == "night"


@pytest.mark.sql
def test_people_come_first_and_a_person_who_asks_the_same_joins(filled):
    standing.StandingScans(HOUR).look(filled, now())
    facilities, homes, crossings = (run.id for _, run in asked(filled))
    own = [
        clusters.start(filled, NATIONAL, ClusterQuery("measles", by="facility", seed=seed, replicates=9))
        for seed in (7, 8)
    ]
    assert cluster_history.ahead(filled, NATIONAL, own[0]) == 0
    joined = clusters.start(filled, grant("late"), standing.query_of("measles", "crossing:care"))
    assert joined == crossings
    order = [run.id for run in close_all(filled)]
    assert set(order[:3]) == {*own, joined} and order[3:] == [facilities, homes]
    listed = [run.id for run in clusters.listed(filled, NATIONAL)]
    assert set(listed) == {
        *own,
        joined,
    }  # standing runs do not push people's runs out of their list


def test_standing_questions_have_no_limit_of_number_and_take_none_of_people_s(filled, monkeypatch):
    monkeypatch.setattr(clusters, "MOST_WAITING", 1)
    monkeypatch.setattr(clusters, "MOST_AN_HOUR", 1)
    standing.StandingScans(HOUR).look(filled, now())
    assert len(cluster_runs.under_way(filled)) == 3
    assert clusters.start(filled, NATIONAL, ClusterQuery("measles", seed=5))


def test_only_administrators_cancel_what_the_system_asked_for(filled):
    standing.StandingScans(HOUR).look(filled, now())
    run = asked(filled)[0][1]
    with pytest.raises(NotPermittedError, match="manage accounts"):
        clusters.cancel(filled, NATIONAL, run.id)
    assert not clusters.may_cancel(NATIONAL, clusters.status(filled, NATIONAL, run.id))
    of_province = standing.grant_of(Scope.of("KH02"))
    other = clusters.ask_standing(filled, of_province, standing.query_of("measles", "facility:care"))
    assert clusters.others(filled, NATIONAL) == []
    assert other in {held.id for held in clusters.others(filled, ADMINISTRATOR)}
    assert clusters.cancel(filled, ADMINISTRATOR, run.id)
    found = cluster_watch.watch(filled, NATIONAL)
    assert (found.count("cancelled"), found.count("waiting"), found.asked) == (1, 2, 3)


def test_a_standing_run_under_way_gives_way_to_a_person_s(filled, monkeypatch):
    monkeypatch.setattr(leases, "BEAT", 0.02)
    standing.StandingScans(HOUR).look(filled, now())
    run = cluster_runs.claim(filled)
    pulse = cluster_queue.RunPulse(filled, run)
    assert pulse.beat()  # other standing runs wait, too
    own = clusters.start(filled, NATIONAL, ClusterQuery("measles", seed=5, replicates=9))
    pulse.start()
    with pytest.raises(CancelledError):
        while True:
            cluster_execution.execute(filled, run, cancel=pulse.stopping, workers=1)
    pulse.finish()
    work = cluster_queue._Detection(filled, run)
    work.pulse = pulse
    work.leave(work.cancelled())
    held = cluster_runs.get(filled, Scope.everything(), run.id)
    assert (held.status, held.error, held.standing) == ("queued", None, True)
    assert [one.id for one in close_all(filled)][:2] == [own, run.id]


def test_a_run_that_a_person_joined_gives_way_no_longer(filled):
    standing.StandingScans(HOUR).look(filled, now())
    run = cluster_runs.claim(filled)
    clusters.start(filled, grant("late"), standing.query_of("measles", "facility:care"))
    clusters.start(filled, NATIONAL, ClusterQuery("measles", seed=5))
    assert not cluster_runs.gives_way(filled, run.id)
    assert cluster_queue.RunPulse(filled, run).beat()


def test_a_long_run_of_a_person_does_not_give_way_to_standing_ones(filled):
    number = clusters.start(filled, NATIONAL, ClusterQuery("measles", seed=5))
    run = cluster_runs.claim(filled)
    standing.StandingScans(HOUR).look(filled, now())
    assert run.id == number and not cluster_runs.others_wait(filled, run.author)
    assert not cluster_runs.gives_way(filled, run.id)


def nights(database, many):
    """One round a night, each with a run of its own that is done and found nothing."""
    for night in range(many):
        at = datetime(2026, 1, 1, 19, 30, tzinfo=UTC) + timedelta(days=night)
        question = rounds.Question(Scope.everything(), "measles", "facility:care")
        this = rounds.begin(
            database,
            rounds.latest(database),
            "night",
            night,
            [question],
            at.isoformat(timespec="milliseconds"),
        )
        query = ClusterQuery("measles", by="facility", seed=night, replicates=9)
        number = clusters.ask_standing(database, standing.grant_of(Scope.everything()), query)
        rounds.asked(database, this, 1, number)
        yield number
    with write_transaction(database.operations) as connection:
        connection.execute(cluster_run.update().values(status=DONE))


def put_cluster(database, number, **values):
    row = {
        "run": number, "rank": 1, "key": f"{number}-1", "n_locations": 1, "observed": 9, "expected": 1.0,
        "llr": 9.0, "rate": "high", "warnings": "[]", "curve": "{}",
    }  # fmt: skip
    with write_transaction(database.operations) as connection:
        connection.execute(cluster.insert().values(row | values))


@pytest.mark.sql
def test_thirty_nights_are_kept_whole_and_of_older_ones_what_is_unlikely_to_be_chance(filled):
    numbers = list(nights(filled, standing.NIGHTS + 8))
    strong = {numbers[0]: {"p_value": 0.05}, numbers[1]: {"p_value": 0.2, "recurrence_interval_days": 365.0}}
    weak = {
        numbers[2]: {"p_value": 0.051},
        numbers[3]: {"p_value": 0.001, "recurrence_interval_days": 364.0},
        numbers[4]: {"p_value": None},
    }
    for number, values in (strong | weak).items():
        put_cluster(filled, number, **values)
    wanted = clusters.start(filled, NATIONAL, ClusterQuery("measles", by="facility", seed=5, replicates=9))
    assert wanted == numbers[5]
    before = rounds.answered_before(filled, rounds.latest(filled), Scope.everything())
    assert {key: run.id for key, run in before.items()} == {("measles", "facility:care"): numbers[-2]}
    old = standing.outdated(rounds.rounds(filled), HOUR)
    assert len(old) == 8
    assert rounds.prune(filled, old) == 5
    with filled.operations.connect() as connection:
        kept = set(connection.execute(sa.select(cluster_run.c.id)).scalars())
        assert set(connection.execute(sa.select(cluster.c.run)).scalars()) == set(strong)
        assert len(connection.execute(sa.select(standing_round.c.id)).all()) == standing.NIGHTS
        assert len(connection.execute(sa.select(standing_question.c.run)).all()) == standing.NIGHTS
    assert kept == {*strong, wanted, *numbers[8:]}
    assert rounds.prune(filled, []) == 0


def test_what_is_found_is_listed_with_what_became_of_it_since_the_day_before(filled, cli, tmp_path):
    standing.StandingScans(HOUR).look(filled, now())
    answer_all(filled)
    found = cluster_watch.watch(filled, NATIONAL)
    assert (found.asked, found.answered, found.unanswered) == (3, 3, ())
    assert found.by_chance == pytest.approx(0.0)  # ninety-nine replicates tell no interval of a year
    with write_transaction(filled.operations) as connection:  # as if it were the day before, and very strong
        connection.execute(cluster_run.update().values(made_at="2026-01-01T00:00:00.000+00:00"))
        connection.execute(cluster.update().values(recurrence_interval_days=1_000.0))
    before = cluster_watch.watch(filled, NATIONAL)
    assert before.clusters and {item.change for item in before.clusters} == {None}
    one = before.clusters[0]
    detail = clusters.result(filled, NATIONAL, one.run).clusters[one.rank - 1]
    assert (one.path, one.centre, one.observed) == (
        f"/clusters/{one.run}/{one.rank}",
        detail.centre,
        detail.observed,
    )
    assert one.centre in before.known[one.places]
    for item in before.clusters:  # of each location those that hold it, and no other
        members = {
            m.location for m in clusters.result(filled, NATIONAL, item.run).clusters[item.rank - 1].members
        }
        for location in before.known[item.places]:
            touched = cluster_watch.touching(filled, before, {item.places: {location}})
            assert (item in touched.clusters) is (location in members and not item.sensitive)
        assert item not in cluster_watch.touching(filled, before, {"other:care": members}).clusters
    more_data(cli, tmp_path, 1)
    standing.StandingScans(HOUR).look(filled, now(LATER))
    waits = cluster_watch.watch(filled, NATIONAL)
    assert (waits.answered, waits.count("waiting")) == (0, 3)
    assert [item.path for item in waits.clusters] == [item.path for item in before.clusters]
    assert all(item.older for item in waits.clusters)
    answer_all(filled)
    more_data(cli, tmp_path, 2)
    standing.StandingScans(HOUR).look(filled, now(2 * LATER))
    answer_all(filled)  # compared with the day before, not with the round an hour ago
    after = cluster_watch.watch(filled, NATIONAL)
    runs = {run.id: run.previous for _, run in asked(filled)}
    assert {clusters.status(filled, NATIONAL, previous).made_at[:10] for previous in runs.values()} == {
        "2026-01-01"
    }
    with write_transaction(filled.operations) as connection:
        connection.execute(cluster.update().values(recurrence_interval_days=1_000.0))
    after = cluster_watch.watch(filled, NATIONAL)
    with filled.operations.connect() as connection:
        held = connection.execute(sa.select(cluster.c.run, cluster.c.rank, cluster.c.previous_rank)).all()
    previous_ranks = {(run, rank): previous for run, rank, previous in held}
    went_from = {(runs[item.run], previous_ranks[item.run, item.rank]) for item in after.clusters}
    assert {(item.run, item.rank) for item in after.gone}.isdisjoint(went_from)
    went_on = [item for item in after.clusters if item.change in ("unchanged", "growing", "extent")]
    assert went_on and {item.first_found[:10] for item in went_on} == {"2026-01-01"}
    with write_transaction(filled.operations) as connection:  # nothing stands out any more
        connection.execute(
            cluster.update().where(cluster.c.run.in_(runs)).values(recurrence_interval_days=1.0)
        )
    over = cluster_watch.watch(filled, NATIONAL)
    assert over.clusters == () and {item.change for item in over.gone} == {"gone"}
    assert {item.path for item in over.gone} == {item.path for item in before.clusters}


def test_a_reader_sees_what_was_found_in_her_own_scope(filled, monkeypatch):
    add_accounts(filled, {"provincial": ("official", ("KH02",))})
    standing.StandingScans(HOUR).look(filled, now())
    close_all(filled)
    own = cluster_watch.watch(filled, PROVINCIAL)
    assert {(item.disease, item.places) for item in own.unanswered} == {("measles", "facility:care")}
    assert cluster_watch.watch(filled, NATIONAL).asked == 3
    assert cluster_watch.watch(filled, grant("other", "KH05")).asked == 0
    with pytest.raises(NotPermittedError):
        cluster_watch.watch(filled, Grant("viewer", "viewer", Scope.everything()))
    monkeypatch.setattr(rules, "by_year_only", lambda grant, disease: disease == "measles")
    assert cluster_watch.watch(filled, NATIONAL).asked == 0


def test_clusters_are_for_who_is_entitled_to_small_counts_here_as_everywhere(filled, monkeypatch):
    standing.StandingScans(HOUR).look(filled, now())
    number = asked(filled)[1][1].id
    close_all(filled)
    with write_transaction(filled.operations) as connection:
        connection.execute(cluster_run.update().where(cluster_run.c.id == number).values(status=DONE))
    for rank, cases in ((1, 4), (2, 9)):
        put_cluster(filled, number, rank=rank, key=f"{number}-{rank}", observed=cases, p_value=0.01)
    assert [item.observed for item in cluster_watch.watch(filled, NATIONAL).clusters] == [4, 9]
    monkeypatch.setattr(rules, "entitled", lambda grant: False)
    assert cluster_watch.watch(filled, NATIONAL).clusters == ()


def page(client, language="en"):
    client.get(f"/language/{language}")
    answer = client.get("/clusters/standing")
    assert answer.status_code == 200
    return html.unescape(answer.get_data(as_text=True))


def test_the_page_says_where_it_stands_and_links_to_each_cluster(filled, database_url):
    with served(database_url, CHHLANG_STANDING_SCANS="yes") as server:
        national, provincial = (signed_in(server, name) for name in ("official", "provincial"))
        assert "a minute after the first import" in page(national) and "data-waiting" not in page(national)
        assert 'href="/clusters/standing"' in national.get("/clusters").get_data(as_text=True)
        standing.StandingScans(HOUR).look(filled, now())
        shown = page(national)
        assert "Questions answered: 0 of 3." in shown and "Not answered yet: 3." in shown
        assert 'data-waiting="3"' in shown
        numbers = [run.id for _, run in asked(filled)]
        waiting = national.get(f"/clusters/{numbers[0]}").get_data(as_text=True)
        assert "Waiting" in waiting and "/cancel" not in waiting
        cluster_runs.claim(filled)
        cluster_runs.close(filled, numbers[0], FAILED, cluster_queue.TOO_LITTLE_MEMORY)
        cluster_runs.claim(filled)
        days = {"start": "2025-01-01", "end": "2025-01-02"}
        cluster_runs.close(filled, numbers[1], FAILED, NO_CASE, **days)
        with write_transaction(filled.operations) as connection:
            connection.execute(cluster_run.update().where(cluster_run.c.id == numbers[2]).values(status=DONE))
        put_cluster(filled, numbers[2], centre="TH03", p_value=0.001, recurrence_interval_days=1_000.0)
        shown = page(national)
        assert 'data-waiting="0"' in shown  # one is answered, one failed, one has no case
        assert "Questions answered: 1 of 3." in shown and "Questions of diseases without a case: 1." in shown
        assert "Clusters unlikely to be chance: 1." in shown and "too little memory" in shown
        assert f'href="/clusters/{numbers[2]}/1"' in shown and f'href="/clusters/{numbers[0]}"' in shown
        assert "first scan" in shown and "O'Smach" in shown
        assert "at O'Smach (Thailand)" in shown and "going on in the week to" in shown
        assert 'href="/clusters/standing.xlsx"' in shown
        listed = national.get("/clusters/standing.csv").get_data(as_text=True)
        assert "O'Smach" in listed and f"/clusters/{numbers[2]}/1" in listed
        assert national.get("/clusters/standing.json").get_json()["title"] == "Found without being asked"
        assert numbers[2] not in provincial.get("/clusters/standing.csv").get_data(as_text=True)
        assert "ស្កេនលើកដំបូង" in page(national, "km")
        assert numbers[2] not in page(provincial)
        assert "Questions answered: 0 of 1." in page(provincial)


def test_a_server_that_does_not_look_says_so(filled, database_url):
    with served(database_url) as server:
        client = signed_in(server, "official")
        assert "does not look by itself" in page(client)
        standing.StandingScans(HOUR).look(filled, now())
        assert "no longer looks by itself" in page(client)
