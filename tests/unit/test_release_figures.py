"""Figures of a release: what a cell says, sums of periods, and bytes that say the same."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from dashboard.services.releases import sheets
from dashboard.services.releases.figures import NOT_ISSUED, Figures, Stamp, State
from dashboard.services.releases.sheets import BLANK, HIDDEN, SHOWN, Sheet

STAMP = Stamp(7, date(2026, 1, 9), date(2025, 12, 31), 5)
MONTHS = [("month", date(2025, month, 1)) for month in (1, 2, 3)]
COLUMNS = (*MONTHS, ("quarter", date(2025, 1, 1)))


def sheet(axis="", rows=(("", ""), ("KH01", ""), ("KH02", "")), measures=("records", "testing")):
    """Records 10, 11, ... of each cell; half of them tested; two hidden, one month not issued for testing."""
    shape = (len(measures), len(rows), len(COLUMNS))
    denominator = np.arange(10, 10 + np.prod(shape[1:])).reshape(1, *shape[1:]).repeat(shape[0], 0)
    numerator = denominator // 2
    if measures[0] == "records":
        numerator[0] = denominator[0]
    state = np.full(shape, SHOWN)
    state[-1, :, 2] = sheets.NOT_ISSUED
    state[:, 1, 1] = HIDDEN
    unknown = np.zeros(shape, np.int64)
    unknown[-1, 1, 0] = BLANK
    hidden = state != SHOWN
    for array in (numerator, denominator, unknown):
        array[hidden] = BLANK
    return Sheet("care", axis, tuple(rows), COLUMNS, tuple(measures), numerator, denominator, unknown, state)


@pytest.fixture
def figures():
    by_sex = (("", "male"), ("", "female"))
    of_places = (("KH01", "male"), ("KH01", "female"))
    held = [
        sheet(),
        sheet(measures=("completion",)),
        sheet("sex", by_sex),
        sheet("sex", of_places),
    ]
    return Figures(STAMP, lambda disease: held if disease == "malaria" else ())


def test_a_cell_says_its_numbers_or_that_they_are_hidden_or_not_issued(figures):
    shown = figures.cell("malaria", "testing", "care", "KH02", "month", date(2025, 1, 1))
    assert (shown.state, shown.records, shown.numerator, shown.denominator) == (State.SHOWN, 18, 9, 18)
    hidden = figures.cell("malaria", "testing", "care", "KH01", "month", date(2025, 2, 1))
    assert (hidden.state, hidden.records, hidden.numerator) == (State.HIDDEN, None, None)
    coarse = figures.cell("malaria", "testing", "care", "KH02", "month", date(2025, 3, 1))
    assert (coarse.state, coarse.records, coarse.numerator) == (State.NOT_ISSUED, 20, None)
    for asked in (
        ("malaria", "testing", "care", "KH09", "month", date(2025, 1, 1)),
        ("malaria", "testing", "care", "KH01", "month", date(2024, 1, 1)),
        ("malaria", "testing", "crossing", "", "month", date(2025, 1, 1)),
        ("malaria", "yield", "care", "", "month", date(2025, 1, 1)),
        ("tb", "testing", "care", "", "month", date(2025, 1, 1)),
    ):
        assert figures.cell(*asked) == NOT_ISSUED
    assert figures.cell("malaria", "completion", "care", "", *MONTHS[0]).records is None


def test_a_union_is_the_sum_and_hidden_where_a_part_is(figures):
    whole = figures.union("malaria", "testing", "care", "KH02", MONTHS[:2])
    assert (whole.numerator, whole.denominator, whole.unknown) == (9 + 9, 18 + 19, 0)
    assert figures.union("malaria", "testing", "care", "KH01", MONTHS[:2]).state is State.HIDDEN
    three = figures.union("malaria", "testing", "care", "KH02", MONTHS)
    assert three.state is State.NOT_ISSUED
    assert figures.union("malaria", "records", "care", "KH02", MONTHS).numerator == 18 + 19 + 20
    assert figures.union("malaria", "testing", "care", "KH02", []) == NOT_ISSUED
    unknown = figures.union("malaria", "testing", "care", "KH01", [MONTHS[0], ("quarter", date(2025, 1, 1))])
    assert (unknown.state, unknown.unknown) == (State.SHOWN, None)


def test_what_is_issued_is_listed(figures):
    assert figures.places("malaria", "care") == ("", "KH01", "KH02")
    assert figures.places("malaria", "home") == figures.places("hiv", "care") == ()
    assert figures.values("malaria", "sex") == ("male", "female")
    assert figures.periods("malaria", "care", "month") == tuple(first for _, first in MONTHS)
    assert figures.periods("malaria", "care", "month", measure="testing") == tuple(
        first for _, first in MONTHS[:2]
    )
    assert figures.periods("malaria", "care", "year") == ()
    assert len(figures.sheets("malaria")) == 4


def test_groups_of_the_country_and_of_a_province_are_different_tables(figures):
    country = figures.cell("malaria", "testing", "care", "", *MONTHS[0], "sex", "female")
    province = figures.cell("malaria", "testing", "care", "KH01", *MONTHS[0], "sex", "female")
    assert (country.state, province.state) == (State.SHOWN, State.SHOWN)
    assert figures.cell("malaria", "testing", "care", "KH01", *MONTHS[0], "sex", "other") == NOT_ISSUED


def test_bytes_say_the_same_and_any_other_number_has_another_digest():
    made = [sheet(), sheet("sex", (("", "male"), ("", "female")))]
    data = sheets.pack(made)
    again = sheets.unpack(data)
    assert sheets.pack(again) == data
    for one, other in zip(made, again, strict=True):
        assert (one.rows, one.columns, one.measures) == (other.rows, other.columns, other.measures)
        for part in ("numerator", "denominator", "unknown", "state"):
            assert np.array_equal(getattr(one, part), getattr(other, part))
    changed = np.array(made[0].numerator)
    changed[0, 0, 0] += 1
    parts = (changed, made[0].denominator, made[0].unknown, made[0].state)
    other = Sheet("care", "", made[0].rows, made[0].columns, made[0].measures, *parts)
    assert sheets.digest(sheets.pack([other, made[1]])) != sheets.digest(data)
    with pytest.raises(ValueError, match="read-only"):
        made[0].numerator[0, 0, 0] = 1
    with pytest.raises(ValueError, match="format 9"):
        sheets.unpack(data.replace(b'"format":1', b'"format":9'))
