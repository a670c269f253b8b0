"""Memory of a running server, process by process and minute by minute, beside the size of its database."""

from __future__ import annotations

import http.client
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import requests

from tests.bench.measure import show
from tests.support.running import Running

#: Connections that are opened at most until every process that answers pages has taken one.
_CONNECTIONS = 400
_MB = 1e6


@dataclass(frozen=True)
class Held:
    """MB that one process holds: what it has in memory, and its share of that (None: not told)."""

    rss: float
    pss: float | None

    @property
    def counted(self) -> float:
        """Its share where that is told: what processes have together is then counted once."""
        return self.rss if self.pss is None else self.pss

    def __str__(self) -> str:
        """RSS and PSS."""
        return f"{self.rss:.0f}" if self.pss is None else f"{self.rss:.0f} / {self.pss:.0f}"


@dataclass(frozen=True)
class Sample:
    """What all processes held at one moment, by their number; MB of the database; files imported so far."""

    seconds: float
    processes: dict[int, Held]
    database: float
    files: int

    @property
    def together(self) -> Held:
        """All processes together."""
        held = self.processes.values()
        shares = [one.pss for one in held if one.pss is not None]
        return Held(sum(one.rss for one in held), sum(shares) if len(shares) == len(held) else None)


@dataclass
class Series:
    """Samples of a server from a first one on.

    Parameters
    ----------
    folder : Path
        Where its database lies.
    web : sequence of int
        Processes that answer pages.
    """

    site: Running
    folder: Path
    web: Sequence[int]
    samples: list[Sample] = field(default_factory=list)
    _began: float = field(default_factory=time.monotonic)

    def take(self, files: int) -> Sample:
        """Look once."""
        held = {one.pid: found for one in processes(self.site) if (found := _held(one))}
        files_of = (one.stat().st_size for one in self.folder.glob("load*.db*"))
        self.samples.append(Sample(time.monotonic() - self._began, held, sum(files_of) / _MB, files))
        return self.samples[-1]

    def show(self) -> None:
        """Print a row for each sample, and growth from the first to the last."""
        seen = list(dict.fromkeys(pid for one in self.samples for pid in one.processes))
        rows = [
            (
                f"{one.seconds / 60:.1f}",
                *(one.processes.get(pid, "") for pid in seen),
                one.together,
                f"{one.database:.0f}",
                one.files,
            )
            for one in self.samples
        ]
        header = ("minute", *map(self._name, seen), "together", "database", "files")
        show("Memory of the server's processes, MB (RSS / PSS), and of its database", header, rows)
        first, last = self.samples[0], self.samples[-1]
        grown = [
            (
                self._name(pid),
                _growth(first.processes[pid].counted, last.processes[pid].counted),
            )
            for pid in seen
            if pid in first.processes and pid in last.processes
        ]
        grown.append(("together", _growth(first.together.counted, last.together.counted)))
        grown.append(("database", _growth(first.database, last.database)))
        if len(self.samples) > 2:
            half = self.samples[len(self.samples) // 2]
            grown.append(("together, second half", _growth(half.together.counted, last.together.counted)))
        show("Growth since the base", ("of", "MB"), grown)

    def _name(self, pid: int) -> str:
        if pid == self.site.process.pid:
            return "supervisor"
        return f"web {self.web.index(pid) + 1}" if pid in self.web else f"other {pid}"


def processes(site: Running) -> list[psutil.Process]:
    """The server's own process, and all below it."""
    first = psutil.Process(site.process.pid)
    return [first, *first.children(recursive=True)]


def warm(site: Running, session: requests.Session, pages: Iterable[str], times: int) -> list[int]:
    """Let every process that answers pages answer each of some pages; the numbers of these processes.

    A process answers all that comes on one connection: connections are opened until each has one.

    Raises
    ------
    RuntimeError
        A page is not answered, or a process takes no connection.
    """
    cookie = "; ".join(f"{one.name}={one.value}" for one in session.cookies)
    wanted = {one.pid for one in processes(site)[1:] if _has(one, lambda c: _listens(c, site.port))}
    found: dict[int, http.client.HTTPConnection] = {}
    others = []
    try:
        while len(others) < _CONNECTIONS and wanted - set(found):
            connection = http.client.HTTPConnection("127.0.0.1", site.port, timeout=120)
            others.append(connection)
            _ask(connection, "/healthz", cookie)
            port = connection.sock.getsockname()[1]
            for pid in wanted - set(found):
                if _has(psutil.Process(pid), lambda c, port=port: bool(c.raddr) and c.raddr.port == port):
                    found[pid] = connection
        if wanted - set(found) or not found:
            raise RuntimeError(f"processes that took no connection: {sorted(wanted - set(found))}")
        asked = list(pages)
        for connection in found.values():
            for page in asked * times:
                _ask(connection, page, cookie)
    finally:
        for connection in others:
            connection.close()
    return sorted(found)


def _ask(connection: http.client.HTTPConnection, page: str, cookie: str) -> None:
    connection.request("GET", page, headers={"Cookie": cookie})
    answer = connection.getresponse()
    answer.read()
    if answer.status != 200 or answer.will_close:
        raise RuntimeError(f"{page}: {answer.status}, or its connection was closed")


def _has(process: psutil.Process, wanted: Callable[..., bool]) -> bool:
    """Whether a process has a connection that is wanted."""
    try:
        return any(wanted(one) for one in process.net_connections("tcp"))
    except psutil.Error:  # it has just ended
        return False


def _listens(connection: object, port: int) -> bool:
    status, local = getattr(connection, "status", ""), getattr(connection, "laddr", None)
    return status == psutil.CONN_LISTEN and bool(local) and local.port == port  # type: ignore[union-attr]


def _held(process: psutil.Process) -> Held | None:
    """None where it has just ended."""
    try:
        rss = process.memory_info().rss / _MB
    except psutil.NoSuchProcess:
        return None
    try:
        pss = getattr(process.memory_full_info(), "pss", None)
    except psutil.Error:  # the system tells its owner alone, or nobody
        pss = None
    return Held(rss, None if pss is None else pss / _MB)


def _growth(before: float, after: float) -> str:
    return f"{before:.0f}, then {after:.0f} ({after / before - 1:+.1%})"
