"""The first page is made before a reader waits for it: after an import, and before what is held ends.

Each process holds its own answers (decision 52). So each looks by itself, for roles and scopes of which a
reader asked it in the last hour.
"""

from __future__ import annotations

import logging
import threading

from dashboard.services.clock import today_in_cambodia
from dashboard.services.imports.data_status import data_status
from dashboard.services.today import overview
from db.core.engine import Database

_log = logging.getLogger("chhlang.server")
#: Seconds between two looks: a burst of imports is answered once.
_PAUSE = 30.0


def look(database: Database) -> None:
    """Make anew what is asked for and has changed, or soon ends; a failure is logged."""
    try:
        if asked := overview.asked_lately():
            overview.renew(database, asked, data_status(database), today_in_cambodia())
    except Exception:  # noqa: BLE001 - whatever it is, the next look may go well
        _log.exception("the first page could not be made ahead")


def start(database: Database, over: threading.Event | None = None) -> threading.Thread:
    """Look again and again beside the answers of this process, until `over`."""
    stop = over or threading.Event()

    def keep() -> None:
        while not stop.wait(_PAUSE):
            look(database)

    thread = threading.Thread(target=keep, daemon=True, name="warming")
    thread.start()
    return thread
