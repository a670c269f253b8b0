"""Quick tests stay quick, and `make full` runs whatever `make test` leaves out."""

from __future__ import annotations

import re
import subprocess
import sys
from collections import defaultdict
from itertools import combinations
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from tests.support import lanes, quiet_workers
from tests.support.examples import EXAMPLES, FACTORS, examples
from tests.support.matrix import covering, every_pair, every_value, some
from tests.support.slow_fixtures import SlowFixtures
from tests.support.together import taken_together

ROOT = Path(__file__).resolve().parents[2]
CONFTEST = """
from tests.support import lanes, quiet_workers

def pytest_configure(config):
    for name in ("quick", "database", "browser", "process", "postgres", "sql", "full"):
        config.addinivalue_line("markers", name)
    config.pluginmanager.register(lanes.Guard())

def pytest_collection_modifyitems(items):
    lanes.mark_all(items)
"""
TESTS = """
import contextlib, os, socket, sqlite3, subprocess
import pytest
import sqlalchemy as sa

@pytest.fixture
def sqlite_files():
    return sqlite3.connect(":memory:").close()

def test_nothing():
    pass

def test_a_database():
    sqlite3.connect(":memory:")

def test_an_engine():
    sa.create_engine("postgresql+psycopg://nobody@127.0.0.1:1/nothing").connect()

def test_a_process():
    subprocess.run(["true"])

def test_a_fork():
    if not os.fork():
        os._exit(0)

def test_the_network():
    socket.socket().bind(("127.0.0.1", 0))

def test_what_is_caught():
    with contextlib.suppress(BaseException):
        subprocess.run(["true"])

@pytest.mark.process
def test_that_says_so():
    subprocess.run(["true"], check=True)

def test_with_a_fixture(sqlite_files):
    sqlite3.connect(":memory:").close()
"""


def run_pytest(*arguments: object, folder: Path = ROOT) -> str:
    """What pytest says."""
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *map(str, arguments)],
        cwd=folder, capture_output=True, text=True, check=False, timeout=300,
    )  # fmt: skip
    return done.stdout + done.stderr


