"""Words of scans of an indicator: what they ask and count, what they do not say, and the form that asks."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from dashboard.messages import Translate
from surveillance.indicators.model import PROGRAMMES, Indicator, OfHouseholds
from surveillance.indicators.table import INDICATORS
from surveillance.texts import N_

#: Which shares are looked for.
LOOKED_FOR = {
    "both": N_("Lower or higher than elsewhere"),
    "low": N_("Lower than elsewhere"),
    "high": N_("Higher than elsewhere"),
}
#: Kinds of place in the form.
PLACES = {
    "province": N_("Provinces"),
    "district": N_("Operational districts"),
    "facility": N_("Facilities"),
    "crossing": N_("Crossings"),
}
#: Units of time in the form: indicators are counted by the week at the finest.
UNITS = {"week": N_("Weeks"), "month": N_("Months"), "year": N_("Years")}
_THAN = {"low": N_("lower"), "high": N_("higher"), "both": N_("lower or higher")}
_QUESTIONS = {
    "none": N_("In which places was this share {lower_or_higher} than elsewhere?"),
    "retrospective": N_(
        "In which places, and when, was this share {lower_or_higher} than elsewhere and at other times?"
    ),
    "prospective": N_(
        "In which places has this share been {lower_or_higher} than elsewhere and before, up to the last day?"
    ),
}
_TIME_ALONE = N_("When was this share {lower_or_higher} than at other times, all places together?")
_AMONG = N_(
    "It compares shares of those who were counted. Of places where nobody was counted it says nothing, and "
    "where few were counted it sees little."
)
_WHY = N_("It does not say why: what was not done and what was not written down look the same.")
_VISITED = N_(
    "Teams choose which households they visit: the share is that of the households visited, not of all."
)
_NOT_KNOWN = N_(
    "Of {count:,} people it is not known whether they belong to the numerator: they are left out."
)
_FEW_NOT_KNOWN = N_(
    "Of fewer than five people it is not known whether they belong to the numerator: they are left out."
)
_ODD = N_("Places and times whose share is not known, left out: {count:,}.")
_COUNTED = N_(
    "Observed and expected count the numerator ({numerator}), among the denominator ({denominator})."
)


class Asking(Protocol):
    """A question of clusters."""

    @property
    def indicator(self) -> str | None: ...
    @property
    def rates(self) -> str: ...
    @property
    def time(self) -> str | None: ...
    @property
    def purely_temporal(self) -> bool: ...


def indicator_of(query: Any) -> Indicator | None:
    """The indicator whose share a question asks for; None where it is one of cases."""
    return INDICATORS.get(getattr(query, "indicator", None) or "")


def question(query: Asking, t: Translate) -> str:
    """What a resolved question asks."""
    asked = _TIME_ALONE if query.purely_temporal else _QUESTIONS[str(query.time)]
    return t(asked).format(lower_or_higher=t(_THAN[query.rates]))


def kind_of(query: Asking, t: Translate) -> str:
    """What it compares, in a few words."""
    return t("Share: {which} (Bernoulli)").format(which=t(LOOKED_FOR[query.rates]))


def limits(indicator: Indicator) -> list[str]:
    """What the answer does not say, the gravest first; sentences to translate."""
    more = [_VISITED] if isinstance(indicator.counted, OfHouseholds) else []
    return [_AMONG, *more, _WHY]


def notes(query: Any, used: Mapping[str, Any], t: Translate) -> list[str]:
    """What was counted, and what was left out; nothing of questions of cases."""
    indicator = indicator_of(query)
    if indicator is None:
        return []
    said = [
        t(_COUNTED).format(numerator=t(indicator.numerator), denominator=t(indicator.denominator)),
    ]
    if "unknown" in used and used["unknown"] is None:
        said.append(t(_FEW_NOT_KNOWN))
    elif used.get("unknown"):
        said.append(t(_NOT_KNOWN).format(count=used["unknown"]))
    if used.get("unknown_shares"):
        said.append(t(_ODD).format(count=used["unknown_shares"]))
    return said


def facts(query: Any, t: Translate) -> list[tuple[str, str]]:
    """What a run's page says of the indicator; nothing of questions of cases."""
    indicator = indicator_of(query)
    if indicator is None:
        return []
    return [
        (t("Indicator"), t(indicator.name)),
        (t("Numerator"), t(indicator.numerator)),
        (t("Denominator"), t(indicator.denominator)),
    ]


@dataclass(frozen=True)
class ShareForm:
    """The form: its controls with what they offer, what stands in them, and what is wrong.

    `indicators`: programme by programme, its name and its indicators.
    """

    indicators: list[tuple[str, list[tuple[str, str]]]]
    choices: list[tuple[str, str, list[tuple[str, str]]]]
    given: Mapping[str, str]
    problem: str


def share_form(
    offered: Collection[str],
    choices: list[tuple[str, str, list[tuple[str, str]]]],
    given: Mapping[str, str],
    problem: str,
    t: Translate,
) -> ShareForm:
    """The form of `offered` indicators. `choices`: the other controls, with name, label and options."""
    groups = []
    for programme, name in PROGRAMMES.items():
        own = [(one, t(INDICATORS[one].name)) for one in offered if INDICATORS[one].programme == programme]
        if own:
            groups.append((t(name), own))
    return ShareForm(groups, choices, given, problem)
