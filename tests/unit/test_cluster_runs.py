"""Runs of cluster detection: started, shared, worked on, cancelled, compared; each within its scope."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from datetime import date, timedelta

import pytest

from dashboard.cluster_filters import ClusterQuery
from dashboard.permissions import Grant
from dashboard.services.clusters import detail as cluster_detail
from dashboard.services.clusters import execute as cluster_execution
from dashboard.services.clusters import runs as clusters
from dashboard.services.disclosure.rules import NEVER_SHOWN, OUTSIDE_SCOPE
from db.clusters import results as cluster_results
from db.clusters import runs as cluster_runs
from db.core.engine import write_transaction
from db.core.scope import Scope
from db.maintenance.opening import open_database
from db.operations import audit
from db.operations.lease_queue import FAILED, MOST_ATTEMPTS
from db.tables.operations import cluster_run
from surveillance.engine_version import ENGINE_VERSION
from surveillance.errors import CancelledError, NotPermittedError, StatisticsError, UsageError
from tests.support import outbreaks
from tests.support.command_line import ROOT
from tests.support.files import write_csv
from tests.support.web import WHY

PERMUTATION = ClusterQuery(
    "measles",
    by="facility",
    model="space-time-permutation",
    time="retrospective",
    time_unit="week",
    max_duration=4,
    replicates=99,
)
BERNOULLI = ClusterQuery("measles", by="facility", model="bernoulli", replicates=99)
DEFAULT = ClusterQuery("covid19", by="facility", replicates=99)
PROSPECTIVE = ClusterQuery(
    "measles",
    by="facility",
    model="space-time-permutation",
    time="prospective",
    max_duration=14,
    end=outbreaks.OUTBREAK_LAST,
    replicates=99,
)


def epidemiologist(name="epi", *provinces):
    """An epidemiologist, of the country or of some provinces."""
    scope = Scope.of(*provinces) if provinces else Scope.everything()
    return Grant(f"{name}@health.example", "epidemiologist", scope)


def work(database):
    """Work on everything in the queue; the ids in the order they were taken."""
    taken = []
    while run := cluster_runs.claim(database):
        try:
            cluster_execution.execute(database, run, workers=1)
        except StatisticsError as error:
            cluster_runs.close(database, run.id, FAILED, str(error))
        taken.append(run.id)
    return taken


def ran(database, grant, query):
    """Start a run, work on it, and read its result."""
    number = clusters.start(database, grant, query)
    work(database)
    return clusters.result(database, grant, number)


def test_the_outbreak_is_found_with_its_facilities_and_weeks(filled):
    result = ran(filled, epidemiologist(), PERMUTATION)
    first = result.clusters[0]
    assert first.locations == outbreaks.OUTBREAK
    week = timedelta(weeks=1)  # weeks are counted back from the last day
    assert abs(first.start - outbreaks.OUTBREAK_FIRST) < week
    assert abs(first.end - outbreaks.OUTBREAK_LAST) < week
    assert first.p_value == pytest.approx(0.01)
    assert first.observed >= 36
    assert (result.run.status, result.run.done) == ("done", 99)
    assert result.run.path == f"/clusters/{result.run.id}"
    assert (result.previous, result.gone, first.change) == (None, (), None)
    assert first.expected == pytest.approx(sum(member.expected for member in first.members))


def test_positives_among_tested_are_scanned_where_tests_are_recorded_and_nothing_else_is_asked(
    filled, cli, tmp_path
):
    assert cli("import", write_csv(tmp_path / "covid19.csv", *outbreaks.rows("covid19"))).code == 0
    result = ran(filled, epidemiologist(), DEFAULT)
    query = result.run.query
    assert (query.model, query.time, query.cases_are) == ("bernoulli", "none", "positive")
    assert set(result.clusters[0].locations) <= set(outbreaks.OUTBREAK)
    assert (query.max_reported_share, result.parameters["max_population_share"]) == (0.1, 0.5)
    assert result.parameters["start"] == outbreaks.FIRST.isoformat()
    assert result.parameters["engine_version"] == ENGINE_VERSION


def test_cases_alone_are_scanned_where_no_test_is_recorded(cli, database_url, tmp_path):
    untested = {"eligible": "", "tested": "", "positive": ""}
    outbreaks.fill(cli, tmp_path, outbreaks.rows("covid19", **untested))
    database = open_database(database_url)
    result = ran(database, epidemiologist(), DEFAULT)
    query = result.run.query
    assert (query.model, query.time, query.cases_are) == ("space-time-permutation", "retrospective", "all")
    assert set(result.clusters[0].locations) <= set(outbreaks.OUTBREAK)
    database.dispose()


def test_what_has_no_position_is_listed_with_its_cases(filled):
    result = ran(filled, epidemiologist(), PERMUTATION)
    left = {item.location: (item.reason, item.records) for item in result.not_scanned}
    weeks = ((outbreaks.LAST - outbreaks.FIRST).days + 1) // 7
    assert left == {"NOWHERE": ("no position", 2 * weeks), "unknown": ("unknown place", 2 * weeks)}
    everybody = sum(1 for row in outbreaks.rows() if row["positive"] == "yes")
    assert sum(item.cases for item in result.not_scanned) + result.parameters["cases"] == everybody


@pytest.mark.parametrize(
    ("by", "place", "left_out"),
    [
        ("province", "home", {"TH": "no position", "unknown": "unknown place"}),
        ("province", "infection", {"LA": "no position", "unknown": "unknown place"}),
        ("crossing", "care", {"informal": "no position", "unknown": "unknown place"}),
        ("province", "care", {"unknown": "unknown place"}),
    ],
)
def test_every_kind_of_place_can_be_scanned(by, place, left_out, filled):
    result = ran(filled, epidemiologist(), ClusterQuery("measles", by=by, place=place, replicates=9))
    assert {item.location: item.reason for item in result.not_scanned} == left_out
    assert result.run.status == "done"
    assert result.parameters["locations"] >= 25
    assert all(location in result.places for item in result.clusters for location in item.locations)
    assert set(left_out) <= set(result.places)


def test_two_people_who_ask_the_same_of_the_same_data_share_one_run(filled, cli, tmp_path):
    first = clusters.start(filled, epidemiologist("a"), PERMUTATION)
    assert clusters.start(filled, epidemiologist("b"), PERMUTATION) == first
    assert work(filled) == [first]
    assert clusters.start(filled, epidemiologist("c"), PERMUTATION) == first
    assert work(filled) == []
    other = clusters.start(filled, epidemiologist("b"), ClusterQuery("measles", by="facility", seed=2))
    assert other != first
    cli("import", write_csv(tmp_path / "more.csv", outbreaks.rows()[0] | {"record_id": "new"}))
    assert clusters.start(filled, epidemiologist("c"), PERMUTATION) != first


def test_a_facility_that_moves_makes_another_run(filled, cli, tmp_path):
    first = clusters.start(filled, epidemiologist(), PERMUTATION)
    moved = outbreaks.FACILITIES[0] | {"latitude": "12.50"}
    assert cli("facilities", "import", write_csv(tmp_path / "moved.csv", moved)).code == 0
    assert clusters.start(filled, epidemiologist(), PERMUTATION) != first


def test_a_cancelled_or_failed_run_is_not_shared(filled):
    first = clusters.start(filled, epidemiologist(), PERMUTATION)
    assert clusters.cancel(filled, epidemiologist(), first)
    assert clusters.status(filled, epidemiologist(), first).status == "cancelled"
    assert not clusters.cancel(filled, epidemiologist(), first)
    again = clusters.start(filled, epidemiologist(), PERMUTATION)
    assert again != first
    cluster_runs.claim(filled)
    cluster_runs.close(filled, again, FAILED, "why")
    assert clusters.start(filled, epidemiologist(), PERMUTATION) not in (first, again)
    with pytest.raises(UsageError, match="why"):
        clusters.result(filled, epidemiologist(), again)


def test_one_person_may_have_five_runs_waiting(filled):
    for seed in range(clusters.MOST_WAITING):
        clusters.start(filled, epidemiologist(), ClusterQuery("measles", seed=seed))
    with pytest.raises(UsageError, match="5 of your runs are waiting"):
        clusters.start(filled, epidemiologist(), ClusterQuery("measles", seed=99))
    clusters.start(filled, epidemiologist("another"), ClusterQuery("measles", seed=99))


def test_runs_of_one_scope_are_not_there_for_another(filled):
    national, first, both = (
        epidemiologist("n"),
        epidemiologist("one", "KH01"),
        epidemiologist("two", "KH01", "KH02"),
    )
    numbers = {}
    for grant in (national, first, both):
        numbers[grant] = ran(filled, grant, PERMUTATION).run.id
    assert len(set(numbers.values())) == 3
    for grant, number in numbers.items():
        assert [run.id for run in clusters.listed(filled, grant)] == [number]
        for other in numbers.keys() - {grant}:
            for act in (clusters.status, clusters.result, *(() if other == national else (clusters.cancel,))):
                with pytest.raises(UsageError, match="no such run"):
                    act(filled, other, number)
            with pytest.raises(UsageError, match="no such run"):
                cluster_detail.detail(filled, other, number, 1)
            with pytest.raises(UsageError, match="no such run"):
                cluster_detail.line_list(filled, other, number, 1, **WHY)


def test_a_limited_scope_scans_its_own_provinces_only(filled):
    result = ran(filled, epidemiologist("one", "KH01"), PERMUTATION)
    own = {f["facility_id"] for f in outbreaks.FACILITIES if f["province"] == "KH01"}
    assert result.parameters["locations"] == len(own)
    assert set(result.places) == own | {"unknown"}
    assert result.not_scanned == ()
    for item in result.clusters:
        assert set(item.locations) <= own
    lines = cluster_detail.line_list(filled, epidemiologist("one", "KH01"), result.run.id, 1, **WHY)
    assert {row["province_care"] for row in lines.rows} == {"KH01"}


def test_a_scope_of_facilities_scans_these_only_and_one_of_programmes_their_diseases(filled):
    own = {"F0", "F1", "F2", "F12"}
    some = Grant("some@health.example", "epidemiologist", Scope.made(facilities=own, programmes=["cdc"]))
    result = ran(filled, some, PERMUTATION)
    assert result.parameters["locations"] == len(own)
    assert set(result.places) == own | {"unknown"}
    number = result.run.id
    rows = cluster_detail.line_list(filled, some, number, 1, **WHY).rows if result.clusters else []
    assert {row["facility"] for row in rows} <= own
    with pytest.raises(UsageError, match="no such run"):
        clusters.status(filled, replace(some, scope=Scope.made(facilities=own)), number)
    other = replace(some, scope=Scope.made(programmes=["cenat"]))
    with pytest.raises(NotPermittedError, match="programme"):
        clusters.start(filled, other, PERMUTATION)
    with pytest.raises(NotPermittedError, match="single facilities"):
        clusters.start(filled, some, ClusterQuery("measles", by="province", place="care"))


@pytest.mark.parametrize("place", ["home", "infection"])
def test_a_limited_scope_may_not_scan_by_home_infection_or_crossing(place, filled):
    for query in (ClusterQuery("measles", place=place), ClusterQuery("measles", by="crossing")):
        with pytest.raises(NotPermittedError) as refused:
            clusters.start(filled, epidemiologist("one", "KH01"), query)
        assert str(refused.value) == OUTSIDE_SCOPE


@pytest.mark.parametrize("disease", ["hiv", "syphilis"])
@pytest.mark.parametrize(
    "asked",
    [{"by": "facility"}, {"by": "crossing"}, {"covariates": ("movement",)}, {"covariates": ("activity",)}],
    ids=str,
)
def test_hiv_and_syphilis_are_never_scanned_by_what_could_harm(asked, disease, filled):
    for grant in (Grant.custodian(), epidemiologist()):
        with pytest.raises(NotPermittedError) as refused:
            clusters.start(filled, grant, ClusterQuery(disease, **asked))
        assert str(refused.value) == NEVER_SHOWN


@pytest.mark.parametrize("place", ["care", "home"])
def test_hiv_by_province_has_no_arrivals_facilities_of_homes_movement_or_line_list(
    place, cli, database_url, tmp_path
):
    outbreaks.fill(cli, tmp_path, outbreaks.rows("hiv", arrival_id="V1", movement="deported"))
    database = open_database(database_url)
    query = ClusterQuery("hiv", place=place, replicates=9, time="retrospective", time_unit="month")
    result = ran(database, epidemiologist(), query)
    assert result.clusters
    counts = [row for item in result.clusters for row in item.context]
    assert counts
    assert all(row.arrivals is None for row in counts)
    assert all((row.facilities_reporting is None) is (place == "home") for row in counts)
    shown = cluster_detail.detail(database, epidemiologist(), result.run.id, 1)
    assert {group.axis for group in shown.groups} == {"sex", "age"}
    with pytest.raises(NotPermittedError, match="no line list"):
        cluster_detail.line_list(database, epidemiologist(), result.run.id, 1, **WHY)
    database.dispose()


def test_the_poisson_model_is_refused_without_a_population(filled):
    with pytest.raises(UsageError, match="population"):
        clusters.start(filled, epidemiologist(), ClusterQuery("measles", model="poisson"))


def test_a_run_says_the_same_after_later_imports(filled, cli, tmp_path):
    number = clusters.start(filled, epidemiologist(), PERMUTATION)
    amended = [row | {"positive": "no"} for row in outbreaks.rows()]
    assert cli("import", write_csv(tmp_path / "amended.csv", *amended)).code == 0
    assert work(filled) == [number]  # it began before, and is worked on after
    result = clusters.result(filled, epidemiologist(), number)
    assert result.clusters[0].locations == outbreaks.OUTBREAK
    shown = cluster_detail.detail(filled, epidemiologist(), number, 1)
    inside = sum(group.inside for group in shown.groups if group.axis == "sex")
    assert inside == result.clusters[0].observed
    assert len(cluster_detail.line_list(filled, epidemiologist(), number, 1, **WHY).rows) == inside
    with pytest.raises(UsageError, match="no case"):
        ran(filled, epidemiologist(), PERMUTATION)


def test_the_curve_of_a_cluster_adds_up_to_it(filled):
    for query in (PERMUTATION, BERNOULLI):
        result = ran(filled, epidemiologist(), query)
        first = result.clusters[0]
        shown = cluster_detail.detail(filled, epidemiologist(), result.run.id, 1)
        within = [point for point in shown.curve if first.start <= point.start <= first.end]
        assert sum(point.inside for point in within) == first.observed
        assert sum(point.expected for point in within) == pytest.approx(first.expected, abs=0.01)
        assert sum(point.inside + point.outside for point in shown.curve) == result.parameters["cases"]
        tested = [point.tested_inside for point in shown.curve]
        assert (tested[0] is None) is (query is PERMUTATION)


def test_facilities_that_fall_silent_are_allowed_for(cli, database_url, tmp_path):
    silent = {f"F{number}" for number in range(10, 20)}
    gap = (outbreaks.OUTBREAK_FIRST.isoformat(), outbreaks.OUTBREAK_LAST.isoformat())
    kept = [
        row
        for row in outbreaks.rows()
        if not (row["facility_id"] in silent and "2025-03-24" <= row["date_visit"] <= gap[1])
    ]
    outbreaks.fill(cli, tmp_path, kept)
    database = open_database(database_url)
    result = ran(database, epidemiologist(), PERMUTATION)
    assert result.parameters["silence_adjusted"] is True
    assert result.parameters["silences"] == len(silent)
    assert result.parameters["silent_location_units"] >= 3 * len(silent)
    first = result.clusters[0]
    assert first.locations == outbreaks.OUTBREAK
    shown = cluster_detail.detail(database, epidemiologist(), result.run.id, 1)
    within = [point for point in shown.curve if first.start <= point.start <= first.end]
    assert sum(point.expected for point in within) == pytest.approx(first.expected, abs=0.01)
    assert first.warnings  # half of the country fell silent about then
    adjusted = ClusterQuery(**PERMUTATION.__dict__ | {"covariates": ("weekday",)})
    result = ran(database, epidemiologist(), adjusted)
    assert result.parameters["silence_adjusted"] in (True, False)
    shown = cluster_detail.detail(database, epidemiologist(), result.run.id, 1)
    first = result.clusters[0]
    within = [point for point in shown.curve if first.start <= point.start <= first.end]
    assert sum(point.expected for point in within) == pytest.approx(first.expected, abs=0.01)
    by_tests = ran(database, epidemiologist(), BERNOULLI)
    assert (by_tests.parameters["silences"], by_tests.parameters["silence_adjusted"]) == (0, False)
    database.dispose()


def test_the_line_list_names_nobody(filled):
    number = ran(filled, epidemiologist(), PERMUTATION).run.id
    lines = cluster_detail.line_list(filled, epidemiologist(), number, 1, **WHY)
    assert [row["number"] for row in lines.rows] == list(range(1, len(lines.rows) + 1))
    assert not {"record_id", "person", "person_id", "legal_status", "arrival_id", "identity", "detail"} & set(
        lines.columns
    )
    assert all(set(row) == set(lines.columns) for row in lines.rows)
    assert not lines.more
    with pytest.raises(NotPermittedError):
        cluster_detail.line_list(
            filled, Grant("o@health.example", "official", Scope.everything()), number, 1, **WHY
        )
    with pytest.raises(UsageError, match="no cluster 99"):
        cluster_detail.line_list(filled, epidemiologist(), number, 99, **WHY)


def test_everything_that_shows_clusters_is_audited(filled):
    number = ran(filled, epidemiologist(), PERMUTATION).run.id
    cluster_detail.detail(filled, epidemiologist(), number, 1)
    cluster_detail.line_list(filled, epidemiologist(), number, 1, **WHY)
    actions = [row.action for row in audit.latest(filled) if row.actor == "epi@health.example"]
    assert actions == ["line list seen", "cluster seen", "clusters seen", "clusters"]
    assert all(number in row.detail for row in audit.latest(filled, 4))


def test_clusters_go_on_from_run_to_run(filled):
    grown = PROSPECTIVE
    earlier = ClusterQuery(**PROSPECTIVE.__dict__ | {"end": outbreaks.OUTBREAK_LAST - timedelta(days=5)})
    first = ran(filled, epidemiologist(), earlier)
    second = ran(filled, epidemiologist(), grown)
    assert second.previous.id == first.run.id
    now, before = second.clusters[0], first.clusters[0]
    assert (now.change, now.previous_rank, now.key) == ("growing", 1, before.key)
    quiet = ClusterQuery(**PROSPECTIVE.__dict__ | {"end": date(2025, 6, 1)})
    third = ran(filled, epidemiologist(), quiet)
    assert third.previous.id == second.run.id
    again = ran(filled, epidemiologist(), ClusterQuery(**earlier.__dict__ | {"seed": 2}))
    assert again.previous is None  # not the later ones, and not the same data by another seed
    rolling = {"start": outbreaks.FIRST + timedelta(days=9), "end": date(2025, 6, 2)}
    assert ran(filled, epidemiologist(), ClusterQuery(**PROSPECTIVE.__dict__ | rolling)).previous.id == (
        third.run.id
    )
    assert now.key in {item.key for item in third.gone}
    assert {item.change for item in third.gone} == {"gone"}
    assert all(item.change == "new" for item in third.clusters)


def test_the_same_days_of_other_data_are_compared(filled, cli, tmp_path):
    first = ran(filled, epidemiologist(), PROSPECTIVE)
    late = outbreaks.rows()[0] | {"record_id": "late", "person_id": "late"}
    assert cli("import", write_csv(tmp_path / "late.csv", late)).code == 0
    assert ran(filled, epidemiologist(), PROSPECTIVE).previous.id == first.run.id


def test_a_prospective_scan_ends_at_the_last_complete_day_unless_told_otherwise(filled, cli, tmp_path):
    late = [
        row
        for row in outbreaks.rows("malaria")
        if row["facility_id"] == "F9" and row["date_visit"] > "2025-06-01"
    ]
    moved = [row | {"date_visit": "2025-07-20", "record_id": f"late-{n}"} for n, row in enumerate(late)]
    assert cli("import", write_csv(tmp_path / "late.csv", *moved)).code == 0
    query = ClusterQuery(**PROSPECTIVE.__dict__ | {"end": None})
    result = ran(filled, epidemiologist(), query)
    assert result.parameters["end"] == result.parameters["last_complete_day"] == "2025-06-26"
    assert not result.parameters["ends_incomplete"]
    beyond = ran(filled, epidemiologist(), ClusterQuery(**query.__dict__ | {"end": date(2025, 7, 20)}))
    assert beyond.parameters["end"] == "2025-07-20"
    assert beyond.parameters["ends_incomplete"]


def silence(database, number):
    """As if the runner of a run had been gone for a while."""
    with write_transaction(database.operations) as connection:
        connection.execute(cluster_run.update().where(cluster_run.c.id == number).values(heartbeat=1.0))


def test_a_run_whose_runner_is_gone_goes_back_into_the_queue_and_at_last_fails(filled):
    number = clusters.start(filled, epidemiologist(), PERMUTATION)
    for _ in range(MOST_ATTEMPTS):
        assert cluster_runs.waiting(filled)
        assert cluster_runs.claim(filled).id == number
        assert cluster_runs.claim(filled) is None
        assert not cluster_runs.waiting(filled)
        silence(filled, number)
    assert cluster_runs.claim(filled) is None
    failed = clusters.status(filled, epidemiologist(), number)
    assert failed.status == "failed"
    assert "the runner was ended 3 times" in str(failed.problem)


def test_what_a_runner_finishes_after_another_took_over_is_not_stored(filled):
    number = clusters.start(filled, epidemiologist(), PERMUTATION)
    run = cluster_runs.claim(filled)
    clusters.cancel(filled, epidemiologist(), number)
    assert not cluster_runs.pulse(filled, number, 1, 99)
    with pytest.raises(CancelledError):
        cluster_execution.execute(filled, run, workers=1)
    assert cluster_results.read(filled, number).clusters == []
    silence(filled, number)
    assert cluster_runs.claim(filled) is None
    assert clusters.status(filled, epidemiologist(), number).status == "cancelled"


@pytest.mark.process
def test_web_workers_load_neither_the_compiler_nor_distributions():
    code = (
        "import sys, dashboard.server.factory; "
        "import dashboard.services.clusters.runs, dashboard.services.clusters.detail; "
        "print(sorted({'numba', 'pandas', 'scipy.stats', 'surveillance.scan'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