@pytest.mark.process
def test_a_quick_test_opens_no_database_and_starts_no_process(tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    (tmp_path / "conftest.py").write_text(CONFTEST, encoding="utf-8")
    (tmp_path / "test_some.py").write_text(TESTS, encoding="utf-8")
    said = run_pytest("-q", "-rA", "-p", "no:warnings", folder=tmp_path)
    found = re.findall(r"^(PASSED|FAILED) \S+::(\w+)", said, re.M)
    outcomes = {name: word for word, name in found}
    passed = {"test_nothing", "test_that_says_so", "test_with_a_fixture"}
    assert {name for name, word in outcomes.items() if word == "PASSED"} == passed, said
    assert len(outcomes) == 9
    assert "a quick test did subprocess.Popen" in said  # although the test caught what was raised


def test_every_pair_of_values_is_tested_and_the_product_in_full():
    axes = ("abc", (1, 2), (True, False), "xyz")
    rows = covering(*axes)
    for (i, one), (j, other) in combinations(enumerate(axes), 2):
        assert {(row[i], row[j]) for row in rows} == {(a, b) for a in one for b in other}
    assert len(rows) < 15
    asked = every_pair(*axes)
    assert len(asked) == 36
    assert {row.values for row in asked if not row.marks} == set(rows)


def test_every_value_is_tested_and_the_product_in_full():
    asked = every_value(["en", "km"], ["wide", "narrow", "tall"])
    kept = [row.values for row in asked if not row.marks]
    assert kept == [("en", "wide"), ("en", "tall"), ("km", "narrow")]
    assert len(asked) == 6
    one, other = some("ab", "b")
    assert (one.values, other) == (("a",), "b")
    assert [mark.name for mark in one.marks] == ["full"]


def test_files_that_wait_for_a_browser_are_spread_among_those_that_compute():
    files = ["unit/a", "browser/a", "browser/b", "property/a", "reliability/a", "property/b", "reliability/b"]
    items = [SimpleNamespace(path=Path(f"tests/{file}.py"), name=n) for file in files for n in (1, 2)]
    lanes.arrange(items)
    assert [item.name for item in items] == [1, 2] * 7
    assert [item.path.as_posix()[6:-3] for item in items[::2]] == [
        "browser/a",
        "reliability/a",
        "reliability/b",
        "browser/b",
        "property/a",
        "property/b",
        "unit/a",
    ]


def test_a_property_gets_fewer_examples_when_it_must_be_quick_and_more_in_full(monkeypatch):
    counts = {}
    for lane in FACTORS:
        monkeypatch.setenv(EXAMPLES, lane)
        counts[lane] = examples(60)
        assert examples(2) >= 2
    assert counts == {"quick": 5, "same": 5, "new": 60, "full": 60}


def test_times_of_fixtures_are_summed_over_workers_and_the_slowest_come_first():
    measured = SlowFixtures()
    for times in (
        {"site": [1, 2.0, 1.0], "page": [3, 0.9, 0.1]},
        {"site": [1, 3.0, 0.5], "quick": [9, 0.1, 0.1]},
    ):
        measured.add(times)
    first, second = measured.slowest()
    assert first.split() == ["5.0", "s", "1.5", "s", "of", "a", "processor", "2", "times", "site"]
    assert second.endswith("page")
    assert measured.slowest(1) == [first]


def test_files_that_need_the_same_server_are_taken_by_one_worker():
    texts = {
        "tests/browser/test_a.py": "",
        "tests/browser/test_b.py": "",
        "tests/browser/test_c.py": "with_postgres_server",
        "tests/unit/test_a.py": "",
        "tests/unit/test_b.py": "def test_it(postgres_server):",
        "tests/unit/test_c.py": "from tests.support import forked",
        "tests/unit/test_d.py": "",
    }
    names = [f"{file}::test_it" for file in texts]
    names += [f"tests/unit/test_d.py::test_it[{number}]" for number in range(9)]
    names += ["tests/unit/test_a.py::test_it[postgresql-2]", "tests/unit/test_d.py::test_it[no postgresql]"]
    asked = taken_together(names, 3, texts.__getitem__)
    alone = [
        one for file, one in sorted(taken_together(names, 4, texts.__getitem__).items()) if "browser" in file
    ]
    assert alone == ["browser 0", "browser 1", "browser 0"], "with more workers as with three"
    servers = dict.fromkeys((f"tests/unit/test_{one}.py" for one in "abc"), "postgres")
    browsers = dict(zip(sorted(texts)[:3], ("browser 0", "browser 1", "browser 0"), strict=True))
    assert asked == servers | browsers
    assert set(taken_together(names, 1, texts.__getitem__).values()) == {"browser 0", "postgres"}
    # Where most of the files use PostgreSQL, one worker alone would be at work.
    assert taken_together(names[:7] + names[-2:], 3, texts.__getitem__) == browsers


class WorkerInteractor:
    """Stands for the plugin of xdist that tells the controller what happens in a worker."""

    def __init__(self) -> None:
        self.told: list[Any] = []

    @pytest.hookimpl
    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self.told.append(nodeid)

    @pytest.hookimpl
    def pytest_runtest_logfinish(self, nodeid: str) -> None:
        self.told.append(nodeid)

    @pytest.hookimpl
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.told.append(report)


@pytest.mark.parametrize(
    ("asked", "heard"),
    [
        ({}, ["passed call", "failed setup", "failed call", "skipped setup", "passed call"]),
        ({"durations": 0}, None),
        ({"reportchars": "aP"}, None),
    ],
)
def test_a_worker_tells_of_a_test_that_passes_once_and_of_others_all(asked, heard):
    plugins, worker = pytest.PytestPluginManager(), WorkerInteractor()
    plugins.register(worker)
    chosen = {"durations": None, "reportchars": "a"} | asked
    config = SimpleNamespace(
        workerinput={}, pluginmanager=plugins, hook=plugins.hook, getoption=lambda name: chosen[name]
    )
    quiet_workers.hush(config)

    def report(outcome, when, **more):
        made = pytest.TestReport("a::b", ("a", 1, "b"), {"a": 1}, outcome, None, when, [("log", "much")])
        vars(made).update(more)
        return made

    happens = [
        *(report("passed", when) for when in ("setup", "call", "teardown")),
        *(report("failed", when) for when in ("setup", "call")),
        report("skipped", "setup"),
        report("passed", "call", wasxfail="late"),
    ]
    plugins.hook.pytest_runtest_logstart(nodeid="a::b", location=("a", 1, "b"))
    for one in happens:
        plugins.hook.pytest_runtest_logreport(report=one)
    plugins.hook.pytest_runtest_logfinish(nodeid="a::b", location=("a", 1, "b"))
    if heard is None:
        assert worker.told == ["a::b", *happens, "a::b"]
        return
    assert [f"{one.outcome} {one.when}" for one in worker.told] == heard
    passed, *others = worker.told
    assert not passed.sections and not passed.keywords
    assert all(one.sections and one.keywords for one in others)


def test_what_the_tests_leave_out_is_run_by_make_full():
    made = (ROOT / "Makefile").read_text(encoding="utf-8")
    full = re.search(r"^full:.*?\n\n", made, re.M | re.S)
    assert full and '-m "full or not full"' in full[0]
    assert "-m 'not full'" in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert "make test" in (ROOT / ".ci" / "run").read_text(encoding="utf-8").splitlines()


#: Tests that `make full` alone runs, and why: each takes too long for every change, and what stands beside it
#: in `make test` would notice the same fault in most of its forms.
_IN_FULL_ALONE = {
    "tests/browser/test_axe.py": {
        "test_the_map_of_facilities_breaks_no_rule": "hundreds of signs; the map of provinces is looked at",
        "test_the_map_the_panel_the_data_and_signing_in_break_no_rule": "these pages while a window changes",
    },
    "tests/browser/test_clusters.py": {
        "test_on_the_map_too_who_is_signed_out_is_told": "a session that ends on the map: test_tables.py",
        "test_two_people_who_ask_the_same_get_the_same_run": "so without a browser: test_cluster_runs.py",
        "test_along_roads_the_route_is_drawn": "what is drawn is tried in test_corridor_of_the_demo.py",
    },
    "tests/browser/test_desk.py": {
        "test_a_surge_is_counted_as_people_pass": "its sums are tried without a browser",
        "test_food_for_a_whole_van_but_one": "its sums are tried without a browser",
        "test_what_is_sent_is_sealed": "the path with three vans reads what the device keeps",
    },
    "tests/unit/test_systems.py": {
        "test_a_page_that_fails_leaves_what_came_before_and_the_next_pull_goes_on": "killed, it goes on so",
        "test_after_a_restore_everything_is_pulled_again": "what is pulled again changes nothing: the kill",
        "test_persons_and_enrollments_come_with_their_events": "read as files: test_numbers_that_are_none.py",
        "test_rejected_rows_are_named_by_what_the_dhis2_calls_them": "so on the page: test_system_pages.py",
        "test_what_a_dhis2_calls_its_elements_is_kept_with_what_they_are_mapped_to": "so on the page",
        "test_what_falls_out_of_the_list_meanwhile_makes_it_begin_again": "lists that change meanwhile: "
        "`python -m tests.torture pulls`",
    },
    "tests/unit/test_satscan_files.py": {
        "test_every_case_of_satscan_comes_back_the_same": "two of them, and what SaTScan has no setting for",
    },
    "tests/browser/test_forms.py": {
        "test_a_messy_file_goes_in_and_every_row_is_told_of": "read without a browser",
    },
    "tests/browser/test_issued.py": {
        "test_an_official_sees_her_province_fully_and_the_others_as_issued": "an account of one province "
        "reads so in test_map.py",
    },
    "tests/browser/test_map.py": {
        "test_hiv_by_crossing_and_by_facility_is_hidden_and_says_why": "by crossing so in test_reader.py; "
        "every door in tests/security/test_sensitive_diseases.py",
    },
    "tests/browser/test_offline.py": dict.fromkeys(
        (
            "test_a_clock_that_was_set_back_shows_nothing",
            "test_a_copy_that_arrives_after_the_sign_out_is_not_kept",
            "test_a_copy_that_is_open_does_not_outlive_its_time",
            "test_a_session_that_is_over_by_its_age_takes_the_copies_along",
            "test_after_twelve_hours_nothing_is_shown",
            "test_signing_out_without_a_connection_deletes_everything_too",
            "test_taking_the_mark_back_deletes_everything",
            "test_the_address_of_the_application_opens_the_last_view",
            "test_the_worker_alone_keeps_accounts_apart",
        ),
        "waits for a browser's worker; other ends of a kept page are tried in `make test`",
    ),
    "tests/browser/test_reader.py": {
        "test_the_place_of_infection_is_answered_for_positives_alone": "so without a browser: "
        "test_page_question.py",
        "test_completion_begins_with_the_last_four_quarters_that_are_due": "so without a browser: "
        "test_page_question.py",
        "test_another_language_asks_the_same_question": "a look keeps the question by the same link: "
        "test_look.py",
    },
    "tests/browser/test_tables.py": {
        "test_two_accounts_in_turn_see_their_own_table": "no page is kept: tests/security/test_gate.py; what "
        "each account is shown: tests/unit/test_provincial_pages.py",
    },
    "tests/browser/test_today.py": {
        "test_a_province_is_chosen_kept_and_left_again": "so without a browser: test_first_page_cards.py",
        "test_a_number_leads_to_the_map_that_says_the_same": "so without a browser: test_first_page.py",
    },
    "tests/deploy/test_container_and_lists.py": {
        "test_the_entry_point_serves_and_ends_when_it_is_told": "starts the server as a container would",
    },
    "tests/deploy/test_followed.py": {
        "test_a_new_version_over_the_data_of_an_earlier_one": "installs two versions",
        "test_from_the_first_start_to_another_machine_and_a_new_version_and_back": "installs three times",
        "test_the_page_has_a_block_for_every_step": "belongs to the test above",
    },
    "tests/reliability/test_as_on_windows.py": dict.fromkeys(
        (
            "test_commands_need_nothing_that_python_lacks_there",
            "test_it_serves_in_one_process_and_its_runner_imports_a_file",
        ),
        "starts a dozen commands anew, each without what is taken away",
    ),
    "tests/reliability/test_database_away.py": {
        "test_two_that_fill_the_demo_at_once_fill_it_once": "makes the whole demo twice",
    },
    "tests/property/test_audit_oracle.py": {
        "test_the_audit_finds_it_in_many_releases": "600 lattices; 40 are compared in `make test`",
    },
    "tests/property/test_disclosure.py": {
        "test_without_secondary_hiding_a_number_is_told": "the attack is shown to find a number that slipped "
        "through by tests/security/test_issued_attack.py",
    },
    "tests/property/test_release_cubes.py": {
        "test_no_number_of_many_random_releases_is_told_too_closely": "many releases; a few are attacked",
    },
    "tests/reference/test_rates.py": {
        "test_the_spatial_model_is_that_of_a_new_long_chain": "the answers of a longer chain are kept",
    },
    "tests/reference/test_published_referrals.py": {
        "test_stored_referrals_come_out_to_the_digit_on_the_centres_page": "so from a file in `make test`",
    },
    "tests/reliability/test_installed.py": {
        "test_the_installed_pages_have_their_templates_and_assets": "the wheel holds every file of them",
    },
    "tests/reliability/test_job_runner.py": {
        "test_a_server_asks_by_itself_and_its_runner_answers": "asked without a server",
        "test_the_server_has_a_runner_and_takes_it_along": "a stop leaves nobody: test_server_processes.py",
    },
    "tests/reliability/test_killed_imports.py": {
        "test_killed_from_outside_at_random_moments_no_record_is_lost_or_doubled": "so by torture",
    },
    "tests/docs/test_contributing.py": {
        "test_a_disease_and_a_mapping_are_added_as_the_recipes_say": "tests a copy of the whole project",
    },
    "tests/docs/test_generated.py": {
        "test_the_generator_runs_as_a_module_and_as_a_script": "what it writes is compared in `make test`",
    },
    "tests/reliability/test_killed_uploads.py": {
        "test_a_file_that_is_cancelled_at_work_leaves_nothing": "cancelled at two places instead",
        "test_killed_from_outside_by_the_runner_that_serve_starts_it_is_tried_again": "killed inside",
        "test_the_runner_goes_with_the_server": "a stop leaves nobody: test_server_processes.py",
    },
    "tests/reliability/test_standing_in_minutes.py": {
        "test_measles_and_watery_diarrhoea_stand_within_four_minutes_of_serve": "makes the whole demo",
    },
    "tests/reliability/test_server_processes.py": {
        "test_workers_end_with_whoever_started_them": "starts servers and kills them",
    },
    "tests/unit/test_nowcast.py": {
        "test_intervals_hold_the_truth_in_93_to_97_of_100_of_2000_weeks": "a few weeks in `make test`",
    },
    "tests/reliability/test_torture.py": {
        "test_a_few_rounds_leave_nothing_half_done": "test_killed_imports.py kills at any statement",
        "test_each_kind_of_bomb_costs_little_as_an_upload": "tests/security/test_hostile_files.py reads some",
        "test_on_a_disk_that_is_really_full_everything_is_refused_and_old_data_stay_readable": "so served",
        "test_guesses_by_the_hundred_are_looked_at_by_the_dozen": "hundreds of sign-ins; a dozen are tried",
    },
    "tests/security/test_through_a_proxy.py": {
        "test_a_file_of_200_mb_arrives_and_a_larger_one_gets_an_answer": "writes 400 MB; headers are tried",
        "test_a_reader_goes_on_while_strangers_do_all_of_it_at_once": "so without a proxy in `make test`",
        "test_a_reader_goes_on_while_strangers_hold_what_they_can": "so without a proxy in `make test`",
        "test_nor_is_it_right_where_nobody_said_that_there_is_a_proxy": "starts a server for one address",
    },
    "tests/unit/test_outlines.py": {
        "test_the_committed_file_is_what_the_boundaries_make": "each outline is compared with its boundary",
    },
    "tests/unit/test_readers_child.py": {
        "test_time_that_others_take_is_not_the_child_s": "keeps both processors busy for seconds",
    },
    "tests/unit/test_coverage_command.py": {
        "test_a_user_gets_the_same_in_a_process_of_its_own": "so does the installed program",
    },
    "tests/unit/test_migrations.py": {
        "test_the_demo_fills_an_empty_database_and_marks_it": "tests/docs/test_commands.py fills one",
    },
    "tests/unit/test_release_late_files.py": {
        "test_a_release_that_says_otherwise_than_an_earlier_one_is_not_kept_nor_passed": "the next is",
    },
    "tests/unit/test_releases.py": {
        "test_what_is_really_suppressed_passes_the_real_audit_and_is_carried_over": "read and attacked",
    },
    "tests/unit/test_scan_cache.py": {
        "test_a_change_in_an_inner_part_leaves_no_old_code_running": "compiles the engine anew, twice",
    },
    "tests/unit/test_svg_figures.py": {
        "test_a_picture_of_one_province_takes_little_of_the_processor": "compares two times",
    },
    "tests/architecture/test_examples.py": {
        "test_torture_draws_new_examples_of_every_property": "collects every property in a process",
    },
    "tests/architecture/test_lanes.py": {
        "test_what_make_full_alone_runs_is_listed_with_its_reason": "collects every test twice",
    },
    "tests/unit/test_indicators_command.py": {
        "test_published_cascades_come_out_of_imported_records_to_the_digit": "18,000 records; the rules are "
        "held to the same tables without a database",
    },
    "tests/property/test_reporting_of_the_demo.py": {
        "test_the_command_says_what_the_demo_was_made_of": "fills a demo; other files are counted by hand",
    },
}


@pytest.mark.full
def test_what_make_full_alone_runs_is_listed_with_its_reason():
    """Any other test has at least one case in `make test`."""
    cases: dict[str, set[str]] = defaultdict(set)
    for lane in ("full", "not full"):
        for line in run_pytest("--collect-only", "-q", "-m", lane).splitlines():
            if "::" in line:
                cases[line.split("[")[0]].add(lane)
    assert len(cases) > 1_000
    only = {name for name, lanes in cases.items() if lanes == {"full"}}
    assert only == {f"{file}::{name}" for file, tests in _IN_FULL_ALONE.items() for name in tests}


@pytest.mark.process
def test_in_turn_every_value_of_each_parameter_is_tested_on_both_databases():
    file = "tests/property/test_cubes_equal_records.py"
    said = run_pytest("--collect-only", "-q", file, "-k", "a_whole_file_is_amended")
    kept = re.findall(r"follow\[([a-z]+)-(\d)-(\d+)\]", said)
    assert len(kept) == 4
    for database in ("sqlite", "postgresql"):
        own = [row for row in kept if row[0] == database]
        assert {row[1] for row in own} == {"1", "2"}
        assert {row[2] for row in own} == {"0", "1200000"}
