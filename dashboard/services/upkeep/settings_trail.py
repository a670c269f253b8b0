"""Changes of settings, in the audit trail: noted at the start of the server, whose environment holds them.

Of what is not shown, a secret above all, it is only noted whether it is set.
"""

from __future__ import annotations

from dashboard.settings import VARIABLES, Settings
from db.core.engine import Database
from db.operations import audit

CHANGED = "settings changed"
#: Who is said to have changed them: whoever started the server.
_WHO = "command line"
#: Settings whose values are shown. Of all others, new ones too, it is only said whether they are set.
SHOWN = frozenset({
    "CHHLANG_ADDRESS", "CHHLANG_MESSAGE_HOSTS", "CHHLANG_SYSTEM_HOSTS",
    "CHHLANG_BACKUP_FAIL_DAYS", "CHHLANG_BACKUP_WARN_DAYS", "CHHLANG_CONNECTIONS_PER_ADDRESS",
    "CHHLANG_CHANCE_ALERTS",
    "CHHLANG_HOST", "CHHLANG_HTTPS", "CHHLANG_IDLE_MINUTES", "CHHLANG_KEEP_LEGAL_STATUS",
    "CHHLANG_LINE_LISTS_PER_HOUR", "CHHLANG_LOG", "CHHLANG_MAX_FILE_MB", "CHHLANG_MAX_ROWS",
    "CHHLANG_OLD_DATA_DAYS", "CHHLANG_PROXIES", "CHHLANG_READER_MEMORY_MB", "CHHLANG_READER_SECONDS",
    "CHHLANG_RETENTION", "CHHLANG_STANDING_HOUR", "CHHLANG_STANDING_SCANS", "CHHLANG_TOTP_ROLES",
    "CHHLANG_WORKERS", "PORT",
})  # fmt: skip


def note(database: Database, settings: Settings) -> dict[str, str | None]:
    """Note which settings are others than at the last start; the first start notes those that are set.

    Returns
    -------
    dict
        Variable and its value: None where it is not set any more, and `set` where the value is not shown.
    """
    held: dict[str, str | None] = {}
    for _, _, detail in audit.lines_of(database, (CHANGED,)):
        held |= detail
    present = {one.name: _said(one.name, getattr(settings, one.field)) for one in VARIABLES}
    changed = {name: value for name, value in present.items() if held.get(name) != value}
    if changed:
        audit.record(database, _WHO, CHANGED, changed)
    return changed


def _said(name: str, value: object) -> str | None:
    if value in {None, "", ()}:
        return None
    if name not in SHOWN:
        return "set"
    if isinstance(value, frozenset):
        value = sorted(value)
    return ",".join(map(str, value)) if isinstance(value, tuple | list) else str(value)
