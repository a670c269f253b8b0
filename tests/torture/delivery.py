"""Messages about alerts, killed and on full disks, by mail servers that fail: nothing lost, nothing doubled.

Each round raises alerts and sends their messages in a forked process that is struck: it kills itself at a
statement chosen at random, the mail server kills it once it has the message, or the disk is full from some
size on (SQLite) or at some statement (PostgreSQL). The mail server is busy, refuses, drops the connection,
or is gone after it took a message. Another process then does the rest, as the next sender would. Afterwards
each alert is
there once, every recipient has one message for it, and no mark was taken twice.
"""

from __future__ import annotations

import os
import random
import signal
import traceback
import warnings
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime

from db.maintenance.opening import open_database
from tests.support import telling
from tests.support.mail_server import BUSY, DROPS, OK, REFUSES, SILENT, MailServer
from tests.torture.databases import databases
from tests.torture.forks import Watch, kill_myself
from tests.torture.full_disk import _largest, _limit, _refuse

#: Rules, and places of them, whose alerts a round raises.
_RAISED = (
    ("measles-suspected", (("OD1", "KH01"), ("OD2", "KH02"))),
    ("measles-confirmed", (("F1", "KH01"),)),
    ("cholera-rdt", (("F2", "KH02"),)),
)
_ALERTS = 4
_STRIKES = ("kill", "kill", "server", "disk", "none")
_MODES = (OK, OK, OK, BUSY, DROPS, REFUSES, SILENT)


class _Server(MailServer):
    """Behaves at random; kills the process `victim` once it has its message, where one is named."""

    def __init__(self) -> None:
        self.chance, self.wild, self.victim = random.Random(), False, 0
        super().__init__()

    @property
    def mode(self) -> str:
        """How the next connection is answered."""
        if self.victim and self.chance.random() < 0.5:
            os.kill(self.victim, signal.SIGKILL)
            self.victim = 0
            return SILENT
        return self.chance.choice(_MODES) if self.wild else OK

    @mode.setter
    def mode(self, mode: str) -> None:
        """Nobody sets it."""


def run(seed: int, count: int, database: str, after: int = 0) -> Counter[str]:
    """Strike `count` times; returns what became of messages. `after`: go on after so many rounds of the seed.

    Raises
    ------
    AssertionError
        A message was lost, doubled, or said to be what it is not; says the round.
    """
    _load()
    counts = Counter[str]()
    server = _Server()
    try:
        with databases(database) as maker, maker.fresh(migrated=True) as origin:
            _fill(origin, server)
            for number in range(after, count):
                with maker.copy_of(origin) as url:
                    _round(
                        f"seed {seed}, round {number}", random.Random(f"{seed}:{number}"), url, server, counts
                    )
    finally:
        server.close()
    return counts


def _load() -> None:
    """Load once what every copy needs."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        import apprise

        assert apprise.Apprise.instantiate("mailto://127.0.0.1?from=a@b.example&to=c@d.example")


def _fill(url: str, server: MailServer) -> None:
    database = open_database(url)
    chosen = telling.settings(url)
    gateway = telling.way(database, chosen, server.address)
    for name, role, *provinces in (
        ("country", "epidemiologist"), ("one", "official", "KH01"), ("two", "official", "KH02"),
    ):  # fmt: skip
        telling.channel(database, telling.account(database, name, role, *provinces), chosen, gateway)
    telling.group(database, chosen, gateway)
    database.dispose()


def _round(where: str, chance: random.Random, url: str, server: _Server, counts: Counter[str]) -> None:
    server.taken.clear()
    server.chance, server.wild = chance, True
    strike = chance.choice(_STRIKES)
    at = chance.randint(1, 260) if strike == "kill" else chance.randint(20, 260)
    size = chance.randint(4_096, _largest(url)) if url.startswith("sqlite") else 0

    def struck() -> None:
        if strike == "disk" and size:
            _limit(size)
        watch = Watch(at if strike == "kill" or (strike == "disk" and not size) else None,
                      kill_myself if strike == "kill" else _refuse)  # fmt: skip
        with watch.everywhere():
            _work(url)

    code = _forked(struck, server, victim=strike == "server")
    counts[f"{strike} {'ended' if code == 0 else 'struck'}"] += 1
    server.wild = server.victim = 0
    assert _forked(lambda: _work(url, rest=True), server, victim=False) == 0, where
    _look(where, url, server, counts)


def _work(url: str, *, rest: bool = False) -> None:
    """Raise the alerts and send what is due; with `rest` whatever the process before left, to its end."""
    from dashboard.services import leases
    from dashboard.services.messages import digests, sender
    from db.core import errors
    from db.core.engine import write_transaction
    from db.operations import lease_queue
    from db.operations.messages import outbox

    leases.PAUSE, leases.BEAT = 0.01, 0.2
    lease_queue.SILENT_AFTER = 0.0 if rest else 30.0
    database, chosen = open_database(url), telling.settings(url)
    now = datetime.now(UTC)
    try:
        for rule, places in _RAISED:
            telling.raise_alerts(database, now, rule, places)
        digests.look(database, now)
    except Exception as error:
        if errors.explain(error) is None:
            raise
        return
    for _ in range(12):
        while sender.work(database, chosen):
            pass
        if not rest:
            return
        with write_transaction(database.operations) as connection:
            late = outbox.message.c.status == outbox.LATER
            connection.execute(
                outbox.message.update().where(late).values(due_at="2020-01-01T00:00:00.000+00:00")
            )


def _forked(program: Callable[[], None], server: _Server, *, victim: bool) -> int:
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            program()
            code = 0
        except BaseException:  # noqa: BLE001 - said, and then this copy is gone
            traceback.print_exc()
        os._exit(code)
    server.victim = pid if victim else 0
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def _look(where: str, url: str, server: _Server, counts: Counter[str]) -> None:
    """Compare the outbox with what was raised, and with what the mail server took."""
    from dashboard.services.messages.sender import reference
    from db.core.scope import Scope
    from db.operations import alerts as register
    from db.operations.messages import outbox

    database = open_database(url)
    try:
        alerts, messages = register.listed(database, Scope.everything()), outbox.listed(database)
    finally:
        database.dispose()
    assert len(alerts) == _ALERTS, (where, "alerts", len(alerts))
    told = Counter((one.channel, number) for one in messages for number in one.detail.get("alerts", ()))
    wanted = {(channel, one.id) for one in alerts for channel in (1, 2 if one.province == "KH01" else 3)}
    assert told == Counter(dict.fromkeys(wanted, 1)), (where, "outbox", told)
    assert sum(one.kind == outbox.DIGEST for one in messages) == 1, (where, "digest")
    taken = Counter(server.marks())
    assert set(taken) <= {reference(one) for one in messages}, (where, "marks")
    for one in messages:
        times = taken[reference(one)]
        said = (where, one.id, one.status, one.reason, times)
        assert times <= 1, (*said, "doubled")
        assert one.status in {"done", "unsure", "failed"}, said
        assert one.status != "done" or times == 1, (*said, "lost")
        assert one.status != "failed" or times == 0, said
        counts[f"{one.status}{' (arrived)' if one.status == 'unsure' and times else ''}"] += 1
