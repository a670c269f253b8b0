"""Files with bytes changed at random: read or refused, never anything else."""

from __future__ import annotations

import pytest

from tests.support.matrix import some
from tests.torture.mutated_files import FORMS, LIMITS, run

pytestmark = pytest.mark.process


@pytest.mark.parametrize("seed", some([0, 1_000_000], [0]))
def test_a_changed_file_is_read_or_refused(seed, tmp_path):
    reached = run(seed, 20 * len(FORMS), tmp_path)
    assert reached.wrong == []
    assert reached.files == 20 * len(FORMS)
    assert reached.slowest < LIMITS.seconds + 10
    assert all(reached.read[form] + reached.refused[form] == 20 for form in FORMS)
    assert min(reached.read.total(), reached.refused.total()) > 20


def test_the_same_seed_makes_the_same_files(tmp_path):
    first, again = run(7, 9, tmp_path), run(7, 9, tmp_path)
    assert (first.read, first.refused) == (again.read, again.refused)
