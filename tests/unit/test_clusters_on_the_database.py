"""`clusters` on the database: the run of a page, worked on at once, kept, shared, and written to files."""

from __future__ import annotations

import csv
import hashlib
import io
import itertools
import json
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pytest

from dashboard.commands.clusters.output import to_read_beside
from dashboard.figures.cluster_map import cluster_map
from dashboard.pages.clusters.layers import cluster_layers
from dashboard.permissions import Grant
from dashboard.services.clusters import export as cluster_exports
from dashboard.services.clusters import runs as clusters
from dashboard.services.disclosure.rules import NEVER_SHOWN
from db.maintenance.opening import open_database
from db.operations import audit
from db.operations.lease_queue import CANCELLED
from surveillance.errors import NotPermittedError, UsageError
from tests.support import outbreaks
from tests.support.files import write_csv

WEEKS = (
    "--disease", "measles", "--by", "facility", "--model", "space-time-permutation", "--time-unit", "week",
    "--max-duration", "4", "--replicates", "99",
)  # fmt: skip


@pytest.fixture
def filled(cli, tmp_path, prepared):
    """The command line on a database with one outbreak."""
    prepared(lambda: outbreaks.fill(cli, tmp_path))
    return cli


def document(outcome):
    """The JSON document of a scan that must succeed."""
    assert outcome.code == 0, outcome.stderr
    return json.loads(outcome.stdout)


def test_the_document_says_what_the_page_would(filled, database_url):
    said = document(filled("clusters", *WEEKS, "--format", "json"))
    first = said["clusters"][0]
    assert first["locations"] == list(outbreaks.OUTBREAK)
    assert (first["rank"], first["p_value"]) == (1, 0.01)
    parameters = said["parameters"]
    assert (parameters["disease"], parameters["model"]) == ("measles", "space-time-permutation")
    assert set(parameters["not_scanned"]) == {"NOWHERE", "unknown"}
    assert parameters["not_scanned"]["NOWHERE"].startswith("no position: 50 records, ")
    database = open_database(database_url)
    held = clusters.result(database, Grant.custodian(), parameters["run_id"])
    assert [item.observed for item in held.clusters] == [row["observed"] for row in said["clusters"]]
    assert held.run.author == "command line"
    database.dispose()


def test_the_same_again_answers_from_the_run_that_is_held(filled, database_url):
    first = document(filled("clusters", *WEEKS, "--format", "json"))
    again = document(filled("clusters", *WEEKS, "--format", "json", "--threads", "1"))
    assert first == again
    database = open_database(database_url)
    assert len(clusters.listed(database, Grant.custodian())) == 1
    actions = [row.action for row in audit.latest(database) if row.action.startswith(("clusters", "export"))]
    assert actions.count("clusters") == 2
    assert actions.count("export") == 2
    database.dispose()


@pytest.mark.parametrize("ending", ["csv", "xlsx", "json", "geojson", "gpkg"])
@pytest.mark.parametrize("by", ["facility", "province"])
def test_every_format_is_written(ending, by, filled, tmp_path):
    path = tmp_path / f"clusters.{ending}"
    done = filled("clusters", "--disease", "measles", "--by", by, "--replicates", "9", "--out", path)
    assert done.code == 0, done.stderr
    assert path.stat().st_size > 500
    assert "model space-time-permutation, cases: positive" in done.stderr
    assert "run " in done.stdout


