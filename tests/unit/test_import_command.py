"""`import`: every row is accounted for, and the same file again changes nothing."""

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import product

import pytest
import sqlalchemy as sa

from db.maintenance.opening import open_database
from db.tables.records import batch, episode, notice
from surveillance.coverage.indicators import STEPS
from tests.support.files import csv_text, read_csv, record, write_csv

OUTCOMES = ["accepted", "amended", "withdrawn", "duplicate", "rejected"]
KEYS = ["file", "batch", "rows", *OUTCOMES, "returned_file", "mapping", "notices"]
WORD = {True: "yes", False: "no", None: ""}


@pytest.fixture
def bring(cli, tmp_path):
    """Import rows as a file; returns the receipt, having checked what holds for every receipt."""

    def brought(*rows, name="list.csv", options=(), env=None):
        path = write_csv(tmp_path / name, *rows)
        done = cli("import", path, *options, "--format", "json", env=env)
        assert done.code == 0, done.stderr
        receipt = done.one
        assert list(receipt) == KEYS
        assert receipt["file"] == str(path)
        assert receipt["rows"] == len(rows) == sum(receipt[outcome] for outcome in OUTCOMES)
        assert (receipt["returned_file"] is not None) is (
            receipt["rejected"] > 0 and "--dry-run" not in options
        )
        return receipt

    return brought


@pytest.fixture
def held(database_url):
    """Rows that the database holds in a table, oldest first."""

    def rows(table=episode, **where):
        database = open_database(database_url)
        with database.reading() as connection:
            query = sa.select(table).order_by(*table.primary_key.columns)
            found = connection.execute(query.filter_by(**where)).mappings().all()
        database.dispose()
        return found

    return rows


def counts(receipt) -> dict[str, int]:
    """What became of rows, without the zeros."""
    return {outcome: receipt[outcome] for outcome in OUTCOMES if receipt[outcome]}


def test_a_receipt_accounts_for_every_row(bring, held):
    receipt = bring(
        record(record_id="1"),
        record(record_id="2"),
        record(record_id="2"),
        record(record_id="2", sex="female"),
        record(record_id="3", tested="no", positive="yes"),
    )
    assert counts(receipt) == {"accepted": 2, "amended": 1, "duplicate": 1, "rejected": 1}
    (stored,) = held(batch)
    assert stored["id"] == receipt["batch"]
    assert {name: stored[name] for name in ("rows", *OUTCOMES)} == {
        n: receipt[n] for n in ("rows", *OUTCOMES)
    }
    assert (stored["first_visit"], stored["last_visit"]) == (date(2025, 3, 4), date(2025, 3, 4))


def test_the_same_file_again_changes_nothing_and_its_rows_are_duplicates(bring, held):
    rows = [
        record(record_id="1"),
        record(sex="male"),
        record(sex="male"),
        record(record_id="x", date_visit="no"),
    ]
    assert counts(bring(*rows)) == {"accepted": 3, "rejected": 1}
    before = held()
    assert counts(bring(*rows)) == {"duplicate": 3, "rejected": 1}
    assert held() == before


def test_a_copy_saved_again_in_another_form_is_duplicates_too(bring, cli, tmp_path):
    rows = [record(record_id="1", age_years="7"), record(age_years="7"), record(age_years="7")]
    bring(*rows)
    copy = tmp_path / "copy.csv"
    text = csv_text(
        rows, delimiter=";", columns=["age_years", "date_visit", "record_id", "disease", "facility_id"]
    )
    copy.write_bytes(text.replace("\n", "\r\n").replace("2025-03-04", "2025-03-04 00:00").encode("utf-8-sig"))
    assert counts(cli("import", copy, "--format", "json").one) == {"duplicate": 3}


def test_changed_content_amends_and_the_old_version_is_kept(bring, held):
    bring(record(record_id="1", sex="male", tested="yes"))
    receipt = bring(record(record_id="1", sex="female", tested="yes"), name="better.csv")
    assert counts(receipt) == {"amended": 1}
    old, new = held()
    assert (old["sex"], old["superseded_batch"]) == ("male", receipt["batch"])
    assert (new["sex"], new["superseded_batch"], new["batch"]) == ("female", None, receipt["batch"])
    assert old["identity"] == new["identity"]


def test_an_old_file_never_takes_an_amendment_back(bring, held):
    old = record(record_id="1", sex="male")
    bring(old)
    bring(record(record_id="1", sex="female"), name="better.csv")
    assert counts(bring(old)) == {"duplicate": 1}
    (current,) = held(superseded_batch=None)
    assert current["sex"] == "female"
    assert len(held()) == 2


