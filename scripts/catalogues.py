"""Remake the gettext catalogues: collect every text, keep the translations there are, compile.

`python -m scripts.catalogues` rewrites the Khmer messages.po and messages.mo, and lists
what has no translation; with `--check` it only says whether both are current.
"""

from __future__ import annotations

import argparse
import io
import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir, extract_from_file
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from dashboard.cluster_filters import BY_RADIUS, BY_RADIUS_OR_PEOPLE
from dashboard.components.clusters import records as cluster_records
from dashboard.components.clusters import words as cluster_words
from dashboard.components.clusters.cautions import WIDENED
from dashboard.components.controls import AXIS_NAMES, STEPS, VIEWS
from dashboard.components.coverage import outcome_list
from dashboard.components.imports import place_page
from dashboard.components.imports import words as import_words
from dashboard.figures.theme import DOUBTS, other_looks
from dashboard.permissions import Permission
from dashboard.services.clusters.data import NO_CASE, NO_WEEK
from dashboard.services.clusters.defaults import NO_POPULATION, ONE_PROVINCE, ONE_PROVINCE_SENSITIVE
from dashboard.services.clusters.detail import NO_LONGER_HELD
from dashboard.services.clusters.export import NOT_SCANNED, NOT_SCANNED_WITHHELD
from dashboard.services.clusters.models import INTERVAL_WAS_WRONG
from dashboard.services.clusters.queue import OTHERS_WAIT, SOMETHING_WRONG, TOO_LITTLE_MEMORY, TOO_LONG
from dashboard.services.disclosure.rules import (
    FEW,
    FEW_CHANGE,
    NO_LINE_LIST,
    NO_SINGLE_RECORDS,
    OUTSIDE_SCOPE,
    RULES,
    WITHHELD,
)
from dashboard.services.imports.line_lists import HINT
from dashboard.services.own_files.people import NOT_IN_POPULATION
from db.clusters.runs import COMMAND_ENDED, WORN_OUT
from db.intake.files.encoding import ADVICE
from db.intake.files.sandbox_child import DAMAGED
from surveillance.coverage.indicators import MEASURES
from surveillance.diseases import DISEASES
from surveillance.line_list import READ
from surveillance.scan.settings import LONGER_THAN_PERIOD, NO_WINDOW_FITS, TOO_MANY_ANALYSES
from surveillance.vocabulary import AXES

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "dashboard" / "translations" / "km" / "LC_MESSAGES"
_KEYWORDS = {"t": None}
#: Modules whose errors a page may show, and how they are raised there.
_ERRORS = (
    "dashboard/cluster_filters.py",
    "dashboard/filters.py",
    "dashboard/web/request_context.py",
    "dashboard/permissions.py",
    "dashboard/pages/question.py",
    "dashboard/services/clusters/data.py",
    "dashboard/pages/uploading.py",
    "dashboard/services/clusters/defaults.py",
    "dashboard/services/clusters/detail.py",
    "dashboard/services/clusters/execute.py",
    "dashboard/services/clusters/runs.py",
    "dashboard/services/coverage/as_of.py",
    "dashboard/services/places/unmatched.py",
    "dashboard/services/uploads/folder.py",
    "dashboard/services/imports/declared_coverage.py",
    "dashboard/services/imports/line_lists.py",
    "dashboard/services/imports/observer.py",
    "dashboard/services/imports/aggregate_reports.py",
    "dashboard/services/imports/returned_rows.py",
    "dashboard/services/imports/saved_mappings.py",
    "dashboard/services/uploads/matching.py",
    "dashboard/services/uploads/queue.py",
    "dashboard/services/uploads/files.py",
    "dashboard/services/coverage/within.py",
    "db/history/as_of.py",
    "db/intake/files/sandbox.py",
    "db/intake/files/parse.py",
    "db/intake/files/readers.py",
    "db/intake/files/formats/archive.py",
    "db/intake/files/encoding.py",
    "db/intake/files/header.py",
    "db/intake/files/limits.py",
    "db/intake/files/formats/event_rows.py",
    "db/intake/files/formats/json_items.py",
    "db/intake/files/formats/json_values.py",
    "db/intake/dates/order.py",
    "db/identity/reused_numbers.py",
    "db/intake/dates/eras.py",
    "db/intake/mappings/table.py",
    "db/intake/files/formats/text.py",
    "db/intake/files/formats/repeat_groups.py",
    "db/intake/files/formats/workbook.py",
    "db/clusters/runs.py",
    "surveillance/scan/problem/arrays.py",
    "surveillance/scan/problem/silence.py",
    "db/operations/uploads.py",
)
#: Modules that say why a row is returned.
_REASONS = ("db/intake/**/*.py", "db/ingest/*.py")
_RAISED = dict.fromkeys(
    (
        "AmbiguousDatesError",
        "SameNumbersError",
        "AmbiguousEraError",
        "MappingError",
        "UnreadableFileError",
        "UsageError",
        "NotPermittedError",
        "StatisticsError",
    )
)


