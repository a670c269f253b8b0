"""`bulletin`: the bulletin of a week or month as a file."""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path
from typing import Any

from dashboard.commands.output import say
from dashboard.components.bulletin import files, words
from dashboard.components.bulletin.said import Said
from dashboard.messages import LANGUAGES, translator
from dashboard.parameters import read_day
from dashboard.permissions import Grant
from dashboard.services import store
from dashboard.services.bulletin.make import bulletin
from dashboard.services.bulletin.models import Edition
from dashboard.services.clock import today_in_cambodia
from dashboard.settings import Settings
from surveillance.bulletin.period import read_period

_DESCRIPTION = (
    "Write the bulletin of a week or month: who reported, alerts and what became of them, cases with curve, "
    "threshold and map, the reception centres, clusters. Unless --own is given it is for passing on, and "
    "holds issued figures alone. With --as-of it says what was known at the end of an earlier day."
)


def add_to(commands: Any) -> None:
    """Declare the command."""
    command = commands.add_parser(
        "bulletin", help="the bulletin of a week or month as a file", description=_DESCRIPTION
    )
    command.add_argument("--week", metavar="WEEK", help="an ISO week, such as 2026-W26")
    command.add_argument("--month", metavar="MONTH", help="a month, such as 2026-06")
    command.add_argument("--province", metavar="CODE", help="one province; the whole country, if not given")
    command.add_argument(
        "--own", action="store_true", help="with small numbers and decisions: not for passing on"
    )
    command.add_argument(
        "--meeting", action="store_true", help="the sheet of the meeting alone: decisions, done or not"
    )
    command.add_argument("--language", choices=tuple(LANGUAGES), default="en", help="its language")
    command.add_argument("--format", choices=files.KINDS, default="html", help="kind of file")
    command.add_argument("--out", metavar="FILE", type=Path, required=True, help="the file to write")
    command.add_argument(
        "--as-of",
        type=_day,
        metavar="DATE",
        help="what was known at the end of this day; today, if not given",
    )
    command.set_defaults(run=run)


def _day(text: str) -> date:
    try:
        return read_day(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is not a day such as 2026-07-02") from None


def run(options: argparse.Namespace) -> int:
    """Write the file."""
    today = today_in_cambodia()
    edition = Edition(
        read_period(options.week, options.month),
        options.province,
        options.own or options.meeting,
        options.as_of or today,
    )
    if (lacking := files.lacking(options.format)) is not None:
        raise lacking
    database, grant = store.open_store(Settings.read()), Grant.custodian()
    made = bulletin(database, grant, edition, today)
    content = files.written(made, options.language, options.format, meeting=options.meeting)
    options.out.write_bytes(content)
    asked: dict[str, object] = {
        "period": made.label,
        "area": made.province or "KH",
        "edition": "own" if made.own else "issued",
        "as_of": str(made.as_of),
        "format": options.format,
        "meeting": options.meeting,
    }
    store.audit_use(database, grant, "bulletin", asked)
    said = Said(made, "en", translator("en"))
    print(f"{options.out}: {words.title(said)}")
    say(words.where_and_when(said)[1])
    say(words.stamp(said))
    return 0
