"""The title of a figure of clusters is its question, as of every figure."""

from __future__ import annotations

from typing import Literal

from dashboard.cluster_filters import ClusterQuery
from dashboard.components.clusters.shares import indicator_of
from dashboard.messages import Translate
from surveillance.diseases import DISEASES
from surveillance.texts import N_

Figure = Literal["run", "places", "curve"]

_ASKED: dict[Figure, str] = {
    "run": N_("{disease}: where do cases cluster?"),
    "places": N_("{disease}: which places belong to the cluster?"),
    "curve": N_("{disease}: how many cases inside and outside, and when?"),
}
_OF_SHARE: dict[Figure, str] = {
    "run": N_("{indicator}: where is it low or high?"),
    "places": N_("{indicator}: which places belong to the cluster?"),
    "curve": N_("{indicator}: how many of the numerator inside and outside, and when?"),
}


def title_of(figure: Figure, query: ClusterQuery, t: Translate) -> str:
    """The question that a figure of a run answers."""
    indicator = indicator_of(query)
    if indicator is None:
        return cluster_title(figure, query.disease, t)
    return t(_OF_SHARE[figure]).format(indicator=t(indicator.name))


def cluster_title(figure: Figure, disease: str, t: Translate) -> str:
    """The question that a figure of clusters answers.

    >>> cluster_title("run", "measles", str)
    'Measles: where do cases cluster?'
    """
    return t(_ASKED[figure]).format(disease=t(DISEASES[disease].name))
