"""What is said of files that come through the browser: where one stands, what was noted in it, its fields."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dashboard.messages import Translate
from surveillance.diseases import DISEASES
from surveillance.vocabulary import AXES, Value

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
STATES: dict[str, str] = {
    "waiting": "waiting",
    "reading": "being read",
    "asked": "asks you something",
    "storing": "being stored",
    "done": "imported",
    "failed": "failed",
    "cancelled": "cancelled",
}
#: Kind of notice -> sentence.
NOTICES: dict[str, str] = {
    "ignored_column": "Column '{field}' is not read, and not stored.",
    "ignored_element": "{rows} rows of data elements that the mapping ignores were left out.",
    "unknown_facility": "Facility '{text}' is not in the facility list: {rows} rows count under unknown.",
    "unshared_issuer": "Numbers of issuer '{text}' ({rows} rows) are a person within one facility only.",
    "unmatched_place": "{field} '{text}' is no known place: unknown in {rows} rows, first in row {first}.",
    "no_place_key": "{rows} unknown places are not on the worklist: the server has no key to mark them.",
    "not_in_file": "{rows} records of what the file covers are not in it; they stay.",
    "missing_withdrawn": "{rows} records of what the file covers are not in it, and were withdrawn.",
    "missing_kept": "{rows} records of what the file covers are not in it; they stay.",
    "no_record_id": "{rows} rows have no number of their own: a correction would count as a new record.",
    "read_as": "The text was read as {text}: look whether its letters are right.",
    "other_sheet": "Sheet '{text}' was not read; it looks like a table, too.",
    "above_header": "{rows} rows above the header are no data and were left out.",
    "repeated_header": "Row {first} repeats the header and was left out.",
    "one_page": "The file is page {first} of a longer list: the other pages are files of their own.",
    "totals_row": "Row {first} is a sum of others and was left out.",
    "placeholder_day": "{field} '{text}' stands for a day that is not known: unknown in {rows} rows, first "
    "in row {first}.",
    "unread_value": "{field} '{text}' cannot be read: unknown in {rows} rows, first in row {first}.",
}


def texts() -> list[str]:
    """Every text of these tables, for the catalogues."""
    return [*FIELDS.values(), *STATES.values(), *NOTICES.values()]


def field_name(name: str, t: Translate) -> str:
    """A field as people call it."""
    return t(FIELDS[name]) if name in FIELDS else name


def notice(noted: Sequence[Any], t: Translate) -> str:
    """One thing that was accepted and not understood, as a sentence."""
    kind, field, text, rows, first = noted
    if kind not in NOTICES:
        return f"{kind}: {field} {text} ({rows})"
    named = field if kind == "ignored_column" else field_name(field, t)
    return t(NOTICES[kind]).format(field=named, text=text, rows=f"{rows:,}", first=first)


def code_name(field: str, code: str, values: Sequence[Value], t: Translate) -> str:
    """A code as people call it; of words that have no translation, the English one."""
    if field == "disease":
        return t(DISEASES[code].name)
    if code in ("yes", "no"):
        return {"yes": t("yes"), "no": t("no")}[code]
    name = next((value.name for value in values if value.code == code), code)
    return t(name) if field in AXES else name


def standing(upload: Any, t: Translate) -> str:
    """What is being done with a file."""
    if upload.status == "waiting":
        return t("It waits for its turn.")
    if upload.final:
        return t("Its rows are being stored. This can no longer be cancelled.")
    if upload.rows:
        return t("{rows:,} rows read so far.").format(rows=upload.rows)
    return t("The file is being read.")
