"""False alerts of standing and monthly scans: `python -m docs.scan_alarms --database URL --seed 1`.

Asks the standing questions of a demo as of some of its days, a fixed number of days apart, weighs each answer
as the watch does, and says which alerts rest on a planted record. What is counted: detection.md.

The looks come in an order drawn by the seed, so that those of a part are a sample of all. With `--out FILE`
each look is kept once it is finished: the same command again goes on where the last one stopped, by
`--minutes`, a key or a kill.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from dashboard.cluster_filters import ClusterQuery
from dashboard.demo.records import of_diseases
from dashboard.demo.seasons import LAST_DAY
from dashboard.services.alerts import monthly, questions, read, scans
from dashboard.services.clusters import defaults, standing
from dashboard.services.clusters import queue as work
from dashboard.services.clusters import runs as clusters
from dashboard.services.disclosure import alerts as disclosed
from db.core.engine import Database
from db.core.scope import Scope
from db.maintenance.opening import open_database
from docs.detection import COUNT
from surveillance.alerts.allowance import Allotted, replicates_for
from surveillance.windows import add_months

#: Kind of place -> the column of a record that names it.
PLACES = {"facility:care": "facility_id", "province:home": "province_home", "crossing:care": "crossing"}
#: Days in which a cluster of the same question with a place in common is no new alert.
QUIET = timedelta(days=28)
_MOST = 9_999


@dataclass(frozen=True)
class Seldom:
    """One cluster that is seldom enough: its places, and whether it holds a planted record."""

    members: frozenset[str]
    planted: bool


@dataclass(frozen=True, order=True)
class Look:
    """One question on one of its days."""

    disease: str
    places: str
    day: date


@dataclass(frozen=True)
class Answer:
    """What a look found, and what it cost in seconds of the processor."""

    found: tuple[Seldom, ...]
    replicates: int
    seconds: float


def looks(disease: str, number: int, apart: int) -> Iterator[date]:
    """Last days of the data at each look, the earliest first: of slow diseases whole months."""
    if disease in defaults.SLOW:
        begin = LAST_DAY.replace(day=1)
        yield from (add_months(begin, -n) - timedelta(days=1) for n in reversed(range(number)))
        return
    yield from (LAST_DAY - timedelta(days=apart * n) for n in reversed(range(number)))


def query_of(disease: str, places: str, day: date, share: Allotted, most: int) -> ClusterQuery:
    """The question that the watch asks on a day, with as many replicates as its recurrence interval needs."""
    drawn = min(max(999, replicates_for(share.recurrence, share.unit_days)), most)
    by, _, place = places.partition(":")
    if disease not in defaults.SLOW:
        return ClusterQuery(disease, by=by, place=place, end=day, replicates=drawn)
    begins = add_months(day.replace(day=1), 1 - monthly.BEFORE)
    return monthly.query_of(disease, places, day, day, begins, drawn)


def answer(database: Database, look: Look, share: Allotted, planted: pd.DataFrame, *, most: int) -> Answer:
    """Ask one question as of one day, and keep the clusters that chance brings seldom enough."""
    began = time.process_time()
    grant = standing.grant_of(Scope.everything())
    query = query_of(look.disease, look.places, look.day, share, most)
    number, new = clusters.ask(database, grant, query, at_once=True)
    if new:
        work.work_on(database, grant, number)
    kept = []
    for one in disclosed.for_the_watch(read.clusters(database, number)):
        if one.row["rate"] != "high" or not scans.seldom(one.row, share):
            continue
        first, last = one.row["start"] or date.min, one.row["end"] or look.day
        inside = planted["day"].between(first, last)
        own = planted[planted[PLACES[look.places]].isin(one.members) & inside]
        kept.append(Seldom(one.members, len(own) > 0))
    return Answer(tuple(kept), int(query.replicates or 0), time.process_time() - began)


def told(answers: Mapping[Look, Answer]) -> dict[Look, list[Seldom]]:
    """New alerts of each look: no alert is a cluster that shares a place with one told not long before."""
    found: dict[Look, list[Seldom]] = {}
    before: dict[tuple[str, str], list[tuple[date, frozenset[str]]]] = defaultdict(list)
    for look in sorted(answers):
        earlier, found[look] = before[look.disease, look.places], []
        for one in answers[look].found:
            if any(look.day - day <= QUIET and one.members & members for day, members in earlier):
                continue
            earlier.append((look.day, one.members))
            found[look].append(one)
    return found


class Kept:
    """Answers in a file, a line each, written once a look is finished; the first line says what was asked.

    Parameters
    ----------
    path : Path, optional
        Nothing is kept without one.
    asked : mapping
        What must be the same for a run to go on: seed, days apart, allowance.
    """

    def __init__(self, path: Path | None, asked: Mapping[str, Any]) -> None:
        self.path, self.answers = path, dict[Look, Answer]()
        if path is None:
            return
        # A line that was not written to its end is no answer: it is cut off.
        whole = path.read_bytes().rpartition(b"\n")[0] if path.exists() else b""
        lines = [json.loads(line) for line in whole.splitlines()]
        if lines and lines[0] != dict(asked):
            raise SystemExit(f"{path} was made with {lines[0]}, not with {dict(asked)}: name another file")
        path.write_bytes(whole + b"\n" if lines else (json.dumps(asked) + "\n").encode())
        for one in lines[1:]:
            look = Look(one["disease"], one["places"], date.fromisoformat(one["day"]))
            found = tuple(Seldom(frozenset(members), planted) for members, planted in one["found"])
            self.answers[look] = Answer(found, one["replicates"], one["seconds"])

    def add(self, look: Look, one: Answer) -> None:
        """Keep the answer of a look."""
        self.answers[look] = one
        if self.path is not None:
            found = [[sorted(seldom.members), seldom.planted] for seldom in one.found]
            row = {"disease": look.disease, "places": look.places, "day": look.day.isoformat()}
            row |= {"found": found, "replicates": one.replicates, "seconds": round(one.seconds, 2)}
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(row) + "\n")


def summary(answers: Mapping[Look, Answer], planned: Collection[Look], apart: int) -> Iterator[str]:
    """What the answers say: by question, then in all, with how many of the planned looks they are.

    False alerts a month are those of a look, times the looks of all planned questions in a month: the looks
    that were drawn are a sample of the planned ones.
    """
    raised = told(answers)
    by_question: dict[tuple[str, str], list[list[Seldom]]] = defaultdict(list)
    for look, found in raised.items():
        by_question[look.disease, look.places].append(found)
    for (disease, places), some in sorted(by_question.items()):
        false = sum(not one.planted for found in some for one in found)
        yield f"{disease} {places}: {sum(map(len, some))} alerts, {false} false, {len(some)} looks"
    everything = [one for found in raised.values() for one in found]
    false = sum(not one.planted for one in everything)
    seconds = sum(one.seconds for one in answers.values())
    asked = {(look.disease, look.places) for look in planned}
    in_a_month = sum(1 if disease in defaults.SLOW else 30 / apart for disease, _ in asked)
    monthly = false / max(len(answers), 1) * in_a_month
    yield (
        f"{len(answers)} of {len(planned)} scans drawn, of {len(by_question)} of {len(asked)} questions "
        f"({seconds / 60:.1f} minutes of the processor): {len(everything)} alerts, {false} false, "
        f"{monthly:.2f} a month over all questions"
    )


def draw(
    order: Iterable[Look], kept: Kept, minutes: float | None, ask: Any, say: Any = sys.stderr.write
) -> None:
    """Answer looks one by one until all are, or the minutes of the processor are spent; say how far it is."""
    spent, waiting = 0.0, [look for look in order if look not in kept.answers]
    for number, look in enumerate(waiting, start=1):
        if minutes is not None and spent >= minutes * 60:
            say(f"stopped after {spent / 60:.1f} minutes of the processor; the same command goes on\n")
            return
        one = ask(look)
        kept.add(look, one)
        spent += one.seconds
        left = (len(waiting) - number) * spent / number
        say(
            f"{number} of {len(waiting)}: {look.disease} {look.places} {look.day}, {len(one.found)} seldom, "
            f"{one.seconds:.1f} s of the processor; about {left / 60:.0f} minutes of it are left\n"
        )


def main(given: Sequence[str] | None = None) -> int:
    """Print what the looks at a demo raised."""
    parser = argparse.ArgumentParser(prog="python -m docs.scan_alarms", description=__doc__)
    parser.add_argument("--database", required=True, help="address of a demo (`app.py demo --seed N`)")
    parser.add_argument(
        "--seed", type=int, default=1, help="seed of that demo, and of the order of the looks"
    )
    parser.add_argument("--looks", type=int, default=12, help="looks of each question")
    parser.add_argument(
        "--apart", type=int, default=30, help="days between two looks; slow diseases: a month"
    )
    parser.add_argument("--diseases", nargs="+", default=sorted(defaults.OUTBREAK | set(defaults.SLOW)))
    parser.add_argument("--places", nargs="+", default=list(PLACES), choices=PLACES)
    parser.add_argument("--expected", type=float, default=1.0, help="chance alarms a month that are allowed")
    parser.add_argument("--most", type=int, default=_MOST, help="replicates of one scan at most")
    parser.add_argument("--out", type=Path, help="file in which each finished look is kept, to go on from")
    parser.add_argument("--minutes", type=float, help="minutes of the processor after which it stops")
    chosen = parser.parse_args(given)
    order = [
        Look(disease, places, day)
        for disease in sorted(chosen.diseases)
        for places in chosen.places
        for day in looks(disease, chosen.looks, chosen.apart)
    ]
    random.Random(chosen.seed).shuffle(order)  # noqa: S311 - a sample, no secret
    asked = {name: getattr(chosen, name) for name in ("seed", "looks", "apart", "expected", "most")}
    kept = Kept(chosen.out, asked)
    database = open_database(chosen.database)
    held, number = of_diseases(set(chosen.diseases), chosen.seed, COUNT)
    held = held.assign(day=pd.to_datetime(held["date_visit"]).dt.date)[number != -1]
    with database.reading() as connection:
        listed = read.basis(connection, Scope.everything()).listed
    allowed = questions.allotted(listed, chosen.expected, scans.how_many(database))

    def ask(look: Look) -> Answer:
        share = allowed[questions.MONTHLY_SCANS if look.disease in defaults.SLOW else questions.DAILY_SCANS]
        own = held[held["disease"] == look.disease]
        return answer(database, look, share, own, most=chosen.most)

    try:
        draw(order, kept, chosen.minutes, ask)
    except KeyboardInterrupt:
        sys.stderr.write("stopped; with --out the same command goes on\n")
    database.dispose()
    mine = {look: one for look, one in kept.answers.items() if look in set(order)}
    sys.stdout.writelines(line + "\n" for line in summary(mine, order, chosen.apart))
    return 0


if __name__ == "__main__":
    sys.exit(main())
