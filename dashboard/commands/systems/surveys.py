"""`surveys`: forms of ODK Central and KoboToolbox that are pulled: connect, list, pull, end."""

from __future__ import annotations

from typing import Any

from dashboard.commands.systems import common
from dashboard.services.systems import desk


def add_to(commands: Any) -> None:
    """Declare the command."""
    command = commands.add_parser("surveys", help="pull forms from ODK Central and KoboToolbox")
    actions = command.add_subparsers(dest="action", required=True, metavar="ACTION")
    common.add_actions(actions, (desk.ODK, desk.KOBO))
