"""`alerts`: run the rules, list what they raised, what became of it, and the rules; messages about them."""

from __future__ import annotations

import argparse
from datetime import UTC, date, datetime
from typing import Any

from dashboard.commands.clusters import messages
from dashboard.commands.output import say, write
from dashboard.permissions import Grant
from dashboard.services import store
from dashboard.settings import Settings
from surveillance.alerts.rules import RULES

_DESCRIPTION = (
    "Evaluate the rules of alerts on the records, and keep what they find in the register: nothing is raised "
    "twice. The server does so every night by itself. Rules, register and yield: docs/alerts.md."
)
LISTED = (
    "alert", "raised_at", "rule", "version", "disease", "level", "place", "first", "day", "count",
    "threshold", "last_count", "state", "level_now", "owner", "verified", "event", "outcome",
)  # fmt: skip
YIELD = ("rule", "alerts", "verified", "refuted", "events", "early", "never_acted")
OF_RULES = (
    "rule",
    "version",
    "disease",
    "cases",
    "kind",
    "window",
    "least",
    "levels",
    "immediate",
    "name",
    "source",
)


def add_to(commands: Any) -> None:
    """Declare the command."""
    command = commands.add_parser(
        "alerts", help="run the rules of alerts, and list what they raised", description=_DESCRIPTION
    )
    actions = command.add_subparsers(dest="action", required=True, metavar="ACTION")
    run = actions.add_parser("run", help="evaluate every rule now; a second time raises nothing new")
    run.add_argument(
        "--since",
        type=_day,
        metavar="DAY",
        help="the first day that is evaluated; unless given, thirty days before the last run",
    )
    for name, what in (
        ("list", "every alert, the newest first"),
        ("yield", "for each rule how many alerts, and what they led to"),
        ("rules", "every rule, with its source"),
    ):
        actions.add_parser(name, help=what)
    actions.choices["list"].add_argument("--open", action="store_true", help="only those that are not closed")
    for name, made in (("run", _run), ("list", _list), ("yield", _yield), ("rules", _rules)):
        actions.choices[name].add_argument(
            "--format", choices=("table", "csv", "json"), default="table", help="form of the answer"
        )
        actions.choices[name].set_defaults(run=made)
    messages.add_to(actions, _day)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is not a day such as 2025-12-31") from None


def _run(options: argparse.Namespace) -> int:
    from dashboard.services.alerts import night  # noqa: PLC0415 - loads what evaluates

    database, grant = store.open_store(Settings.read()), Grant.custodian()
    made = night.run(database, datetime.now(UTC), options.since)
    store.audit_use(database, grant, "alerts run", {"raised": made.raised})
    row = _run_row(made)
    write([row], tuple(row), options.format)
    say(f"{made.asked} questions (rules times places); alarms of days count the same cases again and again")
    return 0


def _run_row(made: Any) -> dict[str, Any]:
    return {
        "from": made.first,
        "to": made.day,
        "asked": made.asked,
        "alarms": made.alarms,
        "raised": made.raised,
    }


def _alert_row(one: Any) -> dict[str, Any]:
    return vars(one) | {"alert": one.id, "state": "open" if one.open else "closed"}


def _list(options: argparse.Namespace) -> int:
    from dashboard.services.alerts import register  # noqa: PLC0415 - loads the gazetteer

    database, grant = store.open_store(Settings.read()), Grant.custodian()
    alerts = register.every(database, grant, open_=True if options.open else None)
    store.audit_use(database, grant, "alerts list", {})
    rows = [_alert_row(one) for one in alerts]
    write([{name: row[name] for name in LISTED} for row in rows], LISTED, options.format)
    return 0


def _yield(options: argparse.Namespace) -> int:
    from dashboard.services.alerts import register  # noqa: PLC0415 - loads the gazetteer

    database, grant = store.open_store(Settings.read()), Grant.custodian()
    found = register.register(database, grant)
    store.audit_use(database, grant, "alerts list", {})
    write([{name: getattr(one, name) for name in YIELD} for one in found.yields], YIELD, options.format)
    nothing = [one.rule for one in found.yields if one.leads_to_nothing]
    if nothing:
        say(f"every alert of these rules was judged, and none was verified: {', '.join(nothing)}")
    return 0


def _rules(options: argparse.Namespace) -> int:
    rows = [
        {name: getattr(rule, name, rule.id) for name in OF_RULES}
        | {"levels": " ".join(rule.levels), "immediate": "yes" if rule.immediate else "no"}
        for rule in RULES.values()
    ]
    write(rows, OF_RULES, options.format)
    return 0
