"""The places and programmes of an account in words: what they are, and what lies outside."""

from __future__ import annotations

from dashboard.messages import Translate
from dashboard.permissions import Scope
from geodata.crossings import ALL_CROSSINGS
from geodata.provinces import PROVINCES
from surveillance.diseases import PROGRAMMES
from surveillance.reception.vocabulary import PARTNERS
from surveillance.texts import N_

_PROVINCES = "provinces"
#: Kind of place -> its own, what lies outside, and the sum of its own. Several kinds are places.
_OWN: dict[str, tuple[str, str, str]] = {
    _PROVINCES: (N_("your provinces"), N_("outside your provinces"), N_("Your provinces together")),
    "districts": (N_("your districts"), N_("outside your districts"), N_("Your districts together")),
    "facilities": (N_("your facilities"), N_("outside your facilities"), N_("Your facilities together")),
    "crossings": (N_("your crossings"), N_("outside your crossings"), N_("Your crossings together")),
    "": (N_("your places"), N_("outside your places"), N_("Your places together")),
}


def kind(scope: Scope) -> str:
    """The one kind of place in a scope; blank where there are several kinds, or no places."""
    held = [name for name in _OWN if name and getattr(scope, name)]
    return held[0] if len(held) == 1 else ""


def own(scope: Scope, t: Translate) -> str:
    """What the reader calls her places, within a sentence."""
    return t(_OWN[kind(scope)][0])


def outside(scope: Scope, t: Translate) -> str:
    """How a place outside a scope is called; blank for a scope of the whole country."""
    return "" if scope.national else t(_OWN[kind(scope)][1])


def together(scope: Scope, t: Translate) -> str:
    """What a sum over the places of a scope is called."""
    return t(_OWN[kind(scope)][2])


def place_names(scope: Scope, language: str, t: Translate) -> list[str]:
    """The places of a scope by name; none for one of every place."""
    names = [PROVINCES[code].name(language) for code in sorted(scope.provinces or ()) if code in PROVINCES]
    names += [t("district {name}").format(name=name) for name in sorted(scope.districts)]
    names += sorted(scope.facilities)
    return names + [
        ALL_CROSSINGS[code].name(language) if code in ALL_CROSSINGS else code
        for code in sorted(scope.crossings)
    ]


def scope_words(scope: Scope, language: str, t: Translate) -> str:
    """The places and programmes of a scope."""
    where = t("all places") if scope.national else ", ".join(place_names(scope, language, t)) or t("no place")
    if scope.programmes is None:
        what = t("all programmes")
    else:
        what = ", ".join(t(PROGRAMMES[code]) for code in PROGRAMMES if code in scope.programmes) or t(
            "no programme"
        )
    partners = [t(value.name) for value in PARTNERS if value.code in scope.partners]
    return " · ".join((where, what, *partners))
