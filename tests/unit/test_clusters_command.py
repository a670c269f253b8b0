"""`clusters` on a person's own files: what it answers, refuses, leaves behind."""

from __future__ import annotations

import argparse
import csv
import io
import json
import os
import pty
import signal
import subprocess
import sys
import time

import pytest

from dashboard.commands import parser
from dashboard.commands.clusters import command as clusters
from dashboard.commands.clusters import options as scan_options
from dashboard.services.own_files.scan import in_file_rows, read_files
from surveillance.errors import UsageError
from surveillance.scan import settings
from tests.support.command_line import ROOT, CommandLine
from tests.support.files import write_xlsx
from tests.support.own_files import CASES, LOCATIONS, PLACES, WEST, without, write_files


@pytest.fixture
def command(tmp_path):
    """`app.py clusters` without a key; fails if a database appears where one is named."""
    never = tmp_path / "nowhere" / "never.db"
    line = CommandLine(f"sqlite:///{never}")
    yield lambda *arguments: line("clusters", *arguments, env={"CHHLANG_SECRET_KEY": None})
    assert not never.parent.exists()


@pytest.fixture
def found(command):
    """The JSON document of a scan that must succeed."""

    def run(*arguments):
        done = command(*arguments, "--format", "json", "--replicates", 99)
        assert done.code == 0, done.stderr
        return json.loads(done.stdout)

    return run


def refused(done, code=2):
    """The message of a command that must fail: one line, nothing on standard output."""
    assert done.code == code
    assert not done.stdout
    (line,) = [text for text in done.stderr.splitlines() if text.startswith("chhlang: ")]
    assert "Traceback" not in done.stderr
    return line.removeprefix("chhlang: ")


def test_the_document_holds_parameters_clusters_and_members(found, tmp_path):
    said = found(*write_files(tmp_path), "--model", "poisson")
    assert set(said) == {"parameters", "clusters", "members"}
    first = said["clusters"][0]
    assert first["rank"] == 1
    assert sorted(first["locations"]) == WEST
    assert (first["observed"], first["n_locations"], first["start"], first["end"]) == (26, 3, None, None)
    assert first["expected"] == pytest.approx(15.0)
    assert first["recurrence_interval_days"] is None
    assert {row["location"]: row["name"] for row in said["members"] if row["cluster"] == 1} == {
        code: name for code, *_, name in PLACES[:3]
    }
    used = said["parameters"]
    assert (used["model"], used["time"], used["replicates"], used["seed"]) == ("poisson", "none", 99, 1)
    assert used["versions"]["engine"]
    assert "sha256" in used["data_version"]


def test_the_same_files_and_settings_give_the_same_run_and_others_another(found, tmp_path):
    given = write_files(tmp_path)
    one, again, other = found(*given), found(*given), found(*given, "--seed", 2)
    assert one["clusters"] == again["clusters"]
    assert one["parameters"]["run_id"] == again["parameters"]["run_id"] != other["parameters"]["run_id"]


def test_any_number_of_threads_gives_the_same_answer(found, tmp_path):
    given = write_files(tmp_path)
    assert found(*given, "--threads", 1)["clusters"] == found(*given, "--threads", 3)["clusters"]


@pytest.mark.parametrize(
    ("cases", "locations", "more", "model", "time"),
    [
        (CASES, LOCATIONS, (), "bernoulli", "none"),
        (without(CASES, "tested"), LOCATIONS, (), "poisson", "none"),
        (without(CASES, "tested"), LOCATIONS, ("--purely-temporal",), "poisson", "retrospective"),
        (
            without(CASES, "tested"),
            without(LOCATIONS, "population"),
            (),
            "space-time-permutation",
            "retrospective",
        ),
        (CASES, LOCATIONS, ("--model", "poisson", "--time", "prospective"), "poisson", "prospective"),
    ],
)
def test_model_and_time_suit_the_columns_unless_they_are_chosen(
    found, tmp_path, cases, locations, more, model, time
):
    used = found(*write_files(tmp_path, cases, locations), *more)["parameters"]
    assert (used["model"], used["time"]) == (model, time)