def test_csv_goes_to_standard_output(filled):
    done = filled("clusters", *WEEKS, "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(done.stdout.lstrip("\ufeff"))))
    assert rows[0]["locations"] == " ".join(outbreaks.OUTBREAK)


@pytest.mark.parametrize(
    ("by", "place"),
    [("province", "care"), ("province", "home"), ("province", "infection"), ("crossing", None)],
)
def test_every_kind_of_place_is_scanned(by, place, filled):
    chosen = () if place is None else ("--place", place)
    arguments = ("--disease", "measles", "--by", by, *chosen, "--replicates", "9", "--format", "json")
    said = document(filled("clusters", *arguments))
    assert (said["parameters"]["by"], said["parameters"]["place"]) == (by, place or "care")


def test_all_records_may_be_the_cases(filled):
    arguments = ("--disease", "measles", "--by", "facility", "--replicates", "9", "--format", "json")
    said = document(filled("clusters", *arguments, "--cases-are", "all", "--time-unit", "month"))
    assert said["parameters"]["model"] == "space-time-permutation"
    assert said["parameters"]["cases_are"] == "all"
    assert (said["parameters"]["time"], said["parameters"]["time_unit"]) == ("prospective", "month")
    tests = ("--model", "bernoulli", "--to", said["parameters"]["end"])
    positive = document(filled("clusters", *arguments, *tests))
    assert said["parameters"]["cases"] == positive["parameters"]["tested"]  # everybody here was tested


def test_the_study_period_is_the_one_asked_for(filled):
    period = ("--from", "2025-02-01", "--to", "2025-04-30", "--time", "retrospective", "--format", "json")
    arguments = ("--disease", "measles", "--by", "facility", "--replicates", "9", "--time-unit", "week")
    said = document(filled("clusters", *arguments, *period))
    assert (said["parameters"]["start"], said["parameters"]["end"]) == ("2025-02-01", "2025-04-30")
    weekdays = ("--model", "space-time-permutation", "--covariates", "weekday")
    adjusted = document(filled("clusters", *arguments, *period, *weekdays))
    assert adjusted["parameters"]["covariates"] == ["weekday"]


def people_rows():
    return [{"location": f"F{number}", "population": 1_000} for number in range(20)]


def people(folder: Path, **more):
    """A table of people by facility."""
    return write_csv(folder / "people.csv", *(row | more for row in people_rows()))


def test_a_population_may_be_given(filled, tmp_path):
    arguments = ("--disease", "measles", "--by", "facility", "--replicates", "99", "--format", "json")
    said = document(filled("clusters", *arguments, "--population", people(tmp_path)))
    assert said["parameters"]["model"] == "poisson"
    assert said["clusters"][0]["locations"] == list(outbreaks.OUTBREAK)
    assert said["clusters"][0]["population"] == 3_000
    timed = document(
        filled("clusters", *arguments, "--population", people(tmp_path), "--time", "retrospective",
               "--time-unit", "week", "--max-duration", "4")
    )  # fmt: skip
    assert timed["clusters"][0]["locations"] == list(outbreaks.OUTBREAK)
    other = people(tmp_path, population=2_000)
    again = document(filled("clusters", *arguments, "--population", other))
    assert again["parameters"]["run_id"] != said["parameters"]["run_id"]


def test_facilities_without_a_row_in_the_file_of_people_are_named(filled, tmp_path):
    arguments = ("--disease", "measles", "--by", "facility", "--replicates", "9", "--format", "json")
    with_cases = document(filled("clusters", *arguments, "--population", people(tmp_path)))
    assert "without_population" not in with_cases["parameters"]
    arguments = (*arguments, "--from", "2025-02-03", "--to", "2025-02-09")
    week = [row for row in outbreaks.rows() if "2025-02-03" <= row["date_visit"] <= "2025-02-09"]
    cases = {row["facility_id"] for row in week if row["positive"] == "yes"}
    none = next(row["location"] for row in people_rows() if row["location"] not in cases)
    held = write_csv(tmp_path / "few.csv", *(row for row in people_rows() if row["location"] != none))
    done = filled("clusters", *arguments, "--population", held)
    said = document(done)
    assert said["parameters"]["without_population"] == 1
    assert said["parameters"]["without_population_first"] == [none]
    assert "Places without a row in the file of the population: 1 (" in done.stderr
    assert "file of the population: 1 (" in said["parameters"]["note"]


def test_several_rows_of_one_location_are_added_up_as_numbers(filled, tmp_path):
    arguments = ("--disease", "measles", "--by", "facility", "--replicates", "9", "--format", "json")
    halves = [row | {"population": 500, "sex": sex} for row in people_rows() for sex in ("female", "male")]
    said = document(
        filled("clusters", *arguments, "--population", write_csv(tmp_path / "halves.csv", *halves))
    )
    assert said["clusters"][0]["population"] % 1_000 == 0
    assert said["clusters"][0]["population"] <= 20_000
    wrong = [row | {"population": "many"} for row in people_rows()]
    refused = filled("clusters", *arguments, "--population", write_csv(tmp_path / "wrong.csv", *wrong))
    assert refused.code == 2
    assert "population is empty or not a number" in refused.stderr


def test_two_rows_of_one_location_and_group_are_refused_with_their_numbers(filled, tmp_path):
    arguments = ("--disease", "measles", "--by", "facility", "--replicates", "9")
    path = write_csv(tmp_path / "twice.csv", *people_rows(), people_rows()[0] | {"population": 7})
    refused = filled("clusters", *arguments, "--population", path)
    assert refused.code == 2
    assert "several rows have the same location, date and group" in refused.stderr
    assert "population, rows 1, " in refused.stderr


def test_earlier_analyses_need_a_size_that_stays_the_same(filled, tmp_path):
    arguments = ("--disease", "measles", "--by", "facility", "--time", "prospective", "--replicates", "9")
    permutation = ("--model", "space-time-permutation", "--max-duration", "14", "--earlier-analyses", "6")
    refused = filled("clusters", *arguments, *permutation)
    assert refused.code == 2
    assert "--earlier-analyses: a share" in refused.stderr
    assert "limit it by a radius: --max-radius-km, with --max-population-share 1" in refused.stderr
    assert "limit" not in refused.stderr.replace("limit the size", "").replace("limit it by a radius", "")
    of_people = ("--model", "poisson", "--population", people(tmp_path), "--earlier-analyses", "6")
    refused = filled("clusters", *arguments, *of_people)
    assert refused.code == 2
    assert "or by a share of the table of people (--limit-by population)" in refused.stderr
    sizes = ("--max-population-share", "1", "--max-radius-km", "30", "--format", "json")
    found = document(filled("clusters", *arguments, *permutation, *sizes))
    assert found["parameters"]["earlier_analyses"] == 6
    without = filled("clusters", *arguments, *permutation, "--limit-by", "population")
    assert without.code == 2
    assert "no column of people" in without.stderr
    poisson = (
        "--max-duration",
        "14",
        "--earlier-analyses",
        "6",
        "--limit-by",
        "population",
        "--format",
        "json",
    )
    found = document(filled("clusters", *arguments, *poisson, "--population", people(tmp_path)))
    assert found["parameters"]["limit_by"] == "population"
    assert all(row["n_locations"] <= 10 for row in found["clusters"])


def test_a_run_can_be_traced_to_its_population(filled, tmp_path):
    path = people(tmp_path)
    arguments = ("--disease", "measles", "--by", "facility", "--replicates", "9", "--format", "json")
    used = document(filled("clusters", *arguments, "--population", path))["parameters"]
    assert used["population_file"] == path.name
    assert used["population_sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()


def test_groups_that_the_population_does_not_have_are_named_and_no_row(filled, tmp_path):
    rows = [row | {"sex": sex} for row in people_rows() for sex in ("female", "male")]
    path = write_csv(tmp_path / "by-sex.csv", *rows)
    arguments = ("--disease", "measles", "--by", "facility", "--replicates", "9", "--covariates", "sex")
    assert filled("clusters", *arguments, "--population", path).code == 0
    unknown = outbreaks.rows()[0] | {"record_id": "u", "person_id": "u", "sex": "", "positive": "yes"}
    assert filled("import", write_csv(tmp_path / "unknown.csv", unknown)).code == 0
    refused = filled("clusters", *arguments, "--population", path)
    assert refused.code == 2
    assert "which have cases: sex unknown." in refused.stderr
    empty = [row | {"population": 0 if row["location"] == "F1" else 1_000} for row in people_rows()]
    nobody = filled("clusters", *arguments[:-2], "--population", write_csv(tmp_path / "empty.csv", *empty))
    assert nobody.code == 2
    assert "population is zero" in nobody.stderr and "row" not in nobody.stderr.partition("leave")[0]


def test_the_table_says_what_must_be_read_beside_it(filled):
    done = filled("clusters", *WEEKS)
    assert done.code == 0
    assert "A cluster is a reason to look, not a proven outbreak." in done.stderr
    assert "cannot tell a cluster from a mass return" in done.stderr
    early = filled(
        "clusters", "--disease", "measles", "--by", "facility", "--model", "space-time-permutation", "--time",
        "prospective", "--max-duration", "14", "--to", "2025-04-20", "--replicates", "9",
    )  # fmt: skip
    assert "The last days may still be incomplete" in early.stderr


def test_what_moved_and_what_is_incomplete_stand_beside_the_table():
    used = {"model": "bernoulli", "time": "prospective", "moved": {"2": "tested inside times 3.00"},
            "ends_incomplete": True, "end": "2025-06-30", "last_complete_day": "2025-06-10",
            "silences": 2, "silence_adjusted": False}  # fmt: skip
    said = to_read_beside(SimpleNamespace(result=SimpleNamespace(parameters=used)))
    assert said[0] == "cluster 2: tested inside times 3.00, since the time before"
    assert "complete enough up to 2025-06-10" in said[1]
    assert "do not allow" in said[2]


def test_the_unit_that_nobody_chose_is_the_page_s(filled):
    arguments = ("--disease", "measles", "--by", "facility", "--replicates", "9", "--format", "json")
    for time, unit in (("retrospective", "week"), ("prospective", "day")):
        used = document(filled("clusters", *arguments, "--time", time))["parameters"]
        assert used["time_unit"] == unit


WRONG = {
    "no kind of place": (("--disease", "tb"), "--disease and --by"),
    "no disease": (("--by", "facility"), "--disease and --by"),
    "files and database": (("--disease", "tb", "--by", "facility", "--cases", "c.csv"), "one or the other"),
    "neighbours": (("--disease", "tb", "--by", "facility", "--neighbours", "n.csv"), "one or the other"),
    "a home of a crossing": (("--disease", "tb", "--by", "crossing", "--place", "home"), "has no home"),
    "poisson": (("--disease", "tb", "--by", "facility", "--model", "poisson"), "--population"),
    "too many replicates": (("--disease", "tb", "--by", "facility", "--replicates", "10000"), "9999"),
    "a period of long ago": (("--disease", "tb", "--by", "facility", "--from", "1600-01-01"), "1990"),
    "an unknown covariate": (("--disease", "tb", "--by", "facility", "--covariates", "legal_status"), "sex"),
    "no records": (("--disease", "cholera", "--by", "facility", "--replicates", "9"), "no records"),
    "HIV by facility": (("--disease", "hiv", "--by", "facility"), NEVER_SHOWN),
    "HIV by movement": (("--disease", "hiv", "--by", "province", "--covariates", "movement"), NEVER_SHOWN),
}


@pytest.mark.parametrize(("arguments", "said"), WRONG.values(), ids=WRONG)
def test_what_cannot_be_answered_is_refused_in_words(arguments, said, filled):
    done = filled("clusters", *arguments)
    assert (done.code, done.stdout) == (2, "")
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_ctrl_c_leaves_a_cancelled_run(filled, database_url, monkeypatch):
    from dashboard.services.clusters import execute as cluster_execution

    def interrupted(*_args, **_more):
        raise KeyboardInterrupt

    monkeypatch.setattr(cluster_execution, "execute", interrupted)
    assert filled("clusters", *WEEKS).code == 130
    database = open_database(database_url)
    (run,) = clusters.listed(database, Grant.custodian())
    assert run.status == CANCELLED
    database.dispose()


def test_a_run_is_taken_to_satscan_and_back(filled, database_url, tmp_path):
    path = tmp_path / "run.zip"
    said = document(filled("clusters", *WEEKS, "--out", path, "--format", "json"))
    with zipfile.ZipFile(path) as archive:
        archive.extractall(tmp_path / "run")
    assert {"scan.prm", "scan1.cas", "scan.geo", "cases.csv", "again.sh", "again.R"} <= {
        item.name for item in (tmp_path / "run").iterdir()
    }
    again = document(filled("clusters", "--satscan", tmp_path / "run" / "scan.prm", "--format", "json"))
    named = ("rank", "locations", "start", "end", "observed", "expected", "llr", "p_value", "gumbel_p_value")
    assert [[row[name] for name in named] for row in again["clusters"]] == [
        [row[name] for name in named] for row in said["clusters"]
    ]
    database, number = open_database(database_url), said["parameters"]["run_id"]
    viewer = Grant("somebody@example.org", "viewer", Grant.custodian().scope)
    assert not clusters.may_take(viewer, clusters.status(database, Grant.custodian(), number).query)
    with pytest.raises(NotPermittedError):
        cluster_exports.export(database, viewer, number, "zip", language="en", link="")
    database.dispose()


def test_a_run_with_a_table_of_people_has_no_folder(filled, tmp_path):
    asked = (
        "--disease",
        "measles",
        "--by",
        "facility",
        "--population",
        people(tmp_path),
        "--replicates",
        "9",
    )
    refused = filled("clusters", *asked, "--out", tmp_path / "run.zip")
    assert refused.code == 2
    assert "that table is not kept" in refused.stderr


def test_where_people_are_reached_least_is_asked_for_low_rates_without_gumbel(filled):
    asked = ("--disease", "measles", "--by", "facility", "--cases-are", "tested", "--replicates", "9")
    said = document(filled("clusters", *asked, "--format", "json"))
    used = said["parameters"]
    assert (used["model"], used["rates"], used["cases_are"]) == ("bernoulli", "low", "tested")
    assert used["tested"] >= used["cases"]
    assert all(row["gumbel_p_value"] is None and row["rate"] == "low" for row in said["clusters"])
    refused = filled("clusters", *asked, "--model", "space-time-permutation")
    assert refused.code == 2
    assert "--cases-are" in refused.stderr


def test_further_options_are_asked_of_the_database(filled):
    asked = (
        "--disease",
        "measles",
        "--by",
        "facility",
        "--model",
        "bernoulli",
        "--time",
        "none",
        "--replicates",
        "9",
    )
    said = document(filled("clusters", *asked, "--report", "hierarchical,gini", "--format", "json"))
    assert said["parameters"]["report"] == ["hierarchical", "gini"]
    assert set(said["parameters"]["ranks_hierarchical"]) <= {row["rank"] for row in said["clusters"]}
    again = document(filled("clusters", *asked, "--iterative", "--iterative-most", "2", "--format", "json"))
    assert len(again["clusters"]) <= 2
    assert filled("clusters", *WEEKS, "--iterative").code == 2


def test_zones_grow_along_roads_and_the_route_is_kept(filled, database_url, tmp_path):
    ends = list(outbreaks.OUTBREAK)
    roads = [{"from": a, "to": b, "distance": 5} for a, b in itertools.pairwise([*ends, "F4"])]
    path = write_csv(tmp_path / "roads.csv", *roads)
    said = document(filled("clusters", *WEEKS, "--network", path, "--format", "json"))
    first = said["clusters"][0]
    assert set(ends) & set(first["locations"])
    assert first["radius_km"] is None
    held, number = said["parameters"], said["parameters"]["run_id"]
    assert held["network_file"] == "roads.csv" and len(held["network_sha256"]) == 64
    database = open_database(database_url)
    run = clusters.status(database, Grant.custodian(), number)
    members = set(first["locations"])
    assert run.ways["1"] == sorted(
        sorted((row["from"], row["to"])) for row in roads if {row["from"], row["to"]} <= members
    )
    found = clusters.result(database, Grant.custodian(), number)
    layers = cluster_layers(found.run, found.clusters, found.places, "en", str)
    assert len(layers.rings[0].ways) == len(run.ways["1"]) > 0
    assert "route 1" in {trace.name for trace in cluster_map(layers).data}
    with pytest.raises(UsageError, match="along roads"):
        cluster_exports.export(database, Grant.custodian(), number, "zip", language="en", link="")
    database.dispose()
    other = document(filled("clusters", *WEEKS, "--format", "json"))
    assert other["parameters"]["run_id"] != number
