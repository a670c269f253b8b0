"""Pulls from a DHIS2, killed at any statement, by a server that fails: nothing lost, nothing doubled.

Each round pulls, is killed at a statement chosen at random (more than once in some rounds), and pulls to the
end. Meanwhile the server is busy, breaks answers off or goes away, and events change, come and are deleted.
Afterwards every record, report and facility is there once, as the DHIS2 has it, and a pull of all of it
brings nothing.
"""

from __future__ import annotations

import random
from collections import Counter

from sqlalchemy import func, select

from db.core.engine import connect
from db.operations import lease_queue
from tests.support import dhis2_server as fake
from tests.support.command_line import CommandLine
from tests.torture import forks
from tests.torture.databases import databases, working_folder

_ENV = {"CHHLANG_SYSTEM_HOSTS": "127.0.0.1", "CHHLANG_SYSTEM_TESTS_DHIS2": fake.CREDENTIAL}
_EVENTS, _PAGE = 37, 10
_LATER = "2999-01-01T00:00:00.000"
_FAILS = (fake.BUSY, fake.FAULTY, fake.HALF, fake.AWAY)


def run(seed: int, count: int, database: str) -> Counter[str]:
    """Kill `count` rounds of pulls; returns how often each end came.

    Raises
    ------
    AssertionError
        Something was lost or doubled; says the round.
    """
    counts = Counter[str]()
    with (
        databases(database) as maker,
        fake.dhis2_server() as dhis2,
        working_folder("chhlang-pulls-") as folder,
    ):
        path = folder / "dhis2.toml"
        path.write_text(fake.definition(dhis2, page_size=_PAGE), encoding="utf-8")
        with maker.fresh(migrated=True) as origin:
            done = CommandLine(origin)("dhis2", "connect", path, env=_ENV)
            assert done.code == 0, done.stderr
            for number in range(count):
                with maker.copy_of(origin) as url:
                    chance = random.Random(f"{seed}:{number}")
                    _round(f"seed {seed}, round {number}", chance, url, dhis2, counts)
    return counts


def _round(
    where: str, chance: random.Random, url: str, dhis2: fake.Dhis2Server, counts: Counter[str]
) -> None:
    dhis2.events = [fake.event(number) for number in range(_EVENTS)]
    dhis2.values = [
        fake.value("MalElig0001", str(year), fake.UNITS[unit], chance.randint(1, 90))
        for year in (2024, 2025)
        for unit in fake.UNITS
    ]
    changes = chance.random() < 0.5

    def meanwhile(path: str, asked: dict[str, list[str]]) -> None:
        if chance.random() < 0.1:
            dhis2.fail.append(chance.choice(_FAILS))
        if changes and path.endswith("tracker/events") and chance.random() < 0.3:
            _change(chance, dhis2)

    dhis2.before = meanwhile
    for _ in range(chance.choice((1, 1, 2, 3))):
        ended = _pull(url, strike_at=chance.randint(1, 900))
        counts["killed" if ended.code < 0 else "ended"] += 1
    dhis2.before, dhis2.fail = lambda path, asked: None, []
    for _ in range(2):  # what was left over, and what changed since
        ended = _pull(url)
        assert ended.code == 0, (where, ended.said)
    _look(where, url, dhis2)
    ended = _pull(url, whole=True)
    assert ended.code == 0, (where, ended.said)
    assert "accepted" not in ended.said.splitlines()[-1], (where, ended.said)
    _look(where, url, dhis2)


def _change(chance: random.Random, dhis2: fake.Dhis2Server) -> None:
    what = chance.choice(("new", "amend", "delete"))
    if what == "new":
        dhis2.events.append(fake.event(len(dhis2.events), updatedAt=_LATER))
        return
    one = chance.choice(dhis2.events)
    one["updatedAt"] = _LATER
    if what == "delete":
        one["deleted"] = True
    else:
        one["dataValues"][2]["value"] = str(chance.randint(1, 60))


def _pull(url: str, *, strike_at: int | None = None, whole: bool = False) -> forks.Ended:
    def quick() -> None:
        from dashboard.services.systems import client

        client.PAUSES = (0.0,) * 8
        lease_queue.SILENT_AFTER = -1.0

    more = ["--whole"] if whole else []
    return forks.run(url, "dhis2", "pull", "tests-dhis2", *more, strike_at=strike_at, env=_ENV, before=quick)


def _look(where: str, url: str, dhis2: fake.Dhis2Server) -> None:
    """Compare what is held with what the DHIS2 has."""
    from db.tables.aggregates import aggregate_value
    from db.tables.records import episode, facility

    now = episode.c.superseded_batch.is_(None)
    database = connect(url)
    with database.reading() as connection:
        records = connection.execute(select(episode.c.record_id, episode.c.age_years).where(now)).all()
        held = aggregate_value.c.superseded_batch.is_(None)
        values = connection.execute(select(func.count(), func.sum(aggregate_value.c.value)).where(held)).one()
        units = connection.execute(select(func.count()).select_from(facility)).scalar_one()
    database.dispose()
    assert len({name for name, _ in records}) == len(records), (where, "doubled")
    wanted = {one["event"]: int(one["dataValues"][2]["value"]) for one in dhis2.events if not one["deleted"]}
    found = {name: age for name, age in records if name in wanted}
    assert found == wanted, (
        where,
        {n: (found.get(n), age) for n, age in wanted.items() if found.get(n) != age},
    )
    assert tuple(values) == (len(dhis2.values), sum(int(one["value"]) for one in dhis2.values)), (
        where,
        values,
    )
    assert units == len(fake.UNITS), (where, units)
