"""Two starts at once: the second waits until the first has made the demo."""

from __future__ import annotations

import sys
import threading

import pytest

from dashboard.services.upkeep.one_demo import one_at_a_time
from tests.support.web import settings


@pytest.mark.skipif(sys.platform == "win32", reason="no such lock there")
def test_the_second_waits_and_says_so(tmp_path):
    chosen = settings(f"sqlite:///{tmp_path / 'demo.db'}")
    order: list[str] = []
    waiting = threading.Event()

    def second() -> None:
        with one_at_a_time(chosen, lambda text: (order.append(text), waiting.set())):
            order.append("second")

    with one_at_a_time(chosen, order.append):
        other = threading.Thread(target=second)
        other.start()
        assert waiting.wait(20)
        order.append("first")
    other.join(20)
    assert order == ["another command makes the demo here; waiting for it", "first", "second"]
    with one_at_a_time(chosen, order.append):
        assert len(order) == 3  # nobody is there any more
