"""`import`: line lists in, a receipt per file out."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from dashboard.commands.output import say, write_json
from dashboard.components.imports.words import notice
from dashboard.messages import DEFAULT_LANGUAGE, LANGUAGES, translator
from dashboard.permissions import Grant
from dashboard.services import store
from dashboard.services.clock import today_in_cambodia
from dashboard.services.imports import declared_coverage, pipeline, saved_mappings
from dashboard.services.imports.observer import ImportObserver
from dashboard.services.imports.options import DEFAULT_MAPPING, DEFAULT_SOURCE, SAME_NUMBERS, ImportOptions
from dashboard.services.imports.receipts import Imported
from dashboard.settings import Settings
from surveillance.errors import UnreadableFileError, UsageError

_NOTICES = {
    "ignored_column": "column '{field}' is not of the schema; ignored, not stored",
    "companion_column": "column '{field}' is not read, and may change what '{text}' means: look at both, and "
    "name it in the mapping",
    "age_without_unit": "{field} '{text}' has no unit beside it: unknown in {rows} rows (first: row {first})",
    "unknown_facility": "facility '{text}' is not in the facility list; {rows} rows count under unknown",
    "ignored_element": "{rows} rows of data elements that the mapping ignores; left out",
    "unmatched_place": "{field} '{text}' is no known place: unknown in {rows} rows (first: row {first})",
    "unshared_issuer": "numbers of issuer '{text}' ({rows} rows) are a person in one facility only; where "
    "they are the same person everywhere, say so once: `identifiers share`",
    "no_place_key": "{rows} unknown places are not on the worklist (`places list`), since no key is set to "
    "mark them: set CHHLANG_SECRET_KEY and import the file again",
    "not_in_file": "{rows} records of what the file covers are not in it; they stay (--withdraw-missing)",
    "missing_withdrawn": "{rows} records of what the file covers are not in it, and were withdrawn",
    "missing_kept": "{rows} records of what the file covers are not in it; they stay, since rows of the file "
    "were rejected or the same file came before",
    "no_record_id": "{rows} rows have no record_id: a correction of them will be counted as a new record",
    "read_as": "the text is read as {text}: look whether its letters are right",
    "other_sheet": "sheet '{text}' was not read: it looks like a table too (choose it with --sheet)",
    "above_header": "{rows} rows above the header are no data and were left out (first: row {first})",
    "repeated_header": "row {first} repeats the header and was left out",
    "second_header": "row {first} is a second header and was left out",
    "no_visit": "{rows} rows whose {field} is '{text}' are no visits and were left out (first: row {first})",
    "unread_group": "group '{field}' with {rows} entries was not read: name it in the mapping (repeat), and "
    "each entry becomes a row",
    "lacking_column": "the mapping names column '{field}' for {text}, and the file does not have it",
    "no_entry": "form {first} has no entry in the group that the mapping names, and was left out",
    "other_resource": (
        "entry {first} of the bundle is a resource that a line list has no place for, and was left out"
    ),
    "one_page": "the file is page {first} of a longer list: the other pages are files of their own",
    "totals_row": "row {first} is a sum of others and was left out",
    "screening_result": "{field} '{text}' is a screening result, not a diagnosis: unknown in {rows} rows "
    "(first: row {first})",
    "damaged_number": "{field} '{text}' is a number whose digits a spreadsheet has cut off: it tells neither "
    "records nor people apart in {rows} rows (first: row {first}); write it in full, as text",
    "repeated_value": "rows {text} give two numbers for one element, period, place and category: the last "
    "one counts",
    "placeholder_day": "{field} '{text}' stands for a day that is not known: unknown in {rows} rows (first: "
    "row {first})",
    "unread_value": "{field} '{text}' cannot be read: unknown in {rows} rows (first: row {first})",
    "other_province": "{field} '{text}' lies in another province than the row says: not kept in {rows} rows "
    "(first: row {first})",
}
#: The same about one row.
_NOTICES_OF_ONE = {
    "age_without_unit": "{field} '{text}' has no unit beside it: unknown in row {first}",
    "unknown_facility": "facility '{text}' is not in the facility list; 1 row counts under unknown",
    "ignored_element": "1 row of data elements that the mapping ignores; left out",
    "unmatched_place": "{field} '{text}' is no known place: unknown in row {first}",
    "unshared_issuer": (
        "numbers of issuer '{text}' (1 row) are a person in one facility only; where they are "
        "the same person everywhere, say so once: `identifiers share`"
    ),
    "no_place_key": (
        "1 unknown place is not on the worklist (`places list`), since no key is set to mark "
        "it: set CHHLANG_SECRET_KEY and import the file again"
    ),
    "not_in_file": "1 record of what the file covers is not in it; it stays (--withdraw-missing)",
    "missing_withdrawn": "1 record of what the file covers is not in it, and was withdrawn",
    "missing_kept": (
        "1 record of what the file covers is not in it; it stays, since rows of the file were "
        "rejected or the same file came before"
    ),
    "no_record_id": "1 row has no record_id: a correction of it will be counted as a new record",
    "above_header": "1 row above the header is no data and was left out (row {first})",
    "no_visit": "1 row whose {field} is '{text}' is no visit and was left out (row {first})",
    "screening_result": "{field} '{text}' is a screening result, not a diagnosis: unknown in row {first}",
    "damaged_number": (
        "{field} '{text}' is a number whose digits a spreadsheet has cut off: it tells neither"
        " records nor people apart in row {first}; write it in full, as text"
    ),
    "placeholder_day": "{field} '{text}' stands for a day that is not known: unknown in row {first}",
    "unread_value": "{field} '{text}' cannot be read: unknown in row {first}",
    "other_province": "{field} '{text}' lies in another province than the row says: not kept in row {first}",
}
_MOST = 30


def add_to(commands: Any) -> None:
    """Declare the command."""
    command = commands.add_parser("import", help="import line lists (CSV, XLSX, XLS, ODS, JSON)")
    command.add_argument("files", nargs="+", metavar="FILE", type=Path, help="line lists to import")
    command.add_argument(
        "--source", default=DEFAULT_SOURCE, metavar="NAME", help="who delivers; part of a record's identity"
    )
    command.add_argument(
        "--mapping",
        default=DEFAULT_MAPPING,
        metavar="NAME|FILE",
        help="what the file's columns and values mean: `mapping list`, one made in the browser, or a file",
    )
    command.add_argument(
        "--dates",
        choices=("day-first", "month-first"),
        help="how the file writes days as numbers, where it does not show it (03/04/2025)",
    )
    command.add_argument(
        "--same-numbers",
        choices=SAME_NUMBERS,
        help="what numbers are that are held for other people: corrections, or no identity",
    )
    command.add_argument(
        "--era",
        choices=("thai", "cambodian"),
        help="of which reckoning its Buddhist years are, where it does not show it (2568-06-10)",
    )
    command.add_argument(
        "--sheet", metavar="NAME", help="sheet of a workbook; without it the one with the most known columns"
    )
    command.add_argument(
        "--covers",
        nargs=3,
        action="append",
        default=[],
        metavar=("FACILITY", "FROM", "TO"),
        help="what the file covers: a facility of the list and its days, where nothing sent is a zero",
    )
    command.add_argument(
        "--sent",
        metavar="DATE",
        help="the day on which the file was sent, if not today: it tells whether reports came on time",
    )
    command.add_argument("--complete", action="store_true", help="the file names every record it covers")
    command.add_argument(
        "--withdraw-missing", action="store_true", help="withdraw records that a complete file does not name"
    )
    command.add_argument("--dry-run", action="store_true", help="count what would happen; store nothing")
    command.add_argument(
        "--language",
        choices=tuple(LANGUAGES),
        default="en",
        help="in which is said what is wrong with rows and files",
    )
    command.add_argument("--format", choices=("text", "json"), default="text", help="form of the answer")
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Import every file that can be read; 3 where one cannot."""
    settings = Settings.read()
    database = store.open_store(settings)
    declared = declared_coverage.read(
        database,
        options.covers,
        complete=options.complete,
        withdraw_missing=options.withdraw_missing,
        today=today_in_cambodia(),
    )
    sent_on = declared_coverage.read_sent(options.sent, today_in_cambodia())
    if declared.covers and len(options.files) > 1:
        raise UsageError("--covers: says what one file covers; import the others by themselves")
    mapping = saved_mappings.named(database, options.mapping)
    receipts, code = [], 0
    try:
        for path in options.files:
            try:
                done = pipeline.import_file(
                    database,
                    Grant.custodian(),
                    settings,
                    path,
                    ImportOptions(
                        source=options.source.strip() or DEFAULT_SOURCE,
                        mapping=mapping,
                        dates=options.dates,
                        same_numbers=options.same_numbers,
                        era=options.era,
                        sheet=options.sheet,
                        dry_run=options.dry_run,
                        declared=declared,
                        sent_on=sent_on,
                        t=translator(options.language),
                    ),
                    _Counter(path),
                )
            except UnreadableFileError as error:
                say(f"chhlang: {error.in_words(translator(options.language))}")
                code = error.exit_code
                continue
            receipts.append(done.record())
            if options.format == "text":
                print_receipt(done, options.language)
    finally:  # what was imported has its receipt, whatever stops the files after it
        if options.format == "json":
            write_json(receipts)
    return code


