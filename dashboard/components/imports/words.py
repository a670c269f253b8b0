"""What is said of files that come through the browser: where one stands, what was noted in it, its fields."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from dashboard.field_names import FIELDS, field_name
from dashboard.messages import Translate
from surveillance.diseases import DISEASES
from surveillance.vocabulary import Value

STATES: dict[str, str] = {
    "waiting": "waiting",
    "reading": "being read",
    "asked": "asks you something",
    "storing": "being stored",
    "done": "imported",
    "failed": "failed",
    "cancelled": "cancelled",
}
#: The same of a file that is through, as a sentence.
ENDS: dict[str, str] = {
    "done": "The file was imported.",
    "failed": "The file was not imported.",
    "cancelled": "The import was cancelled.",
}
#: Items of the details of a disease.
ITEMS: dict[str, str] = {
    "xray": "Chest X-ray",
    "xpert": "Xpert",
    "smear": "Sputum smear",
    "site": "Site of tuberculosis",
    "history": "Treatment history",
    "hiv_status": "HIV status",
    "species": "Plasmodium species",
    "g6pd": "G6PD activity",
    "primaquine": "Primaquine",
    "notified_within_1_day": "Notified within a day",
    "investigated_within_3_days": "Investigated within three days",
    "responded_within_7_days": "Response within seven days",
    "severity": "Severity",
    "dehydration": "Dehydration",
    "admitted": "Admitted to hospital",
    "vaccinated": "Vaccinated",
    "pregnant": "Pregnant",
    "treatment_basis": "Why treatment was given",
}
#: Their values.
ITEM_VALUES: dict[str, str] = {
    "yes": "yes",
    "no": "no",
    "unknown": "unknown",
    "positive": "positive",
    "negative": "negative",
    "scanty": "scanty",
    "rif_resistant": "resistant to rifampicin",
    "rif_indeterminate": "rifampicin indeterminate",
    "trace": "trace",
    "error": "error",
    "normal": "normal",
    "abnormal": "abnormal",
    "pulmonary": "pulmonary",
    "extrapulmonary": "extrapulmonary",
    "new": "new",
    "relapse": "relapse",
    "retreatment": "treated before",
    "pf": "P. falciparum",
    "pv": "P. vivax",
    "mixed": "mixed",
    "pm": "P. malariae",
    "po": "P. ovale",
    "pk": "P. knowlesi",
    "other": "other",
    "intermediate": "intermediate",
    "deficient": "deficient",
    "not_tested": "not tested",
    "single_dose": "single dose",
    "7_days": "7 days",
    "14_days": "14 days",
    "weekly": "weekly",
    "8_weeks": "8 weeks",
    "mild": "mild",
    "moderate": "moderate",
    "severe": "severe",
    "none": "none",
    "some": "some",
    "partly": "partly",
    "test": "test",
    "clinical": "clinical signs",
    "presumptive": "presumptive",
    "preventive": "preventive",
    "transfer": "transferred in",
}
#: Kind of notice -> sentence.
NOTICES: dict[str, str] = {
    "ignored_column": "Column '{field}' is not read, and not stored.",
    "companion_column": "Column '{field}' is not read, and may change what '{text}' means. Match both.",
    "age_without_unit": "{field} '{text}' has no unit beside it: unknown in {rows} rows, "
    "first in row {first}.",
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
    "second_header": "Row {first} is a second header and was left out.",
    "no_visit": "{rows} rows whose {field} is '{text}' are no visits and were left out, first row {first}.",
    "unread_group": "Group '{field}' with {rows} entries is not read. A mapping that names it in repeat "
    "reads each entry as a row.",
    "lacking_column": "The mapping names column '{field}', which the file does not have.",
    "no_entry": "Form {first} has no entry in the group that the mapping names, and was left out.",
    "one_page": "The file is page {first} of a longer list: the other pages are files of their own.",
    "totals_row": "Row {first} is a sum of others and was left out.",
    "screening_result": "{field} '{text}' is a screening result, not a diagnosis: unknown in {rows} rows, "
    "first in row {first}.",
    "damaged_number": "{field} '{text}' is a number that a spreadsheet cut off: not used in {rows} rows, "
    "first in row {first}. Write it in full, as text.",
    "repeated_value": "Rows {text} give two numbers for one value: the last one counts.",
    "placeholder_day": "{field} '{text}' stands for a day that is not known: unknown in {rows} rows, first "
    "in row {first}.",
    "unread_value": "{field} '{text}' cannot be read: unknown in {rows} rows, first in row {first}.",
}
#: Notices whose field is a column or group as its sender calls it.
_NAMES_A_COLUMN = frozenset(
    ("ignored_column", "companion_column", "no_visit", "unread_group", "lacking_column")
)


#: Words about several rows, and the same about one.
_SINGULAR = (
    ("in {rows} rows, first in row {first}", "in row {first}"),
    ("in {rows} rows (first: row {first})", "in row {first}"),
    ("{rows} rows count", "1 row counts"),
    ("({rows} rows) are", "(1 row) are"),
    ("{rows} rows of data", "1 row of data"),
    ("mapping ignores were", "mapping ignores was"),
    ("{rows} unknown places are", "1 unknown place is"),
    ("to mark them", "to mark it"),
    ("{rows} records of what the file covers are not in it, and were", "1 record of what the file covers is "
     "not in it, and was"),
    ("{rows} records of what the file covers are not in it; they stay", "1 record of what the file covers is "
     "not in it; it stays"),
    ("{rows} rows have no record_id: a correction of them", "1 row has no record_id: a correction of it"),
    ("{rows} rows have no number of their own", "1 row has no number of its own"),
    ("{rows} rows above the header are no data and were", "1 row above the header is no data and was"),
    ("{rows} rows whose", "1 row whose"),
    ("are no visits and were left out (first:", "is no visit and was left out ("),
    ("are no visits and were left out, first row", "is no visit and was left out: row"),
    ("left out (first: row {first})", "left out (row {first})"),
    ("left out ( row", "left out (row"),
)  # fmt: skip


def of_one(text: str) -> str:
    """The same sentence about one row."""
    for several, one in _SINGULAR:
        text = text.replace(several, one)
    return text


def texts() -> list[str]:
    """Every text of these tables, for the catalogues."""
    singular = [one for text in NOTICES.values() if (one := of_one(text)) != text]
    return [
        *FIELDS.values(),
        *STATES.values(),
        *ENDS.values(),
        *ITEMS.values(),
        *ITEM_VALUES.values(),
        *NOTICES.values(),
        *singular,
    ]


def notice(noted: Sequence[Any], t: Translate) -> str:
    """One thing that was accepted and not understood, as a sentence."""
    kind, field, text, rows, first = noted
    if kind not in NOTICES:
        return f"{kind}: {field} {text} ({rows})"
    named = field if kind in _NAMES_A_COLUMN else field_name(field, t)
    sentence = of_one(NOTICES[kind]) if rows == 1 else NOTICES[kind]
    return t(sentence).format(field=named, text=text, rows=f"{rows:,}", first=first)


def detail(text: str, t: Translate) -> str:
    """Details of a disease, which are stored as a JSON object, as items and values in words."""
    try:
        items = json.loads(text) if text else {}
    except ValueError:
        return text
    if not isinstance(items, dict):
        return text

    def value(code: object) -> str:
        return t(ITEM_VALUES[str(code)]) if code in ITEM_VALUES else str(code)

    named = ((t(ITEMS[item]) if item in ITEMS else item, value(code)) for item, code in items.items())
    return "; ".join(f"{name}: {what}" for name, what in named)


def code_name(field: str, code: str, values: Sequence[Value], t: Translate) -> str:
    """A code as people call it."""
    if field == "disease":
        return t(DISEASES[code].name)
    if code in ("yes", "no"):
        return {"yes": t("yes"), "no": t("no")}[code]
    return t(next((value.name for value in values if value.code == code), code))


def standing(upload: Any, t: Translate) -> str:
    """What is being done with a file."""
    if upload.status == "waiting":
        return t("It waits for its turn.")
    if upload.final:
        return t("Its rows are being stored. This can no longer be cancelled.")
    if upload.rows:
        return t("{rows:,} rows read so far.").format(rows=upload.rows)
    return t("The file is being read.")
