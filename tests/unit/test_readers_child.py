"""The child that reads: it has limits, knows no secret, and ends with whoever asked."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from db.intake.files import sandbox
from db.intake.files.readers import CHUNK, Limits, read_table
from surveillance.errors import UnreadableFileError
from tests.support.command_line import ROOT
from tests.support.files import write_xlsx
from tests.support.reading import NAMES

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(not Path("/proc/self").exists(), reason="looks at processes as Linux shows them"),
]
HEAD = ["facility_id", "disease", "date_visit"]


@pytest.fixture(scope="module")
def workbook(tmp_path_factory):
    """A workbook of several chunks."""
    path = tmp_path_factory.mktemp("workbook") / "list.xlsx"
    return write_xlsx(path, HEAD, [[f"HC{n}", "tb", "2025-03-04"] for n in range(45_000)])


def state(pid: int) -> str:
    """What a process is doing; nothing where there is none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(") ")[2][0]
    except OSError:
        return ""


def children(pid: int) -> list[int]:
    """Children of a process."""
    return [
        int(one)
        for task in Path(f"/proc/{pid}/task").iterdir()
        for one in (task / "children").read_text(encoding="utf-8").split()
    ]


def gone(pid: int, seconds: float = 20) -> bool:
    """Whether a process ends within some seconds."""
    until = time.monotonic() + seconds
    while time.monotonic() < until and state(pid) not in ("", "Z"):
        time.sleep(0.02)
    return state(pid) in ("", "Z")


def reader_of(table) -> int:
    """The child that reads a table."""
    return table.chunks._process.pid


def test_rows_come_in_chunks_and_the_child_ends_with_the_last(workbook):
    table = read_table(workbook, NAMES)
    pid = reader_of(table)
    chunks = [len(chunk) for chunk in table.chunks]
    assert chunks == [CHUNK] * (45_000 // CHUNK)
    assert state(pid) == ""
    assert list(table.chunks) == []


def test_who_lets_go_of_a_table_ends_its_child(workbook):
    for begin in (False, True):
        table = read_table(workbook, NAMES)
        pid = reader_of(table)
        if begin:
            next(table.chunks)
        assert state(pid)
        del table
        gc.collect(1)  # it is young: of all that the tests hold, to look for it takes seconds
        assert state(pid) == ""


ASKS = """
import sys, time
from pathlib import Path
from db.intake.files.readers import read_table
table = read_table(Path(sys.argv[1]), frozenset(["facility_id"]))
print(table.chunks._process.pid, flush=True)
time.sleep(600)
"""


def test_a_child_ends_when_its_parent_is_killed(workbook):
    parent = subprocess.Popen(
        [sys.executable, "-c", ASKS, str(workbook)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    try:
        pid = int(parent.stdout.readline())
        assert state(pid)
    finally:
        parent.kill()
        parent.wait()
        parent.stdout.close()
    assert gone(pid)


def test_a_child_ends_in_the_middle_of_its_work_when_its_parent_is_killed(tmp_path):
    path = tmp_path / "list.json"
    path.write_text("[" + ",".join('{"facility_id":"x","a":[[1]]}' for _ in range(1_000_000)) + "]")
    parent = subprocess.Popen([sys.executable, "-c", ASKS, str(path)], cwd=ROOT, stdout=subprocess.PIPE)
    try:
        until = time.monotonic() + 20
        while not (found := children(parent.pid)) and time.monotonic() < until:
            time.sleep(0.01)
        time.sleep(1)  # it has begun
    finally:
        parent.kill()
        parent.wait()
        parent.stdout.close()
    assert gone(found[0], 2)


def test_a_child_that_is_silent_for_too_long_is_ended(workbook):
    table = read_table(workbook, NAMES, limits=Limits(seconds=3))
    os.kill(reader_of(table), signal.SIGSTOP)
    with pytest.raises(UnreadableFileError, match=r"list\.xlsx: takes more than 3 seconds to read"):
        list(table.chunks)
    assert state(reader_of(table)) == ""


@pytest.mark.full
def test_time_that_others_take_is_not_the_child_s(workbook):
    table = read_table(workbook, NAMES, limits=Limits(seconds=4))
    rows = 0
    for chunk in table.chunks:
        rows += len(chunk)
        time.sleep(0.7)
    assert rows == 45_000


@pytest.mark.parametrize(
    ("strike", "why"),
    [
        (signal.SIGSEGV, "stopped"),
        (signal.SIGABRT, "memory"),
        (signal.SIGKILL, "memory"),
        (signal.SIGXCPU, "seconds"),
    ],
)
def test_a_child_that_dies_is_an_error_in_plain_words(strike, why, workbook):
    table = read_table(workbook, NAMES)
    os.kill(reader_of(table), strike)
    with pytest.raises(UnreadableFileError, match=f"list.xlsx: .*{why}"):
        list(table.chunks)


def test_a_child_knows_no_setting_and_no_secret(workbook, monkeypatch):
    monkeypatch.setenv("CHHLANG_SECRET_KEY", "canary-of-the-secret")
    monkeypatch.setenv("DATABASE_URL", "canary-of-the-database")
    table = read_table(workbook, NAMES)
    seen = Path(f"/proc/{reader_of(table)}/environ").read_bytes()
    table.chunks.close()
    assert b"canary" not in seen
    assert b"PYTHONPATH" in seen


def test_a_child_writes_to_no_file(workbook):
    table = read_table(workbook, NAMES)
    limits = Path(f"/proc/{reader_of(table)}/limits").read_text(encoding="utf-8")
    table.chunks.close()
    lines = {line[:26].strip(): line[26:].split()[0] for line in limits.splitlines()}
    assert (lines["Max file size"], lines["Max core file size"]) == ("0", "0")
    # By the size of the file: a small one may take less than the setting says.
    assert 192 * 1024**2 < int(lines["Max address space"]) < 1024**3


@pytest.mark.parametrize(
    ("text", "values", "shown"),
    [
        ("{file}: is damaged", {"file": "a.xlsx"}, "a.xlsx: is damaged"),
        ("{file:>999999999}", {"file": "a"}, "{file:>999999999}"),
        ("{file!r}", {"file": "a"}, "{file!r}"),
        ("{file.__class__}", {"file": "a"}, "{file.__class__}"),
        ("{other} {text}", {"file": "a", "text": "b"}, "{other} {text}"),
        ("{", {"file": "a"}, "{"),
        ("{file}", None, "{file}"),
    ],
)
def test_only_plain_places_of_what_a_child_says_are_filled(text, values, shown):
    assert str(sandbox._said(text, values)) == shown
