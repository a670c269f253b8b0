"""`coverage`, row by row, against a count by hand."""

from __future__ import annotations

import csv
import io
from datetime import date

import pytest

from dashboard.commands import coverage as command
from geodata.crossings import CROSSINGS
from surveillance.coverage.indicators import MEASURES
from tests.support import messy
from tests.support.brute_force import Model
from tests.support.coverage_by_hand import Answer, Question
from tests.support.files import record, write_csv

TODAY = date(2025, 6, 15)
PROVINCES = [f"KH{number:02d}" for number in range(1, 26)]
SPECIAL = ["informal", "airport", "unknown"]
COLUMNS = [
    "code",
    "name",
    "numerator",
    "denominator",
    "unknown",
    "coverage",
    "lower",
    "upper",
    "status",
    "from",
    "to",
    "asked_from",
    "asked_to",
    "unknown_share",
    "lowest",
    "highest",
    "flag",
    "design_effect",
]
STAMP = ["issued", "release", "threshold", "periods", "data_until", "shown_to_role", "pcode", "iso_3166_2"]
COHORT = [
    "cured",
    "completed",
    "died",
    "failed",
    "lost",
    "not_evaluated",
    "moved_to_second_line",
    "not_yet_due",
    "outcomes_known_until",
    "outcomes_known_until_latest",
    "facilities_without_outcomes",
]
AREAS = {
    "care": ("--by", "province"),
    "home": ("--by", "province", "--place", "home"),
    "infection": ("--by", "province", "--place", "infection"),
    "crossing": ("--by", "crossing"),
    "facility": ("--by", "facility"),
}
#: Groups and periods asked for: options, groups, first day, last day.
FILTERS = [
    ((), {}, None, None),
    (("--sex", "female"), {"sex": ("female",)}, None, None),
    (("--age", "15-49"), {"age": ("15-24", "25-49")}, None, None),
    (
        ("--age", "65+,unknown", "--sex", "unknown,male"),
        {"age": ("65+", "unknown"), "sex": ("male", "unknown")},
        None,
        None,
    ),
    (("--residence", "mobile,migrant"), {"residence": ("migrant", "mobile")}, None, None),
    (("--activity", "forest"), {"activity": ("forest",)}, None, None),
    (("--movement", "returning,deported"), {"movement": ("returning", "deported")}, None, None),
    (("--from", "2024-01-03"), {}, date(2024, 1, 3), None),
    (("--to", "2024-01-03"), {}, None, date(2024, 1, 3)),
    (("--from", "2024-12-31", "--to", "2025-03-01"), {}, date(2024, 12, 31), date(2025, 3, 1)),
    (("--to", "2020-02-29"), {}, None, date(2020, 2, 29)),
    (("--from", "2030-01-01"), {}, date(2030, 1, 1), None),
]


@pytest.fixture(autouse=True)
def _today(monkeypatch):
    monkeypatch.setattr(command, "today_in_cambodia", lambda: TODAY)


@pytest.fixture
def ask(cli):
    """Rows of one question."""

    def asked(*options):
        done = cli("coverage", *options, "--format", "json")
        assert done.code == 0, done.stderr
        return done.json()

    return asked


@pytest.fixture
def model(cli, tmp_path, prepared):
    """A messy line list, imported and understood."""
    model = Model()
    model.list_facilities(messy.FACILITIES)
    rows = messy.rows(160, seed=11)
    prepared(lambda: messy.fill(cli, tmp_path, rows))
    model.import_file("default", "", [meant for _, meant in rows])
    return model


def expected_codes(dimension: str, answer: Answer) -> list[str]:
    """Codes in their order: every area, then the countries that have records, unknown last."""
    if dimension == "facility":
        return [*sorted(facility["facility_id"] for facility in messy.FACILITIES), "unknown"]
    if dimension == "crossing":
        return [*CROSSINGS, *SPECIAL]
    countries = set() if answer.question.never else answer.places() - {*PROVINCES, "unknown"}
    return [*PROVINCES, *sorted(countries), "unknown"]


