"""What the commands about other systems share: connect, list, pull, end."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Collection, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from dashboard.commands.output import say, write, write_json
from dashboard.permissions import Grant
from dashboard.services import store
from dashboard.services.systems import desk, queue
from dashboard.settings import Settings
from surveillance.errors import UsageError

FORMATS = ("table", "csv", "json")
COLUMNS = (
    "name",
    "kind",
    "address",
    "hour",
    "status",
    "pages",
    "asked_at",
    "whole_at",
    *desk.OUTCOMES,
    "error",
)
PAGES = ("pull", "status", "part", "page", "items", "batch", *desk.OUTCOMES)


def add_actions(actions: Any, kinds: Collection[str]) -> None:
    """Declare what can be done with systems of some kinds."""
    connect = actions.add_parser(
        "connect", help="connect a system by a file that says what is pulled from it"
    )
    connect.add_argument("file", metavar="FILE", type=Path, help="TOML; see docs/dhis2.md")
    connect.add_argument(
        "--credential-stdin",
        action="store_true",
        help="read what it is asked with from standard input: `token:TOKEN` or `USER:PASSWORD`",
    )
    connect.set_defaults(run=partial(_connect, kinds))
    listing = actions.add_parser("list", help="systems that are connected, and how their last pull ended")
    listing.add_argument(
        "name", nargs="?", metavar="NAME", help="of this one: every page of its newest pulls"
    )
    listing.add_argument("--format", choices=FORMATS, default="table", help="form of the answer")
    listing.set_defaults(run=partial(_list, kinds))
    pull = actions.add_parser("pull", help="pull what changed; one that stopped midway goes on")
    pull.add_argument("name", metavar="NAME", help="a system that is connected")
    pull.add_argument("--whole", action="store_true", help="all of it, also what did not change")
    pull.add_argument("--format", choices=("text", "json"), default="text", help="form of the answer")
    pull.set_defaults(run=partial(_pull, kinds))
    end = actions.add_parser("end", help="end a system; what was imported from it stays")
    end.add_argument("name", metavar="NAME", help="a system that is connected")
    end.set_defaults(run=partial(_end, kinds))


def opened(kinds: Collection[str], name: str) -> tuple[Settings, Any, desk.System]:
    """Settings, database, and a system of one of some kinds.

    Raises
    ------
    UsageError
        None of this name is connected, or it is of another kind.
    """
    settings = Settings.read()
    database = store.open_store(settings)
    system = desk.of_name(database, name)
    if system.kind not in kinds:
        raise UsageError("name: '{name}' is connected as {kind}", "name", name=name[:40], kind=system.kind)
    return settings, database, system


def _connect(kinds: Collection[str], options: argparse.Namespace) -> int:
    settings = Settings.read()
    database = store.open_store(settings)
    credential = sys.stdin.readline().rstrip("\r\n") if options.credential_stdin else None
    try:
        text = options.file.read_bytes()
    except OSError as error:
        raise UsageError(
            "{file}: cannot be opened ({why})", file=options.file.name, why=error.strerror
        ) from error
    made = desk.connect(database, Grant.custodian(), settings, text, options.file.name, credential, kinds)
    print(f"{made.name}: connected ({made.kind}); nothing is pulled yet")
    return 0


def _list(kinds: Collection[str], options: argparse.Namespace) -> int:
    if options.name:
        _, database, system = opened(kinds, options.name)
        write(list(_pages(database, system)), PAGES, options.format)
        return 0
    database = store.open_store(Settings.read())
    found = [one for one in desk.standing(database, Grant.custodian()) if one.system.kind in kinds]
    write([desk.as_row(one) for one in found], COLUMNS, options.format)
    return 0


def _pages(database: Any, system: desk.System) -> list[dict[str, Any]]:
    return [
        {"pull": pull.id, "status": pull.status, "part": page.part, "page": page.page, "items": page.items}
        | {"batch": page.batch}
        | {name: page.counts.get(name) for name in desk.OUTCOMES}
        for pull, pages in desk.pulled(database, Grant.custodian(), system.id)
        for page in pages
    ]


def _pull(kinds: Collection[str], options: argparse.Namespace) -> int:
    settings, database, system = opened(kinds, options.name)
    grant = Grant.custodian()
    asked = desk.ask(database, grant, settings, system.id, at_once=True, whole=options.whole)
    if asked.pages:
        say(f"{system.name}: {asked.pages} pages are done; it goes on after them")
    tell: Callable[[str, int, Mapping[str, int]], None] = lambda part, page, counts: None  # noqa: E731
    if options.format == "text":
        tell = _tell
    done = queue.work_on(database, settings, asked, tell)
    found = desk.of_number(database, grant, system.id)
    assert found is not None  # noqa: S101 - it was found just now
    if options.format == "json":
        write_json([{"system": system.name, "pull": done.id, "pages": done.pages, **found.counts}])
        return 0
    said = ", ".join(f"{found.counts[name]} {name}" for name in desk.OUTCOMES[1:] if found.counts.get(name))
    print(f"{system.name}: {done.pages} pages, {found.counts.get('rows', 0)} rows: {said or 'nothing new'}")
    for part, page, name, why in desk.rejected(settings, grant, done):
        say(f"{part} page {page} {name}: {why}")
    return 0


def _tell(part: str, page: int, counts: Mapping[str, int]) -> None:
    said = ", ".join(f"{counts[name]} {name}" for name in desk.OUTCOMES if counts.get(name))
    print(f"{part}, page {page}: {said or 'nothing'}", flush=True)


def _end(kinds: Collection[str], options: argparse.Namespace) -> int:
    _, database, system = opened(kinds, options.name)
    desk.end(database, Grant.custodian(), system.id)
    print(f"{system.name}: is not connected any more; what was imported from it stays")
    return 0
