"""`dhis2`: a DHIS2 that is pulled, and sent values: connect, list, elements, pull, push, end."""

from __future__ import annotations

import argparse
from typing import Any

from dashboard.commands.output import write
from dashboard.commands.systems import common
from dashboard.permissions import Grant
from dashboard.services.systems import desk

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


def _elements(options: argparse.Namespace) -> int:
    _, database, system = common.opened(_KINDS, options.name)
    rows = [
        {name: getattr(item, name, None) for name in _ITEMS} | {"meaning": meaning or None}
        for item, meaning in desk.items(database, Grant.custodian(), system.id)
    ]
    write(rows, _ITEMS, options.format)
    return 0
