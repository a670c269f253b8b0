"""`audit`: the trail of who did what and when; whether it is whole. Exit code 1 where it is not."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from dashboard.commands.output import write, write_json
from dashboard.permissions import Grant
from dashboard.services import audit_trail as service
from dashboard.services import store
from dashboard.settings import Settings


def add_to(commands: Any) -> None:
    """Declare the command."""
    command = commands.add_parser("audit", help="the audit trail: who did what and when")
    actions = command.add_subparsers(dest="action", required=True, metavar="ACTION")
    show = actions.add_parser("show", help="lines of the trail, the oldest first")
    show.add_argument("--since", metavar="DAY", help="from a day in Cambodia (2026-01-31) or a moment on")
    show.add_argument(
        "--who", metavar="ACCOUNT", help="what one account did; the command line is 'command line'"
    )
    show.add_argument("--what", metavar="ACTION", help="lines of one action, such as 'signed in'")
    show.add_argument(
        "--format", choices=("table", "csv", "json"), default="table", help="form of the answer"
    )
    show.set_defaults(run=_show)
    verify = actions.add_parser("verify", help="whether a line was changed, removed or put in")
    verify.add_argument("--head", metavar="LINE:HASH", help="where the trail ended once, as verify said then")
    verify.add_argument("--backup", metavar="FILE", help="a backup, which says where the trail ended then")
    verify.add_argument("--format", choices=("text", "json"), default="text", help="form of the answer")
    verify.set_defaults(run=_verify)
    export = actions.add_parser("export", help="the whole trail with its hashes, one JSON object a line")
    export.add_argument("file", metavar="FILE", help="a file that does not exist yet")
    export.set_defaults(run=_export)


def _show(options: argparse.Namespace) -> int:
    database, grant = store.open_store(Settings.read()), Grant.custodian()
    chosen = {"since": options.since, "who": options.who, "what": options.what}
    rows = service.found(database, grant, **chosen)
    service.note(database, grant, "audit show", chosen)
    if options.format != "json":
        rows = [row | {"detail": json.dumps(row["detail"], ensure_ascii=False)} for row in rows]
    write(rows, service.COLUMNS, options.format)
    return 0


def _verify(options: argparse.Namespace) -> int:
    database, grant = store.open_store(Settings.read()), Grant.custodian()
    backup = Path(options.backup) if options.backup else None
    found = service.verify(database, grant, head=options.head, backup=backup)
    if options.format == "json":
        write_json([{"lines": found.lines, "head": found.head, "sound": found.sound, "faults": found.faults}])
    else:
        print(f"{found.lines} lines")
        for fault in found.faults:
            print(fault)
        if found.sound:
            print("every line is what it was, and follows the one before")
            print(f"it ends with {found.head or 'nothing'}: keep this elsewhere, for --head")
    service.note(database, grant, "audit verify", {"lines": found.lines, "faults": len(found.faults)})
    return 0 if found.sound else 1


def _export(options: argparse.Namespace) -> int:
    database, grant = store.open_store(Settings.read()), Grant.custodian()
    count = service.export(database, grant, Path(options.file))
    print(f"{options.file}: {count} lines")
    return 0
