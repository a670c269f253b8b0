"""Roles and scopes in words."""

from __future__ import annotations

from dashboard.messages import Translate
from dashboard.permissions import Scope
from geodata.crossings import ALL_CROSSINGS
from geodata.provinces import PROVINCES
from surveillance.diseases import PROGRAMMES
from surveillance.texts import N_

ROLE_NAMES: dict[str, str] = {
    "viewer": N_("Viewer"),
    "official": N_("Official"),
    "reception": N_("Reception centre"),
    "data_manager": N_("Data manager"),
    "epidemiologist": N_("Epidemiologist"),
    "administrator": N_("Administrator"),
}
#: What a role may do, in a sentence.
ROLE_MAY: dict[str, str] = {
    "viewer": N_("sees coverage, and no small counts"),
    "official": N_("sees coverage, exports tables, looks for clusters"),
    "reception": N_("sees coverage"),
    "data_manager": N_("brings files and answers for their quality"),
    "epidemiologist": N_("as an official, and sees the records behind a cluster"),
    "administrator": N_("looks after accounts and the server"),
}


def role_name(code: str, t: Translate) -> str:
    """A role as people call it."""
    return t(ROLE_NAMES[code]) if code in ROLE_NAMES else code


def scope_words(scope: Scope, language: str, t: Translate) -> str:
    """The places and programmes of a scope."""
    places = [PROVINCES[code].name(language) for code in sorted(scope.provinces or ()) if code in PROVINCES]
    places += [t("district {name}").format(name=name) for name in sorted(scope.districts)]
    places += sorted(scope.facilities)
    places += [
        ALL_CROSSINGS[code].name(language) if code in ALL_CROSSINGS else code
        for code in sorted(scope.crossings)
    ]
    where = t("all places") if scope.national else ", ".join(places) or t("no place")
    if scope.programmes is None:
        what = t("all programmes")
    else:
        what = ", ".join(t(PROGRAMMES[code]) for code in PROGRAMMES if code in scope.programmes) or t(
            "no programme"
        )
    return f"{where} · {what}"
