"""`alerts digest` and `alerts outbox`: alerts as a file and on paper; messages, and those that got stuck."""

from __future__ import annotations

import argparse
from datetime import date
from typing import Any

from dashboard.commands.output import say, write
from dashboard.messages import LANGUAGES, translator
from dashboard.permissions import Grant
from dashboard.services import store
from dashboard.services.clock import today_in_cambodia
from dashboard.settings import Settings
from surveillance.errors import UsageError

OUTBOX = (
    "message", "made_at", "kind", "what", "to", "status", "reason", "code", "tries", "due_at", "ended_at",
    "settled_by",
)  # fmt: skip


def add_to(actions: Any, day: Any) -> None:
    """Declare the two actions. `day`: reads a day."""
    digest = actions.add_parser(
        "digest",
        help="alerts of some days by disease and province, to be printed or carried to where no network is",
    )
    digest.add_argument(
        "--from", dest="first", type=day, metavar="DAY", help="unless given, a week before --to"
    )
    digest.add_argument("--to", dest="last", type=day, metavar="DAY", help="unless given, today")
    digest.add_argument("--language", choices=tuple(LANGUAGES), default="en", help="language of the digest")
    digest.add_argument("--format", choices=("txt", "html"), default="txt", help="html is to be printed")
    digest.set_defaults(run=_digest)
    outbox = actions.add_parser("outbox", help="messages: waiting, sent, given up and why, and unsure ones")
    stuck = outbox.add_mutually_exclusive_group()
    stuck.add_argument(
        "--again",
        type=int,
        metavar="MESSAGE",
        help="let a message that was given up or is unsure go out once more",
    )
    stuck.add_argument(
        "--arrived", type=int, metavar="MESSAGE", help="close such a message: it arrived, or need not"
    )
    outbox.add_argument(
        "--format", choices=("table", "csv", "json"), default="table", help="form of the answer"
    )
    outbox.set_defaults(run=_outbox)


def _digest(options: argparse.Namespace) -> int:
    from dashboard.components.alerts import digests as paper  # noqa: PLC0415 - loads the gazetteer
    from dashboard.services.messages import digests  # noqa: PLC0415

    first, last = digests.span(options.first, options.last, today_in_cambodia())
    database, grant = store.open_store(Settings.read()), Grant.custodian()
    found = digests.digest(database, grant, first, last)
    said: dict[str, date] = {"first": first, "last": last}
    store.audit_use(database, grant, "alerts digest", said)
    made = paper.paper(found, options.language, translator(options.language))
    print(paper.as_text(made) if options.format == "txt" else paper.as_html(made, options.language), end="")
    return 0


def _outbox(options: argparse.Namespace) -> int:
    from dashboard.components.alerts.message_words import subject  # noqa: PLC0415 - loads the gazetteer
    from dashboard.services.messages import desk  # noqa: PLC0415

    settings = Settings.read()
    database, grant = store.open_store(settings), Grant.custodian()
    for number, change, what in (
        (options.again, desk.send_again, "goes out once more"),
        (options.arrived, desk.settle, "is closed"),
    ):
        if number is not None:
            if not change(database, grant, number):
                raise UsageError(
                    "message {number} was not given up and is not unsure: nothing was changed", number=number
                )
            say(f"message {number} {what}")
    kept = desk.kept(database, grant, None)
    store.audit_use(database, grant, "alerts outbox", {})
    rows = [
        {name: getattr(one, name, None) for name in OUTBOX}
        | {"message": one.id, "what": subject(one), "to": kept.names[one.id]}
        for one in kept.messages
    ]
    write(rows, OUTBOX, options.format)
    if not settings.message_hosts:
        say("nothing goes out: CHHLANG_MESSAGE_HOSTS is not set")
    return 0
