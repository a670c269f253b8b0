"""`early-warning` on a person's own counts: what it answers, says beside it, and refuses."""

from __future__ import annotations

import csv
import io
import json
from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.support.command_line import CommandLine
from tests.support.files import write_xlsx

REFERENCE = Path(__file__).resolve().parents[1] / "reference" / "early_warning"


@pytest.fixture
def command(tmp_path):
    """`app.py early-warning` without a key; fails if a database appears where one is named."""
    never = tmp_path / "nowhere" / "never.db"
    line = CommandLine(f"sqlite:///{never}")
    yield lambda *arguments: line("early-warning", *arguments, env={"CHHLANG_SECRET_KEY": None})
    assert not never.parent.exists()


def written(path, *rows):
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


def weeks(count, begun=date(2024, 1, 1)):
    return [(begun + timedelta(weeks=n)).isoformat() for n in range(count)]


def test_json_is_one_array_of_the_answers_of_r(command):
    done = command(
        "--counts", REFERENCE / "demo_dengue_weekly.csv", "--method", "farrington", "--b", 3,
        "--no-periods", 10, "--past-weeks-not-included", 26, "--p-threshold-trend", 1,
        "--threshold-method", "nbPlugin",
        "--from", "2025-08-18", "--format", "json",
    )  # fmt: skip
    assert done.code == 0, done.stderr
    rows = json.loads(done.stdout)
    with (REFERENCE / "demo_dengue_farrFlex_noufaily_nbPlugin.csv").open(encoding="utf-8") as file:
        answers = {row["date"]: row for row in csv.DictReader(file)}
    assert list(rows[0]) == ["date", "count", "expected", "upper", "alarm"]
    assert len(rows) == len(answers)
    for row in rows:
        answer = answers[row["date"]]
        assert row["upper"] == pytest.approx(float(answer["upper"]), abs=1e-6)
        assert row["alarm"] is (answer["alarm"] in ("1", "TRUE"))


def test_numbered_weeks_are_numbers_again(command, tmp_path):
    path = written(tmp_path / "a.csv", ("date", "count"), *((n, 3 + n % 2) for n in range(1, 20)), (20, 40))
    rows = json.loads(
        command("--counts", path, "--method", "ears-c1", "--from", 19, "--format", "json").stdout
    )
    assert [(row["date"], row["alarm"]) for row in rows] == [(19, False), (20, True)]


@pytest.mark.process
def test_places_are_judged_each_for_itself(command, tmp_path):
    days = weeks(12)
    rows = [(day, place, 2 + n % 2 + (30 if place == "B" and n == 11 else 0))
            for place in "AB" for n, day in enumerate(days)]  # fmt: skip
    path = write_xlsx(tmp_path / "a.xlsx", ["date", "place", "count"], rows)
    done = command("--counts", path, "--method", "ears-c2", "--from", days[-1], "--format", "csv")
    found = list(csv.DictReader(io.StringIO(done.stdout)))
    assert [(row["place"], row["alarm"]) for row in found] == [("A", "False"), ("B", "True")]


def test_a_week_without_a_row_is_unknown_and_named(command, tmp_path):
    days = weeks(20)
    path = written(tmp_path / "a.csv", ("date", "count"), *((day, 3) for day in days if day != days[15]))
    done = command("--counts", path, "--method", "ears-c1", "--format", "json")
    rows = {row["date"]: row for row in json.loads(done.stdout)}
    assert rows[days[15]]["count"] is None
    assert rows[days[16]]["upper"] is None
    assert f"no count is known of {days[15]}: taken as not known, not as zero" in done.stderr
    assert "steps have no bound" in done.stderr


def test_years_of_the_buddhist_era_are_read_as_everywhere(command, tmp_path):
    days = weeks(12)
    thai = [f"{int(day[:4]) + 543}{day[4:]}" for day in days]
    path = written(tmp_path / "a.csv", ("date", "count"), *((day, 3) for day in thai))
    done = command("--counts", path, "--method", "ears-c1", "--era", "thai", "--format", "json")
    assert [row["date"] for row in json.loads(done.stdout)] == days[7:]
    refused = command("--counts", path, "--method", "ears-c1", "--era", "thai", "--from", thai[0])
    assert refused.code == 2
    assert "Buddhist era" in refused.stderr


def test_a_population_is_used_where_it_is_asked_for(command, tmp_path):
    days = weeks(230, date(2021, 1, 4))
    path = written(
        tmp_path / "a.csv", ("date", "count", "population"),
        *((day, (5 if n < 115 else 10) + n % 3, 1000 if n < 115 else 2000) for n, day in enumerate(days)),
    )  # fmt: skip
    ask = ("--counts", path, "--method", "farrington", "--b", 3, "--from", days[-1], "--format", "json")
    plain, taken = command(*ask), command(*ask, "--population-offset")
    assert "the population is not used" in plain.stderr
    assert json.loads(taken.stdout)[0]["expected"] != json.loads(plain.stdout)[0]["expected"]


@pytest.mark.parametrize(
    ("rows", "options", "said"),
    [
        ([("day", "count"), ("2024-01-01", 1)], (), "no column date"),
        ([("date", "cases"), ("2024-01-01", 1)], (), "no column count"),
        ([("date", "count"), ("2024-01-01", "x")], (), "row 2: count 'x' is not a whole number of cases"),
        ([("date", "count"), ("2024-01-01", -1)], (), "row 2: count '-1'"),
        ([("date", "count"), ("2024-01-01", 1.5)], (), "row 2: count '1.5'"),
        ([("date", "count"), ("2024-01-01", 1), ("2024-01-01", 2)], (), "rows 2, 3: two rows tell of 2024"),
        ([("date", "count"), ("2024-01-01", 1), ("2024-01-10", 2)], (), "are 9 days apart"),
        ([("date", "count"), ("", 1)], (), "row 2: date is empty"),
        ([("date", "count", "place"), ("2024-01-01", 1, "")], (), "row 2: place is empty"),
        ([("date", "count"), ("2024-01-01", 1)], (), "nothing can be judged"),
        ([("date", "count"), ("2024-01-01", 1)], ("--b", 3), "--b is an option of farrington"),
        ([("date", "count"), ("2024-01-01", 1)], ("--from", "12"), "has days: give one as YYYY-MM-DD"),
        ([("date", "count"), (1, 1), (2, 1)], ("--from", "2024-01-01"), "numbers its weeks"),
        ([("date", "count"), *((day, 1) for day in weeks(20))], ("--baseline", 2), "needs 3 steps"),
        ([("date", "count"), *((day, 1) for day in weeks(20))], ("--from", "2025-06-02"), "in the range"),
        ([("date", "count"), *((day, 1) for day in weeks(20))], ("--to", "2023-06-05"), "in the range"),
    ],
)  # fmt: skip
def test_faults_name_what_and_where(command, tmp_path, rows, options, said):
    done = command("--counts", written(tmp_path / "a.csv", *rows), "--method", "ears-c1", *options)
    assert done.code in (2, 3)
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert not done.stdout


def test_what_is_said_of_the_population_and_of_the_range_is_true_of_the_method(command, tmp_path):
    rows = ((day, 3, 1000) for day in weeks(30))
    path = written(tmp_path / "a.csv", ("date", "count", "population"), *rows)
    done = command("--counts", path, "--method", "ears-c1", "--from", weeks(30)[2])
    assert "ears-c1 takes no account of it" in done.stderr
    assert "--population-offset" not in done.stderr
    assert "5 steps of the range are not judged: ears-c1 needs 7 steps before them" in done.stderr
