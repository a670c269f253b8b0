"""`serve`: the web server, on a production WSGI server."""

from __future__ import annotations

import argparse
from typing import Any

from dashboard.commands.output import say
from dashboard.services import store
from dashboard.services.signing_in import seals
from dashboard.services.upkeep import backup_age, rights, settings_trail
from dashboard.settings import Settings


def add_to(commands: Any) -> None:
    """Declare the command."""
    command = commands.add_parser("serve", help="start the web server (the default)")
    command.add_argument("--host", help="address to bind to; 127.0.0.1 unless CHHLANG_HOST says otherwise")
    command.add_argument("--port", type=_port, help="port; 8050 unless PORT says otherwise")
    command.add_argument(
        "--unless-running",
        action="store_true",
        help="where Chhlang has the port already, say so and do nothing more",
    )
    command.set_defaults(run=run)


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= 65535):
        raise argparse.ArgumentTypeError(f"'{text}' is not a port from 1 to 65535")
    return int(text)


def run(options: argparse.Namespace) -> int:
    """Serve until stopped."""
    from dashboard.server.serve import RunsAlreadyError, serve  # noqa: PLC0415 - loads the web

    settings = Settings.read()
    database = store.open_store(settings)
    for sentence in rights.narrowed(settings):
        say(f"chhlang: {sentence}")
    if backup_age.is_missing(database, settings):
        days = settings.backup_warn_days
        say(f"chhlang: no whole backup was made in the last {days} days: python app.py backup --try")
    if said := seals.sentence(database, settings):
        say(f"chhlang: {said}")
    try:
        settings_trail.note(database, settings)
    except Exception as error:  # a full disk must keep nobody from signing out
        if (refusal := store.refusal(error)) is None:
            raise
        say(f"chhlang: whether settings have changed is not in the trail: {refusal}")
    database.dispose()
    try:
        with store.serving(settings):
            serve(settings, options.host or settings.host, options.port or settings.port)
    except RunsAlreadyError as error:
        if not options.unless_running:
            raise
        print(error)
    return 0
