"""`cases`: the class of each case, another class with its reason, its history, and classes by a file."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from dashboard.commands.output import say, write, write_json
from dashboard.messages import LANGUAGES, translator
from dashboard.permissions import Grant
from dashboard.services import line_lists, store
from dashboard.settings import Settings

_DESCRIPTION = (
    "Rules of alerts count a case as suspected, probable, confirmed or discarded. The class follows from "
    "what its facility sent; a person may give it another one, with a reason, and take it back. What was "
    "before stays in the history. `/cases` does the same on a page. See docs/alerts.md."
)
LISTED = (
    "record", "day", "facility", "status", "method", "positive", "eligible", "found", "class", "seen",
)  # fmt: skip
HISTORY = ("on", "before", "after", "reason", "by")
_CLASSES = ("suspected", "probable", "confirmed", "discarded", "undo")


def add_to(commands: Any) -> None:
    """Declare the command."""
    command = commands.add_parser(
        "cases", help="classes of cases, and changing them", description=_DESCRIPTION
    )
    actions = command.add_subparsers(dest="action", required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="the newest 200 cases of a disease, with their classes")
    for option, what in (
        ("disease", "code of the disease; measles, if not given"),
        ("from", "first day of the visit; thirty days before the last, if not given"),
        ("to", "last day; that of the records, if not given"),
        ("level", "kind of place of care: facility, district or province"),
        ("place", "its number, name or P-code"),
    ):
        listing.add_argument(f"--{option}", default="", metavar=option.upper(), help=what)
    listing.add_argument(
        "--reason", required=True, metavar="TEXT", help="what the records are needed for (audit trail)"
    )
    given = actions.add_parser("set", help="give a case another class, or take it back")
    given.add_argument("record", type=int, help="number of the case, of `cases list`")
    given.add_argument("to", metavar="class", choices=_CLASSES, help=f"one of {', '.join(_CLASSES)}")
    given.add_argument("--reason", required=True, metavar="TEXT", help="why, in 5 to 300 characters")
    given.add_argument(
        "--seen", metavar="NUMBER", help="as `cases list` said it: refused where the class changed since"
    )
    history = actions.add_parser("history", help="every change of the class of a case")
    history.add_argument("record", type=int, help="number of the case")
    bring = actions.add_parser("import", help="give classes to the cases of a CSV or workbook")
    bring.add_argument("file", type=Path, metavar="FILE", help="columns record, class, reason; and seen")
    bring.add_argument("--dry-run", action="store_true", help="say what would happen; change nothing")
    bring.add_argument(
        "--language", choices=tuple(LANGUAGES), default="en", help="in which is said what is wrong"
    )
    bring.add_argument("--format", choices=("text", "json"), default="text", help="form of the answer")
    for one in (listing, given, history):
        one.add_argument("--format", choices=("table", "csv", "json"), default="table", help="form")
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """List, change, show the history, or import."""
    settings = Settings.read()
    database, grant = store.open_store(settings), Grant.custodian()
    return {"list": _list, "set": _set, "history": _history, "import": _import}[options.action](
        options, settings, database, grant
    )


def _list(options: argparse.Namespace, settings: Settings, database: Any, grant: Grant) -> int:
    from dashboard.services.alerts import classes  # noqa: PLC0415 - loads the gazetteer
    from dashboard.services.clock import today_in_cambodia  # noqa: PLC0415
    from dashboard.services.imports.data_status import data_status  # noqa: PLC0415

    given = {name: getattr(options, name) for name in ("disease", "from", "to", "level", "place")}
    asked = classes.asked(given, data_status(database).last_visit or today_in_cambodia())
    why = line_lists.reason_of("other", options.reason)
    most = settings.line_lists_an_hour
    found = classes.cases(database, grant, asked, reason=why, most=most, size=classes.MOST)
    write([_row(one) for one in found.rows], LISTED, options.format)
    if found.left_out:
        say(f"{found.left_out} more cases are not listed: choose fewer days, or one place")
    return 0


def _row(one: Any) -> dict[str, Any]:
    facts = one.record.facts
    return {
        "record": one.record.version,
        "day": one.record.visit,
        "facility": one.record.facility,
        "status": facts.status,
        "method": facts.method,
        "positive": None if facts.positive is None else "yes" if facts.positive else "no",
        "eligible": "no" if facts.eligible is False else None,
        "found": one.classified.found,
        "class": one.classified.now,
        "seen": one.newest,
    }


def _set(options: argparse.Namespace, _: Settings, database: Any, grant: Grant) -> int:
    from dashboard.services.alerts import classes  # noqa: PLC0415 - loads the gazetteer

    now = datetime.now(UTC)
    classes.give(database, grant, options.record, options.to, options.reason, now, options.seen)
    changed = classes.one(database, grant, options.record)
    write([_row(changed)], LISTED, options.format)
    say("rules count the class at their next run: python app.py alerts run")
    return 0


def _history(options: argparse.Namespace, _: Settings, database: Any, grant: Grant) -> int:
    from dashboard.services.alerts import classes  # noqa: PLC0415 - loads the gazetteer

    found = classes.case(database, grant, options.record)
    if found is None:
        say("chhlang: there is no such case")
        return 2
    rows = [{name: getattr(one, name) for name in HISTORY} for one in found.classified.history]
    write(rows, HISTORY, options.format)
    say(f"by what its facility sent: {found.classified.found}; now: {found.classified.now}")
    return 0


def _import(options: argparse.Namespace, settings: Settings, database: Any, grant: Grant) -> int:
    from dashboard.services.alerts.files.classes import import_classes  # noqa: PLC0415 - loads the readers
    from dashboard.services.imports.receipts import file_limits  # noqa: PLC0415

    t = translator(options.language)
    now = datetime.now(UTC)
    receipt = import_classes(
        database, grant, options.file, now, t, dry_run=options.dry_run, limits=file_limits(settings)
    )
    if options.format == "json":
        write_json([receipt.record()])
        return 0
    print(f"{receipt.file}: {receipt.rows} rows{' (dry run)' if receipt.dry_run else ''}")
    for name in ("accepted", "duplicate", "rejected"):
        print(f"  {name:<10}{getattr(receipt, name):>10}")
    for number, reason in receipt.reasons:
        print(f"  row {number}: {reason}")
    return 0