class _Counter(ImportObserver):
    """Counts the rows of a file on a terminal."""

    def __init__(self, path: Path) -> None:
        self._name, self._shows = path.name, sys.stderr.isatty()

    def progress(self, rows: int) -> None:
        """Show how many have been read."""
        if self._shows:
            print(f"\r{self._name}: {rows:,} rows read", end="", file=sys.stderr, flush=True)


def print_receipt(done: Imported, language: str, stored: str | None = None) -> None:
    """Print what became of a file.

    Parameters
    ----------
    stored : str, optional
        What stands behind its rows, where it is no batch.
    """
    receipt = done.receipt
    if sys.stderr.isatty():
        say("")
    if stored is None:
        stored = f", batch {receipt.batch}" if receipt.batch else " (dry run)"
    print(f"{receipt.file}: {receipt.rows} rows{stored}")
    if receipt.mapping["name"] != DEFAULT_MAPPING:
        print(f"  mapping {receipt.mapping['name']}, version {receipt.mapping['version']}")
    if receipt.mapping["date_order"]:
        print(f"  dates read {receipt.mapping['date_order']}")
    if receipt.mapping["era"]:
        print(f"  Buddhist years read by the {receipt.mapping['era'].title()} reckoning")
    for name in ("accepted", "amended", "withdrawn", "duplicate", "rejected"):
        print(f"  {name:<10}{getattr(receipt, name):>10}")
    for noted in done.notices[:_MOST]:
        print(f"  note: {notice_in_words(noted, language)}")
    if len(done.notices) > _MOST:
        print(f"  note: and {len(done.notices) - _MOST} more")
    for number, reason in done.reasons:
        print(f"  row {number}: {reason}")
    if receipt.rejected > len(done.reasons):
        print(f"  and {receipt.rejected - len(done.reasons)} more rejected rows")
    if receipt.returned_file:
        print(f"  returned rows: {receipt.returned_file}")


def notice_in_words(noted: tuple[str, str, str, int, int], language: str) -> str:
    """What was accepted and not understood, as a sentence."""
    if language != DEFAULT_LANGUAGE:
        return notice(noted, translator(language))
    kind, field, text, rows, first = noted
    text_of = _NOTICES_OF_ONE.get(kind, _NOTICES[kind]) if rows == 1 else _NOTICES[kind]
    return text_of.format(field=field, text=text, rows=rows, first=first)
