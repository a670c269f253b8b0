"""Noise by cell keys: what is published of such tables holds for ours."""

from __future__ import annotations

import numpy as np
import pytest

from surveillance.disclosure.cell_key import KEYS, cell_keys, noise_table, perturb

TABLES = [(5, 2.0, 2), (3, 1.0, 0), (7, 4.0, 4)]


@pytest.mark.parametrize("table", TABLES)
def test_noise_has_mean_zero_and_the_stated_variance(table):
    bound, variance, smallest = table
    made = noise_table(*table)
    change = np.arange(-bound, bound + 1)
    assert made.probabilities.sum(axis=1) == pytest.approx(1)
    assert made.probabilities @ change == pytest.approx(0, abs=1e-7)
    # Large counts have it exactly, and small ones the nearest possible.
    assert made.variances[-1] == pytest.approx(variance)
    assert made.variances[smallest + bound :] == pytest.approx(variance)
    assert made.variances[0] == 0


@pytest.mark.parametrize("table", TABLES)
def test_no_result_is_negative_or_small(table):
    bound, _, smallest = table
    made = noise_table(*table)
    for count, row in enumerate(made.probabilities):
        results = count + np.flatnonzero(row) - bound
        assert results.min() >= 0
        assert not np.isin(results, np.arange(1, smallest + 1)).any()


def test_large_counts_have_symmetric_noise_of_the_highest_entropy():
    made = noise_table(5, 2.0, 2)
    row = made.probabilities[-1]
    assert row == pytest.approx(row[::-1])
    # exp(a j + b j^2): the second difference of the logarithm is the same everywhere.
    assert np.diff(np.log(row), 2) == pytest.approx(np.diff(np.log(row), 2)[0])


def test_a_count_of_one_becomes_nobody_or_three_and_more():
    row = noise_table(5, 2.0, 2).probabilities[1]
    assert row[5 - 1] == pytest.approx(2 / 3, abs=1e-3)  # the least variance: 0 or 3
    assert row[5 + 2] == pytest.approx(1 / 3, abs=1e-3)


def test_the_same_people_get_the_same_noise_and_others_another():
    random = np.random.default_rng(1)
    keys = random.integers(0, KEYS, 900, dtype=np.uint64)
    table = noise_table()
    one = cell_keys(keys, np.repeat(np.arange(300), 3), 300)
    order = random.permutation(900)
    other = cell_keys(keys[order], np.repeat(np.arange(300), 3)[order], 300)
    counts = np.full(300, 30)
    assert (perturb(counts, one, table) == perturb(counts, other, table)).all()
    assert len(set(perturb(counts, one, table).tolist())) > 5


def test_noise_is_as_frequent_as_the_table_says():
    random = np.random.default_rng(2)
    table, drawn = noise_table(5, 2.0, 2), 40_000
    for count in (0, 1, 3, 5, 8, 400):
        changed = (
            perturb(np.full(drawn, count), random.integers(0, KEYS, drawn, dtype=np.uint64), table) - count
        )
        shares = np.bincount(changed + 5, minlength=11) / drawn
        expected = table.probabilities[min(count, len(table.probabilities) - 1)]
        assert (np.abs(shares - expected) <= 5 * np.sqrt(expected * (1 - expected) / drawn) + 1e-9).all()


def test_the_highest_and_lowest_keys_stay_within_the_bound():
    table = noise_table()
    ends = np.array([0, KEYS - 1], np.uint64)
    assert np.abs(perturb(np.array([50, 50]), ends, table) - 50).max() <= 5


@pytest.mark.parametrize("table", [(2, 1.0, 2), (5, 0.0, 2), (5, 25.0, 2)])
def test_tables_that_cannot_be_are_refused(table):
    with pytest.raises(ValueError, match=r"bound|variance"):
        noise_table(*table)
