"""Random releases, suppressed by one hand and attacked by another (`tests.torture cubes` draws thousands)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from surveillance.disclosure.audit import audit
from surveillance.disclosure.audit.cells import cells_of
from surveillance.disclosure.audit.judge import true_values
from surveillance.disclosure.audit.numbers import VISITS
from surveillance.disclosure.audited import numbers_of, truth_of
from surveillance.disclosure.published import published
from surveillance.disclosure.suppress import suppress
from tests.support.releases import primary_only
from tests.torture import cubes
from tests.torture.cubes import attack, cube, least


@pytest.mark.parametrize("seed", range(3_000_000, 3_000_006))
@pytest.mark.slow
def test_no_number_of_a_random_release_is_told_too_closely(seed: int):
    report = attack(cube(seed), 5)
    assert report.figures["families"] > 0
    assert [str(finding) for finding in report.findings] == []


@pytest.mark.parametrize("seed", range(4_000_000, 4_000_040))
@pytest.mark.full
def test_no_number_of_many_random_releases_is_told_too_closely(seed: int):
    assert [str(finding) for finding in attack(cube(seed), 5).findings] == []
    assert [str(finding) for finding in attack(cube(seed), 11, lower=5).findings] == []


def test_without_protection_the_attack_finds_faults_in_every_random_release(monkeypatch):
    """Small numbers alone are hidden: what is left of the totals tells them."""
    monkeypatch.setattr(cubes, "suppress", primary_only)
    for seed in range(5_000_000, 5_000_006):
        findings = attack(least(seed), 5).findings
        assert findings, seed


@pytest.mark.parametrize("seed", range(6_000_000, 6_000_003))
def test_no_number_of_a_release_of_the_least_size_is_told_too_closely(seed: int):
    drawn = least(seed)
    assert [[len(table.rows.leaves) for table in block.tables] for block in drawn.blocks] == [
        [5, 2],
        [5, 5, 2],
    ]
    assert len(drawn.blocks[-1].tables[0].columns.leaves) == 4
    for k, lower in ((5, None), (11, 5)):
        assert [str(finding) for finding in attack(drawn, k, lower).findings] == []


def test_a_zero_of_a_total_that_is_no_secret_is_no_finding():
    """Nobody of the country was left untested in a quarter that is not issued, and the others tell it."""
    assert [str(finding) for finding in attack(least(202_000_015), 5).findings] == []


def test_a_number_beside_a_small_one_is_in_doubt():
    """Five of a quarter were not tested, beside four who were: it could be worked out from two tables."""
    assert [str(finding) for finding in attack(least(422_000_092), 5).findings] == []


def test_what_is_published_of_a_block_agrees_with_its_truth():
    block = cube(5).blocks[-1]
    truth, told = truth_of([block]), numbers_of([published(block, suppress(block, 5))])
    true = {row[:8]: row for row in truth.rows()}
    for row in told.rows():
        if not row.status:
            assert row[8:10] == true[row[:8]][8:10]
    cells = cells_of([truth], block.disease, block.year, VISITS, 5)
    whole = true_values(cells, truth)
    assert (whole >= 0).all()
    assert (cells.children @ whole == whole[cells.parent]).all()
    assert len(cells.parent) > 20


def test_a_number_that_is_shown_after_all_is_found():
    """The attack can fail: one family that suppression hid for others is shown, and others are worked out."""
    drawn = cube(3_000_001)
    block = drawn.blocks[-1]
    told, truth = numbers_of([published(block, suppress(block, 5))]), truth_of([block])
    true = {row[:8]: row for row in truth.rows()}
    rows = told.rows()
    hidden = [i for i, row in enumerate(rows) if row.status == 1]
    found = 0
    for one in hidden[:: max(1, len(hidden) // 4)]:
        numerator, denominator = told.numerator.copy(), told.denominator.copy()
        unknown, status = told.unknown.copy(), told.status.copy()
        numerator[one], denominator[one], unknown[one] = true[rows[one][:8]][8:11]
        status[one] = 0
        shown = replace(told, numerator=numerator, denominator=denominator, unknown=unknown, status=status)
        found += audit([shown], 5, truth=truth).refused
    assert found
    assert np.any(told.status == 1)
