"""Classes of cases in words: what a record says, what the rules make of it, and what people changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dashboard.messages import Translate
from dashboard.services.alerts.classes import UNDO, Case, Cases
from dashboard.services.alerts.files.classes import Receipt
from dashboard.services.alerts.register import place_name
from surveillance import vocabulary
from surveillance.alerts.case_classes import CLASSES, Classified
from surveillance.diseases import DISEASES
from surveillance.texts import N_

CLASS_NAMES = {
    "suspected": N_("Suspected"),
    "probable": N_("Probable"),
    "confirmed": N_("Confirmed"),
    "discarded": N_("Discarded"),
}
_RESULTS = {True: N_("Positive"), False: N_("Negative"), None: N_("No result")}
_METHODS = {value.code: value.name for value in vocabulary.TEST_METHOD}
_STATUS = {value.code: value.name for value in vocabulary.CASE_STATUS}
_SEX = {value.code: value.name for value in vocabulary.SEX}
_NONE = "–"


#: Rejected rows that a page lists; the command lists them all.
_MOST_REASONS = 200


@dataclass(frozen=True)
class Told:
    """What became of a file, for `version_files.html`. `more`: rejected rows that are not listed."""

    stored: bool
    counts: list[tuple[str, int]]
    reasons: tuple[tuple[int, str], ...]
    more: int
    notes: tuple[str, ...]


def receipt(done: Receipt, t: Translate) -> Told:
    """What became of the rows of a file of classes."""
    counts = [
        (t("Rows"), done.rows),
        (t("Accepted"), done.accepted),
        (t("Duplicate"), done.duplicate),
        (t("Rejected"), done.rejected),
    ]
    notes = [t("Duplicate: a person gave the case this class already.")] if done.duplicate else []
    if done.accepted and not done.dry_run:
        notes.append(t("Rules of alerts count the new classes at their next run."))
    shown = done.reasons[:_MOST_REASONS]
    return Told(not done.dry_run, counts, shown, len(done.reasons) - len(shown), tuple(notes))


@dataclass(frozen=True)
class CaseRow:
    """One case of a list. `changed`: whether a person gave the class that holds."""

    number: int
    visit: str
    where: str
    person: str
    test: str
    said: str
    found: str
    now: str
    changed: bool


def rows(found: Cases, language: str, t: Translate) -> list[CaseRow]:
    """Cases as rows of a list."""
    return [row(one, found.names, language, t) for one in found.rows]


def row(one: Case, names: Mapping[str, Mapping[str, str]], language: str, t: Translate) -> CaseRow:
    """One case as a row."""
    record, facts = one.record, one.record.facts
    age = t("{years} years").format(years=record.age) if record.age is not None else t("age unknown")
    method = t(_METHODS[facts.method]) if facts.method in _METHODS else ""
    result = t(_RESULTS[facts.positive]) if facts.eligible is not False else t("Not eligible for a test")
    return CaseRow(
        record.version,
        record.visit.isoformat(),
        place_name("facility", record.facility, names, language),
        f"{t(_SEX.get(record.sex, record.sex))}, {age}",
        f"{method}: {result}" if method else result,
        t(_STATUS[facts.status]) if facts.status in _STATUS else t("Nothing"),
        t(CLASS_NAMES[one.classified.found]),
        t(CLASS_NAMES[one.classified.now]),
        one.classified.given is not None,
    )


def facts(one: Case, made: CaseRow, t: Translate) -> list[tuple[str, str]]:
    """What is known of one case."""
    record = one.record
    return [
        (t("Number of the case"), str(made.number)),
        (t("Disease"), t(DISEASES[one.disease].name)),
        (t("Facility"), made.where),
        (t("Day of visit"), made.visit),
        (t("Day of onset"), record.onset.isoformat() if record.onset else _NONE),
        (t("Patient"), made.person),
        (t("Test"), made.test),
        (t("Day of test"), record.tested.isoformat() if record.tested else _NONE),
        (t("What the facility said"), made.said),
        (t("Class by the rules"), made.found),
        (t("Class that holds"), made.now),
    ]


def history(case: Classified, t: Translate) -> list[tuple[str, str, str, str]]:
    """What, why, who and when of each change."""
    return [
        (
            t("{before} → {after}").format(
                before=t(CLASS_NAMES[one.before]),
                after=t(CLASS_NAMES[one.after]) if one.after else t("as the rules find it"),
            ),
            one.reason,
            one.by,
            one.on.isoformat(),
        )
        for one in case.history
    ]


def choices(case: Classified, t: Translate) -> list[tuple[str, str]]:
    """Classes that may be given: those that do not hold already."""
    found = [("", t("Choose")), *((code, t(CLASS_NAMES[code])) for code in CLASSES if code != case.now)]
    return found + ([(UNDO, t("Take the class back: as the rules find it"))] if case.given else [])


def diseases(covers: Mapping[str, bool], t: Translate) -> list[tuple[str, str]]:
    """Diseases whose cases may be given a class."""
    return [(code, t(DISEASES[code].name)) for code, covered in covers.items() if covered]
