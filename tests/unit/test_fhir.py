"""FHIR R4 bundles as line lists: one row for each condition, and what is not read is refused in words."""

from __future__ import annotations

import copy
import json
from datetime import date
from pathlib import Path

import pytest

from dashboard.exports.fhir import REASONS, Reported, measure_report
from db.intake.files.formats.fhir_bundle import rows_of
from surveillance.errors import UnreadableFileError
from surveillance.status import SHOWN, Status
from tests.support.command_line import OUTCOMES
from tests.support.stored import records_of

NAME = "A name that nobody may store"


def entry(kind, number, **more):
    return {
        "fullUrl": f"http://ehr.example/fhir/{kind}/{number}",
        "resource": {"resourceType": kind, "id": number, **more},
    }


def refers(kind, number):
    return {"reference": f"{kind}/{number}"}


def coded(code):
    return {"coding": [{"system": "http://a.example", "code": code}]}


def bundle(*entries):
    return {"resourceType": "Bundle", "type": "collection", "entry": list(entries)}


PATIENT = entry(
    "Patient", "p1", name=[{"text": NAME}], telecom=[{"value": "012345678"}], gender="female",
    birthDate="1990-05-06", identifier=[{"system": "urn:clinic", "value": "N-77"}],
    address=[{"use": "home", "line": [NAME], "state": "Battambang", "district": "0201"}],
)  # fmt: skip
VISIT = entry(
    "Encounter", "e1", status="finished", subject=refers("Patient", "p1"),
    period={"start": "2025-03-04T23:30:00Z"}, serviceProvider={"identifier": {"value": "HC1"}},
)  # fmt: skip
FEVER = entry(
    "Condition", "c1", subject=refers("Patient", "p1"), encounter=refers("Encounter", "e1"),
    code=coded("B54"), onsetDateTime="2025-03-01", verificationStatus=coded("confirmed"),
)  # fmt: skip
COUGH = entry(
    "Condition", "c2", subject=refers("Patient", "p1"), encounter=refers("Encounter", "e1"),
    code=coded("U07.1"), verificationStatus=coded("provisional"),
)  # fmt: skip
SWAB = entry(
    "Observation", "o1", status="final", subject=refers("Patient", "p1"), encounter=refers("Encounter", "e1"),
    code=coded("94500-6"), valueCodeableConcept=coded("260373001"), effectiveDateTime="2025-03-04",
)  # fmt: skip
CLINIC = entry("Organization", "org1", name="A clinic")


def rows(*entries):
    return rows_of(Path("bundle.json"), bundle(*copy.deepcopy(entries)))


def test_each_condition_is_a_row_with_its_visit_and_nobodys_name():
    found, unread = rows(CLINIC, PATIENT, VISIT, FEVER, COUGH, SWAB)
    assert [one["record"] for one in found] == ["c1", "c2"]
    first = found[0]
    assert first["encounter.start"] == "2025-03-05"  # half past six in the morning in Cambodia
    assert (first["encounter.facility"], first["condition.code"], first["condition.onset"]) == (
        "HC1",
        "B54",
        "2025-03-01",
    )
    assert (first["patient.gender"], first["patient.state"], first["patient.district"]) == (
        "female",
        "Battambang",
        "0201",
    )
    assert {one["observation.94500-6"] for one in found} == {"260373001"}
    assert unread == [1]
    said = json.dumps(found)
    assert NAME not in said
    assert "012345678" not in said


def test_a_visit_without_a_condition_and_a_condition_without_a_visit_are_rows():
    alone = copy.deepcopy(FEVER)
    del alone["resource"]["encounter"]
    alone["resource"]["recordedDate"] = "2025-03-06"
    found, _ = rows(PATIENT, VISIT, alone)
    assert [(one["record"], one.get("encounter")) for one in found] == [("e1", "e1"), ("c1", None)]


def test_what_was_entered_in_error_is_withdrawn():
    wrong = copy.deepcopy(FEVER)
    wrong["resource"]["verificationStatus"] = coded("entered-in-error")
    found, _ = rows(PATIENT, VISIT, wrong, COUGH)
    assert [one["record_status"] for one in found] == ["withdrawn", ""]


def changed(one, **more):
    made = copy.deepcopy(one)
    made["resource"] |= more
    return made


