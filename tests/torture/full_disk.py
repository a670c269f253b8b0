"""Commands on a full disk, again and again: one clear line, and what was stored before stays readable.

SQLite: the process may write files up to a size chosen at random (RLIMIT_FSIZE): the system itself refuses.
PostgreSQL: a statement chosen at random is refused as its server refuses when it is full.
"""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

import psycopg
from sqlalchemy.engine import make_url

from tests.support.state import TRAIL, cube_rows, everything
from tests.torture import forks
from tests.torture.databases import databases, working_folder
from tests.torture.kills import Commands

_COMMANDS = ("import", "import", "import", "backup", "retain", "rekey", "restore")
#: What differs although nothing has changed: the trail of trying, and which key it was tried with.
_NOT_COMPARED = (*TRAIL, "meta")


def _limit(size: int) -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def _refuse() -> None:
    raise psycopg.errors.DiskFull("could not extend file: No space left on device")


def _largest(url: str) -> int:
    """Size of a database's largest file."""
    folder = Path(str(make_url(url).database)).parent
    return max(path.stat().st_size for path in folder.iterdir())


def run(seed: int, count: int, database: str) -> Counter[str]:
    """Let `count` commands meet a full disk; returns how many of each kind were refused, and came through.

    Raises
    ------
    AssertionError
        Data were not readable, or changed, or the error was not one clear line; says the round.
    """
    chance, counts = random.Random(seed), Counter[str]()
    with working_folder("chhlang-full-") as folder, databases(database) as maker:
        commands = Commands(folder, chance)
        with maker.fresh(migrated=True) as origin:
            assert forks.run(origin, "import", commands.filled).code == 0
            assert forks.run(origin, "backup", folder / "kept.zip").code == 0
            round_ = faults = 0
            while faults < count:
                kind = _COMMANDS[round_ % len(_COMMANDS)]
                with maker.copy_of(origin) as url:
                    faults += _round(
                        f"seed {seed}, round {round_}, {kind}", kind, round_, chance, commands, url, counts
                    )
                assert not forks.leftovers(folder), (seed, round_)
                round_ += 1
    return counts


def _round(
    where: str,
    kind: str,
    round_: int,
    chance: random.Random,
    commands: Commands,
    url: str,
    counts: Counter[str],
) -> bool:
    """One command; whether it met the full disk."""
    arguments, env = commands.make(kind, round_)
    before = everything(url, without=_NOT_COMPARED)
    if url.startswith("sqlite"):
        most = _largest(url)
        size = chance.randint(4_096, most if kind != "backup" else 20_000)
        ended = forks.run(url, *arguments, env=env, before=lambda: _limit(size))
    else:
        at = chance.randint(5, 120)
        ended = forks.run(url, *arguments, env=env, strike_at=at, strike=_refuse)
    refused = ended.code != 0
    counts[f"{kind} {'refused' if refused else 'came through'}"] += 1
    now = everything(url, without=_NOT_COMPARED)  # old data readable
    assert cube_rows(url) == cube_rows(url, rebuilt=True), where
    if refused:
        assert ended.code in (2, 3, 4), (where, ended)
        lines = [line for line in ended.said.splitlines() if line.startswith("chhlang: ")]
        assert len(lines) == 1, (where, ended.said)
        assert "Traceback" not in ended.said, (where, ended.said)
        said = ("disk", "space", "limit", "cannot be written", "too large")
        assert any(word in lines[0] for word in said), (where, lines)
        if "is begun" in lines[0]:  # whatever opens the database next ends it, as was said
            counts[f"{kind} ended later"] += 1
        else:
            assert now == before, (where, lines)  # what is refused is not stored
    again = forks.run(url, *arguments, env=env)
    assert again.code == 0, (where, again.said)
    assert cube_rows(url) == cube_rows(url, rebuilt=True), where
    commands.clear(round_)
    return refused