def same(value, expected) -> bool:
    """Equal; floats to 1e-12."""
    if isinstance(expected, float):
        return isinstance(value, float) and abs(value - expected) < 1e-12
    return value == expected and type(value) is type(expected)


#: None, one, several, and one that leads to a time without records; in `make full` all.
CHOSEN = [(0, 3, 6, 9, 10), pytest.param(tuple(range(len(FILTERS))), marks=pytest.mark.full)]


def questions(backend: str, filters: tuple[int, ...]) -> list[tuple]:
    """Diseases, measures and filters: all that matter on SQLite, each way of reading cubes on PostgreSQL."""
    few = [FILTERS[number] for number in (0, 3, 6, 9)]
    asked = (
        {"tb": [FILTERS[number] for number in filters], "malaria": few[:1], "hiv": few}
        if backend == "sqlite"
        else {"tb": few, "hiv": few[1:3]}
    )
    whole = len(filters) == len(FILTERS)
    # In `make test` each measure with every second filter, and each filter with every second measure.
    return [
        (disease, measure, *one)
        for disease, some in asked.items()
        for number, measure in enumerate(MEASURES)
        for place, one in enumerate(some)
        if whole or measure == "completion" or (place + number) % 2 == 0
    ]


@pytest.mark.parametrize("filters", CHOSEN, ids=len)
@pytest.mark.parametrize("dimension", AREAS)
def test_every_row_of_every_question_is_what_the_records_say(dimension, filters, backend, ask, model):
    statuses = set()
    for disease, measure, options, groups, start, end in questions(backend, filters):
        answer = Answer(model, Question(disease, dimension, measure, groups, start, end, TODAY))
        asked = ("--disease", disease, *AREAS[dimension], "--measure", measure, *options)
        rows = ask(*asked)
        assert [row["code"] for row in rows] == expected_codes(dimension, answer), asked
        for row in rows:
            assert list(row) == COLUMNS + (COHORT if measure == "completion" else []) + STAMP
            for name, value in answer.row(row["code"]).items():
                assert same(row[name], value), (asked, row, name, value)
        statuses |= {row["status"] for row in rows}
    assert {"value", "zero", "nobody", "hidden", "unknown", "not yet due"} <= statuses
    assert ("not reported" in statuses) is (backend == "sqlite" or dimension in ("care", "facility"))


def test_a_province_and_a_crossing_without_records_have_their_row_and_unknown_comes_last(ask):
    provinces = ask("--disease", "tb", "--by", "province")
    assert [row["code"] for row in provinces] == [*PROVINCES, "unknown"]
    crossings = ask("--disease", "tb", "--by", "crossing")
    assert [row["code"] for row in crossings] == [*CROSSINGS, *SPECIAL]
    assert len(crossings) == 41 + 3
    for row in (*provinces, *crossings):
        assert row["name"]
        assert (row["numerator"], row["denominator"], row["unknown"]) == (0, 0, 0)
        assert [row[name] for name in ("coverage", "lower", "upper", "from", "to")] == [None] * 5
        assert row["status"] == "not reported"


@pytest.mark.parametrize("disease", ["hiv", "syphilis"])
@pytest.mark.parametrize(
    "options",
    [
        ("--by", "crossing"),
        ("--by", "province", "--movement", "deported"),
        ("--by", "facility"),
        ("--by", "province", "--activity", "forest"),
        ("--by", "province", "--place", "home"),
    ],
    ids=" ".join,
)
def test_hiv_and_syphilis_are_hidden_by_crossing_facility_movement_and_activity(
    disease, options, cli, ask, tmp_path
):
    listed = [{"facility_id": "POST", "province": "KH01", "kind": "border_post"}]
    cli("facilities", "import", write_csv(tmp_path / "f.csv", *listed))
    seen = record(
        disease=disease, facility_id="POST", crossing="TH01", movement="deported", activity="forest"
    )
    cli("import", write_csv(tmp_path / "a.csv", seen | {"eligible": "yes", "tested": "yes"}))
    rows = {row["code"]: row for row in ask("--disease", disease, *options)}
    said = cli("coverage", "--disease", disease, *options).stderr
    assert ("it could harm people" in said) is (options[-1] != "home")
    if options[-1] == "home":
        assert {row["status"] for row in rows.values()} == {"value", "nobody"}  # home alone tells no crossing
        return
    if options[-1] == "facility":
        assert list(rows) == ["POST", "unknown"]
    for row in rows.values():
        assert row["status"] == "hidden"
        assert not [row[name] for name in COLUMNS[2:8] if row[name] is not None]


