"""`found-by-lists`: cases found by any of several lists, and what their overlap says."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from dashboard.commands.output import say, write
from dashboard.parameters import read_day
from surveillance.errors import UsageError

_DESCRIPTION = (
    "Link the entries of two to six lists (clinic, slips, laboratory) by declared identifiers, and tell how "
    "many cases are in any of them, in each, and in each combination: the floor. --estimate tells between "
    "what the number of all cases lies, from three lists of a closed period alone. It needs no database and "
    "no key, and nothing is kept. Files and answers: docs/found_by_lists.md."
)


def add_to(commands: Any) -> None:
    """Declare the command."""
    command = commands.add_parser(
        "found-by-lists", help="tell how many cases are in any of several lists", description=_DESCRIPTION
    )
    command.add_argument(
        "--list",
        dest="lists",
        action="append",
        required=True,
        metavar="NAME=FILE",
        help="a list and its file; give two at least",
    )
    command.add_argument(
        "--identifiers",
        required=True,
        metavar="COLUMNS",
        help="columns that hold the same number for a person in every list, with commas between",
    )
    command.add_argument(
        "--from", dest="start", metavar="DATE", help="entries from this day on, by their date"
    )
    command.add_argument("--to", dest="end", metavar="DATE", help="entries up to this day, by their date")
    command.add_argument(
        "--estimate", action="store_true", help="tell between what the number of all cases lies"
    )
    command.add_argument(
        "--closed",
        action="store_true",
        help="say that nobody came or left in the period, and that each list is complete for it",
    )
    command.add_argument(
        "--wrong",
        type=float,
        default=0.05,
        metavar="SHARE",
        help="the largest share of entries whose identifiers may be wrong, 0.05",
    )
    command.add_argument(
        "--dates",
        choices=("day-first", "month-first"),
        help="how the files write days as numbers, where they do not show it (03/04/2025)",
    )
    command.add_argument(
        "--era",
        choices=("thai", "cambodian"),
        help="of which reckoning their Buddhist years are, where they do not show it (2568-06-10)",
    )
    command.add_argument(
        "--format", choices=("table", "csv", "json"), default="table", help="form of the answer"
    )
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Tell, and print a row for each list, combination and range."""
    from dashboard.services.own_files import lists  # noqa: PLC0415 - other commands need no pandas
    from dashboard.services.own_files.days import Declared  # noqa: PLC0415

    question = lists.Question(
        tuple(map(_list, options.lists)),
        tuple(filter(None, (one.strip() for one in options.identifiers.split(",")))),
        _day(options.start, "--from"),
        _day(options.end, "--to"),
        options.estimate,
        options.closed,
        options.wrong,
    )
    answer = lists.told(question, Declared(options.dates, options.era))
    write(answer.rows, ["what", "cases", "share", "lower", "upper"], options.format)
    for text in answer.said:
        say(text)
    return 0


def _list(text: str) -> tuple[str, Path]:
    name, sign, path = text.partition("=")
    if not sign or not name.strip() or not path.strip():
        raise UsageError(f"--list is '{text}'; write its name and file, as clinic=clinic.csv")
    return name.strip(), Path(path.strip())


def _day(text: str | None, option: str) -> Any:
    try:
        return None if text is None else read_day(text)
    except ValueError:
        raise UsageError(f"{option} is '{text}'; write a day of the common era, as 2026-06-30") from None
