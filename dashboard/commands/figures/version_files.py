"""Options and answers of commands that import a table which keeps every version, and write it as a file."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from datetime import date
from pathlib import Path
from typing import Any

from dashboard.commands.importing import notice_in_words
from dashboard.commands.output import say, write_json
from dashboard.messages import LANGUAGES, translator
from dashboard.parameters import read_day
from dashboard.services.imports.options import DEFAULT_SOURCE, ImportOptions
from dashboard.services.imports.versioned import Imported
from dashboard.spreadsheet import write_rows
from surveillance.errors import UnreadableFileError, UsageError

#: Notes of a file that are printed.
_MOST = 30
_LONGEST = 300


def add_import(actions: Any, said: str, columns: str) -> argparse.ArgumentParser:
    """Declare `import FILE ...`. `said`: what it does; `columns`: which a file has."""
    found: argparse.ArgumentParser = actions.add_parser("import", help=said)
    found.add_argument("files", nargs="+", metavar="FILE", type=Path, help=f"columns {columns}")
    found.add_argument(
        "--source", default="", metavar="NAME", help="who says so, of rows that name no source"
    )
    found.add_argument("--sheet", metavar="NAME", help="sheet of a workbook")
    return found


def add_import_answer(found: argparse.ArgumentParser) -> None:
    """Declare what every import has after the options of its own."""
    found.add_argument("--dry-run", action="store_true", help="count what would happen; store nothing")
    found.add_argument(
        "--language", choices=tuple(LANGUAGES), default="en", help="in which is said what is wrong"
    )
    found.add_argument("--format", choices=("text", "json"), default="text", help="form of the answer")


def add_export(actions: Any, said: str) -> argparse.ArgumentParser:
    """Declare `export [FILE]`."""
    found: argparse.ArgumentParser = actions.add_parser("export", help=said)
    found.add_argument(
        "file", metavar="FILE", type=Path, nargs="?", help="where to; without it, to the screen"
    )
    return found


def day_of(option: str, text: str | None) -> date | None:
    """A day of the command line.

    Raises
    ------
    UsageError
        It is none, or of the Buddhist era.
    """
    try:
        return read_day(text) if text else None
    except ValueError as error:
        raise UsageError(f"{option}: write the day as YYYY-MM-DD") from error


def export(path: Path | None, rows: Iterable[Mapping[str, Any]], columns: Sequence[str], said: str) -> None:
    """Write rows as a CSV that can be imported again. `said`: how many of what, told where a file is named.

    Raises
    ------
    UsageError
        The file cannot be written.
    """
    with ExitStack() as opened:
        try:
            target = (
                opened.enter_context(path.open("w", encoding="utf-8-sig", newline="")) if path else sys.stdout
            )
        except OSError as error:
            raise UsageError(f"{path}: cannot be written ({error.strerror})") from error
        write_rows(target, rows, columns)
    if path:
        print(f"{path}: {said}")


def import_files(
    options: argparse.Namespace, entries: str, bring: Callable[[Path, ImportOptions], Imported]
) -> int:
    """Import each file and say what became of it; the exit code. `entries`: what the rows are."""
    t = translator(options.language)
    receipts, code = [], 0
    try:
        for path in options.files:
            given = ImportOptions(
                source=options.source.strip()[:_LONGEST] or DEFAULT_SOURCE,
                sheet=options.sheet,
                dry_run=options.dry_run,
                dates=getattr(options, "dates", None),
                t=t,
            )
            try:
                done = bring(path, given)
            except UnreadableFileError as error:
                say(f"chhlang: {error.in_words(t)}")
                code = error.exit_code
                continue
            receipts.append(done.record())
            if options.format == "text":
                _print(done, entries, options.language)
    finally:  # what was imported has its receipt, whatever stops the files after it
        if options.format == "json":
            write_json(receipts)
    return code


def _print(done: Imported, entries: str, language: str) -> None:
    """Print what became of a file, in the words of line lists."""
    receipt, t = done.receipt, translator(language)
    if kind := getattr(done, "kind", ""):  # files of each kind are numbered apart
        entries = f"{kind} of {entries}"
    stored = f", file {receipt.batch} of {entries}" if receipt.batch else " (dry run)"
    print(f"{receipt.file}: {receipt.rows} rows{stored}")
    for name in ("accepted", "amended", "withdrawn", "duplicate", "rejected"):
        print(f"  {name:<10}{getattr(receipt, name):>10}")
    notes = [notice_in_words(one, language) for one in done.reading] + [one.in_words(t) for one in done.notes]
    for said in notes[:_MOST]:
        print(f"  note: {said}")
    if len(notes) > _MOST:
        print(f"  note: and {len(notes) - _MOST} more")
    for number, reason in done.reasons:
        print(f"  row {number}: {reason}")
    if receipt.rejected > len(done.reasons):
        print(f"  and {receipt.rejected - len(done.reasons)} more rejected rows")
    if receipt.returned_file:
        print(f"  returned rows: {receipt.returned_file}")
