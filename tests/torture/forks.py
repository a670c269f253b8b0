"""Running commands in forked copies of this process: quick enough to kill hundreds of them.

A copy kills itself at one of its database events, or has one of them refused as by a full disk. Nothing may
be open when it is forked: engines belong to the copy that made them.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from unittest import mock

from sqlalchemy import event
from sqlalchemy.engine import Engine

from tests.support.command_line import KEY

#: Events of one command: every statement and every commit.
_EVENTS = ("before_cursor_execute", "commit")
#: Ways of bulk writing that go past those events: each block of rows counts too.
_BULK = {
    "db.cubes.upsert": ("store",),
    "db.core.bulk": ("insert_rows", "update_rows"),
    "db.maintenance.copy_text": ("write", "read"),
    "db.maintenance.exchange": ("_sync", "_copy_pages"),
    "db.maintenance.part_file": ("sync_folder", "lock"),
}


@dataclass(frozen=True)
class Ended:
    """How a command ended: exit code (negative: the signal), its events, those of its longest transaction."""

    code: int
    events: int
    first: int
    last: int
    said: str


class Watch:
    """Counts the events of a process, and strikes at one of them."""

    def __init__(self, strike_at: int | None, strike: Callable[[], None]) -> None:
        self.events = 0
        self.longest = (1, 0)
        self._began = 1
        self._at, self._strike = strike_at, strike

    def see(self, *given: object) -> None:
        """One event; a statement's third argument is its text, and a commit has one argument alone."""
        self.events += 1
        text = str(given[2]) if len(given) > 2 else ""
        if "BEGIN IMMEDIATE" in text or "advisory_xact_lock" in text:
            self._began = self.events
        elif len(given) == 1 and self.events - self._began > self.longest[1] - self.longest[0]:
            self.longest = (self._began, self.events)
        if self.events == self._at:
            self._strike()

    @contextlib.contextmanager
    def everywhere(self) -> Iterator[None]:
        """See the events of everything that is done inside."""
        for name in _EVENTS:
            event.listen(Engine, name, self.see)
        patched = [one for home, names in _BULK.items() for name in names for one in self._seen(home, name)]
        with contextlib.ExitStack() as stack:
            for one in patched:
                stack.enter_context(one)
            try:
                yield
            finally:
                for name in _EVENTS:
                    event.remove(Engine, name, self.see)

    def _seen(self, home: str, name: str) -> list[Any]:
        plain = getattr(importlib.import_module(home), name)

        def seen(*given: object, **named: object) -> object:
            self.see()
            return plain(*given, **named)

        ours = [module for module in list(sys.modules.values()) if module.__name__.startswith("db.")]
        return [mock.patch.object(m, name, seen) for m in ours if getattr(m, name, None) is plain]


def kill_myself() -> None:
    """The strike of a kill."""
    os.kill(os.getpid(), signal.SIGKILL)


@cache
def prepare() -> None:
    """Load once what every command loads by itself: a copy has it then, and begins at once.

    No database and no thread is opened: neither survives a fork.
    """
    from dashboard import secret_strength
    from dashboard.commands import importing, upkeep
    from geodata.gazetteer import gazetteer
    from tests.support.forked import load

    load()
    gazetteer()
    secret_strength.weakness(KEY)
    assert importing and upkeep


def run(
    url: str,
    *arguments: object,
    strike_at: int | None = None,
    strike: Callable[[], None] = kill_myself,
    env: dict[str, str] | None = None,
    before: Callable[[], None] | None = None,
) -> Ended:
    """Run one command of `app.py` in a copy of this process; `before` is called in it first."""
    prepare()
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        code = 70
        try:
            os.close(reading)
            code = _child(writing, url, [str(a) for a in arguments], strike_at, strike, env or {}, before)
        except BaseException:  # noqa: BLE001 - the copy must never go on as the test
            os.write(writing, traceback.format_exc()[-3000:].encode())
        finally:
            os._exit(code)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        said = pipe.read().decode(errors="replace")
    _, status = os.waitpid(pid, 0)
    code = -os.WTERMSIG(status) if os.WIFSIGNALED(status) else os.WEXITSTATUS(status)
    counted, _, text = said.partition("\n") if said[:1].isdigit() else ("0 1 0", "", said)
    return Ended(code, *map(int, counted.split()), text)


def _child(
    pipe: int,
    url: str,
    arguments: list[str],
    strike_at: int | None,
    strike: Callable[[], None],
    env: dict[str, str],
    before: Callable[[], None] | None,
) -> int:
    from dashboard.commands import main

    kept = {name: value for name, value in os.environ.items() if not name.startswith("CHHLANG_")}
    os.environ.clear()
    os.environ.update(kept | {"DATABASE_URL": url, "CHHLANG_SECRET_KEY": KEY} | env)
    watch = Watch(strike_at, strike)
    out = io.StringIO()
    if before:
        before()
    with watch.everywhere(), contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        code = main(arguments)
    os.write(pipe, f"{watch.events} {watch.longest[0]} {watch.longest[1]}\n{out.getvalue()[-3000:]}".encode())
    return code


def leftovers(folder: Path) -> list[str]:
    """Files that a finished or killed command must not leave."""
    found = [path.name for path in folder.rglob("*") if path.is_file()]
    return [name for name in found if name.endswith((".part", ".restore", ".partial", ".pid", ".lock"))]
