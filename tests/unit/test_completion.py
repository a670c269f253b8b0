"""Completion through the commands: who is due, what a blank is, and what stands beside it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from dashboard.commands import coverage as command
from dashboard.filters import CoverageQuery
from dashboard.permissions import Grant
from dashboard.services.clock import today_in_cambodia
from dashboard.services.coverage.panel import panel
from dashboard.services.coverage.view import compared
from db.maintenance.opening import open_database
from surveillance.coverage.cohorts import OUTCOMES
from tests.support.aggregates import deliver
from tests.support.files import record, write_csv

TODAY = date(2025, 11, 20)
FACILITIES = (
    {"facility_id": "HC1", "province": "KH01"},
    {"facility_id": "HC2", "province": "KH01"},
    {"facility_id": "HC3", "province": "KH02"},
)


@pytest.fixture(autouse=True)
def _today(monkeypatch):
    monkeypatch.setattr(command, "today_in_cambodia", lambda: TODAY)


@pytest.fixture
def ask(cli, tmp_path, prepared):
    """Imports files one after the other; asks about completion, and gives the rows by their codes."""
    prepared(lambda: cli("facilities", "import", write_csv(tmp_path / "f.csv", *FACILITIES)))
    files = []

    def brought(*rows):
        files.append(write_csv(tmp_path / f"{len(files)}.csv", *rows))
        done = cli("import", files[-1], "--same-numbers", "amend")
        assert done.code == 0, done.stderr

    def asked(disease="malaria", *options, by=("--by", "province")):
        done = cli(
            "coverage", "--disease", disease, *by, "--measure", "completion", *options, "--format", "json"
        )
        assert done.code == 0, done.stderr
        return {row["code"]: row for row in done.json()}

    asked.bring, asked.cli, asked.files = brought, cli, files
    return asked


def course(number, start, outcome="", day="", facility="HC1", disease="malaria", **more):
    """A person who started treatment."""
    return record(
        record_id=str(number),
        facility_id=facility,
        disease=disease,
        date_visit=start,
        positive="yes",
        treated="yes",
        completed=more.pop("completed", ""),
        outcome=outcome,
        date_outcome=day,
        detail=more.pop("detail", ""),
        **more,
    )


def six(row):
    return tuple(row[name] for name in OUTCOMES)


def shown(row):
    return row["status"], row["numerator"], row["denominator"], row["not_yet_due"]


# --- what is due -------------------------------------------------------------------------------


def test_a_register_that_ends_in_march_does_not_say_100_per_cent_in_november(ask):
    early = [course(n, "2025-03-10", "cured", "2025-03-24") for n in range(30)]
    blank = [course(n, "2025-03-10") for n in range(30, 60)]
    late = [course(60, "2025-03-31")]
    ask.bring(*early, *blank, *late)
    row = ask()["KH01"]
    assert shown(row) == ("not yet due", 0, 0, 61)
    assert (row["outcomes_known_until"], row["facilities_without_outcomes"]) == ("2025-03-24", 0)
    # The data go on: what was due by the end of them is judged, and a blank is not evaluated.
    ask.bring(course(61, "2025-03-25", "cured", "2025-04-15"))
    row = ask()["KH01"]
    assert shown(row) == ("value", 30, 60, 2)
    assert row["coverage"] == 0.5
    assert six(row) == (30, 0, 0, 0, 0, 30)
    for more in (("--from", "2025-03-10", "--to", "2025-03-16"), ("--sex", "unknown")):
        assert ask("malaria", *more)["KH01"]["coverage"] == 0.5


def test_each_facility_is_judged_by_its_own_last_outcome(ask):
    ask.bring(
        course(1, "2025-03-03", "cured", "2025-03-20"),
        course(2, "2025-03-03"),
        course(1, "2025-03-03", "cured", "2025-04-20", facility="HC2"),
        course(2, "2025-03-03", facility="HC2"),
        course(1, "2025-03-03", facility="HC3"),
        course(2, "2025-09-01", facility="HC3", disease="dengue", outcome="recovered", day="2025-09-10"),
    )
    rows = ask()
    assert shown(rows["KH01"]) == ("value", 1, 2, 2)
    assert (rows["KH01"]["outcomes_known_until"], rows["KH01"]["outcomes_known_until_latest"]) == (
        "2025-03-20",
        "2025-04-20",
    )
    # HC3 has outcomes of dengue alone: of malaria it has sent none.
    assert shown(rows["KH02"]) == ("not yet due", 0, 0, 1)
    assert rows["KH02"]["facilities_without_outcomes"] == 1
    by_facility = ask(by=("--by", "facility"))
    assert shown(by_facility["HC1"]) == ("not yet due", 0, 0, 2)
    assert shown(by_facility["HC2"]) == ("value", 1, 2, 0)
    for by in (("--by", "province", "--place", "home"), ("--by", "crossing")):
        assert shown(ask(by=by)["unknown"]) == ("value", 1, 2, 3)


def test_later_visits_make_nothing_due(ask):
    ask.bring(
        course(1, "2025-03-03", "cured", "2025-03-20"),
        course(2, "2025-03-03"),
        record(record_id="3", disease="malaria", date_visit="2025-11-03", tested="yes", positive="no"),
    )
    assert shown(ask()["KH01"]) == ("not yet due", 0, 0, 2)


@pytest.mark.parametrize(
    ("regimen", "due"), [("weekly", 56), ("8_weeks", 56), ("14_days", 28), ("7_days", 28), ("", 28)]
)
def test_weekly_primaquine_is_due_after_56_days_to_the_day(regimen, due, ask):
    start = date(2025, 3, 5)
    detail = f"primaquine={regimen}" if regimen else ""

    def known_until(days):
        last = (start + timedelta(days=days)).isoformat()
        return course(9, "2025-08-01", "cured", last) | {
            "date_visit": "2025-03-01",
            "date_treated": "2025-03-02",
        }

    first = course(1, start.isoformat(), detail=detail) | {"date_treated": ""}
    week = ("--from", "2025-03-03", "--to", "2025-03-09")
    ask.bring(first, known_until(due - 1))
    assert shown(ask("malaria", *week)["KH01"]) == ("not yet due", 0, 0, 1)
    ask.bring(known_until(due))
    assert shown(ask("malaria", *week)["KH01"]) == ("zero", 0, 1, 0)


def test_an_outcome_without_a_day_counts_from_the_day_the_course_was_due(ask):
    ask.bring(*(course(n, "2025-03-10", completed="yes") for n in range(30)))
    ask.bring(*(course(n, "2025-03-10") for n in range(30, 60)), course(60, "2025-03-11"))
    row = ask()["KH01"]
    assert shown(row) == ("value", 30, 60, 1)
    assert six(row) == (0, 30, 0, 0, 0, 30)


def test_a_correction_shows_until_when_a_register_is_kept(ask, database_url):
    ask.bring(course(1, "2025-03-10", "transferred"), course(2, "2025-03-10"))
    assert shown(ask()["KH01"]) == ("not yet due", 0, 0, 2)
    ask.bring(course(1, "2025-03-10", "lost_to_follow_up"))
    assert shown(ask()["KH01"]) == ("zero", 0, 2, 0)
    assert six(ask()["KH01"]) == (0, 0, 0, 0, 1, 1)
    assert ask()["KH01"]["outcomes_known_until"] == TODAY.isoformat()  # the file came today, or later


def test_the_history_of_a_register_in_several_files_ends_where_its_visits_do(ask):
    ask.bring(course(1, "2025-03-10", "transferred"), course(2, "2025-03-10"))
    ask.bring(course(1, "2025-03-10", "lost_to_follow_up"), course(3, "2025-03-31"))
    row = ask()["KH01"]
    assert (row["outcomes_known_until"], row["not_yet_due"]) == ("2025-03-31", 3)


def test_hiv_is_judged_by_the_last_whole_week_of_the_data(ask):
    first = course(1, "2024-03-05", "", disease="hiv")
    ask.bring(first, course(2, "2025-03-12", disease="hiv"))  # a Wednesday: the week before ends on 9 March
    row = ask("hiv")["KH01"]
    assert (row["status"], row["outcomes_known_until"]) == ("not yet due", "2025-03-09")
    ask.bring(course(3, "2025-03-16", disease="hiv"))  # a Sunday: 10 March 2024 and 365 days are 10 March
    row = ask("hiv")["KH01"]
    assert (shown(row), row["outcomes_known_until"]) == (("zero", 0, 1, 2), "2025-03-16")
    assert six(row) == (0, 0, 0, 0, 0, 1)


# --- what stands beside it ---------------------------------------------------------------------


def test_the_six_outcomes_add_up_and_second_line_is_left_out(ask):
    said = (
        "cured",
        "completed",
        "died",
        "failed",
        "lost_to_follow_up",
        "transferred",
        "second_line",
        "",
        "unknown",
    )
    rows = [course(n, "2024-01-08", outcome, disease="tb") for n, outcome in enumerate(said)]
    ask.bring(*rows, course(90, "2024-01-02", "cured", "2025-10-01", disease="tb"))
    row = ask("tb", "--from", "2024-01-08", "--to", "2024-01-14")["KH01"]
    assert six(row) == (1, 1, 1, 1, 1, 3)
    assert (row["numerator"], row["denominator"], row["moved_to_second_line"]) == (2, 8, 1)
    # The outcome of the receiving unit comes back.
    ask.bring(course(5, "2024-01-08", "cured", "2025-01-10", disease="tb"))
    row = ask("tb", "--from", "2024-01-08", "--to", "2024-01-14")["KH01"]
    assert six(row) == (2, 1, 1, 1, 1, 2)
    done = ask.cli(
        "coverage", "--disease", "tb", "--by", "province", "--measure", "completion", "--format", "csv"
    )
    assert done.stdout.splitlines()[0].endswith(
        "design_effect,cured,completed,died,failed,lost,not_evaluated,moved_to_second_line,not_yet_due,"
        "outcomes_known_until,outcomes_known_until_latest,facilities_without_outcomes,issued,release,threshold,"
        "periods,data_until,shown_to_role,pcode,iso_3166_2"
    )


def test_the_panel_its_trend_its_groups_and_the_change_say_the_same(ask, database_url):
    rows = [course(n, "2025-02-03", "cured" if n < 6 else "", sex="female") for n in range(8)]
    rows += [course(n, "2025-03-03", "cured" if n < 105 else "", sex="male") for n in range(100, 110)]
    ask.bring(*rows, course(200, "2025-01-02", "cured", "2025-09-01"), course(201, "2025-08-30"))
    database = open_database(database_url)
    query = CoverageQuery("malaria", measure="completion", start=date(2025, 2, 1), end=date(2025, 9, 30))
    found = panel(database, Grant.custodian(), query, "KH01", TODAY, "month")
    assert (found.now.numerator, found.now.denominator) == (11, 18)
    assert tuple(getattr(found.outcomes.sums, name) for name in OUTCOMES) == (11, 0, 0, 0, 0, 7)
    assert found.outcomes.sums.not_due == 1
    assert found.outcomes.known.last == date(2025, 9, 1)
    points = {point.label: point.value for point in found.trend}
    assert (points["2025-02"].numerator, points["2025-02"].denominator) == (6, 8)
    assert (points["2025-03"].numerator, points["2025-03"].denominator) == (5, 10)
    assert points["2025-08"].status == "not yet due"
    sexes = {code: (value.numerator, value.denominator) for code, value in found.groups["sex"]}
    assert (sexes["female"], sexes["male"]) == ((6, 8), (5, 10))
    query = CoverageQuery(
        "malaria", measure="completion", start=date(2025, 3, 1), end=date(2025, 3, 31), compare="before"
    )
    table, shift = compared(database, Grant.custodian(), query, TODAY)
    assert table.total.denominator == 10
    assert shift.of["KH01"].difference == pytest.approx(5 / 10 - 6 / 8)
    database.dispose()


# --- what is kept stays right ------------------------------------------------------------------


def test_cohorts_follow_corrections_withdrawals_facilities_and_a_rebuild(ask, tmp_path):
    ask.bring(*(course(n, "2025-03-03", "cured", "2025-04-20", province_home="KH12") for n in range(3)))
    ask.bring(course(0, "2025-03-10", "died", "2025-04-21", province_home="KH13"))
    ask.bring({"record_id": "2", "facility_id": "HC1", "record_status": "withdrawn"})
    assert six(ask()["KH01"]) == (1, 0, 1, 0, 0, 0)
    moved = [{"facility_id": "HC1", "province": "KH09"}]
    assert ask.cli("facilities", "import", write_csv(tmp_path / "m.csv", *moved)).code == 0
    rows = ask()
    assert (six(rows["KH09"]), six(rows["KH01"])) == ((1, 0, 1, 0, 0, 0), (0, 0, 0, 0, 0, 0))
    homes = ask(by=("--by", "province", "--place", "home"))
    assert (six(homes["KH12"])[0], six(homes["KH13"])[2]) == (1, 1)
    done = ask.cli("verify")
    assert done.code == 0, done.stdout + done.stderr
    ask.cli("import", ask.files[0])
    assert six(ask()["KH09"]) == (1, 0, 1, 0, 0, 0)


def test_sealed_records_keep_their_outcomes(ask):
    ask.bring(*(course(n, "2024-01-08", "cured", "2024-03-01") for n in range(3)), course(3, "2024-01-08"))
    ask.bring(course(3, "2024-01-08", "failed"))
    ask.bring(course(11, "2024-01-09", disease="hiv"), course(12, "2025-06-01", disease="hiv"))
    questions = [("malaria",), ("hiv",)]
    before = [ask(*question) for question in questions]
    homes = ask(by=("--by", "province", "--place", "home"))
    assert ask.cli("retain", "--older-than", "1y").code == 0
    assert [ask(*question) for question in questions] == before
    assert ask(by=("--by", "province", "--place", "home")) == homes
    assert six(before[0]["KH01"]) == (3, 0, 0, 1, 0, 0)
    done = ask.cli("verify")
    assert done.code == 0, done.stdout + done.stderr


def test_a_report_of_outcomes_counts_in_place_of_the_line_list(ask, database_url, tmp_path):
    ask.bring(
        *(course(n, "2025-03-05", "cured", "2025-03-20") for n in range(3)),
        course(3, "2025-03-06"),
        course(4, "2025-04-02"),
    )
    assert shown(ask()["KH01"]) == ("not yet due", 0, 0, 5)
    report = [
        {"dataElement": f"malaria_{item}", "period": "202503", "orgUnit": "HC1", "value": number}
        | {"categoryOptionCombo": ""}
        for item, number in (("treated", 12), ("completed", 9))
    ]
    database = open_database(database_url)
    deliver(database, write_csv(tmp_path / "r.csv", *report), today_in_cambodia())
    database.dispose()
    # A facility that reports the outcomes of March knows them eight weeks later: on 26 May, April is due too.
    row = ask()["KH01"]
    assert (shown(row), six(row)) == (("value", 9, 13, 0), (3, 6, 0, 0, 0, 4))
    march = ask("malaria", "--from", "2025-03-01", "--to", "2025-03-31")["KH01"]
    assert (shown(march), six(march)) == (("value", 9, 12, 0), (3, 6, 0, 0, 0, 3))
    week = ask("malaria", "--from", "2025-03-03", "--to", "2025-03-09")["KH01"]
    assert (shown(week), six(week)) == (("value", 3, 4, 0), (3, 0, 0, 0, 0, 1))
    assert row["outcomes_known_until"] == "2025-05-26"
    done = ask.cli("verify")
    assert done.code == 0, done.stdout + done.stderr
