"""A value of which more than a fifth is unknown carries a flag, its bounds, and no firm colour."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.components.coverage.legend import legend
from dashboard.components.coverage.panel import area_panel
from dashboard.components.coverage.value_cells import value_cells
from dashboard.figures import theme
from dashboard.figures.area_map import hover_text
from dashboard.messages import translator
from dashboard.services.coverage.panel import Panel
from surveillance.coverage.estimates import Counts, estimate
from surveillance.status import Status
from tests.support.files import record, write_csv


def value(numerator, denominator, unknown):
    """One estimate."""
    counts = Counts(True, denominator + unknown, numerator, denominator, unknown)
    return estimate([counts])[0]


#: Malaria treatment by place of infection in the demo: 93 of 104 known, 460 unknown.
REPORTED = value(93, 104, 460)


def test_the_reported_case_is_flagged_with_its_bounds():
    assert REPORTED.status is Status.VALUE
    assert REPORTED.mostly_unknown
    assert REPORTED.unknown_share == pytest.approx(460 / 564)
    assert (REPORTED.lowest, REPORTED.highest) == (pytest.approx(93 / 564), pytest.approx(553 / 564))


@pytest.mark.parametrize(
    ("numerator", "denominator", "unknown", "flagged"),
    [(8, 8, 2, False), (7, 79, 20, True), (7, 80, 20, False), (0, 4, 2, True), (5, 5, 0, False)],
    ids=["exactly a fifth of ten", "just above", "exactly a fifth", "zero of four", "all known"],
)
def test_the_flag_begins_above_a_fifth(numerator, denominator, unknown, flagged):
    assert value(numerator, denominator, unknown).mostly_unknown is flagged


@pytest.mark.parametrize(
    "counts",
    [
        Counts(True, 9, unknown=9),
        Counts(True, 9),
        Counts(False),
        Counts(False, hidden=True),
        Counts(True, 9, not_due=9),
    ],
)
def test_what_has_no_proportion_has_no_bounds_and_no_flag(counts):
    (found,) = estimate([counts])
    assert (found.unknown_share, found.lowest, found.highest) == (None, None, None)
    assert found.mostly_unknown is False


@given(st.integers(0, 50), st.integers(1, 50), st.lists(st.booleans(), max_size=60))
def test_whatever_the_unknown_turn_out_to_be_the_value_lies_within_the_bounds(part, whole, unknown):
    found = value(min(part, whole), whole, len(unknown))
    truth = (min(part, whole) + sum(unknown)) / (whole + len(unknown))
    assert found.lowest <= truth <= found.highest
    assert found.lowest <= found.coverage <= found.highest


@pytest.mark.parametrize("numerator", [0, 93])
def test_a_flagged_value_has_no_firm_colour_and_a_sign_of_its_own(numerator):
    look = theme.look_of(value(numerator, 104, 460), "treatment")
    firm = theme.look_of(value(numerator, 104, 0), "treatment")
    others = theme.other_looks("treatment")
    assert look.colour not in {*theme.colours_of("treatment"), *(other.colour for other in others)}
    assert look.key != firm.key
    assert look.sign == firm.sign + theme.MUCH_UNKNOWN
    assert look.sign not in {other.sign for other in others}


@pytest.mark.parametrize("language", ["en", "km"])
def test_map_table_panel_and_legend_say_it(language):
    t = translator(language)
    numbers = ("460", "82%", "16.5%", "98.0%")
    for shown in (
        hover_text("Pailin", REPORTED, None, t),
        str(value_cells(REPORTED, "treatment", t)),
        str(area_panel(Panel("KH24", None, REPORTED), "Pailin", "treatment", "week", t)),
    ):
        assert theme.MUCH_UNKNOWN in shown
        assert all(number in shown for number in numbers)
    assert theme.MUCH_UNKNOWN in str(legend("treatment", "", "province", t))
    for shown in (
        hover_text("Pailin", value(9, 10, 1), None, t),
        str(value_cells(value(9, 10, 1), "treatment", t)),
    ):
        assert theme.MUCH_UNKNOWN not in shown


def test_the_command_writes_share_bounds_and_flag(sqlite_cli, tmp_path):
    rows = [record(record_id=str(n), date_visit="2025-03-04", positive="yes") for n in range(6)]
    for row, treated in zip(rows, ("yes", "yes", "no"), strict=False):
        row["treated"] = treated
    assert sqlite_cli("import", write_csv(tmp_path / "a.csv", *rows)).code == 0
    asked = ("coverage", "--disease", "tb", "--by", "province", "--measure", "treatment", "--format", "json")
    *others, unknown = sqlite_cli(*asked).json()
    assert [unknown[name] for name in ("unknown_share", "lowest", "highest", "flag")] == [
        0.5,
        pytest.approx(2 / 6),
        pytest.approx(5 / 6),
        "much unknown",
    ]
    assert {row["flag"] for row in others} == {None}
    assert unknown["status"] == "value"
