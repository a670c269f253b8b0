"""The form that asks for a detection: its choices, and the one reading of what it sends."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from dashboard.cluster_filters import BERNOULLI, PERMUTATION, ClusterQuery, read_cluster_query
from dashboard.components import cluster_words as words
from dashboard.components.controls import Choice, periods
from dashboard.filters import SENSITIVE_BY
from dashboard.messages import Translate
from dashboard.services.data_status import DataStatus
from surveillance.errors import UsageError
from surveillance.vocabulary import DISEASES, SENSITIVE_AXES

#: What a reader decides, unless the data do: blank until somebody chooses.
LEFT_OPEN = ("model", "time", "cases_are", "time_unit")
_DEFAULT = {"disease": "tb", "view": "facility:care"}
#: Units that suit a scan whose unit nobody chose.
_UNIT_OF = {"none": "day", "retrospective": "week", "prospective": "day"}


def read_form(given: Mapping[str, str]) -> ClusterQuery:
    """The question that a form or an address asks; wishes that contradict a chosen model are dropped.

    Raises
    ------
    UsageError
        A value is not one of those offered.
    """
    told = {name: text for name, text in given.items() if text}
    if "view" in told or "by" not in told:
        view = told.pop("view", _DEFAULT["view"])
        if view not in words.VIEWS:
            raise UsageError(
                "{name}: '{given}' is not one of {offered}",
                name="view",
                given=view[:40],
                offered=", ".join(words.VIEWS),
            )
        by, _, place = view.partition(":")
        told |= {"by": by, "place": place}
    told.setdefault("disease", _DEFAULT["disease"])
    if told.get("place") == "infection" and told.get("model") in (None, BERNOULLI):
        told["model"] = PERMUTATION  # only of people found positive is it recorded where they were infected
    model = told.get("model")
    if model == PERMUTATION and told.get("time") == "none":
        del told["time"]
    if model == BERNOULLI:
        told.pop("covariates", None)
        told.pop("cases_are", None)
    if "time_unit" not in told and told.get("time") in _UNIT_OF:
        told["time_unit"] = _UNIT_OF[told["time"]]
    return read_cluster_query(told)


def usual_unit(query: ClusterQuery, given: Mapping[str, str]) -> ClusterQuery:
    """A resolved question with the unit that suits its time, where nobody chose one."""
    if given.get("time_unit"):
        return query
    return replace(query, time_unit=_UNIT_OF[str(query.time)])


def state(query: ClusterQuery) -> dict[str, Any]:
    """What the controls should show, and which of their values do not go with the rest."""
    sensitive = DISEASES[query.disease].sensitive
    off: dict[str, list[str]] = {
        "view": [view for view in words.VIEWS if sensitive and view.partition(":")[0] in SENSITIVE_BY],
        "model": [BERNOULLI] if query.place == "infection" else [],
        "time": ["none"] if query.model == PERMUTATION else [],
        "cases_are": ["all"] if query.model == BERNOULLI else [],
        "covariates": (
            list(words.COVARIATES)
            if query.model == BERNOULLI
            else sorted(SENSITIVE_AXES)
            if sensitive
            else []
        ),
        "time_unit": list(words.UNITS) if query.time == "none" else [],
    }
    return {
        "controls": {"model": query.model, "time": query.time, "cases_are": query.cases_are,
                     "time_unit": query.time_unit},
        "off": off,
    }  # fmt: skip


def main_choices(status: DataStatus, t: Translate) -> list[Choice]:
    """What is always in sight."""
    return [
        Choice("disease", t("Disease"), [(d.code, t(d.name)) for d in DISEASES.values()]),
        Choice("view", t("Places"), _options(words.VIEWS, t)),
        Choice("model", t("Question"), _options(words.MODELS, t)),
        Choice("cases_are", t("Cases"), _options(words.CASES, t)),
        Choice("time", t("Time"), _options(words.TIMES, t)),
        Choice("time_unit", t("Unit of time"), _options(words.UNITS, t)),
        Choice("period", t("Period"), [("", t("other dates")), *_periods(status, t)]),
    ]


def _options(table: Mapping[str, str], t: Translate) -> list[tuple[str, str]]:
    return [(code, t(name)) for code, name in table.items()]


def _periods(status: DataStatus, t: Translate) -> list[tuple[str, str]]:
    """Offered periods; one that ends with the data leaves its end open, so that a prospective scan may end
    where the records are complete."""
    last = "" if status.last_visit is None else status.last_visit.isoformat()
    return [(span.removesuffix(last), name) for span, name in periods(status, None, False, t)]


def chosen(given: Mapping[str, str]) -> dict[str, str]:
    """What each choice shows that the data do not decide."""
    by = f"{given.get('by') or 'province'}:{given.get('place') or 'care'}" if "by" in given else ""
    return dict.fromkeys(LEFT_OPEN, "") | {
        "disease": given.get("disease") or _DEFAULT["disease"],
        "view": given.get("view") or by or _DEFAULT["view"],
        "period": f"{given.get('from', '')}..{given.get('to', '')}",
    }


def first_period(status: DataStatus, t: Translate) -> str:
    """First day of the period that is usual: the last twelve months."""
    offered = _periods(status, t)
    return offered[0][0][:10] if offered else ""