def test_a_model_that_was_not_chosen_is_named(command, tmp_path):
    given = write_files(tmp_path)
    assert "model bernoulli, which suits" in command(*given, "--replicates", 9).stderr
    assert "which suits" not in command(*given, "--model", "poisson", "--replicates", 9).stderr


def test_without_anything_to_compare_with_no_model_suits(command, tmp_path):
    given = write_files(tmp_path, without(CASES, "tested", "date"), without(LOCATIONS, "population"))
    assert "add tested or date to cases.csv, or population to locations.csv" in refused(command(*given))


def test_dates_are_days_with_the_last_one_included(found, tmp_path):
    given = write_files(tmp_path, without(CASES, "tested"))
    said = found(
        *given, "--time", "retrospective", "--from", "2025-01-01", "--to", "2025-01-08", "--max-duration", "3"
    )
    first = said["clusters"][0]
    assert (first["start"], first["end"]) == ("2025-01-06", "2025-01-08")
    assert said["parameters"]["start"] == "2025-01-01"
    assert said["parameters"]["max_duration"] == 3


def test_a_longest_duration_below_one_is_a_share_of_the_period(found, tmp_path):
    given = write_files(tmp_path, without(CASES, "tested"))
    said = found(*given, "--time", "retrospective", "--max-duration", "0.25")
    assert said["parameters"]["max_duration"] == 2


def test_prospective_scans_have_a_recurrence_interval(found, tmp_path):
    given = [*write_files(tmp_path, without(CASES, "tested")), "--time", "prospective"]
    first = found(*given)["clusters"][0]
    assert first["end"] == "2025-01-08"
    assert first["recurrence_interval_days"] == pytest.approx(1 / first["p_value"])
    later = found(*given, "--earlier-analyses", "3", "--max-population-share", "1")["clusters"][0]
    assert later["recurrence_interval_days"] == pytest.approx(1 / (1 - (1 - later["p_value"]) ** (1 / 4)))


def test_earlier_analyses_need_a_size_that_stays_the_same(command, tmp_path):
    given = [*write_files(tmp_path, without(CASES, "tested")), "--time", "prospective", "--replicates", "9"]
    for share in ([], ["--max-population-share", "0.9"]):
        refused = command(*given, "--earlier-analyses", "3", *share)
        assert refused.code == 2
        assert "--max-radius-km" in refused.stderr
        assert "--limit-by population" in refused.stderr
    fixed = command(*given, "--earlier-analyses", "3", "--limit-by", "population", "--format", "json")
    assert fixed.code == 0, fixed.stderr
    assert json.loads(fixed.stdout)["parameters"]["limit_by"] == "population"
    beyond = command(*given, "--earlier-analyses", "8", "--limit-by", "population")
    assert beyond.code == 2
    assert "8 earlier analyses do not fit into a study period of 8 units" in beyond.stderr
    back = command(*given, "--time", "none", "--earlier-analyses", "3", "--limit-by", "population")
    assert back.code == 2
    assert "in prospective scans only" in back.stderr


def test_low_rates_radius_share_and_fewest_cases_are_held_to(found, tmp_path):
    given = [*write_files(tmp_path, without(CASES, "tested")), "--model", "poisson"]
    assert {row["rate"] for row in found(*given, "--rates", "low")["clusters"]} == {"low"}
    assert all(row["radius_km"] <= 30 for row in found(*given, "--max-radius-km", "30")["clusters"])
    alone = found(*given, "--max-population-share", "0.2")["clusters"]
    assert {row["n_locations"] for row in alone} == {1}
    assert all(row["observed"] >= 9 for row in found(*given, "--min-cases", "9")["clusters"])


def test_time_alone_has_neither_centre_nor_radius(found, tmp_path):
    given = write_files(tmp_path, without(CASES, "tested"))
    first = found(*given, "--purely-temporal")["clusters"][0]
    assert first["centre"] is None
    assert first["radius_km"] is None
    assert first["n_locations"] == len(PLACES)


