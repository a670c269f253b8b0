"""An import is all or nothing: killed at any moment it leaves nothing half-done, and the next one works."""

from __future__ import annotations

import random
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest
import sqlalchemy as sa

from db.cubes import update as cubes
from db.maintenance.opening import open_database
from db.tables.records import SUM_COLUMNS, batch, cube_group, cube_stratum, cube_total, episode
from tests.support import forked
from tests.support.examples import lane
from tests.support.files import record, write_csv

pytestmark = pytest.mark.sql

CUBES = [*cube_total.values(), *cube_group.values(), *cube_stratum.values()]
#: `app.py`, killed by itself at the n-th database event of one kind; else it says how many there were.
KILLED = """
import os, signal, sys
from sqlalchemy import event
from sqlalchemy.engine import Engine
moment, left = sys.argv[1], [int(sys.argv[2])]
def strike(*_):
    left[0] -= 1
    if left[0] == 0:
        os.kill(os.getpid(), signal.SIGKILL)
event.listen(Engine, moment, strike)
from dashboard.commands import main
code = main(sys.argv[3:])
print(int(sys.argv[2]) - left[0])
sys.exit(code)
"""
NEVER = 10**9


class Held:
    """What a database holds, and whether it fits together."""

    def __init__(self, url):
        self.url = url

    def look(self):
        """Files, current records and cells; checks that the cubes are the sum of the records."""
        database = open_database(self.url)
        with database.writing() as connection:
            before = self._cells(connection)
            cubes.rebuild(connection)
            assert self._cells(connection) == before
            files = connection.execute(sa.select(sa.func.count()).select_from(batch)).scalar()
            current = sa.select(sa.func.count()).where(episode.c.superseded_batch.is_(None))
            records = connection.execute(current).scalar()
            care = sa.select(sa.func.coalesce(sa.func.sum(cube_total["care"].c.records), 0))
            assert connection.execute(care).scalar() == records
        database.dispose()
        return files, records

    @staticmethod
    def _cells(connection):
        return {
            cube.name: {
                tuple(row[: -len(SUM_COLUMNS)]): tuple(row[-len(SUM_COLUMNS) :])
                for row in connection.execute(sa.select(cube))
            }
            for cube in CUBES
        }


@pytest.fixture
def held(database_url):
    """What the database holds."""
    return Held(database_url)


def rows(first: int, count: int, **values):
    """Some records, a few rejected among them."""
    places = ("KH01", "KH12", "TH", "")
    return [
        record(record_id=str(number), province_home=places[number % 4], sex=("male", "female")[number % 2])
        | {"tested": "yes", "disease": "?" if number % 50 == 49 else "tb"}
        | values
        for number in range(first, first + count)
    ]


def strike(cli, moment, number, *arguments):
    """Run a command that kills itself."""
    return forked.run(KILLED, moment, number, *arguments, env=cli.environment(), timeout=60)


def at_once(cli, *commands):
    """Run commands beside each other, each in a process of its own."""
    code = "import sys; from dashboard.commands import main; sys.exit(main(sys.argv[1:]))"
    with ThreadPoolExecutor(len(commands)) as pool:
        run = partial(forked.run, code, env=cli.environment(), timeout=120)
        ended = list(pool.map(lambda command: run(*command), commands))
    assert [one.returncode for one in ended] == [0] * len(commands), ended


#: The command, with the answer to what a file that gives the same numbers again is.
AMENDING = ("import", "--same-numbers", "amend")
#: After which share of its statements an import is killed; in `make test` each on one of the databases.
STRUCK = (0.4, 0.6, 0.7, 0.8, 0.95)