def test_a_treatment_that_began_too_lately_to_have_ended_is_not_yet_due(cli, ask, tmp_path):
    started = {"positive": "yes", "treated": "yes"}
    known = {"facility_id": "HC1", "record_id": "0", "outcome": "recovered"}
    known = record(date_visit="2025-06-01", date_outcome="2025-06-10", **known) | {"treated": "no"}
    on_treatment = record(record_id="1", date_visit="2025-03-04") | started
    early = record(record_id="2", date_visit="2025-03-04") | started | {"completed": "yes"}
    due = record(record_id="3", date_visit="2024-02-06") | started | {"completed": "no"}
    asked = ("--disease", "tb", "--by", "province", "--measure", "completion")

    def unknown():
        return ask(*asked)[-1]

    cli("import", write_csv(tmp_path / "a.csv", on_treatment, known))
    assert (unknown()["status"], unknown()["denominator"], unknown()["coverage"]) == ("not yet due", 0, None)
    cli("import", write_csv(tmp_path / "b.csv", early))
    assert (unknown()["status"], unknown()["numerator"]) == ("not yet due", 0)
    cli("import", write_csv(tmp_path / "c.csv", due))
    row = unknown()
    assert (row["status"], row["numerator"], row["denominator"]) == ("zero", 0, 1)
    assert (row["not_evaluated"], row["not_yet_due"], row["outcomes_known_until"]) == (1, 2, "2025-06-15")
    assert (row["from"], row["to"]) == ("2024-02-05", "2025-06-01")


@pytest.mark.parametrize(
    ("given", "used"),
    [
        (("2025-01-08", "2025-01-08"), ("2025-01-06", "2025-01-12")),
        (("2024-12-31", "2025-01-02"), ("2024-12-30", "2025-01-05")),
        (("2025-03-01", "2025-03-01"), ("2025-03-01", "2025-03-02")),
        (("2025-02-27", "2025-02-27"), ("2025-02-24", "2025-02-28")),
        (("2021-01-02", "2021-01-30"), ("2021-01-01", "2021-01-31")),
    ],
)
def test_from_and_to_are_widened_to_whole_weeks_cut_at_the_month(given, used, ask):
    rows = ask("--disease", "tb", "--by", "province", "--from", given[0], "--to", given[1])
    assert {(row["from"], row["to"]) for row in rows} == {used}


def test_records_at_the_edges_of_the_widened_period_are_counted(cli, ask, tmp_path):
    days = ("2025-02-23", "2025-02-24", "2025-02-28", "2025-03-01")
    cli("import", write_csv(tmp_path / "a.csv", *(record(date_visit=day, eligible="yes") for day in days)))
    row = ask("--disease", "tb", "--by", "province", "--measure", "eligibility", "--from", "2025-02-26",
              "--to", "2025-02-26")[-1]  # fmt: skip
    assert row["denominator"] == 2


def test_a_last_day_before_the_first_record_asks_for_the_time_before_it(cli, ask, tmp_path):
    cli("import", write_csv(tmp_path / "a.csv", record(eligible="yes")))
    row = ask("--disease", "tb", "--by", "province", "--measure", "eligibility", "--to", "2020-02-29")[-1]
    assert (row["denominator"], row["from"], row["to"]) == (0, "2020-02-24", "2020-02-29")