def test_an_old_file_with_several_versions_of_a_record_is_all_duplicates_after_an_amendment(bring, held):
    rows = [record(record_id="1", age_years=str(years)) for years in (1, 2, 3)]
    assert counts(bring(*rows)) == {"accepted": 1, "amended": 2}
    bring(record(record_id="1", age_years="4"), name="better.csv")
    assert counts(bring(*rows)) == {"duplicate": 3}
    (current,) = held(superseded_batch=None)
    assert current["age_years"] == 4


def test_the_last_row_of_a_file_is_what_it_says_of_a_record(bring, held):
    bring(*(record(record_id="1", age_years=str(years)) for years in (1, 2, 1)))
    (current,) = held(superseded_batch=None)
    assert current["age_years"] == 1
    assert [row["age_years"] for row in held()] == [1, 2, 1]


def test_equal_rows_without_a_number_are_two_people_and_stay_two(bring, held):
    assert counts(bring(record(), record())) == {"accepted": 2}
    assert counts(bring(record(), name="one.csv")) == {"duplicate": 1}
    assert counts(bring(record(), record(), record(), name="three.csv")) == {"accepted": 1, "duplicate": 2}
    assert len(held(superseded_batch=None)) == 3


def test_the_same_number_from_another_source_or_facility_is_another_record(bring, held):
    assert counts(bring(record(record_id="1"))) == {"accepted": 1}
    assert counts(bring(record(record_id="1"), options=("--source", "other"))) == {"accepted": 1}
    assert counts(bring(record(record_id="1", facility_id="HC2"), name="b.csv")) == {"accepted": 1}
    again = bring(record(record_id="1", facility_id="hc1 "), name="c.csv", options=("--source", "other"))
    assert counts(again) == {"duplicate": 1}
    assert {row["source"] for row in held()} == {"default", "other"}


def test_capitals_and_spaces_in_a_facilitys_number_make_nobody_a_second_person(bring, held):
    bring(record())
    assert counts(bring(record(facility_id=" hc1"), name="b.csv")) == {"duplicate": 1}
    assert len(held()) == 1


def test_a_dry_run_counts_and_stores_nothing(bring, held, tmp_path):
    bring(record(record_id="1"))
    before, files = held(), sorted(tmp_path.iterdir())
    rows = [record(record_id="1", sex="male"), record(record_id="2"), record(positive="yes", tested="no")]
    receipt = bring(*rows, name="list.csv", options=("--dry-run",))
    assert counts(receipt) == {"accepted": 1, "amended": 1, "rejected": 1}
    assert (receipt["batch"], receipt["returned_file"]) == (None, None)
    assert held() == before
    assert len(held(batch)) == 1
    assert sorted(tmp_path.iterdir()) == files
    assert counts(bring(*rows)) == {"accepted": 1, "amended": 1, "rejected": 1}


def contradicts(answers) -> bool:
    """A yes after an explicit no."""
    return any(later and False in answers[:at] for at, later in enumerate(answers))


def test_a_row_is_rejected_when_a_yes_follows_an_explicit_no_and_for_no_other_answers(bring):
    states = list(product((True, False, None), repeat=len(STEPS)))
    rows = [
        record(record_id=str(number)) | dict(zip(STEPS, map(WORD.get, state), strict=True))
        for number, state in enumerate(states)
    ]
    receipt = bring(*rows)
    wrong = [str(number) for number, state in enumerate(states) if contradicts(state)]
    returned = read_csv(receipt["returned_file"])
    assert [row["record_id"] for row in returned] == wrong
    assert receipt["accepted"] == 243 - len(wrong)
    for row in returned:
        later, _, reason = row["chhlang_reason"].partition(": is yes after an explicit no (")
        earlier = reason.partition(" = no)")[0]
        assert (row[later], row[earlier]) == ("yes", "no")
        assert STEPS.index(earlier) < STEPS.index(later)


BASES = {
    "clinical treatment": ({"detail": "treatment_basis=clinical"}, True),
    "presumptive treatment": ({"detail": '{"treatment_basis": "presumptive"}'}, True),
    "preventive treatment": ({"detail": "treatment_basis = preventive"}, True),
    "a transfer": ({"detail": "xray=normal; treatment_basis=transfer"}, True),
    "a clinical diagnosis": ({"test_method": "clinical"}, True),
    "a probable case": ({"case_status": "probable"}, True),
    "a test": ({"detail": "treatment_basis=test"}, False),
    "a basis that is not in the list": ({"detail": "treatment_basis=habit"}, False),
    "nothing": ({}, False),
}


@pytest.mark.parametrize(("stated", "excused"), BASES.values(), ids=BASES)
def test_treatment_after_a_no_is_accepted_only_with_its_basis(stated, excused, bring):
    for answers in ({"positive": "no"}, {"tested": "no"}, {"eligible": "no"}):
        rows = [
            record(record_id="1", treated="yes") | answers | stated,
            record(record_id="2", treated="yes", completed="yes") | answers | stated,
        ]
        assert bring(*rows, options=("--dry-run",))["accepted"] == (2 if excused else 0)
    never = [
        record(record_id="1", treated="no", completed="yes") | stated,
        record(record_id="2", tested="no", positive="yes") | stated,
        record(record_id="3", eligible="no", tested="yes") | stated,
    ]
    assert bring(*never, options=("--dry-run",))["rejected"] == 3