@pytest.mark.parametrize(
    ("entries", "says"),
    [
        (
            [PATIENT, VISIT, changed(FEVER, encounter=refers("Encounter", "e9"))],
            "Condition/c1 refers to Encounter/e9",
        ),
        ([PATIENT, VISIT, changed(FEVER, onsetAge={"value": 3})], "onsetAge is not read; give onsetDateTime"),
        (
            [changed(PATIENT, modifierExtension=[{"url": "x"}])],
            "modifierExtension changes what the rest means",
        ),
        (
            [changed(PATIENT, contained=[{"resourceType": "Patient"}])],
            "resources inside another one are not read",
        ),
        ([PATIENT, VISIT, FEVER, changed(SWAB, valueRatio={"numerator": {}})], "valueRatio is not read"),
        ([PATIENT, VISIT, FEVER, SWAB, changed(SWAB, id="o2")], "a second value for 94500-6 of one visit"),
        ([PATIENT, PATIENT], "Patient/p1: stands twice"),
        ([VISIT], "Encounter/e1 refers to Patient/p1, which is not in the bundle"),
        ([entry("Questionnaire", "q1")], "Questionnaire is not read"),
        ([{"resource": {"resourceType": "Patient"}}], "Patient has neither id nor fullUrl"),
        ([{"request": {"method": "DELETE"}}], "asks for DELETE"),
        ([{"fullUrl": "x"}], "entry 1: holds no resource"),
    ],
)
def test_what_is_not_read_is_refused_in_words(entries, says):
    entries = copy.deepcopy(entries)
    for one in entries:
        if "valueRatio" in one.get("resource", {}):
            del one["resource"]["valueCodeableConcept"]
    with pytest.raises(UnreadableFileError) as caught:
        rows(*entries)
    assert says in str(caught.value)
    assert NAME not in str(caught.value)


def test_an_observation_without_a_visit_is_of_its_patients_only_one_or_refused():
    loose = copy.deepcopy(SWAB)
    del loose["resource"]["encounter"]
    found, _ = rows(PATIENT, VISIT, FEVER, loose)
    assert found[0]["observation.94500-6"] == "260373001"
    second = changed(VISIT, id="e2")
    second["fullUrl"] = "http://ehr.example/fhir/Encounter/e2"
    with pytest.raises(UnreadableFileError, match="names no encounter, and its patient has 2"):
        rows(PATIENT, VISIT, second, FEVER, loose)


@pytest.mark.process
def test_a_bundle_is_imported_by_its_mapping(sqlite_cli, tmp_path):
    path = tmp_path / "bundle.json"
    path.write_text(json.dumps(bundle(CLINIC, PATIENT, VISIT, FEVER, COUGH, SWAB)), encoding="utf-8")
    receipt = sqlite_cli.mapped(path, "fhir-r4")
    assert {name: receipt[name] for name in OUTCOMES if receipt[name]} == {"accepted": 2}, receipt
    assert "other_resource" in {one["kind"] for one in receipt["notices"]}
    stored = {row["record_id"]: row for row in records_of(sqlite_cli.url)}
    fever, cough = stored["c1"], stored["c2"]
    assert (str(fever["date_visit"]), fever["disease"], fever["case_status"]) == (
        "2025-03-05",
        "malaria",
        "confirmed",
    )
    assert (cough["disease"], cough["case_status"], cough["sex"]) == ("covid19", "suspected", "female")
    assert fever["province_home"] == "KH02"
    path.write_text(json.dumps({"resourceType": "Patient", "id": "p1"}), encoding="utf-8")
    refused = sqlite_cli("import", path, "--mapping", "fhir-r4")
    assert (refused.code, "put it into a bundle" in refused.stderr) == (3, True)


def test_a_report_says_of_each_number_what_it_is_or_why_there_is_none():
    row = {
        "code": "KH02",
        "name": "Battambang",
        "numerator": 0,
        "denominator": 12,
        "value": 0.0,
        "status": "zero",
    }
    hidden = dict.fromkeys(("numerator", "denominator", "value")) | {
        "code": "KH01",
        "name": "x",
        "status": "hidden",
    }
    of = Reported(
        "malaria_testing",
        "Tested",
        date(2025, 1, 1),
        date(2025, 3, 31),
        "2025-04-01T00:00:00+00:00",
        "province",
    )
    report = measure_report(of, row | {"code": "KH"}, [row, hidden])
    (group,) = report["group"]
    assert [one["count"] for one in group["population"]] == [0, 12]
    zero, masked = group["stratifier"][0]["stratum"]
    assert [one["code"] for one in zero["value"]["coding"]] == ["KH02", "KH-2"]
    assert zero["measureScore"] == {"value": 0.0}
    assert [one.get("count") for one in masked["population"]] == [None, None]
    assert {one["_count"]["extension"][0]["valueCode"] for one in masked["population"]} == {"masked"}
    assert set(REASONS) == {status.value for status in Status if status not in (*SHOWN, Status.NOBODY)}
