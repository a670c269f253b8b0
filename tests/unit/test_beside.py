"""Work that several processes share."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from dashboard.services import beside
from surveillance.errors import CancelledError, UsageError

ROOT = Path(__file__).resolve().parents[2]


def squared(number: int) -> tuple[int, int]:
    if number < 0:
        raise UsageError("no number below zero")
    return number * number, os.getpid()


@pytest.mark.process
def test_each_thing_is_done_by_some_process(monkeypatch):
    monkeypatch.setattr(beside, "_processors", lambda: 2)
    found = dict(beside.each(squared, [3, 1, 2], lambda: False, alone=False))
    assert {number: made[0] for number, made in found.items()} == {0: 9, 1: 1, 2: 4}
    assert os.getpid() not in {made[1] for made in found.values()}


@pytest.mark.process
def test_what_goes_wrong_in_another_process_is_said_here(monkeypatch):
    monkeypatch.setattr(beside, "_processors", lambda: 2)
    with pytest.raises(UsageError, match="below zero"):
        list(beside.each(squared, [-1, 2], lambda: False, alone=False))
    with pytest.raises(CancelledError):
        list(beside.each(squared, [1, 2], lambda: True, alone=False))


@pytest.mark.parametrize(("processors", "alone"), [(8, True), (1, False)])
def test_one_process_does_it_all_in_order(monkeypatch, processors, alone):
    monkeypatch.setattr(beside, "_processors", lambda: processors)
    found = list(beside.each(squared, [3, 1], lambda: False, alone=alone))
    assert found == [(0, (9, os.getpid())), (1, (1, os.getpid()))]
    with pytest.raises(CancelledError):
        list(beside.each(squared, [3], lambda: True, alone=alone))


@pytest.mark.process
@pytest.mark.skipif(sys.platform != "linux", reason="asks /proc")
def test_processes_end_with_the_one_that_started_them():
    said = "import time; from dashboard.services import beside; beside._processors = lambda: 2; "
    said += "list(beside.each(time.sleep, [60, 60], lambda: False, alone=False))"
    parent = subprocess.Popen([sys.executable, "-c", said], cwd=ROOT, stderr=subprocess.DEVNULL)
    listed = Path(f"/proc/{parent.pid}/task/{parent.pid}/children")
    try:
        children = _until(lambda: found if len(found := listed.read_text().split()) > 2 else None)
        time.sleep(1)  # until they are at work
    finally:
        parent.kill()
        parent.wait()
    _until(lambda: not any(_runs(child) for child in children))


def _runs(process: str) -> bool:
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def _until(look):
    """Look until there is an answer, half a minute at most."""
    for _ in range(300):
        if found := look():
            return found
        time.sleep(0.1)
    raise AssertionError("not within half a minute")
