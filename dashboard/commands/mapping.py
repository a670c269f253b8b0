"""`mapping`: the mappings there are, checking one, and beginning one of one's own."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from dashboard.commands.output import say, write
from dashboard.services.imports import mapping_drafts
from surveillance.reception.file_kinds import LINE_LIST, OF_A_CENTRE

_COLUMNS = ("name", "version", "kind", "fingerprint", "description")
_SUGGESTED = ("column", "field", "confidence", "why")
_FORMATS = ("table", "csv", "json")


def add_to(commands: Any) -> None:
    """Declare the command."""
    command = commands.add_parser("mapping", help="mappings for files with other columns and values")
    actions = command.add_subparsers(dest="action", required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="the mappings that come with Chhlang")
    listing.add_argument("--format", choices=_FORMATS, default="table", help="form of the answer")
    listing.set_defaults(run=_list)
    show = actions.add_parser("show", help="print the file of a mapping")
    show.add_argument("name", metavar="NAME|FILE", help="name of a mapping, or its file")
    show.set_defaults(run=_show)
    check = actions.add_parser("check", help="say everything that is wrong with a mapping")
    check.add_argument("name", metavar="NAME|FILE", help="name of a mapping, or its file")
    check.set_defaults(run=_check)
    suggest = actions.add_parser("suggest", help="guess what the columns of a file hold")
    suggest.add_argument("file", metavar="FILE", type=Path, help="a file with other columns")
    suggest.add_argument(
        "--out", metavar="FILE", type=Path, help="begin a mapping file with the guesses, to be looked at"
    )
    suggest.add_argument(
        "--kind",
        choices=(LINE_LIST, *OF_A_CENTRE),
        default=LINE_LIST,
        help="what each row is: a visit, or a record of a reception centre",
    )
    suggest.add_argument("--language", choices=("en", "km"), default="en", help="in which reasons are said")
    suggest.add_argument("--format", choices=_FORMATS, default="table", help="form of the answer")
    suggest.set_defaults(run=_suggest)


def _list(options: argparse.Namespace) -> int:
    write(mapping_drafts.listed(), _COLUMNS, options.format)
    return 0


def _show(options: argparse.Namespace) -> int:
    print(mapping_drafts.text_of(options.name), end="")
    return 0


def _check(options: argparse.Namespace) -> int:
    print(mapping_drafts.checked(options.name))
    return 0


def _suggest(options: argparse.Namespace) -> int:
    offer = mapping_drafts.offer(options.file, options.language, options.kind)
    if options.out:
        mapping_drafts.write_new(options.out, offer.as_file(options.out.stem))
        say(f"{options.out}: holds guesses; look at each line before it is used with --mapping {options.out}")
    rows = [{name: getattr(one, name) for name in _SUGGESTED} for one in offer.suggestions]
    write(rows, _SUGGESTED, options.format)
    return 0
