"""What is said of files that come through the browser: where one stands, what was noted in it, its fields."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from dashboard.field_names import field_name
from dashboard.messages import Translate
from dashboard.services.imports.versioned import Imported
from surveillance.diseases import DISEASES
from surveillance.reception.file_kinds import LINE_LIST
from surveillance.texts import N_
from surveillance.vocabulary import Value

STATES: dict[str, str] = {
    "waiting": N_("waiting"),
    "reading": N_("being read"),
    "asked": N_("asks you something"),
    "storing": N_("being stored"),
    "done": N_("imported"),
    "failed": N_("failed"),
    "cancelled": N_("cancelled"),
}
#: What each row of a file can be.
KINDS_OF_FILE: dict[str, str] = {
    LINE_LIST: N_("A line list, or reports of a programme"),
    "van": N_("A reception centre: vans"),
    "arrival": N_("A reception centre: people who arrived"),
    "assessment": N_("A reception centre: what nurses saw"),
    "service": N_("A reception centre: food, tests and other services"),
    "session": N_("A reception centre: sessions"),
    "referral": N_("A reception centre: referrals"),
    "household": N_("Visits to households with parents away"),
    "outreach": N_("Outreach in communes"),
}
#: The same of a file that is through, as a sentence.
ENDS: dict[str, str] = {
    "done": N_("The file was imported."),
    "failed": N_("The file was not imported."),
    "cancelled": N_("The import was cancelled."),
}
#: Items of the details of a disease.
ITEMS: dict[str, str] = {
    "xray": N_("Chest X-ray"),
    "xpert": N_("Xpert"),
    "smear": N_("Sputum smear"),
    "site": N_("Site of tuberculosis"),
    "history": N_("Treatment history"),
    "hiv_status": N_("HIV status"),
    "species": N_("Plasmodium species"),
    "g6pd": N_("G6PD activity"),
    "primaquine": N_("Primaquine"),
    "notified_within_1_day": N_("Notified within a day"),
    "investigated_within_3_days": N_("Investigated within three days"),
    "responded_within_7_days": N_("Response within seven days"),
    "severity": N_("Severity"),
    "dehydration": N_("Dehydration"),
    "admitted": N_("Admitted to hospital"),
    "vaccinated": N_("Vaccinated"),
    "pregnant": N_("Pregnant"),
    "antimalarial": N_("Treatment of malaria"),
    "screened": N_("Screened for symptoms"),
    "symptomatic": N_("With symptoms when screened"),
    "cleared": N_("Cleared after screening"),
    "referred": N_("Referred after screening"),
    "followed_14_days": N_("Followed for 14 days"),
    "contact": N_("Contact of somebody with tuberculosis"),
    "tpt_eligible": N_("Eligible for preventive treatment"),
    "tpt_started": N_("Started preventive treatment"),
    "tpt_completed": N_("Completed preventive treatment"),
    "previously_diagnosed": N_("Known to be infected before"),
    "treatment_eligible": N_("Eligible for hepatitis treatment"),
    "treatment_basis": N_("Why treatment was given"),
}
#: Their values.
ITEM_VALUES: dict[str, str] = {
    "yes": N_("yes"),
    "no": N_("no"),
    "unknown": N_("unknown"),
    "positive": N_("positive"),
    "negative": N_("negative"),
    "scanty": N_("scanty"),
    "rif_resistant": N_("resistant to rifampicin"),
    "rif_indeterminate": N_("rifampicin indeterminate"),
    "trace": N_("trace"),
    "error": N_("error"),
    "normal": N_("normal"),
    "abnormal": N_("abnormal"),
    "pulmonary": N_("pulmonary"),
    "extrapulmonary": N_("extrapulmonary"),
    "new": N_("new"),
    "relapse": N_("relapse"),
    "retreatment": N_("treated before"),
    "pf": N_("P. falciparum"),
    "pv": N_("P. vivax"),
    "mixed": N_("mixed"),
    "pm": N_("P. malariae"),
    "po": N_("P. ovale"),
    "pk": N_("P. knowlesi"),
    "other": N_("other"),
    "intermediate": N_("intermediate"),
    "deficient": N_("deficient"),
    "not_tested": N_("not tested"),
    "single_dose": N_("single dose"),
    "7_days": N_("7 days"),
    "14_days": N_("14 days"),
    "weekly": N_("weekly"),
    "8_weeks": N_("8 weeks"),
    "mild": N_("mild"),
    "moderate": N_("moderate"),
    "severe": N_("severe"),
    "none": N_("none"),
    "some": N_("some"),
    "partly": N_("partly"),
    "test": N_("test"),
    "clinical": N_("clinical signs"),
    "presumptive": N_("presumptive"),
    "preventive": N_("preventive"),
    "transfer": N_("transferred in"),
    "asmq": N_("artesunate and mefloquine"),
    "al": N_("artemether and lumefantrine"),
    "dp": N_("dihydroartemisinin and piperaquine"),
    "pa": N_("artesunate and pyronaridine"),
}
#: Kind of notice -> sentence.
NOTICES: dict[str, str] = {
    "ignored_column": N_("Column '{field}' is not read, and not stored."),
    "companion_column": N_("Column '{field}' is not read, and may change what '{text}' means. Match both."),
    "age_without_unit": N_(
        "{field} '{text}' has no unit beside it: unknown in {rows} rows, first in row {first}."
    ),
    "ignored_element": N_("{rows} rows of data elements that the mapping ignores were left out."),
    "unknown_facility": N_("Facility '{text}' is not in the facility list: {rows} rows count under unknown."),
    "unshared_issuer": N_("Numbers of issuer '{text}' ({rows} rows) are a person within one facility only."),
    "unmatched_place": N_(
        "{field} '{text}' is no known place: unknown in {rows} rows, first in row {first}."
    ),
    "no_place_key": N_("{rows} unknown places are not on the worklist: the server has no key to mark them."),
    "not_in_file": N_("{rows} records of what the file covers are not in it; they stay."),
    "missing_withdrawn": N_("{rows} records of what the file covers are not in it, and were withdrawn."),
    "missing_kept": N_("{rows} records of what the file covers are not in it; they stay."),
    "no_record_id": N_("{rows} rows have no number of their own: a correction would count as a new record."),
    "read_as": N_("The text was read as {text}: look whether its letters are right."),
    "other_sheet": N_("Sheet '{text}' was not read; it looks like a table, too."),
    "above_header": N_("{rows} rows above the header are no data and were left out."),
    "repeated_header": N_("Row {first} repeats the header and was left out."),
    "second_header": N_("Row {first} is a second header and was left out."),
    "no_visit": N_(
        "{rows} rows whose {field} is '{text}' are no visits and were left out, first row {first}."
    ),
    "unread_group": N_(
        "Group '{field}' with {rows} entries is not read. A mapping that names it in repeat "
        "reads each entry as a row."
    ),
    "lacking_column": N_("The mapping names column '{field}', which the file does not have."),
    "no_entry": N_("Form {first} has no entry in the group that the mapping names, and was left out."),
    "other_resource": N_(
        "Entry {first} of the bundle is a resource that a line list has no place for, and was left out."
    ),
    "one_page": N_("The file is page {first} of a longer list: the other pages are files of their own."),
    "totals_row": N_("Row {first} is a sum of others and was left out."),
    "screening_result": N_(
        "{field} '{text}' is a screening result, not a diagnosis: unknown in {rows} rows, "
        "first in row {first}."
    ),
    "damaged_number": N_(
        "{field} '{text}' is a number that a spreadsheet cut off: not used in {rows} rows, "
        "first in row {first}. Write it in full, as text."
    ),
    "repeated_value": N_("Rows {text} give two numbers for one value: the last one counts."),
    "placeholder_day": N_(
        "{field} '{text}' stands for a day that is not known: unknown in {rows} rows, first in row {first}."
    ),
    "unread_value": N_("{field} '{text}' cannot be read: unknown in {rows} rows, first in row {first}."),
    "other_province": N_(
        "{field} '{text}' lies in another province than the row says: not kept in {rows} rows, first in row "
        "{first}."
    ),
}
#: Notices whose field is a column or group as its sender calls it.
_NAMES_A_COLUMN = frozenset(
    ("ignored_column", "companion_column", "no_visit", "unread_group", "lacking_column")
)


#: The same about one row.
NOTICES_OF_ONE: dict[str, str] = {
    "age_without_unit": N_("{field} '{text}' has no unit beside it: unknown in row {first}."),
    "ignored_element": N_("1 row of data elements that the mapping ignores was left out."),
    "unknown_facility": N_("Facility '{text}' is not in the facility list: 1 row counts under unknown."),
    "unshared_issuer": N_("Numbers of issuer '{text}' (1 row) are a person within one facility only."),
    "unmatched_place": N_("{field} '{text}' is no known place: unknown in row {first}."),
    "no_place_key": N_("1 unknown place is not on the worklist: the server has no key to mark it."),
    "not_in_file": N_("1 record of what the file covers is not in it; it stays."),
    "missing_withdrawn": N_("1 record of what the file covers is not in it, and was withdrawn."),
    "missing_kept": N_("1 record of what the file covers is not in it; it stays."),
    "no_record_id": N_("1 row has no number of its own: a correction would count as a new record."),
    "above_header": N_("1 row above the header is no data and was left out."),
    "no_visit": N_("1 row whose {field} is '{text}' is no visit and was left out: row {first}."),
    "screening_result": N_(
        "{field} '{text}' is a screening result, not a diagnosis: unknown in row {first}."
    ),
    "damaged_number": N_(
        "{field} '{text}' is a number that a spreadsheet cut off: not used in row {first}. "
        "Write it in full, as text."
    ),
    "placeholder_day": N_("{field} '{text}' stands for a day that is not known: unknown in row {first}."),
    "unread_value": N_("{field} '{text}' cannot be read: unknown in row {first}."),
    "other_province": N_(
        "{field} '{text}' lies in another province than the row says: not kept in row {first}."
    ),
}


def notice(noted: Sequence[Any], t: Translate) -> str:
    """One thing that was accepted and not understood, as a sentence."""
    kind, field, text, rows, first = noted
    if kind not in NOTICES:
        return f"{kind}: {field} {text} ({rows})"
    named = field if kind in _NAMES_A_COLUMN else field_name(field, t)
    sentence = NOTICES_OF_ONE.get(kind, NOTICES[kind]) if rows == 1 else NOTICES[kind]
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


def kind_name(kind: str, t: Translate) -> str:
    """What each row of a file is, as people choose it."""
    return t(KINDS_OF_FILE[kind])


def standing(upload: Any, t: Translate) -> str:
    """What is being done with a file."""
    if upload.status == "waiting":
        return t("It waits for its turn.")
    if upload.final:
        return t("Its rows are being stored. This can no longer be cancelled.")
    if upload.rows:
        return t("{rows:,} rows read so far.").format(rows=upload.rows)
    return t("The file is being read.")


def receipt(done: Imported, t: Translate) -> dict[str, Any]:
    """What became of a file of a table that keeps every version, in the words of line lists."""
    found = done.receipt
    return {
        "stored": found.batch is not None,
        "counts": [
            (t("Rows"), found.rows),
            (t("Accepted"), found.accepted),
            (t("Amended"), found.amended),
            (t("Withdrawn"), found.withdrawn),
            (t("Duplicate"), found.duplicate),
            (t("Rejected"), found.rejected),
        ],
        "notes": [notice(one, t) for one in done.reading] + [one.in_words(t) for one in done.notes],
        "reasons": done.reasons,
        "more": found.rejected - len(done.reasons),
    }
