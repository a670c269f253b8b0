"""The outcomes in the panel: six that add up, who is left out, and until when outcomes are known."""

from __future__ import annotations

import re
from datetime import date

from dash import html

from dashboard.components.coverage.outcome_list import known, outcome_list
from dashboard.messages import translator
from dashboard.services.coverage.outcomes import COLUMNS, Outcomes, columns_of
from db.cohorts.query import NOTHING, Known

MARCH, APRIL = date(2025, 3, 31), date(2025, 4, 30)
SUMS = NOTHING._replace(
    numerator=30,
    denominator=60,
    cured=20,
    completed=10,
    died=2,
    failed=1,
    lost=7,
    not_evaluated=20,
    not_due=4,
    moved=3,
)


def outcomes(*facts) -> Outcomes:
    """A cohort, with what is known of its outcomes."""
    return Outcomes(SUMS, Known(*facts))


def words(parts) -> str:
    """What the panel says; what a phone folds, too."""
    found = [
        (" " if isinstance(part, html.Table) else "").join(_texts(part.children))
        for part in (inner for one in parts for inner in (one.children if _folded(one) else [one]))
    ]
    return " ".join(" ".join(found).split())


def _folded(part):
    return getattr(part, "className", "") == "folded"


def _texts(node):
    if isinstance(node, str):
        return [node]
    if isinstance(node, (list, tuple)):
        return [text for one in node for text in _texts(one)]
    return _texts(node.children) if getattr(node, "children", None) else []


def test_the_panel_lists_each_outcome_and_who_is_left_out():
    said = words(outcome_list(outcomes(MARCH, MARCH, 1, 0, False), str))
    assert "Outcomes are known up to 2025-03-31: the last outcome, or change of one, of the facility." in said
    for line in ("Cured 20 33.3%", "Treatment completed 10 16.7%", "Died 2 3.3%", "Treatment failed 1 1.7%"):
        assert line in said
    assert "Lost to follow-up 7 11.7% Not evaluated 20 33.3% All who are due 60 100.0%" in said
    assert "Moved to second-line treatment, and left out: 3." in said
    assert "Not yet due, and left out: 4." in said


def test_until_when_outcomes_are_known_is_said_for_one_facility_several_none_and_by_the_week():
    (several,) = known(outcomes(MARCH, APRIL, 3, 0, False), str)
    assert "3 facilities are known up to days from 2025-03-31 to 2025-04-30" in several
    same, silent = known(outcomes(MARCH, MARCH, 2, 1, False), str)
    assert "2 facilities are known up to 2025-03-31" in same
    assert silent.startswith("Facilities without any outcome so far: 1.")
    (weekly,) = known(outcomes(MARCH, MARCH, 1, 0, True), str)
    assert "2025-03-31, the end of the last whole week of the data" in weekly
    assert known(outcomes(None, None, 0, 1, True), str) == ["The data do not hold a whole week yet."]
    assert known(outcomes(None, None, 0, 0, False), str) == []


def test_the_sentences_are_said_in_khmer():
    for text in known(outcomes(MARCH, APRIL, 3, 1, False), translator("km")):
        assert re.search("[\u1780-\u17ff]", text)
        assert "facilities" not in text


def test_a_row_of_an_export_has_a_column_for_each_and_none_of_them_where_it_is_hidden():
    row = outcomes(MARCH, APRIL, 3, 1, False).columns()
    assert tuple(row) == COLUMNS
    assert tuple(row.values()) == (20, 10, 2, 1, 7, 20, 3, 4, "2025-03-31", "2025-04-30", 1)
    assert columns_of(None) == dict.fromkeys(COLUMNS)
