"""`facilities import`: the list of facilities, and where it places records."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from db.core.scope import Scope
from db.ingest import facilities
from db.maintenance.opening import open_database
from db.tables.records import facility
from tests.support.files import record, write_csv, write_xlsx

COVERAGE = ("coverage", "--disease", "tb", "--measure", "eligibility", "--format", "json", "--by")
RECEIPT = ["file", "rows", "added", "changed", "unchanged", "rejected"]
FULL = {
    "facility_id": "HC1",
    "name_en": "Poipet",
    "name_km": "ប៉ោយប៉ែត",
    "province": "Banteay Meanchey",
    "district": "Poipet",
    "commune": "Phsar Kandal",
    "latitude": "13.66",
    "longitude": "102.55",
    "kind": "Health Centre",
    "crossing": "Poipet",
    "reports_from": "2024-01-01",
    "reports_to": "2024-12-31",
    "operational_district": "Poipet OD",
    "moh_code": "0102",
    "report_frequency": "weekly",
    "report_deadline_days": "7",
}


@pytest.fixture
def bring(cli, tmp_path):
    """Import facilities; returns what became of the rows, and what was said of them."""

    def brought(*rows, name="facilities.csv"):
        path = write_csv(tmp_path / name, *rows)
        done = cli("facilities", "import", path, "--format", "json")
        assert done.code == 0, done.stderr
        receipt = done.one
        assert list(receipt) == RECEIPT
        assert receipt["file"] == str(path)
        assert receipt["rows"] == len(rows) == sum(receipt[outcome] for outcome in RECEIPT[2:])
        return {outcome: receipt[outcome] for outcome in RECEIPT[2:] if receipt[outcome]}, done.stderr

    return brought


@pytest.fixture
def rows(cli):
    """Rows of a coverage table by code, those with records of any kind."""

    def asked(*by):
        return {row["code"]: row["denominator"] for row in cli(*COVERAGE, *by).json() if row["denominator"]}

    return asked


@pytest.fixture
def held(database):
    """Facilities as stored, by number."""
    from db.core.scope import Scope
    from db.ingest.facilities import listed

    def found():
        with database.reading() as connection:
            return {row["facility_id"]: row for row in listed(connection, Scope.everything())}

    return found


def test_a_facility_needs_a_number_and_a_province_and_nothing_else(bring, held):
    assert bring({"facility_id": "HC1", "province": "KH01"}) == ({"added": 1}, "")
    (stored,) = held().values()
    given = {name: value for name, value in stored.items() if value is not None}
    assert given == {"facility_id": "HC1", "facility_key": "hc1", "province": "KH01"}


def test_every_column_is_kept_as_its_code(bring, held):
    bring(FULL)
    stored = held()["HC1"]
    assert (stored["province"], stored["kind"], stored["crossing"]) == ("KH01", "health_centre", "TH01")
    assert (stored["latitude"], stored["longitude"], stored["report_deadline_days"]) == (13.66, 102.55, 7)
    assert (str(stored["reports_from"]), str(stored["reports_to"])) == ("2024-01-01", "2024-12-31")
    plain = (
        "name_en",
        "name_km",
        "district",
        "commune",
        "operational_district",
        "moh_code",
        "report_frequency",
    )
    assert {name: stored[name] for name in plain} == {name: FULL[name] for name in plain}


def test_the_same_list_again_changes_nothing(bring, held, rows, cli, tmp_path):
    cli("import", write_csv(tmp_path / "list.csv", record(eligible="yes")))
    bring(FULL, {"facility_id": "HC2", "province": "KH02"})
    before = held()
    assert bring(FULL, {"facility_id": "HC2", "province": "KH02"}) == ({"unchanged": 2}, "")
    assert bring({"facility_id": "HC2", "province": "KH02"}, name="b.csv") == ({"unchanged": 1}, "")
    assert held() == before
    assert rows("facility") == {"HC1": 1}


POINTS = {
    "exchanged": ("102.55", "13.66", "exchanged"),
    "zero": ("0", "0", "no position"),
    "not on Earth": ("95", "200", "not on Earth"),
    "in Paris": ("48.85", "2.35", "far from Cambodia"),
    "not numbers": ("13°39'", "102°33'", "not two numbers"),
    "half": ("13.66", "", "not two numbers"),
    "not a number": ("nan", "nan", "not a number"),
    "endless": ("inf", "102", "not a number"),
}


@pytest.mark.parametrize(("latitude", "longitude", "why"), POINTS.values(), ids=POINTS)
def test_a_wrong_coordinate_loses_that_point_with_a_message_and_not_the_file(
    latitude, longitude, why, bring, held
):
    wrong = FULL | {"facility_id": "HC2", "latitude": latitude, "longitude": longitude}
    outcomes, said = bring(FULL, wrong, FULL | {"facility_id": "HC3"})
    assert outcomes == {"added": 3}
    assert said.startswith("row 3: latitude, longitude: ")
    assert said.count("\n") == 1
    assert why in said
    assert (held()["HC2"]["latitude"], held()["HC2"]["longitude"]) == (None, None)
    assert held()["HC3"]["latitude"] == 13.66


def test_an_unknown_province_is_unknown_with_a_message(bring, rows, cli, tmp_path):
    outcomes, said = bring(
        {"facility_id": "HC1", "province": "Atlantis"}, {"facility_id": "HC2", "province": "KH02"}
    )
    assert outcomes == {"added": 2}
    assert said == "row 2: province: 'Atlantis' is not known; the facility counts under unknown\n"
    cli(
        "import",
        write_csv(tmp_path / "list.csv", record(eligible="yes"), record(facility_id="HC2", eligible="no")),
    )
    assert rows("province") == {"unknown": 1, "KH02": 1}
    assert rows("facility") == {"HC1": 1, "HC2": 1}


def test_what_else_cannot_be_read_is_left_blank_with_a_message(bring, held):
    wrong = FULL | {
        "kind": "palace",
        "crossing": "Nowhere",
        "reports_from": "1 May",
        "report_frequency": "often",
        "report_deadline_days": "-1",
    }
    outcomes, said = bring(wrong)
    assert outcomes == {"added": 1}
    for name in ("kind", "crossing", "reports_from", "report_frequency", "report_deadline_days"):
        assert f"row 2: {name}: " in said
        assert held()["HC1"][name] is None


def test_a_facility_twice_in_a_list_counts_once_with_a_message(bring, held):
    outcomes, said = bring(FULL, FULL | {"facility_id": " hc1", "province": "KH02"})
    assert outcomes == {"added": 1, "rejected": 1}
    assert said == "row 3: facility_id: stands in row 2 already; this row is left\n"
    assert held()["HC1"]["province"] == "KH01"


@pytest.mark.parametrize(
    "row", [{"facility_id": "", "province": "KH01"}, {"facility_id": "HC9", "province": " "}], ids=str
)
def test_a_row_without_number_or_province_is_left_with_a_message(row, bring, held):
    outcomes, said = bring(FULL, row)
    assert outcomes == {"added": 1, "rejected": 1}
    assert said == "row 3: facility_id and province are required; this row is left\n"
    assert list(held()) == ["HC1"]


def test_no_facility_may_be_called_unknown(bring, held):
    outcomes, said = bring({"facility_id": "Unknown", "province": "KH01"}, FULL)
    assert outcomes == {"added": 1, "rejected": 1}
    assert "row 2: facility_id: " in said
    assert list(held()) == ["HC1"]


def test_a_facility_that_moves_takes_its_records_with_it(bring, rows, cli, tmp_path):
    bring({"facility_id": "HC1", "province": "KH01"}, {"facility_id": "HC2", "province": "KH01"})
    people = [
        record(eligible="yes"),
        record(eligible="no"),
        record(facility_id="hc1", eligible="yes", sex="male"),
    ]
    cli("import", write_csv(tmp_path / "list.csv", *people, record(facility_id="HC2", eligible="yes")))
    cli("import", write_csv(tmp_path / "amended.csv", record(record_id="1", eligible="no")))
    cli("import", write_csv(tmp_path / "amended.csv", record(record_id="1", eligible="yes")))
    assert rows("province") == {"KH01": 5}
    assert bring({"facility_id": "HC1", "province": "Pailin"})[0] == {"changed": 1}
    assert rows("province") == {"KH01": 1, "KH24": 4}
    assert rows("province", "--sex", "male") == {"KH24": 1}
    assert rows("facility") == {"HC1": 4, "HC2": 1}
    bring(
        {"facility_id": "hc1", "province": "KH01"}
    )  # written otherwise: the same facility, the list's spelling
    assert rows("facility") == {"hc1": 4, "HC2": 1}


def test_a_list_that_comes_after_the_records_places_them(bring, rows, cli, tmp_path):
    cli(
        "import",
        write_csv(tmp_path / "list.csv", record(eligible="yes"), record(facility_id="HC2", eligible="no")),
    )
    assert rows("province") == {"unknown": 2}
    assert rows("facility") == {"unknown": 2}
    bring({"facility_id": " HC1", "province": "KH01"})
    assert rows("province") == {"KH01": 1, "unknown": 1}
    assert rows("facility") == {"HC1": 1, "unknown": 1}


def test_a_workbook_is_read_like_a_csv(bring, cli, held, tmp_path):
    bring(FULL)
    lines = [[value if value not in ("13.66", "102.55", "7") else float(value) for value in FULL.values()]]
    path = write_xlsx(tmp_path / "f.xlsx", list(FULL), lines)
    done = cli("facilities", "import", path)
    assert done.stdout == f"{path}: 1 rows: 0 added, 0 changed, 1 unchanged, 0 rejected\n"


@pytest.mark.parametrize(("text", "why"), [("facility_id,name_en\nHC1,x\n", "lacks province"), ("", "empty")])
def test_a_list_that_cannot_be_read_ends_with_3(text, why, cli, tmp_path):
    path = tmp_path / "f.csv"
    path.write_text(text, encoding="utf-8")
    done = cli("facilities", "import", path)
    assert (done.code, done.stdout) == (3, "")
    assert why in done.stderr
    assert cli("facilities", "import", tmp_path / "missing.csv").code == 3
    assert cli("facilities", "import").code == 2
    assert cli("facilities").code == 2


def test_a_list_without_a_column_leaves_what_is_held_in_it(cli, tmp_path):
    whole, short = tmp_path / "whole.csv", tmp_path / "short.csv"
    whole.write_text("facility_id,province,kind,name_en\nBP1,KH01,border_post,Post\n", encoding="utf-8")
    short.write_text("facility_id,province\nBP1,KH02\n", encoding="utf-8")
    for path in (whole, short):
        cli("facilities", "import", str(path))
    database = open_database(cli.url)
    with database.reading() as connection:
        (held,) = facilities.listed(connection, Scope.everything())
    database.dispose()
    assert (held["kind"], held["name_en"], held["province"]) == ("border_post", "Post", "KH02")


@pytest.mark.parametrize(
    ("text", "options", "day", "said"),
    [
        ("2568-03-04", (), "2025-03-04", ""),
        ("2568-06-10", ("--era", "cambodian"), "2024-06-10", ""),
        ("๑๐ มิ.ย. ๒๕๖๘", (), "2025-06-10", ""),
        ("03/04/2025", ("--dates", "month-first"), "2025-03-04", ""),
        ("1900-01-01", (), None, "stands for a day that is not known; not read, what is held stays"),
        ("31/02/2025", (), None, "is not a date as YYYY-MM-DD; not read, what is held stays"),
        ("03/25/2025", ("--dates", "day-first"), None, "is no day in the order that --dates declares"),
    ],
)
def test_days_of_a_list_are_read_as_those_of_records(text, options, day, said, sqlite_cli, tmp_path):
    row = {"facility_id": "HC1", "province": "Banteay Meanchey", "reports_from": text}
    done = sqlite_cli("facilities", "import", write_csv(tmp_path / "list.csv", row), *options)
    assert done.code == 0
    assert said in done.stderr
    assert bool(done.stderr) is bool(said)
    assert _reports_from(sqlite_cli.url) == day


@pytest.mark.parametrize(
    ("text", "said"),
    [("2568-06-10", ("by the Thai reckoning", "--era thai or --era cambodian")),
     ("03/04/2025", ("03/04/2025", "--dates day-first or --dates month-first"))],
)  # fmt: skip
def test_a_list_whose_days_can_be_two_is_asked_about_and_not_stored(text, said, sqlite_cli, tmp_path):
    row = {"facility_id": "HC1", "province": "Banteay Meanchey", "reports_from": "2025-06-10"}
    assert sqlite_cli("facilities", "import", write_csv(tmp_path / "first.csv", row)).code == 0
    again = write_csv(tmp_path / "list.csv", row | {"reports_from": text})
    done = sqlite_cli("facilities", "import", again)
    assert (done.code, done.stdout) == (3, "")
    assert all(part in done.stderr for part in said)
    assert _reports_from(sqlite_cli.url) == "2025-06-10"


def test_what_cannot_be_read_of_a_list_leaves_what_is_held(sqlite_cli, tmp_path):
    first = {"facility_id": "HC1", "province": "Banteay Meanchey", "reports_from": "2025-06-10",
             "latitude": "13.6", "longitude": "102.9", "kind": "border_post", "crossing": "Poipet",
             "report_deadline_days": "10"}  # fmt: skip
    wrong = first | {"reports_from": "31/02/2025", "latitude": "0", "longitude": "0", "kind": "tent",
                     "crossing": "Narnia", "report_deadline_days": "soon"}  # fmt: skip
    sqlite_cli("facilities", "import", write_csv(tmp_path / "first.csv", first))
    new = {"facility_id": "HC2", "province": "KH01"}
    done = sqlite_cli(
        "facilities", "import", write_csv(tmp_path / "again.csv", wrong, new | {"kind": "tent"})
    )
    assert done.stdout.endswith("2 rows: 1 added, 0 changed, 1 unchanged, 0 rejected\n")
    assert done.stderr.count("; not read, what is held stays") == 6
    assert _reports_from(sqlite_cli.url) == "2025-06-10"


@pytest.mark.parametrize(("from_1904", "day"), [(True, "2025-03-10"), (False, "2021-03-09")])
def test_day_numbers_of_a_list_count_from_where_its_workbook_says(from_1904, day, sqlite_cli, tmp_path):
    import xlsxwriter

    with xlsxwriter.Workbook(str(tmp_path / "list.xlsx"), {"date_1904": from_1904}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["facility_id", "province", "reports_from"])
        sheet.write_row(1, 0, ["HC1", "Banteay Meanchey", 44264])
    sqlite_cli("facilities", "import", tmp_path / "list.xlsx")
    assert _reports_from(sqlite_cli.url) == day


def _reports_from(url):
    database = open_database(url)
    try:
        with database.reading() as connection:
            found = connection.execute(
                sa.select(facility.c.reports_from).where(facility.c.facility_id == "HC1")
            ).scalar_one()
    finally:
        database.dispose()
    return found and str(found)
