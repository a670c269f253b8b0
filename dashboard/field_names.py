"""What people call the fields of a line list, on pages and in messages."""

from __future__ import annotations

from dashboard.messages import Translate
from surveillance.texts import N_

#: Field -> what people call it.
FIELDS: dict[str, str] = {
    "record_id": N_("Number of the record"),
    "record_status": N_("Stands, or is withdrawn"),
    "facility_id": N_("Facility"),
    "person_id": N_("Number of the person"),
    "person_id_issuer": N_("Who gave the person's number"),
    "arrival_id": N_("Number of the arrival"),
    "date_visit": N_("Day of the visit"),
    "date_onset": N_("Day symptoms began"),
    "date_report": N_("Day of the report"),
    "disease": N_("Disease"),
    "province_home": N_("Home province"),
    "crossing": N_("Border crossing"),
    "place_infection": N_("Place of infection"),
    "sex": N_("Sex"),
    "age_years": N_("Age"),
    "age_months": N_("Age in months"),
    "age_unit": N_("Unit of the age"),
    "birth_date": N_("Day of birth"),
    "birth_year": N_("Year of birth"),
    "residence": N_("Length of stay"),
    "activity": N_("Activity"),
    "legal_status": N_("Legal status"),
    "movement": N_("Movement"),
    "eligible": N_("Eligible for a test"),
    "tested": N_("Tested"),
    "positive": N_("Test positive"),
    "treated": N_("Treatment started"),
    "completed": N_("Treatment completed"),
    "date_tested": N_("Day of the test"),
    "date_result": N_("Day of the result"),
    "date_treated": N_("Day treatment began"),
    "date_outcome": N_("Day of the outcome"),
    "test_method": N_("Kind of test"),
    "case_status": N_("Case classification"),
    "origin": N_("Origin of the case"),
    "outcome": N_("Outcome"),
    "detail": N_("Details of the disease"),
    "province_infection": N_("Province of infection"),
    "commune_infection": N_("Commune of infection"),
    "row_number": N_("Row"),
    "age": N_("Age"),
    "first_day": N_("First day"),
    "last_day": N_("Last day"),
    "counted": N_("What is counted"),
    "value": N_("Number of people"),
}


def field_name(name: str, t: Translate) -> str:
    """A field as people call it."""
    return t(FIELDS[name]) if name in FIELDS else name
