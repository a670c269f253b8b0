"""Children that read files, forked from one that has loaded the parsers: as many in a tenth of the time.

A fresh interpreter for each file spends nearly all its time on loading. A forked child is a process like the
product's: it takes the same limits upon itself, reads through the same pipes, and is killed in the same way.
Some children are still started as the product starts them, so that the start itself is tried as well.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

from db.intake.files import sandbox

ROOT = Path(__file__).resolve().parents[2]
#: One child of so many is started as the product starts it.
FRESH_EVERY = 50
_PARSERS = ("parse", "formats.text", "formats.workbook", "formats.json_items")


class Forked:
    """A forked child, with as much of `subprocess.Popen` as the product uses."""

    def __init__(self, asking: socket.socket) -> None:
        self._returned: int | None = None
        (theirs_in, ours_in), (ours_out, theirs_out) = os.pipe(), os.pipe()
        self.stdin, self.stdout = os.fdopen(ours_in, "wb"), os.fdopen(ours_out, "rb")
        self._talk, theirs = socket.socketpair()
        with theirs:
            socket.send_fds(asking, [b"."], [theirs_in, theirs_out, theirs.fileno()])
        os.close(theirs_in)
        os.close(theirs_out)
        self._lines = self._talk.makefile("r", encoding="ascii")
        self.pid = int(self._lines.readline())

    def kill(self) -> None:
        """End it, if it has not ended."""
        if self._returned is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)

    def wait(self, timeout: float | None = None) -> int:
        """How it ended.

        Raises
        ------
        subprocess.TimeoutExpired
            It has not ended yet.
        """
        if self._returned is None:
            self._talk.settimeout(timeout)
            try:
                line = self._lines.readline()
            except TimeoutError:
                raise subprocess.TimeoutExpired("a forked child", timeout or 0) from None
            self._returned = os.waitstatus_to_exitcode(int(line))
            self._lines.close()
            self._talk.close()
        return self._returned


@contextlib.contextmanager
def warm() -> Iterator[None]:
    """Let files be read by forked children, but for one of `FRESH_EVERY`."""
    ours, theirs = socket.socketpair()
    with ours:
        with theirs:
            server = subprocess.Popen(
                [sys.executable, "-X", "utf8", "-m", __name__, str(theirs.fileno())],
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
            )
        turns = itertools.count(1)

        def started(*given: Any, **named: Any) -> Any:
            return subprocess.Popen(*given, **named) if next(turns) % FRESH_EVERY == 0 else Forked(ours)

        names = ("PIPE", "DEVNULL", "TimeoutExpired")
        there = SimpleNamespace(Popen=started, **{name: getattr(subprocess, name) for name in names})
        try:
            with mock.patch.object(sandbox, "subprocess", there):
                yield
        finally:
            ours.close()
            server.wait(20)


def _serve(asking: socket.socket) -> None:
    """Fork for each that asks; say the copy's number, and how it ended. One child at a time."""
    import importlib

    from db.intake.files import sandbox_child

    for name in _PARSERS:
        importlib.import_module(f"db.intake.files.{name}")
    while True:
        _, numbers, _, _ = socket.recv_fds(asking, 1, 3)
        if len(numbers) < 3:  # nobody is left to ask
            return
        reading, writing, talking = numbers
        pid = os.fork()
        if pid == 0:
            asking.close()
            os.close(talking)
            for number, to in ((reading, 0), (writing, 1)):
                os.dup2(number, to)
                os.close(number)
            code = 1
            try:
                code = sandbox_child.main()
            finally:
                os._exit(code)
        os.close(reading)
        os.close(writing)
        with socket.socket(fileno=talking) as talk:
            talk.sendall(f"{pid}\n".encode())
            status = os.waitpid(pid, 0)[1]
            with contextlib.suppress(OSError):
                talk.sendall(f"{status}\n".encode())


if __name__ == "__main__":
    with socket.socket(fileno=int(sys.argv[1])) as way:
        _serve(way)
