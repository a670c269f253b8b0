"""What people call the fields of a line list, on pages and in messages."""

from __future__ import annotations

from dashboard.messages import Translate

#: Field -> what people call it.
FIELDS: dict[str, str] = {
    "record_id": "Number of the record",
    "record_status": "Stands, or is withdrawn",
    "facility_id": "Facility",
    "person_id": "Number of the person",
    "person_id_issuer": "Who gave the person's number",
    "arrival_id": "Number of the arrival",
    "date_visit": "Day of the visit",
    "date_onset": "Day symptoms began",
    "date_report": "Day of the report",
    "disease": "Disease",
    "province_home": "Home province",
    "crossing": "Border crossing",
    "place_infection": "Place of infection",
    "sex": "Sex",
    "age_years": "Age",
    "age_months": "Age in months",
    "age_unit": "Unit of the age",
    "birth_date": "Day of birth",
    "birth_year": "Year of birth",
    "residence": "Length of stay",
    "activity": "Activity",
    "legal_status": "Legal status",
    "movement": "Movement",
    "eligible": "Eligible for a test",
    "tested": "Tested",
    "positive": "Test positive",
    "treated": "Treatment started",
    "completed": "Treatment completed",
    "date_tested": "Day of the test",
    "date_result": "Day of the result",
    "date_treated": "Day treatment began",
    "date_outcome": "Day of the outcome",
    "test_method": "Kind of test",
    "case_status": "Case classification",
    "origin": "Origin of the case",
    "outcome": "Outcome",
    "detail": "Details of the disease",
    "province_infection": "Province of infection",
    "commune_infection": "Commune of infection",
    "row_number": "Row",
    "age": "Age",
    "first_day": "First day",
    "last_day": "Last day",
    "counted": "What is counted",
    "value": "Number of people",
}


def field_name(name: str, t: Translate) -> str:
    """A field as people call it."""
    return t(FIELDS[name]) if name in FIELDS else name
