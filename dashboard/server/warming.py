"""Pages that read much are made before a reader waits: at start, after an import, before what is held ends.

Each process holds its own answers (decision 52). So each looks by itself: at start at the first page of the
roles and scopes of the accounts that there are, then at what a reader asked for within the hour.
"""

from __future__ import annotations

import logging
import threading

from dashboard.permissions import Grant, Permission
from dashboard.services.clock import today_in_cambodia
from dashboard.services.disclosure import rules
from dashboard.services.imports.data_status import data_status
from dashboard.services.place_pages import page as place_pages
from dashboard.services.today import overview
from db.core.engine import Database
from db.operations import accounts

_log = logging.getLogger("chhlang.server")
#: Seconds between two looks: a burst of imports is answered once.
_PAUSE = 30.0
#: First pages that are made at start, at most.
_AT_START = 8


def look(database: Database) -> None:
    """Make anew what is asked for and has changed, or soon ends; a failure is logged."""
    try:
        asked, status, today = overview.asked_lately(), data_status(database), today_in_cambodia()
        overview.renew(database, asked, status, today)
        place_pages.renew(database, status, today)
    except Exception:  # noqa: BLE001 - whatever it is, the next look may go well
        _log.exception("a page could not be made ahead")


def begin(database: Database) -> None:
    """Make the first page of the accounts that there are, those of the whole country first."""
    try:
        overview.renew(database, readers(database), data_status(database), today_in_cambodia())
    except Exception:  # noqa: BLE001 - a reader's own request says what is wrong
        _log.exception("a page could not be made ahead")


def readers(database: Database) -> list[Grant]:
    """One reader of each role and scope of the open accounts: so many as are made ready for."""
    found: dict[object, Grant] = {}
    for account in accounts.listed(database):
        grant = Grant("server", account.role, account.scope)
        # Others read issued figures, which are made once for all.
        if account.active and grant.can(Permission.SEE_COVERAGE) and rules.entitled(grant):
            found.setdefault((grant.role, grant.scope), grant)
    return sorted(found.values(), key=lambda grant: not grant.scope.national)[:_AT_START]


def start(database: Database, over: threading.Event | None = None) -> threading.Thread:
    """Look again and again beside the answers of this process, until `over`."""
    stop = over or threading.Event()

    def keep() -> None:
        begin(database)
        while not stop.wait(_PAUSE):
            look(database)

    thread = threading.Thread(target=keep, daemon=True, name="warming")
    thread.start()
    return thread
