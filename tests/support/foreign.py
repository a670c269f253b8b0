"""Foreign files, as messy as real ones, with what each of their rows means. Everybody in them is invented."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class ForeignFile:
    """A file and its meaning."""

    mapping: str
    name: str
    header: Sequence[str]
    lines: Sequence[Sequence[str]]
    #: Record -> field -> value, as stored.
    means: Mapping[str, Mapping[str, Any]]
    #: Rows that are rejected, as sent; for each a part of the reason.
    returned: Sequence[Sequence[str]]
    wrong: Sequence[str]
    #: Cell -> what to write instead.
    corrections: Mapping[str, str] = field(default_factory=dict)
    delimiter: str = ","

    def write(self, folder: Path) -> Path:
        """The file, as its system exports it."""
        path = folder / self.name
        with path.open("w", encoding="utf-8-sig", newline="") as handle:
            writer = csv.writer(handle, delimiter=self.delimiter)
            writer.writerow(self.header)
            writer.writerows(self.lines)
        return path


_MIS_HEADER = (
    "Case_ID",
    "Code_Facility_T",
    "NameK",
    "PatientPhone",
    "DateCase",
    "Code_Vill_t",
    "Sex",
    "Age",
    "Diagnosis",
    "RDT",
    "Microscopy",
    "Treatment",
    "L1",
    "LC",
    "IMP",
    "LC_Code",
    "IMP_Text",
    "G6PDdL",
    "Primaquine75",
    "Refered",
    "",
)
_MIS_WRONG = (
    "HC_9",
    "010301",
    "សុខ ដារ៉ា",
    "012345678",
    "soon",
    "",
    "F",
    "20",
    "V",
    "1",
    "",
    "ASMQ",
    "",
    "",
    "",
    "",
    "",
    "",
    "",
    "",
    "",
)
_MIS = ForeignFile(
    "malaria-mis",
    "malaria-cases.csv",
    _MIS_HEADER,
    (
        (
            "HC_1",
            "010301",
            "សុខ ដារ៉ា",
            "012345678",
            "25/03/2025",
            "01020304",
            "M",
            "34",
            "F",
            "1",
            "0",
            "ASMQ",
            "1",
            "0",
            "0",
            "",
            "",
            "",
            "2",
            "0",
            "",
        ),
        (
            "HC_2",
            "010301",
            "សុខ ដារ៉ា",
            "012345678",
            "03/04/2568",
            "0102",
            "ស្រី",
            "៨ ខែ",
            "V",
            "0",
            "1",
            "ASMQ",
            "0",
            "0",
            "1",
            "",
            "Thailand",
            "normal",
            "14",
            "1",
            "",
        ),
        (
            "HC_3",
            "010301",
            "",
            "",
            "45720",
            "9999",
            "F",
            "18 months",
            "N",
            "1",
            "",
            "",
            "",
            "",
            "",
            "",
            "",
            "",
            "",
            "",
            "",
        ),
        ("", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "", "", ""),
        (
            "VMW_4",
            "010302",
            "",
            "",
            "4 មីនា 2025",
            "220101",
            "ប្រុស",
            "",
            "S",
            "",
            "",
            "",
            "",
            "",
            "",
            "",
            "",
            "",
            "",
            "",
            "",
        ),
        (
            "VMW_5",
            "010302",
            "",
            "",
            "2025-03-04",
            "0103",
            "M",
            "40 ឆ្នាំ",
            "K",
            "1",
            "",
            "",
            "1",
            "",
            "1",
            "01020304",
            "",
            "5.2",
            "",
            "",
            "",
        ),
        _MIS_WRONG,
    ),
    {
        "HC_1": {
            "date_visit": "2025-03-25",
            "disease": "malaria",
            "facility_id": "010301",
            "sex": "male",
            "age_years": 34,
            "province_home": "KH01",
            "origin": "indigenous",
            "test_method": "rdt",
            "detail": '{"antimalarial":"asmq","primaquine":"yes","species":"pf"}',
        },
        "HC_2": {
            "date_visit": "2025-04-03",
            "sex": "female",
            "age_years": 0,
            "province_home": "KH01",
            "origin": "imported",
            "province_infection": "TH",
            "test_method": "microscopy",
            "detail": '{"antimalarial":"asmq","g6pd":"normal","primaquine":"yes","species":"pv"}',
        },
        "HC_3": {
            "date_visit": "2025-03-04",
            "age_years": 1,
            "province_home": "unknown",
            "origin": "unknown",
            "detail": None,
        },
        "VMW_4": {"date_visit": "2025-03-04", "sex": "male", "age_years": None, "province_home": "KH22"},
        "VMW_5": {
            "age_years": 40,
            "province_home": "KH01",
            "origin": "unknown",
            "province_infection": "KH01",
            "commune_infection": "010203",
            "detail": '{"species":"pk"}',
        },
    },
    (_MIS_WRONG,),
    ("date_visit (DateCase): 'soon' cannot be read",),
    {"soon": "2025-03-05"},
)

_EVENTS_HEADER = (
    "event",
    "program",
    "programStage",
    "orgUnit",
    "orgUnitName",
    "occurredAt",
    "status",
    "trackedEntity",
    "disease",
    "sex",
    "age_months",
    "tested",
    "positive",
    "Remark",
)
_EVENTS_WRONG = (
    "ev3",
    "p",
    "s",
    "ou1",
    "Poipet",
    "2025-03-04T00:00:00.000",
    "COMPLETED",
    "",
    "plague",
    "",
    "",
    "",
    "",
    "",
)
_EVENTS = ForeignFile(
    "dhis2-events",
    "events.csv",
    _EVENTS_HEADER,
    (
        (
            "ev1",
            "p",
            "s",
            "ou1",
            "Poipet",
            "2025-03-04T00:00:00.000",
            "COMPLETED",
            "te1",
            "TB",
            "Female",
            "30",
            "true",
            "false",
            "x",
        ),
        (
            "ev2",
            "p",
            "s",
            "ou1",
            "Poipet",
            "2025-03-03T18:30:00.000+0000",
            "ACTIVE",
            "",
            "Malaria",
            "MALE",
            "",
            "",
            "",
            "",
        ),
        _EVENTS_WRONG,
    ),
    {
        "ev1": {
            "date_visit": "2025-03-04",
            "facility_id": "ou1",
            "disease": "tb",
            "sex": "female",
            "age_years": 2,
        },
        "ev2": {
            "date_visit": "2025-03-04",
            "disease": "malaria",
            "sex": "male",
            "person": None,
            "age_years": None,
        },
    },
    (_EVENTS_WRONG,),
    ("disease: 'plague' cannot be read",),
    {"plague": "cholera"},
)

_KOBO_HEADER = (
    "start",
    "end",
    "visit/Facility",
    "visit/ថ្ងៃពិនិត្យ",
    "person/ភេទ",
    "person/Age",
    "person/Date of birth",
    "Full name",
    "ជំងឺ",
    "test/Tested",
    "test/វិជ្ជមាន",
    "_id",
    "_uuid",
    "_submission_time",
    "_index",
)
_KOBO_WRONG = ("t", "t", "", "១៥/៣/២០២៥", "ស្រី", "", "", "x", "TB", "", "", "13", "u-3", "t", "3")
_KOBO = ForeignFile(
    "kobo",
    "form.csv",
    _KOBO_HEADER,
    (
        (
            "t",
            "t",
            "HC1",
            "១៥/៣/២០២៥",
            "ស្រី",
            "",
            "2534-03-16",
            "x",
            "TB",
            "ចាស",
            "មាន",
            "11",
            "u-1",
            "t",
            "1",
        ),
        ("t", "t", "HC1", "០៣/០៤/២០២៥", "បុរស", "៣៤", "", "x", "HIV", "មិន", "", "12", "u-2", "t", "2"),
        _KOBO_WRONG,
    ),
    {
        "u-1": {"date_visit": "2025-03-15", "sex": "female", "age_years": 33, "disease": "tb"},
        "u-2": {"date_visit": "2025-04-03", "sex": "male", "age_years": 34, "disease": "hiv"},
    },
    (_KOBO_WRONG,),
    ("facility_id (visit/Facility): is blank",),
    {"": "HC1"},
    delimiter=";",
)

_ODK_HEADER = (
    "SubmissionDate",
    "visit-date_visit",
    "visit-facility_id",
    "visit-disease",
    "person-sex",
    "person-birth_year",
    "meta-instanceID",
    "KEY",
    "SubmitterName",
)
_ODK_WRONG = ("2025-03-05", "2025-03-04", "HC1", "flu", "f", "", "uuid:3", "uuid:3", "x")
_ODK = ForeignFile(
    "odk",
    "submissions.csv",
    _ODK_HEADER,
    (
        ("2025-03-05T10:00:00.000Z", "2025-03-04", "HC1", "ili", "female", "2530", "uuid:1", "uuid:1", "x"),
        ("2025-03-05T10:00:00.000Z", "Mar 4, 2025", "HC1", "sari", "m", "1987", "uuid:2", "uuid:2", "x"),
        _ODK_WRONG,
    ),
    {
        "uuid:1": {"date_visit": "2025-03-04", "disease": "ili", "sex": "female", "age_years": 38},
        "uuid:2": {"date_visit": "2025-03-04", "disease": "sari", "sex": "male", "age_years": 38},
    },
    (_ODK_WRONG,),
    ("disease (visit-disease): 'flu'",),
    {"flu": "ILI"},
)

_WHO_HEADER = (
    "Case ID",
    "Health facility",
    "Date of consultation",
    "Date of onset",
    "Disease",
    "Sex",
    "Age",
    "Level of dehydration",
    "Culture and seroagglutination result",
    "Rapid diagnostic test (RDT) result",
    "Serology",
    "Outcome",
    "Classification",
)
_WHO_WRONG = ("W3", "HC1", "later", "", "Cholera", "F", "4", "", "", "", "", "", "")
_WHO = ForeignFile(
    "who-srv",
    "line-list.csv",
    _WHO_HEADER,
    (
        (
            "W1", "HC1", "2025-03-04", "2025-03-02", "Cholera", "Female", "7", "Severe dehydration",
            "Negative",
            "Positive", "", "Alive and discharged", "Suspected cholera case",
        ),
        (
            "W2", "HC1", "2025-03-05", "2025-03-02", "Measles", "M", "2", "-", "-", "-", "IgM positive",
            "Dead on arrival at a health facility (community death)", "Epi-linked case",
        ),
        _WHO_WRONG,
    ),
    {
        "W1": {
            "disease": "cholera",
            "date_onset": "2025-03-02",
            "test_method": "culture",
            "case_status": "suspected",
            "outcome": "recovered",
            "detail": "{\"dehydration\":\"severe\"}",
        },
        "W2": {"disease": "measles", "test_method": "serology", "case_status": "probable", "outcome": "died"},
    },
    (_WHO_WRONG,),
    ("date_visit (Date of consultation): 'later'",),
    {"later": "2025-03-06"},
)  # fmt: skip

FILES: dict[str, ForeignFile] = {
    "malaria system": _MIS,
    "DHIS2 events": _EVENTS,
    "KoboToolbox": _KOBO,
    "ODK Central": _ODK,
    "WHO's kit": _WHO,
}