def texts() -> list[str]:
    """Every text of the pages, in a steady order: from code, templates and vocabulary."""
    found: dict[str, None] = {}
    for _, _, text, *_ in extract_from_dir(ROOT / "dashboard", [("**.py", "python")], keywords=_KEYWORDS):
        found[_one(text)] = None
    for module in _ERRORS:
        for _, text, *_ in extract_from_file("python", ROOT / module, keywords=_RAISED):
            found[_one(text)] = None
    for path in sorted(path for pattern in _REASONS for path in ROOT.glob(pattern)):
        for _, text, *_ in extract_from_file("python", path, keywords={"Reason": None}):
            found[_one(text)] = None
    for template in sorted((ROOT / "dashboard" / "templates").rglob("*.html")):
        for _, text, *_ in extract_from_file("jinja2.ext.babel_extract", template, keywords=_KEYWORDS):
            found[_one(text)] = None
    found.update(dict.fromkeys(_vocabulary()))
    return sorted(found)


def _one(text: str | tuple[str, ...]) -> str:
    return text if isinstance(text, str) else text[0]


def _vocabulary() -> Iterable[str]:
    """Texts that are data, and reach the page through t(value.name)."""
    yield from (disease.name for disease in DISEASES.values())
    for measure in MEASURES.values():
        yield from (measure.name, measure.numerator, measure.denominator)
    yield from (value.name for values in AXES.values() for value in values)
    yield from (value.name for field in READ.values() for value in field.values)
    yield from (look.label for look in other_looks("testing"))
    yield from (doubt.label for doubt in DOUBTS)
    yield from (ADVICE, DAMAGED, HINT)
    yield from (rule.reason for rule in RULES if rule.whole)
    yield from (FEW, FEW_CHANGE, NO_LINE_LIST, NO_SINGLE_RECORDS, OUTSIDE_SCOPE, WITHHELD)
    yield from (
        NO_CASE,
        NO_WEEK,
        BY_RADIUS,
        BY_RADIUS_OR_PEOPLE,
        WIDENED,
        ONE_PROVINCE,
        ONE_PROVINCE_SENSITIVE,
        NO_POPULATION,
        NO_LONGER_HELD,
        TOO_LONG,
        TOO_LITTLE_MEMORY,
        OTHERS_WAIT,
        SOMETHING_WRONG,
        COMMAND_ENDED,
        WORN_OUT,
    )
    yield from (LONGER_THAN_PERIOD, NO_WINDOW_FITS, TOO_MANY_ANALYSES)
    yield from (permission.value for permission in Permission)
    yield from (
        *cluster_words.texts(),
        *cluster_records.texts(),
        *import_words.texts(),
        *place_page.texts(),
        *outcome_list.NAMES.values(),
        NOT_SCANNED,
        NOT_SCANNED_WITHHELD,
        INTERVAL_WAS_WRONG,
        NOT_IN_POPULATION,
    )
    yield from (*VIEWS.values(), *AXIS_NAMES.values(), *STEPS.values(), "Province", "Crossing", "Facility")


def make() -> tuple[bytes, bytes, list[str]]:
    """The catalogue as text and compiled, and the texts without a translation."""
    source = FOLDER / "messages.po"
    held = read_po(source.open("rb"), locale="km") if source.exists() else Catalog(locale="km")
    catalog = Catalog(locale="km", project="Chhlang", fuzzy=False, header_comment="# Khmer texts of Chhlang.")
    missing = []
    for text in texts():
        old = held.get(text)
        translation = str(old.string) if old is not None and old.string else ""
        catalog.add(text, translation, flags={"python-brace-format"} if "{" in text else ())
        if not translation:
            missing.append(text)
    catalog.creation_date = catalog.revision_date = datetime(2026, 1, 1, tzinfo=UTC)  # a steady file
    po, mo = io.BytesIO(), io.BytesIO()
    write_po(po, catalog, width=0, omit_header=False)
    write_mo(mo, catalog)
    return po.getvalue(), mo.getvalue(), missing


def main() -> int:
    """Rewrite, or with --check compare."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    po, mo, missing = make()
    files = {FOLDER / "messages.po": po, FOLDER / "messages.mo": mo}
    stale = [
        path.name for path, content in files.items() if not path.exists() or path.read_bytes() != content
    ]
    if options.check:
        print(f"stale: {stale}; without translation: {missing}")  # noqa: T201
        return 1 if stale or missing else 0
    FOLDER.mkdir(parents=True, exist_ok=True)
    for path, content in files.items():
        path.write_bytes(content)
    for text in missing:
        print(text)  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