def test_covariates_are_read_from_cases_and_population(found, tmp_path):
    cases = "Location;Count;Age\n" + "".join(
        f"{place[0]};{n % 3 + 1};old\n" for n, place in enumerate(PLACES)
    )
    given = write_files(tmp_path, cases)
    groups = "".join(f"{place[0]},{age},50\n" for place in PLACES for age in ("old", "young"))
    (tmp_path / "people.csv").write_text("location,age,population\n" + groups, encoding="utf-8")
    said = found(*given, "--covariates", "Age", "--population", str(tmp_path / "people.csv"))
    assert said["parameters"]["model"] == "poisson"
    assert said["parameters"]["covariates"] == ["age"]


def test_places_without_a_row_in_the_file_of_people_are_named(command, found, tmp_path):
    given = write_files(tmp_path)
    path = tmp_path / "people.csv"
    held = [code for code, *_ in PLACES]
    extra = "".join(f"empty{n},11.{n},104.5,50,\n" for n in range(7))
    (tmp_path / "locations.csv").write_text(LOCATIONS + extra, encoding="utf-8")
    path.write_text("location,population\n" + "".join(f"{code},50\n" for code in held), encoding="utf-8")
    arguments = (*given, "--model", "poisson", "--population", str(path))
    said = found(*arguments)
    assert said["parameters"]["without_population"] == 7
    assert said["parameters"]["without_population_first"] == [f"empty{n}" for n in range(5)]
    sentence = (
        "Places without a row in the file of the population: 7 (empty0, empty1, empty2, empty3, empty4 …)"
    )
    assert sentence in said["parameters"]["note"]
    printed = command(*arguments, "--replicates", 9, "--format", "csv")
    assert sentence in printed.stderr
    assert all(row["note"].startswith(sentence) for row in csv.DictReader(io.StringIO(printed.stdout)))
    other = found(*given, "--model", "bernoulli", "--population", str(path))["parameters"]
    assert "without_population" not in other, "the people are not used"
    path.write_text(
        path.read_text(encoding="utf-8") + "".join(f"empty{n},0\n" for n in range(7)), encoding="utf-8"
    )
    assert "note" not in found(*arguments)["parameters"], "0 is known"


def test_the_day_of_the_week_is_made_from_the_date(found, tmp_path):
    given = write_files(tmp_path, without(CASES, "tested"))
    said = found(*given, "--model", "space-time-permutation", "--covariates", "weekday")
    assert said["parameters"]["covariates"] == ["weekday"]


def test_neighbours_take_the_place_of_positions(found, tmp_path):
    given = write_files(tmp_path, without(CASES, "tested"), without(LOCATIONS, "latitude", "longitude"))
    (tmp_path / "near.csv").write_text("centre,location\n007,008\n007,HC 9\nE1,E2\n", encoding="utf-8")
    first = found(*given, "--neighbours", str(tmp_path / "near.csv"))["clusters"][0]
    assert (first["centre"], first["radius_km"], sorted(first["locations"])) == ("007", None, WEST)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_separators_marks_blank_lines_and_leading_zeros_are_read(found, tmp_path, separator, encoding):
    given = write_files(tmp_path)
    for name, text in (("cases.csv", CASES), ("locations.csv", LOCATIONS)):
        spaced = text.replace("\n", "\n\n", 2).replace(",", separator).replace("\n", "\r\n")
        (tmp_path / name).write_bytes(spaced.encode(encoding))
    assert sorted(found(*given)["clusters"][0]["locations"]) == WEST


