"""Nights of the watch that are killed, or meet a full disk: the next one ends with nothing lost or doubled.

Half of the rounds kill `alerts run` at a random statement, the others let it meet a full disk. Then the
command is given again, and the register must hold what an undisturbed night leaves: every alert, every step,
one line of the trail for each.
"""

from __future__ import annotations

import random
from collections import Counter
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from dashboard.services.alerts import night
from db.maintenance.opening import open_database
from db.tables.watch.alerts import alert, alert_run, alert_step
from tests.support.files import record, write_csv
from tests.torture import forks, full_disk
from tests.torture.databases import databases, working_folder

#: What differs between two equal nights.
_TIMES = ("id", "raised_at", "closed_at")
#: What a later rule of the same night writes on an alert: of a night that was ended between, it is missing.
_BY_LATER_RULES = ("met",)
_FIRST = date(2026, 1, 5)
#: After so many rounds a third night is run: from an equal register it does the same each time.
_A_THIRD_NIGHT = 20


def rows(chance: random.Random) -> list[dict[str, str]]:
    """A few outbreaks among sporadic cases, of half a year."""
    found = []
    for number in range(260):
        disease = chance.choice(("measles", "cholera", "dengue", "awd", "malaria", "ili"))
        day = _FIRST + timedelta(days=chance.randrange(150))
        if number % 3 == 0:
            disease, day = "measles", _FIRST + timedelta(days=140 + chance.randrange(14))
        found.append(
            record(
                record_id=f"R{number}",
                person_id=f"P{number}",
                facility_id=f"F{chance.randrange(4)}",
                disease=disease,
                date_visit=day.isoformat(),
                case_status=chance.choice(("suspected", "probable", "confirmed")),
                tested="yes",
                positive="yes",
                test_method=chance.choice(("rdt", "serology", "molecular")),
                origin="introduced" if disease == "malaria" else "",
            )
        )
    return found


def held(url: str, without: tuple[str, ...] = ()) -> tuple[Counter[str], dict[str, int]]:
    """What the register holds, without times and some columns; how many runs, steps and lines there are."""
    database = open_database(url)
    try:
        with database.operations.connect() as connection:
            columns = [column for column in alert.columns if column.name not in _TIMES + without]
            made = Counter(repr(tuple(row)) for row in connection.execute(sa.select(*columns)))
            steps = Counter(connection.execute(sa.select(alert_step.c.kind)).scalars())
            trail = sa.table("audit", sa.column("action"))
            said = Counter(connection.execute(sa.select(trail.c.action)).scalars())
            runs = connection.execute(sa.select(sa.func.count()).select_from(alert_run)).scalar_one()
    finally:
        database.dispose()
    return made, {"runs": runs, **steps, **{name: n for name, n in said.items() if name.startswith("alert ")}}


def run(seed: int, count: int, database: str, after: int = 0) -> Counter[str]:
    """Disturb `count` nights; how many were killed, met a full disk, or came through.

    `after`: go on after so many rounds of the seed.

    Raises
    ------
    AssertionError
        An alert, a step or a line of the trail was lost or doubled; says the round.
    """
    chance, counts = random.Random(seed), Counter[str]()
    assert night  # loaded once, before anything is forked
    with (
        working_folder("chhlang-alerts-") as folder,
        databases(database) as maker,
        maker.fresh(migrated=True) as origin,
    ):
        places = [
            {
                "facility_id": f"F{n}",
                "province": "KH01",
                "operational_district": f"OD{n % 2}",
                "name_en": f"F{n}",
            }
            for n in range(4)
        ]
        assert forks.run(origin, "facilities", "import", write_csv(folder / "f.csv", *places)).code == 0
        assert forks.run(origin, "import", write_csv(folder / "r.csv", *rows(chance))).code == 0
        with maker.copy_of(origin) as undisturbed:
            whole = forks.run(undisturbed, "alerts", "run")
            assert whole.code == 0, whole.said
            expected, raised = held(undisturbed), held(undisturbed, _BY_LATER_RULES)[0]
        assert sum(expected[0].values()) > 20, "too few alerts to lose one"
        for round_ in range(after, count):
            with maker.copy_of(origin) as url:
                own = random.Random(f"{seed}:{round_}")
                _round(f"seed {seed}, round {round_}", round_, own, url, whole, expected, raised, counts)
    return counts


def _round(
    where: str,
    round_: int,
    chance: random.Random,
    url: str,
    whole: forks.Ended,
    expected: tuple[Counter[str], dict[str, int]],
    raised: Counter[str],
    counts: Counter[str],
) -> None:
    at = chance.randint(1, whole.events)
    more: dict[str, Any] = {}
    if round_ % 2 == 0:
        more = {"strike_at": at}
    elif url.startswith("sqlite"):
        size = chance.randrange(8_192, 500_000)
        more = {"before": lambda: full_disk._limit(size)}
    else:
        more = {"strike_at": at, "strike": full_disk._refuse}
    struck = forks.run(url, "alerts", "run", **more)
    if struck.code == 0:
        counts["came through"] += 1
    elif struck.code == -9:
        counts["killed"] += 1
    else:
        counts["full disk"] += 1
        assert "Traceback" not in struck.said, (where, struck.said)
    made, before = held(url, _BY_LATER_RULES)
    assert not made - raised, f"{where}: alerts that no whole night raises, or doubled: {made - raised}"
    again = forks.run(url, "alerts", "run")
    assert again.code == 0, (where, again.said)
    after, numbers = held(url)
    assert after == expected[0], f"{where}: the register differs"
    wanted = expected[1] | {"runs": before["runs"] + 1}
    assert numbers == wanted, (where, numbers, wanted)
    if round_ % _A_THIRD_NIGHT:
        return
    third = forks.run(url, "alerts", "run")
    assert third.code == 0 and held(url)[0] == after, f"{where}: a night more raised something"


__all__ = ["held", "rows", "run"]
