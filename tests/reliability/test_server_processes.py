"""The server's processes: what is killed comes back, a stop lets answers finish, none is left behind."""

from __future__ import annotations

import itertools
import os
import re
import signal
import socket
import sys
import time
from pathlib import Path

import pytest
import requests

from dashboard.server.processes import Kept
from tests.support.command_line import CommandLine
from tests.support.running import running

pytestmark = [
    pytest.mark.process,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="looks into /proc"),
]


@pytest.fixture(scope="module")
def database(sqlite_files):
    with sqlite_files.fresh(migrated=True) as url:
        yield url


@pytest.fixture(scope="module")
def site(database):
    with running(database, {"CHHLANG_LOG": "json"}) as found:
        yield found


def until(true, patience=60.0):
    end = time.monotonic() + patience
    while not (found := true()):
        assert time.monotonic() < end, "it took too long"
        time.sleep(0.05)
    return found


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def below(pid: int) -> dict[str, list[int]]:
    """The processes that a server has started: its job runner, and its workers."""
    found: dict[str, list[int]] = {"runner": [], "worker": []}
    for text in Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split():
        line = Path(f"/proc/{text}/cmdline").read_bytes() if alive(int(text)) else b""
        if line:
            found["runner" if b"--supervisor" in line else "worker"].append(int(text))
    return found


def checks(site) -> dict[str, dict[str, object]]:
    found: dict[str, dict[str, object]] = requests.get(f"{site.address}/readyz", timeout=30).json()["checks"]
    return found


def test_it_becomes_ready_and_its_numbers_come_from_every_process(site):
    fine = dict.fromkeys(("database", "migrations", "job runner", "disk", "authenticators"), "ok") | {
        "backup": "warn"
    }
    until(lambda: {name: check["status"] for name, check in checks(site).items()} == fine)
    until(lambda: requests.get(f"{site.address}/readyz", timeout=30).status_code == 200)
    text = requests.get(f"{site.address}/metrics", timeout=30).text
    assert 'chhlang_processes_started_total{what="worker"} 2.0' in text
    assert 'chhlang_check{check="database"} 1.0' in text


@pytest.mark.parametrize("what", ["worker", "runner"])
def test_what_is_killed_is_started_again(what, site):
    killed = until(lambda: below(site.process.pid)[what])[0]
    before = len(below(site.process.pid)[what])
    os.kill(killed, signal.SIGKILL)
    until(lambda: killed not in below(site.process.pid)[what])
    until(lambda: len(below(site.process.pid)[what]) == before)
    for _ in range(10):
        assert requests.get(f"{site.address}/healthz", timeout=30).status_code == 200
    assert re.search(r"ended by signal 9 and is started again", site.said())


def test_a_runner_that_stands_still_is_noticed(site):
    """The runner says when it lived last, in the folder of uploads."""
    sign = next(Path(site.url.removeprefix("sqlite:///")).parent.rglob("job-runner.alive"))
    assert sign.stat().st_mode & 0o777 == 0o600
    (runner,) = below(site.process.pid)["runner"]
    os.kill(runner, signal.SIGSTOP)
    try:
        os.utime(sign, (time.time() - 100,) * 2)
        until(lambda: requests.get(f"{site.address}/readyz", timeout=30).status_code == 503)
        assert checks(site)["job runner"]["status"] == "fail"
        assert requests.get(f"{site.address}/healthz", timeout=30).text == "ok"
    finally:
        os.kill(runner, signal.SIGCONT)
    until(lambda: checks(site)["job runner"]["status"] == "ok")


def test_a_second_server_says_that_one_runs_already(site, database):
    """One that was asked to start anyway fails with a line; `make run` shows the line, and is content."""
    command = CommandLine(database)
    said = f"Chhlang runs already on http://127.0.0.1:{site.port}"
    for options, code in (((), 2), (("--unless-running",), 0)):
        second = command("serve", "--port", site.port, *options)
        assert second.code == code
        assert said in (second.stderr + second.stdout).splitlines()[-1]
        assert "Traceback" not in second.stderr


def test_a_stop_lets_what_was_begun_finish_and_leaves_nobody(site):
    """The last test of this server: it stops it."""
    people = [pid for pids in below(site.process.pid).values() for pid in pids]
    assert len(people) == 3
    with (
        socket.create_connection(("127.0.0.1", site.port)) as one,
        socket.create_connection(("127.0.0.1", site.port)) as stranger,
    ):
        one.sendall(b"POST /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 10\r\n\r\n01234")
        stranger.sendall(b"GET / HTTP/1.1\r\nHost: 12")  # whoever only trickles a header keeps nobody
        time.sleep(0.5)
        site.process.terminate()
        time.sleep(0.5)
        one.sendall(b"56789")
        one.settimeout(30)
        assert one.recv(100).startswith(b"HTTP/1.1 200")
    assert site.process.wait(30) == 0
    until(lambda: not any(map(alive, people)), patience=20)
    assert "Fatal" not in site.said()
    assert "failure" not in site.said()


@pytest.mark.full
def test_workers_end_with_whoever_started_them(database):
    with running(database) as found:
        people = until(
            lambda: (pids := below(found.process.pid))["runner"] and [*pids["runner"], *pids["worker"]]
        )
        found.process.kill()
        until(lambda: not any(map(alive, people)), patience=30)


class Ends:
    """A process that is over as soon as it is looked at."""

    pid = 1

    def ended(self) -> int | None:
        """Over."""
        return 1

    def stop(self, patience: float) -> None:
        """Nothing to end."""


def test_what_ends_at_once_is_not_started_without_end(monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    starts = []
    kept = Kept("thing", lambda: (starts.append(now[0]), Ends())[1])
    while now[0] < 1200.0:
        kept.look()
        now[0] += 0.25
    gaps = [later - earlier for earlier, later in itertools.pairwise(starts)]
    assert gaps == sorted(gaps)
    assert 25 <= gaps[-1] <= 35
    assert len(starts) < 15