@pytest.mark.process
def test_workbooks_are_read_as_well(found, tmp_path):
    given = write_files(tmp_path)
    lines = [line.split(",") for line in CASES.splitlines()]
    cells = [(line[0], int(line[1]), line[2], int(line[3])) for line in lines[1:-1]]
    write_xlsx(tmp_path / "cases.xlsx", lines[0], cells)
    said = found(*given[2:], "--cases", str(tmp_path / "cases.xlsx"))
    assert sorted(said["clusters"][0]["locations"]) == WEST


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("008,8,", "008,-8,", "cases.csv, row 3: count is negative"),
        ("008,8,", "008,,", "cases.csv, row 3: count is empty or not a number"),
        ("008,8,", "008,8.5,", "cases.csv, row 3: count is not a whole number"),
        ("008,8,", "008,nan,", "cases.csv, row 3: count is empty or not a number"),
        ("008,8,", ",8,", "cases.csv, row 3: location is empty"),
        ("008,8,", "8,8,", "cases.csv, row 3: the location (first: '8') is not in the table of locations"),
        ("2025-01-07", "7 January", "cases.csv, row 3: date is empty or not a date"),
        ("2025-01-07", "9999-12-31", "cases.csv, row 3: date is empty or not a date"),
        ("2025-01-07", "2025-01", "cases.csv, row 3: date is empty or not a date"),
        ("2025-01-07", "2025-02-30", "cases.csv, row 3: date is empty or not a date"),
        ("2025-01-07", "", "cases.csv, row 3: date is empty or not a date"),
        ("007,9,2025-01-06,20\n", "\n\n007,-9,2025-01-06,20\n", "cases.csv, row 4: count is negative"),
        ("location,count", "place,count", "cases.csv has no column location (it has place, count, date"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_the_cases_is_named_by_file_and_row(command, tmp_path, old, new, says):
    assert old in CASES
    given = write_files(tmp_path, CASES.replace(old, new))
    assert says in refused(command(*given, "--model", "poisson", "--time", "retrospective"))


def test_many_wrong_rows_are_counted(command, tmp_path):
    given = write_files(tmp_path, CASES.replace(",2025", ",-2025"))
    assert "cases.csv, rows 2, 3, 4, 5, 6 and 2 more: date is" in refused(
        command(*given, "--model", "poisson", "--time", "retrospective")
    )


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("13.65", "", "locations.csv, row 2: latitude is empty or not a number"),
        ("13.65", "113.65", "locations.csv, row 2: latitude is beyond 90 degrees"),
        ("008,13.6", "007,13.6", "locations.csv, row 3: the location is there twice"),
        ("latitude", "north", "locations.csv needs the columns latitude and longitude"),
        ("106.1,100", "106.1,-1", "locations.csv, row 5: the population is negative"),
    ],
)
def test_what_is_wrong_in_the_locations_is_named_by_file_and_row(command, tmp_path, old, new, says):
    assert old in LOCATIONS
    given = write_files(tmp_path, locations=LOCATIONS.replace(old, new, 1))
    assert says in refused(command(*given, "--model", "poisson"))


def test_what_is_wrong_in_other_files_is_named_by_file_and_row(command, tmp_path):
    given = write_files(tmp_path)
    other = tmp_path / "other.csv"
    other.write_text("location,population\n007,5\nnobody,5\n", encoding="utf-8")
    assert "other.csv, row 3: the location (first: 'nobody')" in refused(
        command(*given, "--model", "poisson", "--population", str(other))
    )
    other.write_text("centre,location\n007,008\nE1,E2\n007,nobody\n", encoding="utf-8")
    assert "other.csv, centre 007, row 4: the location (first: 'nobody')" in refused(
        command(*given, "--model", "poisson", "--neighbours", str(other))
    )


def test_a_message_without_a_file_stays_as_it_is(tmp_path):
    given = write_files(tmp_path)
    files = read_files(tmp_path / "cases.csv", tmp_path / "locations.csv")
    assert given
    for message in ("there are no cases: nothing can cluster", "neighbours is empty", "locationses: x"):
        assert in_file_rows(message, files) == message


def test_a_row_with_more_cells_than_the_header_is_refused(command, tmp_path):
    given = write_files(tmp_path, locations=LOCATIONS.replace("13.65,", "13,65,"))
    assert "locations.csv, row 2: 6 cells, but the header has 5" in refused(command(*given), code=3)


@pytest.mark.parametrize("name", ["none.csv", "cases.doc", "garbled.csv", "empty.csv"])
def test_a_file_that_cannot_be_read_is_named(command, tmp_path, name):
    given = write_files(tmp_path)
    if name != "none.csv":
        (tmp_path / name).write_bytes(b"location,count\n\x81\x8d,1\n" if name == "garbled.csv" else b"")
    assert name in refused(command(*given[2:], "--cases", str(tmp_path / name)), code=3)


def test_both_files_are_needed(command, tmp_path):
    given = write_files(tmp_path)
    assert "needs --locations FILE" in refused(command(*given[:2]))
    assert "needs --cases FILE and --locations FILE" in refused(command())


