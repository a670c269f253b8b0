"""Senders that are killed and mail servers that fail, a few rounds: `tests.torture delivery` does more."""

from __future__ import annotations

import sys

import pytest

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(sys.platform == "win32", reason="there is no fork"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),  # a fork beside the server's thread; apprise
]


def test_nothing_is_lost_and_nothing_doubled_in_a_few_rounds():
    pytest.importorskip("apprise")
    from tests.torture import delivery

    counts = delivery.run(seed=3, count=2, database="sqlite")
    assert sum(number for what, number in counts.items() if not what.endswith(("ended", "struck"))) == 2 * 8
