"""Running commands: as a user does, in a process of their own, or quickly in this one."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from unittest import mock

import dashboard.commands
import db.core.engine
import db.maintenance.opening
from dashboard.commands import main

ROOT = Path(__file__).resolve().parents[2]
KEY = "a key for the tests, of no use anywhere else"
#: What becomes of the rows of a file.
OUTCOMES = ("accepted", "amended", "withdrawn", "duplicate", "rejected")
_OURS = ("CHHLANG_", "DATABASE_URL", "PORT")


@dataclass(frozen=True)
class Outcome:
    """What a command left: exit code, standard output, standard error."""

    code: int
    stdout: str
    stderr: str

    def json(self) -> list[dict[str, Any]]:
        """Standard output, which must be one JSON array and nothing else."""
        answer = json.loads(self.stdout)
        assert isinstance(answer, list)
        return answer

    @property
    def one(self) -> dict[str, Any]:
        """The only row of the answer."""
        (row,) = self.json()
        return row


_parser = cache(dashboard.commands.parser)  # making it takes a quarter of a short command's time


@dataclass(frozen=True)
class CommandLine:
    """`app.py` on one database. Calling it runs a command; `env` adds to the environment, None takes away."""

    url: str
    separate: bool = False

    def environment(self, env: dict[str, str | None] | None = None) -> dict[str, str]:
        """The environment of a command: this one without our variables, and those of the test."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(_OURS)}
        added = {"DATABASE_URL": self.url, "CHHLANG_SECRET_KEY": KEY, "PYTHONUTF8": "1"}
        added |= {"CHHLANG_STANDING_SCANS": "no"} | (env or {})  # a server's own scans only where tests ask
        return kept | {name: value for name, value in added.items() if value is not None}

    def start(self, *arguments: object, env: dict[str, str | None] | None = None) -> subprocess.Popen[str]:
        """Start a command in a process of its own."""
        return subprocess.Popen(
            [sys.executable, str(ROOT / "app.py"), *map(str, arguments)],
            env=self.environment(env),
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def __call__(self, *arguments: object, env: dict[str, str | None] | None = None) -> Outcome:
        if self.separate:
            with self.start(*arguments, env=env) as process:
                stdout, stderr = process.communicate(timeout=120)
            return Outcome(process.returncode, stdout, stderr)
        out, err = io.StringIO(), io.StringIO()
        with (
            mock.patch.dict(os.environ, self.environment(env), clear=True),
            mock.patch.object(dashboard.commands, "parser", _parser),
            closed_engines(),
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(err),
        ):
            try:
                code = main([str(argument) for argument in arguments])
            except SystemExit as left:  # argparse leaves this way
                code = left.code if isinstance(left.code, int) else 1
        return Outcome(code, out.getvalue(), err.getvalue())

    def mapped(self, path: object, mapping: object, *options: object) -> dict[str, Any]:
        """Import one file with a mapping; its receipt, in which every row is accounted for."""
        done = self("import", path, "--mapping", mapping, *options, "--format", "json")
        assert done.code == 0, done.stderr
        assert done.one["rows"] == sum(done.one[outcome] for outcome in OUTCOMES)
        return done.one


@contextlib.contextmanager
def closed_engines() -> Iterator[None]:
    """Close what commands open: a process that goes on would keep it."""
    opened: list[db.core.engine.Database] = []
    connect = db.core.engine.connect

    def remembered(text: str) -> db.core.engine.Database:
        opened.append(connect(text))
        return opened[-1]

    with mock.patch.object(db.maintenance.opening, "connect", remembered):
        try:
            yield
        finally:
            for database in opened:
                database.dispose()