def test_files_and_the_database_are_not_mixed():
    both = argparse.Namespace(cases="a.csv", locations="b.csv", disease="tb")
    with pytest.raises(UsageError, match="--cases is for your own files and --disease for the database"):
        clusters.source(both)
    assert clusters.source(argparse.Namespace(disease="tb")) == "database"


@pytest.mark.parametrize(
    "wrong",
    [
        ("--model", "gamma"), ("--time-unit", "hour"), ("--from", "1 May"), ("--to", "9999-12-31"),
        ("--seed", "-1"),
        ("--threads", "0"), ("--replicates", "many"), ("--max-radius-km", "far"), ("--max-duration", "long"),
        ("--out", "clusters.pdf"), ("--out", "clusters"), ("--max-population-share", "2"),
        ("--max-population-share", "nan"), ("--max-duration", "1.5"), ("--time", "none", "--purely-temporal"),
        ("--from", "2025-02-01", "--to", "2025-01-01"), ("--from", "2025-01-02"),
    ],
)  # fmt: skip
def test_wrong_options_are_refused(command, tmp_path, wrong):
    done = command(*write_files(tmp_path), *wrong)
    assert done.code == 2
    assert not done.stdout
    assert "Traceback" not in done.stderr


def test_the_arguments_of_a_bare_command_are_the_engines_defaults():
    options = parser().parse_args(["clusters"])
    given = scan_options.scan_arguments(options)
    assert given.pop("workers") is None
    assert "model" not in given
    assert settings.Settings("poisson", **given) == settings.Settings("poisson")


def test_help_lists_every_option(command):
    said = command("--help")
    assert said.code == 0
    wanted = """model time time-unit from to min-duration max-duration max-population-share max-radius-km
        max-reported-share limit-by rates covariates population replicates seed threads out cases locations
        min-cases purely-temporal neighbours earlier-analyses format"""
    for name in wanted.split():
        assert f"--{name} " in said.stdout.replace("\n", " "), name


def test_the_table_is_for_reading_and_says_what_was_asked(command, tmp_path):
    done = command(*write_files(tmp_path), "--replicates", 9)
    lines = done.stdout.splitlines()
    assert lines[0].split()[:3] == ["rank", "centre", "centre_name"]
    assert '007 008 "HC 9"' in lines[1]
    assert "start" not in lines[0]
    assert "model bernoulli, time none: 35 cases in 7 locations; 9 replicates, seed 1" in done.stderr


def test_the_table_calls_the_smallest_p_value_a_bound_and_rounds_an_interval_once(command, tmp_path):
    done = command(*write_files(tmp_path), "--replicates", 9)
    assert "p_value 0.1 is the smallest that 9 replicates allow: read it as at most that" in done.stderr
    given = [*write_files(tmp_path, without(CASES, "tested")), "--time", "prospective", "--replicates", 199]
    interval = json.loads(command(*given, "--format", "json").stdout)["clusters"][0][
        "recurrence_interval_days"
    ]
    header, row = (line.split("  ") for line in command(*given).stdout.splitlines()[:2])
    cells = dict(zip(filter(None, map(str.strip, header)), filter(None, map(str.strip, row)), strict=True))
    assert cells["recurrence_interval_days"] == f"{interval:.4f}"


def test_csv_on_standard_output_is_the_file_without_its_mark(command, tmp_path):
    done = command(*write_files(tmp_path), "--replicates", 9, "--format", "csv")
    (first, *_) = csv.DictReader(done.stdout.splitlines())
    assert first["locations"] == '007 008 "HC 9"'
    assert json.loads(first["parameters"])["run_id"] == first["run_id"]


def test_no_cluster_is_an_answer(command, tmp_path):
    cases = "location,count\n" + "".join(f"{place[0]},1\n" for place in PLACES)
    done = command(*write_files(tmp_path, cases), "--replicates", 9, "--max-population-share", "0.15")
    assert done.code == 0
    assert len(done.stdout.splitlines()) == 1
    assert "no clusters; model poisson" in done.stderr


