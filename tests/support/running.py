"""A server as people start it, in processes of its own, with accounts."""

from __future__ import annotations

import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from dashboard.services import store
from dashboard.settings import Settings
from tests.support.accounts import add_accounts
from tests.support.command_line import ROOT, CommandLine
from tests.support.web import ACCOUNTS, GOOD_KEY

#: The accounts of the tests, and one that brings files.
WHO = ACCOUNTS | {"manager": ("data_manager", None)}


@dataclass(frozen=True)
class Running:
    """A server that runs."""

    url: str
    port: int
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def address(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    def said(self) -> str:
        """What it wrote to standard error."""
        return self.log.read_text(encoding="utf-8")


def free_port() -> int:
    """A port that nobody has."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(url: str, env: Mapping[str, str] | None = None) -> Iterator[Running]:
    """Start a server on a database; stop it as a service would."""
    database = store.open_store(Settings.read({"DATABASE_URL": url}))
    if not store.has_accounts(database):
        add_accounts(database, WHO)
    database.dispose()
    port = free_port()
    environment = CommandLine(url).environment(
        {"CHHLANG_SECRET_KEY": GOOD_KEY, "CHHLANG_TOTP_ROLES": "none", **(env or {})}
    )
    with tempfile.TemporaryDirectory(prefix="chhlang-running-") as folder:
        log = Path(folder) / "log"
        with log.open("wb") as written:
            process = subprocess.Popen(
                [sys.executable, str(ROOT / "app.py"), "serve", "--port", str(port)],
                env=environment,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=written,
            )
        found = Running(url, port, process, log)
        try:
            _wait(found)
            yield found
        finally:
            process.terminate()
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
                raise


def _wait(found: Running) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if found.process.poll() is not None:
            raise RuntimeError(f"the server did not start: {found.said()}")
        try:
            urllib.request.urlopen(f"{found.address}/healthz", timeout=2).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the server is not ready after a minute")
