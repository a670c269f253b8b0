"""A server on a disk that fills up at a moment of its own, again and again: what it says is true.

Each round leaves some bytes free, and people go on: they sign in and out, ask for files, start runs, note
decisions, bring files, and commands import. Nobody gets a 500. When there is space again, each thing that is
stored has its line of the trail once, nothing else has one, and the trail is whole.

Every fiftieth round is as the fault was found: a disk of 420 MB, which an import of 200,000 rows fills.
"""

from __future__ import annotations

import io
import json
import random
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa
from flask.testing import FlaskClient

from dashboard.services import leases
from dashboard.services.clock import today_in_cambodia
from db.core.engine import Database
from db.maintenance.opening import open_database
from db.operations import audit, audit_chain
from tests.support.accounts import PASSWORD, cheap_hashing
from tests.support.command_line import CommandLine
from tests.support.disks import fill_up, small_disk
from tests.support.files import record, write_csv
from tests.support.upload_site import Site, upload_site
from tests.torture.databases import working_folder

SOON = (today_in_cambodia() + timedelta(days=30)).isoformat()
#: MB of the disk, and most rows of an import: of most rounds, and of every so many.
_SMALL, _LARGE, _EVERY = (24, 2_000), (420, 200_000), 50
#: What a door may answer: done, or refused with a page.
_ANSWERS = frozenset({200, 302, 303, 400, 429, 503, 507})
#: Table and action: as many rows as lines.
_TOLD = {"decision": "decision noted", "saved_view": "view saved", "upload": "file brought"}


def run(seed: int, count: int, database: str) -> Counter[str]:
    """Fill the disk `count` times; returns how many of what was asked were answered how.

    Raises
    ------
    AssertionError
        Something was said that is not true; says the round.
    """
    if database != "sqlite":  # its server has a disk of its own; what it refuses is in full-disk
        return Counter()
    counts, chance = Counter[str](), random.Random(seed)
    with working_folder("chhlang-served-") as folder, cheap_hashing():
        for round_ in range(count):
            where = f"seed {seed}, round {round_}"
            size, rows = _SMALL if (round_ + 1) % _EVERY else _LARGE
            with small_disk(folder / f"disk{round_}", f"{size}m") as disk:
                _round(where, chance, folder, disk, rows, counts)
    return counts


def _round(
    where: str, chance: random.Random, folder: Path, disk: Path, most: int, counts: Counter[str]
) -> None:
    url = f"sqlite:///{disk / 'chhlang.db'}"
    rows = [record(record_id=f"a{n}", date_visit="2026-08-03") for n in range(20)]
    assert CommandLine(url)("import", write_csv(folder / "a.csv", *rows)).code == 0, where
    pause, leases.PAUSE = leases.PAUSE, 0.0
    uploads = folder / "uploads"
    try:
        with upload_site(url, CHHLANG_UPLOADS=str(uploads)) as site:
            site.server.config["PROPAGATE_EXCEPTIONS"] = False
            people = {name: site.client(name) for name in ("official", "manager", "epidemiologist")}
            large = most == _LARGE[1]
            doors = _doors(site, people, folder, chance, (most, most) if large else (1, most))
            spare = chance.choice((0, 4_096, chance.randint(0, 400_000), chance.randint(0, 6_000_000)))
            if large:
                spare = chance.randint(10_000_000, 120_000_000)
            with fill_up(disk, site.database, spare):
                for name in chance.sample(sorted(doors), len(doors)):
                    answer = doors[name]()
                    assert answer in _ANSWERS, (where, name, answer)
                    counts[f"{name} {'refused' if answer in (4, 503, 507) else 'came through'}"] += 1
            site.run()
            _look(where, site.database, url)
    finally:
        leases.PAUSE = pause


def _doors(
    site: Site, people: dict[str, FlaskClient], folder: Path, chance: random.Random, rows: tuple[int, int]
) -> dict[str, Callable[[], int]]:
    """What people ask while the disk fills; the answer's code, 4 and 0 being those of a command."""
    official, manager = people["official"], people["manager"]
    more = [record(record_id=f"b{chance.random()}", age_years=n % 80) for n in range(chance.randint(*rows))]
    large = write_csv(folder / "large.csv", *more)
    decision = {"text": "Visit", "owner": "OD", "due": SOON, "area": "KH01"}

    def imported() -> int:
        return {0: 200, 4: 507}[CommandLine(str(site.settings.database_url))("import", large).code]

    def sign_out_and_again() -> int:
        stolen = people["epidemiologist"].get_cookie("chhlang")
        assert people["epidemiologist"].post("/sign-out").status_code == 302
        thief = site.server.test_client()
        if stolen is not None:
            thief.set_cookie("chhlang", stolen.value)
        assert thief.get("/").status_code == 302
        form = {"email": "epidemiologist@example.org", "password": PASSWORD}
        return people["epidemiologist"].post("/sign-in", data=form).status_code

    def brought() -> int:
        form = {"file": (io.BytesIO(b"facility_id,disease,date_visit\nHC1,tb,2026-08-03\n"), "c.csv")}
        answer = manager.post("/imports", data=form).status_code
        site.run()
        return answer

    return {
        "import": imported,
        "sign-out and sign-in": sign_out_and_again,
        "file": brought,
        "export": lambda: official.get("/export/coverage.csv?disease=tb").status_code,
        "run": lambda: (
            official.post("/clusters", data={"disease": "tb", "view": "province:care"}).status_code
        ),
        "decision": lambda: official.post("/decisions", data=decision).status_code,
        "view": lambda: official.post("/views?disease=tb", data={"name": "Gates"}).status_code,
        "page": lambda: official.get("/").status_code,
    }


def _look(where: str, database: Database, url: str) -> None:
    """Each thing that is stored has its line, once; and the trail is whole."""
    open_database(url).dispose()
    lines = audit.latest(database, 100_000)
    named = Counter(json.loads(line.detail)["batch"] for line in lines if line.action == "import")
    with database.reading() as connection:
        batches = set(connection.execute(sa.text("SELECT id FROM batch")).scalars())
        waiting = connection.execute(sa.text("SELECT count(*) FROM meta WHERE key LIKE 'trail:%'")).scalar()
    assert named == Counter(batches), (where, named, batches)
    assert waiting == 0, where
    told = Counter(line.action for line in lines)
    with database.operations.connect() as connection:
        for table, action in _TOLD.items():
            rows = connection.execute(sa.text(f"SELECT count(*) FROM {table}")).scalar()
            assert rows == told[action], (where, table, rows, told[action])
        runs = set(connection.execute(sa.text("SELECT id FROM cluster_run")).scalars())
        chain = audit_chain.verify(connection)
    assert runs == {json.loads(line.detail)["run"] for line in lines if line.action == "clusters"}, where
    assert chain.sound, (where, chain)
