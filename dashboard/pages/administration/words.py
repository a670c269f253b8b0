"""Roles in words."""

from __future__ import annotations

from dashboard.messages import Translate
from surveillance.texts import N_

ROLE_NAMES: dict[str, str] = {
    "partner": N_("Partner"),
    "viewer": N_("Viewer"),
    "official": N_("Official"),
    "reception": N_("Reception centre"),
    "nurse": N_("Nurse"),
    "data_manager": N_("Data manager"),
    "epidemiologist": N_("Epidemiologist"),
    "administrator": N_("Administrator"),
}
#: What a role may do, in a sentence.
ROLE_MAY: dict[str, str] = {
    "partner": N_("outside the programme: sees issued figures without numbers below 11, and exports them"),
    "viewer": N_("sees issued figures, without numbers below five"),
    "official": N_("sees coverage, exports tables, looks for clusters"),
    "reception": N_("records arrivals at a reception centre, and sees issued figures"),
    "nurse": N_("as reception, and refers people, sees their medicines, and imports files of referrals"),
    "data_manager": N_("brings files and answers for their quality"),
    "epidemiologist": N_("as an official, and sees the records behind a cluster"),
    "administrator": N_("looks after accounts and the server, and sees issued figures"),
}


def role_name(code: str, t: Translate) -> str:
    """A role as people call it."""
    return t(ROLE_NAMES[code]) if code in ROLE_NAMES else code
