"""The line list in words: no code of the database reaches the reader where a word is known."""

from __future__ import annotations

import pytest

from dashboard.components.clusters.records import CODED, COLUMNS, column_heads, record_rows
from dashboard.messages import translator
from dashboard.services.places.areas import Area
from db.clusters.case_counts import LINE_COLUMNS
from scripts.catalogues import texts
from surveillance import vocabulary

PLACES = {
    "facility": {"F1": Area("F1", "Health post", "ប៉ុស្តិ៍")},
    "province_care": {"KH20": Area("KH20", "Svay Rieng", "ស្វាយរៀង")},
}


def test_every_column_has_a_name_in_khmer():
    km = translator("km")
    for column in LINE_COLUMNS:
        assert column in COLUMNS
    for head in column_heads(LINE_COLUMNS, km):
        assert not head.isascii(), head


@pytest.mark.parametrize("column", CODED)
def test_every_coded_value_has_a_word_in_khmer(column):
    km = translator("km")
    rows = [{column: value.code} for value in CODED[column]]
    said = [row[0] for row in record_rows(rows, [column], {}, "km", km)]
    assert all(not text.isascii() for text in said), said


def test_places_are_named_and_what_is_not_known_is_a_dash_or_its_code():
    row = {"facility": "F1", "province_care": "KH20", "date_visit": "2025-01-01", "sex": None, "age_years": 0,
           "outcome": "strange"}  # fmt: skip
    assert record_rows([row], row, PLACES, "km", str) == [
        ["ប៉ុស្តិ៍", "ស្វាយរៀង", "2025-01-01", "–", "0", "strange"]
    ]
    assert record_rows([{"facility": "GONE"}], ["facility"], PLACES, "en", str) == [["GONE"]]


def test_the_catalogue_is_given_every_word():
    listed = set(texts())
    assert {value.name for value in vocabulary.OUTCOME} <= listed
    assert set(COLUMNS.values()) <= listed
