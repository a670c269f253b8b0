"""`demo`: fill an empty database with the synthetic demo."""

from __future__ import annotations

import argparse
from typing import Any

from dashboard.commands.output import say
from dashboard.permissions import Grant
from dashboard.services import store
from dashboard.settings import Settings


def add_to(commands: Any) -> None:
    """Declare the command."""
    command = commands.add_parser("demo", help="fill an empty database with synthetic data and demo accounts")
    command.add_argument(
        "--seed", type=int, default=1, metavar="N", help="another seed makes other records; 1 unless given"
    )
    command.add_argument(
        "--records", type=int, default=200_000, metavar="N", help="records to make; 200000 unless given"
    )
    command.add_argument("--if-empty", action="store_true", help="do nothing where there are data already")
    command.add_argument(
        "--without-release",
        action="store_true",
        help="issue nothing: accounts that are not entitled to small counts then see less",
    )
    command.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Fill it."""
    settings = Settings.read()
    database = store.open_store(settings)
    with store.one_at_a_time(settings):
        return _fill(options, settings, database)


def _fill(options: argparse.Namespace, settings: Settings, database: Any) -> int:
    if options.if_empty and (store.holds_anything(database) or store.has_accounts(database)):
        return 0
    from dashboard.services.upkeep import demo  # noqa: PLC0415 - loads the generator, a second or two

    demo.fill(database, Grant.custodian(), settings, seed=options.seed, count=options.records, say=say)
    if not options.without_release:
        demo.release(database, say)
    for account in demo.ACCOUNTS:
        print(f"{account.email}  password {demo.PASSWORD}  ({account.role})")
    return 0
