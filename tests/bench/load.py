"""Many readers at once, on one server as it is shipped: how long they wait, and what the server needs."""

from __future__ import annotations

import csv
import subprocess
import sys
import time
from pathlib import Path

import psutil

from dashboard.services import store
from tests.bench.data import write_facilities, write_line_list
from tests.bench.measure import show
from tests.security.attacks.reader import sign_in
from tests.support.accounts import PASSWORD, add_accounts
from tests.support.command_line import CommandLine
from tests.support.running import Running, running
from tests.support.web import GOOD_KEY, settings

LOCUSTFILE = Path(__file__).with_name("readers.py")
KEY: dict[str, str | None] = {"CHHLANG_SECRET_KEY": GOOD_KEY}
VIEWERS = tuple(f"viewer{number}" for number in range(20))


def run(folder: Path, readers: int, thinks: float, minutes: float, records: int, importing: int) -> None:
    """Measure.

    Parameters
    ----------
    folder : Path
        For the database and what locust writes.
    readers, thinks, minutes : int or float
        How many, the seconds between two pages of each, and for how long.
    records : int
        That the database holds.
    importing : int
        Rows of a file that is imported meanwhile, again and again; 0 for none.
    """
    url = f"sqlite:///{folder / 'load.db'}"
    command = CommandLine(url)
    for asked in (
        ("facilities", "import", write_facilities(folder)),
        ("import", write_line_list(folder, records), "--source", "load"),
    ):
        with command.start(*asked, env=KEY) as process:
            _, said = process.communicate()  # however long it takes beside other work
        if process.returncode:
            raise RuntimeError(said)
    database = store.open_store(settings(url))
    add_accounts(database, dict.fromkeys(VIEWERS, ("viewer", None)))
    database.dispose()
    with running(url) as site:
        for (
            name
        ) in VIEWERS:  # the cheap hash of the tests' accounts is made anew once: that ends older sessions
            sign_in(site.address, name)
        _load(site, folder, readers, thinks, minutes, importing)


def _load(site: Running, folder: Path, readers: int, thinks: float, minutes: float, importing: int) -> None:
    command = [
        sys.executable, "-m", "locust", "-f", str(LOCUSTFILE), "--headless", "--only-summary",
        "--host", site.address, "--users", str(readers), "--spawn-rate", "4", "--reset-stats",
        "--run-time", f"{minutes * 60 + readers / 4:.0f}s", "--stop-timeout", "10",
        "--csv", str(folder / "load"),
    ]  # fmt: skip
    environment = CommandLine(site.url).environment(
        {
            "BENCH_PASSWORD": PASSWORD,
            "BENCH_ACCOUNTS": ",".join(f"{name}@example.org" for name in VIEWERS),
            "BENCH_THINKS": str(thinks),
        }
    )
    written = folder / "locust.log"
    with written.open("wb") as log:
        crowd = subprocess.Popen(command, env=environment, stdout=log, stderr=subprocess.STDOUT)
        time.sleep(readers / 4 + 10)  # all have signed in, and what is made once is made
        before, spent, began = _memory(site), _seconds(site), time.monotonic()
        files = _import_again_and_again(site, folder, importing, crowd) if importing else 0
        crowd.wait()
        cpu = (_seconds(site) - spent) / (time.monotonic() - began)
    after = _memory(site)
    show(
        f"{readers} readers, {thinks:g} s between two pages of each, {minutes:g} minutes",
        ("page", "asked", "errors", "p50 ms", "p95 ms"),
        _answers(folder / "load_stats.csv"),
    )
    ended = site.said().count("is started again")
    facts: list[tuple[str, object]] = [
        ("processors that the server took", f"{cpu:.2f}"),
        ("memory of its processes, MB", f"{before:.0f}, then {after:.0f} ({after / before - 1:+.1%})"),
        ("lines in its log", len(site.said().splitlines())),
        ("processes that ended by themselves", ended),
        ("files imported meanwhile", f"{files} of {importing:,} rows" if importing else 0),
    ]
    show("the server", ("what", "value"), facts)


def _answers(stats: Path) -> list[tuple[str, ...]]:
    with stats.open(encoding="utf-8") as text:
        wanted = ("Name", "Request Count", "Failure Count", "50%", "95%")
        return [tuple(row[name] for name in wanted) for row in csv.DictReader(text)]


def _processes(site: Running) -> list[psutil.Process]:
    first = psutil.Process(site.process.pid)
    return [first, *first.children(recursive=True)]


def _memory(site: Running) -> float:
    """MB that the server's processes have for themselves, and their share of what they have together."""
    return sum(process.memory_full_info().pss for process in _processes(site)) / 1e6


def _seconds(site: Running) -> float:
    """Seconds of a processor that they have taken."""
    return sum(sum(process.cpu_times()[:2]) for process in _processes(site))


def _import_again_and_again(site: Running, folder: Path, rows: int, crowd: subprocess.Popen[bytes]) -> int:
    path, done = write_line_list(folder, rows), 0
    while crowd.poll() is None:
        command = CommandLine(site.url)
        with command.start("import", path, "--source", f"load {done}", env=KEY) as process:
            while process.poll() is None and crowd.poll() is None:
                time.sleep(0.2)
            if process.poll() is None:
                process.terminate()
            process.communicate()
        done += 1
    return done
