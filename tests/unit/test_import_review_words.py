"""What is said of a file that is looked at: one row is one row, and details are words."""

from __future__ import annotations

import re

import pytest

from dashboard.commands.importing import _NOTICES, _NOTICES_OF_ONE
from dashboard.components.imports.words import ITEM_VALUES, ITEMS, NOTICES, NOTICES_OF_ONE, detail, notice
from dashboard.messages import translator
from surveillance.line_list import DETAIL_ITEMS


@pytest.mark.parametrize("kind", sorted(NOTICES))
@pytest.mark.parametrize(
    ("told", "of_one"), [(NOTICES, NOTICES_OF_ONE), (_NOTICES, _NOTICES_OF_ONE)], ids=["page", "command"]
)
def test_one_row_is_said_in_the_singular(kind, told, of_one):
    assert set(of_one) <= set(told)
    said = of_one.get(kind, told[kind]).format(field="F", text="T", rows=1, first=8)
    assert not re.search(r"\b1 (\w+ )?(rows|places|records)\b", said)
    assert not re.search(r"\b1 (row|record)\b[^;,)]*\b(are|have|were|them)\b", said)
    assert "( " not in said


def test_a_notice_of_one_row_and_of_several():
    one = notice(("unread_value", "positive", "maybe", 1, 8), str)
    assert one == "Test positive 'maybe' cannot be read: unknown in row 8."
    assert "unknown in 2 rows, first in row 8" in notice(("unread_value", "positive", "maybe", 2, 8), str)
    assert "8" in notice(("unread_value", "positive", "maybe", 1, 8), translator("km"))


def test_details_are_shown_as_items_and_values_in_words():
    assert detail('{"smear":"scanty","xpert":"rif_resistant"}', str) == (
        "Sputum smear: scanty; Xpert: resistant to rifampicin"
    )
    assert "តិចតួច" in detail('{"smear":"scanty"}', translator("km"))
    assert detail("", str) == ""
    assert detail("not JSON", str) == "not JSON"


def test_every_item_and_value_of_the_details_has_words():
    assert set(ITEMS) == set(DETAIL_ITEMS)
    grades = {"1+", "2+", "3+"}
    assert {value for values, _ in DETAIL_ITEMS.values() for value in values} - grades == set(ITEM_VALUES)