@pytest.mark.parametrize("ending", ["csv", "xlsx", "geojson", "gpkg", "json", "XLSX"])
def test_a_file_is_written_and_named_in_one_line(command, tmp_path, ending):
    out = tmp_path / f"found.{ending}"
    done = command(*write_files(tmp_path), "--replicates", 9, "--out", out)
    assert done.code == 0, done.stderr
    assert out.stat().st_size > 300
    assert done.stdout.startswith(f"{out}: ")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        ["cases.csv", "locations.csv", out.name]
    )


def test_a_file_and_standard_output_can_both_be_asked_for(command, tmp_path):
    done = command(
        *write_files(tmp_path), "--replicates", 9, "--out", tmp_path / "a.json", "--format", "json"
    )
    assert json.loads(done.stdout) | {"parameters": 0} == json.loads(
        (tmp_path / "a.json").read_text(encoding="utf-8")
    ) | {"parameters": 0}


def test_a_file_that_cannot_be_written_is_refused_before_the_scan(command, tmp_path):
    given = write_files(tmp_path)
    assert "cannot be written there" in refused(command(*given, "--out", tmp_path / "no" / "a.csv"))
    (tmp_path / "b.csv").mkdir()
    assert "cannot be written there" in refused(command(*given, "--out", tmp_path / "b.csv"))
    assert "is one of the files that are read" in refused(command(*given, "--out", tmp_path / "cases.csv"))
    assert (tmp_path / "cases.csv").read_text(encoding="utf-8") == CASES


@pytest.mark.parametrize("ending", ["geojson", "gpkg"])
@pytest.mark.parametrize(("columns", "says"), [("x,y", "has x and y"), ("north,east", "has no positions")])
def test_a_plane_has_no_place_on_a_map(command, tmp_path, ending, columns, says):
    locations = LOCATIONS.replace("latitude,longitude", columns)
    given = write_files(tmp_path, locations=locations)
    said = refused(command(*given, "--out", tmp_path / f"a.{ending}"))
    assert says in said
    assert "write CSV, XLSX or JSON" in said


def test_x_and_y_are_a_plane(found, tmp_path):
    given = write_files(tmp_path, locations=LOCATIONS.replace("latitude,longitude", "y,x"))
    first = found(*given)["clusters"][0]
    assert first["radius_km"] == pytest.approx(0.5, abs=0.05)


@pytest.mark.process
def test_it_runs_as_a_user_runs_it_without_a_key_and_without_a_database(tmp_path):
    line = CommandLine(f"sqlite:///{tmp_path / 'never.db'}", separate=True)
    done = line(
        "clusters", *write_files(tmp_path), "--replicates", 9, "--format", "json",
        env={"CHHLANG_SECRET_KEY": None, "PORT": "a setting that is not even read"},
    )  # fmt: skip
    assert done.code == 0, done.stderr
    assert json.loads(done.stdout)["clusters"]
    assert not (tmp_path / "never.db").exists()


@pytest.mark.process
@pytest.mark.skipif(os.name != "posix", reason="terminals of Linux and macOS")
def test_on_a_terminal_it_says_how_far_it_is_and_ctrl_c_leaves_nothing_behind(tmp_path):
    """Standard error is a terminal here, so the progress is shown; then the person stops it."""
    given = write_files(tmp_path)
    reading, terminal = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, str(ROOT / "app.py"), "clusters", *given, "--replicates", "100000000",
         "--out", str(tmp_path / "never.csv")],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=terminal,
    )  # fmt: skip
    os.close(terminal)
    shown = b""
    until = time.monotonic() + 100
    while b" left" not in shown and time.monotonic() < until:
        shown += os.read(reading, 4096)
    process.send_signal(signal.SIGINT)
    stdout, _ = process.communicate(timeout=60)
    while True:
        try:
            more = os.read(reading, 4096)
        except OSError:  # the terminal is closed
            break
        if not more:
            break
        shown += more
    os.close(reading)
    assert b"preparing" in shown
    assert b"of 100,000,000 replicates, " in shown
    assert b"chhlang: stopped" in shown
    assert process.returncode == 130
    assert not stdout
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cases.csv", "locations.csv"]
