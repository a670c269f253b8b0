"""`verify`: whether cubes, records and receipts agree. Exit code 1 where they do not."""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict
from typing import Any

from dashboard.commands.output import say, write_json
from dashboard.permissions import Grant
from dashboard.services import store
from dashboard.services.signing_in import seals
from dashboard.services.upkeep import verify as service
from dashboard.settings import Settings


def add_to(commands: Any) -> None:
    """Declare the command."""
    command = commands.add_parser("verify", help="compare the cubes with the records")
    command.add_argument("--rebuild", action="store_true", help="mend cubes that differ, in one transaction")
    command.add_argument("--format", choices=("text", "json"), default="text", help="form of the answer")
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Verify, and say what was found."""
    settings = Settings.read()
    database = store.open_store(settings)
    shows = sys.stderr.isatty()
    found = service.verify(
        database, Grant.custodian(), rebuild=options.rebuild, progress=_show if shows else None
    )
    if shows:
        say("")
    if said := seals.sentence(database, settings):
        say(f"chhlang: {said}")  # of the accounts, not of the figures: those may agree
    if options.format == "json":
        write_json([asdict(found) | {"sound": found.sound}])
        return 0 if found.sound else 1
    print(f"{found.records} current records")
    for difference in found.cubes:
        print(f"{difference.cube}: {difference.cells} cells differ from the records")
        for key in difference.examples:
            print("  " + ", ".join(map(str, key)))
    for sentence in found.other:
        print(sentence)
    if found.rebuilt:
        print("the cubes are mended")
    elif found.cubes:
        print("`verify --rebuild` mends the cubes")
    if found.sound and not found.cubes:
        print("everything agrees")
    return 0 if found.sound else 1


def _show(records: int) -> None:
    print(f"\r{records:,} records summed", end="", file=sys.stderr, flush=True)
