"""`backup`, `restore`, `rekey`, `retain`: one file and back; another key; old records as sums."""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import Any

from dashboard.commands.output import say, write_json
from dashboard.permissions import Grant
from dashboard.services import store
from dashboard.services.clock import today_in_cambodia
from dashboard.services.upkeep import another_key, archiving
from dashboard.services.upkeep import backups as upkeep
from dashboard.services.upkeep.backups import Contents, Progress
from dashboard.settings import Settings

_EVERY = 0.2


def add_to(commands: Any) -> None:
    """Declare the commands."""
    backup = commands.add_parser("backup", help="write both databases into one file")
    backup.add_argument(
        "file",
        nargs="?",
        type=Path,
        metavar="FILE",
        help="file, or folder for a name by the time; without it a folder `backups` beside the database",
    )
    backup.add_argument(
        "--try",
        action="store_true",
        dest="tried",
        help="restore it into a scratch database beside it, and look whether all came back",
    )
    backup.add_argument("--keep", type=int, metavar="N", help="keep the newest N backups of the folder")
    backup.add_argument("--format", choices=("text", "json"), default="text", help="form of the answer")
    backup.set_defaults(run=run_backup)
    restore = commands.add_parser("restore", help="make the database what a backup holds")
    restore.add_argument("file", type=Path, metavar="FILE", help="a backup")
    restore.add_argument("--replace", action="store_true", help="lose what the database holds now")
    restore.add_argument("--check", action="store_true", help="only read the backup and say what it holds")
    restore.set_defaults(run=run_restore)
    rekey = commands.add_parser("rekey", help="put a new key over stored pseudonyms and authenticators")
    rekey.set_defaults(run=run_rekey)
    retain = commands.add_parser("retain", help="reduce records with old visits to their sums, for ever")
    retain.add_argument("--older-than", metavar="AGE", help="as 5y or 18m; CHHLANG_RETENTION unless given")
    retain.add_argument("--dry-run", action="store_true", help="count what would happen; change nothing")
    retain.set_defaults(run=run_retain)


def run_backup(options: argparse.Namespace) -> int:
    """Make one."""
    settings = Settings.read()
    database = store.open_store(settings)
    with _Shown() as tell:
        done = upkeep.make_backup(database, Grant.custodian(), settings, options.file, options.keep, tell)
        if options.tried:
            upkeep.try_backup(database, Grant.custodian(), done, tell)
    if options.format == "json":
        row = {"file": str(done.path), "bytes": done.size, "made_at": done.manifest.made_at}
        row |= {"dropped": [str(path) for path in done.dropped]}
        row |= {"tried": options.tried}
        write_json([row | dict(done.manifest.counts) | {"key_check": done.manifest.key_check}])
        return 0
    print(f"{done.path}: {done.size / 1e6:,.1f} MB, {_counted(done.manifest.counts)}")
    if done.manifest.key_check:
        print(f"  holds no key; its pseudonyms need the key whose check is {done.manifest.key_check}")
    if options.tried:
        print("  tried: a scratch database was filled from it, and holds the same; it is gone again")
    for path in done.dropped:
        print(f"  dropped {path}")
    return 0


def run_restore(options: argparse.Namespace) -> int:
    """Read one, and put it in place."""
    settings = Settings.read()
    with _Shown() as tell:
        if options.check:
            found = upkeep.look_into(settings, Grant.custodian(), options.file, tell)
        else:
            found = upkeep.restore_backup(
                settings, Grant.custodian(), options.file, replace=options.replace, tell=tell
            )
    done = "whole" if options.check else "restored"
    print(f"{options.file}: {done}; {_counted(found.manifest.counts)}; made {found.manifest.made_at}")
    if found.manifest.demo:
        print("  it is the synthetic demo")
    _say_key(found)
    return 0


def run_rekey(_options: argparse.Namespace) -> int:
    """Change the key."""
    settings = Settings.read()
    database = store.open_store(settings)
    with _Shown() as tell:
        changed = another_key.change_key(database, Grant.custodian(), settings, tell)
    if changed.versions is not None:
        print(
            f"{changed.versions:,} versions of records are under the new key; the old key alone is refused "
            "from now on"
        )
    elif not changed.authenticators:
        print("nothing to do: there are no pseudonyms, or they are under the key that is set already")
    if changed.authenticators:
        print(
            f"authenticators sealed under the new CHHLANG_SECRET_KEY: {changed.authenticators:,}; they go on "
            "once the server is started anew with that key"
        )
    return 0


def run_retain(options: argparse.Namespace) -> int:
    """Seal what is old."""
    settings = Settings.read()
    database = store.open_store(settings)
    with _Shown() as tell:
        done = archiving.retain(
            database,
            Grant.custodian(),
            settings,
            older_than=options.older_than,
            dry_run=options.dry_run,
            today=today_in_cambodia(),
            tell=tell,
        )
    are = "would be" if options.dry_run else "are"
    print(
        f"{done.records:,} records ({done.versions:,} versions, from {done.files:,} files) "
        f"with visits before {done.held_from} {are} reduced to sums"
    )
    if done.arrivals:
        print(f"{done.arrivals:,} records of reception centres {are} reduced to sums, too")
    if done.shrunk is False:
        say("chhlang: the file could not be made smaller now; its space is used again")
    return 0


def _counted(counts: Any) -> str:
    return ", ".join(f"{number:,} {name}" for name, number in counts.items())


def _say_key(found: Contents) -> None:
    if found.key_fits is None:
        print("  its records hold no pseudonyms: any key will do")
    elif found.key_fits:
        print("  the key that is set is the one its pseudonyms were made under")
    else:
        say(
            f"chhlang: its pseudonyms were made under the key whose check is {found.manifest.key_check}, and "
            "that key is not set: imports with numbers of persons are refused until CHHLANG_SECRET_KEY (or "
            "CHHLANG_PSEUDONYM_KEY) is what it was then; then `rekey` changes it"
        )


class _Shown:
    """Progress on a terminal, a few times a second; silence elsewhere."""

    def __enter__(self) -> Progress:
        self._last = 0.0
        self._shows = sys.stderr.isatty()
        return self._tell

    def _tell(self, doing: str, what: str, rows: int) -> None:
        now = time.monotonic()
        if self._shows and now - self._last > _EVERY:
            self._last = now
            print(f"\r\x1b[K{doing} {what} {rows:,}", end="", file=sys.stderr, flush=True)

    def __exit__(self, *_: object) -> None:
        if self._shows:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)
