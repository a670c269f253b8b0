"""The record schema, as data: one row per field of a line list.

Readers, the data dictionary in docs/ and the storage are made from this table. A field that is not
here has nowhere to go: names and phone numbers are never stored.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from surveillance import vocabulary as v
from surveillance.diseases import VALUES
from surveillance.texts import N_

FieldType = Literal["text", "date", "yes_no", "code", "integer", "place", "detail"]
#: public: may be published in aggregate. restricted: in the programme only. identifying: tells one
#: record or person from another. sensitive: can harm the person; dropped unless switched on.
Sensitivity = Literal["public", "restricted", "identifying", "sensitive"]


@dataclass(frozen=True)
class Field:
    """One column of the line list."""

    name: str
    type: FieldType
    meaning: str
    sensitivity: Sensitivity = "restricted"
    required: bool = False
    values: tuple[v.Value, ...] = ()


#: What a row says of its record: it stands, or the sender takes it back.
CURRENT, WITHDRAWN = "current", "withdrawn"
RECORD_STATUS = (
    v.Value(CURRENT, N_("Current"), ("active", "valid", "live")),
    v.Value(
        WITHDRAWN,
        N_("Withdrawn"),
        (
            "withdraw",
            "deleted",
            "delete",
            "removed",
            "cancelled",
            "canceled",
            "void",
            "entered in error",
            "លុប",
        ),
    ),
)

FIELDS: tuple[Field, ...] = (
    Field(
        "record_id",
        "text",
        "The sender's own number of this record: with source and facility it tells an "
        "amended record from a new one. A row without it that is corrected and sent again counts as another "
        "record. Dashes and words such as N/A or គ្មាន are none, and so is a number that a spreadsheet cut "
        "off (8.5523E+11); Khmer digits are plain ones, and 101.0 is 101.",
        "identifying",
    ),
    Field(
        "record_status",
        "code",
        "Blank or current: the row is what is known of its record. Withdrawn: the record that was sent "
        "before under this source, facility_id and record_id is taken back; all else may then be blank.",
        values=RECORD_STATUS,
    ),
    Field(
        "facility_id", "text", "Facility that gave care, by its number in the facility list.", required=True
    ),
    Field(
        "person_id",
        "text",
        "The person's number at its issuer. Replaced by a keyed pseudonym before anything "
        "is stored; the number itself is never kept. Dashes and words such as N/A or គ្មាន are no number.",
        "identifying",
    ),
    Field(
        "person_id_issuer",
        "text",
        "Who issued person_id; blank: the facility. A number is a person within its issuer and facility, "
        "and across facilities only where the issuer is declared as shared (`identifiers share`).",
        "identifying",
    ),
    Field(
        "arrival_id",
        "text",
        "Number of the arrival at a reception centre that this record belongs to: one for all who came in "
        "one van. People with one number at one facility on one day are taken to be alike: ranges are wider.",
        "identifying",
    ),
    Field("date_visit", "date", "Day the person was seen. Decides the period of the record.", required=True),
    Field("date_onset", "date", "Day symptoms began."),
    Field("date_report", "date", "Day the facility reported the record."),
    Field("disease", "code", "Disease the person was seen for.", "public", required=True, values=VALUES),
    Field("province_home", "place", "Home province (or country). Home is not where a returnee was infected."),
    Field("crossing", "place", "Border crossing passed: a gate, informal route, airport or unknown."),
    Field("place_infection", "place", "Where infection was acquired: country, province, commune or unknown."),
    Field(
        "district_home",
        "text",
        "Administrative district of home, by its official number or its name; a number of a commune or "
        "village gives its district. Kept where it lies in the home province; a blank province is its own.",
    ),
    Field(
        "district_infection",
        "text",
        "Administrative district where infection was acquired, as district_home.",
    ),
    Field("sex", "code", "Sex.", "public", values=v.SEX),
    Field(
        "age_years",
        "integer",
        "Age in completed years, 0 to 130; months, weeks and days with their name.",
        "public",
    ),
    Field("residence", "code", "Length of stay (Canavati et al. 2016).", values=v.RESIDENCE),
    Field(
        "activity",
        "code",
        "Main activity (Guyant et al. 2015). Security forces are treated like legal status.",
        values=v.ACTIVITY,
    ),
    Field(
        "legal_status",
        "code",
        "Legal status of the migration. Dropped at import unless the programme switches it on; in no cube.",
        "sensitive",
        values=v.LEGAL_STATUS,
    ),
    Field(
        "movement",
        "code",
        "Movement at the time of the visit. Deported is treated like legal status.",
        values=v.MOVEMENT,
    ),
    Field("eligible", "yes_no", "Eligible for a test (for TB: presumptive)."),
    Field("tested", "yes_no", "Tested."),
    Field(
        "positive",
        "yes_no",
        "Test positive. Positive and negative, + and -, grades of a smear and codes of a cartridge are read, "
        "too. Invalid, indeterminate and trace are unknown. A reactive test for HIV is a screening result: "
        "unknown.",
    ),
    Field("treated", "yes_no", "Treatment started."),
    Field("completed", "yes_no", "Treatment completed."),
    Field("date_tested", "date", "Day of the test."),
    Field("date_result", "date", "Day of the result."),
    Field(
        "date_treated",
        "date",
        "Day treatment started. Decides the cohort of completion; where it is blank, date_visit stands in.",
    ),
    Field("date_outcome", "date", "Day of the outcome."),
    Field("date_notified", "date", "Day on which the case was notified (malaria: within one day)."),
    Field(
        "date_investigated", "date", "Day on which the case was investigated (malaria: within three days)."
    ),
    Field("date_responded", "date", "Day on which its focus was responded to (malaria: within seven days)."),
    Field(
        "focus",
        "text",
        "Village of the focus of malaria, by its eight digits in the gazetteer of Cambodia. Other texts are "
        "not kept.",
    ),
    Field(
        "g6pd_activity",
        "integer",
        "Activity of G6PD in per cent of the normal one, 0 to 300. `g6pd` of detail says it in words.",
    ),
    Field("date_viral_load", "date", "Day of the sample for the viral load."),
    Field(
        "viral_load",
        "integer",
        "Viral load in copies in a millilitre. Below the limit of detection is one copy less than the limit, "
        "and undetectable is 0.",
    ),
    Field("test_method", "code", "How the person was tested.", values=v.TEST_METHOD),
    Field("case_status", "code", "Case classification.", values=v.CASE_STATUS),
    Field("origin", "code", "Classification of a malaria case by where it was acquired.", values=v.ORIGIN),
    Field("outcome", "code", "Outcome of treatment or illness.", values=v.OUTCOME),
    Field(
        "detail",
        "detail",
        "Disease-specific items as `item=value; item=value` or a JSON object; only the items "
        "listed below are kept.",
    ),
)

BY_NAME: dict[str, Field] = {field.name: field for field in FIELDS}
REQUIRED: tuple[str, ...] = tuple(field.name for field in FIELDS if field.required)
#: Read to know the age: where `age_years` is blank, or what its number counts; never stored themselves.
AGE_SOURCES: tuple[Field, ...] = (
    Field("birth_date", "date", "Day of birth.", "identifying"),
    Field("birth_year", "integer", "Year of birth, of this era or the Buddhist one.", "identifying"),
    Field("age_months", "integer", "Age in months."),
    Field(
        "age_unit",
        "code",
        "What the number in age_years counts. Where a row leaves it blank, its age is unknown "
        "unless it names its own unit.",
        "public",
        values=v.AGE_UNIT,
    ),
)
#: Every column that is read, by its name.
READ: dict[str, Field] = BY_NAME | {field.name: field for field in AGE_SOURCES}
#: Columns that Chhlang itself adds to a returned file; read without a word, and ignored.
RETURNED_COLUMNS: tuple[str, ...] = ("chhlang_row", "chhlang_reason")

#: Values of `treatment_basis` under which treatment may follow an explicit no.
EXCUSING_BASES = frozenset({"clinical", "presumptive", "preventive", "transfer"})


def states_basis(test_method: str | None, case_status: str | None, treatment_basis: str | None) -> bool:
    """Return whether a record says why treatment followed an explicit no.

    Parameters
    ----------
    test_method, case_status : str or None
        Codes of `surveillance.vocabulary.TEST_METHOD` and `CASE_STATUS`.
    treatment_basis : str or None
        The item `treatment_basis` of `detail`.

    Returns
    -------
    bool
        True for clinical diagnoses, for suspected and probable cases, and for a basis in `EXCUSING_BASES`.

    Examples
    --------
    >>> states_basis("clinical", None, None), states_basis("rdt", "confirmed", "test")
    (True, False)
    """
    return (
        test_method == "clinical"
        or case_status in ("suspected", "probable")
        or treatment_basis in EXCUSING_BASES
    )


#: Items of `detail`: name -> (allowed values, meaning). No free text: a name has nowhere to go.
_YES_NO = ("yes", "no")
DETAIL_ITEMS: dict[str, tuple[tuple[str, ...], str]] = {
    "xray": ((*_YES_NO, "normal", "abnormal"), "Chest X-ray done, or its reading."),
    "xpert": (
        (*_YES_NO, "negative", "positive", "rif_resistant", "rif_indeterminate", "trace", "error"),
        "Xpert done, or its result; N, T, RR, TI, I and the words on its printout are read.",
    ),
    "smear": (("negative", "scanty", "1+", "2+", "3+"), "Sputum smear, by its grade."),
    "site": (("pulmonary", "extrapulmonary"), "Site of tuberculosis."),
    "history": (("new", "relapse", "retreatment"), "Treatment history of tuberculosis."),
    "hiv_status": (("positive", "negative", "unknown"), "HIV status known at TB registration."),
    "species": (("pf", "pv", "mixed", "pm", "po", "pk", "other"), "Plasmodium species."),
    "g6pd": (("normal", "intermediate", "deficient", "not_tested"), "G6PD activity."),
    "primaquine": (
        (*_YES_NO, "single_dose", "7_days", "14_days", "weekly", "8_weeks"),
        "Primaquine given. `weekly` and `8_weeks` are the same: a dose a week for eight weeks. Completion is "
        "then due after 56 days.",
    ),
    "notified_within_1_day": (_YES_NO, "Case notified within a day."),
    "investigated_within_3_days": (_YES_NO, "Case investigated within three days."),
    "responded_within_7_days": (_YES_NO, "Focus response within seven days."),
    "severity": (("mild", "moderate", "severe"), "Severity."),
    "dehydration": (("none", "some", "severe"), "Dehydration."),
    "admitted": (_YES_NO, "Admitted to hospital."),
    "vaccinated": ((*_YES_NO, "partly", "unknown"), "Vaccinated against this disease."),
    "pregnant": ((*_YES_NO, "unknown"), "Pregnant."),
    "antimalarial": (
        ("asmq", "al", "dp", "pa", "other", "none"),
        "Treatment of malaria: artesunate with mefloquine (first line), artemether with lumefantrine, "
        "dihydroartemisinin with piperaquine, artesunate with pyronaridine, another one, or none.",
    ),
    "screened": (_YES_NO, "Screened for symptoms, at intake or at a border."),
    "symptomatic": (_YES_NO, "With symptoms when screened."),
    "cleared": (_YES_NO, "Cleared after screening."),
    "referred": (_YES_NO, "Referred after screening."),
    "followed_14_days": (_YES_NO, "Followed for 14 days after screening."),
    "contact": (_YES_NO, "A contact of somebody with tuberculosis."),
    "tpt_eligible": (_YES_NO, "Eligible for treatment that prevents tuberculosis."),
    "tpt_started": (_YES_NO, "Started treatment that prevents tuberculosis."),
    "tpt_completed": (_YES_NO, "Completed treatment that prevents tuberculosis."),
    "previously_diagnosed": (_YES_NO, "Known to be infected before this visit."),
    "treatment_eligible": (_YES_NO, "Eligible for treatment of hepatitis."),
    "treatment_basis": (
        ("test", "clinical", "presumptive", "preventive", "transfer"),
        "Why treatment was given: a treatment that follows an explicit no needs it.",
    ),
}

#: Columns of a record as it is stored, in the order of cleaning.
RECORD_COLUMNS: tuple[str, ...] = (
    "identity",
    "content",
    "row_number",
    "record_id",
    "facility_id",
    "facility_key",
    "person",
    "arrival_id",
    "date_visit",
    "date_onset",
    "date_report",
    "disease",
    "province_home",
    "crossing",
    "province_infection",
    "commune_infection",
    "sex",
    "age_years",
    "residence",
    "activity",
    "legal_status",
    "movement",
    "cascade",
    "date_tested",
    "date_result",
    "date_treated",
    "date_outcome",
    "test_method",
    "case_status",
    "origin",
    "outcome",
    "detail",
    "period",
    "start_period",
    "stratum",
    "issuer",
    "date_notified",
    "date_investigated",
    "date_responded",
    "focus",
    "g6pd_activity",
    "date_viral_load",
    "viral_load",
    "district_home",
    "district_infection",
)
#: Columns that came after records were stored: where they are blank, the record is what it was without them.
#: None of them tells two records apart (decision 69).
ADDED_COLUMNS: tuple[str, ...] = RECORD_COLUMNS[RECORD_COLUMNS.index("issuer") + 1 :]