def test_an_amended_date_leaves_no_period_behind(cli, ask, tmp_path):
    cli("import", write_csv(tmp_path / "a.csv", record(record_id="1", date_visit="1995-03-04")))
    later = write_csv(tmp_path / "b.csv", record(record_id="1", date_visit="2025-03-04"))
    assert cli("import", later, "--same-numbers", "amend").code == 0
    row = ask("--disease", "tb", "--by", "province")[-1]
    assert (row["from"], row["to"]) == ("2025-03-03", "2025-03-09")


def test_json_is_one_array_and_csv_has_the_same_rows(cli, model):
    options = ("coverage", "--disease", "tb", "--by", "crossing", "--measure", "eligibility")
    done = cli(*options, "--format", "json")
    assert done.stdout.count("\n") == 1
    assert done.stdout.startswith("[")
    assert "NaN" not in done.stdout
    rows = done.json()
    table = csv.DictReader(io.StringIO(cli(*options, "--format", "csv").stdout))
    read = list(table)
    every = COLUMNS + STAMP
    assert table.fieldnames == every
    assert read == [{name: "" if row[name] is None else str(row[name]) for name in every} for row in rows]
    last = max(str(row["date_visit"]) for row in model.records())
    told = {"issued": "no", "threshold": 1, "data_until": last, "shown_to_role": "custodian"}
    assert all(row | told == row and row["release"] is row["periods"] is None for row in rows)
    shown = cli(*options).stdout.splitlines()
    assert shown[0].split() == COLUMNS
    assert len(shown) == len(rows) + 1


WRONG = {
    "a disease that is not in the list": ("--disease", "plague", "--by", "province"),
    "no disease": ("--by", "province"),
    "no area": ("--disease", "tb"),
    "an area that is none": ("--disease", "tb", "--by", "village"),
    "a place that is none": ("--disease", "tb", "--by", "province", "--place", "school"),
    "a crossing has no home": ("--disease", "tb", "--by", "crossing", "--place", "home"),
    "a measure that is none": ("--disease", "tb", "--by", "province", "--measure", "mood"),
    "no such day": ("--disease", "tb", "--by", "province", "--from", "2025-02-30"),
    "a day in another form": ("--disease", "tb", "--by", "province", "--to", "28/02/2025"),
    "from after to": ("--disease", "tb", "--by", "province", "--from", "2025-02-02", "--to", "2025-02-01"),
    "a sex that is none": ("--disease", "tb", "--by", "province", "--sex", "f3male"),
    "half an age band": ("--disease", "tb", "--by", "province", "--age", "15-30"),
    "an empty group": ("--disease", "tb", "--by", "province", "--movement", "deported,"),
    "legal status is no filter": ("--disease", "tb", "--by", "province", "--legal_status", "irregular"),
}


@pytest.mark.parametrize("options", WRONG.values(), ids=WRONG)
def test_wrong_usage_ends_with_2_says_why_and_prints_nothing_else(options, sqlite_cli):
    done = sqlite_cli("coverage", *options, "--format", "json")
    assert done.code == 2
    assert done.stdout == ""
    assert done.stderr.strip()
    assert "Traceback" not in done.stderr


@pytest.mark.full  # tests/reliability/test_installed.py does so, installed
def test_a_user_gets_the_same_in_a_process_of_its_own(run_cli, tmp_path):
    write_csv(tmp_path / "a.csv", record(eligible="yes", tested="yes"), record(eligible="yes"))
    assert run_cli("import", tmp_path / "a.csv").code == 0
    done = run_cli("coverage", "--disease", "tb", "--by", "province", "--format", "json")
    row = done.json()[-1]
    assert (row["code"], row["numerator"], row["denominator"], row["unknown"]) == ("unknown", 1, 1, 1)
    assert done.stderr == ""
    assert run_cli("coverage", "--disease", "plague", "--by", "province").code == 2
