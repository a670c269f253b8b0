"""Files of reception centres: each kind is read, every row accounted for, what cannot be read goes back."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from dashboard.permissions import Grant
from dashboard.services.imports.options import ImportOptions
from dashboard.services.reception import entries as service
from dashboard.services.reception.files import IMPORTED, import_records
from dashboard.services.upkeep.verify import verify
from dashboard.settings import Settings
from db.core.scope import Scope
from db.maintenance.opening import open_database
from db.reception import read
from db.tables.reception.records import CUBES, SEALED
from surveillance.errors import NotPermittedError, UnreadableFileError, UsageError
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
        return import_records(database, who, SETTINGS, path, kind, ImportOptions(**more), now)

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
    mended, _ = import_records(bring.database, CUSTODIAN, SETTINGS, path, "arrival", ImportOptions(), NOW)
    assert (counts(mended), mended.ignored) == ((1, 1, 0, 0, 0, 0), ())


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
    receipt, _ = bring("arrival", PERSON, PERSON | {"sex": "male"}, dry_run=True)
    assert counts(receipt) == (2, 1, 0, 0, 1, 0)
    assert records(bring.database, "arrival") == []
    bring("arrival", PERSON, PERSON | {"sex": "male"})
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
    with pytest.raises(UnreadableFileError, match="lacks record_id or crossing"):
        bring("arrival", {"sex": "female", "number": "1"})


def test_the_command_prints_a_receipt(cli, tmp_path):
    path = write_csv(tmp_path / "a.csv", PERSON | {"name": "Sok"}, PERSON | {"record_id": "2", "sex": "?"})
    done = cli("reception", "import", "--kind", "arrival", path)
    assert done.code == 0
    assert f"{path}: 2 rows of arrival\n  accepted           1\n" in done.stdout
    assert "row 3: sex: use one of" in done.stdout and "not stored: name" in done.stdout
    assert cli("reception", "import", "--kind", "arrival", path, "--format", "json").one["duplicate"] == 1
    assert cli("reception", "import", "--kind", "arrival", tmp_path / "none.csv").code == 3


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
