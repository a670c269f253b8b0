"""Commands killed with SIGKILL again and again: no record lost, none doubled, and the next one works.

Half of the kills and more fall into the final transaction. After each, the database must hold what it held
before or everything; then the command is given again, and the database must hold the same as if nothing had
happened.
"""

from __future__ import annotations

import random
from collections import Counter
from pathlib import Path

from tests.support.command_line import KEY
from tests.support.files import record, write_csv
from tests.support.state import TRAIL, Rows, contents, cube_rows
from tests.torture import forks
from tests.torture.databases import databases, working_folder

OTHER = KEY + ", and another one"
#: What differs between two equal histories: when, by whom, and in which run of a command.
_NOT_COMPARED = (*TRAIL, "batch", "notice", "meta")


def _line_list(path: Path, first: int, count: int, chance: random.Random) -> Path:
    return write_csv(
        path,
        *(
            record(
                record_id=f"R{number}" if number % 4 else "",
                person_id=f"P{number % 50}",
                age_years=str(chance.randrange(90)),
                sex=chance.choice(("male", "female")),
                eligible="yes",
                date_visit=f"{2014 + number % 12}-03-0{1 + number % 9}",
                disease="?" if number % 31 == 30 else "tb",
            )
            for number in range(first, first + count)
        ),
    )


def _held(url: str) -> Rows:
    return contents(url, without=_NOT_COMPARED)


class Commands:
    """The commands that are killed, each with what it needs, on copies of one database."""

    def __init__(self, folder: Path, chance: random.Random) -> None:
        self.folder, self._chance = folder, chance
        self.filled = _line_list(folder / "filled.csv", 0, 120, chance)

    def make(self, name: str, round_: int) -> tuple[list[object], dict[str, str]]:
        """Arguments and environment of a command."""
        if name == "import":
            first = self._chance.randrange(100)  # amends what is held, and brings what is new
            path = _line_list(self.folder / f"{round_}.csv", first, 150, self._chance)
            return ["import", path, "--same-numbers", "amend"], {}
        if name == "rekey":
            return ["rekey"], {"CHHLANG_SECRET_KEY": OTHER, "CHHLANG_PREVIOUS_KEY": KEY}
        if name == "retain":
            return ["retain", "--older-than", "5y"], {}
        if name == "backup":
            return ["backup", self.folder / "backup.zip"], {}
        return ["restore", self.folder / "kept.zip", "--replace"], {}

    def clear(self, round_: int) -> None:
        """Remove the files of a round."""
        for left in (*self.folder.glob(f"{round_}.*"), self.folder / "backup.zip"):
            left.unlink(missing_ok=True)


#: How often each is struck: imports most, since they are what happens most.
SHARE = ("import", "import", "import", "import", "rekey", "retain", "restore", "backup")


def run(seed: int, count: int, database: str) -> Counter[str]:
    """Kill `count` commands; returns how many of each kind, and how many inside the final transaction.

    Raises
    ------
    AssertionError
        A record was lost or doubled, a file was left, or the next command did not work; says the round.
    """
    chance, counts = random.Random(seed), Counter[str]()
    with working_folder("chhlang-kills-") as folder, databases(database) as maker:
        commands = Commands(folder, chance)
        with maker.fresh(migrated=True) as origin:
            assert forks.run(origin, "import", commands.filled).code == 0
            assert forks.run(origin, "backup", folder / "kept.zip").code == 0
            before = _held(origin)
            for round_ in range(count):
                kind = SHARE[round_ % len(SHARE)]
                with maker.copy_of(origin) as url, maker.copy_of(origin) as undisturbed:
                    where = f"seed {seed}, round {round_}, {kind}"
                    _round(where, kind, round_, chance, commands, url, undisturbed, before, counts)
                left = forks.leftovers(folder)
                assert not left, (seed, round_, left)
    return counts


def _round(
    where: str,
    kind: str,
    round_: int,
    chance: random.Random,
    commands: Commands,
    url: str,
    undisturbed: str,
    before: Rows,
    counts: Counter[str],
) -> None:
    arguments, env = commands.make(kind, round_)
    whole = forks.run(undisturbed, *arguments, env=env)
    assert whole.code == 0, (where, whole.said)
    after = _held(undisturbed)
    inside = kind != "backup" and chance.random() < 0.75
    ends = (whole.first, whole.last) if inside else (1, whole.events)
    struck = forks.run(url, *arguments, env=env, strike_at=chance.randint(*ends))
    counts["in the final transaction" if inside else "anywhere"] += 1
    counts[kind] += 1
    assert struck.code == -9, (where, struck)
    now = _held(url)
    assert now in (before, after), f"{where}: half-done"
    counts["came too late" if now == after and before != after else "left nothing"] += 1
    backup = commands.folder / "backup.zip"
    if kind == "backup" and backup.exists():
        assert forks.run(url, "restore", backup, "--check").code == 0, where
    again = forks.run(url, *arguments, env=env)
    assert again.code == 0, (where, again.said)
    assert _held(url) == after, f"{where}: the repeat differs"
    assert cube_rows(url) == cube_rows(url, rebuilt=True), f"{where}: cubes"
    commands.clear(round_)
