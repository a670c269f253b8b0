"""Questions of an indicator: where its share is unusually low or high. What they decide, and cannot ask."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from dashboard.cluster_filters.values import BERNOULLI
from surveillance.errors import UsageError
from surveillance.indicators.scanned import disease_of, reason_not_scanned
from surveillance.indicators.table import INDICATORS
from surveillance.texts import N_

if TYPE_CHECKING:
    from dashboard.cluster_filters import ClusterQuery

#: What goes with cases of a disease alone, by field, and what it is where it is left open.
_OF_CASES: Mapping[str, Any] = {
    "cases_are": None, "covariates": (), "remote": None, "limit_by": None, "trend": None
}  # fmt: skip
NOT_WITH_INDICATOR = N_("{part}: goes with the cases of a disease, and not with an indicator; leave it out")
SHARES_ALONE = N_("model: an indicator is a share, which the bernoulli model compares; leave it out")
BY_WEEK = N_("time_unit: indicators are counted by the week at the finest; choose week, month or year")
OTHER_DISEASE = N_("disease: {indicator} says itself which records it counts; leave the disease out")
OTHER_PLACE = N_("place: provinces of {indicator} are those of {place} alone")
NO_SUCH = N_("indicator: '{given}' is no indicator; `indicators --list` names them all")


def usual_of_share(texts: Mapping[str, str]) -> dict[str, Any]:
    """What an indicator decides of a question that leaves it open; nothing where none is asked for."""
    if "indicator" not in texts:
        return {}
    indicator = INDICATORS.get(texts["indicator"])
    if indicator is None:  # its mistake is told, and no other
        return {} if "disease" in texts else {"disease": ""}
    decided = {"disease": disease_of(indicator), "rates": "both"}
    if indicator.home and texts.get("by", "province") == "province":
        decided["place"] = "home"
    return {name: value for name, value in decided.items() if name not in texts}


def share_contradictions(query: ClusterQuery) -> Iterator[UsageError]:
    """What contradicts the indicator that a question asks for."""
    if query.indicator is None:
        return
    indicator = INDICATORS.get(query.indicator)
    if indicator is None:
        yield UsageError(NO_SUCH, "indicator", given=query.indicator[:60])
        return
    if reason := reason_not_scanned(indicator):
        yield UsageError(reason, "indicator", name=indicator.id)
        return
    if query.disease != disease_of(indicator):
        yield UsageError(OTHER_DISEASE, "disease", indicator=indicator.id)
    if reason := indicator.refusal(query.by):
        yield UsageError(reason, "by")
    place = "home" if indicator.home else "care"
    if query.by == "province" and query.place != place:
        yield UsageError(OTHER_PLACE, "place", indicator=indicator.id, place=place)
    if query.model not in (None, BERNOULLI):
        yield UsageError(SHARES_ALONE, "model")
    for part, usual in _OF_CASES.items():
        if getattr(query, part) != usual:
            yield UsageError(NOT_WITH_INDICATOR, part, part=part)
    if query.time_unit == "day":
        yield UsageError(BY_WEEK, "time_unit")
