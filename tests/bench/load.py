"""Many readers at once, on one server as it is shipped: how long they wait, and what the server needs."""

from __future__ import annotations

import csv
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from dashboard.services import store
from tests.bench.data import write_facilities, write_line_list
from tests.bench.measure import say, show
from tests.bench.read_pages import pages
from tests.bench.server_memory import Series, processes, warm
from tests.security.attacks.reader import sign_in
from tests.support.accounts import PASSWORD, add_accounts
from tests.support.command_line import ROOT, CommandLine
from tests.support.running import Running, running
from tests.support.web import GOOD_KEY, settings

LOCUSTFILE = Path(__file__).with_name("readers.py")
KEY: dict[str, str | None] = {"CHHLANG_SECRET_KEY": GOOD_KEY}
VIEWERS = tuple(f"viewer{number}" for number in range(20))
#: Every page that readers ask for.
PAGES = pages()
#: How often each process answers each page before the base of memory is taken.
_TIMES = 2
#: Readers that come in a second, and seconds from the last one to the base.
_A_SECOND, _SETTLING = 4, 10.0
_MINUTE = 60.0


@dataclass(frozen=True)
class Asked:
    """What is measured.

    Parameters
    ----------
    readers, thinks, minutes : int or float
        How many, the seconds between two pages of each, and for how long.
    records : int
        That the database holds.
    importing : int
        Rows of a file that is imported meanwhile; 0 for none.
    files : int, optional
        How many such files, evenly spread over the time; without it, one after the other.
    """

    readers: int
    thinks: float
    minutes: float
    records: int
    importing: int = 0
    files: int | None = None


def run(folder: Path, asked: Asked) -> None:
    """Measure; `folder` is for the database and what locust writes."""
    url = f"sqlite:///{folder / 'load.db'}"
    command = CommandLine(url)
    for step in (
        ("facilities", "import", write_facilities(folder)),
        ("import", write_line_list(folder, asked.records), "--source", "load"),
    ):
        with command.start(*step, env=KEY) as process:
            _, said = process.communicate()  # however long it takes beside other work
        if process.returncode:
            raise RuntimeError(said)
    database = store.open_store(settings(url))
    add_accounts(database, dict.fromkeys(VIEWERS, ("viewer", None)))
    database.dispose()
    with running(url) as site:
        for name in VIEWERS:
            # The cheap hash of the tests' accounts is made anew once: that ends older sessions.
            session = sign_in(site.address, name)
        web = warm(site, session, PAGES, _TIMES)
        say(f"warm: {len(web)} processes answered each of {len(PAGES)} pages {_TIMES} times")
        _load(site, folder, asked, web)


def _load(site: Running, folder: Path, asked: Asked, web: Sequence[int]) -> None:
    arriving = asked.readers / _A_SECOND + _SETTLING
    command = [
        sys.executable, "-m", "locust", "-f", str(LOCUSTFILE), "--headless", "--only-summary",
        "--host", site.address, "--users", str(asked.readers), "--spawn-rate", str(_A_SECOND),
        "--reset-stats", "--run-time", f"{asked.minutes * 60 + arriving:.0f}s", "--stop-timeout", "10",
        "--csv", str(folder / "load"),
    ]  # fmt: skip
    environment = CommandLine(site.url).environment(
        {
            "BENCH_PASSWORD": PASSWORD,
            "BENCH_ACCOUNTS": ",".join(f"{name}@example.org" for name in VIEWERS),
            "BENCH_THINKS": str(asked.thinks),
        }
    )
    written = folder / "locust.log"
    path = None
    if asked.importing:
        own = folder / "meanwhile"
        own.mkdir()
        path = write_line_list(own, asked.importing)
    with written.open("wb") as log:
        crowd = subprocess.Popen(command, env=environment, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT)
        time.sleep(arriving)
        memory = Series(site, folder, web)
        memory.take(0)
        spent, began = _seconds(site), time.monotonic()
        files = _attend(memory, asked, path, crowd)
        cpu = (_seconds(site) - spent) / (time.monotonic() - began)
    memory.take(files)
    show(
        f"{asked.readers} readers, {asked.thinks:g} s between two pages of each, {asked.minutes:g} minutes",
        ("page", "asked", "errors", "p50 ms", "p95 ms"),
        _answers(folder / "load_stats.csv"),
    )
    ended = site.said().count("is started again")
    facts: list[tuple[str, object]] = [
        ("processors that the server took", f"{cpu:.2f}"),
        ("lines in its log", len(site.said().splitlines())),
        ("processes that ended by themselves", ended),
        ("files imported meanwhile", f"{files} of {asked.importing:,} rows" if path else 0),
    ]
    show("the server", ("what", "value"), facts)
    print(
        f"\nThe base of memory: every process that answers pages had answered each of {len(PAGES)} pages "
        f"{_TIMES} times, and the last reader had come {_SETTLING:g} s before."
    )
    memory.show()


def _answers(stats: Path) -> list[tuple[str, ...]]:
    with stats.open(encoding="utf-8") as text:
        wanted = ("Name", "Request Count", "Failure Count", "50%", "95%")
        return [tuple(row[name] for name in wanted) for row in csv.DictReader(text)]


def _seconds(site: Running) -> float:
    """Seconds of a processor that its processes have taken."""
    return sum(sum(process.cpu_times()[:2]) for process in processes(site))


def _attend(memory: Series, asked: Asked, path: Path | None, crowd: subprocess.Popen[bytes]) -> int:
    """Import files and look at memory each minute until the readers have gone; how many were stored."""
    began = looked = time.monotonic()
    every = asked.minutes * 60 / asked.files if asked.files else 0.0
    started = done = 0
    current: subprocess.Popen[str] | None = None
    with (memory.folder / "imports.log").open("w") as log:
        while crowd.poll() is None:
            now = time.monotonic()
            if current is not None and current.poll() is not None:
                done += current.returncode == 0
                current = None
            more = path is not None and (asked.files is None or started < asked.files)
            if current is None and more and now - began >= (started + 0.5) * every:
                given = [sys.executable, str(ROOT / "app.py"), "import", str(path)]
                given += ["--source", f"load {started}"]
                own = CommandLine(memory.site.url).environment(KEY)
                current = subprocess.Popen(given, env=own, cwd=ROOT, stdout=log, stderr=log, text=True)
                started += 1
            if now - looked >= _MINUTE:
                looked += _MINUTE
                memory.take(done)
            time.sleep(0.2)
        if current is not None:
            if asked.files is None:
                current.terminate()
            current.wait()
            done += current.returncode == 0
    return done
