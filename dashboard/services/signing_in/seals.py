"""Whether authenticators are sealed under the secret key that is set: said wherever it can be mended.

Under another key no code of theirs is right, and nothing else would tell a wrong key from a mistyped code.
"""

from __future__ import annotations

from dashboard.services import store
from dashboard.services.signing_in import second_factor
from dashboard.settings import Settings
from db.core.engine import Database
from surveillance.texts import N_

#: What is wrong, and what to do.
SAID = N_(
    "Authenticators that are sealed under another CHHLANG_SECRET_KEY than the one that is set: {count}. No "
    "code of theirs is taken. Set the key to what it was; to change it, set CHHLANG_PREVIOUS_KEY to that and "
    "run {command}"
)
COMMAND = "python app.py rekey"


def under_another_key(database: Database, settings: Settings) -> int:
    """How many authenticators the server could not read; 0 where this command does not know its key."""
    demo = store.is_demo(database)
    if not (settings.secret_key or demo):
        return 0
    return second_factor.unread(database, store.secret_for_server(settings, demo))


def sentence(database: Database, settings: Settings) -> str:
    """The same in one line of English, for logs and commands; blank where all can be read."""
    count = under_another_key(database, settings)
    return SAID.format(count=count, command=COMMAND) if count else ""
