"""Files of reception centres: each kind is read, every row accounted for, what cannot be read goes back."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from dashboard.permissions import Grant
from dashboard.services.imports.options import ImportOptions
from dashboard.services.imports.pipeline import import_file
from dashboard.services.reception import entries as service
from dashboard.services.reception.files import IMPORTED, import_records
from dashboard.services.upkeep.verify import verify
from dashboard.settings import Settings
from db.core.scope import Scope
from db.maintenance.opening import open_database
from db.reception import read
from db.tables.reception.records import CUBES, SEALED
from surveillance.errors import (
    AmbiguousDatesError,
    AmbiguousEraError,
    MappingError,
    NotPermittedError,
    SameNumbersError,
    UnreadableFileError,
    UsageError,
)
from tests.support.command_line import CommandLine
from tests.support.files import record, write_csv
from tests.support.state import everything

_TABLES = {
    "reception_entry", "reception_record", "sealed_subject", *(one.name for one in (*CUBES, *SEALED)),
}  # fmt: skip
NOW = datetime(2025, 7, 1, 3, tzinfo=UTC)
CUSTODIAN, SETTINGS = Grant.custodian(), Settings.read({})
VAN = {"record_id": "V1", "crossing": "Poipet", "arrived_at": "2025-06-01 12:05", "men": "20", "letter": "b"}
PERSON = {
    "record_id": "A-17", "van_id": "V1", "crossing": "Poipet", "number": "17", "sex": "ស្រី",
    "age_years": "៣១", "province_home": "Battambang", "movement": "Deported", "daily_medicine": "yes",
}  # fmt: skip


@pytest.fixture
def database(database_url):
    opened = open_database(database_url)
    yield opened
    opened.dispose()


@pytest.fixture
def bring(database, tmp_path):
    """Import rows of a kind; its receipt and the reasons."""

    def brought(kind, *rows, who=CUSTODIAN, now=NOW, columns=None, **more):
        path = write_csv(tmp_path / f"{kind}.csv", *rows, columns=columns)
        done = import_records(database, who, SETTINGS, path, kind, ImportOptions(**more), now)
        brought.notices = done.notices
        return done.receipt, done.reasons

    brought.database = database
    return brought


def counts(receipt):
    names = ("rows", "accepted", "amended", "withdrawn", "duplicate", "rejected")
    return tuple(getattr(receipt, name) for name in names)


def records(database, kind):
    with database.operations.connect() as connection:
        return read.between(connection, kind, None, date(2000, 1, 1), date(2100, 1, 1))


@pytest.mark.sql
def test_a_van_and_its_people_are_read_from_two_files(bring):
    assert counts(bring("arrival", PERSON)[0]) == (1, 1, 0, 0, 0, 0)
    assert counts(bring("van", VAN)[0]) == (1, 1, 0, 0, 0, 0)
    (van,) = service.vans(bring.database, CUSTODIAN, "TH01", date(2025, 6, 1), date(2025, 6, 1))
    assert dict(van.fields) == {"arrived_at": "2025-06-01T12:05", "letter": "B", "men": 20}
    (one,) = van.people
    assert one.tag == "B-17"
    assert one.records["arrival", ""] == {
        "number": 17, "sex": "female", "age_years": 31, "province_home": "KH02", "movement": "deported",
        "daily_medicine": True,
    }  # fmt: skip
    assert verify(bring.database, CUSTODIAN).sound


@pytest.mark.sql
def test_a_file_that_comes_again_stores_nothing_and_never_reverts_what_was_amended(bring):
    bring("arrival", PERSON)
    assert counts(bring("arrival", PERSON)[0]) == (1, 0, 0, 0, 1, 0)
    later = NOW.replace(hour=4)
    assert counts(bring("arrival", PERSON | {"sex": "male"}, now=later)[0]) == (1, 0, 1, 0, 0, 0)
    assert counts(bring("arrival", PERSON, now=NOW.replace(hour=5))[0]) == (1, 0, 0, 0, 1, 0)
    (held,) = records(bring.database, "arrival")
    assert held.values["sex"] == "male"
    taken = {"record_id": "A-17", "van_id": "V1", "crossing": "TH01", "record_status": "withdrawn"}
    assert counts(bring("arrival", taken, now=NOW.replace(hour=6))[0]) == (1, 0, 0, 1, 0, 0)
    assert counts(bring("arrival", taken | {"record_id": "other"})[0]) == (1, 0, 0, 0, 0, 1)


def test_a_row_that_cannot_be_read_goes_back_with_every_reason_and_no_value(bring, tmp_path):
    bad = PERSON | {"sex": "Sok Chan", "age_years": "old", "crossing": "nowhere", "record_id": ""}
    receipt, reasons = bring("arrival", bad, PERSON)
    assert counts(receipt) == (2, 1, 0, 0, 0, 1)
    with Path(receipt.returned_file).open(encoding="utf-8-sig") as handle:
        (row,) = csv.DictReader(handle)
    assert row["chhlang_row"] == "2" and row["sex"] == "Sok Chan"
    assert row["chhlang_reason"].split("; ") == [
        "record_id: is blank", "it tells records apart", "crossing: is blank or no known crossing",
        "sex: use one of female, male, other, unknown", "age_years: is no whole number",
    ]  # fmt: skip
    assert reasons[0][0] == 2 and "Sok" not in reasons[0][1]


def test_a_file_of_its_own_returned_rows_is_read(bring, tmp_path):
    receipt, _ = bring("arrival", PERSON | {"sex": "?"})
    path = Path(receipt.returned_file)
    path.write_text(path.read_text("utf-8-sig").replace(",?,", ",female,"), "utf-8")
    mended = import_records(bring.database, CUSTODIAN, SETTINGS, path, "arrival", ImportOptions(), NOW)
    assert (counts(mended.receipt), mended.notices) == ((1, 1, 0, 0, 0, 0), [])


def test_days_and_times_are_read_as_people_write_them(bring):
    for number, (text, read_as) in enumerate(
        {
            "31/05/2025 7:05": "2025-05-31T07:05",
            "៣១/០៥/២៥៦៨ ០៧:០៥": "2025-05-31T07:05",
            "2025-05-31T07:05:59": "2025-05-31T07:05",
            "2025-05-31": "2025-05-31",
        }.items()
    ):
        receipt, reasons = bring("van", VAN | {"record_id": str(number), "arrived_at": text}, era="thai")
        assert receipt.rejected == 0, reasons
        assert read_as in [one.values["arrived_at"] for one in records(bring.database, "van")]
    for text in ("2025-07-02 10:00", "2025-06-31 10:00", "2025-06-01 25:00", "yesterday", ""):
        assert bring("van", VAN | {"arrived_at": text})[0].rejected == 1, text


ROWS = {
    "van": VAN,
    "arrival": PERSON,
    "assessment": {
        "record_id": "A-17", "crossing": "TH01", "danger_signs": "Bleeding; convulsions", "pregnant": "no",
    },
    "service": {"record_id": "A-17", "crossing": "TH01", "item": "test_tb", "done": "yes", "result": "pos"},
    "session": {"van_id": "V1", "crossing": "TH01", "item": "risks", "held_at": "2025-06-01 13:00"},
    "referral": {
        "record_id": "A-17", "crossing": "TH01", "item": "1", "partner": "tb_service",
        "sent_at": "2025-06-01", "slip": "7K3M-9P2X", "medicine": "tb", "outcome": "Treatment completed",
    },
    "household": {
        "record_id": "H1", "crossing": "unknown", "visited_on": "2025-06-01", "children_under_5": "2",
    },
    "outreach": {"record_id": "O1", "crossing": "unknown", "held_on": "2025-06-01", "items_given": "120"},
}  # fmt: skip


@pytest.mark.parametrize("kind", IMPORTED)
def test_every_kind_comes_in_files(bring, kind):
    receipt, reasons = bring(kind, ROWS[kind])
    assert counts(receipt) == (1, 1, 0, 0, 0, 0), reasons
    (held,) = records(bring.database, kind)
    assert held.values
    assert bring(kind, ROWS[kind], dry_run=True)[0].duplicate == 1


def test_a_dry_run_stores_nothing_and_the_last_row_of_a_record_counts(bring):
    receipt, _ = bring("arrival", PERSON, PERSON | {"sex": "male"}, dry_run=True, same_numbers="amend")
    assert counts(receipt) == (2, 1, 0, 0, 1, 0)
    assert records(bring.database, "arrival") == []
    bring("arrival", PERSON, PERSON | {"sex": "male"}, same_numbers="amend")
    assert [one.values["sex"] for one in records(bring.database, "arrival")] == ["male"]


def test_who_may_import_what(bring):
    manager = Grant("who@health.example", "data_manager", Scope.everything())
    assert bring("arrival", PERSON, who=manager)[0].accepted == 1
    for who, kind in ((manager, "referral"), (Grant("n", "nurse", Scope.everything()), "arrival")):
        with pytest.raises(NotPermittedError):
            bring(kind, ROWS[kind], who=who)
    elsewhere = Grant("who@health.example", "data_manager", Scope.of("KH02"))
    assert counts(bring("arrival", PERSON | {"record_id": "2"}, who=elsewhere)[0]) == (1, 0, 0, 0, 0, 1)
    with pytest.raises(UsageError):
        bring("handover", {"record_id": "A-17", "crossing": "TH01", "handed_over_at": "2025-06-01"})


def test_a_file_without_what_tells_records_apart_is_refused(bring):
    with pytest.raises(UnreadableFileError, match="lacks crossing, record_id: name it"):
        bring("arrival", {"sex": "female", "number": "1"})


def test_the_command_prints_a_receipt(cli, tmp_path):
    path = write_csv(tmp_path / "a.csv", PERSON | {"name": "Sok"}, PERSON | {"record_id": "2", "sex": "?"})
    done = cli("reception", "import", "--kind", "arrival", path)
    assert done.code == 0
    assert f"{path}: 2 rows of arrival\n  accepted           1\n" in done.stdout
    assert (
        "row 3: sex: use one of" in done.stdout
        and "column 'name' is not of the schema; ignored" in done.stdout
    )
    assert cli("reception", "import", "--kind", "arrival", path, "--format", "json").one["duplicate"] == 1
    assert cli("reception", "import", "--kind", "arrival", tmp_path / "none.csv").code == 3


@pytest.mark.in_turn()  # PostgreSQL: tests/property/test_arrivals_equal_records.py
@pytest.mark.sql
def test_a_backup_holds_them_and_old_ones_become_sums(cli, new_database, tmp_path):
    for kind in ("van", "arrival", "outreach"):
        path = write_csv(tmp_path / f"{kind}.csv", ROWS[kind])
        assert cli("reception", "import", "--kind", kind, path).code == 0
    assert cli("import", write_csv(tmp_path / "list.csv", record())).code == 0
    assert cli("backup", tmp_path / "b.zip").code == 0
    with new_database() as url:
        other = CommandLine(url)
        assert other("restore", tmp_path / "b.zip").code == 0
        held = {name: rows for name, rows in everything(cli.url).items() if name in _TABLES}
        assert {name: rows for name, rows in everything(url).items() if name in _TABLES} == held
        assert all(held[name] for name in ("reception_entry", "reception_record", "cube_arrivals"))
        would = other("retain", "--older-than", "1y", "--dry-run").stdout
        assert "3 records of reception centres would be reduced to sums, too" in would
        assert "3 records of reception centres are reduced" in other("retain", "--older-than", "1y").stdout
        left = everything(url)
        assert left["reception_entry"] == left["reception_record"] == []
        assert left["cube_arrivals"] == left["sealed_arrivals"] == held["cube_arrivals"]
        assert other("verify").code == 0


MAPPING = """
name = "our-arrivals"
version = 1
kind = "arrival"
era = "thai"

