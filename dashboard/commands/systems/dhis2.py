"""`dhis2`: a DHIS2 that is pulled, and sent values: connect, list, elements, pull, push, end."""

from __future__ import annotations

import argparse
from datetime import date, timedelta
from typing import Any

from dashboard.commands.output import say, write
from dashboard.commands.systems import common
from dashboard.parameters import read_day
from dashboard.permissions import Grant
from dashboard.services.clock import today_in_cambodia
from dashboard.services.systems import desk, pushing
from surveillance.errors import UsageError

_KINDS = (desk.DHIS2,)
_ITEMS = ("kind", "uid", "code", "name", "detail", "meaning")


def add_to(commands: Any) -> None:
    """Declare the command."""
    command = commands.add_parser("dhis2", help="pull from a DHIS2, and send values to it")
    actions = command.add_subparsers(dest="action", required=True, metavar="ACTION")
    common.add_actions(actions, _KINDS)
    elements = actions.add_parser(
        "elements", help="data elements and categories as the DHIS2 names them, and what each is mapped to"
    )
    elements.add_argument("name", metavar="NAME", help="a system that is connected")
    elements.add_argument("--format", choices=common.FORMATS, default="table", help="form of the answer")
    elements.set_defaults(run=_elements)
    push = actions.add_parser(
        "push", help="try values at the DHIS2, which stores nothing; then send what was tried, by its name"
    )
    push.add_argument("name", metavar="NAME", help="a system whose file has [push]")
    what = push.add_mutually_exclusive_group(required=True)
    what.add_argument(
        "--from", dest="first", metavar="DATE", help="first day; whole periods from then on are tried"
    )
    what.add_argument("--send", metavar="VALUES", help="send what was tried under this name")
    push.add_argument("--to", dest="last", metavar="DATE", help="last day, included; yesterday unless given")
    push.add_argument("--format", choices=common.FORMATS, default="table", help="form of the answer")
    push.set_defaults(run=_push)


def _push(options: argparse.Namespace) -> int:
    settings, database, system = common.opened(_KINDS, options.name)
    grant = Grant.custodian()
    if options.send:
        answer = pushing.send(database, grant, settings, system, options.send)
        print(f"{system.name}: {answer.imported} values are new there, {answer.updated} were changed")
        return _conflicts(answer)
    yesterday = today_in_cambodia() - timedelta(days=1)
    last = yesterday if options.last is None else _day("--to", options.last)
    tried = pushing.attempt(database, grant, settings, system, _day("--from", options.first), last)
    write([one.as_row() for one in tried.values], pushing.COLUMNS, options.format)
    left = len(tried.values) - len(tried.sent)
    answer = tried.answer
    say(
        f"{system.name}: {len(tried.sent)} values would be sent, {left} are left out; the DHIS2 would "
        f"add {answer.imported}, change {answer.updated} and refuse {answer.ignored}. "
        "Nothing is stored there yet."
    )
    code = _conflicts(answer)
    if not code and tried.sent:
        say(f"To send them: dhis2 push {system.name} --send {tried.fingerprint}")
    return code


def _conflicts(answer: pushing.Answered) -> int:
    """Say what a DHIS2 does not take; 1 where there is anything."""
    for text in answer.conflicts:
        say(f"  {text}")
    return 1 if answer.ignored else 0


def _day(option: str, text: str) -> date:
    try:
        return read_day(text)
    except ValueError:
        raise UsageError(
            "{option}: '{given}' is no day as YYYY-MM-DD", option=option, given=text[:40]
        ) from None


def _elements(options: argparse.Namespace) -> int:
    _, database, system = common.opened(_KINDS, options.name)
    rows = [
        {name: getattr(item, name, None) for name in _ITEMS} | {"meaning": meaning or None}
        for item, meaning in desk.items(database, Grant.custodian(), system.id)
    ]
    write(rows, _ITEMS, options.format)
    return 0
