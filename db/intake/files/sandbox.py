"""Reading in a child process: what a hostile file makes of a parser stays there, and ends with it.

The child has limits of memory and time, no setting and no secret of the server, and writes to nothing but
its pipe. Through the pipe come frames of JSON: nothing a file does to the child can run in the server.
When the parent is gone, however it went, the kernel ends the child.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import weakref
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from string import Formatter
from time import monotonic
from typing import Any

from db.intake.files.frames import OUT_OF_MEMORY, read_frame, write_frame
from db.intake.files.limits import Limits, megabytes
from db.intake.files.parse import held_to_size
from db.intake.files.rows import Row, Table
from surveillance.errors import UnreadableFileError

_ROOT = Path(__file__).resolve().parents[3]
#: All that the child sees of the environment: where libraries are. (Windows starts no process without more.)
_ENVIRONMENT = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))} if os.name == "posix" else None


def read_in_child(
    path: Path, known: frozenset[str], limits: Limits, sheet: str | None = None, repeat: str = ""
) -> Table:
    """Open a file in a child process; its rows come as they are read.

    Raises
    ------
    UnreadableFileError
        The file cannot be read, or reading it took more memory or time than `limits` allow.
    """
    asked = {
        "path": str(path.absolute()),
        "known": sorted(known),
        "limits": asdict(limits),
        "sheet": sheet,
        "repeat": repeat,
    }
    frames = _Frames(path, asked, limits)
    first = frames.next()
    table = Table(**first["table"], chunks=frames)
    table.left_out = [(number, why) for number, why in table.left_out]
    frames.left_out = table.left_out
    return table


class _Frames(Iterator[list[Row]]):
    """Chunks of rows from a child; dropping them ends the child."""

    def __init__(self, path: Path, asked: dict[str, Any], limits: Limits) -> None:
        self.left_out: list[tuple[int, str]] = []
        self._path, self._limits = path, limits
        self._left = float(limits.seconds)
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-X", "utf8", "-m", "db.intake.files.sandbox_child"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                cwd=_ROOT,
                env=_ENVIRONMENT,
            )
        except OSError as error:
            raise UnreadableFileError(
                "{file}: cannot be read now: the machine starts no process ({why}); try again later",
                file=path.name,
                why=error.strerror,
            ) from error
        self._end = weakref.finalize(self, _end, self._process)
        try:
            write_frame(self._process.stdin, asked)  # stays open: the child ends when it closes
        except OSError:
            raise self._died() from None

    def next(self) -> dict[str, Any]:
        """The next frame.

        Raises
        ------
        UnreadableFileError
            As the child says, or because it died.
        """
        watch = _Watch(self._process, self._left)
        try:
            frame = read_frame(self._process.stdout)
        except (EOFError, OSError, ValueError, MemoryError):
            watch.stop()
            raise self._died(in_time=not watch.struck) from None
        self._left = watch.stop()
        if "error" in frame:
            self.close()
            raise _said(str(frame["error"]), frame.get("values"))
        return frame

    def __next__(self) -> list[Row]:
        if not self._end.alive:
            raise StopIteration
        frame = self.next()
        self.left_out.extend((number, why) for number, why in frame["left_out"])
        if frame["rows"] is None:
            self.close()
            raise StopIteration
        return [Row(number, cells) for number, cells in frame["rows"]]

    def close(self) -> None:
        """End the child, if it has not ended."""
        self._end()

    def _died(self, *, in_time: bool = True) -> UnreadableFileError:
        """What a child that ended without a word had to say."""
        code = 0
        if in_time:
            with suppress(subprocess.TimeoutExpired):
                code = self._process.wait(5)
        self.close()
        name, limits = self._path.name, self._limits
        with suppress(UnreadableFileError):
            limits = held_to_size(self._path, limits)
        if not in_time or code == -getattr(signal, "SIGXCPU", 0):
            return UnreadableFileError(
                "{file}: takes more than {seconds} seconds to read; save it as CSV, or split it",
                file=name,
                seconds=limits.seconds,
            )
        if code in (OUT_OF_MEMORY, -signal.SIGABRT, -getattr(signal, "SIGKILL", 0)):
            return UnreadableFileError(
                "{file}: needs more than {memory} of memory to be read; save it as CSV, or split it",
                file=name,
                memory=megabytes(limits.memory),
            )
        return UnreadableFileError(
            "{file}: cannot be read: the process that reads it stopped ({code}); save it as CSV",
            file=name,
            code=code,
        )


def _said(text: str, given: Any) -> UnreadableFileError:
    """The child's error. Only plain places for its values are filled: the file may have a hand in both."""
    values = {str(name): str(value) for name, value in given.items()} if isinstance(given, dict) else {}
    filled: dict[str, str] = {}
    try:
        for _, name, *how in Formatter().parse(text):
            if name is not None:
                if name not in values or name == "text" or any(how):
                    return UnreadableFileError(text)
                filled[name] = values[name]
    except ValueError:
        return UnreadableFileError(text)
    return UnreadableFileError(text, **filled)


class _Watch:
    """Ends a process when one waits for it too long."""

    def __init__(self, process: subprocess.Popen[bytes], seconds: float) -> None:
        self.struck = False
        self._process = process
        self._timer = threading.Timer(max(0.0, seconds), self._strike)
        self._timer.daemon = True
        self._begun, self._seconds = monotonic(), seconds
        self._timer.start()

    def _strike(self) -> None:
        self.struck = True
        self._process.kill()

    def stop(self) -> float:
        """Seconds that are left."""
        self._timer.cancel()
        return self._seconds - (monotonic() - self._begun)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.kill()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with suppress(OSError):
                pipe.close()
    process.wait()
