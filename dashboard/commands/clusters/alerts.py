"""`alerts`: run the rules, list what they raised, what became of it, and the rules; messages about them."""

from __future__ import annotations

import argparse
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from dashboard.commands.clusters import messages
from dashboard.commands.output import say, write
from dashboard.parameters import read_day
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
    "threshold", "last_count", "in_outbreaks", "state", "level_now", "owner", "verified", "event", "outcome",
)  # fmt: skip
YIELD = ("rule", "alerts", "verified", "refuted", "events", "early", "never_acted")
OUTBREAKS = (
    "outbreak", "name", "disease", "level", "place", "first", "last", "cases", "source", "reference",
    "emerged", "detected", "notified", "responded", "days_to_detection", "days_to_notification",
    "days_to_response",
)  # fmt: skip
CAUGHT = ("rule", "level", "place", "night", "days")
QUESTIONS = ("rule", "questions", "unit_days", "expected", "recurrence", "p")
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
        ("questions", "how many questions chance makes alarm, and how many alarms it is allowed"),
        ("outbreaks", "known outbreaks, with the days of 7-1-7"),
    ):
        actions.add_parser(name, help=what)
    actions.choices["list"].add_argument("--open", action="store_true", help="only those that are not closed")
    missed = actions.add_parser("missed", help="enter an outbreak of which no alert told")
    for option in ("name", "disease", "level", "place", "first", "last", "cases"):
        needed = option not in ("last", "cases")
        missed.add_argument(
            f"--{option}", required=needed, default="", metavar=option.upper(), help=_OPTIONS[option]
        )
    replay = actions.add_parser(
        "replay", help="which rules would have told of an outbreak, and on which night"
    )
    replay.add_argument("outbreak", type=int, help="its number, of `alerts outbreaks`")
    events = actions.add_parser("import", help="bring the events of another system's file")
    events.add_argument("file", type=Path, help=f"columns: {', '.join(EVENT_COLUMNS)}")
    for name, made in (
        ("run", _run), ("list", _list), ("yield", _yield), ("rules", _rules), ("questions", _questions),
        ("outbreaks", _outbreaks), ("missed", _missed), ("replay", _replay), ("import", _import),
    ):  # fmt: skip
        actions.choices[name].add_argument(
            "--format", choices=("table", "csv", "json"), default="table", help="form of the answer"
        )
        actions.choices[name].set_defaults(run=made)
    messages.add_to(actions, _day)


_OPTIONS = {
    "name": "what it is called",
    "disease": "code of the disease",
    "level": "facility, district, province, country, crossing or infection",
    "place": "the place: its number or code",
    "first": "its first day",
    "last": "its last day, once it is over",
    "cases": "how many cases it had",
}
#: Columns of a file of events.
EVENT_COLUMNS = (
    "reference", "name", "disease", "level", "place", "first", "last", "cases",
    "emerged", "detected", "notified", "responded",
)  # fmt: skip


def _day(text: str) -> date:
    try:
        return read_day(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is not a day such as 2025-12-31") from None


def _run(options: argparse.Namespace) -> int:
    from dashboard.services.alerts import night  # noqa: PLC0415 - loads what evaluates

    settings = Settings.read()
    database, grant = store.open_store(settings), Grant.custodian()
    made = night.run(database, datetime.now(UTC), options.since, settings.chance_alerts)
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
        "by_chance_a_month": made.chance,
        "questions_of_chance": made.allowed,
    }


def _alert_row(one: Any) -> dict[str, Any]:
    return vars(one) | {"alert": one.id, "state": "open" if one.open else "closed"}


def _list(options: argparse.Namespace) -> int:
    from dashboard.services.alerts import known, register  # noqa: PLC0415 - loads the gazetteer

    database, grant = store.open_store(Settings.read()), Grant.custodian()
    alerts = register.every(database, grant, open_=True if options.open else None)
    store.audit_use(database, grant, "alerts list", {})
    inside = known.in_outbreaks(database, grant, alerts)
    rows = [_alert_row(one) | {"in_outbreaks": inside[one.id]} for one in alerts]
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


def _questions(options: argparse.Namespace) -> int:
    from dashboard.services.alerts import allowance  # noqa: PLC0415 - loads the gazetteer

    settings = Settings.read()
    database = store.open_store(settings)
    found = allowance.shares(database, settings.chance_alerts)
    rows = [{"rule": one.key} | {name: getattr(one, name) for name in QUESTIONS[1:]} for one in found]
    for row in rows:
        row["recurrence"] = row["recurrence"] if row["questions"] else None
    write(rows, QUESTIONS, options.format)
    asked = sum(one.questions for one in found)
    allowed = sum(one.expected for one in found)
    say(f"{asked} questions; chance alone is allowed {allowed:.2f} alerts a month")
    return 0


def _outbreak_row(one: Any, spent: Any) -> dict[str, Any]:
    return vars(one) | {
        "outbreak": one.id,
        "days_to_detection": spent.detection,
        "days_to_notification": spent.notification,
        "days_to_response": spent.response,
    }


def _outbreaks(options: argparse.Namespace) -> int:
    from dashboard.services.alerts import outbreaks  # noqa: PLC0415 - loads the gazetteer

    database, grant = store.open_store(Settings.read()), Grant.custodian()
    rows = [_outbreak_row(one, outbreaks.timely(one)) for one in outbreaks.listed(database, grant)]
    store.audit_use(database, grant, "alerts list", {})
    write([{name: row[name] for name in OUTBREAKS} for row in rows], OUTBREAKS, options.format)
    return 0


def _missed(options: argparse.Namespace) -> int:
    from dashboard.services.alerts import outbreaks  # noqa: PLC0415 - loads the gazetteer

    database, grant = store.open_store(Settings.read()), Grant.custodian()
    number = outbreaks.add_missed(database, grant, {name: getattr(options, name) for name in _OPTIONS})
    write([{"outbreak": number}], ("outbreak",), options.format)
    say(f"which rules would have told: python app.py alerts replay {number}")
    return 0


def _replay(options: argparse.Namespace) -> int:
    from dashboard.services.alerts import replaying  # noqa: PLC0415 - loads what evaluates

    settings = Settings.read()
    database, grant = store.open_store(settings), Grant.custodian()
    outbreak, caught = replaying.replay(database, grant, options.outbreak, settings.chance_alerts)
    store.audit_use(database, grant, "alerts replayed", {"outbreak": outbreak.id})
    write([vars(one) for one in caught], CAUGHT, options.format)
    told = sum(one.night is not None for one in caught)
    say(f"{told} of {len(caught)} rules would have told of {outbreak.name}, by what was known on each night")
    return 0


def _import(options: argparse.Namespace) -> int:
    from dashboard.services.alerts import outbreaks  # noqa: PLC0415 - loads the gazetteer

    database, grant = store.open_store(Settings.read()), Grant.custodian()
    new, held = outbreaks.import_events(database, grant, options.file)
    write([{"new": new, "held_already": held}], ("new", "held_already"), options.format)
    return 0
