"""Files with bytes changed at random: read or refused, never anything else."""

from __future__ import annotations

import json
import signal
import sys

import pytest

from db.intake.files.readers import Limits, read_table
from surveillance.errors import UnreadableFileError
from tests.support.matrix import some
from tests.torture.mutated_files import FORMS, LIMITS, NAMES, run
from tests.torture.warm_children import warm

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


@pytest.mark.skipif(sys.platform == "win32", reason="there is no fork")
def test_forked_children_read_the_same_and_are_held_to_the_same_limits(tmp_path):
    path = tmp_path / "flat.json"
    path.write_text(json.dumps([{"facility_id": f"HC{n}", "disease": "tb"} for n in range(4_000)]))
    with warm():
        table = read_table(path, NAMES, limits=LIMITS)
        assert sum(len(chunk) for chunk in table.chunks) == 4_000
        with pytest.raises(UnreadableFileError, match="of memory to be read"):
            read_table(path, NAMES, limits=Limits(memory=1))
        with pytest.raises(UnreadableFileError, match="seconds to read"):
            read_table(path, NAMES, limits=Limits(seconds=0))
        dropped = read_table(path, NAMES, limits=LIMITS)
        child = dropped.chunks._process
        dropped.chunks.close()
        assert child.wait() == -signal.SIGKILL
