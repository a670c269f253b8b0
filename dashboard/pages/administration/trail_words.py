"""What lines of the audit trail tell of, in words. What is stored and exported stays as it is."""

from __future__ import annotations

from dashboard.messages import Translate
from surveillance.texts import N_

#: Every action that is written into the trail. Held to the code by a test.
ACTIONS: tuple[str, ...] = (
    N_("account added"),
    N_("account closed"),
    N_("account opened"),
    N_("aggregates"),
    N_("audit export"),
    N_("audit show"),
    N_("audit verify"),
    N_("authenticators sealed anew"),
    N_("backup"),
    N_("backup tried"),
    N_("calendar changed"),
    N_("calendar entry removed"),
    N_("calendar list"),
    N_("cluster seen"),
    N_("clusters"),
    N_("clusters cancelled"),
    N_("clusters seen"),
    N_("coverage"),
    N_("decision done"),
    N_("decision noted"),
    N_("export"),
    N_("facilities import"),
    N_("file brought"),
    N_("file cancelled"),
    N_("identifiers list"),
    N_("identifiers share"),
    N_("identifiers unshare"),
    N_("identity linked"),
    N_("identity unlinked"),
    N_("import"),
    N_("line list export"),
    N_("line list seen"),
    N_("link made"),
    N_("mapping saved"),
    N_("password set"),
    N_("places list"),
    N_("places resolve"),
    N_("places undo"),
    N_("recovery code used"),
    N_("refused"),
    N_("rekey"),
    N_("restore"),
    N_("retain"),
    N_("returned rows fetched"),
    N_("role changed"),
    N_("scope changed"),
    N_("second factor removed"),
    N_("second factor set up"),
    N_("session ended"),
    N_("settings changed"),
    N_("sign-in failed"),
    N_("signed in"),
    N_("signed out"),
    N_("standing clusters seen"),
    N_("standing runs removed"),
    N_("standing scans"),
    N_("verify"),
    N_("view deleted"),
    N_("view renamed"),
    N_("view saved"),
    N_("view shared"),
)


def action_name(action: str, t: Translate) -> str:
    """What people call an action; one of another version as it is stored."""
    return t(action) if action in ACTIONS else action
