"""What shown numbers tell of others: worked out twice, and hidden against."""

from __future__ import annotations

import numpy as np
import pytest

from surveillance.disclosure.audit.cells import cells_of
from surveillance.disclosure.audit.numbers import VISITS
from surveillance.disclosure.audit.propagate import propagate
from surveillance.disclosure.audited import numbers_of
from surveillance.disclosure.lattice import ALL_CROSSINGS, COUNTRY
from surveillance.disclosure.model import State
from surveillance.disclosure.not_issued.bounds import bounds, frame_of, told_too_closely
from surveillance.disclosure.not_issued.mending import mend
from surveillance.disclosure.published import published
from surveillance.disclosure.suppress import prepare, suppress
from tests.torture.cubes import attack, cube

#: Random releases that once told a number: of a quarter that was not issued for its level (a province's, the
#: country's, a group's); of a quarter that the first release had hidden, by the year of the second.
ONCE_TOLD = (1_000_292, 2_000_103, 2_000_135, 11_000_170, 11_000_181)


@pytest.mark.parametrize("seed", ONCE_TOLD)
@pytest.mark.slow
def test_a_release_that_once_told_a_number_does_so_no_more(seed: int):
    assert [str(finding) for finding in attack(cube(seed), 5).findings] == []


@pytest.mark.parametrize("seed", [*range(5_000_000, 5_000_006), 1_000_292])
def test_bounds_are_at_least_as_narrow_as_those_of_the_audit(seed: int):
    """The audit's propagation, written apart, is the oracle: the same, or wider."""
    block = cube(seed).blocks[-1]
    pattern = suppress(block, 5)
    cells = cells_of([numbers_of([published(block, pattern)])], block.disease, block.year, VISITS, 5)
    propagate(cells)
    frame = frame_of(block)
    least, most = bounds(frame, pattern.states, 5)
    assert (least <= frame.value).all()
    assert (frame.value <= most).all()
    at = {key: cell for cell, key in enumerate(cells.keys)}
    start = compared = 0
    for table in block.tables:
        dimension, _, axis = table.name.partition(":")
        for row, place in enumerate(table.rows.names):
            for column, period in enumerate(table.columns.names):
                own = start + row * len(table.columns.names) + column
                whole = place in (COUNTRY, ALL_CROSSINGS)
                key = (
                    "crossing" if dimension == "crossing" and place != COUNTRY else
                    dimension if dimension == "home" and not whole else "care",
                    "" if whole or axis else place,
                    axis if place != COUNTRY else "",
                    place if axis and place != COUNTRY else "",
                    period.kind,
                    period.first_day,
                )  # fmt: skip
                if key in at:
                    cell = at[key]
                    assert (least[own] >= cells.least[cell][[0, *_family()]]).all(), (
                        table.name,
                        place,
                        period,
                    )
                    assert (most[own] <= cells.most[cell][[0, *_family()]]).all()
                    compared += 1
        start += len(table.rows.names) * len(table.columns.names)
    assert compared > 20


def _family() -> list[int]:
    """Where the audit keeps each number of this side: numerator, rest, unknown, then denominators."""
    by_measure = [[1 + 4 * m, 2 + 4 * m, 4 + 4 * m] for m in range(3)]
    return [*np.ravel(by_measure).tolist(), 3, 7, 11]


def test_what_is_told_too_closely_is_found_before_it_is_mended():
    """The number of a province of seed 1000292, whose quarter is not issued for testing."""
    block = cube(1_000_292).blocks[-1]
    frame, tables = frame_of(block), prepare(block, 5)
    care = tables["care"]
    while found := told_too_closely(frame, {name: one.states() for name, one in tables.items()}, 5):
        before = sum(int((one.states() == State.SHOWN).sum()) for one in tables.values())
        assert mend(tables, found)
        assert sum(int((one.states() == State.SHOWN).sum()) for one in tables.values()) < before
    assert care.states()[0, 0, 0] == State.SHOWN
    assert not mend(tables, [])