def test_a_blank_is_accepted_and_unknown(bring, cli):
    assert counts(bring(record(eligible="yes"), record(eligible="yes", tested="unknown"))) == {"accepted": 2}
    row = cli("coverage", "--disease", "tb", "--by", "province", "--format", "json").json()[-1]
    assert (row["denominator"], row["unknown"], row["coverage"], row["status"]) == (0, 2, None, "unknown")


@pytest.fixture
def clock(monkeypatch):
    """Sets the time of the import."""

    def at(text):
        class Clock(datetime):
            @classmethod
            def now(cls, tz=None):
                return datetime.fromisoformat(text).replace(tzinfo=UTC).astimezone(tz)

        monkeypatch.setattr("dashboard.services.clock.datetime", Clock)

    return at


DATES = (
    "date_visit",
    "date_onset",
    "date_report",
    "date_tested",
    "date_result",
    "date_treated",
    "date_outcome",
)


@pytest.mark.parametrize("column", DATES)
def test_no_date_may_lie_after_the_day_it_is_in_phnom_penh(column, bring, clock):
    row = record(date_visit="2025-03-03") | {column: "2025-03-04"}
    clock("2025-03-03 16:59:59")  # 23:59:59 in Phnom Penh
    receipt = bring(row)
    assert counts(receipt) == {"rejected": 1}
    reason = read_csv(receipt["returned_file"])[0]["chhlang_reason"]
    assert reason == f"{column}: 2025-03-04 lies after the day of import (2025-03-03)"
    clock("2025-03-03 17:00:00")
    assert counts(bring(row)) == {"accepted": 1}


def test_unknown_places_and_facilities_are_accepted_counted_and_listed(bring, cli, held, tmp_path):
    row = record(
        facility_id="Nowhere HC", province_home="Atlantis", crossing="Back gate", place_infection="Moon"
    )
    receipt = bring(row, row | {"crossing": ""}, row | {"tested": "perhaps", "date_onset": "last week"})
    assert counts(receipt) == {"accepted": 3}
    listed = {(n["kind"], n["field"], n["text"]): (n["rows"], n["first_row"]) for n in held(notice)}
    assert listed == {
        ("unknown_facility", "facility_id", "Nowhere HC"): (3, 2),
        ("unmatched_place", "province_home", "Atlantis"): (3, 2),
        ("unmatched_place", "crossing", ""): (2, 2),  # two rows may be one person's name
        ("unmatched_place", "place_infection", "Moon"): (3, 2),
        ("unread_value", "tested", ""): (1, 4),
        ("unread_value", "date_onset", ""): (1, 4),
        ("no_record_id", "record_id", ""): (3, 2),
    }
    for options in (("province",), ("province", "--place", "home"), ("facility",), ("crossing",)):
        asked = (
            "coverage",
            "--disease",
            "tb",
            "--measure",
            "eligibility",
            "--format",
            "json",
            "--by",
            *options,
        )
        assert cli(*asked).json()[-1]["unknown"] == 3
    said = cli("import", tmp_path / "list.csv").stdout
    for text in ("Nowhere HC", "Atlantis", "Back gate", "Moon", "perhaps", "last week"):
        assert text in said


def test_a_visit_needs_a_day_of_the_calendar_from_1990_on(bring):
    days = ("2025-02-29", "1989-12-31", "March 2025", "4/2025", "", "450000", "31/04/2025")
    good = ("2024-02-29", "1990-01-01", "2025-03-04T23:59", " 2025-01-02 ", "2025-3-4", "45000", "2568-03-04")
    receipt = bring(*(record(record_id=day, date_visit=day) for day in (*days, *good)))
    assert counts(receipt) == {"accepted": len(good), "rejected": len(days)}


def test_a_receipt_for_a_program_says_what_was_not_understood_and_keeps_no_text_of_few_rows(cli, tmp_path):
    rows = [record(record_id=str(n), province_home="Atlantis", sex="?!") for n in range(3)]
    rows.append(record(record_id="9", province_home="Canary Person"))
    done = cli("import", write_csv(tmp_path / "a.csv", *rows), "--format", "json")
    noted = {(one["kind"], one["field"], one["text"]): one for one in done.one["notices"]}
    placed = noted["unmatched_place", "province_home", "Atlantis"]
    assert (placed["rows"], placed["first_row"]) == (3, 2)
    assert noted["unmatched_place", "province_home", ""]["rows"] == 1
    assert noted["unread_value", "sex", ""]["rows"] == 3
    assert "Canary" not in done.stdout
