"""The title of a figure is its question; what was counted, who, where and when stand in its subtitle."""

from __future__ import annotations

from typing import Literal

from dashboard.messages import Translate
from surveillance.diseases import DISEASES
from surveillance.texts import N_

Figure = Literal["map", "trend", "groups"]

#: Figure and measure -> what is asked of a disease.
_ASKED: dict[tuple[str, str], str] = {
    ("map", "testing"): N_("{disease}: where are people tested least often?"),
    ("map", "treatment"): N_("{disease}: where is treatment started least often?"),
    ("map", "completion"): N_("{disease}: where is treatment completed least often?"),
    ("map", "eligibility"): N_("{disease}: where should people be tested most often?"),
    ("map", "positivity"): N_("{disease}: where are tests positive most often?"),
    ("map", "yield"): N_("{disease}: where are people found positive most often?"),
    ("trend", "testing"): N_("{disease}: are people tested more often than before?"),
    ("trend", "treatment"): N_("{disease}: is treatment started more often than before?"),
    ("trend", "completion"): N_("{disease}: is treatment completed more often than before?"),
    ("trend", "eligibility"): N_("{disease}: should people be tested more often than before?"),
    ("trend", "positivity"): N_("{disease}: are tests positive more often than before?"),
    ("trend", "yield"): N_("{disease}: are people found positive more often than before?"),
    ("groups", "testing"): N_("{disease}: which groups are tested least often?"),
    ("groups", "treatment"): N_("{disease}: which groups start treatment least often?"),
    ("groups", "completion"): N_("{disease}: which groups complete treatment least often?"),
    ("groups", "eligibility"): N_("{disease}: which groups should be tested most often?"),
    ("groups", "positivity"): N_("{disease}: in which groups are tests positive most often?"),
    ("groups", "yield"): N_("{disease}: which groups are found positive most often?"),
}


def figure_title(figure: Figure, disease: str, measure: str, t: Translate) -> str:
    """The question that a figure answers.

    >>> figure_title("trend", "tb", "testing", str)
    'Tuberculosis: are people tested more often than before?'
    """
    return t(_ASKED[figure, measure]).format(disease=t(DISEASES[disease].name))