[columns]
record_id = "ល.រ ស្លាក"
arrived_at = "ថ្ងៃមកដល់"
sex = "Gender"
age_years = "Age"
province_home = "Home"

[constants]
crossing = "TH01"

[values.sex]
"1" = "female"
"2" = "male"
"""


@pytest.mark.sql
def test_a_file_is_read_through_a_mapping_and_its_rows_go_back_as_they_came(bring, tmp_path):
    mapping = tmp_path / "ours.toml"
    mapping.write_text(MAPPING, "utf-8")
    rows = [
        {"ល.រ ស្លាក": "B-1", "ថ្ងៃមកដល់": "០១/០៦/២៥៦៨ 14:05", "Gender": "1", "Age": "7 ខែ", "Home": "Takeo"},
        {"ល.រ ស្លាក": "B-2", "ថ្ងៃមកដល់": "13/06/2568 02:05 PM", "Gender": "9", "Age": "30", "Home": "Takeo"},
    ]
    receipt, reasons = bring("arrival", *rows, mapping=str(mapping))
    assert counts(receipt) == (2, 1, 0, 0, 0, 1), reasons
    assert (receipt.mapping["name"], receipt.mapping["era"]) == ("our-arrivals", "thai")
    (held,) = records(bring.database, "arrival")
    assert held.values == {
        "age_years": 0, "arrived_at": "2025-06-01T14:05", "province_home": "KH21", "sex": "female",
    }  # fmt: skip
    assert reasons[0][1].startswith("sex (Gender): use one of")
    with Path(receipt.returned_file).open(encoding="utf-8-sig") as handle:
        (row,) = csv.DictReader(handle)
    assert (row["ល.រ ស្លាក"], row["Gender"]) == ("B-2", "9")
    with pytest.raises(MappingError, match="not of kind van"):
        bring("van", VAN, mapping=str(mapping))
    with pytest.raises(MappingError, match="not of kind line-list"):
        import_file(
            bring.database, CUSTODIAN, SETTINGS, tmp_path / "arrival.csv", ImportOptions(mapping=str(mapping))
        )


def test_days_that_can_be_two_are_asked_about_and_answered(bring):
    with pytest.raises(AmbiguousDatesError):
        bring("van", VAN | {"arrived_at": "03/04/2025 12:00"})
    bring("van", VAN | {"arrived_at": "03/04/2025 12:00"}, dates="month-first")
    assert records(bring.database, "van")[0].values["arrived_at"] == "2025-03-04T12:00"
    with pytest.raises(AmbiguousEraError):
        bring("van", VAN | {"arrived_at": "2568-06-10 12:00"})


@pytest.mark.parametrize(
    ("columns", "age"),
    [
        ({"age_years": "18 months"}, 1),
        ({"age_years": "7", "age_unit": "months"}, 0),
        ({"birth_date": "2531-06-02", "arrived_at": "2025-06-01"}, 36),
        ({"birth_year": "2531", "arrived_at": "2025-06-01"}, 37),
        ({"birth_date": "1900-01-01", "arrived_at": "2025-06-01"}, None),
        ({"age_months": "30"}, 2),
    ],
)
def test_ages_are_read_as_in_a_line_list(bring, columns, age):
    plain = {name: text for name, text in PERSON.items() if name != "age_years"}
    receipt, reasons = bring("arrival", plain | columns, era="thai")
    assert receipt.accepted == 1, reasons
    assert records(bring.database, "arrival")[0].values.get("age_years") == age
    assert [one[0] for one in bring.notices] == (["placeholder_day"] if age is None else [])


def test_a_number_that_stands_for_two_people_is_asked_about(bring):
    first = PERSON | {"arrived_at": "2025-05-01"}
    with pytest.raises(SameNumbersError) as asked:
        bring("arrival", first, first | {"sex": "male"})
    assert (asked.value.rows, asked.value.fields, asked.value.inside) == ((2, 3), ("sex",), True)
    bring("arrival", first)
    other = PERSON | {"arrived_at": "2025-06-20", "sex": "male", "age_years": "50"}
    with pytest.raises(SameNumbersError) as asked:
        bring("arrival", other)
    assert not asked.value.inside and asked.value.rows == (2,)
    assert bring("arrival", other, same_numbers="new")[0].accepted == 1
    assert bring("arrival", other, same_numbers="new")[0].duplicate == 1
    assert len(records(bring.database, "arrival")) == 2
    assert bring("arrival", other, same_numbers="amend")[0].amended == 1


def test_numbers_that_are_none_and_survey_answers(bring):
    for text in ("N/A", "-", "គ្មាន", "8.5523E+11"):
        assert bring("arrival", PERSON | {"record_id": text})[0].rejected == 1, text
    assert counts(bring("arrival", PERSON | {"record_id": "101.0"})[0]) == (1, 1, 0, 0, 0, 0)
    assert counts(bring("arrival", PERSON | {"record_id": "101"})[0]) == (1, 0, 0, 0, 1, 0)
    row = ROWS["assessment"] | {"symptoms": "cough fever", "danger_signs": "none"}
    bring("assessment", row)
    assert records(bring.database, "assessment")[0].values["symptoms"] == ["cough", "fever"]
