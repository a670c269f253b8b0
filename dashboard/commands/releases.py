"""`release`: figures for those who are not entitled to small counts: prepare, audit, issue; check files."""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path
from typing import Any

from dashboard.commands.output import say, write
from dashboard.permissions import Grant
from dashboard.services import store
from dashboard.services.releases import desk, queue
from dashboard.services.releases.desk import Release
from dashboard.settings import Settings

#: Ways to protect small numbers; see `dashboard.services.releases.preparing`.
METHODS = ("suppression", "noise")
COLUMNS = (
    "release",
    "state",
    "since",
    "until",
    "prepared_by",
    "audited_by",
    "audit",
    "issued_by",
    "issued_at",
    "digest",
)


def add_to(commands: Any) -> None:
    """Declare the command."""
    command = commands.add_parser(
        "release", help="figures for accounts that are not entitled to small counts: prepare, audit, issue"
    )
    actions = command.add_subparsers(dest="action", required=True, metavar="ACTION")
    prepare = actions.add_parser("prepare", help="decide what is hidden; nothing is issued by that")
    _by(prepare, "who prepares it")
    prepare.add_argument(
        "--since", type=_day, metavar="DAY", help="first day of the records; the first there is, unless given"
    )
    prepare.add_argument(
        "--until", type=_day, metavar="DAY", help="last day of the records; the last there is, unless given"
    )
    prepare.add_argument(
        "--lag",
        type=int,
        default=desk.LAG_DAYS,
        metavar="DAYS",
        help=f"days after its end before a period is issued; {desk.LAG_DAYS} unless given",
    )
    prepare.add_argument(
        "--method",
        choices=METHODS,
        help="how small numbers are protected: they are hidden with what tells them (suppression), or every "
        "number gets noise; later releases are made like the one in force; suppression unless given",
    )
    prepare.set_defaults(run=_prepare)
    audit = actions.add_parser("audit", help="attack a release; exit code 1 where it is refused")
    _number(audit)
    _by(audit, "who has it audited")
    audit.set_defaults(run=_audit)
    issue = actions.add_parser("issue", help="put a release in force; another person than who prepared it")
    _number(issue)
    _by(issue, "who issues it")
    issue.set_defaults(run=_issue)
    listing = actions.add_parser("list", help="every release")
    listing.add_argument(
        "--format", choices=("table", "csv", "json"), default="table", help="form of the answer"
    )
    listing.set_defaults(run=_list)
    verify = actions.add_parser(
        "verify", help="whether a file says what its release says; exit code 1 where it does not"
    )
    verify.add_argument("file", metavar="FILE", help="a CSV or JSON file, or a workbook, that a page gave")
    verify.set_defaults(run=_verify)


def _by(command: argparse.ArgumentParser, what: str) -> None:
    command.add_argument("--by", required=True, metavar="EMAIL", help=f"the account of the person {what}")


def _number(command: argparse.ArgumentParser) -> None:
    command.add_argument("number", type=int, metavar="RELEASE", help="number of the release")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is not a day such as 2025-12-31") from None


def _progress(done: int, total: int) -> None:
    if total and done == total:
        say(f"{done} of {total} done")


def _prepare(options: argparse.Namespace) -> int:
    database = store.open_store(Settings.read())
    grant = desk.grant_of(database, options.by)
    number = desk.ask(
        database, grant, since=options.since, until=options.until, lag_days=options.lag, at_once=True
    )
    release = queue.work_on(database, number, _progress, options.method)
    print(f"release {number} is prepared: records of {release.since} to {release.until}")
    print(f"next: release audit {number} --by EMAIL")
    return 0


def _audit(options: argparse.Namespace) -> int:
    database = store.open_store(Settings.read())
    grant = desk.grant_of(database, options.by)
    desk.ask_for_audit(database, grant, options.number, at_once=True)
    release = queue.work_on(database, options.number, _progress)
    for threshold, said in sorted(release.report.items(), key=lambda item: int(item[0])):
        print(f"fewer than {threshold} people:")
        for text, values in (*said["words"], *said["findings"]):
            print(f"  {text.format(**values)}")
        print(f"  It took {said['seconds']:.0f} seconds.")
    if not release.passed:
        print(f"release {release.id} did not pass its audit; it cannot be issued")
        return 1
    print(f"release {release.id} passed its audit")
    print(f"next: release issue {release.id} --by EMAIL, by somebody else than {release.author}")
    return 0


def _issue(options: argparse.Namespace) -> int:
    database = store.open_store(Settings.read())
    release = desk.issue(database, desk.grant_of(database, options.by), options.number)
    print(f"release {release.id} is in force")
    return 0


def _list(options: argparse.Namespace) -> int:
    database, grant = store.open_store(Settings.read()), Grant.custodian()
    rows = [_row(one) for one in desk.listed(database, grant)]
    store.audit_use(database, grant, "release list", {})
    write(rows, COLUMNS, options.format)
    return 0


def _row(release: Release) -> dict[str, Any]:
    audited = {None: "", True: "passed", False: "refused"}
    return {
        "release": release.id,
        "state": "issued" if release.issued_at else "prepared" if release.prepared else release.status,
        "since": release.since,
        "until": release.until,
        "prepared_by": release.author,
        "audited_by": release.audited_by,
        "audit": audited[release.audit_passed],
        "issued_by": release.issued_by,
        "issued_at": release.issued_at,
        "digest": release.digest,
    }


def _verify(options: argparse.Namespace) -> int:
    from dashboard.services.releases import verifying  # noqa: PLC0415 - loads what reads workbooks

    database, grant = store.open_store(Settings.read()), Grant.custodian()
    found = verifying.verify(database, grant, Path(options.file))
    for fault in found.faults:
        print(fault)
    print(
        f"release {found.stamp.release}, issued on {found.stamp.issued_on}: {found.checked} numbers agree"
        if not found.faults
        else f"{options.file}: {len(found.faults)} things in it are not what the release says"
    )
    return 1 if found.faults else 0
