"""`watch`: files that arrive in a folder are imported, and leave it with their receipts."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

from dashboard.commands.output import say
from dashboard.messages import LANGUAGES, translator
from dashboard.permissions import Grant
from dashboard.services import store
from dashboard.services.imports import saved_mappings, watched_folder
from dashboard.services.imports.options import DEFAULT_MAPPING, DEFAULT_SOURCE, SAME_NUMBERS, ImportOptions
from dashboard.settings import Settings


def add_to(commands: Any) -> None:
    """Declare the command."""
    command = commands.add_parser("watch", help="import the files that arrive in a folder")
    command.add_argument("folder", metavar="FOLDER", type=Path, help="the folder to watch")
    command.add_argument(
        "--source", default=DEFAULT_SOURCE, metavar="NAME", help="who delivers; part of a record's identity"
    )
    command.add_argument(
        "--mapping",
        default=DEFAULT_MAPPING,
        metavar="NAME|FILE",
        help="what the files' columns and values mean; a name may be that of a mapping made in the browser",
    )
    command.add_argument(
        "--dates", choices=("day-first", "month-first"), help="how the files write days as numbers"
    )
    command.add_argument("--era", choices=("thai", "cambodian"), help="of which reckoning Buddhist years are")
    command.add_argument(
        "--same-numbers",
        choices=SAME_NUMBERS,
        help="what numbers are that are held for other people: corrections, or no identity",
    )
    command.add_argument(
        "--language",
        choices=tuple(LANGUAGES),
        default="en",
        help="in which is said what is wrong with rows and files",
    )
    command.add_argument("--once", action="store_true", help="import what is there, and end")
    command.add_argument(
        "--seconds",
        type=float,
        default=5.0,
        metavar="N",
        help="time between two looks; a file that has not changed in between has arrived",
    )
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Watch until stopped; with --once 3 where a file failed."""
    settings = Settings.read()
    database = store.open_store(settings)
    watch = watched_folder.Watch(
        database,
        Grant.custodian(),
        settings,
        options.folder,
        ImportOptions(
            source=options.source.strip() or DEFAULT_SOURCE,
            mapping=saved_mappings.named(database, options.mapping),
            dates=options.dates,
            same_numbers=options.same_numbers,
            era=options.era,
            t=translator(options.language),
        ),
    )
    failed, away = 0, False
    watch.look()
    while True:
        time.sleep(min(60.0, max(0.05, options.seconds)))
        try:
            for path, receipt in watch.arrived():
                failed += "error" in receipt
                outcome = receipt.get("error") or f"{receipt['rows']} rows, {receipt['rejected']} rejected"
                print(f"{path}: {outcome}", flush=True)
                away = False
        except Exception as error:
            if options.once or not store.is_away(error):
                raise
            if not away:  # said once; the file stays where it is, and comes again at a later look
                say(f"chhlang: {store.refusal(error)}; watching goes on")
            away = True
            continue
        if options.once and not watch.growing:
            break
    if failed:
        say(f"chhlang: {failed} files could not be imported; look into {options.folder / 'failed'}")
    return 3 if failed else 0