def test_killed_at_any_statement_an_import_leaves_nothing_and_the_next_one_works(cli, held, tmp_path):
    statements = 0
    for number in range(2):  # the second is one like those that are killed: it amends what is held
        path = write_csv(tmp_path / f"{number}.csv", *rows(0, 100, age_years=number))
        counted = strike(cli, "before_cursor_execute", NEVER, *AMENDING, path)
        assert counted.returncode == 0, counted.stderr
        statements = int(counted.stdout.splitlines()[-1])
    assert held.look() == (2, 98)
    absent = 0
    parts = STRUCK if lane() == "full" else STRUCK[cli.url.startswith("postgresql") :: 2]
    for part in parts:
        # Amends the records held, and brings new ones.
        changed, new = rows(0, 100, age_years=int(100 * part)), rows(int(1000 * part), 50)
        path = write_csv(tmp_path / f"{part}.csv", *changed, *new)
        before = held.look()
        struck = strike(cli, "before_cursor_execute", round(part * statements), *AMENDING, path)
        assert struck.returncode == -signal.SIGKILL, struck.stderr
        whole = (before[0] + 1, before[1] + 49)
        after = held.look()
        assert after in (before, whole)
        # Rejected rows lie there only where the file is stored: its line was being carried over when it died.
        assert after == whole or not list(tmp_path.glob(f"{part}.returned-*"))
        absent += after == before
        done = cli(*AMENDING, path, "--format", "json")
        assert done.code == 0, done.stderr
        outcomes = {"amended": 98, "accepted": 49} if after == before else {"duplicate": 147}
        assert {
            outcome: done.one[outcome]
            for outcome in ("amended", "accepted", "duplicate")
            if done.one[outcome]
        } == outcomes
        assert done.one["rejected"] == 3
        assert done.one["returned_file"]
        assert held.look()[1] == whole[1]
    # The others were struck after the commit, before the audit trail.
    assert absent >= sum(part < 0.75 for part in parts)


@pytest.mark.in_turn()
@pytest.mark.parametrize("moment", ["commit"])
def test_killed_before_any_commit_an_import_is_whole_or_absent(moment, cli, held, tmp_path):
    path = write_csv(tmp_path / "list.csv", *rows(0, 60))
    seen = set()
    for number in range(1, 12):
        struck = strike(cli, moment, number, "import", path)
        state = held.look()
        assert state in {(0, 0), (1, 59)}
        seen.add(state)
        if struck.returncode == 0:
            break
        if state[0]:
            break
    assert seen == {(0, 0), (1, 59)}
    receipt = cli("import", path, "--format", "json").one
    assert (receipt["duplicate"], receipt["rejected"]) == (59, 1)
    assert held.look()[1] == 59


@pytest.mark.full  # tests/reliability/test_torture.py does so
@pytest.mark.in_turn()
def test_killed_from_outside_at_random_moments_no_record_is_lost_or_doubled(run_cli, held, tmp_path):
    count, chance = 4_000, random.Random(3)
    path = write_csv(tmp_path / "list.csv", *rows(0, count))
    whole = count - count // 50
    for _ in range(4):
        with run_cli.start("import", path) as process:
            time.sleep(chance.uniform(0.5, 1.6))
            process.kill()
            process.communicate()
        assert held.look() in {(files, whole if files else 0) for files in range(5)}
    receipt = run_cli("import", path, "--format", "json").one
    assert receipt["accepted"] + receipt["duplicate"] == whole
    assert held.look()[1] == whole


@pytest.mark.in_turn(start=1)  # SQLite: the test below
def test_two_imports_at_once_both_arrive_whole(cli, held, tmp_path):
    same = rows(0, 1_500)
    files = [
        write_csv(tmp_path / "one.csv", *same, *rows(10_000, 500)),
        write_csv(tmp_path / "two.csv", *same, *rows(20_000, 500)),
    ]
    at_once(cli, *(("import", path, "--format", "json") for path in files))
    assert held.look() == (2, 1_470 + 490 + 490)


@pytest.mark.in_turn()  # PostgreSQL: the test above
def test_a_facility_list_and_an_import_at_once_place_every_record(cli, held, tmp_path):
    listed = write_csv(tmp_path / "f.csv", {"facility_id": "HC1", "province": "KH01"})
    path = write_csv(tmp_path / "list.csv", *rows(0, 3_000))
    at_once(cli, ("import", path), ("facilities", "import", listed))
    assert held.look() == (1, 2_940)
    asked = (
        "coverage",
        "--disease",
        "tb",
        "--by",
        "province",
        "--measure",
        "eligibility",
        "--format",
        "json",
    )
    counted = {row["code"]: row["unknown"] for row in cli(*asked).json() if row["unknown"]}
    assert counted == {"KH01": 2_940}
