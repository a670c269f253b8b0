"""Mapped files in other forms: titles, two rows of header, merged cells, totals, JSON; and back corrected."""

from __future__ import annotations

import csv
import json
from datetime import date
from pathlib import Path

import pytest

from tests.support.files import read_xlsx
from tests.support.stored import records_of


@pytest.fixture
def bring(sqlite_cli):
    """Imports one file with a mapping; gives its receipt."""
    return sqlite_cli.mapped


REGISTER = """
name = "centre-register"
version = 1
kind = "line-list"
[columns]
record_id = "ល.រ"
facility_id = "មណ្ឌល"
date_visit = "ការពិនិត្យ/ថ្ងៃ"
sex = "ភេទ"
age_years = "អាយុ"
[constants]
disease = "tb"
[rules]
tested = { column = "ការពិនិត្យ/តេស្ត", yes = ["✓"], no = ["x"] }
"""


def test_a_sheet_with_a_title_two_rows_of_header_merged_cells_and_totals(bring, sqlite_cli, tmp_path):
    import xlsxwriter

    path, mapping = tmp_path / "បញ្ជី.xlsx", tmp_path / "register.toml"
    mapping.write_text(REGISTER, encoding="utf-8")
    with xlsxwriter.Workbook(str(path), {"default_date_format": "dd/mm/yyyy"}) as book:
        sheet = book.add_worksheet("មីនា")
        sheet.merge_range(0, 0, 0, 7, "បញ្ជីអ្នកជំងឺ ខែមីនា ២០២៥")
        for column, name in ((0, "ល.រ"), (1, "ឈ្មោះ"), (2, "ភេទ"), (3, "អាយុ"), (7, "មណ្ឌល")):
            sheet.merge_range(2, column, 3, column, name)
        sheet.merge_range(2, 5, 2, 6, "ការពិនិត្យ")
        sheet.write_row(3, 5, ["ថ្ងៃ", "តេស្ត"])
        sheet.write_row(4, 0, [1, "x", "ស្រី", "៣៤", "", "០៣/០៤/២៥៦៨", "✓", "HC1"])
        sheet.write_row(5, 0, [2, "x", "ប្រុស", "៨ ខែ", "", date(2025, 3, 25), "x", "HC1"])
        sheet.write_row(6, 0, [3, "x", "ប្រុស", 7, "", "២៥/៣/២០២៥", "?", "HC1"])
        sheet.write_row(7, 0, [4, "x", "ស្រី", 7, "", "ម្សិលមិញ", "", "HC1"])
        sheet.write_row(8, 0, ["សរុប", "", 4])
    receipt = bring(path, mapping)
    assert (receipt["accepted"], receipt["rejected"]) == (3, 1)
    stored = records_of(sqlite_cli.url)
    assert [str(row["date_visit"]) for row in stored] == ["2025-04-03", "2025-03-25", "2025-03-25"]
    assert [row["age_years"] for row in stored] == [34, 0, 7]
    header, row = read_xlsx(receipt["returned_file"])
    assert "date_visit (ការពិនិត្យ/ថ្ងៃ): 'ម្សិលមិញ' cannot be read" in row[1]
    corrected = tmp_path / "corrected.csv"
    with corrected.open("w", encoding="utf-8", newline="") as handle:
        mended = ["26/3/2025" if cell == "ម្សិលមិញ" else cell for cell in row]
        csv.writer(handle).writerows([header, mended])
    again = bring(corrected, mapping)
    assert again["accepted"] == 1


def _event(number: int, disease: str, **more: object) -> dict:
    held = {"disease": disease, "sex": "Female", "tested": True, **more}
    values = [{"dataElement": name, "value": str(value).lower()} for name, value in held.items()]
    unit = {"program": "p", "programStage": "s", "orgUnit": "ou1", "orgUnitName": "Poipet"}
    when = {"occurredAt": "2025-03-04T00:00:00.000", "status": "COMPLETED"}
    return {"event": f"ev{number}", "trackedEntity": f"te{number}", **unit, **when, "dataValues": values}


def test_events_in_json_come_back_as_csv_that_the_same_mapping_reads(bring, sqlite_cli, tmp_path):
    path = tmp_path / "events.json"
    events = [_event(1, "tb", age_months=30), _event(2, "plague"), _event(3, "malaria", positive=True)]
    path.write_text(json.dumps({"instances": events}), encoding="utf-8")
    receipt = bring(path, "dhis2-events")
    assert (receipt["accepted"], receipt["rejected"]) == (2, 1)
    stored = records_of(sqlite_cli.url)
    assert [(row["record_id"], row["disease"], row["age_years"]) for row in stored] == [
        ("ev1", "tb", 2),
        ("ev3", "malaria", None),
    ]
    assert all(row["person"] for row in stored)
    returned = Path(receipt["returned_file"])
    assert returned.suffix == ".csv"
    text = returned.read_text(encoding="utf-8-sig").replace("plague", "cholera")
    returned.write_text(text, encoding="utf-8-sig")
    again = bring(returned, "dhis2-events")
    assert again["accepted"] == 1
    assert records_of(sqlite_cli.url)[1]["disease"] == "cholera"


@pytest.mark.parametrize(
    ("entity", "when"), [("trackedEntity", "occurredAt"), ("trackedEntityInstance", "eventDate")]
)
def test_persons_with_their_enrollments_come_in_as_visits_of_one_person(
    entity, when, bring, sqlite_cli, tmp_path
):
    def visit(number: int, **more: object) -> dict:
        found = _event(number, "malaria", **more)
        del found["trackedEntity"], found["occurredAt"]
        return found | {when: f"2025-03-0{number}T00:00:00.000"}

    said = [{"attribute": "age_years", "displayName": "Age", "value": "34"}]
    enrolled = [
        {"enrollment": "n1", "events": [visit(1), visit(2)]},
        {"enrollment": "n2", "events": [visit(3)]},
    ]
    person = {entity: "te1", "orgUnit": "ou9", "attributes": said, "enrollments": enrolled}
    path = tmp_path / "persons.json"
    path.write_text(json.dumps({"trackedEntities": [person]}), encoding="utf-8")
    receipt = bring(path, "dhis2-events")
    assert (receipt["accepted"], receipt["rejected"]) == (3, 0)
    stored = records_of(sqlite_cli.url)
    assert [(row["record_id"], row["facility_id"], row["age_years"]) for row in stored] == [
        (f"ev{number}", "ou1", 34) for number in (1, 2, 3)
    ]
    assert len({row["person"] for row in stored}) == 1
