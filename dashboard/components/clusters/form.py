"""The form that asks for a detection: its choices, and the one reading of what it sends."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from dashboard.cluster_filters import BERNOULLI, DAY_OF_WEEK, PERMUTATION, REACHED, ClusterQuery
from dashboard.components.clusters import shares, words
from dashboard.components.controls import REMOTE_NAMES, Choice, open_periods
from dashboard.messages import Translate
from dashboard.parameters import OneOf
from dashboard.questions import together
from dashboard.services.imports.data_status import DataStatus
from surveillance.clusters.reported_size import REPORTED_SHARE
from surveillance.diseases import DISEASES
from surveillance.errors import UsageError, UserError
from surveillance.vocabulary import SENSITIVE_AXES, SENSITIVE_BY

#: What a reader decides, unless the data do: blank until a user chooses.
LEFT_OPEN = ("model", "time", "cases_are", "time_unit")
_DEFAULT = {"disease": "tb", "view": "facility:care"}
_PROVINCES = "province:care"
#: Kind of area and place in one control.
_VIEW = OneOf(tuple(words.VIEWS), name="view")
#: The control that a message begins with, and those that it mentions: no other word has a low line in it.
_FIRST, _OTHERS = re.compile(r"^([a-z_]+):"), re.compile(r"\b[a-z]+(?:_[a-z]+)+\b")


def read_form(given: Mapping[str, str]) -> ClusterQuery:
    """The question that a form or an address asks; wishes that contradict a chosen model are dropped.

    Raises
    ------
    UsageError
        Values are not among those offered, or contradict each other; says all of them.
    """
    told = {name: text for name, text in given.items() if text}
    faults: list[UsageError] = []
    if "view" in told or ("by" not in told and "indicator" not in told):
        view = told.pop("view", _DEFAULT["view"])
        try:
            view = _VIEW.read(view)
        except UsageError as error:
            faults.append(error)
            view = _DEFAULT["view"]
        by, _, place = view.partition(":")
        told |= {"by": by, "place": place}
    if "indicator" not in told:
        told.setdefault("disease", _DEFAULT["disease"])
    if told.get("place") == "infection" and told.get("model") in (None, BERNOULLI):
        told["model"] = PERMUTATION  # only of people found positive is it recorded where they were infected
    model = told.get("model")
    if model == PERMUTATION and told.get("time") == "none":
        del told["time"]
    if model == PERMUTATION and told.get("cases_are") in REACHED:
        del told["cases_are"]
    if model == BERNOULLI:
        told.pop("covariates", None)
        if told.get("cases_are") == "all":
            del told["cases_are"]
    known = {name: text for name, text in told.items() if name in ClusterQuery.names()}
    query, wrong = ClusterQuery.read_readable(known)
    together([*faults, *wrong, *query.contradictions()])
    if query.max_reported_share is None and not query.purely_temporal:  # stated in the form: a tenth
        query = replace(query, max_reported_share=min(REPORTED_SHARE, query.max_population_share))
    return query


def kept_places(
    given: Mapping[str, str], views: Collection[str] = words.VIEWS
) -> tuple[dict[str, str], dict[str, str]]:
    """What a form asks, and what its controls must show instead of what they did.

    Of HIV and syphilis only provinces are offered: who chooses such a disease while facilities or crossings
    stand in the form is taken to provinces, rather than refused, where these are among the `views` offered.
    """
    disease = DISEASES.get(given.get("disease", ""))
    by = (given.get("view") or given.get("by") or _DEFAULT["view"]).partition(":")[0]
    if disease is None or not disease.sensitive or by not in SENSITIVE_BY or _PROVINCES not in views:
        return dict(given), {}
    kept = {name: text for name, text in given.items() if name not in ("by", "place")}
    return kept | {"view": _PROVINCES}, {"view": _PROVINCES}


def state(query: ClusterQuery) -> dict[str, Any]:
    """What the controls should show, and which of their values do not go with the rest."""
    return {
        "controls": {"model": query.model, "time": query.time, "cases_are": query.cases_are,
                     "time_unit": query.time_unit},
        "off": _off(query.disease, query.place, query.model, query.time),
    }  # fmt: skip


def off_of(given: Mapping[str, str]) -> dict[str, list[str] | bool]:
    """Values that do not go with the rest of a form that asks nothing answerable yet."""
    place = given.get("view", "").partition(":")[2] or given.get("place", "")
    return _off(given.get("disease", ""), place, given.get("model"), given.get("time"))


def _off(disease: str, place: str, model: str | None, time: str | None) -> dict[str, list[str] | bool]:
    """By control: values shown grey; True: the whole control."""
    sensitive = disease in DISEASES and DISEASES[disease].sensitive
    off: dict[str, list[str] | bool] = {
        "view": [view for view in words.VIEWS if sensitive and view.partition(":")[0] in SENSITIVE_BY],
        "model": [BERNOULLI] if place == "infection" else [],
        "time": ["none"] if model == PERMUTATION else [],
        "cases_are": ["all"] if model == BERNOULLI else list(REACHED) if model == PERMUTATION else [],
        "covariates": (
            list(words.COVARIATES)
            if model == BERNOULLI
            else sorted({*SENSITIVE_AXES, DAY_OF_WEEK})
            if sensitive
            else []
        ),
        "time_unit": list(words.UNITS) if time == "none" else ["day"] if sensitive else [],
        "remote": list(REMOTE_NAMES) if sensitive else [],
    }
    return off | dict.fromkeys(("min_duration", "max_duration"), time == "none")


def names(t: Translate) -> dict[str, str]:
    """What each control is called."""
    called = {name: t(ClusterQuery.parameter(name).label) for name in ClusterQuery.names()}
    return called | {"view": called["place"]}


def problem(error: UserError, t: Translate) -> str:
    """What is wrong, with the controls by what the page calls them."""
    called = names(t)

    def said(text: str) -> str:
        text = _FIRST.sub(lambda found: f"{called.get(found[1], found[1])}:", text)
        return _OTHERS.sub(lambda found: called.get(found[0], found[0]), text)

    faults = error.faults if isinstance(error, UsageError) else [error]
    return "; ".join(said(fault.in_words(t)) for fault in faults)


def main_choices(
    status: DataStatus,
    t: Translate,
    views: Collection[str] = words.VIEWS,
    complete: date | None = None,
    diseases: Collection[str] = tuple(DISEASES),
) -> list[Choice]:
    """What is always in sight. `views`: the kinds of place that the reader may ask for. `complete`: the last
    complete day."""
    called = names(t)
    options = {
        "disease": [(code, t(DISEASES[code].name)) for code in diseases],
        "view": _options({view: name for view, name in words.VIEWS.items() if view in views}, t),
        "model": _options(words.MODELS, t),
        "cases_are": _options(words.CASES, t),
        "time": _options(words.TIMES, t),
        "time_unit": _options(words.UNITS, t),
    }
    return [
        *(Choice(name, called[name], offered) for name, offered in options.items()),
        Choice("period", t("Period"), [("", t("other dates")), *_periods(status, t, complete)]),
    ]


def share_form(
    status: DataStatus, t: Translate, offered: Collection[str], given: Mapping[str, str], wrong: str = ""
) -> shares.ShareForm:
    """The form that asks where an indicator is low or high. `offered`: those that may be asked."""
    called = names(t)
    choices = [
        ("by", called["by"], _options(shares.PLACES, t)),
        ("rates", t("Proportion"), _options(shares.LOOKED_FOR, t)),
        ("time", called["time"], _options(words.TIMES, t)),
        ("time_unit", called["time_unit"], _options(shares.UNITS, t)),
    ]
    usual = {"by": "province", "rates": "both", "time": "none", "time_unit": "month"}
    return shares.share_form(offered, choices, usual | {k: v for k, v in given.items() if v}, wrong, t)


def _options(table: Mapping[str, str], t: Translate) -> list[tuple[str, str]]:
    return [(code, t(name)) for code, name in table.items()]


def _periods(status: DataStatus, t: Translate, complete: date | None = None) -> list[tuple[str, str]]:
    """Offered periods. A recent one begins with a Monday and leaves its end open, so that a prospective scan
    ends where the records are complete."""
    return open_periods(status.first_visit, status.last_visit, complete, t)


def chosen(given: Mapping[str, str]) -> dict[str, str]:
    """What each choice shows that the data do not decide."""
    by = f"{given.get('by') or 'province'}:{given.get('place') or 'care'}" if "by" in given else ""
    return dict.fromkeys(LEFT_OPEN, "") | {
        "disease": given.get("disease") or _DEFAULT["disease"],
        "view": given.get("view") or by or _DEFAULT["view"],
        "period": f"{given.get('from', '')}..{given.get('to', '')}",
    }


def first_period(status: DataStatus, t: Translate, complete: date | None = None) -> str:
    """First day of the period that is usual: the last 52 weeks."""
    offered = _periods(status, t, complete)
    return offered[0][0][:10] if offered else ""
