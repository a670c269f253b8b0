"""Where nothing has changed a map marks nothing, save one in twenty; a real change is still found."""

from __future__ import annotations

import numpy as np
import pytest

from docs.chance import FOUND, SETTINGS, Setting, simulate
from tests.support.examples import examples

pytestmark = pytest.mark.slow

#: A share of six maps would tell nothing of one in twenty.
MAPS = max(20, examples(50))


def test_with_no_change_anywhere_at_most_one_map_in_twenty_marks_anything():
    """Vans of 43 and a correlation of .02, unequal volumes, new facilities, few vans and many."""
    found = [one for number, s in enumerate(SETTINGS) for one in simulate(s, MAPS, seed=number)]
    assert np.mean([one.marked > 0 for one in found]) <= 0.05
    # As it was done before nearly all maps mark something, and many provinces.
    assert np.mean([one.before > 0 for one in found]) > 0.9


def test_marked_provinces_that_did_not_change_are_few_beside_those_that_did():
    found = simulate(Setting("15 points", change=0.15), MAPS)
    shares = [(one.marked - one.first) / max(one.marked, 1) for one in found]
    assert np.mean(shares) <= 0.05


@pytest.mark.parametrize(("setting", "least"), [(FOUND[1], 0.5), (FOUND[2], 0.8)], ids=str)
def test_a_real_change_is_still_found(setting, least):
    assert np.mean([one.first for one in simulate(setting, MAPS)]) >= least
